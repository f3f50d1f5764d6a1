import ProvenanceEncoding

/// Public keys to refuse: points of low order, under which anyone can make a signature, and non-canonical encodings.
enum LowOrder {
    /// The 14 encodings of the 8 points of low order (8 canonical ones and 6 others), in hexadecimal.
    private static let encodings: Set<String> = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]

    static func contains(_ raw: [UInt8]) -> Bool {
        guard let digest = Digest(bytes: raw) else { return false }
        return encodings.contains(digest.hex)
    }

    /// RFC 8032 §5.1.3: "If the resulting value is >= p, decoding fails." with p = 2^255 - 19.
    static func isCanonical(_ raw: [UInt8]) -> Bool {
        guard raw.count == 32, let first = raw.first, let last = raw.last else { return false }
        let middleIsFull = raw[1..<31].allSatisfy { $0 == 0xff }
        return !(last & 0x7f == 0x7f && middleIsFull && first >= 0xed)
    }
}

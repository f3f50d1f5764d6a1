import ProvenanceEncoding

/// 64-bit keys by which rows are found; the full value in the row is compared afterwards.
public enum IndexKey {
    /// FNV-1a over bytes: it distributes keys and is not a cryptographic hash.
    public static func of(_ bytes: some Sequence<UInt8>) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash = hash &* 0x0000_0100_0000_01b3
        }
        return Int64(bitPattern: hash)
    }

    /// The first eight bytes of a digest.
    public static func of(_ digest: Digest) -> Int64 {
        digest.withBytes { Int64(bitPattern: $0.loadUnaligned(as: UInt64.self)) }
    }
}

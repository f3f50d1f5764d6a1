/// The first hexadecimal digits of a digest, as a person abbreviates it.
package struct DigestPrefix: Hashable, Sendable, CustomStringConvertible {
    /// Minimum number of digits: among 10,000 digests, two that share their first eight are rare (1 in 86), and shorter
    /// words are more likely names of files.
    package static let minDigits = 8

    /// The digits in lower case.
    private let digits: [UInt8]

    /// Reads 8 to 64 hexadecimal digits in any case; `nil` for any other text.
    package init?(_ text: String) {
        let digits = text.utf8.map { (0x41...0x46).contains($0) ? $0 | 0x20 : $0 }
        guard (DigestPrefix.minDigits...(2 * Digest.byteCount)).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.digits = digits
    }

    /// The first eight digits, by which many prefixes are looked up at once.
    package var key: [UInt8] { Array(digits.prefix(DigestPrefix.minDigits)) }

    /// What `key` is for every prefix of a digest.
    package static func key(of digest: Digest) -> [UInt8] {
        var text: [UInt8] = []
        digest.withBytes { Hexadecimal.append(UnsafeRawBufferPointer(rebasing: $0[..<(minDigits / 2)]), to: &text) }
        return text
    }

    /// Whether a digest begins with these digits.
    package func matches(_ digest: Digest) -> Bool {
        var text: [UInt8] = []
        text.reserveCapacity(2 * Digest.byteCount)
        digest.appendHex(to: &text)
        return text.starts(with: digits)
    }

    /// Whether all digits are given.
    package var isWhole: Bool { digits.count == 2 * Digest.byteCount }

    /// The digits in lower case.
    package var description: String { String(decoding: digits, as: UTF8.self) }
}

import ProvenanceEncoding

/// A word of a setting: any bytes but none at all, such as a key of front matter or a pattern.
public struct SettingWord: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The bytes that it stands for.
    public let bytes: [UInt8]

    /// A word from its bytes.
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// A word from a literal.
    public init(stringLiteral value: String) { self.init(value.utf8) }

    /// The word for messages; invalid bytes show as U+FFFD, and the code that prints it escapes control characters.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// The word as the archive's configuration spells it, for lists: a space in it is `%20`.
    public var spelling: String { String(decoding: readable, as: UTF8.self) }

    /// The word as a path or a pattern.
    public var path: RawPath { RawPath(bytes) }

    /// The word as text; `nil` if it is not UTF-8.
    public var text: ExactText? { ExactText(validating: bytes) }

    // MARK: Spelling

    private static let percent = UInt8(ascii: "%")
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// The one spelling in the canonical text of rules.
    ///
    /// "bytes of a word outside 0x21–7E and `%` as `%` and two capital hex digits" (config.md)
    public var canonical: [UInt8] { spelled { (0x21...0x7E).contains($0) && $0 != SettingWord.percent } }

    /// The spelling in the archive's configuration, which people read: letters beyond ASCII stand as they are.
    var readable: [UInt8] {
        let isPlain = text.map { text in text.string.unicodeScalars.allSatisfy { !SettingWord.isHidden($0) } } ?? false
        return isPlain
            ? spelled { ($0 > 0x20 && $0 != 0x7F) && $0 != SettingWord.percent } : canonical
    }

    /// White space and control characters beyond ASCII, which nobody would see in a file.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value > 0x7F && (Bytes.isWhiteSpace(scalar) || (0x80...0x9F).contains(scalar.value))
    }

    private func spelled(_ isPlain: (UInt8) -> Bool) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for byte in bytes {
            if isPlain(byte) {
                text.append(byte)
            } else {
                text += [
                    SettingWord.percent, SettingWord.digits[Int(byte >> 4)], SettingWord.digits[Int(byte & 15)],
                ]
            }
        }
        return text
    }

    /// A word from a spelling, canonical or readable.
    ///
    /// - Returns: `nil` for no bytes, a space or a control character, or a `%` without two capital hexadecimal digits.
    init?(spelled text: some Sequence<UInt8>) {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            guard byte == SettingWord.percent else {
                guard byte > 0x20, byte != 0x7F else { return nil }
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap({ SettingWord.digits.firstIndex(of: $0) }),
                let low = rest.popFirst().flatMap({ SettingWord.digits.firstIndex(of: $0) })
            else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: high << 4 | low))
        }
        guard !bytes.isEmpty else { return nil }
        self.init(bytes)
    }
}

/// Byte-level reading of the line formats: `String` joins CR LF and composed characters, so it never parses here.
public enum Text {
    /// LF.
    public static let newline = UInt8(ascii: "\n")

    /// A decimal integer without leading zeros and without a sign, up to `limit`.
    ///
    /// - Returns: `nil` for anything else, overflow included.
    public static func decimal(_ text: some Collection<UInt8>, upTo limit: UInt64 = UInt64(Int64.max)) -> UInt64? {
        guard let first = text.first, text.count <= 20 else { return nil }
        if first == UInt8(ascii: "0"), text.count > 1 { return nil }
        var value: UInt64 = 0
        for character in text {
            guard (0x30...0x39).contains(character) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(character - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value <= limit ? value : nil
    }

    /// Whether two strings are the same bytes.
    ///
    /// `==` of `String` also calls canonically equivalent spellings equal ("é" in one scalar and in two): names and
    /// origins are bytes to every other implementation, so nothing that decides may compare them so.
    public static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    /// Appends an integer in decimal.
    public static func append(_ value: some BinaryInteger, to text: inout [UInt8]) {
        text.append(contentsOf: String(value).utf8)
    }

    /// Whether the bytes are valid UTF-8.
    public static func isUTF8(_ bytes: some Collection<UInt8>) -> Bool {
        if bytes.allSatisfy({ $0 < 0x80 }) { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// Whether a note may have this text: it ends in LF, is valid UTF-8 and has no control character below U+0020 but LF.
    public static func isNoteText(_ text: [UInt8]) -> Bool {
        text.last == newline && !text.contains(where: { $0 < 0x20 && $0 != newline }) && isUTF8(text)
    }

    /// Whether a scalar has the Unicode property White_Space.
    public static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
        default: false
        }
    }

    /// Whether a name may stand in a signature line.
    ///
    /// signed-note: "the key name … MUST be non-empty and not contain any Unicode spaces nor plus characters".
    /// Control characters are refused as well: the whole note may hold none but LF.
    public static func isKeyName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= longestKeyName
            && name.unicodeScalars.allSatisfy {
                !isWhiteSpace($0) && $0 != "+" && $0.value >= 0x20 && $0.value != 0x7f
            }
    }

    /// Longest key name and origin: the ML-DSA cosignature format has one length byte for each.
    public static let longestKeyName = 255
}

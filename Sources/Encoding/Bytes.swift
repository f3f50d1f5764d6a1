import Glibc

/// Byte-level parsing of the line formats.
///
/// Nothing is parsed as `String`, which makes one `Character` of CR LF and of composed characters.
public enum Bytes {
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
    /// `String` also equates canonically equivalent spellings ("é" as one scalar and as two). Other implementations
    /// compare names and origins as bytes, so every decision here must as well.
    public static func isSame(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { isSame(UnsafeRawBufferPointer(left), UnsafeRawBufferPointer($0)) }
        }
    }

    /// Whether two runs of bytes are the same; compares at least a machine word at a time, `elementsEqual` one byte.
    public static func isSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let one = left.baseAddress, let other = right.baseAddress else { return true }
        return memcmp(one, other, left.count) == 0
    }

    /// The index of the first LF from an index on.
    public static func firstNewline(in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.indices.contains(start) else { return nil }
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + start, Int32(newline), bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// The index of the first occurrence of some bytes; 0 where these are empty.
    ///
    /// For short texts: the cost is at worst the product of the two lengths.
    package static func firstIndex(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
        guard let last = wanted.last else { return 0 }
        return bytes.withUnsafeBytes { bytes in
            wanted.withUnsafeBytes { wanted in
                guard let base = bytes.baseAddress, let pattern = wanted.baseAddress else { return nil }
                // Sought by its last byte, which varies more than the first: Han characters share few first bytes.
                var end = wanted.count - 1
                while end < bytes.count, let found = memchr(base + end, Int32(last), bytes.count - end) {
                    let start = UnsafeRawPointer(found) - base - (wanted.count - 1)
                    if memcmp(base + start, pattern, wanted.count) == 0 { return start }
                    end = start + wanted.count
                }
                return nil
            }
        }
    }

    /// Appends an integer in decimal.
    public static func append(_ value: some BinaryInteger, to text: inout [UInt8]) {
        guard let value = UInt64(exactly: value) else {
            text.append(contentsOf: String(value).utf8)
            return
        }
        // Digits are written from the last to the first, at most twenty; `String(value)` costs several times as much.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var start = 20
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            text.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    /// Whether the bytes are valid UTF-8.
    public static func isUTF8(_ bytes: some Collection<UInt8>) -> Bool {
        let isValid = bytes.withContiguousStorageIfAvailable { (try? UTF8Span(validating: $0.span)) != nil }
        return isValid ?? (String(validating: bytes, as: UTF8.self) != nil)
    }

    /// Decodes UTF-8 without repairing it; `nil` when the bytes are not valid.
    public static func string(_ bytes: some Sequence<UInt8>) -> String? {
        // Avoids `String(validating:as:)`, which looks up its generic types on every call.
        let text = bytes.withContiguousStorageIfAvailable { bytes -> String? in
            guard let text = try? UTF8Span(validating: bytes.span) else { return nil }
            return String(copying: text)
        }
        if let text { return text }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Whether bytes are valid as a note's text: the text ends in LF, is valid UTF-8 and has no control character below
    /// U+0020 but LF.
    public static func isNoteText(_ text: [UInt8]) -> Bool {
        text.last == newline && !holdsControls(text[...]) && isUTF8(text)
    }

    /// Whether there is a control character below U+0020 other than LF.
    public static func holdsControls(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var controls: UInt8 = 0
            // No early exit, so that the compiler can vectorise the loop.
            for byte in bytes { controls |= (byte < 0x20 ? 1 : 0) & (byte != newline ? 1 : 0) }
            return controls != 0
        }
    }

    /// Whether a scalar has the Unicode property White_Space.
    public static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
        default: false
        }
    }

    /// Whether a name is valid in a signature line.
    ///
    /// signed-note: "the key name … MUST be non-empty and not contain any Unicode spaces nor plus characters". Control
    /// characters are refused as well: a note allows none but LF.
    public static func isKeyName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= maxKeyNameBytes
            && name.unicodeScalars.allSatisfy {
                !isWhiteSpace($0) && $0 != "+" && $0.value >= 0x20 && $0.value != 0x7f
            }
    }

    /// Longest key name and origin: the ML-DSA cosignature format has one length byte for each.
    public static let maxKeyNameBytes = 255
}

import ProvenanceEncoding

/// The rules for texts from a post on a line of a record (record.md, "Source and date").
package enum EntryText {
    /// The longest source, in bytes.
    package static let maxSource = 8_192
    /// The longest date, in bytes.
    package static let maxDate = 64
    /// The longest key of a front matter that a record names, in bytes.
    package static let maxKey = 256

    /// A broken rule, and its position in the text (in scalars from 0) if it has one.
    package struct Fault {
        package let found: String
        package let scalar: Int
        /// The rule, in words that do not depend on the text.
        package let kind: String

        fileprivate init(found: String, scalar: Int, kind: String) {
            self.found = found
            self.scalar = scalar
            self.kind = kind
        }
    }

    /// The first rule that a text breaks, or `nil`.
    ///
    /// "Refused when empty, over 8,192 bytes, with White_Space at either end, or with a scalar of category Cc, U+2028
    /// or U+2029. Likewise the date (64 bytes)."
    package static func fault(in text: String, limit: Int) -> Fault? {
        let bytes = text.utf8
        let count = bytes.count
        guard count > 0 else { return Fault(found: "nothing", scalar: 0, kind: "empty") }
        guard count <= limit else { return Fault(found: "\(count) bytes", scalar: 0, kind: "too long") }
        if isPlain(text) { return nil }
        var index = 0
        let last = text.unicodeScalars.count - 1
        for scalar in text.unicodeScalars {
            if isForbidden(scalar) {
                return Fault(
                    found: "the character \(name(of: scalar))", scalar: index, kind: "control character")
            }
            if (index == 0 || index == last) && Bytes.isWhiteSpace(scalar) {
                let place = index == 0 ? "start" : "end"
                return Fault(
                    found: "white space \(name(of: scalar)) at the \(place)", scalar: index,
                    kind: "white space at an end")
            }
            index += 1
        }
        return nil
    }

    /// Whether a text is printable ASCII without a space at either end: the common case, decided in one pass.
    private static func isPlain(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            if bytes.first == 0x20 || bytes.last == 0x20 { return false }
            var others: UInt8 = 0
            // No early exit, so that the compiler can vectorise the loop.
            for byte in bytes { others |= (byte < 0x20 ? 1 : 0) | (byte > 0x7E ? 1 : 0) }
            return others == 0
        }
    }

    /// General category Cc (which never grows, by Unicode's stability policy), U+2028 and U+2029.
    package static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }

    /// `U+0041` for a scalar.
    package static func name(of scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex
    }
}

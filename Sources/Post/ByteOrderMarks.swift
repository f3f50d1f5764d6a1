/// Keeps U+FEFF in front matter what it is there: a character like any other.
///
/// libyaml skips one at the start of a line, and Yams, which decodes scalars with Foundation, drops one at the start of a
/// scalar: a source would be recorded without its first character. So the parser is given another character in its
/// place, as long in UTF-8 so that offsets hold, and every scalar gets it back.
struct ByteOrderMarks {
    private static let mark: Unicode.Scalar = "\u{FEFF}"
    /// What the parser sees instead; `nil` when the text has no U+FEFF.
    private let standIn: Unicode.Scalar?

    /// Chooses the stand-in: a private-use character of three bytes that the text has neither as itself nor as the digits
    /// of an escape.
    ///
    /// - Throws: `E-YAML` when the text has all of the 6,400.
    init(_ text: ArraySlice<UInt8>) throws(PostError) {
        guard ByteOrderMarks.occurs(in: text) else {
            standIn = nil
            return
        }
        var used: Set<UInt32> = []
        var digits: UInt32 = 0
        var digitCount = 0
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            used.insert(scalar.value)
            if let digit = Character(scalar).hexDigitValue, scalar.isASCII {
                digits = (digits << 4 | UInt32(digit)) & 0xFFFF
                digitCount += 1
                if digitCount >= 4 { used.insert(digits) }
            } else {
                digitCount = 0
            }
        }
        standIn = (0xE000...0xF8FF).first { !used.contains($0) }.flatMap { Unicode.Scalar($0) }
        guard standIn != nil else {
            throw PostError(
                .yaml, line: 2, column: 1, found: "U+FEFF among all private-use characters", wanted: "fewer of them")
        }
    }

    private static func occurs(in text: ArraySlice<UInt8>) -> Bool {
        var index = text.startIndex
        while let lead = text[index...].firstIndex(of: 0xEF) {
            if text[lead...].starts(with: [0xEF, 0xBB, 0xBF]) { return true }
            index = lead + 1
        }
        return false
    }

    /// The text for the parser.
    func hidden(_ text: String) -> String {
        guard let standIn else { return text }
        return ByteOrderMarks.replacing(ByteOrderMarks.mark, by: standIn, in: text)
    }

    /// A scalar of the parser as it stands in the text.
    func restored(_ text: String) -> String {
        guard let standIn else { return text }
        return ByteOrderMarks.replacing(standIn, by: ByteOrderMarks.mark, in: text)
    }

    private static func replacing(_ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(scalar == old ? new : scalar) }
        return String(scalars)
    }

    /// Whether a double-quoted scalar starts with U+FEFF written as an escape, so that Yams has dropped it.
    ///
    /// - Parameter scalar: The file from the opening quote on.
    /// - Returns: `true` if the first character is such an escape, after any escaped line breaks.
    static func isFirstEscape(of scalar: ArraySlice<UInt8>) -> Bool {
        var rest = String(decoding: scalar.prefix(4_096), as: UTF8.self).unicodeScalars.dropFirst()
        while rest.popFirst() == "\\", let kind = rest.popFirst() {
            switch kind {
            case "u", "U":
                let digits = rest.prefix(kind == "u" ? 4 : 8)
                return UInt32(String(digits), radix: 16) == mark.value
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                // An escaped line break goes, with the white space that starts the next line.
                if kind == "\r", rest.first == "\n" { rest = rest.dropFirst() }
                rest = rest.drop { $0 == " " || $0 == "\t" }
            default: return false
            }
        }
        return false
    }
}

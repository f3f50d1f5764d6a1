/// Keeps U+FEFF in front matter what it is there: a character like any other.
///
/// libyaml skips one at the start of a line: a key or an item would be recorded without its first character. So the parser
/// is given another character in its place, as long in UTF-8 so that offsets hold, and every scalar gets it back.
struct ByteOrderMarks {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// What the parser sees instead; `nil` when the text has no U+FEFF.
    private let standIn: [UInt8]?

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
        guard let unused = (0xE000...0xF8FF).first(where: { !used.contains($0) }), let scalar = Unicode.Scalar(unused)
        else {
            throw PostError(
                .yaml, line: 2, column: 1, found: "U+FEFF among all private-use characters", wanted: "fewer of them")
        }
        standIn = Array(String(scalar).utf8)
    }

    private static func occurs(in text: ArraySlice<UInt8>) -> Bool {
        var index = text.startIndex
        while let lead = text[index...].firstIndex(of: 0xEF) {
            if text[lead...].starts(with: mark) { return true }
            index = lead + 1
        }
        return false
    }

    /// The text for the parser.
    func hidden(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard let standIn else { return Array(text) }
        return ByteOrderMarks.replacing(ByteOrderMarks.mark, by: standIn, in: text)
    }

    /// A scalar of the parser as it stands in the text.
    func restored(_ scalar: UnsafeBufferPointer<UInt8>) -> String {
        guard let standIn else { return String(decoding: scalar, as: UTF8.self) }
        return String(
            decoding: ByteOrderMarks.replacing(standIn, by: ByteOrderMarks.mark, in: scalar), as: UTF8.self)
    }

    /// Replaces each of a character's bytes by those of another as long, which in UTF-8 can be parts of no other.
    private static func replacing(_ old: [UInt8], by new: [UInt8], in text: some Sequence<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in text {
            bytes.append(byte)
            if byte == old.last, bytes.suffix(old.count).elementsEqual(old) {
                bytes.replaceSubrange((bytes.count - old.count)..., with: new)
            }
        }
        return bytes
    }
}

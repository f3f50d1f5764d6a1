/// Makes libyaml treat U+FEFF in front matter as an ordinary character.
///
/// libyaml skips one at the start of a line, so a key or an item would be recorded without its first character. So the
/// parser is given a stand-in of the same length in UTF-8, which keeps offsets valid, and every scalar is restored.
struct ByteOrderMarks {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// The character given to the parser instead; `nil` when the text has no U+FEFF.
    private let standIn: [UInt8]?

    /// Chooses the stand-in: a private-use character of three bytes that the text contains neither literally nor as the
    /// digits of an escape.
    ///
    /// - Throws: `E-YAML` when the text contains all 6,400.
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

    /// A scalar from the parser, with U+FEFF restored.
    func restored(_ scalar: UnsafeBufferPointer<UInt8>) -> String {
        guard let standIn else { return String(decoding: scalar, as: UTF8.self) }
        return String(
            decoding: ByteOrderMarks.replacing(standIn, by: ByteOrderMarks.mark, in: scalar), as: UTF8.self)
    }

    /// Replaces a character by another of the same length. In UTF-8 its bytes cannot match inside other characters.
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

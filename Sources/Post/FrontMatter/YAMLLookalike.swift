import ProvenanceEncoding
import ProvenanceRecord

/// Finds a character that looks like a space, a colon or nothing, has no such meaning in YAML, and is why a text is not
/// front matter.
///
/// Such characters are common in values, so finding one proves nothing. It counts as the reason only if the text
/// parses, or parses further, with the intended character in its place.
enum YAMLLookalike {
    /// The colon of Chinese and Japanese text.
    private static let fullWidthColon: Unicode.Scalar = "\u{FF1A}"

    /// The intended meaning of a lookalike, in YAML and in words; `nil` for any other character.
    private static func meaning(of scalar: Unicode.Scalar) -> (text: String, found: String, wanted: String)? {
        switch scalar {
        case " ", "\t", "\r", "\n": return nil
        case fullWidthColon:
            return (": ", "\(EntryText.name(of: scalar)) where a colon is meant", "a colon and a space")
        default:
            guard Invisible.contains(scalar) else { return nil }
            let name = EntryText.name(of: scalar)
            return scalar.properties.isWhitespace
                ? (" ", "\(name) where a space is meant", "a space")
                : ("", "the invisible character \(name)", "nothing in its place")
        }
    }

    /// A line with the intended characters, and the offset of the first that was replaced.
    private static func meant(
        _ line: Range<Int>, of bytes: [UInt8]
    ) -> (line: [UInt8], offset: Int, found: String, wanted: String)? {
        var result: [UInt8] = []
        var first: (offset: Int, found: String, wanted: String)?
        var offset = line.lowerBound
        for scalar in String(decoding: bytes[line], as: UTF8.self).unicodeScalars {
            if let meaning = meaning(of: scalar) {
                result.append(contentsOf: meaning.text.utf8)
                if first == nil { first = (offset, meaning.found, meaning.wanted) }
            } else {
                result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
            offset += UTF8.width(scalar)
        }
        guard let first else { return nil }
        return (result, first.offset, first.found, first.wanted)
    }

    /// The error that names the character, if one in the suspected lines is why a text was refused.
    ///
    /// `stop` is where parsing stopped, and `suspects` are positions in the lines to examine; both are in bytes from
    /// the start of the file.
    static func reason(
        of error: PostError, stop: Int, suspects: [Int], _ text: Range<Int>, of bytes: [UInt8]
    ) -> PostError? {
        var tried: Set<Int> = []
        for suspect in suspects.sorted() {
            guard let line = line(at: suspect, text, of: bytes), tried.insert(line.lowerBound).inserted,
                let meant = meant(line, of: bytes)
            else { continue }
            var other = Array(bytes[..<text.upperBound])
            other.replaceSubrange(line, with: meant.line)
            let end = text.upperBound - line.count + meant.line.count
            if let next = YAMLFrontMatter.stop(text.lowerBound..<end, of: other),
                SourcePosition(of: next, in: other).line <= SourcePosition(of: stop, in: bytes).line
            {
                continue
            }
            let place = SourcePosition(of: meant.offset, in: bytes)
            return PostError(
                error.code, line: place.line, column: place.column, found: meant.found, wanted: meant.wanted,
                advice: "an editor shows no difference; type that part of line \(place.line) again")
        }
        return nil
    }

    /// The line of the text that contains a byte, without its LF; `nil` after the end of the text.
    private static func line(at offset: Int, _ text: Range<Int>, of bytes: [UInt8]) -> Range<Int>? {
        guard text.contains(offset) else { return nil }
        let start = bytes[text.lowerBound..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? text.lowerBound
        let end = bytes[offset..<text.upperBound].firstIndex(of: 0x0A) ?? text.upperBound
        return start..<end
    }
}

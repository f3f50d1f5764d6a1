import ProvenanceEncoding

/// Parses the simple front matter of nearly every post without a YAML parser: its result is exactly that of YAML, or
/// `nil`.
///
/// It accepts three forms of lines: `key: plain text`, `key: "text without escapes"` and `key: [ plain, items ]`. It
/// returns `nil` for anything that could mean something else in YAML (comments, indentation, further lines, escapes,
/// indicators, control characters, Unicode line breaks, a key twice, many keys), and ``YAMLFrontMatter`` decides. It
/// never refuses a file.
package enum PlainFrontMatter {
    /// The most keys that are accepted; the largest real front matter has a dozen. Each key is compared with all before
    /// it, so a text with more is left to ``YAMLFrontMatter``, which uses a table.
    private static let maxKeys = 32

    /// Parses the bytes between the `---` lines, which must be valid UTF-8.
    ///
    /// - Parameter text: The lines after the first `---` up to the closing one, a slice of the file so that offsets count
    ///   from the file's start.
    /// - Returns: The same as from YAML, or `nil` when only a YAML parser can decide.
    package static func read(_ text: ArraySlice<UInt8>) -> FrontMatter? {
        var entries: [FrontMatter.Entry] = []
        entries.reserveCapacity(8)
        var start = text.startIndex
        while start < text.endIndex {
            guard let end = text[start...].firstIndex(of: 0x0A), let entry = entry(text[start..<end]) else {
                return nil
            }
            guard entries.count < maxKeys else { return nil }
            for earlier in entries where earlier.key == entry.key { return nil }
            entries.append(entry)
            start = end + 1
        }
        return entries.isEmpty ? nil : FrontMatter(entries: entries)
    }

    /// One line without its LF.
    private static func entry(_ line: ArraySlice<UInt8>) -> FrontMatter.Entry? {
        guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex, colon - line.startIndex <= 64,
            colon + 2 < line.endIndex, line[colon + 1] == 0x20, isLetter(line[line.startIndex])
        else { return nil }
        for byte in line[line.startIndex..<colon] where !isWord(byte) { return nil }
        let text = line[(colon + 2)...]
        let value: FrontMatter.Value
        switch text[text.startIndex] {
        case 0x22:
            guard let scalar = quoted(text) else { return nil }
            value = .scalar(scalar)
        case 0x5B:
            guard let items = list(text) else { return nil }
            value = .list(items)
        default:
            guard let scalar = plain(text) else { return nil }
            value = .scalar(scalar)
        }
        guard let key = ExactText(validating: line[line.startIndex..<colon]) else { return nil }
        return FrontMatter.Entry(
            key: key, value: value, keyOffset: line.startIndex, valueOffset: text.startIndex)
    }

    /// A plain scalar up to the end of the line: it starts with a letter, a digit or a character beyond ASCII, does not
    /// end in a blank, and contains neither `: ` nor ` #`.
    private static func plain(_ text: ArraySlice<UInt8>) -> ExactText? {
        guard let first = text.first, isAlphanumeric(first) || first >= 0x80 else { return nil }
        var previous: UInt8 = 0x3A
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte >= 0x80 {
                guard let length = harmless(text, at: index) else { return nil }
                index += length
            } else {
                if byte < 0x20 || byte == 0x7F { return nil }
                if byte == 0x20 && previous == 0x3A { return nil }
                if byte == 0x23 && previous == 0x20 { return nil }
                index += 1
            }
            previous = byte
        }
        if previous == 0x20 || previous == 0x3A { return nil }
        return ExactText(validating: text)
    }

    /// A double-quoted scalar that ends with the line and has no backslash.
    private static func quoted(_ text: ArraySlice<UInt8>) -> ExactText? {
        guard text.count >= 2, text[text.endIndex - 1] == 0x22 else { return nil }
        let inner = text[(text.startIndex + 1)..<(text.endIndex - 1)]
        var index = inner.startIndex
        while index < inner.endIndex {
            let byte = inner[index]
            if byte >= 0x80 {
                guard let length = harmless(inner, at: index) else { return nil }
                index += length
            } else {
                if byte < 0x20 || byte == 0x7F || byte == 0x22 || byte == 0x5C { return nil }
                index += 1
            }
        }
        return ExactText(validating: inner)
    }

    /// A flow list on one line, of one or more items made of letters, digits, `_ - . / ( ) +`, inner blanks and
    /// characters beyond ASCII.
    private static func list(_ text: ArraySlice<UInt8>) -> [ExactText]? {
        guard text.count >= 3, text[text.endIndex - 1] == 0x5D else { return nil }
        let inner = text[(text.startIndex + 1)..<(text.endIndex - 1)]
        var items: [ExactText] = []
        for part in inner.split(separator: 0x2C, omittingEmptySubsequences: false) {
            guard let start = part.firstIndex(where: { $0 != 0x20 }), let end = part.lastIndex(where: { $0 != 0x20 }),
                let item = item(part[start...end])
            else { return nil }
            items.append(item)
        }
        return items
    }

    /// One item of a flow list, without the blanks around it.
    private static func item(_ text: ArraySlice<UInt8>) -> ExactText? {
        guard let first = text.first, isAlphanumeric(first) || first >= 0x80 else { return nil }
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte >= 0x80 {
                guard let length = harmless(text, at: index) else { return nil }
                index += length
            } else {
                switch byte {
                case 0x20, 0x28, 0x29, 0x2B, 0x2D, 0x2E, 0x2F: break
                default: if !isWord(byte) { return nil }
                }
                index += 1
            }
        }
        return ExactText(validating: text)
    }

    /// The length of the multi-byte character at an index, if it has no special meaning in YAML: not U+0080–009F (NEL
    /// breaks lines, the others are refused), U+2028, U+2029, U+FEFF, U+FFFE or U+FFFF.
    private static func harmless(_ text: ArraySlice<UInt8>, at index: Int) -> Int? {
        let lead = text[index]
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard text.endIndex - index >= length else { return nil }
        let second = text[index + 1]
        switch lead {
        case 0xC2:
            if second < 0xA0 { return nil }
        case 0xE2:
            if second == 0x80 && (text[index + 2] == 0xA8 || text[index + 2] == 0xA9) { return nil }
        case 0xEF:
            if second == 0xBB && text[index + 2] == 0xBF { return nil }
            if second == 0xBF && text[index + 2] >= 0xBE { return nil }
        default: break
        }
        return length
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLetter(byte) || (0x30...0x39).contains(byte)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == 0x5F || byte == 0x2D
    }
}

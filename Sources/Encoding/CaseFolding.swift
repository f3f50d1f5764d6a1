/// Text without the difference of upper and lower case, for searching.
///
/// Full case folding of single characters: `STRASSE` and `Straße` are the same, Han has no case and stays. Composed and
/// decomposed spellings of a character stay different.
package enum CaseFolding {
    /// The folded text.
    package static func fold(_ text: String) -> [UInt8] {
        var folded: [UInt8] = []
        append(Array(text.utf8), to: &folded)
        return folded
    }

    /// Appends UTF-8, folded; a line stays a line. Bytes that are not UTF-8 stay as they are.
    package static func append(_ bytes: [UInt8], to folded: inout [UInt8]) {
        folded.reserveCapacity(folded.count + bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x80 {
                folded.append((0x41...0x5a).contains(byte) ? byte | 0x20 : byte)
                index += 1
                continue
            }
            let (length, scalar) = decode(bytes, at: index)
            if let scalar {
                append(scalar, bytes[index..<(index + length)], to: &folded)
            } else {
                folded.append(contentsOf: bytes[index..<(index + length)])
            }
            index += length
        }
    }

    /// Decodes one character that is not ASCII.
    ///
    /// - Returns: Its length, and the scalar; `nil` for characters that certainly have no case, and for bytes that are
    ///   not UTF-8.
    private static func decode(_ bytes: [UInt8], at index: Int) -> (length: Int, scalar: Unicode.Scalar?) {
        let lead = bytes[index]
        let length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
        guard length > 1, index + length <= bytes.count else { return (1, nil) }
        // U+3000 to U+9FFF: punctuation, kana and Han, which make up most of such texts and have no case.
        if (0xe3...0xe9).contains(lead) { return (length, nil) }
        var value = UInt32(lead) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
        for byte in bytes[(index + 1)..<(index + length)] {
            guard byte & 0xc0 == 0x80 else { return (1, nil) }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        return (length, Unicode.Scalar(value))
    }

    private static func append(
        _ scalar: Unicode.Scalar, _ bytes: ArraySlice<UInt8>, to folded: inout [UInt8]
    ) {
        guard scalar.properties.changesWhenCaseFolded else {
            folded.append(contentsOf: bytes)
            return
        }
        // The standard library has the mappings of case, but not that of folding. They agree when the lower case is
        // taken of the upper case (`ß` to `SS` to `ss`, final sigma to sigma), except for Cherokee, which folds to upper
        // case, and for letters that are upper case only by way of their lower case (`ẞ`).
        let lower = scalar.properties.lowercaseMapping
        let upper = lower.unicodeScalars.map(\.properties.uppercaseMapping).joined()
        let result = upper.unicodeScalars.map(\.properties.lowercaseMapping).joined()
        let isUnchanged = Bytes.isSame(result, String(scalar))
        folded.append(contentsOf: (isUnchanged ? upper : result).utf8)
    }
}

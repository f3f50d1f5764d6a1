/// The tag names that `text@v1` knows, packed into integers so that a lookup is a few comparisons.
///
/// A name is the letters and digits right after `<` or `</`, lower-cased. No name it knows is longer than ten bytes, so
/// six bits for each byte fit; a longer name is packed as 0, which is nobody's.
enum TagNames {
    /// Tags that, opening or closing, end a passage (step 3).
    static let endingPassage: [UInt64] = packed(
        """
        address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 \
        header hr li main nav ol p pre section summary table td th tr ul
        """)

    /// Start tags whose content is dropped with them (step 2).
    static let dropping: [UInt64] = packed("script style template noscript iframe svg head")

    /// Whether a sorted list has a packed name.
    static func contains(_ list: [UInt64], _ key: UInt64) -> Bool {
        var lower = 0
        var upper = list.count
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if list[middle] == key { return true }
            if list[middle] < key { lower = middle + 1 } else { upper = middle }
        }
        return false
    }

    /// The six bits of a letter (of either case) or digit, 0 for every other byte.
    @inline(__always)
    static func code(_ byte: UInt8) -> UInt64 {
        if byte >= 0x30 && byte <= 0x39 { return UInt64(byte - 0x30 + 1) }
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A ? UInt64(lower - 0x61 + 11) : 0
    }

    private static func packed(_ names: String) -> [UInt64] {
        names.utf8.split(separator: 0x20).map { $0.reduce(0) { $0 << 6 | code($1) } }.sorted()
    }
}

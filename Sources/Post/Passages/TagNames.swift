/// The tag names that `text@v1` knows, packed into integers so that a lookup is a few comparisons.
///
/// A name is the letters and digits right after `<` or `</`, lower-cased. The known names have at most ten bytes, so
/// six bits for each byte fit; a longer name is packed as 0, which no known name has.
enum TagNames {
    /// The effect of a tag on the passage that contains it.
    enum Effect: UInt64 {
        /// The tag is removed.
        case none = 0
        /// A tag of this name, opening or closing, ends the passage (step 3).
        case endsPassage = 1
        /// A start tag of this name is dropped with its content (step 2).
        case dropsContent = 2
    }

    /// The effect of a tag with this name.
    @inline(__always)
    static func effect(of name: UInt64) -> Effect {
        guard name != 0 else { return .none }
        var place = place(name)
        while true {
            let entry = table[place]
            if entry == 0 { return .none }
            if entry >> 2 == name { return Effect(rawValue: entry & 3) ?? .none }
            place = (place &+ 1) % places
        }
    }

    private static let names: [(Effect, String)] = [
        (
            .endsPassage,
            """
            address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 \
            header hr li main nav ol p pre section summary table td th tr ul
            """
        ),
        (.dropsContent, "script style template noscript iframe svg head"),
    ]

    /// Slots of the hash table: a power of two, most of them empty, so that a lookup takes one or two comparisons.
    private static let places = 128

    /// The slot where the search for a name starts.
    @inline(__always)
    private static func place(_ name: UInt64) -> Int { Int(truncatingIfNeeded: (name &* 0x9E37_79B9_7F4A_7C15) &>> 57) }

    /// The hash table: each entry is a name of sixty bits above two bits for its effect.
    private static let table: [UInt64] = {
        var table = [UInt64](repeating: 0, count: places)
        for (effect, names) in names {
            for name in names.utf8.split(separator: 0x20) {
                let packed = name.reduce(0) { $0 << 6 | code($1) }
                var place = place(packed)
                while table[place] != 0 { place = (place + 1) % places }
                table[place] = packed << 2 | effect.rawValue
            }
        }
        return table
    }()

    /// The six bits of a letter (of either case) or digit, 0 for every other byte.
    @inline(__always)
    static func code(_ byte: UInt8) -> UInt64 {
        if byte >= 0x30 && byte <= 0x39 { return UInt64(byte - 0x30 + 1) }
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A ? UInt64(lower - 0x61 + 11) : 0
    }
}

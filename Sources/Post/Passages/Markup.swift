/// A tag or a comment in a body (`text@v1`, steps 1 and 2).
struct Markup {
    /// The index after it; the end of the body for markup that never ends.
    let end: Int
    /// The name, packed as ``TagNames`` does; 0 for a comment, `<!` and `<?`.
    let name: UInt64
    /// The name's bytes.
    let nameRange: Range<Int>
    /// Whether it is a start tag.
    let isStart: Bool

    /// Parses the markup at a `<`; `nil` when that `<` is text.
    ///
    /// "`<!--` runs to the next `-->` sought after those four characters. A tag is `<` followed by a letter, by `/` and a
    /// letter, by `!` or by `?`".
    @inline(__always)
    static func read(_ bytes: Span<UInt8>, at start: Int) -> Markup? {
        let count = bytes.count
        guard start + 1 < count else { return nil }
        let next = bytes[start + 1]
        if next == 0x21 || next == 0x3F {
            let isComment = next == 0x21 && start + 3 < count && bytes[start + 2] == 0x2D && bytes[start + 3] == 0x2D
            let end = isComment ? endOfComment(bytes, from: start + 4) : endOfTag(bytes, from: start + 2)
            return Markup(end: end, name: 0, nameRange: start..<start, isStart: false)
        }
        let isStart = next != 0x2F
        let nameStart = isStart ? start + 1 : start + 2
        guard nameStart < count, isLetter(bytes[nameStart]) else { return nil }
        var index = nameStart
        var name: UInt64 = 0
        while index < count {
            let code = TagNames.code(bytes[index])
            if code == 0 { break }
            name = name << 6 | code
            index += 1
        }
        if index - nameStart > 10 { name = 0 }
        let isClosed = index < count && bytes[index] == 0x3E
        return Markup(
            end: isClosed ? index + 1 : endOfTag(bytes, from: index), name: name, nameRange: nameStart..<index,
            isStart: isStart)
    }

    /// The end of the content dropped after a start tag: "the input is searched literally for `</name` (any case, not
    /// followed by a letter or digit); everything through that tag's end is dropped, to the end of the body where there
    /// is none".
    static func endOfDropped(_ bytes: Span<UInt8>, name: Range<Int>, from start: Int) -> Int {
        let count = bytes.count
        var index = start
        while index + 1 < count {
            if bytes[index] == 0x3C && bytes[index + 1] == 0x2F {
                let nameStart = index + 2
                let nameEnd = nameStart + name.count
                if nameEnd <= count && isSame(bytes, name, nameStart)
                    && (nameEnd == count || TagNames.code(bytes[nameEnd]) == 0)
                {
                    return endOfTag(bytes, from: nameEnd)
                }
            }
            index += 1
        }
        return count
    }

    private static func isSame(_ bytes: Span<UInt8>, _ name: Range<Int>, _ start: Int) -> Bool {
        for offset in 0..<name.count
        where TagNames.code(bytes[name.lowerBound + offset]) != TagNames.code(bytes[start + offset]) {
            return false
        }
        return true
    }

    private static func endOfComment(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        var index = start
        while index + 2 < count {
            if bytes[index + 2] == 0x3E && bytes[index + 1] == 0x2D && bytes[index] == 0x2D { return index + 3 }
            index += 1
        }
        return count
    }

    /// The end of a tag: "it runs to the next `>` that is not inside a quoted attribute value (a quote opens only after `=` and
    /// optional white space)".
    private static func endOfTag(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        var index = start
        while index < count {
            let byte = bytes[index]
            index += 1
            if byte == 0x3E { return index }
            guard byte == 0x3D else { continue }
            while index < count && isWhiteSpace(bytes[index]) { index += 1 }
            guard index < count else { break }
            let quote = bytes[index]
            guard quote == 0x22 || quote == 0x27 else { continue }
            index += 1
            while index < count && bytes[index] != quote { index += 1 }
            index += 1
        }
        return count
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20)
    }

    /// White space in tags is U+0009 000A 000C 000D 0020, without U+000B.
    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D || byte == 0x0C
    }
}

/// A character reference in a run of text (`text@v1`, step 4).
struct Reference {
    /// The index after its semicolon.
    let end: Int
    /// The character it denotes.
    let scalar: UInt32

    /// Parses the reference at an `&`; `nil` when that `&` is literal.
    static func read(_ bytes: Span<UInt8>, at start: Int) -> Reference? {
        let count = bytes.count
        guard start + 2 < count else { return nil }
        if bytes[start + 1] == 0x23 { return numeric(bytes, at: start) }
        var key: UInt64 = 0
        var index = start + 1
        while index < count && index - start <= CharacterReferences.maxNameBytes + 1 {
            let byte = bytes[index]
            if byte == 0x3B {
                guard let scalar = CharacterReferences.scalar(packed: key) else { return nil }
                return Reference(end: index + 1, scalar: scalar)
            }
            guard TagNames.code(byte) != 0, index - start <= CharacterReferences.maxNameBytes else { return nil }
            key = CharacterReferences.pack(key, byte)
            index += 1
        }
        return nil
    }

    /// Parses a numeric reference.
    ///
    /// "`&#` digits `;`, `&#x` or `&#X` hexadecimal digits `;` (any number of digits; 0, surrogates and values over
    /// 10FFFF become U+FFFD)". Without any digit it is not a reference.
    private static func numeric(_ bytes: Span<UInt8>, at start: Int) -> Reference? {
        let count = bytes.count
        let isHexadecimal = bytes[start + 2] | 0x20 == 0x78
        var index = isHexadecimal ? start + 3 : start + 2
        let first = index
        var value: UInt32 = 0
        while index < count {
            let byte = bytes[index]
            if byte == 0x3B {
                guard index > first else { return nil }
                let isScalar = value != 0 && value <= 0x10FFFF && !(0xD800...0xDFFF).contains(value)
                return Reference(end: index + 1, scalar: isScalar ? value : 0xFFFD)
            }
            let digit: UInt32
            switch byte {
            case 0x30...0x39: digit = UInt32(byte - 0x30)
            case 0x41...0x46 where isHexadecimal: digit = UInt32(byte - 0x41 + 10)
            case 0x61...0x66 where isHexadecimal: digit = UInt32(byte - 0x61 + 10)
            default: return nil
            }
            // Above the last scalar the value no longer changes, so that any number of digits is read without overflow.
            if value <= 0x10FFFF { value = value * (isHexadecimal ? 16 : 10) + digit }
            index += 1
        }
        return nil
    }
}

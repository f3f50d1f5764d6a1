/// One step of the WHATWG UTF-8 decoder over bytes.
enum UTF8Sequence {
    /// The sequence that starts at an index.
    struct Step {
        /// The number of its bytes: a whole scalar, or the bytes that become one U+FFFD.
        let length: Int
        /// The scalar; U+FFFD for an invalid sequence.
        let scalar: UInt32
        /// Whether the bytes are valid.
        let isValid: Bool
    }

    /// Decodes at an index that is in range.
    ///
    /// An invalid sequence is what the WHATWG decoder replaces by one U+FFFD: the longest prefix of a valid sequence
    /// found there, or a single byte. The byte that ended it is decoded again.
    @inline(__always)
    static func step(_ bytes: Span<UInt8>, at index: Int) -> Step {
        let lead = bytes[index]
        if lead < 0x80 { return Step(length: 1, scalar: UInt32(lead), isValid: true) }
        // The second byte's range is narrower after four leads, to exclude overlong forms, surrogates and values above
        // U+10FFFF.
        var lower: UInt8 = 0x80
        var upper: UInt8 = 0xBF
        let needed: Int
        var scalar: UInt32
        switch lead {
        case 0xC2...0xDF:
            needed = 1
            scalar = UInt32(lead & 0x1F)
        case 0xE0...0xEF:
            needed = 2
            scalar = UInt32(lead & 0x0F)
            if lead == 0xE0 { lower = 0xA0 }
            if lead == 0xED { upper = 0x9F }
        case 0xF0...0xF4:
            needed = 3
            scalar = UInt32(lead & 0x07)
            if lead == 0xF0 { lower = 0x90 }
            if lead == 0xF4 { upper = 0x8F }
        default:
            return Step(length: 1, scalar: 0xFFFD, isValid: false)
        }
        var length = 1
        while length <= needed {
            guard index + length < bytes.count else { return Step(length: length, scalar: 0xFFFD, isValid: false) }
            let byte = bytes[index + length]
            guard byte >= lower && byte <= upper else { return Step(length: length, scalar: 0xFFFD, isValid: false) }
            lower = 0x80
            upper = 0xBF
            scalar = scalar << 6 | UInt32(byte & 0x3F)
            length += 1
        }
        return Step(length: length, scalar: scalar, isValid: true)
    }
}

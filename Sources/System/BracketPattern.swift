/// The bracket expressions of `.gitignore` patterns: `[a-z]`, `[!a]`, `[[:alpha:]]`.
enum BracketPattern {
    /// The pattern's place after a bracket that accepts a byte.
    ///
    /// - Parameters:
    ///   - byte: The byte.
    ///   - pattern: The pattern.
    ///   - at: The place of the bracket that opens.
    /// - Returns: `nil` where it does not accept the byte, is not closed, or names a class that there is not.
    static func place(after byte: UInt8, _ pattern: [UInt8], _ at: Int) -> Int? {
        var next = at + 1
        let isNegated = next < pattern.count && (pattern[next] == exclamation || pattern[next] == caret)
        if isNegated { next += 1 }
        var isIn = false
        var isFirst = true
        while next < pattern.count, isFirst || pattern[next] != closing {
            isFirst = false
            if pattern[next] == opening, next + 1 < pattern.count, pattern[next + 1] == colon {
                // Without a bracket that closes it the whole pattern matches nothing.
                guard let end = pattern[(next + 2)...].firstIndex(of: closing) else { return nil }
                if end > next + 2, pattern[end - 1] == colon {
                    guard let isOfClass = contains(byte, pattern[(next + 2)..<(end - 1)]) else { return nil }
                    if isOfClass { isIn = true }
                    next = end + 1
                    continue
                }
            }
            guard let first = character(pattern, next) else { return nil }
            next = first.next
            let isRange = next + 1 < pattern.count && pattern[next] == hyphen && pattern[next + 1] != closing
            if isRange, let last = character(pattern, next + 1) {
                if first.byte <= byte, byte <= last.byte { isIn = true }
                next = last.next
            } else if first.byte == byte {
                isIn = true
            }
        }
        guard next < pattern.count else { return nil }
        return isIn != isNegated ? next + 1 : nil
    }

    /// The character at a place, and the place after it.
    private static func character(_ pattern: [UInt8], _ at: Int) -> (byte: UInt8, next: Int)? {
        guard at < pattern.count else { return nil }
        guard pattern[at] == backslash else { return (pattern[at], at + 1) }
        return at + 1 < pattern.count ? (pattern[at + 1], at + 2) : nil
    }

    /// Whether a byte is of a class of POSIX; `nil` for a name that is none.
    private static func contains(_ byte: UInt8, _ name: ArraySlice<UInt8>) -> Bool? {
        let isDigit = (0x30...0x39).contains(byte)
        let isUpper = (0x41...0x5A).contains(byte)
        let isLower = (0x61...0x7A).contains(byte)
        let isGraph = (0x21...0x7E).contains(byte)
        switch String(decoding: name, as: UTF8.self) {
        case "alnum": return isDigit || isUpper || isLower
        case "alpha": return isUpper || isLower
        case "blank": return byte == 0x20 || byte == 0x09
        case "cntrl": return byte < 0x20 || byte == 0x7F
        case "digit": return isDigit
        case "graph": return isGraph
        case "lower": return isLower
        case "print": return isGraph || byte == 0x20
        case "punct": return isGraph && !(isDigit || isUpper || isLower)
        case "space": return byte == 0x20 || (0x09...0x0D).contains(byte)
        case "upper": return isUpper
        case "xdigit": return isDigit || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
        default: return nil
        }
    }

    private static let opening = UInt8(ascii: "[")
    private static let closing = UInt8(ascii: "]")
    private static let colon = UInt8(ascii: ":")
    private static let hyphen = UInt8(ascii: "-")
    private static let exclamation = UInt8(ascii: "!")
    private static let caret = UInt8(ascii: "^")
    private static let backslash = UInt8(ascii: "\\")
}

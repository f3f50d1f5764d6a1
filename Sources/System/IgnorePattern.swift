import ProvenanceEncoding

/// One line of a `.gitignore` file.
struct IgnorePattern: Hashable, Sendable {
    /// Whether it excludes a name from being ignored.
    let isNegated: Bool
    /// Whether it matches folders alone.
    private let isForFolders: Bool
    private let elements: [[UInt8]]
    /// Whether only the last element of a path is compared.
    private let isName: Bool
    /// What stands before a path in the folder of the pattern's file.
    private var prefix: [[UInt8]] = []

    /// Maximum bytes of a line; a longer one is left out, since each is compared with each folder.
    static let maxBytes = 4_096

    /// Parses a line; `nil` for a comment, a blank line, or one without a pattern.
    init?(line: ArraySlice<UInt8>) {
        var line = line
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        // "Trailing spaces are ignored unless they are quoted with backslash".
        while line.last == UInt8(ascii: " "), line.dropLast().last != UInt8(ascii: "\\") { line = line.dropLast() }
        guard let first = line.first, first != UInt8(ascii: "#"), line.count <= IgnorePattern.maxBytes else {
            return nil
        }
        isNegated = first == UInt8(ascii: "!")
        if isNegated { line = line.dropFirst() }
        // "If there is a separator at the end of the pattern then the pattern will only match directories".
        isForFolders = line.last == UInt8(ascii: "/")
        if isForFolders { line = line.dropLast() }
        // "If there is a separator at the beginning or middle (or both) of the pattern, then the pattern is relative to
        // the directory level of the particular .gitignore file itself."
        isName = !line.contains(UInt8(ascii: "/"))
        if line.first == UInt8(ascii: "/") { line = line.dropFirst() }
        guard !line.isEmpty else { return nil }
        elements = line.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// Whether each `**` stands alone between slashes.
    ///
    /// "Other consecutive asterisks are considered regular asterisks", but git itself lets `a**/b` match over slashes.
    var hasPlainAsterisks: Bool {
        let two = Array("**".utf8)
        return elements.allSatisfy { $0 == two || !zip($0, $0.dropFirst()).contains { $0 == two[0] && $1 == two[0] } }
    }

    /// The pattern for paths that start below the folder of its file.
    func seen(from folder: RawPath) -> IgnorePattern {
        var pattern = self
        pattern.prefix = folder.elements.map(Array.init)
        return pattern
    }

    /// Whether it matches the path of a folder, or of a file, given by its elements.
    func matches(_ path: [[UInt8]], isFolder: Bool) -> Bool {
        if isForFolders, !isFolder { return false }
        if isName { return path.last.map { IgnorePattern.matches($0, elements.first ?? []) } ?? false }
        return IgnorePattern.matches(prefix + path, elements)
    }

    /// Matches whole paths; `**` stands for any number of folders. Each pair is looked at once.
    private static func matches(_ path: [[UInt8]], _ pattern: [[UInt8]]) -> Bool {
        let anything = Array("**".utf8)
        // Which prefixes of the path the pattern so far matches.
        var reached = [Bool](repeating: false, count: path.count + 1)
        reached[0] = true
        for (number, element) in pattern.enumerated() {
            var next = [Bool](repeating: false, count: path.count + 1)
            if element == anything {
                // "A trailing "/**" matches everything inside": not the folder itself.
                let isLast = number + 1 == pattern.count
                var isOpen = false
                for place in reached.indices {
                    if isOpen || !isLast && reached[place] { next[place] = true }
                    isOpen = isOpen || reached[place]
                }
            } else {
                for place in path.indices where reached[place] && matches(path[place], element) {
                    next[place + 1] = true
                }
            }
            reached = next
        }
        return reached.last ?? false
    }

    /// Matches one element: `*`, `?`, `[a-z]` and `\`, in time proportional to the product of the lengths.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (place, at) = (0, 0)
        var star: (place: Int, at: Int)?
        while place < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (place, at)
                at += 1
            } else if let next = step(name[place], pattern, at) {
                place += 1
                at = next
            } else if let last = star {
                star = (last.place + 1, last.at)
                (place, at) = (last.place + 1, last.at + 1)
            } else {
                return false
            }
        }
        while at < pattern.count, pattern[at] == UInt8(ascii: "*") { at += 1 }
        return at == pattern.count
    }

    /// The pattern's place after a byte that it accepts at `at`; `nil` if it does not.
    private static func step(_ byte: UInt8, _ pattern: [UInt8], _ at: Int) -> Int? {
        guard at < pattern.count else { return nil }
        switch pattern[at] {
        case UInt8(ascii: "?"): return at + 1
        case UInt8(ascii: "\\"):
            guard at + 1 < pattern.count else { return nil }
            return pattern[at + 1] == byte ? at + 2 : nil
        case UInt8(ascii: "["): return BracketPattern.place(after: byte, pattern, at)
        default: return pattern[at] == byte ? at + 1 : nil
        }
    }
}

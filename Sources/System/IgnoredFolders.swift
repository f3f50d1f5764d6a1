import ProvenanceEncoding

/// Which folders a walk marks as ignored: build output by name, and what `.gitignore` files exclude.
///
/// gitignore(5): "A gitignore file specifies intentionally untracked files that Git should ignore." Only folders are
/// tested, so a pattern for files has no effect here.
public struct IgnoredFolders: Sendable {
    /// Folders that hold copies of posts made by other programs.
    static let builtIn: Set<RawPath> = ["node_modules", "_site"]
    /// The name of the files with patterns.
    static let fileName: RawPath = ".gitignore"
    /// Maximum bytes of a file with patterns; a longer one is left out.
    private static let maxBytes = 1 << 20
    /// Maximum patterns of a file; one with more is left out, since each is compared with each folder.
    private static let maxPatterns = 4_096

    /// The patterns of one file, and the folder that they are relative to.
    private struct File: Sendable {
        let folder: RawPath
        let patterns: [IgnorePattern]
    }

    private let top: RawPath
    private let named: Set<RawPath>
    private var files: [File] = []
    private let isRepository: Bool

    /// Rules for walks of a folder or of folders below it.
    ///
    /// - Parameters:
    ///   - top: The folder to which all other paths are relative.
    ///   - named: Folders that the user named: they are never ignored.
    public init(_ top: RawPath, named: Set<RawPath> = []) {
        self.top = top
        self.named = named
        var folder = top
        var isRepository = false
        // "Patterns read from a .gitignore file in the same directory as the path, or in any parent directory (up to the
        // top-level of the working tree)".
        while true {
            if (try? FileStatus.of(folder.appending(".git"))) != nil {
                isRepository = true
                break
            }
            if folder.parent == folder { break }
            folder = folder.parent
        }
        self.isRepository = isRepository
        guard isRepository else { return }
        read(folder.appending(".git/info/exclude"), below: "", from: folder)
        var above: [RawPath] = []
        var parent = top
        while parent != folder, parent.parent != parent {
            parent = parent.parent
            above.insert(parent, at: 0)
        }
        for place in above { read(place.appending(IgnoredFolders.fileName), below: "", from: place) }
    }

    /// The rules for a walk that begins at a folder: those of the folders in which it lies count too.
    ///
    /// "Patterns read from a .gitignore file in the same directory as the path, or in any parent directory".
    func starting(at path: RawPath) -> IgnoredFolders {
        var rules = self
        var folder: RawPath = ""
        for element in path.elements {
            rules = rules.entering(folder)
            folder = folder.appending(RawPath(element))
        }
        return rules
    }

    /// The rules inside a folder, which may hold a file with patterns.
    func entering(_ path: RawPath) -> IgnoredFolders {
        guard isRepository else { return self }
        var rules = self
        rules.read(top.appending(path).appending(IgnoredFolders.fileName), below: path, from: top.appending(path))
        return rules
    }

    private mutating func read(_ place: RawPath, below folder: RawPath, from base: RawPath) {
        guard let bytes = try? readFileIfPresent(place, limit: IgnoredFolders.maxBytes) else { return }
        // Patterns of a folder above the top apply to the rest of the path as seen from there.
        let prefix = top.below(base) ?? ""
        let patterns = bytes.split(separator: UInt8(ascii: "\n")).compactMap { IgnorePattern(line: $0) }
        guard !patterns.isEmpty, patterns.count <= IgnoredFolders.maxPatterns else { return }
        files.append(File(folder: folder, patterns: patterns.map { $0.seen(from: prefix) }))
    }

    /// Whether a walk of the top marks a folder, or one in which it lies.
    public func covers(_ path: RawPath) -> Bool {
        var folder: RawPath = ""
        for element in path.elements {
            let rules = starting(at: folder.appending(RawPath(element)))
            folder = folder.appending(RawPath(element))
            if rules.contains(folder) { return true }
        }
        return false
    }

    /// Whether a walk marks a folder, whose parent is not ignored.
    func contains(_ path: RawPath) -> Bool {
        if named.contains(path) { return false }
        if IgnoredFolders.builtIn.contains(path.lastElement) { return true }
        // "Within one level of precedence, the last matching pattern decides the outcome"; deeper files come last.
        for file in files.reversed() {
            guard let relative = file.folder.bytes.isEmpty ? path : path.below(file.folder) else { continue }
            let elements = relative.elements.map(Array.init)
            if let match = file.patterns.last(where: { $0.matches(elements) }) { return !match.isNegated }
        }
        return false
    }
}

/// One line of a `.gitignore` file, as far as folders are concerned.
struct IgnorePattern: Sendable {
    /// Whether it excludes a folder from being ignored.
    let isNegated: Bool
    private let elements: [[UInt8]]
    /// Whether only the last element of a path is compared.
    private let isName: Bool
    /// What stands before a path in the folder of the pattern's file.
    private var prefix: [[UInt8]] = []

    /// Maximum bytes of a line; a longer one is left out, since each is compared with each folder.
    private static let maxBytes = 4_096

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
        while line.last == UInt8(ascii: "/") { line = line.dropLast() }
        // "If there is a separator at the beginning or middle (or both) of the pattern, then the pattern is relative to
        // the directory level of the particular .gitignore file itself."
        isName = !line.contains(UInt8(ascii: "/"))
        if line.first == UInt8(ascii: "/") { line = line.dropFirst() }
        guard !line.isEmpty else { return nil }
        elements = line.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// The pattern for paths that start below the folder of its file.
    func seen(from folder: RawPath) -> IgnorePattern {
        var pattern = self
        pattern.prefix = folder.elements.map(Array.init)
        return pattern
    }

    /// Whether it matches a folder's path, given by its elements.
    func matches(_ path: [[UInt8]]) -> Bool {
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
        case UInt8(ascii: "["): return bracket(byte, pattern, at)
        default: return pattern[at] == byte ? at + 1 : nil
        }
    }

    private static func bracket(_ byte: UInt8, _ pattern: [UInt8], _ at: Int) -> Int? {
        var next = at + 1
        let isNegated =
            next < pattern.count && (pattern[next] == UInt8(ascii: "!") || pattern[next] == UInt8(ascii: "^"))
        if isNegated { next += 1 }
        var isIn = false
        var isFirst = true
        /// The character at a place, and the place after it.
        func character(_ at: Int) -> (byte: UInt8, next: Int)? {
            guard at < pattern.count else { return nil }
            guard pattern[at] == UInt8(ascii: "\\") else { return (pattern[at], at + 1) }
            return at + 1 < pattern.count ? (pattern[at + 1], at + 2) : nil
        }
        while next < pattern.count, isFirst || pattern[next] != UInt8(ascii: "]") {
            isFirst = false
            guard let first = character(next) else { return nil }
            next = first.next
            let isRange =
                next + 1 < pattern.count && pattern[next] == UInt8(ascii: "-") && pattern[next + 1] != UInt8(ascii: "]")
            if isRange, let last = character(next + 1) {
                if first.byte <= byte, byte <= last.byte { isIn = true }
                next = last.next
            } else if first.byte == byte {
                isIn = true
            }
        }
        // A bracket that is not closed is an ordinary character.
        guard next < pattern.count else { return byte == UInt8(ascii: "[") ? at + 1 : nil }
        return isIn != isNegated ? next + 1 : nil
    }
}

import ProvenanceEncoding

/// Which names below a folder are posts, by the endings of names; and which of them patterns leave out.
///
/// The patterns have gitignore's syntax: "the last matching pattern decides the outcome", and nothing below a folder that is
/// left out is taken in again. A walk marks what is left out and goes on, since a registered place is looked at all the same.
public struct PostFilter: Hashable, Sendable {
    /// The endings of the names of posts, such as `.md`.
    public let endings: [RawPath]
    private let patterns: [IgnorePattern]

    /// Names that end in `.md`; nothing is left out.
    public static let markdown = PostFilter()
    /// Every name; nothing is left out.
    public static let all = PostFilter(endings: [""])

    /// Maximum bytes of a pattern; a longer one is none.
    public static let maxPatternBytes = IgnorePattern.maxBytes

    /// A filter from endings and patterns; a line that is no pattern is left out.
    public init(endings: [RawPath] = [".md"], patterns: [RawPath] = []) {
        self.endings = endings
        self.patterns = patterns.compactMap { IgnorePattern(line: $0.bytes[...]) }
    }

    /// Whether a line is a pattern: no comment, not blank, something is left of it without slashes at its ends, and each
    /// `**` stands alone between slashes.
    public static func isPattern(_ line: RawPath) -> Bool {
        IgnorePattern(line: line.bytes[...])?.hasPlainAsterisks ?? false
    }

    /// The same endings without patterns, for folders outside the one that patterns are relative to.
    public var withoutPatterns: PostFilter { PostFilter(endings: endings) }

    /// Whether a name, or a path's last element, is a post's: it has one of the endings, and something before it.
    public func isPost(_ name: UnsafeRawBufferPointer) -> Bool {
        endings.contains { ending in
            let count = ending.bytes.count
            guard name.count > count else { return false }
            return ending.bytes.withUnsafeBytes {
                Bytes.isSame($0, UnsafeRawBufferPointer(rebasing: name[(name.count - count)...]))
            }
        }
    }

    /// Whether a path's name is a post's.
    public func isPost(_ path: RawPath) -> Bool { path.bytes.withUnsafeBytes { isPost($0) } }

    /// Whether a pattern leaves out a path, whose folder is not left out.
    func leavesOut(_ path: RawPath, isFolder: Bool) -> Bool {
        guard !patterns.isEmpty else { return false }
        let elements = path.elements.map(Array.init)
        return patterns.last { $0.matches(elements, isFolder: isFolder) }.map { !$0.isNegated } ?? false
    }

    /// Whether a folder or one above it is left out; the path is empty for the folder that patterns are relative to.
    func leavesOut(folderOrAbove path: RawPath) -> Bool {
        guard !patterns.isEmpty else { return false }
        var folder: RawPath = ""
        return path.elements.contains { element in
            folder = folder.appending(RawPath(element))
            return leavesOut(folder, isFolder: true)
        }
    }
}

import ProvenanceEncoding

/// What a walk leaves out: it is counted, never passed over in silence.
public struct NotLookedAt: Sendable {
    /// Names that are no posts' although people keep posts under them, by their ending.
    public var names: [String: UInt64] = [:]
    /// Posts in ignored folders, by that folder.
    public private(set) var folders: [RawPath: UInt64] = [:]

    /// Folders that are told apart, so that a thousand `node_modules` fill no screen; posts in others count for `...`.
    private static let maxFolders = 16

    /// Whether `.md` is an ending of posts, so that names counted for it are spelled otherwise, such as `.MD`.
    public var looksAtMarkdown = true
    /// Posts that the `ignore` patterns of the rules in force leave out. They have a count of their own.
    public var ignored: UInt64 = 0

    /// Nothing was left out.
    public init() {}

    /// How many names were left out, beside those that the rules ignore.
    public var count: UInt64 { names.values.reduce(0, +) + folders.values.reduce(0, +) }

    /// Counts a post in an ignored folder.
    public mutating func ignored(in folder: RawPath) {
        let isKnown = folders[folder] != nil || folders.count < NotLookedAt.maxFolders
        folders[isKnown ? folder : "...", default: 0] += 1
    }

    /// In words, such as `12 .markdown, 3 posts in _site`; empty if nothing was left out.
    public var words: String {
        (names.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key == ".md" && looksAtMarkdown ? ".MD" : $0.key)" }
            + folders.sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key), which is ignored" })
            .joined(separator: ", ")
    }

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "names": .object(Dictionary(uniqueKeysWithValues: names.map { ($0.key, .number($0.value)) })),
            "folders": .object(
                Dictionary(folders.map { ($0.key.description, .number($0.value)) }, uniquingKeysWith: { $1 })),
        ])
    }
}

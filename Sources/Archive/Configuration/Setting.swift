import ProvenanceEncoding
import ProvenanceRecord
import ProvenanceSystem

/// A setting of an archive's configuration, in the order of their names' bytes.
public enum Setting: String, CaseIterable, Sendable {
    /// What is taken beside what the defaults take: `plain`, a post of which only the bytes are stated; `any-source`, a
    /// source that is no `http:` or `https:` address.
    case accept
    /// Which files beside posts are recorded. Kept; this version does nothing with it.
    case attachments
    /// Keys of front matter that state a post's date, the first usable one counts.
    case dated
    /// Names that are left out, one pattern each, in gitignore's syntax.
    case ignore
    /// Which bytes of recorded posts are kept. Kept; this version does nothing with it.
    case keep
    /// Claims that a post must make; a post without one is recorded, and counted as *claims lost*.
    case require
    /// Keys of front matter that state a post's source, the first usable one counts.
    case source
    /// The endings of the names of posts.
    case suffix
    /// Keys of front matter that state a post's title, the first usable one counts.
    case title

    /// The words of a setting that nobody made.
    public var defaults: [SettingWord] {
        switch self {
        case .dated: ["date"]
        case .keep: ["none"]
        case .source: ["from"]
        case .suffix: [".md"]
        case .title: ["title"]
        case .accept, .attachments, .ignore, .require: []
        }
    }

    /// Whether it has one line for each value: "a repeatable key (`ignore`) one line a value in the order of the file".
    public var isRepeatable: Bool { self == .ignore }

    /// Whether this version keeps the setting and does nothing with it.
    public var isWithoutEffect: Bool { self == .attachments || self == .keep }

    // MARK: Values

    /// Maximum words of a setting: each key is looked for in each post, and each ending in each name.
    private static let maxWords = 32
    /// Maximum patterns: each is compared with each name.
    private static let maxPatterns = 1_024
    /// Maximum bytes of a key of front matter.
    ///
    /// "source-key: ≤ 256 bytes, else as a source" (record.md)
    private static let maxKeyBytes = 256
    /// Maximum bytes of an ending: a name has at most 255.
    private static let maxEndingBytes = 32
    /// Maximum bytes of any other word.
    private static let maxWordBytes = 4_096

    /// The most words that it takes.
    var maxWords: Int {
        switch self {
        case .ignore: Setting.maxPatterns
        case .keep: 1
        default: Setting.maxWords
        }
    }

    /// The words that it takes, where it takes no others.
    var choices: [SettingWord]? {
        switch self {
        case .accept: ["plain", "any-source"]
        case .keep: ["all", "git", "none"]
        case .require: ["source", "dated", "published"]
        default: nil
        }
    }

    /// What a word of it must be, in words.
    var wanted: String {
        if let choices { return choices.map(\.description).joined(separator: ", ") }
        return switch self {
        case .source, .dated, .title:
            "a key of front matter: 1 to \(Setting.maxKeyBytes) bytes in UTF-8, no white space at its ends, no control character"
        case .suffix:
            "an ending of names such as .markdown: 2 to \(Setting.maxEndingBytes) bytes, `.` first, no `/`, no white space"
        case .ignore: "a pattern of gitignore's syntax, at most \(PostFilter.maxPatternBytes) bytes"
        default: "a word of at most \(Setting.maxWordBytes) bytes"
        }
    }

    /// Whether it takes a word.
    func takes(_ word: SettingWord) -> Bool {
        if let choices { return choices.contains(word) }
        let bytes = word.bytes
        switch self {
        case .source, .dated, .title:
            return word.text.map { EntryText.fault(in: $0.string, limit: Setting.maxKeyBytes) == nil } ?? false
        case .suffix:
            guard bytes.first == UInt8(ascii: "."), (2...Setting.maxEndingBytes).contains(bytes.count) else {
                return false
            }
            return bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
        case .ignore:
            // A pattern is a line: it has no line feed in it, and no NUL, which no name has.
            return bytes.count <= PostFilter.maxPatternBytes && !bytes.contains(0) && !bytes.contains(Bytes.newline)
                && PostFilter.isPattern(word.path)
        default: return (1...Setting.maxWordBytes).contains(bytes.count)
        }
    }
}

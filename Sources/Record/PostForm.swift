import ProvenanceEncoding

/// How the bytes of a post are read, as a `provenance/post@v2` record states it.
///
/// "The record states the reading; the verifier repeats that reading and no other."
public enum PostForm: Hashable, Sendable {
    /// Front matter, then epoch comment, link line, `------` and an empty line before the body.
    case rss
    /// Front matter, then a body.
    case html
    /// Front matter alone.
    case stub
    /// The head of an rss post without front matter: epoch comment, link line, `------` and an empty line.
    case headed
    /// A first line that is one link; the body is the whole file.
    case linked
    /// Any bytes, of which nothing is read: the weakest statement.
    case plain
    /// A word of a later version: digest and size are checked, the rest is unknown, never failed.
    case later(ExactText)

    /// The longest word, in bytes: "another `[a-z][a-z0-9]{0,15}` is of later".
    static let maxWord = 16

    /// The forms that this version reads.
    public static let known: [PostForm] = [.rss, .html, .stub, .headed, .linked, .plain]

    /// The form of a word; `nil` for a text that is no such word.
    public init?(word: ExactText) {
        if let known = PostForm.known.first(where: { $0.word == word }) {
            self = known
            return
        }
        let bytes = Array(word.utf8)
        guard let first = bytes.first, bytes.count <= PostForm.maxWord, (0x61...0x7A).contains(first),
            bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) })
        else { return nil }
        self = .later(word)
    }

    /// The word on a record's line.
    public var word: ExactText {
        switch self {
        case .rss: "rss"
        case .html: "html"
        case .stub: "stub"
        case .headed: "headed"
        case .linked: "linked"
        case .plain: "plain"
        case .later(let word): word
        }
    }

    /// Whether the form has front matter: rss, html, stub.
    public var hasFrontMatter: Bool {
        switch self {
        case .rss, .html, .stub: true
        case .headed, .linked, .plain, .later: false
        }
    }

    /// Whether the form has a head with an epoch: rss and headed.
    public var hasHead: Bool { self == .rss || self == .headed }
}

import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// A recorded post in which words were found.
public struct FoundPost: Sendable {
    /// The post.
    public let post: ListedPost
    private let hit: WordHit

    fileprivate init(_ post: ListedPost, _ hit: WordHit) {
        self.post = post
        self.hit = hit
    }

    /// The part of the text around the first word, in a number of characters; of the title where only this has one.
    public func snippet(_ count: Int = 80) -> String { hit.snippet(count) }

    /// Whether only the title has any of the words.
    public var isInTitleOnly: Bool { hit.isTitle }

    /// Its members in `--json`.
    public var members: [String: JSONValue] {
        post.members.merging(["snippet": .string(snippet())]) { $1 }
    }
}

/// Searches for words in the titles of recorded posts, and in the text of those that are at hand.
///
/// A post is at hand where a place on its register still holds the recorded bytes. This is a convenience: nothing is
/// verified by it but the digest of what was searched.
public struct PostFinder {
    private let view: LogView
    private let lister: PostLister
    private let query: WordQuery

    /// Records that are searched at a time: enough work for all cores, little enough to be held in memory.
    private static let postsAtOnce = 1_024
    /// Posts that a core takes at a time.
    private static let postsInRun = 32

    /// Prepares a search for words; white space separates them, and all of them must occur.
    ///
    /// - Throws: `Problem` with `E-USAGE` where there is no word or there are too many, or of the log.
    public init(_ view: LogView, words: [String]) throws(Problem) {
        query = WordQuery(words)
        guard !query.texts.isEmpty else {
            throw Problem(
                .usage, "find", "found only blanks; wanted words to search for",
                advice: "`provenance list` lists all posts")
        }
        guard query.texts.count <= WordQuery.maxTexts else {
            throw Problem(
                .usage, "find",
                "\(query.texts.count) words and pairs of Han characters; at most \(WordQuery.maxTexts) are searched for"
            )
        }
        guard query.texts.allSatisfy({ $0.count <= WordQuery.maxTextBytes }) else {
            throw Problem(.usage, "find", "a word of over \(WordQuery.maxTextBytes) bytes")
        }
        self.view = view
        lister = try PostLister(view)
    }

    /// Searches all posts.
    ///
    /// - Parameters:
    ///   - newestFirst: Whether the last entry comes first.
    ///   - each: Receives each post in which all words occur.
    ///   - progress: Called now and then with the number of posts searched.
    /// - Returns: The number of posts whose text could not be searched, since their bytes are not at hand.
    /// - Throws: `Problem` of the log, or what `each` throws.
    public func run(
        newestFirst: Bool, _ each: (FoundPost) throws -> Void, progress: (UInt64) -> Void = { _ in }
    ) throws -> UInt64 {
        let archive = view.archive
        let query = query
        let workers = WorkerPool((0..<coreCount).map { _ in query }, length: PostFinder.postsInRun)
        var notAtHand: UInt64 = 0
        var searched: UInt64 = 0
        var waiting: [(index: UInt64, record: PostRecord)] = []
        func searchWaiting() throws {
            let posts = try lister.posts(waiting)
            let runs = workers.over(posts.count) { query, range in
                range.map { PostFinder.look(at: posts[$0], archive, query) }
            }
            for outcome in runs.joined() {
                if !outcome.isAtHand { notAtHand += 1 }
                if let found = outcome.found { try each(found) }
            }
            searched += UInt64(waiting.count)
            progress(searched)
            waiting.removeAll(keepingCapacity: true)
        }
        try view.records(
            newestFirst: newestFirst, passing: { _ in true },
            { index, record in
                waiting.append((index, record))
                if waiting.count == PostFinder.postsAtOnce { try searchWaiting() }
            })
        try searchWaiting()
        return notAtHand
    }

    private static func look(
        at listed: ListedPost, _ archive: ArchiveFolder, _ query: WordQuery
    ) -> (found: FoundPost?, isAtHand: Bool) {
        var listed = listed
        let text = archive.text(of: listed.record, at: listed.places)
        if let text { listed.title = text.title.string }
        let hit = query.find(title: listed.title, passages: text?.passages() ?? [])
        return (hit.map { FoundPost(listed, $0) }, text != nil)
    }
}

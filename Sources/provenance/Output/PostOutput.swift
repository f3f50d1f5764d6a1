import ProvenanceArchive
import ProvenanceEncoding

/// Prints a list of posts: as text, as one JSON object, or as one a post.
final class PostOutput {
    private let common: CommonOptions
    private let options: ListOptions
    private let console: Console
    private var objects: [JSONValue] = []

    /// The number of posts, those beyond the limit included.
    private(set) var count = 0

    /// Columns before the title: entry, recorded, published.
    private static let columnsBefore = 61
    /// Columns before what stands below them.
    private static let indent = 9
    /// Minimum number of columns of a title beside the times; if there are fewer, it has a line of its own.
    private static let minTitleColumns = 39

    init(_ common: CommonOptions, _ options: ListOptions) {
        self.common = common
        self.options = options
        console = common.console
    }

    /// Whether it prints text.
    var isText: Bool { !common.json && !options.jsonl }

    /// The number of posts beyond the limit.
    var more: Int { options.limit.map { max(0, count - $0) } ?? 0 }

    /// The columns of a line of text below a post.
    var textColumns: Int { Console.columns - PostOutput.indent }

    /// Prints a post, unless the limit is reached.
    ///
    /// - Parameters:
    ///   - post: The post.
    ///   - members: The post in JSON.
    ///   - note: How it was found.
    ///   - text: A part of its text.
    func post(_ post: ListedPost, _ members: [String: JSONValue], note: String? = nil, text: String? = nil) {
        count += 1
        guard more == 0 else { return }
        if options.jsonl {
            common.print(json: .object(members))
        } else if common.json {
            objects.append(.object(members))
        } else {
            let isNarrow = Console.columns - PostOutput.columnsBefore < PostOutput.minTitleColumns
            if count == 1 {
                console.line("  entry  recorded                  published" + (isNarrow ? "" : "                 post"))
            }
            let title = Console.escape(post.title ?? "")
            if isNarrow {
                console.line(times(post))
                if !title.isEmpty { below(Console.cut(title, textColumns)) }
            } else {
                console.line(
                    times(post) + Console.cut(title, min(60, Console.columns - PostOutput.columnsBefore)))
            }
            let source = post.record.source?.string ?? "states no source"
            let key = post.record.sourceKey.map { "  (from its `\($0)`)" } ?? ""
            below(Console.escape(source + key) + (note.map { "  (\($0))" } ?? ""))
            if let path = post.path { below(Console.escape(path.description)) }
            if let text { below(Console.cut(Console.escape(text), textColumns)) }
        }
    }

    private func times(_ post: ListedPost) -> String {
        // A post without a publication time shows the day of its date, as written in the post.
        let published =
            post.record.published.map { UTCTime.text($0) } ?? post.record.dated.map {
                "dated " + Console.cut($0.string, 10, mark: "")
            } ?? "no date"
        return Console.right(post.index, 7) + "  " + UTCTime.text(post.record.recorded) + "  "
            + Console.pad(Console.escape(published), 24) + "  "
    }

    private func below(_ text: String) {
        for line in Console.lines(of: text, indent: PostOutput.indent) {
            console.line(String(repeating: " ", count: PostOutput.indent) + line)
        }
    }

    /// Prints how many posts the limit leaves out, after an empty line.
    func sayMore() {
        console.line()
        guard more > 0 else { return }
        let start = options.newest ? "older" : "newer"
        sentence("And \(more) more, \(start) than these; --limit shows the first \(options.limit ?? 0).")
    }

    /// Prints a sentence of the summary.
    func sentence(_ text: String) {
        for line in Console.lines(of: text) { console.line(line) }
    }

    /// Prints the JSON object; with `--jsonl` every post has been printed already.
    func finish(_ members: [String: JSONValue]) {
        guard !options.jsonl else { return }
        common.print(json: .object(members.merging(["entries": .array(objects)]) { $1 }))
    }
}

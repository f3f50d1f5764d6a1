import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceRecord
import ProvenanceVerification

/// `provenance list`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List recorded posts, by address, title or time: what they state, unverified.",
        discussion: """
            Addresses are compared after normalisation (RFC 3986, 6.2.2): case of scheme and host, percent-encodings of \
            letters, digits, -, ., _ and ~, default port and final slash make no difference; what matched only so is \
            marked. `export --url` compares bytes.

            Examples:
              provenance list
              provenance list --after 2022-02-10 --before 2022-02-11
              provenance list --url https://news.example.org/posts/1 --jsonl
            """)

    @Option(
        name: .long, help: "Posts that state this address, in any spelling that means the same.", transform: plainText)
    var url: String?

    @Option(
        name: .long, help: "Posts whose address is on this host or one below it; in any case.", transform: plainText)
    var host: String?

    @Option(
        name: .long,
        help: "Posts with this text in the path of their address, or in a path at which they were seen, in any case.",
        transform: plainText)
    var path: String?

    @Option(
        name: .long, help: "Posts with this text in their title, in any case; titles are labels.", transform: plainText)
    var title: String?

    @OptionGroup var filter: EntryFilter
    @OptionGroup var options: ListOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try refuseEmpty(host, "--host")
        try refuseEmpty(path, "--path")
        try refuseEmpty(title, "--title")
        if let host, host.utf8.contains(where: { "/:@?#".utf8.contains($0) }) {
            throw ValidationError(
                "--host", "found '\(host)'; wanted the name of a host, such as example.org",
                advice: "for an address, or a part of one, use --url or --path")
        }
    }

    /// What the list says of itself at its end.
    private struct Summary {
        var count = 0
        var byDay = 0
        var exact = 0
    }

    func run() throws {
        let environment = Environment.ofProcess()
        let view = try LogView(try common.folder(environment), trust: .nothing)
        var filter = try self.filter.records()
        filter.address = url.map { NormalAddress(ExactText($0)) }
        filter.host = host
        let lister = try PostLister(view)
        let output = PostOutput(common, options)
        var summary = Summary()
        var waiting: [(index: UInt64, record: PostRecord)] = []
        let wantedTitle = title.map { CaseFolding.fold($0) }
        func printWaiting() throws(Problem) {
            if path != nil {
                let places = try lister.posts(waiting)
                waiting = zip(waiting, places).filter { isAtPath($1) }.map(\.0)
            }
            for post in try lister.titledPosts(waiting) {
                if let wantedTitle {
                    guard let title = post.title, Bytes.firstIndex(of: wantedTitle, in: CaseFolding.fold(title)) != nil
                    else { continue }
                }
                summary.count += 1
                if filter.isJudgedByDay(post.record) { summary.byDay += 1 }
                let isExact = url.map { post.record.source == ExactText($0) }
                if isExact ?? false { summary.exact += 1 }
                var members = post.members
                if let isExact { members["match"] = (isExact ? "exact" : "normalised").json }
                output.post(post, members, note: isExact == false ? "after normalisation" : nil)
            }
            waiting.removeAll(keepingCapacity: true)
        }
        do {
            try view.records(
                newestFirst: options.newest, passing: { [filter] in filter.passes($0) },
                { entry, record in
                    waiting.append((entry, record))
                    if waiting.count == PostLister.postsAtOnce { try printWaiting() }
                })
            try printWaiting()
        } catch {
            // What was read before an entry that cannot be read is printed all the same.
            try? printWaiting()
            throw Problem(any: error)
        }
        finish(summary, output, view)
    }

    /// Whether the text of `--path` is in the path of the post's address, or in that of a place where it was seen.
    private func isAtPath(_ post: ListedPost) -> Bool {
        guard let path else { return true }
        if let source = post.record.source, NormalAddress(source).pathHolds(path) { return true }
        let wanted = CaseFolding.fold(path)
        return post.places.contains { Bytes.firstIndex(of: wanted, in: CaseFolding.fold($0.path.description)) != nil }
    }

    private func finish(_ summary: Summary, _ output: PostOutput, _ view: LogView) {
        if !output.isText {
            output.finish([
                "size": .number(view.size), "more": .number(output.more), "judgedByDay": .number(summary.byDay),
            ])
            return
        }
        output.sayMore()
        if url != nil, summary.count > 0 {
            output.sentence(
                "\(Console.count(summary.exact, "address matches", "addresses match")) exactly, "
                    + "\(summary.count - summary.exact) after normalisation only.")
        }
        if let remark = EntryFilter.dayRemark(summary.byDay) { output.sentence(remark) }
        output.sentence(
            "\(Console.count(summary.count, "post")) of a log of \(Console.count(view.size, "entry", "entries")); what they "
                + "state, unverified. Titles are labels.")
    }
}

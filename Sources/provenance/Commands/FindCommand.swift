import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceVerification

/// `provenance find`.
struct FindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find recorded posts by words of their title or text.",
        discussion: """
            All words must occur, in any case, inside a longer word too. A run of Han characters is found where every two \
            adjacent ones of it occur together. Searched are titles, and the text of posts whose recorded bytes still lie \
            at a registered place. A convenience: nothing is verified by this.

            Examples:
              provenance find bridge
              provenance find "iron bridge" harbour --newest --limit 5
            """)

    @Argument(
        help: ArgumentHelp("Words; a text in quotes is several words.", valueName: "words"))
    var words: [FindWord]

    @OptionGroup var options: ListOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let environment = Environment.ofProcess()
        let view = try LogView(try common.folder(environment), trust: .nothing)
        let finder = try PostFinder(view, words: try words.flatMap { try $0.texts() })
        let output = PostOutput(common, options)
        let progress = Progress("posts", total: view.size, quiet: common.quiet || common.json || options.jsonl)
        let notSearched = try finder.run(
            newestFirst: options.newest,
            { found in
                // The title is in the line above already; two columns are for the marks at the ends.
                let snippet = found.isInTitleOnly ? nil : found.snippet(output.textColumns - 2)
                output.post(found.post, found.members, text: snippet)
            }, progress: { progress.update($0) })
        progress.finish()
        if !output.isText {
            output.finish([
                "size": .number(view.size), "more": .number(output.more), "notSearched": .number(notSearched),
            ])
            return
        }
        output.sayMore()
        if notSearched > 0 {
            output.sentence(
                "\(Console.count(notSearched, "post")) could not be searched, but for a title in the index: "
                    + "\(notSearched == 1 ? "its" : "their") recorded bytes are not at hand.")
        }
        output.sentence("\(Console.count(output.count, "post")) found; nothing is verified by this. Titles are labels.")
    }
}

/// A word in the list of words: one word, or several that `CommandWords.folded` joined.
struct FindWord: ExpressibleByArgument, Sendable {
    private let bytes: [UInt8]

    init(argument: String) { bytes = ArgumentText.bytes(of: argument) }

    /// The words as text.
    ///
    /// - Throws: `Problem` with `E-USAGE` for one that is not UTF-8.
    func texts() throws(Problem) -> [String] {
        var texts: [String] = []
        for part in bytes.split(separator: 0, omittingEmptySubsequences: false) {
            guard let text = Bytes.string(part) else {
                throw Problem(
                    .usage, String(decoding: part, as: UTF8.self), "it is not UTF-8, and posts are searched as text")
            }
            texts.append(text)
        }
        return texts
    }
}

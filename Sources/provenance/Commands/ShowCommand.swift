import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding

/// `provenance show`.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an entry by its index, or a post's SHA-256, address or path.",
        discussion: entryWordHelp + """


            Examples:
              provenance show 0
              provenance show _posts/2022-02-10-bridge.md
              provenance show --raw 0
            """)

    @Argument(help: "An index, at least 8 digits of a SHA-256, an address, or a path.")
    var what: PathArgument

    @Flag(name: .long, help: "Print the bytes of the entry and nothing else, as `verify --proof --entry` takes them.")
    var raw = false

    @OptionGroup var trust: TrustOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try refuseEmpty(what, "the argument")
        guard !raw || !common.json else {
            throw ValidationError("--raw", "found --json beside it; wanted one of them", advice: "leave one out")
        }
    }

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try common.folder(environment)
        let view = try LogView(archive, trust: try trust.trust(environment, testing: [archive.root]))
        let found = try EntryFinder(view, environment).find(what.path)
        if raw { return Console.write(bytes: try view.wrapped { try view.reader.entry(found) }) }
        let shown = try view.show(found)
        if common.json {
            common.print(json: shown.json)
            return
        }
        let console = common.console
        console.line(console.paint("entry \(shown.index) of \(view.size), \(Console.escape(archive.origin))", .bold))
        console.line()
        for line in shown.note.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            console.line("  " + Console.escape(String(line)))
        }
        console.line()
        if let record = shown.record {
            if record.version == .v2, let dated = record.dated {
                let key = record.datedKey.map { ", from its `\($0)`" } ?? ""
                console.line("dated      \(Console.escape("\(dated)\(key)"))")
            }
            console.line("published  \(record.published.map { UTCTime.text($0) } ?? "not stated")")
            console.line("recorded   \(UTCTime.text(record.recorded))")
        }
        if let title = shown.title { console.line("title      \(Console.escape(title))") }
        for place in shown.places {
            let path = place.root == "." ? place.path : RawPath(place.root).appending(place.path)
            console.line("place      \(Console.escape(path.description))")
        }
        console.line("signature  \(shown.signature.standing.rawValue): \(Console.escape(shown.signature.detail))")
    }
}

import Archive
import ArgumentParser

/// `provenance list`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List recorded posts, by address or time: what they state, unverified.")

    @OptionGroup var filter: EntryFilter

    @Flag(name: .long, help: "Print a JSON object a post.")
    var jsonl = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let surroundings = Surroundings.ofProcess()
        let view = try LogView(try common.folder(surroundings), trust: .nothing)
        let index = try view.index()
        let console = common.console
        var objects: [JSONValue] = []
        var count = 0
        try index.reading { lookup in
            try filter.entries(lookup) { entry in
                // Anybody may have written the index: there are no entries behind the log's last.
                guard entry.index < view.size else { return }
                count += 1
                let places = try lookup.placements(of: entry.index)
                if jsonl {
                    common.print(json: object(entry, places))
                } else if common.json {
                    objects.append(object(entry, places))
                } else {
                    if count == 1 { console.line("  entry  recorded                  published                 post") }
                    console.line(line(entry, places))
                }
            }
        }
        if common.json, !jsonl {
            common.print(json: .object(["size": .number(view.size), "entries": .array(objects)]))
        }
        if !common.json, !jsonl {
            console.line()
            console.line(
                "\(Console.count(count, "post")) of a log of \(Console.count(view.size, "entry", "entries")); what they "
                    + "state, unverified. Titles are labels.")
        }
    }

    private func line(_ entry: Index.Entry, _ places: [Index.Placement]) -> String {
        // A post without a publication time has the day of its date, as the post writes it.
        let published = entry.published.map { Timestamp.text($0) } ?? "dated " + Console.cut(entry.dated, 10, mark: "")
        let title = entry.title ?? places.last?.path.description ?? ""
        return Console.right(entry.index, 7) + "  " + Timestamp.text(entry.recorded) + "  "
            + Console.pad(Console.escape(published), 24) + "  "
            + Console.cut(Console.escape(title), max(20, min(60, Console.columns - 61)))
            + "\n         " + Console.escape(entry.source)
    }

    private func object(_ entry: Index.Entry, _ places: [Index.Placement]) -> JSONValue {
        .object([
            "index": .number(entry.index), "sha256": entry.sha256.hex.json, "source": entry.source.json,
            "dated": entry.dated.json, "published": entry.published.map { .number($0) } ?? .null,
            "recorded": .number(entry.recorded), "title": .optional(entry.title),
            "places": .array(places.map(\.json)),
        ])
    }
}

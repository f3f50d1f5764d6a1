import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// `provenance list`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List recorded posts, by address or time: what they state, unverified.")

    @OptionGroup var filter: EntryFilter

    @Flag(name: .long, help: "Print a JSON object a post.")
    var jsonl = false

    @OptionGroup var common: CommonOptions

    /// Entries looked up in the index at a time, so that an index on another machine is asked seldom.
    private static let entriesAtOnce = 256

    func run() throws {
        let environment = Environment.ofProcess()
        let view = try LogView(try common.folder(environment), trust: .nothing)
        let index = try view.index()
        let console = common.console
        var objects: [JSONValue] = []
        var count = 0
        var waiting: [(entry: UInt64, record: PostRecord)] = []
        func printWaiting() throws(IndexError) {
            let entries = waiting.map(\.entry)
            let (rows, allPlaces) = (try index.entries(entries), try index.placements(of: entries))
            for ((entry, record), (row, places)) in zip(waiting, zip(rows, allPlaces)) {
                count += 1
                // The index is untrusted: a title is used only if its row has the record's digest.
                let title = row?.sha256 == record.sha256 ? row?.title : nil
                if jsonl {
                    common.print(json: object(entry, record, title, places))
                } else if common.json {
                    objects.append(object(entry, record, title, places))
                } else {
                    if count == 1 { console.line("  entry  recorded                  published                 post") }
                    console.line(line(entry, record, title ?? places.last?.path.description ?? ""))
                }
            }
            waiting.removeAll(keepingCapacity: true)
        }
        do {
            try filter.entries(view) { entry, record in
                waiting.append((entry, record))
                if waiting.count == ListCommand.entriesAtOnce { try printWaiting() }
            }
            try printWaiting()
        } catch {
            // What was read before an entry that cannot be read is printed all the same.
            try? printWaiting()
            throw Problem(any: error)
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

    private func line(_ entry: UInt64, _ record: PostRecord, _ title: String) -> String {
        // A post without a publication time shows the day of its date, as written in the post.
        let published =
            record.published.map { UTCTime.text($0) } ?? "dated " + Console.cut(record.dated.string, 10, mark: "")
        return Console.right(entry, 7) + "  " + UTCTime.text(record.recorded) + "  "
            + Console.pad(Console.escape(published), 24) + "  "
            + Console.cut(Console.escape(title), max(20, min(60, Console.columns - 61)))
            + "\n         " + Console.escape(record.source.string)
    }

    private func object(
        _ entry: UInt64, _ record: PostRecord, _ title: String?, _ places: [Placement]
    ) -> JSONValue {
        .object([
            "index": .number(entry), "sha256": record.sha256.hex.json, "source": record.source.string.json,
            "dated": record.dated.string.json, "published": record.published.map { .number($0) } ?? .null,
            "recorded": .number(record.recorded), "title": .optional(title),
            "places": .array(places.map(\.json)),
        ])
    }
}

import Archive
import ArgumentParser
import Files

/// `provenance export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a manifest that an auditor verifies offline.",
        discussion: """
            Without a choice, every entry. A range (--index, --since, or everything) shows that nothing between its ends is \
            left out; a filter (--url, times, paths) does not show that there are no others.
            """)

    @Option(name: .shortAndLong, help: "The manifest to write.")
    var output: String

    @Option(name: .long, help: "Entries A to B, both included: A..B.")
    var index: String?

    @Option(name: .long, help: "Everything since this checkpoint or manifest, with a consistency proof to it.")
    var since: String?

    @OptionGroup var filter: EntryFilter

    @Argument(help: "Posts, or folders of posts, whose records are exported.")
    var paths: [String] = []

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard output != "-" else {
            throw ValidationError("Give a file with -o: a manifest is written whole or not at all.")
        }
        try refuseEmpty(output, "-o")
        try refuseEmpty(since, "--since")
        for path in paths { try refuseEmpty(path, "a path") }
        let filters = !filter.isEmpty || !paths.isEmpty
        let ranges = (index == nil ? 0 : 1) + (since == nil ? 0 : 1)
        guard ranges <= 1, ranges == 0 || !filters else {
            throw ValidationError("Give --index, or --since, or a filter: a range with gaps would show nothing.")
        }
        guard filter.isEmpty || paths.isEmpty else {
            throw ValidationError("Give paths, or a filter by address or time.")
        }
    }

    func run() throws {
        let surroundings = Surroundings.ofProcess()
        let archive = try common.folder(surroundings)
        let view = try LogView(archive, trust: .nothing)
        let lookup = try view.index()
        let (selection, earlier) = try choose(view, lookup, surroundings)
        let path = try OutputFile(output, .manifest, in: archive, surroundings).path
        let total: UInt64 =
            switch selection {
            case .range(let from, let to): to - from
            case .filter(let indexes, _): UInt64(indexes.count)
            }
        let progress = Progress("entries", total: total, quiet: common.quiet || common.json)
        let count = try ManifestExport.write(
            view, index: lookup, selection: selection, since: earlier, to: path, progress: { progress.update($0) })
        progress.finish()
        if common.json {
            common.print(
                json: .object([
                    "status": "verified".json, "entries": .number(count), "size": .number(view.size),
                    "output": output.json,
                ]))
            return
        }
        let console = common.console
        console.line(
            "\(Console.count(count, "entry", "entries")) of \(view.size), written to \(Console.escape(output))")
        switch selection {
        case .range: console.line("A range: it shows that nothing between its ends is left out.")
        case .filter: console.line("A filter's choice: it does not show that there are no others.")
        }
        console.line("Check it with: provenance verify \(Console.escape(output)) --keys FOLDER [--posts FOLDER]")
    }

    private func choose(
        _ view: LogView, _ lookup: Index, _ surroundings: Surroundings
    ) throws -> (ManifestSelection, [UInt8]?) {
        if let index {
            let parts = index.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1].isEmpty, let first = EntryFinder.index(parts[0]),
                let last = EntryFinder.index(parts[2]), first <= last, last < view.size
            else {
                throw Problem(
                    .usage, "--index \(index)", "wanted A..B within the log's entries 0..\(max(view.size, 1) - 1)")
            }
            return (.range(from: first, to: last + 1), nil)
        }
        if let since {
            let note = try ManifestHeader.checkpointNote(of: surroundings.absolute(RawPath(since)))
            return (try ManifestExport.rangeSince(note, view, place: since), note)
        }
        guard !filter.isEmpty || !paths.isEmpty else { return (.range(from: 0, to: view.size), nil) }
        var indexes: Set<UInt64> = []
        var description = filter.description
        if paths.isEmpty {
            try lookup.reading { try filter.entries($0) { indexes.insert($0.index) } }
        } else {
            description["paths"] = .array(paths.map(JSONValue.string))
            let finder = EntryFinder(view, surroundings)
            for path in paths { indexes.formUnion(try entries(RawPath(path), finder, lookup, surroundings)) }
        }
        guard !indexes.isEmpty else {
            throw Problem(.nothing, output, "nothing on record fits: no manifest was written")
        }
        return (.filter(indexes: indexes.sorted(), description: description), nil)
    }

    private func entries(
        _ path: RawPath, _ finder: EntryFinder, _ lookup: Index, _ surroundings: Surroundings
    ) throws -> [UInt64] {
        let place = surroundings.absolute(path)
        do {
            guard let status = try FileStatus.of(place), status.kind == .directory else {
                let found = try finder.entries(at: path, lookup)
                guard !found.isEmpty else { throw Problem(.notRecorded, path.description, "not on record") }
                return found
            }
            return try Walk(place).flatMap { try finder.entries(at: path.appending($0.path), lookup) }
        } catch let error as FileError {
            throw Problem(.unreadable, path.description, error.reason)
        }
    }
}

import ArgumentParser
import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceExport
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// `provenance export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a manifest or a bundle that an auditor verifies offline.",
        discussion: """
            -o writes a manifest, or with --format another single format; --bundle a folder, or a zip file, that holds all \
            of them, the posts, and two verifiers that need nothing of ours; --verifier trusted copies of these.

            Without a choice, every entry. A range (--index, --since, or everything) shows that nothing between its ends is \
            left out; a filter (--url, times, paths, entries) does not show that there are no others. --url compares bytes; \
            `list --url` also finds other spellings.

            Examples:
              provenance export -o Manifests/2.json
              provenance export -o Manifests/3.json --since Manifests/1.json
              provenance export --bundle evidence.zip _posts/2022-02-10-bridge.md
            """)

    @Option(name: .shortAndLong, help: "The file to write.")
    var output: PathArgument?

    @Option(name: .long, help: "Write a bundle: a folder that does not exist yet, or a file that ends in .zip.")
    var bundle: PathArgument?

    @Option(name: .long, help: "Write the verifiers of bundles, evidence.html and verify.sh, into this folder.")
    var verifier: PathArgument?

    @Option(name: .long, help: "What -o writes; json is a manifest.")
    var format: Format = .json

    @Flag(name: .long, help: "Leave the posts out of a bundle.")
    var withoutPosts = false

    @Option(name: .long, help: "Look for posts in this folder too, by their digests.")
    var posts: PathArgument?

    @Option(name: .long, help: "The day to state as the bundle's date; without it there is none.", transform: plainText)
    var at: String?

    @Option(name: .long, help: "Entries A to B, both included: A..B.", transform: plainText)
    var index: String?

    @Option(
        name: .long,
        help: "Everything since this checkpoint or manifest, with a consistency proof to it; '-' is standard input.")
    var since: PathArgument?

    @Option(name: .long, help: "Posts that state exactly this address.", transform: plainText)
    var url: String?

    @OptionGroup var filter: EntryFilter

    @Argument(
        help: ArgumentHelp(
            """
            Posts, or folders of posts, whose records are exported; where there is no such file, an index, at least 8 \
            digits of a SHA-256, or an address.
            """, valueName: "paths"))
    var words: [PathWord] = []

    /// The posts and folders named as arguments.
    private var paths: [PathArgument] { words.flatMap(\.paths) }

    @OptionGroup var signing: SigningOptions
    @OptionGroup var common: CommonOptions

    /// The formats of `-o`.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, sha256sum, bagit, intoto, datapackage, csv, html

        var single: SingleFormat? { SingleFormat(rawValue: rawValue) }
    }

    func validate() throws {
        guard output?.isDash != true else {
            throw ValidationError(
                "-o", "found '-'; wanted a file, which is written whole or not at all",
                advice: "write -o Manifests/1.json")
        }
        guard [output, bundle, verifier].compactMap(\.self).count == 1 else {
            let given = [output.map { _ in "-o" }, bundle.map { _ in "--bundle" }, verifier.map { _ in "--verifier" }]
                .compactMap(\.self).joined(separator: " and ")
            throw ValidationError(
                "provenance export",
                "found \(given.isEmpty ? "no output" : given); wanted one of -o FILE, --bundle DIR and --verifier DIR",
                advice: "write -o Manifests/1.json for a manifest; `provenance export --help` has examples")
        }
        try refuseEmpty(output, "-o")
        try refuseEmpty(bundle, "--bundle")
        try refuseEmpty(verifier, "--verifier")
        try refuseEmpty(posts, "--posts")
        guard format == .json || output != nil else {
            throw ValidationError(
                "--format", "found no -o beside it; wanted the file to write",
                advice: "add -o FILE, or leave out --format")
        }
        let hasPosts = bundle != nil || format == .bagit || format == .datapackage
        guard hasPosts || posts == nil, bundle != nil || !withoutPosts, !(withoutPosts && posts != nil) else {
            throw ValidationError(
                posts == nil ? "--without-posts" : "--posts",
                "found no bundle to put posts into, or both options; --posts and --without-posts say which posts go into one",
                advice: "add --bundle DIR, or leave the option out")
        }
        try refuseEmpty(since, "--since")
        try refuseSecondDash([since, signing.passphraseFile])
        for path in paths { try refuseEmpty(path, "a path") }
        let hasFilter = url != nil || !filter.isEmpty
        let filters = hasFilter || !paths.isEmpty
        let ranges = (index == nil ? 0 : 1) + (since == nil ? 0 : 1)
        guard ranges <= 1, ranges == 0 || !filters else {
            throw ValidationError(
                index == nil ? "--since" : "--index",
                "found another choice of entries beside it; wanted --index, or --since, or a filter",
                advice: "give one of them: a range with gaps would show nothing")
        }
        guard !hasFilter || paths.isEmpty else {
            throw ValidationError(
                "provenance export", "found paths and a filter; wanted paths, or a filter by address or time",
                advice: "give one of them")
        }
    }

    func run() throws {
        let environment = Environment.ofProcess()
        if let verifier { return try writeVerifiers(verifier, environment) }
        let archive = try signing.archive(common, environment)
        let view = try LogView(archive, trust: .nothing)
        let choice = try choose(view, environment)
        let export = Export(
            view: view, labels: try ExportLabels(view, choice.selection), selection: choice.selection,
            since: choice.since, judgedByDay: choice.judgedByDay)
        if let bundle { return try writeBundle(bundle, export, environment) }
        guard let output else { return }
        if let single = format.single { return try write(single, output, export, environment) }
        try writeManifest(output, export, environment)
    }

    /// Values that all kinds of export share.
    struct Export {
        let view: LogView
        let labels: ExportLabels
        let selection: ManifestSelection
        let since: [UInt8]?
        /// Posts that the filter judged by their day alone.
        let judgedByDay: Int

        /// Members of `--json` that only a filter by time of publication adds.
        var filterMembers: [String: JSONValue] { judgedByDay > 0 ? ["judgedByDay": .number(judgedByDay)] : [:] }

        /// Total number of entries.
        var total: UInt64 {
            switch selection {
            case .range(let from, let to): to - from
            case .filter(let indexes, _): UInt64(indexes.count)
            }
        }
    }

    private func writeManifest(_ output: PathArgument, _ export: Export, _ environment: Environment) throws {
        let (view, selection, earlier) = (export.view, export.selection, export.since)
        let file = try OutputFile(output, .manifest, in: view.archive, environment)
        let path = file.path
        let replaced = file.isReplaced ? try replaced(path, output.description, view) : nil
        let progress = Progress("entries", total: export.total, quiet: common.quiet || common.json)
        let count = try ManifestExport.write(
            view, labels: export.labels, selection: selection, since: earlier, to: path,
            progress: { progress.update($0) })
        progress.finish()
        if common.json {
            common.print(
                json: .object(
                    [
                        "status": "verified".json, "entries": .number(count), "size": .number(view.size),
                        "output": output.description.json,
                    ].merging(export.filterMembers) { $1 }))
            return
        }
        let console = common.console
        console.line(
            "\(Console.count(count, "entry", "entries")) of \(view.size), written to \(Console.escape(output.description))"
        )
        if let replaced { console.line("The manifest that stood there, \(replaced), is gone.") }
        switch selection {
        case .range(let from, let to) where from == to: console.line("Nothing was recorded since: it holds no entry.")
        case .range: console.line("A range: it shows that nothing between its ends is left out.")
        case .filter: console.line("A filter's choice: it does not show that there are no others.")
        }
        if let remark = EntryFilter.dayRemark(export.judgedByDay) { console.line(remark) }
        console.line(
            "Check it with: provenance verify \(Console.escape(output.description)) --keys FOLDER [--posts FOLDER]")
    }

    /// Describes the log of the manifest that is to be replaced.
    ///
    /// - Throws: `Problem` with `E-OUTPUT-EXISTS` if it is a manifest of another log.
    private func replaced(_ path: RawPath, _ name: String, _ view: LogView) throws -> String {
        guard let note = try? SignedNote(parsing: try ManifestHeader.checkpointNote(of: path)),
            let old = try? Checkpoint(parsing: note.text)
        else { return "of what, could not be read" }
        guard Bytes.isSame(old.origin, view.archive.origin) else {
            throw Problem(
                .outputExists, name, "there is a manifest of another log, \(old.origin); it was left as it is",
                advice: "give another name with -o, or remove it first")
        }
        return "of the log's first \(Console.count(old.size, "entry", "entries"))"
    }

    /// What is exported.
    private struct Choice {
        let selection: ManifestSelection
        /// The checkpoint that it continues.
        var since: [UInt8]?
        /// Posts that the filter judged by their day alone.
        var judgedByDay = 0
    }

    private func choose(_ view: LogView, _ environment: Environment) throws -> Choice {
        if let index {
            let parts = index.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1].isEmpty, let first = EntryIndex.parse(parts[0]),
                let last = EntryIndex.parse(parts[2]), first <= last, last < view.size
            else {
                throw Problem(
                    .usage, "--index",
                    "found '\(index)'; wanted A..B within the log's entries 0..\(max(view.size, 1) - 1)",
                    advice: "write the first entry, two dots, and the last: --index 0..9")
            }
            return Choice(selection: .range(from: first, to: last + 1))
        }
        if let since {
            let note = try since.checkpointNote()
            return Choice(
                selection: try ManifestExport.rangeSince(note, view, place: since.description), since: note)
        }
        guard url != nil || !filter.isEmpty || !paths.isEmpty else {
            return Choice(selection: .range(from: 0, to: view.size))
        }
        var indexes: Set<UInt64> = []
        var judgedByDay = 0
        var description = filter.description
        if let url { description["url"] = .string(url) }
        if paths.isEmpty {
            var records = try filter.records()
            records.source = url.map { ExactText($0) }
            try view.records(
                passing: { [records] in records.passes($0) },
                { entry, record in
                    indexes.insert(entry)
                    if records.isJudgedByDay(record) { judgedByDay += 1 }
                })
        } else {
            let words = try entryWords(environment)
            let files = paths.map(\.path).filter { words[$0] == nil }
            if !files.isEmpty { description["paths"] = .array(files.map { .string($0.description) }) }
            if !words.isEmpty {
                let names = paths.map(\.path).filter { words[$0] != nil }
                description["entries"] = .array(names.map { .string($0.description) })
            }
            indexes = try entries(files, view, environment)
            indexes.formUnion(try EntryFinder(view, environment).find(paths.compactMap { words[$0.path] }))
        }
        guard !indexes.isEmpty else {
            throw Problem(
                .nothing, (output ?? bundle)?.description ?? "export", "nothing on record fits: nothing was written")
        }
        return Choice(
            selection: .filter(indexes: indexes.sorted(), description: description), judgedByDay: judgedByDay)
    }

    /// The words that name entries, and not files: a folder of posts may well have the name of a year, so what is there
    /// is a path.
    private func entryWords(_ environment: Environment) throws -> [RawPath: EntryName] {
        var words: [RawPath: EntryName] = [:]
        for path in paths.map(\.path) where words[path] == nil {
            do {
                if try FileStatus.of(environment.absolute(path)) != nil { continue }
            } catch {
                throw Problem(.unreadable, path.description, error.reason)
            }
            let name = try EntryName(path)
            if !name.isPath { words[path] = name }
        }
        return words
    }

    private func entries(_ paths: [RawPath], _ view: LogView, _ environment: Environment) throws -> Set<UInt64> {
        var files: [RawPath] = []
        var named: Set<RawPath> = []
        lazy var posts = view.postNames.searched
        for path in paths {
            do {
                guard let status = try FileStatus.of(environment.absolute(path)), status.kind == .directory else {
                    if named.insert(path).inserted { files.append(path) }
                    continue
                }
                files += try Walk(environment.absolute(path), posts: posts).map {
                    path.appending($0.path)
                }
            } catch {
                throw Problem(
                    .unreadable, path.description, error.reason, advice: "check the name and its permissions")
            }
        }
        let found = try EntryFinder(view, environment).entries(at: files)
        for (file, entries) in zip(files, found) where entries.isEmpty && named.contains(file) {

            throw Problem(
                .notRecorded, file.description, "these bytes are in no record of the log",
                advice: "`provenance add` records a post; `provenance list` shows what is on record")
        }
        return Set(found.joined())
    }
}

import ArgumentParser
import ProvenanceArchive
import ProvenanceInspection

/// `provenance audit`.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Rebuild the whole log from its entries and check everything that can be checked.",
        discussion: """
            Checks entries, signatures, tiles, the checkpoint, registers and the index. Posts are not looked at: \
            `provenance status` compares them.

            Examples:
              provenance audit
              provenance audit --since Manifests/1.json --keys trusted
            """)

    @Option(
        name: .customLong("since"),
        help: ArgumentHelp(
            "An earlier checkpoint or manifest that the log must extend; '-' is standard input.", valueName: "since"))
    var sinceWords: [PathWord] = []

    /// The manifests and checkpoints given with `--since`.
    private var since: [PathArgument] { sinceWords.flatMap(\.paths) }

    @OptionGroup var trust: TrustOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        for path in since { try refuseEmpty(path, "--since") }
        try refuseSecondDash(since)
    }

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try common.folder(environment)
        let trust = try trust.trust(environment, testing: [archive.root])
        let view = try LogView(archive, trust: trust)
        let earlier = try since.map { name in
            (note: try name.checkpointNote(), name: name.description)
        }
        let progress = Progress("entries", total: view.size, quiet: common.quiet || common.json)
        var report = try ArchiveAudit.run(view, since: earlier, trust: trust, progress: { progress.update($0) })
        progress.finish()
        report.checkKeys(view, trust)
        report.checkNotRolledBack(view)
        report.compareIndex(view)
        report.listRules(view)
        if common.json {
            common.print(json: report.json)
        } else {
            print(report, view, pinned: !trust.sets(for: archive.origin).isEmpty)
        }
        if report.status != .verified { throw Finished(status: report.status) }
    }

    private func print(_ report: ArchiveAudit.Report, _ view: LogView, pinned: Bool) {
        let console = common.console
        for problem in report.problems { console.problem(problem, toOutput: true) }
        for remark in report.remarks { console.line("note: \(Console.escape(remark))") }
        if !report.problems.isEmpty || !report.remarks.isEmpty { console.line() }
        console.line("log        \(Console.escape(report.checkpoint.origin))")
        console.line(
            "entries    \(report.checkpoint.size): \(Console.count(report.posts, "post")), "
                + "\(Console.count(report.accessions, "accession")), \(report.unknown) of unknown kind")
        console.line("files      \(report.files) tiles and bundles compared")
        console.line("root       \(report.checkpoint.root.hex)")
        console.line()
        console.table(report.counts)
        console.line()
        console.conclude(
            report.status, sentence(report),
            limits:
                "Limits: as of size \(report.checkpoint.size); no post was compared (`provenance status` does), and "
                + "a log that shows others another tree is only found by comparing checkpoints.")
        if !pinned { for line in Rendering.pinHint(Rendering.publishedKeys(view.archive)) { console.diagnostic(line) } }
    }

    private func sentence(_ report: ArchiveAudit.Report) -> String {
        switch report.status {
        case .verified where report.counts.count(.registers, .unknown) > 0:
            "the entries give the checkpoint's root, and every record is signed by a pinned key; what the registers "
                + "that are not here would say is unknown."
        case .verified:
            "the entries give the checkpoint's root, every record is signed by a pinned key, and the registers agree."
        case .failed: "\(Console.count(report.problems.count, "problem")) in the log, listed above."
        case .environment:
            "\(Console.count(report.problems.count, "problem")), listed above: what could not be read was not checked, "
                + "and in the rest nothing was found wrong."
        case .inconclusive where report.checkpoint.size == 0: "the log is empty: nothing was checked."
        case .inconclusive where report.posts == 0 && report.problems.isEmpty:
            "no post is on record: nothing was checked that a verdict could rest on."
        case .inconclusive where !report.problems.isEmpty:
            "\(Console.count(report.problems.count, "problem")), listed above: not everything that is required could be proven."
        case .inconclusive: "nothing was found wrong, but not everything that is required could be proven."
        }
    }
}

/// `provenance reindex`.
struct ReindexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex", abstract: "Build the index of list and titles again, from log, registers and posts.",
        discussion: """
            Examples:
              provenance reindex
              provenance reindex --lock-timeout 600
            """)

    @OptionGroup var lock: LockOptions

    @OptionGroup var common: CommonOptions

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try common.folder(environment)
        let view = try LogView(archive, trust: .nothing)
        let progress = Progress("entries", total: view.size, quiet: common.quiet || common.json)
        let count = try view.rebuildIndex(lockTimeout: lock.lockTimeout) { progress.update($0) }
        progress.finish()
        if common.json {
            common.print(json: .object(["status": "verified".json, "entries": .number(count)]))
        } else {
            common.console.line("The index was built again from \(Console.count(count, "entry", "entries")).")
        }
    }
}

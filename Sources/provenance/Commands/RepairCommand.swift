import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceSystem
import ProvenanceVerification

/// `provenance repair`.
struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Restore damaged or missing files of the log from a copy, a manifest or a bundle.",
        discussion: """
            The copy need not be trusted: a file is written only when log/checkpoint, signed by a key that you pinned, \
            vouches for every byte of it. A file that is right is never written. Where the checkpoint itself is \
            damaged, the largest one that a pinned key signed takes its place, the archive's own before the copy's; it \
            must extend every other one, or nothing is written.

            Exit 0 when nothing is damaged any more; 1 when something could not be restored, each file being listed, \
            or another checkpoint, here or in the copy, contradicts the log's.

            Examples:
              provenance repair --from ../backup --dry-run
              provenance repair --from Manifests/1.json
            """)

    @Option(
        name: .long,
        help: "A copy of log/ or of the archive, an exported manifest, or an unpacked bundle.")
    var from: PathArgument

    @Flag(name: .long, help: "Say what would be restored, and write nothing.")
    var dryRun = false

    @OptionGroup var trust: TrustOptions
    @OptionGroup var lock: LockOptions
    @OptionGroup var common: CommonOptions

    func validate() throws { try refuseEmpty(from, "--from") }

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try common.folder(environment)
        let report = try ArchiveRepair.run(
            archive, trust: try trust.trust(environment, testing: [archive.root]), from: try source(environment),
            name: from.description, lockTimeout: lock.lockTimeout, isDryRun: dryRun)
        if common.json { common.print(json: report.json) } else { print(report, common.console) }
        if report.status != .verified { throw Finished(status: report.status) }
    }

    /// The source of the repair; a link is followed.
    private func source(_ environment: Environment) throws(Problem) -> RawPath {
        let place = environment.absolute(from.path)
        do {
            guard let status = try FileStatus.following(place), status.kind == .special else {
                return namedPlace(place)
            }
        } catch {
            throw Problem(.unreadable, from.description, error.reason)
        }
        throw Problem(
            .usage, from.description, "a pipe or device, and what is repaired from is read more than once",
            advice: "write it to a file first")
    }

    private func print(_ report: ArchiveRepair.Report, _ console: Console) {
        for item in report.restored {
            console.line("\(dryRun ? "would restore" : "restored")  log/\(item.path): \(Console.escape(item.found))")
        }
        for problem in report.problems { console.problem(problem, toOutput: true) }
        for remark in report.remarks { console.line("note: \(Console.escape(remark))") }
        if !report.restored.isEmpty || !report.problems.isEmpty || !report.remarks.isEmpty { console.line() }
        console.line("log            \(Console.escape(report.checkpoint.origin)), size \(report.checkpoint.size)")
        console.line("from           \(Console.escape(report.source))")
        console.line("files          \(report.files) compared with the checkpoint")
        console.line("\(dryRun ? "to restore" : "restored  ")     \(report.restored.count)")
        console.line("not restored   \(report.problems.count)")
        console.line()
        console.conclude(
            report.status, sentence(report),
            limits:
                "Limits: as of size \(report.checkpoint.size); tiles, entries and the checkpoint alone: registers, keys "
                + "and posts were not looked at (`provenance audit` and `provenance status` do).")
    }

    private func sentence(_ report: ArchiveRepair.Report) -> String {
        switch report.status {
        case .verified where report.restored.isEmpty: "nothing was damaged, and nothing was written."
        case .verified where dryRun:
            "\(Console.count(report.restored.count, "file")) can be restored; nothing was written."
        case .verified:
            "\(Console.count(report.restored.count, "file")) restored: all files of the log give the checkpoint's root."
        case .inconclusive where report.isUndecided:
            "whether the log extends every checkpoint that its key is known to have signed is undecided."
        case .inconclusive: "the log is empty: there is nothing to compare."
        default: "\(Console.count(report.problems.count, "problem")) left, listed above."
        }
    }
}

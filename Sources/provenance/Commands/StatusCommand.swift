import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceLog
import ProvenanceVerification

/// `provenance status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what on disk is recorded, unrecorded, moved, altered, replaced or missing.",
        discussion: """
            Looks at every place on a register, and at every folder added so far. Exit 0: ok; moved, the same bytes stand \
            elsewhere; superseded, replaced on the record by version 0.1.0; unrecorded; refused by an earlier add; outside, \
            registered outside the archive and never opened. Exit 1: altered; replaced, an add found other bytes here than \
            before and the change is unresolved; missing; unreadable. Exit 3: nothing on record was compared, or \
            a register is not here or has lines withheld.

            Examples:
              provenance status
              provenance status --quiet --max-gap 48h
            """)

    @OptionGroup var limits: LimitOptions

    @Flag(name: .shortAndLong, help: "List every post and place, not only the first of each kind.")
    var verbose = false

    @Flag(
        name: .long,
        help: "Do not read files whose size is the recorded one and that were last changed before: a hint, no proof.")
    var fast = false

    @OptionGroup var trust: TrustOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try common.folder(environment)
        let trust = try trust.trust(environment, testing: [archive.root])
        let view = try LogView(archive, trust: trust)
        let progress = Progress("files", total: nil, quiet: common.quiet || common.json)
        let report = try StatusComparison.run(view, limits: try limits.limits(), now: environment.clock(), isFast: fast)
        {
            done, total in
            progress.update(done, of: total)
        }
        progress.finish()
        // Registers are authenticated by the checkpoint, so its status limits the report's.
        let status = max(report.status, view.checked.claim.status)
        if common.json {
            var members = report.json.members ?? [:]
            members["status"] = status.word.json
            members["checkpoint"] = view.checked.claim.json
            common.print(json: .object(members))
        } else {
            print(report, status, view, common.console)
            if trust.sets(for: archive.origin).isEmpty {
                for line in Rendering.pinHint(Rendering.publishedKeys(archive)) { common.console.diagnostic(line) }
            }
        }
        if status != .verified { throw Finished(status: status) }
    }

    private func print(_ report: StatusReport, _ status: ExitStatus, _ view: LogView, _ console: Console) {
        for change in report.massChanges { console.problem(change.problem, toOutput: true) }
        let isFailedLog = view.checked.claim.standing == .failed
        // Of a log that is not the one that was signed nothing else says much.
        if isFailedLog { console.problem(Problem(checkpoint: view.checked.claim), toOutput: true) }
        let rolledBack = LogError.Code.rolledBack.name
        for problem in report.problems where problem.code == rolledBack { console.problem(problem, toOutput: true) }
        let listing = StatusListing(report, console, isWhole: verbose)
        listing.printItems()
        for problem in report.problems where problem.code != rolledBack { console.problem(problem, toOutput: true) }
        for remark in report.remarks { console.line("\(remark.code.rawValue)  \(Console.escape(remark.text))") }
        if listing.hasLines || !report.remarks.isEmpty { console.line() }
        listing.printCounts()
        if let last = report.lastAccession { console.line("last accession  \(UTCTime.text(last))") }
        console.line()
        console.conclude(
            status, sentence(report, status, view.checked.claim.detail),
            limits: "Limits: as of size \(report.size); no signature of a record was checked here (`provenance audit` "
                + "does). Checkpoint: \(view.checked.claim.standing.rawValue)." + unread(report))
    }

    /// The words about files that a fast comparison did not read.
    private func unread(_ report: StatusReport) -> String {
        guard let presumed = report.presumed else { return "" }
        return
            " With --fast the bytes of \(Console.count(presumed, "file")) were not hashed: size and times of change "
            + "are all that was looked at."
    }

    private func sentence(_ report: StatusReport, _ status: ExitStatus, _ checkpoint: String) -> String {
        switch status {
        case .verified:
            return ((report.presumed ?? 0) > 0 ? "by size and time, " : "")
                + "every registered post in the archive stands at its place"
                + ((report.counts[.superseded] ?? 0) > 0
                    ? ", has moved, or was replaced on the record." : " or has moved.")
                + besides(report)
        case .inconclusive where !report.hasComparedPosts:
            if !report.problems.isEmpty { return "nothing to compare: where the posts stood is unknown." }
            return (report.counts[.outside] ?? 0) > 0
                ? "nothing to compare: every registered post is outside the archive, and was never opened."
                : "nothing to compare: no post was registered."
        case .inconclusive where report.status == .verified:
            return "nothing was found wrong, but no key that you pinned vouches for the log (\(checkpoint))."
        case .inconclusive
        where report.problems.allSatisfy { $0.code == Problem.Code.allRefused.name }
            && (report.counts[.unplaced] ?? 0) == 0:
            return "nothing recorded is wrong, but everything new since the last recorded post was refused."
        case .inconclusive:
            return
                "nothing was found wrong, but a register is not here or has lines withheld: not every place of a post is known."
        default:
            let wrong = StatusReport.State.allCases.filter { $0.status == .failed }.compactMap { state in
                report.counts[state].flatMap { $0 > 0 ? StatusListing.count($0, state) : nil }
            }
            let problems = report.massChanges.count + report.problems.count
            if wrong.isEmpty, problems == 0 {
                return "no post is altered or missing, but the checkpoint is not one that the log's key signed."
            }
            if wrong.isEmpty {
                return "no post is altered or missing, but there "
                    + (problems == 1 ? "is 1 problem" : "are \(problems) problems") + ", listed above."
            }
            let others = problems > 0 ? [Console.count(problems, "other problem")] : []
            return (wrong + others).joined(separator: ", ") + "."
        }
    }

    /// The words about files that the verdict does not cover.
    private func besides(_ report: StatusReport) -> String {
        let left = report.notLookedAt.count
        let parts: [(StatusReport.State, String)] = [
            (.outside, "outside the archive, never opened"), (.unrecorded, "on disk and in no record"),
            (.refused, "refused earlier"),
        ]
        let words =
            parts.compactMap { (state, words) in
                report.counts[state].flatMap { $0 > 0 ? "\($0) \(words)" : nil }
            } + (left > 0 ? ["\(left) not looked at"] : [])
        return words.isEmpty ? "" : " Not judged: " + words.joined(separator: "; ") + "."
    }
}

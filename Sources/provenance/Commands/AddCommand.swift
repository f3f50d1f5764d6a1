import ArgumentParser
import Logging
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification

/// `provenance add`.
struct AddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Record posts; a second run records nothing new.",
        discussion: """
            Folders are walked for *.md. One broken post never stops the others: it is listed, kept on the register as \
            refused, and not reported again until it changes. A place that holds other bytes than were registered there is \
            listed as replaced, and the add exits 1; where they are no post, each add says so. An add that learned \
            something closes with an accession entry, which vouches for the register: what was seen, and what became of it.

            Examples:
              provenance add _posts
              provenance add _posts --heartbeat --quiet --lock-timeout 600
              provenance add --files-from list.txt
            """)

    @OptionGroup var paths: PathOptions

    @Flag(
        name: .long, help: "Write an accession even when nothing was learned: a quiet week can be told from a dead job."
    )
    var heartbeat = false

    @Flag(name: .long, help: "Report exactly what would be done, with the same exit status, and write nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Exit 0 although files were newly refused; with -q they are not listed either.")
    var tolerateRefused = false

    @OptionGroup var massChanges: MassChangeOptions

    @OptionGroup var lock: LockOptions

    @Flag(name: .shortAndLong, help: "Log every commit on standard error.")
    var verbose = false

    @Option(name: .long, help: ArgumentHelp("Entries a commit.", visibility: .hidden))
    var batch = 1024

    /// Maximum entries in a commit: their notes are held in memory, and one commit starts at most two folders of tiles.
    private static let largestBatch = 65_536

    @OptionGroup var signing: SigningOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try refuseSecondDash(paths.inputs + [signing.passphraseFile])
        guard !paths.isEmpty || heartbeat else {
            throw ValidationError(
                "provenance add", "found no path; wanted files and folders to record",
                advice: "provenance add FOLDER")
        }
        guard (1...AddCommand.largestBatch).contains(batch) else {
            throw ValidationError("--batch", "wanted 1 to \(AddCommand.largestBatch)", advice: "leave it out")
        }
    }

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try signing.archive(common, environment)
        let console = common.console
        let list = try paths.all()
        let isHidden = common.quiet || common.json || verbose
        let total = Progress.isPossible && !isHidden ? Recorder.count(list, archive: archive, environment) : nil
        let progress = Progress("files", total: total, quiet: isHidden)
        var options = Recorder.Options(
            passphrase: try signing.passphrase(), lockTimeout: lock.lockTimeout, heartbeat: heartbeat, batch: batch,
            version: Provenance.version)
        options.massChanges = Set(massChanges.massChange)
        options.isDryRun = dryRun
        if verbose {
            options.logger = Logger(label: "provenance add", factory: { StreamLogHandler.standardError(label: $0) })
            options.logger.logLevel = .debug
        }
        StopSignal.watch()
        options.shouldStop = { StopSignal.caught != nil }
        let outcome = try Recorder.run(
            list, archive: archive, options: options, environment, progress: { progress.update($0) })
        progress.finish()
        let status = outcome.status(tolerateRefused: tolerateRefused)
        if common.json {
            common.print(json: json(outcome, status))
        } else {
            print(outcome, status, console)
        }
        if status != .verified { throw Finished(status: status) }
    }

    /// At most 240 characters of a text with names from a post, which may be long.
    private static func shortened(_ text: String) -> String {
        text.count > maxShown ? text.prefix(maxShown) + "…" : text
    }

    private static let maxShown = 240

    private func print(_ outcome: Recorder.Outcome, _ status: ExitStatus, _ console: Console) {
        for replacement in outcome.replaced { console.problem(replacement.problem) }
        if !(console.isQuiet && tolerateRefused) { printRefusals(outcome.refusals, console) }
        if !console.isQuiet { printAcceptance(outcome, console) }
        for problem in outcome.unreadable + outcome.lost + outcome.rulesProblems { console.problem(problem) }
        for (code, warning) in outcome.warnings.sorted(by: { $0.key < $1.key }) where !console.isQuiet {
            let counted = code.hasSuffix("…") ? "other warning" : "post"
            console.diagnostic(
                "\(Console.escape(AddCommand.shortened(code)))  \(Console.count(warning.count, counted)), such as "
                    + Console.escape(AddCommand.shortened(warning.example)))
        }
        for remark in outcome.remarks where !console.isQuiet {
            console.diagnostic("\(remark.code.rawValue)  \(Console.escape(remark.text))")
        }
        var range = ""
        if outcome.recorded > 0 {
            range =
                outcome.recorded == 1
                ? "entry \(outcome.first)" : "entries \(outcome.first) to \(outcome.first + outcome.recorded - 1)"
        }
        console.line("recorded   \(Console.right(outcome.recorded, 8))   \(range)")
        console.line("known      \(Console.right(outcome.known, 8))   recorded bytes at a new place")
        if !outcome.replaced.isEmpty {
            console.line(
                "replaced   \(Console.right(outcome.replaced.count, 8))   of these stand where other bytes were registered"
            )
        }
        console.line(
            "refused    \(Console.right(outcome.refused, 8))   newly refused, \(outcome.isOnRegister ? "on" : "not on") the register"
        )
        for (claim, posts) in outcome.claimsLost.sorted(by: { $0.key < $1.key }) {
            console.line("claims lost\(Console.right(posts.count, 8))   without \(claim), which the rules require")
        }
        let still = "   \(Console.count(outcome.stillRefused, "is", "are")) refused still: provenance status --verbose"
        console.line("unchanged  \(Console.right(outcome.unchanged, 8))\(outcome.stillRefused > 0 ? still : "")")
        if outcome.notLookedAt.ignored > 0 {
            console.line("ignored    \(Console.right(outcome.notLookedAt.ignored, 8))   left out by the rules in force")
        }
        if outcome.notLookedAt.count > 0 {
            console.line(
                "not looked at  \(Console.right(outcome.notLookedAt.count, 4))   \(Console.escape(outcome.notLookedAt.words))"
            )
        }
        if let accession = outcome.accession {
            console.line("accession       entry \(accession), \(Console.count(outcome.lines, "register line"))")
        }
        console.line("log size   \(Console.right(outcome.checkpoint.size, 8))   root \(outcome.checkpoint.root.hex)")
        if dryRun { console.line("Dry run: nothing was written.") }
        switch status {
        case .verified where dryRun:
            console.outcome(
                outcome.accession == nil ? "Nothing new: the log would stay as it is." : "This would be recorded.")
        case .verified:
            console.outcome(
                outcome.accession == nil
                    ? "Nothing new: the log stays as it is."
                    : "Recorded and durable. This shows what was captured, not that a source served it.")
        case .inconclusive:
            console.outcome("INCONCLUSIVE: no post was found; nothing was recorded.", failed: true)
        default:
            var words: [String] = []
            if !outcome.replaced.isEmpty {
                words.append(
                    Console.count(outcome.replaced.count, "place holds", "places hold")
                        + " other bytes than were registered there")
            }
            if !outcome.rulesProblems.isEmpty {
                words.append(
                    Console.count(outcome.rulesProblems.count, "thing differs", "things differ")
                        + " from the approved rules, which went on")
            }
            if outcome.isStopped {
                words.append("stopped by \(StopSignal.caught ?? "a signal") before everything was seen")
            }
            if outcome.refused > 0 {
                words.append("\(Console.count(outcome.refused, "file was", "files were")) newly refused")
            }
            if !outcome.claimsLost.isEmpty { words.append("claims that the rules require were lost") }
            if !outcome.unreadable.isEmpty {
                words.append("\(Console.count(outcome.unreadable.count, "place")) could not be read")
            }
            let verdict = status == .failed ? "FAILED" : "ERROR"
            console.outcome(
                outcome.isStopped && !dryRun
                    ? "\(verdict): \(words.joined(separator: ", ")); what is counted above is on record and durable, run it again for the rest."
                    : "\(verdict): \(words.joined(separator: ", ")), listed above; " + rest(outcome),
                failed: true)
        }
    }

    /// Files refused for one cause that are listed one by one; more are counted.
    private static let maxRefusals = 20

    /// Prints why files were refused: each where they are few, else by cause.
    private func printRefusals(_ refusals: [Problem], _ console: Console) {
        let causes = Dictionary(grouping: refusals, by: \.causeKey)
        var said: Set<String> = []
        for problem in refusals {
            let count = causes[problem.causeKey]?.count ?? 0
            if count <= AddCommand.maxRefusals || problem.cause == nil {
                console.problem(problem)
            } else if said.insert(problem.causeKey).inserted {
                console.diagnostic(
                    "\(problem.code)  \(count) files \(Console.escape(problem.cause ?? "")), such as "
                        + "\(Console.escape(problem.place)); `provenance status` and --json list them")
            }
        }
    }

    /// Prints which rules would accept refused files.
    private func printAcceptance(_ outcome: Recorder.Outcome, _ console: Console) {
        for rules in Recorder.Acceptance.allCases {
            guard let count = outcome.acceptable[rules], count > 0 else { continue }
            console.diagnostic(
                "\(Console.count(count, "refused file")) would be accepted \(rules.meaning): \(rules.commands)")
        }
    }

    /// The counts of files that are not listed.
    private func rest(_ outcome: Recorder.Outcome) -> String {
        if dryRun { return "nothing was written." }
        let onRecord = outcome.recorded + outcome.known + outcome.unchanged
        if onRecord == 0 { return "nothing was recorded." }
        if !outcome.rulesProblems.isEmpty, outcome.replaced.isEmpty { return "everything else is on record." }
        if !outcome.replaced.isEmpty {
            // A file that is not a post leaves no record, so a later run cannot report its place again.
            let isOnRecord = outcome.replaced.allSatisfy { $0.now != nil }
            return "what was there before stays on record, and each change "
                + (isOnRecord
                    ? "is open until somebody resolves it." : "to another post is open until somebody resolves it.")
        }
        return "everything else is on record."
    }

    private func json(_ outcome: Recorder.Outcome, _ status: ExitStatus) -> JSONValue {
        .object([
            "status": status.word.json, "recorded": .number(outcome.recorded), "first": .number(outcome.first),
            "known": .number(outcome.known), "replaced": .number(outcome.replaced.count),
            "replacements": .array(outcome.replaced.map(\.json)), "refused": .number(outcome.refused),
            "unchanged": .number(outcome.unchanged), "dryRun": .bool(dryRun), "notLookedAt": outcome.notLookedAt.json,
            "ignored": .number(outcome.notLookedAt.ignored), "onRegister": .bool(outcome.isOnRegister),
            "claimsLost": .object(outcome.claimsLost.mapValues { .number($0.count) }),
            "stillRefused": .number(outcome.stillRefused),
            "acceptable": .object(
                Dictionary(uniqueKeysWithValues: outcome.acceptable.map { ($0.key.rawValue, .number($0.value)) })),
            "accession": outcome.accession.map { .number($0) } ?? .null,
            "stopped": .bool(outcome.isStopped), "size": .number(outcome.checkpoint.size),
            "root": outcome.checkpoint.root.hex.json,
            "problems": .array(
                (outcome.replaced.map(\.problem) + outcome.refusals + outcome.unreadable + outcome.lost
                    + outcome.rulesProblems)
                    .map(\.json)),
            "warnings": .object(outcome.warnings.mapValues { .number($0.count) }),
            "remarks": .array(outcome.remarks.map(\.json)),
        ])
    }
}

import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceVerification

/// `provenance init`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a new archive: keys, an empty signed log, and what git needs.",
        discussion: """
            The private keys are keys/log.key.pem and keys/signer.key.pem; git is told to leave them out. Keys that are in \
            keys/ already are kept. The public keys are pinned for this user, so that verifying works at once; where that \
            is not possible the archive is made all the same, and it is said why nothing was pinned.

            A file system that keeps no permissions, such as NTFS or exFAT, cannot keep private keys: --keys-from names a \
            folder elsewhere, here and to every command that signs (or PROVENANCE_KEYS_FROM).

            Examples:
              provenance init --origin archive.example.org/news
              provenance init --origin archive.example.org/news --keys-from ../private
            """)

    @Option(
        name: .long, help: "The log's name, by convention an address without scheme that you control.",
        transform: plainText)
    var origin: String

    @Argument(help: "The folder (default: this one).")
    var folder: PathArgument?

    @OptionGroup var signing: SigningOptions
    @OptionGroup var common: CommonOptions

    func validate() throws { try refuseEmpty(folder, "the folder") }

    /// What an archivist has to know before the first entry: no later version can change it.
    static let warning =
        "The source and the date that a post states become part of a public log with each record, and cannot be taken out "
        + "of it again, even where the post itself is removed."

    func run() throws {
        let environment = Environment.ofProcess()
        let place = environment.absolute((folder ?? common.archive)?.path ?? ".")
        if Console.canAsk, !common.json, !common.quiet {
            common.console.line(InitCommand.warning)
            guard Console.ask("Make the archive?") else {
                common.console.outcome("Nothing was made.", failed: true)
                throw Finished(status: .environment)
            }
        }
        let outcome = try Initialization.run(
            place, origin: origin, passphrase: try signing.passphrase(), privateKeys: signing.folder(environment),
            environment)
        let log = outcome.log.fingerprint()
        let signer = outcome.signer.fingerprint()
        if common.json {
            common.print(
                json: .object([
                    "status": "verified".json, "origin": origin.json, "archive": place.description.json,
                    "log": .object(["vkey": outcome.log.description.json, "fingerprint": log.json]),
                    "signer": .object(["vkey": outcome.signer.description.json, "fingerprint": signer.json]),
                    "pinned": .optional(outcome.pinned?.description),
                    "notPinned": .optional(outcome.notPinned.map { "\($0.place): \($0.reason)" }),
                ]))
            return
        }
        let console = common.console
        let proposal = try? Proposal.read(outcome.archive.root)
        if let reason = outcome.notPinned { console.problem(InitCommand.advised(reason)) }
        console.line("archive     \(Console.escape(place.description))")
        console.line("origin      \(Console.escape(origin))")
        console.line("log key     \(log)")
        console.line("signer key  \(signer)")
        if let pinned = outcome.pinned { console.line("pinned in   \(Console.escape(pinned.description))") }
        if let reason = outcome.notPinned {
            console.line("pinned in   nowhere: \(Console.escape(reason.place)): \(Console.escape(reason.reason))")
        }
        if outcome.keptKeys { console.line("Keys that were there already were kept.") }
        console.line()
        console.line(
            "Publish the two fingerprints where you could not change them later: auditors pin the keys by them.")
        if outcome.notPinned != nil {
            console.line("Nothing was pinned, so every check of this archive is inconclusive (exit 3) until you pin")
            console.line("the keys with `provenance key pin keys`, or give --keys FOLDER to the command that checks.")
        }
        let keys = outcome.archive.privateKeys.map { Console.escape($0.description) } ?? "keys"
        if !Console.canAsk { console.line(InitCommand.warning) }
        if let proposal, !proposal.fitsDefaults { try propose(proposal, outcome.archive, console) }
        let approves = (proposal?.waiting ?? 0) > 0 ? "provenance config approve, then " : ""
        console.line("Back up \(keys)/*.key.pem apart from the archive, then run: \(approves)provenance add FOLDER")
        let times = CaptureTimes.ofCommits(in: place)
        if let quiet = StatusLimits.usualQuiet(times) {
            console.line()
            console.line(
                "By \(Console.count(times.count, "commit")) with new posts, a scheduler asks for one each "
                    + "\(StatusLimits.words(quiet)): provenance maintain --max-quiet \(StatusLimits.argument(quiet))")
        }
    }

    /// Prints what is proposed, and writes it where somebody says so.
    private func propose(_ proposal: Proposal, _ archive: ArchiveFolder, _ console: Console) throws {
        console.line()
        console.line("Settings that fit the \(Console.count(proposal.posts, "post")) here:")
        console.line()
        ProposalListing(proposal, console).print(beside: Configuration(), isApproved: false)
        if !proposal.lines.isEmpty, Console.canAsk, !common.quiet, Console.ask("Write them to .provenance/config?") {
            let lock = try archive.takeLock(timeout: 60)
            defer { withExtendedLifetime(lock) {} }
            for line in proposal.lines { _ = try archive.set(line.setting, line.words) }
        }
        console.line()
    }

    /// The reason why nothing was pinned, reworded for an `init` that has made everything else.
    private static func advised(_ reason: Problem) -> Problem {
        Problem(
            code: reason.code, place: reason.place,
            reason: "the archive was made; nothing was pinned: \(reason.reason)",
            advice: reason.advice
                ?? "set HOME or XDG_CONFIG_HOME to a folder of yours and run `provenance key pin keys`, "
                + "or give --keys FOLDER",
            status: reason.status)
    }
}

extension String {
    var json: JSONValue { .string(self) }
}

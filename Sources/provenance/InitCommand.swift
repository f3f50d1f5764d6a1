import Archive
import ArgumentParser
import Files

/// `provenance init`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a new archive: keys, an empty signed log, and what git needs.",
        discussion: """
            The private keys are keys/log.key.pem and keys/signer.key.pem; git is told to leave them out. Keys that are in \
            keys/ already are kept. The public keys are pinned for this user, so that verifying works at once.
            """)

    @Option(
        name: .long, help: "The log's name, by convention an address without scheme that you control.",
        transform: plainText)
    var origin: String

    @Argument(help: "The folder (default: this one).")
    var folder: PathArgument?

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func validate() throws { try refuseEmpty(folder, "the folder") }

    func run() throws {
        let surroundings = Surroundings.ofProcess()
        let place = surroundings.absolute((folder ?? common.archive)?.path ?? ".")
        let outcome = try Initialization.run(
            place, origin: origin, passphrase: try passphrase.passphrase(), surroundings)
        let log = try outcome.log.fingerprint()
        let signer = try outcome.signer.fingerprint()
        if common.json {
            common.print(
                json: .object([
                    "status": "verified".json, "origin": origin.json, "archive": place.description.json,
                    "log": .object(["vkey": outcome.log.description.json, "fingerprint": log.json]),
                    "signer": .object(["vkey": outcome.signer.description.json, "fingerprint": signer.json]),
                    "pinned": .optional(outcome.pinned?.description),
                ]))
            return
        }
        let console = common.console
        console.line("archive     \(Console.escape(place.description))")
        console.line("origin      \(Console.escape(origin))")
        console.line("log key     \(log)")
        console.line("signer key  \(signer)")
        if let pinned = outcome.pinned { console.line("pinned in   \(Console.escape(pinned.description))") }
        if outcome.keptKeys { console.line("Keys that were in keys/ already were kept.") }
        console.line()
        console.line(
            "Publish the two fingerprints where you could not change them later: auditors pin the keys by them.")
        console.line("Back up keys/*.key.pem apart from the archive, then run: provenance add FOLDER")
    }
}

extension String {
    var json: JSONValue { .string(self) }
}

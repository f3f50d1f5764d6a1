import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceVerification

/// `provenance key`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, list, show and pin keys.",
        discussion: """
            Examples:
              provenance key show
              provenance key pin trusted
            """,
        subcommands: [Generate.self, List.self, Show.self, Pin.self])

    /// `provenance key generate`.
    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key pair in a folder; a private key is never overwritten.",
            discussion: """
                For an archive whose signer's key is lost: Documentation/when-things-go-wrong.md has the steps around it. \
                `provenance init` makes the first keys itself.

                Examples:
                  provenance key generate signer --name archive.example.org/news/signer -o new
                  provenance key generate log --name archive.example.org/more -o new
                """)

        enum Role: String, ExpressibleByArgument, CaseIterable {
            case log, signer
        }

        @Argument(help: "What the key is for: log or signer.")
        var role: Role

        @Option(
            name: .long, help: "The key's name: the origin for a log, ORIGIN/signer for a signer.",
            transform: plainText)
        var name: String

        @Option(name: .shortAndLong, help: "The folder to write to.")
        var output: PathArgument

        @OptionGroup var signing: SigningOptions
        @OptionGroup var common: CommonOptions

        func validate() throws { try refuseEmpty(output, "-o") }

        func run() throws {
            let environment = Environment.ofProcess()
            let folder = environment.absolute(output.path)
            guard let role = KeyFiles.Role(rawValue: role.rawValue) else { return }
            let passphrase = try signing.passphrase()
            let files = KeyFiles(folder, privateKeys: signing.folder(environment))
            try files.makeFolders()
            let key = try files.generate(role, name: name, passphrase: passphrase)
            try KeyCommand.show([key], common)
        }
    }

    /// `provenance key list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys that are pinned, log by log.",
            discussion: """
                Examples:
                  provenance key list
                  provenance key list --json
                """)

        @OptionGroup var trust: TrustOptions
        @OptionGroup var common: CommonOptions

        func run() throws {
            let environment = Environment.ofProcess()
            // Keys that would not count for the archive in the current folder are not listed as if they did.
            let archive = try? common.folder(environment)
            let trust = try trust.trust(environment, testing: archive.map { [$0.root] } ?? [])
            let console = common.console
            if common.json {
                common.print(
                    json: .object([
                        "place": trust.place.json,
                        "pinned": .array(
                            try trust.sets.map { set in
                                .object([
                                    "place": set.place.json, "quorum": set.policy.quorumName.json,
                                    "logs": .array(try set.policy.logs.map(KeyCommand.json)),
                                    "witnesses": .array(try set.policy.witnesses.map { try KeyCommand.json($0.key) }),
                                    "signers": .array(try set.signers.map(KeyCommand.json)),
                                ])
                            }),
                    ]))
                return
            }
            if trust.sets.isEmpty {
                let place = trust.place == Trust.nothing.place ? "" : " in \(Console.escape(trust.place))"
                console.line("Nothing is pinned\(place).")
            }
            for set in trust.sets {
                console.line(console.paint(Console.escape(set.place), .bold))
                for key in set.policy.logs { console.line("  log      \(try KeyCommand.line(key))") }
                for witness in set.policy.witnesses { console.line("  witness  \(try KeyCommand.line(witness.key))") }
                for key in set.signers { console.line("  signer   \(try KeyCommand.line(key))") }
                console.line("  quorum   \(Console.escape(set.policy.quorumName))")
            }
        }
    }

    /// `provenance key show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the public keys that this archive publishes; shown is not trusted.",
            discussion: """
                Examples:
                  provenance key show
                  provenance key show --archive ../archive
                """)

        @OptionGroup var common: CommonOptions

        func run() throws {
            let archive = try common.folder(Environment.ofProcess())
            let files = archive.keyFiles
            try KeyCommand.show(try KeyFiles.Role.allCases.map { try files.publishedKey($0) }, common)
        }
    }

    /// `provenance key pin`.
    struct Pin: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pin a log's keys that you got outside its archive.",
            discussion: """
                The folder has the form of an archive's keys/: log.vkey, signer.vkey, policy, signers. Compare the \
                fingerprints that are printed with what the operator published elsewhere. There is no command to unpin: \
                `key list` shows the folder to remove.

                Examples:
                  provenance key pin trusted
                  provenance key pin trusted --json
                """)

        @Argument(help: "The folder of public keys.")
        var folder: PathArgument

        @OptionGroup var common: CommonOptions

        func validate() throws { try refuseEmpty(folder, "the folder") }

        func run() throws {
            let environment = Environment.ofProcess()
            guard let store = environment.keyStore else {
                throw Problem(
                    .usage, "XDG_CONFIG_HOME", environment.keyStoreReason,
                    advice: "set HOME, or XDG_CONFIG_HOME, to the absolute path of a folder of yours")
            }
            let published = environment.absolute(folder.path)
            let archive = try ArchiveFolder.enclosing(published)
            let pinned = try KeyStore(store).pin(folder: published, publishedBy: archive.map { [$0] } ?? [])
            if common.json {
                common.print(
                    json: .object([
                        "status": "verified".json, "place": pinned.place.description.json,
                        "keys": .array(try pinned.keys.map(KeyCommand.json)),
                    ]))
                return
            }
            let console = common.console
            for key in pinned.keys { console.line(try KeyCommand.line(key)) }
            console.line("Pinned in \(Console.escape(pinned.place.description)).")
            console.line(
                "That these fingerprints are the operator's is yours to know: compare them with another source.")
        }
    }

    // MARK: Output

    static func line(_ key: VerifierKey) throws -> String {
        "\(Console.escape(key.name))  key \(key.keyIDText)  fingerprint \(key.fingerprint())"
    }

    static func json(_ key: VerifierKey) throws -> JSONValue {
        .object([
            "name": key.name.json, "id": key.keyIDText.json, "vkey": key.description.json,
            "fingerprint": key.fingerprint().json,
        ])
    }

    static func show(_ keys: [VerifierKey], _ common: CommonOptions) throws {
        if common.json {
            common.print(json: .object(["status": "verified".json, "keys": .array(try keys.map(json))]))
            return
        }
        for key in keys {
            common.console.line(try line(key))
            common.console.line("  \(Console.escape(key.description))")
        }
    }
}

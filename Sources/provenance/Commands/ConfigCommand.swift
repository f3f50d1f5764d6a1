import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification

/// `provenance config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show, change and approve the rules by which posts are read.",
        discussion: """
            Without words it prints the settings in force and where they come from; with KEY that setting; with KEY and \
            VALUES it writes them to .provenance/config. What is written there is in force once `config approve` has entered \
            it in the log: a file that somebody else changes is told by add, status and maintain (exit 1), and changes nothing. \
            `config propose` looks through the posts here and in git's history, and proposes settings.

            source KEY…     keys of front matter that state the source, the first usable one counts (from)
            dated KEY…      keys that state the date (date)
            title KEY…      keys that state the title (title)
            suffix END…     endings of the names of posts (.md)
            accept WORD…    plain: a post in which no claim is found is recorded by its bytes alone; any-source: a source \
            need not be an http: or https: address
            require CLAIM…  source, dated, published: a post without is recorded, counted as claims lost, and exit 2
            ignore PATTERN… names left out, in gitignore's syntax; never a registered place
            keep WORD       all, git, none: kept for a later version, without effect
            attachments …   kept for a later version, without effect

            Examples:
              provenance config propose
              provenance config source original_url from
              provenance config approve
            """)

    @Argument(
        help: ArgumentHelp(
            "A setting, and its values; or `approve`, or `propose`.", valueName: "key"))
    var words: [PathWord] = []

    @Flag(name: .customLong("default"), help: "Take KEY out of the file: it has its default.")
    var takesOut = false

    @OptionGroup var lock: LockOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup var common: CommonOptions

    private var texts: [PathArgument] { words.flatMap(\.paths) }

    /// What the words mean.
    private enum Task {
        case show(Setting?)
        case set(Setting, [SettingWord])
        case approve
        case propose
    }

    private func task() throws -> Task {
        guard let first = texts.first else {
            guard !takesOut else {
                throw ValidationError("--default", "found no setting; wanted one", advice: "config KEY --default")
            }
            return .show(nil)
        }
        let tasks: [RawPath: Task] = ["approve": .approve, "propose": .propose]
        if let task = tasks[first.path] {
            guard texts.count == 1, !takesOut else {
                throw ValidationError(
                    first.description, "found more beside it; it takes no value",
                    advice: "provenance config \(first)")
            }
            return task
        }
        guard let setting = Setting(rawValue: first.description) else {
            throw ValidationError(
                first.description,
                "there is no such setting; wanted \(Setting.allCases.map(\.rawValue).joined(separator: ", ")), or approve, propose",
                advice: "`provenance config --help` says what each does")
        }
        let values = texts.dropFirst().map { SettingWord($0.path.bytes) }
        guard !takesOut else {
            guard values.isEmpty else {
                throw ValidationError(
                    "--default", "found values beside it; wanted none", advice: "config \(setting.rawValue) --default")
            }
            return .set(setting, [])
        }
        return values.isEmpty ? .show(setting) : .set(setting, values)
    }

    func validate() throws {
        try refuseSecondDash([signing.passphraseFile])
        _ = try task()
    }

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try signing.archive(common, environment)
        switch try task() {
        case .show(let setting):
            let view = try LogView(archive, trust: .nothing)
            let approval = try view.wrapped { try RulesApproval.find(view.reader, in: archive) }
            ConfigListing(try RulesInForce.read(approval, of: archive), archive, common).print(setting)
        case .set(let setting, let values): try set(setting, values, archive)
        case .approve: try approve(archive, environment)
        case .propose: try propose(archive)
        }
    }

    private func set(_ setting: Setting, _ values: [SettingWord], _ archive: ArchiveFolder) throws {
        let held = try archive.takeLock(timeout: lock.lockTimeout)
        defer { withExtendedLifetime(held) {} }
        let isChanged: Bool
        do {
            isChanged = try archive.set(setting, values)
        } catch let error as ConfigurationError {
            throw error.problem(error.line > 0 ? ".provenance/config" : setting.rawValue)
        }
        let shown = values.isEmpty ? setting.defaults : values
        if common.json {
            common.print(
                json: .object([
                    "status": "verified".json, "key": setting.rawValue.json, "changed": .bool(isChanged),
                    "value": .array(shown.map { $0.description.json }),
                ]))
            return
        }
        let words = ([setting.rawValue] + shown.map(\.description)).map { Console.escape($0) }.joined(separator: " ")
        common.console.outcome(
            isChanged
                ? "Written: \(words). It is in force after `provenance config approve`."
                : "It stood there already: \(words).")
    }

    private func propose(_ archive: ArchiveFolder) throws {
        let proposal = try Proposal.read(archive.root)
        let listing = ProposalListing(proposal, common.console)
        guard !common.json else { return common.print(json: listing.json) }
        let view = try LogView(archive, trust: .nothing)
        let isApproved = try view.wrapped { try RulesApproval.find(view.reader, in: archive) } != nil
        let configuration = (try? archive.configuration.settings.get()) ?? Configuration()
        listing.print(beside: configuration, isApproved: isApproved)
        let count = Console.count(proposal.posts, "post")
        guard !proposal.fitsDefaults else {
            return common.console.outcome("The defaults fit the \(count) that were looked at; nothing is proposed.")
        }
        guard !proposal.lines.isEmpty, Console.canAsk, !common.quiet,
            Console.ask("Write these settings to .provenance/config?")
        else {
            return common.console.outcome("Proposed by \(count); nothing was written.")
        }
        let held = try archive.takeLock(timeout: lock.lockTimeout)
        defer { withExtendedLifetime(held) {} }
        do { for line in proposal.lines { _ = try archive.set(line.setting, line.words) } } catch {
            throw (error as? ConfigurationError)?.problem(".provenance/config") ?? Problem(any: error)
        }
        common.console.outcome("Written. It is in force after `provenance config approve`.")
    }

    private func approve(_ archive: ArchiveFolder, _ environment: Environment) throws {
        StopSignal.watch()
        var options = Recorder.Options(
            passphrase: try signing.passphrase(), lockTimeout: lock.lockTimeout, version: Provenance.version)
        options.shouldStop = { StopSignal.caught != nil }
        let console = common.console
        let asks = Console.canAsk && !common.json && !common.quiet
        let approved = try Recorder.approve(archive, options: options, environment) { changes in
            if common.json { return true }
            for change in changes {
                console.line((change.weakens ? "WEAKENS  " : "         ") + Console.escape(change.text))
            }
            return !asks || Console.ask("Approve these rules?")
        }
        guard let approved else {
            console.outcome("Nothing was approved.", failed: true)
            throw Finished(status: .environment)
        }
        if common.json {
            common.print(
                json: .object([
                    "status": "verified".json, "rules": approved.rules.digest.hex.json,
                    "accession": approved.accession.map { .number($0) } ?? .null,
                    "changes": .array(
                        approved.changes.map { .object(["text": $0.text.json, "weakens": .bool($0.weakens)]) }),
                    "size": .number(approved.checkpoint.size), "root": approved.checkpoint.root.hex.json,
                ]))
            return
        }
        guard let accession = approved.accession else {
            console.outcome("These rules are in force already: the log stays as it is.")
            return
        }
        console.line("rules      \(approved.rules.digest.hex)")
        console.line("accession  entry \(accession)")
        console.outcome("Approved: these rules are in force from now on. Keep the folder rules/ with the log.")
    }
}

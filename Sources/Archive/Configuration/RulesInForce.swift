import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification

/// The rules that decide what is recorded, and where the archive's files differ from them.
///
/// "So the rules in force are those the log last approved … A file that differs is not in force: the old rules go on, `add`,
/// `status`, `maintain` exit 1 with the difference and the commit that made it." (config.md)
///
/// The approval must come from entries that were authenticated in the same run.
public struct RulesInForce: Sendable {
    /// The settings in force.
    public let configuration: Configuration
    /// The approval; `nil` for a log without one, which has the defaults.
    public let approval: RulesApproval?
    /// What the archive's files say otherwise.
    public let differences: [RulesDifference]
    /// Settings of the approved text that this version does not understand and so does not apply.
    public let notUnderstood: [String]
    /// The approved bytes of guarded files that stand otherwise now; `nil` for one that was approved to be absent.
    package let replaced: [RawPath: [UInt8]?]

    /// The rules of a log without approval whose archive says nothing else.
    public static let defaults = RulesInForce(configuration: Configuration(), approval: nil)

    private init(
        configuration: Configuration, approval: RulesApproval?, differences: [RulesDifference] = [],
        notUnderstood: [String] = [], replaced: [RawPath: [UInt8]?] = [:]
    ) {
        self.configuration = configuration
        self.approval = approval
        self.differences = differences
        self.notUnderstood = notUnderstood
        self.replaced = replaced
    }

    /// Which names below the archive's folder are posts, and which are left out.
    public var posts: PostFilter { configuration.posts }

    /// The problems to tell; each leads to exit 1.
    public var problems: [Problem] { differences.map(\.problem) }

    /// The rules by which files are read as posts.
    ///
    /// A log without approval is read as before, by the rules of `provenance/post@v1` alone.
    public var reading: ReadingRules {
        guard approval != nil else { return .v1 }
        return ReadingRules(
            sourceKeys: configuration.keys(.source), datedKeys: configuration.keys(.dated),
            titleKeys: configuration.keys(.title), acceptsPlain: configuration.acceptsPlain,
            requiresAddress: !configuration.acceptsAnySource, recordsV2: true)
    }

    /// Which names may be those of recorded posts: once rules were approved, names that earlier rules took for posts too.
    public var searched: PostFilter { RulesInForce.searched(approval) }

    /// The same for the last approval in a log, whatever it approved.
    package static func searched(_ approval: RulesApproval?) -> PostFilter { approval == nil ? .markdown : .all }

    /// Whether a walk by these rules finds what a walk by the defaults does.
    package var walksAsDefaults: Bool { posts == .markdown && replaced.isEmpty }

    /// What is to be said of settings that this version does not apply.
    package var remark: Remark? {
        guard !notUnderstood.isEmpty else { return nil }
        return Remark(
            .rules,
            "the approved rules have settings that this version does not understand and does not apply: "
                + notUnderstood.joined(separator: ", "))
    }

    /// The keys that the archive publishes, by the approved files.
    package func publishedKeys(_ keys: RawPath) throws(Problem) -> Trust {
        var files: [RawPath: [UInt8]?] = [:]
        for (path, bytes) in replaced where path.parent == "keys" { files[path.lastElement] = bytes }
        return try Trust.folder(keys, replacing: files)
    }

    /// Which folders of an archive a walk marks as ignored, by the approved `.gitignore`.
    package func ignoredFolders(_ root: RawPath, named: Set<RawPath>) -> IgnoredFolders {
        let path: RawPath = ".gitignore"
        return IgnoredFolders(root, named: named, topFile: replaced[path].map { $0 ?? [] })
    }

    /// Finds the rules in force.
    ///
    /// - Parameters:
    ///   - approval: The last approval in the log; `nil` if there is none.
    ///   - archive: The archive.
    /// - Returns: The rules, with what differs from them.
    /// - Throws: `Problem` with `E-RULES-MISSING` where approved bytes that are needed are not in `rules/`.
    public static func read(_ approval: RulesApproval?, of archive: ArchiveFolder) throws(Problem) -> RulesInForce {
        let change = LastChange(archive.root)
        let configPath = ArchiveFolder.localFolder.appending("config")
        // Read anew: what came from a shared repository may have replaced it since the archive was found.
        let bytes = (try? readFileIfPresent(archive.config, limit: ConfigurationFile.maxBytes)) ?? nil
        let now = bytes.flatMap { try? ConfigurationFile(parsing: $0, place: "") } ?? archive.configuration
        func configured(_ approved: Configuration, _ advice: String) -> [RulesDifference] {
            // Git is asked for the commit only where something differs.
            if case .success(let now) = now.settings, now == approved { return [] }
            return RulesDifference.settings(
                approved, now.settings, place: configPath.description, since: change.words(configPath, bytes),
                advice: advice)
        }
        guard let approval else {
            return RulesInForce(
                configuration: Configuration(), approval: nil,
                differences: configured(
                    Configuration(),
                    "`provenance config` shows it; `provenance config approve` brings it into force"))
        }
        let folder = RulesFolder(archive)
        let text = try text(approval, folder)
        let advice =
            "if this is meant, `provenance config approve` brings it into force; else put the file back: "
            + "`provenance config` shows what is approved"
        var differences = configured(text.configuration, advice)
        var replaced: [RawPath: [UInt8]?] = [:]
        for path in RulesFolder.guarded {
            let wanted = text.files[path]
            let now = Result(catching: { () throws(FileError) in try folder.current(path) })
            if case .success(let bytes) = now, bytes.map({ SHA256.hash($0) }) == wanted { continue }
            let bytes = wanted.flatMap { folder.bytes($0) }
            if let wanted, bytes == nil, RulesFolder.read.contains(path) {
                throw missing(wanted, "the approved bytes of \(path)", approval)
            }
            replaced[path] = bytes
            differences.append(
                RulesDifference.file(
                    path, approved: bytes, wanted, now: now, since: change.words(path, (try? now.get()) ?? nil),
                    advice: advice))
        }
        return RulesInForce(
            configuration: text.configuration, approval: approval, differences: differences,
            notUnderstood: text.notUnderstood
                + text.files.keys.filter { !RulesFolder.guarded.contains($0) }.sorted().map { "file \($0)" },
            replaced: replaced)
    }

    /// The rules in force of a log, by its last approval.
    package static func of(_ view: LogView) throws -> RulesInForce {
        try read(try RulesApproval.find(view.reader, in: view.archive), of: view.archive)
    }

    /// The text that the log approved.
    package static func text(_ approval: RulesApproval, _ folder: RulesFolder) throws(Problem) -> RulesText {
        guard let bytes = folder.bytes(approval.digest) else {
            throw missing(approval.digest, "the text of the approved rules", approval)
        }
        do throws(ConfigurationError) { return try RulesText(parsing: bytes) } catch {
            throw Problem(
                .rulesMissing, "rules/\(approval.digest.hex):\(error.line)",
                "the rules that accession \(approval.entry) approved cannot be read: found \(error.found), wanted \(error.wanted)",
                advice: "use the version of provenance that approved them, or a newer one; or approve anew")
        }
    }

    private static func missing(_ digest: Digest, _ what: String, _ approval: RulesApproval) -> Problem {
        Problem(
            .rulesMissing, "rules/\(digest.hex)",
            "\(what) is not here as accession \(approval.entry) names it; nothing is recorded without it",
            advice:
                "restore the file from git or a backup, any copy will do; or approve anew: provenance config approve")
    }
}

extension LogView {
    /// Which names are posts by the rules that were approved last, and which may be those of recorded posts, for commands
    /// that look at a folder and record nothing. Where the text of the rules is not here, which `status` tells, every name
    /// may be one.
    public var postNames: (posts: PostFilter, searched: PostFilter) {
        guard let approval = try? RulesApproval.find(reader, in: archive) else { return (.markdown, .markdown) }
        let text = try? RulesInForce.text(approval, RulesFolder(archive))
        return (text?.configuration.posts.withoutPatterns ?? .markdown, RulesInForce.searched(approval))
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceVerification

extension Recorder {
    /// What an approval did.
    public struct Approved: Sendable {
        /// The rules that are in force now.
        public let rules: RulesText
        /// The accession that approves them; `nil` where they were in force before, and nothing was written.
        public let accession: UInt64?
        /// What is other than before.
        public let changes: [RulesChange]
        /// The log's checkpoint afterwards.
        public let checkpoint: Checkpoint
    }

    /// Brings the archive's configuration, and the files approved with it, into force.
    ///
    /// "`config approve`, with the signer's key, writes an accession@v2 (no posts needed) whose `rules` line is the SHA-256 of
    /// the configuration's canonical text, kept as `rules/<digest>` outside log/" (config.md)
    ///
    /// - Parameters:
    ///   - archive: The archive.
    ///   - options: The options.
    ///   - environment: Clock and randomness.
    ///   - confirm: Told what is other than before, ahead of the signature; `false` approves nothing.
    /// - Returns: What was approved; `nil` where it was not confirmed.
    /// - Throws: `Problem`. Until the accession is durable the rules before go on.
    public static func approve(
        _ archive: ArchiveFolder, options: Options, _ environment: Environment,
        confirm: ([RulesChange]) -> Bool = { _ in true }
    ) throws(Problem) -> Approved? {
        let lock = try archive.takeLock(timeout: options.lockTimeout, shouldStop: options.shouldStop)
        defer { withExtendedLifetime(lock) {} }
        do {
            let configuration: Configuration
            let file = try archive.configurationNow().file
            do throws(ConfigurationError) { configuration = try file.settings.get() } catch {
                throw error.problem(".provenance/config")
            }
            try Initialization.writeGitFiles(archive.root, endings: configuration.posts.endings, hasRules: true)
            let folder = RulesFolder(archive)
            let files = try folder.current()
            let rules = RulesText(configuration, files: files.mapValues { SHA256.hash($0) })
            guard rules.encoded().count <= RulesText.maxBytes else {
                throw Problem(
                    .usage, ".provenance/config",
                    "the rules are \(rules.encoded().count) bytes long; at most \(RulesText.maxBytes) can be approved",
                    advice: "join patterns of `ignore`")
            }
            let session = try FolderSequencer(archive, passphrase: options.passphrase).begin()
            let base = session.base
            var last = try RulesApproval.find(base, in: archive)
            let signers = try signers(session, archive, .defaults)
            // One that no signer made is no approval: these rules are approved anew.
            if let found = last, (try? found.requireSignature(base, signers: signers)) == nil { last = nil }
            // Rules whose text is lost are approved anew, also where they are the same.
            let old = last.flatMap { try? RulesInForce.text($0, folder) }
            if let old, last?.digest == rules.digest {
                try folder.keep(old, files)
                return Approved(rules: rules, accession: nil, changes: [], checkpoint: base.checkpoint)
            }
            let changes = RulesChange.all(from: old, to: rules, replacing: last) { digest in
                files.values.first { SHA256.hash($0) == digest } ?? folder.bytes(digest)
            }
            guard confirm(changes) else { return nil }
            // Durable before the log names it.
            try folder.keep(rules, files)
            var options = options
            options.heartbeat = true
            options.rules = rules.digest
            let outcome = try runLocked([], archive, options, environment) { _ in }
            return Approved(
                rules: rules, accession: outcome.accession, changes: changes, checkpoint: outcome.checkpoint)
        } catch {
            throw Problem(any: error)
        }
    }
}

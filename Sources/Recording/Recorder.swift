import Dispatch
import Logging
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification
import Synchronization

/// One `add`: records posts, then appends an accession entry that states what was seen.
///
/// ```swift
/// let environment = Environment.ofProcess()
/// let archive = try ArchiveFolder.find(given: nil, environment)
/// let options = Recorder.Options(version: "example")
/// let outcome = try Recorder.run([archive.root], archive: archive, options: options, environment)
/// print("\(outcome.recorded) recorded, \(outcome.refused) refused, \(outcome.replaced.count) replaced")
/// ```
public struct Recorder {
    /// The options of an `add`.
    public struct Options: Sendable {
        /// The passphrase of the private keys.
        public var passphrase: Secret?
        /// Seconds to wait for the lock.
        public var lockTimeout: Double
        /// Whether to write an accession even if nothing is new.
        public var heartbeat: Bool
        /// Maximum files in a commit.
        public var batch: Int
        /// The program's version, for the `tool` line.
        public var version: String
        /// Whether the caller saves the last signed checkpoint, once what was recorded is published elsewhere.
        public var defersMemory = false
        /// Whether to report what an `add` would do and write nothing. Needs the private keys, and takes no lock.
        public var isDryRun = false
        /// Tokens of sets of posts that are gone for good (`MassChange.token`).
        public var massChanges: Set<String> = []
        /// Rules by which files are read in place of those in force, for programs that have rules of their own.
        public var reading: ReadingRules?
        /// SHA-256 of rules that the accession brings into force, kept in `rules/` before; `nil` for those that are in force.
        public var rules: Digest?
        /// Asked before each batch whether to stop. What was seen by then is recorded, and the accession is closed.
        public var shouldStop: @Sendable () -> Bool = { false }
        /// Logs each commit at level debug; silent by default.
        public var logger = Logger(label: "provenance", factory: { _ in SwiftLogNoOpLogHandler() })

        /// Makes options with their defaults: 1,024 files a commit use little memory and few fsyncs.
        public init(
            passphrase: Secret? = nil, lockTimeout: Double = 60, heartbeat: Bool = false, batch: Int = 1024,
            version: String
        ) {
            self.passphrase = passphrase
            self.lockTimeout = lockTimeout
            self.heartbeat = heartbeat
            self.batch = max(1, batch)
            self.version = version
        }
    }

    /// The result of an `add`.
    public struct Outcome: Sendable {
        /// Index of the first new record; the log's size before if there is none.
        public var first: UInt64 = 0
        /// Posts recorded.
        public var recorded: UInt64 = 0
        /// Files with recorded bytes at a new place.
        public var known: UInt64 = 0
        /// Files newly refused.
        public var refused: UInt64 = 0
        /// All other files that were seen.
        public var unchanged: UInt64 = 0
        /// Places that hold other bytes than were registered there, in the order of the walk.
        public var replaced: [Replacement] = []
        /// The problems of the newly refused files, in the order of the walk.
        public var refusals: [Problem] = []
        /// Files refused by an earlier `add` and unchanged since; they are among those that are unchanged.
        public var stillRefused: UInt64 = 0
        /// Whether newly refused files are on the register; not so for one that was named alone.
        public var isOnRegister = true
        /// Refused files by what would accept them.
        public var acceptable: [Acceptance: UInt64] = [:]
        /// Claims that the rules require and new records do not make: the number of posts, and the first one.
        public var claimsLost: [String: (count: UInt64, example: String)] = [:]
        /// What differs from the rules in force, which went on.
        public var rulesProblems: [Problem] = []
        /// Folders and arguments that could not be read.
        public var unreadable: [Problem] = []
        /// Names that were left out.
        public var notLookedAt = NotLookedAt()
        /// Warnings by code, and by the key or form that they speak of: their number, and the first one.
        public var warnings: [String: (count: UInt64, example: String)] = [:]
        /// Remarks beside the posts, with stable codes: a clock that is behind, an index that is out of date.
        public var remarks: [Remark] = []
        /// The accession entry, if one was written.
        public var accession: UInt64?
        /// Number of lines in the register.
        public var lines = 0
        /// The log's checkpoint afterwards.
        public var checkpoint: Checkpoint
        /// Whether it was stopped before it had seen everything.
        public var isStopped = false
        /// Total size of the recorded posts, in bytes.
        public var bytes: UInt64 = 0

        /// The exit status of this outcome.
        public func status(tolerateRefused: Bool) -> ExitStatus {
            if !replaced.isEmpty || !rulesProblems.isEmpty { return .failed }
            if !unreadable.isEmpty || isStopped { return .environment }
            if refused > 0, !tolerateRefused { return .environment }
            if !claimsLost.isEmpty { return .environment }
            return recorded + known + refused + unchanged == 0 && accession == nil ? .inconclusive : .verified
        }
    }

    /// Records the posts that the arguments name.
    ///
    /// - Parameters:
    ///   - arguments: Files and folders as typed.
    ///   - archive: The archive.
    ///   - options: The options.
    ///   - environment: Clock, randomness and the folder that relative paths start from.
    ///   - progress: Called after each commit with the number of files seen.
    /// - Returns: The outcome, with every file counted.
    /// - Throws: `Problem`. Records reported before the error are durable, and the next `add` continues from them.
    public static func run(
        _ arguments: [RawPath], archive: ArchiveFolder, options: Options, _ environment: Environment,
        progress: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) throws(Problem) -> Outcome {
        // "Readers need no lock": taking it writes who holds it.
        let lock =
            try options.isDryRun
            ? nil : archive.takeLock(timeout: options.lockTimeout, shouldStop: options.shouldStop)
        defer { withExtendedLifetime(lock) {} }
        do { return try runLocked(arguments, archive, options, environment, progress) } catch {
            throw Problem(any: error)
        }
    }

    /// Counts the files that `run` would see, as the total for progress.
    public static func count(_ arguments: [RawPath], archive: ArchiveFolder, _ environment: Environment) -> UInt64 {
        let view = try? LogView(archive, trust: .nothing)
        let rules = view.flatMap { try? RulesInForce.of($0) } ?? .defaults
        return PostSources(arguments, archive: archive, environment, rules: rules).reduce(0) { count, _ in count + 1 }
    }

    static func runLocked(
        _ arguments: [RawPath], _ archive: ArchiveFolder, _ options: Options, _ environment: Environment,
        _ progress: @escaping @Sendable (UInt64) -> Void
    ) throws -> Outcome {
        // Which rules are in force shows when the log is read; the first batch is sought meanwhile by the defaults.
        var feed = CandidateFeed(arguments, archive: archive, environment, size: options.batch, rules: .defaults)
        defer { feed.settle() }
        let now = try environment.time()
        let session = try sequencer(archive, options).begin()
        guard !feed.isEmpty || arguments.isEmpty else {
            var outcome = Outcome(checkpoint: session.base.checkpoint)
            outcome.unreadable = feed.unreadable()
            return outcome
        }
        let state = try RecordedState.read(session.base, of: archive)
        let rules = try options.rules == nil ? RulesInForce.read(state.approval, of: archive) : .defaults
        if let linked = state.linked, state.approval != nil || options.rules != nil {
            throw Problem(
                .archiveVersion, "entry \(linked)",
                "a later version of provenance wrote it, and an accession of this version would deny that it is there",
                advice: "use the version that wrote it, or a newer one")
        }
        if let approval = state.approval, options.rules == nil {
            try approval.requireSignature(session.base, signers: signers(session, archive, rules))
        }
        if !rules.walksAsDefaults {
            feed.settle()
            feed = CandidateFeed(arguments, archive: archive, environment, size: options.batch, rules: rules)
        }
        let (accepted, returned) = try refuseMassChanges(feed, state, rules, session.base, archive, options)
        let reading = options.reading ?? rules.reading
        let workers = WorkerPool(
            try (0..<coreCount).map { _ in
                try PostWorker(session, archive, state, rules, reading: reading, roots: feed.roots)
            },
            length: postsInRun)
        let (index, indexFailure) = options.isDryRun ? (nil, nil) : openIndex(archive, session.base)
        let committer = Committer(
            session, archive, index: index, roots: feed.roots, options: options,
            rules: options.rules ?? rules.approval?.digest,
            forgetsRefusal: feed.oneFile != nil && !options.heartbeat && !feed.isRegistered(state),
            environment: environment,
            progress: progress)
        // Posts are read and signed on all cores while earlier batches are written; waiting for an fsync uses no core.
        let committing = SerialThread()
        let ahead = DispatchSemaphore(value: batchesAhead)
        let failure = Mutex<(any Error)?>(nil)
        var isStopped = false
        do {
            var isLast = false
            while !isLast {
                isStopped = options.shouldStop()
                let batch = isStopped ? [] : feed.next()
                isLast = batch.count < options.batch
                let examined = try examine(batch, workers, recorded: try environment.time())
                ahead.wait()
                let closes = isLast
                committing.async {
                    defer { ahead.signal() }
                    // "An fsync error is fatal": batches examined in the meantime are not written.
                    guard failure.withLock({ $0 == nil }) else { return }
                    do { try committer.commit(examined, closes: closes) } catch { failure.withLock { $0 = error } }
                }
                if let error = failure.withLock({ $0 }) { throw error }
            }
            committing.wait()
            if let error = failure.withLock({ $0 }) { throw error }
        } catch {
            committing.wait()
            committer.abandon()
            throw error
        }
        var outcome = committer.outcome
        outcome.remarks = remarks(state, now: now, indexFailure ?? committer.indexFailure)
        if let remark = rules.remark { outcome.remarks.append(remark) }
        outcome.rulesProblems = rules.problems
        outcome.notLookedAt.looksAtMarkdown = rules.posts.endings.contains(".md")
        if !options.defersMemory, let remark = SignedMemory.remark(archive) { outcome.remarks.append(remark) }
        // The index is derived, and the next command rebuilds it from the log; the records are durable without it.
        if let failure = committer.indexFailure {
            committer.abandon()
            if failure.kind == .damaged { try? archive.indexLocation.remove() }
        }
        if !options.isDryRun { try remember(feed.insideFolders(), accepted, returned, archive) }
        outcome.notLookedAt.names = feed.passedOver()
        outcome.unreadable = feed.unreadable() + outcome.unreadable
        outcome.isStopped = isStopped
        return outcome
    }

    /// Whose records count: the session's own signer, and those that the archive publishes by its approved files.
    static func signers(
        _ session: any SequencerSession, _ archive: ArchiveFolder, _ rules: RulesInForce
    ) throws -> [VerifierKey] {
        let (name, key) = session.signer
        let own = try VerifierKey(name: name, kind: .ed25519, publicKey: key.publicKey.raw)
        let published = (try? rules.publishedKeys(archive.keys))?.sets.flatMap(\.signers) ?? []
        return published.filter { $0 != own } + [own]
    }

    private static func sequencer(_ archive: ArchiveFolder, _ options: Options) -> any Sequencer {
        if options.isDryRun {
            return DryRunSequencer(archive, passphrase: options.passphrase, defersMemory: options.defersMemory)
        }
        return FolderSequencer(archive, passphrase: options.passphrase, defersMemory: options.defersMemory)
    }

    /// Saves the names of the folders, and what was accepted of them.
    private static func remember(
        _ folders: [RawPath], _ accepted: [MassChange], _ returned: Set<Digest>, _ archive: ArchiveFolder
    ) throws(Problem) {
        // A token is good for its set only: posts that came back are asked about again.
        if !accepted.isEmpty || !returned.isEmpty {
            try MassChangeMemory(archive).update(accepting: accepted, dropping: returned)
        }
        AddedFolders(archive).remember(folders)
        MassChangeMemory(archive).noteMounts(folders + folders.compactMap { $0.elements.first.map { RawPath($0) } })
    }

    /// Refuses to record while posts of a folder are gone all at once, unless somebody said that they are gone for good.
    ///
    /// - Returns: The sets that were accepted, and posts of earlier ones that are there again.
    private static func refuseMassChanges(
        _ feed: CandidateFeed, _ state: RecordedState, _ rules: RulesInForce, _ reader: LogReader,
        _ archive: ArchiveFolder, _ options: Options
    ) throws -> (accepted: [MassChange], returned: Set<Digest>) {
        let found = try EmptyFolders.find(
            feed.folders + addedFolders(below: feed.folders, archive), roots: feed.roots,
            rules, reader, archive)
        let names = Set(found.map(\.path))
        // One question for a folder and those below it: `status` prints the token of the outermost.
        let empty = found.filter { !lies($0.path.parent, inOneOf: names) }
        let missing = try MassMissing.find(feed.folders, state, reader, archive)
        let changes = MassChange.find(
            empty + missing.folders.filter { !names.contains($0.path) }, posts: rules.posts, in: archive)
        let open = changes.filter { !options.massChanges.contains($0.token) }
        if let first = open.first { throw first.problem }
        return (changes, missing.returned)
    }

    /// Folders that were added by themselves and lie below one that is named: each may be a disk of its own.
    private static func addedFolders(below named: [NamedFolder], _ archive: ArchiveFolder) -> [NamedFolder] {
        let inside = named.filter(\.isInside)
        guard let root = inside.first?.root else { return [] }
        let names = Set(inside.map(\.path))
        return AddedFolders(archive).all().filter { $0 != "." && lies($0.parent, inOneOf: names) }.sorted().map {
            NamedFolder(root: root, path: $0, place: archive.root.appending($0), skip: [], isInside: true)
        }
    }

    /// Whether a path is one of some folders, or lies below one.
    private static func lies(_ path: RawPath, inOneOf folders: Set<RawPath>) -> Bool {
        var folder = path
        while !folders.contains(folder) {
            if folder.parent == folder { return false }
            folder = folder.parent
        }
        return true
    }

    /// Maximum batches waiting for their commit, about 1.5 MB of notes: enough work while the index takes its rows.
    private static let batchesAhead = 3

    /// Posts that a core takes at a time: few, so that the commit gets a core and no core waits long at the end.
    private static let postsInRun = 64

    private static func examine(
        _ batch: [Candidate], _ workers: WorkerPool<PostWorker>, recorded: Int64
    ) throws(Problem) -> [[ExaminedPost]] {
        try workers.over(batch.count) { (worker, range) throws(Problem) in
            try worker.examine(batch[range], recorded: recorded)
        }
    }

    /// Opens the index and updates it to the log. A damaged one is deleted and rebuilt, since it is derived.
    ///
    /// - Returns: The index, or the reason why there is none; recording does not need it.
    private static func openIndex(
        _ archive: ArchiveFolder, _ reader: LogReader
    ) -> (index: (any ArchiveIndex)?, failure: IndexError?) {
        func open() throws -> any ArchiveIndex {
            let index = try archive.indexLocation.openForWriting(isNewLog: reader.size == 0)
            if reader.size > 0 { try IndexBuilder.update(index, to: reader, archive: archive) }
            return index
        }
        do { return (try open(), nil) } catch {
            let failure = IndexError(any: error)
            guard failure.kind == .damaged else { return (nil, failure) }
        }
        do {
            try archive.indexLocation.remove()
            return (try open(), nil)
        } catch {
            return (nil, IndexError(any: error))
        }
    }

    // MARK: Remarks

    private static func remarks(_ state: RecordedState, now: Int64, _ indexFailure: IndexError?) -> [Remark] {
        var remarks: [Remark] = []
        if let newest = state.newest, newest.recorded > now {
            remarks.append(
                Remark(
                    .clock,
                    "the clock shows \(UTCTime.text(now)), and entry \(newest.entry) states a later time, "
                        + "\(UTCTime.text(newest.recorded)): one of the two is wrong"))
        }
        if let first = state.missingRegisters.first {
            let count = state.missingRegisters.count
            remarks.append(
                Remark(
                    .register,
                    "the register of accession \(first) \(count > 1 ? "and \(count - 1) more are" : "is") not here as logged, or has lines withheld: "
                        + "a change at a place that only they name is not noticed (`provenance status` says which)"))
        }
        if let indexFailure {
            remarks.append(
                Remark(
                    .index,
                    "the index is out of date (\(indexFailure.problem.reason)); nothing that is recorded depends on it, and "
                        + "the next add brings it up to date"))
        }
        return remarks
    }
}

import Dispatch
import Logging
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification
import Synchronization

/// One `add`: it records posts, and closes with an accession entry that says what it saw.
public struct Recorder {
    /// How an `add` is to be done.
    public struct Options: Sendable {
        /// Passphrase of the private keys.
        public var passphrase: Secret?
        /// Seconds to wait for the lock.
        public var lockTimeout: Double
        /// Whether to write an accession that learned nothing.
        public var heartbeat: Bool
        /// Entries a commit.
        public var batch: Int
        /// The program's version, for the `tool` line.
        public var version: String
        /// Asked before each batch whether to stop there: what was seen by then is recorded and closed with an accession.
        public var shouldStop: @Sendable () -> Bool = { false }
        /// Told of each commit, at the level debug; silent by default.
        public var logger = Logger(label: "provenance", factory: { _ in SwiftLogNoOpLogHandler() })

        /// Options with their defaults: 1,024 entries a commit keeps memory small and fsyncs rare.
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

    /// What an `add` did.
    public struct Outcome: Sendable {
        /// Index of the first record, or the log's size before.
        public var first: UInt64 = 0
        /// Posts recorded.
        public var recorded: UInt64 = 0
        /// Known bytes at a new placement.
        public var known: UInt64 = 0
        /// Files newly refused.
        public var refused: UInt64 = 0
        /// Everything else it saw.
        public var unchanged: UInt64 = 0
        /// Places that hold other bytes than were registered there before, in walk order.
        public var replaced: [Replacement] = []
        /// What is wrong with the files newly refused, in walk order.
        public var refusals: [Problem] = []
        /// Folders and arguments that could not be read.
        public var unreadable: [Problem] = []
        /// Warnings by code: how many, and the first of them.
        public var warnings: [String: (count: UInt64, example: String)] = [:]
        /// What is to be known beside the posts, with stable codes: a clock that is behind, an index that is out of date.
        public var remarks: [Remark] = []
        /// The accession entry, when one was written.
        public var accession: UInt64?
        /// The register's lines.
        public var lines = 0
        /// The log's checkpoint afterwards.
        public var checkpoint: Checkpoint
        /// Whether it stopped before it had seen everything.
        public var isStopped = false
        /// Bytes of the posts recorded.
        public var bytes: UInt64 = 0

        /// What it makes of the exit code.
        public func status(tolerateRefused: Bool) -> ExitStatus {
            if !replaced.isEmpty { return .failed }
            if !unreadable.isEmpty || isStopped { return .environment }
            if refused > 0, !tolerateRefused { return .environment }
            return recorded + known + refused + unchanged == 0 && accession == nil ? .inconclusive : .verified
        }
    }

    /// Records the posts that the arguments name.
    ///
    /// - Parameters:
    ///   - arguments: Files and folders as typed.
    ///   - archive: The archive.
    ///   - options: How it is to be done.
    ///   - environment: Clock, randomness and the folder that relative paths start from.
    ///   - progress: Called after each commit with the number of files seen.
    /// - Returns: What became of every file.
    /// - Throws: `Problem`. What was reported as recorded before it is durable; the next `add` goes on from there.
    public static func run(
        _ arguments: [RawPath], archive: ArchiveFolder, options: Options, _ environment: Environment,
        progress: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) throws(Problem) -> Outcome {
        let lock = try archive.takeLock(timeout: options.lockTimeout, shouldStop: options.shouldStop)
        defer { withExtendedLifetime(lock) {} }
        do { return try runLocked(arguments, archive, options, environment, progress) } catch {
            throw Problem(any: error)
        }
    }

    /// Counts the files that `run` would see, so that progress can say how much is left.
    public static func count(_ arguments: [RawPath], archive: ArchiveFolder, _ environment: Environment) -> UInt64 {
        PostSources(arguments, archive: archive, environment).reduce(0) { count, _ in count + 1 }
    }

    private static func runLocked(
        _ arguments: [RawPath], _ archive: ArchiveFolder, _ options: Options, _ environment: Environment,
        _ progress: @escaping @Sendable (UInt64) -> Void
    ) throws -> Outcome {
        let feed = CandidateFeed(arguments, archive: archive, environment, size: options.batch)
        let now = try environment.time()
        let session = try FolderSequencer(archive, passphrase: options.passphrase).begin()
        guard !feed.isEmpty || arguments.isEmpty else {
            var outcome = Outcome(checkpoint: session.base)
            outcome.unreadable = feed.unreadable()
            return outcome
        }
        let reader = try LogReader(archive.storage, session.base)
        let state = try RecordedState.read(reader, of: archive)
        try EmptyFolders.refuse(feed.folders, roots: feed.roots, reader, archive)
        let workers = WorkerPool(
            try (0..<coreCount).map { _ in try PostWorker(session, archive, state, roots: feed.roots) },
            length: postsInRun)
        let (index, indexFailure) = openIndex(archive, reader)
        let committer = Committer(
            session, archive, index: index, roots: feed.roots, options: options, environment: environment,
            progress: progress)
        // Posts are read and signed on all cores while the batches before are written: their fsyncs cost no core.
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
                    // "An fsync error is fatal": what was examined meanwhile is not written after it.
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
        // It is derived: the next command builds it again, from the log. What was recorded is, whether or not it goes.
        if let failure = committer.indexFailure {
            committer.abandon()
            if failure.kind == .damaged { try? archive.indexLocation.remove() }
        }
        AddedFolders(archive).remember(feed.insideFolders())
        outcome.unreadable = feed.unreadable() + outcome.unreadable
        outcome.isStopped = isStopped
        return outcome
    }

    /// Batches that may wait for their commit: enough to work on while the index takes its rows, some 1.5 MB of notes.
    private static let batchesAhead = 3

    /// Posts that a core takes at a time: the commit wants a core too, and no other core waits for long at the end.
    private static let postsInRun = 64

    private static func examine(
        _ batch: [Candidate], _ workers: WorkerPool<PostWorker>, recorded: Int64
    ) throws(Problem) -> [[ExaminedPost]] {
        try workers.over(batch.count) { (worker, range) throws(Problem) in
            try worker.examine(batch[range], recorded: recorded)
        }
    }

    /// The index of the log as it stands; a damaged one is deleted and built again, for it is derived.
    ///
    /// - Returns: The index, or why there is none: what is recorded does not hang on it.
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

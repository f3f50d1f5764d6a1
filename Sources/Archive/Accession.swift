import Dispatch
import Files
import Log
import Logging
import Merkle
import Note
import OpenSSL
import Post
import Synchronization

/// One `add`: it records posts, and closes with an accession entry that says what it saw.
public struct Accession {
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
        /// What is wrong with the files newly refused, in walk order.
        public var refusals: [Problem] = []
        /// Folders and arguments that could not be read.
        public var unreadable: [Problem] = []
        /// Warnings by code: how many, and the first of them.
        public var warnings: [String: (count: UInt64, example: String)] = [:]
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
    ///   - surroundings: Clock, randomness and the folder that relative paths start from.
    ///   - progress: Called after each commit with the number of files seen.
    /// - Returns: What became of every file.
    /// - Throws: `Problem`. What was reported as recorded before it is durable; the next `add` goes on from there.
    public static func run(
        _ arguments: [RawPath], archive: ArchiveFolder, options: Options, _ surroundings: Surroundings,
        progress: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) throws(Problem) -> Outcome {
        let lock = try archive.takeLock(timeout: options.lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        do {
            return try runLocked(arguments, archive, options, surroundings, progress)
        } catch {
            guard Problem(any: error).code == Problem.Code.index.name else { throw Problem(any: error) }
        }
        // The index broke on the way. It is derived: once more with a new one, which finds what was recorded by then.
        do {
            try archive.removeIndex()
            return try runLocked(arguments, archive, options, surroundings, progress)
        } catch {
            throw Problem(any: error)
        }
    }

    /// Counts the files that `run` would see, so that progress can say how much is left.
    public static func count(_ arguments: [RawPath], archive: ArchiveFolder, _ surroundings: Surroundings) -> UInt64 {
        PostSources(arguments, archive: archive, surroundings).reduce(0) { count, _ in count + 1 }
    }

    private static func runLocked(
        _ arguments: [RawPath], _ archive: ArchiveFolder, _ options: Options, _ surroundings: Surroundings,
        _ progress: @escaping @Sendable (UInt64) -> Void
    ) throws -> Outcome {
        let feed = CandidateFeed(arguments, archive: archive, surroundings, size: options.batch)
        let log = try SignedLog(archive, passphrase: options.passphrase)
        try log.settle()
        let (index, isNew) = try openIndex(archive, log.reader)
        // What was just built of the log needs no comparison with it.
        let recorded =
            isNew ? nil : RecordedDigests(archive, log.reader.checkpoint, try RecordedDigests.seal(log.signerKey))
        try RegisterWriter.removeLeftovers(archive.accessions)
        guard !feed.isEmpty || arguments.isEmpty else {
            var outcome = Outcome(checkpoint: log.reader.checkpoint)
            outcome.unreadable = feed.unreadable()
            return outcome
        }
        let workers = Runs(
            try (0..<coreCount).map { _ in try PostWorker(log, index: index, recorded: recorded, roots: feed.roots) },
            length: postsInRun)
        let committer = AccessionCommitter(
            log, index: index, roots: feed.roots, options: options, surroundings: surroundings, progress: progress)
        // Posts are read and signed on all cores while the batches before are written: their fsyncs cost no core.
        let queue = DispatchQueue(label: "commit")
        let ahead = DispatchSemaphore(value: batchesAhead)
        let failure = Mutex<(any Error)?>(nil)
        var isStopped = false
        do {
            var isLast = false
            while !isLast {
                isStopped = options.shouldStop()
                let batch = isStopped ? [] : feed.next()
                isLast = batch.count < options.batch
                let examined = try examine(batch, workers, recorded: surroundings.clock())
                ahead.wait()
                let closes = isLast
                queue.async {
                    defer { ahead.signal() }
                    // "An fsync error is fatal": what was examined meanwhile is not written after it.
                    guard failure.withLock({ $0 == nil }) else { return }
                    do { try committer.commit(examined, closes: closes) } catch { failure.withLock { $0 = error } }
                }
                if let error = failure.withLock({ $0 }) { throw error }
            }
            queue.sync {}
            if let error = failure.withLock({ $0 }) { throw error }
        } catch {
            queue.sync {}
            committer.abandon()
            throw error
        }
        // It is derived: the next command builds it again, from the log. What was recorded is, whether or not it goes.
        if committer.isIndexBroken { committer.abandon() }
        if recorded?.isIndexWrong == true || committer.isIndexBroken { try? archive.removeIndex() }
        AddedFolders(archive).remember(feed.insideFolders())
        var outcome = committer.outcome
        outcome.unreadable = feed.unreadable() + outcome.unreadable
        outcome.isStopped = isStopped
        return outcome
    }

    /// Batches that may wait for their commit: enough to work on while the index takes its rows, some 1.5 MB of notes.
    private static let batchesAhead = 3

    /// Posts that a core takes at a time: the commit wants a core too, and no other core waits for long at the end.
    private static let postsInRun = 64

    private static func examine(
        _ batch: [Candidate], _ workers: Runs<PostWorker>, recorded: Int64
    ) throws(Problem) -> [[ExaminedPost]] {
        try workers.over(batch.count) { (worker, range) throws(Problem) in
            try worker.examine(batch[range], recorded: recorded)
        }
    }

    /// The index of the log as it stands; a broken one is deleted and built again, for it is derived.
    ///
    /// - Returns: the index, and whether it was made here, so that nobody else has had a hand in it.
    static func openIndex(
        _ archive: ArchiveFolder, _ reader: LogReader
    ) throws -> (index: Index, isNew: Bool) {
        do {
            if reader.size == 0 { return (try Index.forNewLog(archive.index), true) }
            let isNew = try FileStatus.of(archive.index) == nil
            let index = try Index.forWriting(archive.index)
            try IndexBuilder.update(index, to: reader, archive: archive)
            return (index, isNew)
        } catch let error as LogError {
            throw error
        } catch let error as Problem {
            throw error
        } catch {
            try archive.removeIndex()
            let index = try Index.forWriting(archive.index)
            try IndexBuilder.update(index, to: reader, archive: archive)
            return (index, true)
        }
    }
}

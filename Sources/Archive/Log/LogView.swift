import ProvenanceIndex
import ProvenanceLog
import ProvenanceNote
import ProvenanceVerification

/// What every thread of a reading command shares: one checkpoint, and who is trusted for it.
public struct LogContext: Sendable {
    /// The archive.
    public let archive: ArchiveFolder
    /// The checkpoint note as it is on disk.
    public let note: [UInt8]
    /// What the pinned keys say of it.
    public let checked: CheckedCheckpoint
    /// The signers that are pinned for this log.
    public let signers: [VerifierKey]

    /// Entries in the log.
    public var size: UInt64 { checked.checkpoint.size }

    /// A reader of the tree, authenticated against the checkpoint's root; each thread makes its own.
    public func makeReader() throws(LogError) -> LogReader {
        try LogReader(archive.storage, checked.checkpoint)
    }
}

/// The archive's log as a reading command sees it: one checkpoint, and everything as of it.
public final class LogView {
    /// What may be shared between threads.
    public let context: LogContext
    /// Reads the tree; for the thread that has the view.
    public let reader: LogReader

    /// The archive.
    public var archive: ArchiveFolder { context.archive }
    /// The checkpoint note as it is on disk.
    public var note: [UInt8] { context.note }
    /// What the pinned keys say of the checkpoint.
    public var checked: CheckedCheckpoint { context.checked }
    /// The signers that are pinned for this log.
    public var signers: [VerifierKey] { context.signers }

    /// Reads the checkpoint; needs no lock.
    ///
    /// - Throws: `Problem` when there is no log, or the checkpoint is none.
    public init(_ archive: ArchiveFolder, trust: Trust) throws(Problem) {
        do {
            guard let note = try LogReader.checkpointFile(archive.storage) else {
                throw Problem(
                    code: LogError.Code.missing.name, place: "log/checkpoint", reason: "the log has no checkpoint",
                    advice:
                        "`provenance repair --from` takes it from a copy of the archive, or restore log/ from a backup",
                    status: .environment)
            }
            let checked = try trust.check(checkpoint: note, place: "log/checkpoint")
            guard checked.checkpoint.origin.utf8.elementsEqual(archive.origin.utf8) else {
                throw Problem(
                    .checkpoint, "log/checkpoint",
                    "it is of the log \(checked.checkpoint.origin), the archive's is \(archive.origin)")
            }
            context = LogContext(
                archive: archive, note: note, checked: checked, signers: trust.signers(for: archive.origin))
            reader = try context.makeReader()
        } catch {
            throw Problem(any: error)
        }
    }

    /// Entries in the log.
    public var size: UInt64 { context.size }

    /// The index on disk if it is that of this checkpoint, for hints.
    public func currentIndex() -> (any ArchiveIndex)? {
        guard let index = archive.indexLocation.openForReading(), isCurrent(index) else { return nil }
        return index
    }

    /// Whether an index holds the tree of this checkpoint.
    package func isCurrent(_ index: any ArchiveIndex) -> Bool {
        guard let state = try? index.state() else { return false }
        return state.size == size && state.root == checked.checkpoint.root
    }

    /// The index of this checkpoint: that on disk, or one built in memory from log and registers.
    public func index() throws(Problem) -> any ArchiveIndex {
        if let index = currentIndex(), index.isSound() { return index }
        return try wrapped {
            let index = MemoryIndex()
            try IndexBuilder.update(index, to: reader, archive: archive)
            return index
        }
    }

    /// Runs what may fail in several ways, its failure as a `Problem`.
    package func wrapped<Result>(_ body: () throws -> Result) throws(Problem) -> Result {
        do { return try body() } catch { throw Problem(any: error) }
    }
}

import ProvenanceIndex
import ProvenanceLog
import ProvenanceNote
import ProvenanceVerification

/// The state that all threads of a reading command share: one checkpoint, and the keys trusted for it.
public struct LogContext: Sendable {
    /// The archive.
    public let archive: ArchiveFolder
    /// The checkpoint note as it is on disk.
    public let note: [UInt8]
    /// The checkpoint as judged by the pinned keys.
    public let checked: CheckedCheckpoint
    /// The signers that are pinned for this log.
    public let signers: [VerifierKey]

    /// Entries in the log.
    public var size: UInt64 { checked.checkpoint.size }

    /// Makes a reader of the tree, authenticated against the checkpoint's root. Each thread needs its own.
    public func makeReader() throws(LogError) -> LogReader {
        try LogReader(archive.storage, checked.checkpoint)
    }
}

/// A snapshot of the archive's log at one checkpoint, for a reading command.
public final class LogView {
    /// The part that threads may share.
    public let context: LogContext
    /// A reader of the tree, for the thread that owns the view.
    public let reader: LogReader

    /// The archive.
    public var archive: ArchiveFolder { context.archive }
    /// The checkpoint note as it is on disk.
    public var note: [UInt8] { context.note }
    /// The checkpoint as judged by the pinned keys.
    public var checked: CheckedCheckpoint { context.checked }
    /// The signers that are pinned for this log.
    public var signers: [VerifierKey] { context.signers }

    /// Reads the checkpoint, without the lock.
    ///
    /// - Throws: `Problem` if there is no log, or its checkpoint is malformed.
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

    /// The index on disk, for hints, if it has the tree of this checkpoint.
    public func currentIndex() -> (any ArchiveIndex)? {
        guard let index = archive.indexLocation.openForReading(), isCurrent(index) else { return nil }
        return index
    }

    /// Whether an index has the tree of this checkpoint.
    package func isCurrent(_ index: any ArchiveIndex) -> Bool {
        guard let state = try? index.state() else { return false }
        return state.size == size && state.root == checked.checkpoint.root
    }

    /// An index of this checkpoint: the one on disk, or one built in memory from the log and the registers.
    public func index() throws(Problem) -> any ArchiveIndex {
        if let index = currentIndex(), index.isSound() { return index }
        return try wrapped {
            let index = MemoryIndex()
            try IndexBuilder.update(index, to: reader, archive: archive)
            return index
        }
    }

    /// Runs a closure and converts any error it throws to a `Problem`.
    public func wrapped<Result>(_ body: () throws -> Result) throws(Problem) -> Result {
        do { return try body() } catch { throw Problem(any: error) }
    }
}

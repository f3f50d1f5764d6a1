import ProvenanceNote

/// How a log relates to a checkpoint that was seen earlier or elsewhere.
public enum LogRelation: Sendable, Equatable {
    /// The log begins with the checkpoint's tree: it has grown since, or is equal to it.
    case extends
    /// The log has fewer entries than the checkpoint: it was set back, or the checkpoint is newer than this view.
    case shorter
    /// The log's first entries differ: one of the two is not the log that was published.
    case diverged
    /// The checkpoint belongs to another log, named by its origin.
    case otherLog
}

extension LogReader {
    /// How this log relates to a checkpoint, whose signature is for the caller to check.
    ///
    /// RFC 6962 §2.1: the first `size` leaves determine the root, so equal roots mean equal entries.
    ///
    /// - Throws: `LogError` where the tiles for that size cannot be read.
    public func relation(to earlier: Checkpoint) throws(LogError) -> LogRelation {
        guard earlier.origin.utf8.elementsEqual(checkpoint.origin.utf8) else { return .otherLog }
        guard earlier.size <= size else { return .shorter }
        return try root(at: earlier.size) == earlier.root ? .extends : .diverged
    }
}

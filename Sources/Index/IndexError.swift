/// Why an index cannot be read or written.
///
/// No verdict depends on it: the caller rebuilds the index, continues without it, or reports what the system refused.
public struct IndexError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the caller can do about it.
    public enum Kind: Sendable, Equatable {
        /// The file is not an index of this version, or it is broken: delete it and rebuild it from the log.
        case damaged
        /// No space is left on the disk.
        case full
        /// The system refused: disk, permissions, memory. The index itself may be sound.
        case unavailable
        /// The rows do not follow the state of the index: another writer changed it. Nothing was written.
        case changed
        /// Anything else, such as a lock that was not released in time.
        case failed
    }

    /// What the caller can do about it.
    public let kind: Kind
    /// What happened, in the engine's words.
    public let reason: String

    /// An error of some kind.
    public init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// The reason.
    public var description: String { reason }
}

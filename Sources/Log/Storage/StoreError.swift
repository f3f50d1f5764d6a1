import Glibc
import ProvenanceSystem

/// Why a store did not do what was asked, and whether it may have happened nevertheless.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What a caller decides by.
    public enum Kind: Hashable, Sendable {
        /// The object is longer than allowed: the object is wrong, not the store.
        case tooLarge
        /// Access was refused: no permission, or a link, a folder or a device in its place. Says nothing about the
        /// bytes.
        case denied
        /// It was replaced since its token was read; nothing was written.
        case changed
        /// It exists with other bytes; they were left as they are.
        case differs
        /// Not done; the same call may succeed later, after the time that the store states, if it states one.
        case unavailable(retryAfter: Duration?)
        /// Not done, and retrying does not help.
        case failed
        /// The outcome is unknown: an answer was lost, or a flush failed. The caller reads back or starts over.
        case unknown
    }

    /// What a caller decides by.
    public let kind: Kind
    /// The object, `nil` where no single one is meant.
    public let path: StorePath?
    /// Words for people.
    public let reason: String
    /// The system call that failed, where the store is a folder: messages name the file and advise by the error number.
    public let cause: FileError?

    /// An error from its parts.
    public init(_ kind: Kind, _ path: StorePath?, _ reason: String, cause: FileError? = nil) {
        self.kind = kind
        self.path = path
        self.reason = reason
        self.cause = cause
    }

    /// Path and reason.
    public var description: String { path.map { "\($0): \(reason)" } ?? reason }

    /// What was attempted and why it failed, without the path: for messages that name it themselves.
    public var words: String { cause.map { "cannot \($0.operation): \($0.reason)" } ?? reason }

    /// Whether permission is missing, so that the object may be intact. A link or a folder in its place is `denied`
    /// too, but is never valid.
    public var isForbidden: Bool {
        guard kind == .denied else { return false }
        guard let cause else { return true }
        return cause.number == EACCES || cause.number == EPERM
    }
}

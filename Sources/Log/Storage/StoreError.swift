import Glibc
import ProvenanceSystem

/// Why a store did not do what was asked, and whether it may have been done all the same.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What a caller decides by.
    public enum Kind: Hashable, Sendable {
        /// The object is longer than it may be: it is wrong, the store is not.
        case tooLarge
        /// It may not be touched: no permission, or a link, a folder or a device in its place. Says nothing about the bytes.
        case denied
        /// It was replaced since its token was read; nothing was written.
        case changed
        /// It exists with other bytes; they were left as they are.
        case differs
        /// Not done; the same call may succeed, after the time that the store states, if it states one.
        case unavailable(retryAfter: Duration?)
        /// Not done, and trying again will not help.
        case failed
        /// May have been done: an answer was lost, or a flush failed. Whoever gets it reads back, or starts anew.
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

    /// What was attempted and why it failed, without the place: for messages that name the place themselves.
    public var words: String { cause.map { "cannot \($0.operation): \($0.reason)" } ?? reason }

    /// Whether a permission is missing, so that the object may be as it must be. A link or a folder in its place is `denied`
    /// too, and is not what must be there.
    public var isForbidden: Bool {
        guard kind == .denied else { return false }
        guard let cause else { return true }
        return cause.number == EACCES || cause.number == EPERM
    }
}

import Glibc
import ProvenanceEncoding

/// A system call that failed: what was done, to which path, and the `errno` it left.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was attempted, in a word: `open`, `read`, `write`, `fsync`, `rename`, …
    public let operation: String
    /// The path as raw bytes: names need not be UTF-8.
    public let path: RawPath
    /// The system's error number.
    public let number: Int32
    /// A reason more specific than the number, if there is one.
    public let detail: String?

    /// An error of an operation on a path; the number defaults to the thread's `errno`.
    public init(_ operation: String, _ path: RawPath, number: Int32 = errno, detail: String? = nil) {
        self.operation = operation
        self.path = path
        self.number = number
        self.detail = detail
    }

    /// Whether the path does not exist.
    public var isMissing: Bool { number == ENOENT || number == ENOTDIR }

    /// Whether the path already exists.
    public var isExisting: Bool { number == EEXIST }

    /// `detail`, or else the system's message for the number.
    public var reason: String { detail ?? String(cString: strerror(number)) }

    /// Operation, path and reason on one line.
    public var description: String { "cannot \(operation) \(path): \(reason)" }

    /// Whether the file is larger than the limit of its reader.
    public var isTooLarge: Bool { number == EFBIG }
}

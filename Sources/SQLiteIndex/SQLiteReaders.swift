import ProvenanceEncoding
import Synchronization

/// Connections that read beside the one that writes: as many as threads read at the same time.
///
/// In a write-ahead log a reader sees the state that it began with, and neither waits for the writer nor keeps it waiting.
final class SQLiteReaders: Sendable {
    private let path: RawPath
    private let idle = Mutex<[SQLiteConnection]>([])

    /// Nothing is opened before somebody reads.
    init(_ path: RawPath) { self.path = path }

    /// Lends a connection to this thread, and reads one state of the file.
    func read<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
        let connection = try idle.withLock { $0.popLast() } ?? open()
        defer { idle.withLock { $0.append(connection) } }
        return try connection.reading { try body(connection) }
    }

    private func open() throws(SQLiteError) -> SQLiteConnection {
        let connection = try SQLiteConnection(path, .reading, busyTimeout: 10_000)
        try connection.distrust()
        try connection.execute("PRAGMA cache_size = -4096")
        return connection
    }

    /// Closes them, so that the connection that writes is the last: only it can bring the file up to date.
    func close() { idle.withLock { $0.removeAll() } }
}

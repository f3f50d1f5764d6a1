import ProvenanceEncoding
import Synchronization

/// Connections for reading, in addition to the writing one: as many as there are threads reading at the same time.
///
/// With a write-ahead log a reader sees the state at which it began; it neither waits for the writer nor delays it.
final class SQLiteReaders: Sendable {
    private let path: RawPath
    private let idle = Mutex<[SQLiteConnection]>([])

    /// Connections are opened at the first read.
    init(_ path: RawPath) { self.path = path }

    /// Lends a connection to this thread, which reads one state of the file.
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

    /// Closes the connections, so that the writing one is the last: only the last one can bring the file up to date.
    func close() { idle.withLock { $0.removeAll() } }
}

import CProvenanceSQLite
import ProvenanceEncoding
import ProvenanceIndex

/// A connection to an SQLite file from an untrusted source, with its prepared statements.
///
/// Used by one thread at a time: its owner lends it under a lock. SQLite therefore takes no lock of its own
/// (`SQLITE_OPEN_NOMUTEX`), which it would otherwise do several times for each value of each row.
final class SQLiteConnection: @unchecked Sendable {
    // Confined: `SQLiteIndex` and `SQLiteReaders` lend a connection to one thread at a time.
    private var handle: OpaquePointer?
    private var statements: [String: PreparedStatement] = [:]

    /// What a connection is used for.
    enum Access {
        /// An existing file.
        case reading
        /// A file that is created if it does not exist.
        case writing

        fileprivate var flags: Int32 {
            switch self {
            case .reading: SQLITE_OPEN_READONLY
            case .writing: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        }
    }

    /// The largest number of bytes of a value or a row: a post's title and address are far shorter, and a damaged
    /// length cannot make SQLite allocate more.
    private static let maxValueBytes: Int32 = 32 << 20
    /// The largest number of bytes of SQL, in our statements or in the file's schema.
    private static let maxSQLBytes: Int32 = 16_384

    /// Opens a file; nothing is read from it yet.
    ///
    /// - Parameters:
    ///   - path: The file; `nil` for a database in memory.
    ///   - access: What the connection is used for.
    ///   - busyTimeout: Milliseconds to wait for another connection.
    /// - Throws: `SQLiteError` when the file cannot be opened; that a file is not a database shows at the first
    ///   statement.
    init(_ path: RawPath?, _ access: Access, busyTimeout: Int32 = 0) throws(SQLiteError) {
        // "The threading mode … single-thread … is unsafe to use in more than a single thread at once."
        guard sqlite3_threadsafe() != 0 else {
            throw SQLiteError(SQLITE_MISUSE, message: "SQLite is for one thread only")
        }
        // SQLite would interpret a name that begins with "file:" or ":" differently.
        let name = path.map { $0.isAbsolute ? $0 : RawPath(Array("./".utf8) + $0.bytes) } ?? ":memory:"
        let code = name.withCString { sqlite3_open_v2($0, &handle, access.flags | SQLITE_OPEN_NOMUTEX, nil) }
        guard code == SQLITE_OK, let handle else {
            // "Whether or not an error occurs when it is opened, resources … should be released".
            let error = SQLiteError(code, on: nil)
            close()
            throw error
        }
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, busyTimeout)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, SQLiteConnection.maxValueBytes)
        sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, SQLiteConnection.maxSQLBytes)
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        if case .writing = access { try defineKeys() }
    }

    deinit { close() }

    /// Trusts nothing in the file: neither its schema nor the positions of cells on its pages.
    func distrust() throws(SQLiteError) {
        let code = provenance_sqlite_distrust(handle)
        guard code == SQLITE_OK else { throw SQLiteError(code, on: handle) }
        try execute("PRAGMA cell_size_check = ON")
    }

    /// Closes the connection, which cannot be used afterwards.
    func close() {
        statements.removeAll()
        // close_v2 defers until open statements are finalized.
        sqlite3_close_v2(handle)
        handle = nil
    }

    // MARK: Statements

    /// Runs SQL without keeping the statement.
    func execute(_ sql: String) throws(SQLiteError) {
        guard let handle else { throw SQLiteConnection.isClosed }
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code, on: handle) }
    }

    /// A statement, ready to be bound; it is prepared only once.
    ///
    /// - Throws: `SQLiteError`, also while the same statement is still being stepped: its rows would be lost.
    func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let statement = statements[sql] { return try SQLiteStatement(statement) }
        guard let handle else { throw SQLiteConnection.isClosed }
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT | SQLITE_PREPARE_NO_VTAB), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw SQLiteError(code, on: handle) }
        let statement = PreparedStatement(prepared)
        statements[sql] = statement
        return try SQLiteStatement(statement)
    }

    private static var isClosed: SQLiteError { SQLiteError(SQLITE_MISUSE, message: "the connection is closed") }

    /// Defines SQL functions that compute keys from a row's values; a schema cannot call them.
    ///
    /// `key_of_digest(blob)` and `key_of_text(text or blob)` give what `IndexKey.of` gives for a digest and for bytes.
    private func defineKeys() throws(SQLiteError) {
        try define("key_of_digest") { (context, _, values) in
            sqlite3_result_int64(
                context, SQLiteConnection.withBytes(values) { Digest(bytes: Array($0)).map(IndexKey.of) ?? 0 })
        }
        try define("key_of_text") { (context, _, values) in
            sqlite3_result_int64(context, SQLiteConnection.withBytes(values) { IndexKey.of($0) })
        }
    }

    private typealias Function =
        @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void

    private func define(_ name: String, _ function: Function) throws(SQLiteError) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY
        let code = sqlite3_create_function_v2(handle, name, 1, flags, nil, function, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code, on: handle) }
    }

    private static func withBytes(
        _ values: UnsafeMutablePointer<OpaquePointer?>?, _ body: (UnsafeRawBufferPointer) -> Int64
    ) -> Int64 {
        guard let value = values?[0], let base = sqlite3_value_blob(value) else {
            return body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return body(UnsafeRawBufferPointer(start: base, count: max(0, Int(sqlite3_value_bytes(value)))))
    }

    // MARK: Transactions

    /// Whether a transaction is open.
    var isInTransaction: Bool { handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

    /// Begins a transaction that writes.
    func begin() throws(SQLiteError) { try statement("BEGIN IMMEDIATE").run() }

    /// Ends a transaction.
    func commit() throws(SQLiteError) { try statement("COMMIT").run() }

    /// Writes in one transaction, which is rolled back when `body` throws.
    func writing<Result>(_ body: () throws -> Result) throws -> Result {
        try begin()
        return try ending(body)
    }

    /// Reads one state of the file, whatever is written meanwhile; within a transaction, including its own writes.
    func reading<Result>(_ body: () throws -> Result) throws -> Result {
        if isInTransaction { return try body() }
        try statement("BEGIN DEFERRED").run()
        return try ending(body)
    }

    private func ending<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            let result = try body()
            try commit()
            return result
        } catch {
            // SQLite ends the transaction by itself after some failures.
            if isInTransaction { try? statement("ROLLBACK").run() }
            throw error
        }
    }
}

/// A statement that SQLite has compiled. It may outlive its connection, which then stays open until the statement is
/// finalized.
final class PreparedStatement {
    let pointer: OpaquePointer

    fileprivate init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { sqlite3_finalize(pointer) }
}

import CProvenanceSQLite
import ProvenanceEncoding
import ProvenanceIndex

/// One connection to an SQLite file that anybody may have written, with the statements that were prepared on it.
///
/// Used by one thread at a time: whoever has it lends it under a lock. So SQLite takes no lock of its own
/// (`SQLITE_OPEN_NOMUTEX`), which it would do several times for each value of each row.
final class SQLiteConnection: @unchecked Sendable {
    // Confined: `Index` and `SQLiteReaders` lend a connection to one thread at a time.
    private var handle: OpaquePointer?
    private var statements: [String: PreparedStatement] = [:]

    /// What a connection is for.
    enum Access {
        /// A file that is there.
        case reading
        /// A file that is made where none is.
        case writing

        fileprivate var flags: Int32 {
            switch self {
            case .reading: SQLITE_OPEN_READONLY
            case .writing: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        }
    }

    /// Most bytes of a value or a row: a post's title and address are far shorter, and a damaged length asks for no more.
    private static let maxValueBytes: Int32 = 32 << 20
    /// Bytes of SQL, in a statement of ours or of the file's schema.
    private static let maxSQLBytes: Int32 = 16_384

    /// Opens a file, of which nothing is read yet.
    ///
    /// - Parameters:
    ///   - path: The file; `nil` for a database in memory.
    ///   - access: What it is for.
    ///   - busyTimeout: Milliseconds to wait for what another connection does.
    /// - Throws: `SQLiteError` when the file cannot be opened; of one that is no database, the first statement tells.
    init(_ path: RawPath?, _ access: Access, busyTimeout: Int32 = 0) throws(SQLiteError) {
        // "The threading mode … single-thread … is unsafe to use in more than a single thread at once."
        guard sqlite3_threadsafe() != 0 else {
            throw SQLiteError(SQLITE_MISUSE, message: "SQLite is for one thread only")
        }
        // A name that begins with "file:" or ":" would mean something else to SQLite.
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

    /// Believes nothing that stands in the file: neither its schema nor the places of cells on its pages.
    func distrust() throws(SQLiteError) {
        let code = provenance_sqlite_distrust(handle)
        guard code == SQLITE_OK else { throw SQLiteError(code, on: handle) }
        try execute("PRAGMA cell_size_check = ON")
    }

    /// Ends all that the connection does; nothing can be asked of it any more.
    func close() {
        statements.removeAll()
        // Waits as a "zombie" for a statement that somebody has still in hand.
        sqlite3_close_v2(handle)
        handle = nil
    }

    // MARK: Statements

    /// Runs SQL that is not kept.
    func execute(_ sql: String) throws(SQLiteError) {
        guard let handle else { throw SQLiteConnection.isClosed }
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code, on: handle) }
    }

    /// A statement, ready to be bound; it is prepared once.
    ///
    /// - Throws: Also where the same statement has not come to its end: its rows would be lost.
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

    /// Lets statements make keys of what stands in a row; a schema cannot call them.
    ///
    /// `key_of_digest(blob)` and `key_of_text(text or blob)` are what `IndexKey.of` says of a digest, and of bytes.
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

    /// Whether a transaction has begun and not ended.
    var isInTransaction: Bool { handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

    /// Begins a transaction that writes.
    func begin() throws(SQLiteError) { try statement("BEGIN IMMEDIATE").run() }

    /// Ends a transaction.
    func commit() throws(SQLiteError) { try statement("COMMIT").run() }

    /// Writes in one transaction, which leaves nothing behind when `body` throws.
    func writing<Result>(_ body: () throws -> Result) throws -> Result {
        try begin()
        return try ending(body)
    }

    /// Reads one state of the file, whatever is written meanwhile; within a transaction, what that has written.
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
            // SQLite ends it by itself after some failures.
            if isInTransaction { try? statement("ROLLBACK").run() }
            throw error
        }
    }
}

/// A statement that SQLite has compiled. It may outlive its connection, which then waits for it.
final class PreparedStatement {
    let pointer: OpaquePointer

    fileprivate init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { sqlite3_finalize(pointer) }
}

import GRDB
import GRDBSQLite
import OpenSSL

/// A statement of GRDB's cache whose values are bound and stepped on SQLite itself, for the few that run once a post:
/// boxing each value costs more than the insertion.
///
/// Values are bound in the order of the statement's question marks.
struct IndexStatement {
    private let statement: Statement
    private var place: Int32 = 0
    private var failure: Int32 = SQLITE_OK

    /// "SQLITE_TRANSIENT … the content will likely change in the near future and SQLite should make its own copy".
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    init(_ database: Database, _ sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        sqlite3_reset(statement.sqliteStatement)
        sqlite3_clear_bindings(statement.sqliteStatement)
    }

    // MARK: Binding

    /// Begins again with the first question mark; each of them is to be bound.
    mutating func restart() {
        place = 0
        failure = SQLITE_OK
    }

    /// Lets go of what is bound, held texts above all.
    func forget() { sqlite3_clear_bindings(statement.sqliteStatement) }

    mutating func bind(_ value: Int64) {
        place += 1
        note(sqlite3_bind_int64(statement.sqliteStatement, place, value))
    }

    mutating func bind(_ value: UInt64) { bind(Int64(clamping: value)) }

    mutating func bind(_ value: Int64?) {
        if let value { bind(value) } else { bindNull() }
    }

    mutating func bindNull() {
        place += 1
        note(sqlite3_bind_null(statement.sqliteStatement, place))
    }

    mutating func bind(text: String) {
        place += 1
        let place = place
        var text = text
        note(
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // Without an address SQLite would bind NULL.
                    guard let base = characters.baseAddress, !characters.isEmpty else {
                        return sqlite3_bind_text(statement.sqliteStatement, place, "", 0, IndexStatement.copied)
                    }
                    return sqlite3_bind_text(
                        statement.sqliteStatement, place, base, Int32(clamping: characters.count),
                        IndexStatement.copied)
                }
            })
    }

    mutating func bind(blob: UnsafeRawBufferPointer) {
        place += 1
        guard let base = blob.baseAddress, !blob.isEmpty else {
            return note(sqlite3_bind_zeroblob(statement.sqliteStatement, place, 0))
        }
        note(
            sqlite3_bind_blob(
                statement.sqliteStatement, place, base, Int32(clamping: blob.count), IndexStatement.copied))
    }

    /// A text that stays where it is until the statement has run: SQLite makes no copy.
    mutating func bind(held text: UnsafeRawBufferPointer) {
        guard let base = text.baseAddress, !text.isEmpty else { return bind(text: "") }
        place += 1
        note(
            sqlite3_bind_text(
                statement.sqliteStatement, place, base.assumingMemoryBound(to: CChar.self),
                Int32(clamping: text.count), nil))
    }

    /// A blob that stays where it is until the statement has run.
    mutating func bind(heldBlob blob: UnsafeRawBufferPointer) {
        place += 1
        guard let base = blob.baseAddress, !blob.isEmpty else {
            return note(sqlite3_bind_zeroblob(statement.sqliteStatement, place, 0))
        }
        note(sqlite3_bind_blob(statement.sqliteStatement, place, base, Int32(clamping: blob.count), nil))
    }

    mutating func bind(blob: [UInt8]) { blob.withUnsafeBytes { bind(blob: $0) } }

    mutating func bind(blob digest: Digest) { digest.withBytes { bind(blob: $0) } }

    /// The bytes of a text as a blob; `nil` is NULL.
    mutating func bind(blob text: String?) {
        guard var text else { return bindNull() }
        text.withUTF8 { bind(blob: UnsafeRawBufferPointer($0)) }
    }

    private mutating func note(_ code: Int32) {
        if code != SQLITE_OK { failure = code }
    }

    // MARK: Running

    /// Runs a statement that has no rows.
    func run() throws {
        defer { sqlite3_reset(statement.sqliteStatement) }
        guard failure == SQLITE_OK else { throw error(failure) }
        let code = sqlite3_step(statement.sqliteStatement)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw error(code) }
    }

    /// Calls `each` for every row.
    func rows(_ each: (IndexRow) -> Void) throws {
        defer { sqlite3_reset(statement.sqliteStatement) }
        guard failure == SQLITE_OK else { throw error(failure) }
        while true {
            let code = sqlite3_step(statement.sqliteStatement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw error(code) }
            each(IndexRow(statement: statement.sqliteStatement))
        }
    }

    private func error(_ code: Int32) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errstr(code)))
    }
}

/// The row that a statement stands at. Anybody may have written the file: a column of another type is `nil`.
struct IndexRow {
    fileprivate let statement: SQLiteStatement

    /// An entry's index; negative numbers are none.
    func index(_ column: Int32) -> UInt64? {
        guard sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
        return UInt64(exactly: sqlite3_column_int64(statement, column))
    }

    /// Whether the column holds an integer, or NULL for `nil`.
    func isInteger(_ column: Int32, _ value: Int64?) -> Bool {
        guard let value else { return sqlite3_column_type(statement, column) == SQLITE_NULL }
        return sqlite3_column_type(statement, column) == SQLITE_INTEGER
            && sqlite3_column_int64(statement, column) == value
    }

    /// Whether the column holds a text of these bytes.
    func isText(_ column: Int32, _ text: some Collection<UInt8>) -> Bool {
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT,
            let base = sqlite3_column_text(statement, column)
        else { return false }
        return UnsafeBufferPointer(start: base, count: Int(sqlite3_column_bytes(statement, column))).elementsEqual(text)
    }

    /// The bytes of a text.
    func text(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT, let base = sqlite3_column_text(statement, column)
        else {
            return nil
        }
        return Array(UnsafeBufferPointer(start: base, count: Int(sqlite3_column_bytes(statement, column))))
    }

    /// The bytes of a blob; an empty one has no address.
    func blob(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(statement, column) == SQLITE_BLOB else { return nil }
        guard let base = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(statement, column))))
    }

    /// A digest, from a blob of its length.
    func digest(_ column: Int32) -> Digest? {
        guard sqlite3_column_type(statement, column) == SQLITE_BLOB,
            let base = sqlite3_column_blob(statement, column)
        else { return nil }
        let bytes = UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(statement, column)))
        return Digest(bytes: Array(bytes))
    }
}

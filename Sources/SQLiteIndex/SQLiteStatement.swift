import CProvenanceSQLite
import ProvenanceEncoding

/// A statement of a connection, whose values are bound in the order of its question marks.
///
/// For the thread that uses the connection. The statement is reset when its rows end, or when reading them throws.
struct SQLiteStatement {
    private let prepared: PreparedStatement
    private let pointer: OpaquePointer
    private var place: Int32 = 0
    private var failure: Int32 = SQLITE_OK

    /// - Throws: `SQLiteError` for a statement that is still being stepped.
    init(_ prepared: PreparedStatement) throws(SQLiteError) {
        self.prepared = prepared
        pointer = prepared.pointer
        guard sqlite3_stmt_busy(pointer) == 0 else {
            throw SQLiteError(SQLITE_MISUSE, message: "the statement's rows are being read")
        }
        sqlite3_clear_bindings(pointer)
    }

    // MARK: Binding

    /// Starts over with the first question mark; each of them must be bound.
    mutating func restart() {
        place = 0
        failure = SQLITE_OK
    }

    /// Releases everything bound, in particular held texts.
    func clearBindings() { sqlite3_clear_bindings(pointer) }

    mutating func bind(_ value: Int64) {
        place += 1
        note(sqlite3_bind_int64(pointer, place, value))
    }

    mutating func bind(_ value: UInt64) { bind(Int64(clamping: value)) }

    mutating func bind(_ value: Int) { bind(Int64(clamping: value)) }

    mutating func bind(_ value: Int64?) {
        if let value { bind(value) } else { bindNull() }
    }

    mutating func bindNull() {
        place += 1
        note(sqlite3_bind_null(pointer, place))
    }

    mutating func bind(text: String) {
        place += 1
        var text = text
        let (pointer, place) = (pointer, place)
        note(
            text.withUTF8 { bytes in
                // SQLite would bind NULL if there were no address.
                guard let base = bytes.baseAddress else {
                    return provenance_sqlite_bind_text_copy(pointer, place, "", 0)
                }
                return provenance_sqlite_bind_text_copy(pointer, place, base, bytes.count)
            })
    }

    mutating func bind(blob: UnsafeRawBufferPointer) {
        place += 1
        guard let base = blob.baseAddress, !blob.isEmpty else {
            return note(sqlite3_bind_zeroblob(pointer, place, 0))
        }
        note(provenance_sqlite_bind_blob_copy(pointer, place, base, blob.count))
    }

    /// Binds a text without a copy; it must stay in place until the statement has run and `clearBindings` was called.
    mutating func bind(held text: UnsafeRawBufferPointer) {
        guard let base = text.baseAddress, !text.isEmpty else { return bind(text: "") }
        place += 1
        let characters = base.assumingMemoryBound(to: CChar.self)
        note(sqlite3_bind_text64(pointer, place, characters, UInt64(text.count), nil, UInt8(SQLITE_UTF8)))
    }

    /// Binds a blob without a copy; it must stay in place until the statement has run and `clearBindings` was called.
    mutating func bind(heldBlob blob: UnsafeRawBufferPointer) {
        place += 1
        guard let base = blob.baseAddress, !blob.isEmpty else {
            return note(sqlite3_bind_zeroblob(pointer, place, 0))
        }
        note(sqlite3_bind_blob64(pointer, place, base, UInt64(blob.count), nil))
    }

    mutating func bind(blob: [UInt8]) { blob.withUnsafeBytes { bind(blob: $0) } }

    mutating func bind(blob digest: Digest) { digest.withBytes { bind(blob: $0) } }

    mutating func bind(blob digest: Digest?) {
        if let digest { bind(blob: digest) } else { bindNull() }
    }

    /// Binds the bytes of a text as a blob; `nil` is NULL.
    mutating func bind(blob text: String?) {
        guard var text else { return bindNull() }
        text.withUTF8 { bind(blob: UnsafeRawBufferPointer($0)) }
    }

    private mutating func note(_ code: Int32) {
        if code != SQLITE_OK { failure = code }
    }

    // MARK: Running

    /// Runs a statement and ignores its rows, if any.
    func run() throws(SQLiteError) {
        defer { sqlite3_reset(pointer) }
        _ = try step()
    }

    /// Calls `each` for every row.
    func rows(_ each: (borrowing SQLiteRow) throws -> Void) throws {
        defer { sqlite3_reset(pointer) }
        while try step() { try each(SQLiteRow(pointer)) }
    }

    /// What `read` returns for the first row; `nil` where there is none.
    func first<Value>(_ read: (borrowing SQLiteRow) throws -> Value?) throws -> Value? {
        defer { sqlite3_reset(pointer) }
        return try step() ? try read(SQLiteRow(pointer)) : nil
    }

    /// Steps to the next row; `false` at the end.
    private func step() throws(SQLiteError) -> Bool {
        let connection = sqlite3_db_handle(pointer)
        guard failure == SQLITE_OK else { throw SQLiteError(failure, on: connection) }
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw SQLiteError(code, on: connection)
        }
    }
}

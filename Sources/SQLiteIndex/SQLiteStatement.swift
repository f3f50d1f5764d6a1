import CProvenanceSQLite
import ProvenanceEncoding

/// A statement of a connection, whose values are bound in the order of its question marks.
///
/// For the thread that has the connection. Nothing of it is left running: when its rows end, or what reads them throws,
/// it is reset.
struct SQLiteStatement {
    private let prepared: PreparedStatement
    private let pointer: OpaquePointer
    private var place: Int32 = 0
    private var failure: Int32 = SQLITE_OK

    /// - Throws: `SQLiteError` for a statement whose rows are being read.
    init(_ prepared: PreparedStatement) throws(SQLiteError) {
        self.prepared = prepared
        pointer = prepared.pointer
        guard sqlite3_stmt_busy(pointer) == 0 else {
            throw SQLiteError(SQLITE_MISUSE, message: "the statement's rows are being read")
        }
        sqlite3_clear_bindings(pointer)
    }

    // MARK: Binding

    /// Begins again with the first question mark; each of them is to be bound.
    mutating func restart() {
        place = 0
        failure = SQLITE_OK
    }

    /// Lets go of what is bound, held texts above all.
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
                // Without an address SQLite would bind NULL.
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

    /// A text that stays where it is until the statement has run, and `clearBindings`: SQLite makes no copy.
    mutating func bind(held text: UnsafeRawBufferPointer) {
        guard let base = text.baseAddress, !text.isEmpty else { return bind(text: "") }
        place += 1
        let characters = base.assumingMemoryBound(to: CChar.self)
        note(sqlite3_bind_text64(pointer, place, characters, UInt64(text.count), nil, UInt8(SQLITE_UTF8)))
    }

    /// A blob that stays where it is until the statement has run, and `clearBindings`.
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

    /// The bytes of a text as a blob; `nil` is NULL.
    mutating func bind(blob text: String?) {
        guard var text else { return bindNull() }
        text.withUTF8 { bind(blob: UnsafeRawBufferPointer($0)) }
    }

    private mutating func note(_ code: Int32) {
        if code != SQLITE_OK { failure = code }
    }

    // MARK: Running

    /// Runs a statement whose rows, if it has any, nobody wants.
    func run() throws(SQLiteError) {
        defer { sqlite3_reset(pointer) }
        _ = try step()
    }

    /// Calls `each` for every row.
    func rows(_ each: (borrowing SQLiteRow) throws -> Void) throws {
        defer { sqlite3_reset(pointer) }
        while try step() { try each(SQLiteRow(pointer)) }
    }

    /// What `read` makes of the first row; `nil` where there is none.
    func first<Value>(_ read: (borrowing SQLiteRow) throws -> Value?) throws -> Value? {
        defer { sqlite3_reset(pointer) }
        return try step() ? try read(SQLiteRow(pointer)) : nil
    }

    /// Goes on to the next row, and says whether there is one.
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

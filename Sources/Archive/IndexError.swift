import CSQLite

/// A failure that SQLite reports: its extended result code, and its words.
struct IndexError: Error, Equatable, CustomStringConvertible {
    /// The extended code; its low byte is the primary one.
    let code: Int32
    let message: String

    /// What the last call on a connection said; without one there are only the code's own words.
    init(_ code: Int32, on connection: OpaquePointer?) {
        self.code = code
        // The connection's words are those of its last failure: not of one that it has not noticed.
        let words =
            connection.flatMap { sqlite3_extended_errcode($0) == code ? sqlite3_errmsg($0) : nil }
            ?? sqlite3_errstr(code)
        message = words.map { String(cString: $0) } ?? "unknown error"
    }

    /// A refusal of our own.
    init(_ code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The code that says what kind of failure it is: `SQLITE_BUSY`, `SQLITE_CORRUPT`, …
    var primaryCode: Int32 { code & 0xff }

    var description: String { "SQLite error \(primaryCode): \(message)" }
}

import CProvenanceSQLite
import ProvenanceEncoding
import ProvenanceIndex

/// The current row of a statement, valid until the next step. The file is untrusted: a column of an unexpected type is
/// `nil`.
struct SQLiteRow: ~Copyable {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) { self.statement = statement }

    private func bytes(_ column: Int32, of base: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: max(0, Int(sqlite3_column_bytes(statement, column))))
    }

    /// Calls `body` with the bytes of a text.
    private func withText<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT, let base = sqlite3_column_text(statement, column)
        else { return nil }
        return body(bytes(column, of: base))
    }

    /// An integer.
    func integer(_ column: Int32) -> Int64? {
        guard sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
        return sqlite3_column_int64(statement, column)
    }

    /// An entry's index; `nil` for a negative number.
    func index(_ column: Int32) -> UInt64? { integer(column).flatMap { UInt64(exactly: $0) } }

    /// Whether the column holds this integer, or NULL for `nil`.
    func isInteger(_ column: Int32, _ value: Int64?) -> Bool {
        guard let value else { return sqlite3_column_type(statement, column) == SQLITE_NULL }
        return integer(column) == value
    }

    /// Whether the column holds a text with the same bytes.
    func isText(_ column: Int32, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { text in
            withText(column) { Bytes.isSame($0, UnsafeRawBufferPointer(text)) } ?? false
        }
    }

    /// The bytes of a text.
    func text(_ column: Int32) -> [UInt8]? { withText(column) { Array($0) } }

    /// The index's key of a text.
    func key(_ column: Int32) -> Int64? { withText(column) { IndexKey.of($0) } }

    /// A text; bytes that are not UTF-8 become U+FFFD.
    func string(_ column: Int32) -> String? { withText(column) { String(decoding: $0, as: UTF8.self) } }

    /// The bytes of a blob; SQLite gives no address for an empty one.
    func blob(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(statement, column) == SQLITE_BLOB else { return nil }
        guard let base = sqlite3_column_blob(statement, column) else { return [] }
        return Array(bytes(column, of: base))
    }

    /// A digest, from a blob of its length.
    func digest(_ column: Int32) -> Digest? {
        guard sqlite3_column_type(statement, column) == SQLITE_BLOB,
            let base = sqlite3_column_blob(statement, column)
        else { return nil }
        return Digest(bytes: Array(bytes(column, of: base)))
    }
}

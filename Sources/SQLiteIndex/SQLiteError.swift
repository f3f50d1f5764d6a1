import CProvenanceSQLite
import Glibc
import ProvenanceIndex
import ProvenanceSystem

/// A failure that SQLite reports: its extended result code and message.
struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended code; its low byte is the primary one.
    let code: Int32
    let message: String

    /// The message of the last call on a connection; without one, the code's own text.
    init(_ code: Int32, on connection: OpaquePointer?) {
        self.code = code
        // The connection's message is that of its last failure, which may be another one than this.
        let words =
            connection.flatMap { sqlite3_extended_errcode($0) == code ? sqlite3_errmsg($0) : nil }
            ?? sqlite3_errstr(code)
        message = words.map { String(cString: $0) } ?? "unknown error"
    }

    /// A failure that this program reports.
    init(_ code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The primary code, which gives the kind of failure: `SQLITE_BUSY`, `SQLITE_CORRUPT`, …
    var primaryCode: Int32 { code & 0xff }

    var description: String { "SQLite error \(primaryCode): \(message)" }

    /// Whether the code means that the file is not an index of this version, or is broken. Other failures, such as a
    /// full disk, are no evidence against the file.
    private var isDamage: Bool {
        switch primaryCode {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_SCHEMA, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_ERROR,
            SQLITE_TOOBIG, SQLITE_FORMAT:
            true
        default: false
        }
    }

    /// The error in the index protocol's terms, for callers that do not know the engine.
    var indexError: IndexError {
        if isDamage { return IndexError(.damaged, description) }
        switch primaryCode {
        case SQLITE_FULL: return IndexError(.full, "no space is left on the disk")
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_READONLY, SQLITE_PERM, SQLITE_NOMEM, SQLITE_NOLFS, SQLITE_AUTH:
            return IndexError(.unavailable, message)
        default: return IndexError(.failed, description)
        }
    }
}

/// The file is not an index that this version made; it is deleted and rebuilt.
struct DamagedIndex: Error, CustomStringConvertible {
    let description = "not an index of this version"
}

extension IndexError {
    /// Runs an engine's work and converts its failure to an `IndexError`.
    static func wrapping<Result>(_ body: () throws -> Result) throws(IndexError) -> Result {
        do { return try body() } catch let error as IndexError {
            throw error
        } catch let error as SQLiteError {
            throw error.indexError
        } catch let error as FileError {
            throw IndexError(error.number == ENOSPC || error.number == EDQUOT ? .full : .unavailable, "\(error)")
        } catch let error as DamagedIndex {
            throw IndexError(.damaged, error.description)
        } catch {
            throw IndexError(.failed, "\(error)")
        }
    }
}

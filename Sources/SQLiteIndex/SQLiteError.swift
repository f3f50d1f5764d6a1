import CProvenanceSQLite
import Glibc
import ProvenanceIndex
import ProvenanceSystem

/// A failure that SQLite reports: its extended result code, and its words.
struct SQLiteError: Error, Equatable, CustomStringConvertible {
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

    /// Whether it says that the file is not an index of this version, or broken. Anything else, a full disk for one, says
    /// nothing against the file.
    private var isDamage: Bool {
        switch primaryCode {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_SCHEMA, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_ERROR,
            SQLITE_TOOBIG, SQLITE_FORMAT:
            true
        default: false
        }
    }

    /// The error at the seam, for callers that know no engine.
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

/// The file is not an index that this version made; it is deleted and built again.
struct DamagedIndex: Error, CustomStringConvertible {
    let description = "not an index of this version"
}

extension IndexError {
    /// Runs an engine's work, its failure as the error at the seam.
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

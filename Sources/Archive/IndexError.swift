import CProvenanceSQLite
import ProvenanceVerification

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

    /// Whether an error says that the file is not an index of ours, or broken: it is to be made again. Anything else, a full
    /// disk for one, says nothing against the file.
    static func isDamage(_ error: any Error) -> Bool {
        if error is DamagedIndex { return true }
        guard let error = error as? IndexError else { return false }
        switch error.primaryCode {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_SCHEMA, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_ERROR,
            SQLITE_TOOBIG,
            SQLITE_FORMAT:
            return true
        default: return false
        }
    }

    /// What the system refused, where that is the reason.
    var environment: (reason: String, advice: String)? {
        switch primaryCode {
        case SQLITE_FULL: ("no space is left on the disk", Problem.freeSpace)
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_READONLY, SQLITE_PERM, SQLITE_NOMEM, SQLITE_NOLFS, SQLITE_AUTH:
            (message, "look at the disk, its free space, and this user's rights and limits, then run it again")
        default: nil
        }
    }
}

extension IndexError: ProblemConvertible {
    package var problem: Problem {
        guard let (reason, advice) = environment else { return Problem(damagedIndex: "\(self)") }
        return Problem(.storage, ".provenance/index.sqlite", reason, advice: advice)
    }
}

extension DamagedIndex: ProblemConvertible {
    package var problem: Problem { Problem(damagedIndex: "\(self)") }
}

extension Problem {
    fileprivate init(damagedIndex reason: String) {
        self.init(
            .index, ".provenance/index.sqlite", reason,
            advice: "delete the file, or run `provenance reindex`: it is built again from the log")
    }
}

import CProvenanceSQLite

/// Tells SQLite to keep no statistics of its memory, before any index is opened; for a program, not a library.
///
/// Each allocation takes a lock for them otherwise, and a post that is recorded makes some thirty.
public func configureSQLite() {
    // Where SQLite has been started already it answers "misuse" and goes on as it is: slower, no more.
    _ = provenance_sqlite_keep_no_statistics()
}

import CProvenanceSQLite

/// Turns off SQLite's memory statistics, before any index is opened; for a program, not a library.
///
/// With statistics each allocation takes a lock, and recording a post makes some thirty allocations.
public func configureSQLite() {
    // Once SQLite has been started it answers "misuse" and keeps its setting: that is slower, but correct.
    _ = provenance_sqlite_keep_no_statistics()
}

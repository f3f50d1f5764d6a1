import CProvenanceSQLite

/// SQL that inserts many rows into a table with one statement: each run of a statement creates and drops its cursors,
/// which costs more than the row.
struct SQLiteInsertion: Sendable {
    /// Rows per statement: more of them give no measurable gain.
    static let together = 32

    private let one: String
    private let several: String

    /// - Parameters:
    ///   - head: The statement up to `VALUES`.
    ///   - columns: Values of a row.
    init(_ head: String, columns: Int) {
        let row = "(" + Array(repeating: "?", count: columns).joined(separator: ", ") + ")"
        one = head + " VALUES " + row
        several = head + " VALUES " + Array(repeating: row, count: SQLiteInsertion.together).joined(separator: ", ")
    }

    /// Inserts one row.
    func insert(_ connection: SQLiteConnection, _ bind: (inout SQLiteStatement) -> Void) throws {
        var statement = try connection.statement(one)
        bind(&statement)
        try statement.run()
    }

    /// Inserts the remaining rows of an iterator.
    ///
    /// - Parameters:
    ///   - rows: Gives at least `count` rows.
    ///   - count: The number of rows to insert.
    ///   - connection: Where to.
    ///   - bind: Binds each of a row's columns; values bound as held must stay in place until this returns.
    /// - Throws: SQLite's error.
    func insert<Row>(
        _ rows: inout some IteratorProtocol<Row>, _ count: Int, _ connection: SQLiteConnection,
        _ bind: (inout SQLiteStatement, Row) -> Void
    ) throws {
        let rest = count % SQLiteInsertion.together
        for (sql, size, runs) in [
            (several, SQLiteInsertion.together, count / SQLiteInsertion.together), (one, 1, rest),
        ] where runs > 0 {
            var statement = try connection.statement(sql)
            defer { statement.clearBindings() }
            for _ in 0..<runs {
                statement.restart()
                for _ in 0..<size {
                    guard let row = rows.next() else {
                        throw SQLiteError(SQLITE_MISUSE, message: "fewer rows than were counted")
                    }
                    bind(&statement, row)
                }
                try statement.run()
            }
        }
    }
}

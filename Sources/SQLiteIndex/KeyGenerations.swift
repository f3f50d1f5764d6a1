/// Moves keys from the recent tables to the large ones, inside one transaction.
///
/// Moved in the order of the keys, each page of a large table is touched once, however many keys come to it. That is
/// done when the recent rows are an eighth of the large table's: a key is moved once, and each move rewrites what eight
/// times as many keys fill.
struct KeyGenerations {
    private let connection: SQLiteConnection
    private let fewest: UInt64

    /// Recent rows that are never moved: their tables together are some 4 MB.
    static let minRecent: UInt64 = 65_536

    init(_ connection: SQLiteConnection, fewest: UInt64) {
        self.connection = connection
        self.fewest = fewest
    }

    /// The id of the newest placement, 0 where there is none.
    ///
    /// - Throws: `DamagedIndex` for one that no log comes to: this program did not write it.
    static func lastPlacement(_ connection: SQLiteConnection) throws -> Int64 {
        let last = try connection.statement("SELECT max(id) FROM placement").first { $0.integer(0) }
        guard let last else { return 0 }
        guard 0..<(Int64.max >> 1) ~= last else { throw DamagedIndex() }
        return last
    }

    /// Ids below which a row's keys are in the large tables; a hint, for a key is looked up in both.
    private struct Merged {
        var entry: UInt64 = 0
        /// SQLite begins to count rows at one.
        var placement: UInt64 = 1
    }

    private func merged() throws -> Merged {
        try connection.statement("SELECT entry, placement FROM merged WHERE id = 0").first { row in
            Merged(entry: row.index(0) ?? 0, placement: row.index(1) ?? 0)
        } ?? Merged()
    }

    private func note(_ merged: Merged) throws {
        var statement = try connection.statement(
            "INSERT OR REPLACE INTO merged (id, entry, placement) VALUES (0, ?, ?)")
        statement.bind(merged.entry)
        statement.bind(merged.placement)
        try statement.run()
    }

    /// The id that the next row of a table has at the least.
    private func end(_ table: String) throws -> UInt64 {
        let last = try connection.statement("SELECT id FROM \(table) ORDER BY id DESC LIMIT 1").first { $0.index(0) }
        return last.map { $0 + 1 } ?? 0
    }

    /// Whether more rows are recent than should be: a mark that no row explains stands for nothing moved.
    private func isDue(_ merged: UInt64, _ end: UInt64) -> Bool {
        let old = merged <= end ? merged : 0
        return end - old > max(fewest, old / 8)
    }

    /// Moves the recent keys if there are many.
    func mergeIfDue() throws {
        var merged = try merged()
        let (entries, placements) = (try end("entry"), try end("placement"))
        let areDue = (isDue(merged.entry, entries), isDue(merged.placement, placements))
        if areDue.0 {
            try KeyTable.ofEntries.forEach(move)
            merged.entry = entries
        }
        if areDue.1 {
            try KeyTable.ofPlacements.forEach(move)
            merged.placement = placements
        }
        if areDue != (false, false) { try note(merged) }
    }

    private func move(_ table: KeyTable) throws {
        // "OR IGNORE" for a row that is in both; and SQLite then keeps no copy of what the statement changes.
        try connection.execute(
            """
            INSERT OR IGNORE INTO \(table.name) SELECT key, \(table.row) FROM \(table.recent) ORDER BY key, \(table.row);
            DELETE FROM \(table.recent)
            """)
    }

    /// Fills the large tables, which are empty, with the keys of all rows.
    func build() throws {
        for table in KeyTable.all {
            try connection.execute(
                "INSERT OR IGNORE INTO \(table.name) SELECT \(table.expression), id FROM \(table.row) ORDER BY 1, 2")
        }
        try note(Merged(entry: try end("entry"), placement: try end("placement")))
    }

    /// Deletes the rows, and their keys, that an `add` wrote and did not live to close.
    ///
    /// - Parameter size: The log's size before it.
    /// - Throws: What SQLite says.
    func dropUnfinished(from size: UInt64) throws {
        var merged = try merged()
        if try end("entry") > size {
            let isMoved = merged.entry > size
            try delete("entry >= ?", of: KeyTable.ofEntries, alsoOld: isMoved, size)
            try delete("entry", where: "id >= ?", size)
            if isMoved {
                merged.entry = size
                try note(merged)
            }
        }
        let newest = try connection.statement("SELECT accession FROM placement ORDER BY id DESC LIMIT 1")
            .first { $0.index(0) ?? .max }
        if let newest, newest >= size {
            var statement = try connection.statement("SELECT min(id) FROM placement WHERE accession >= ?")
            statement.bind(size)
            let first = try statement.first { $0.index(0) } ?? 0
            let isMoved = merged.placement > first
            try delete(
                "placement IN (SELECT id FROM placement WHERE accession >= ?)", of: KeyTable.ofPlacements,
                alsoOld: isMoved, size)
            try delete("placement", where: "accession >= ?", size)
            if isMoved {
                merged.placement = first
                try note(merged)
            }
        }
    }

    private func delete(_ condition: String, of tables: [KeyTable], alsoOld: Bool, _ size: UInt64) throws {
        for table in tables {
            try delete(table.recent, where: condition, size)
            if alsoOld { try delete(table.name, where: condition, size) }
        }
    }

    func delete(_ table: String, where condition: String, _ size: UInt64) throws {
        var statement = try connection.statement("DELETE FROM \(table) WHERE \(condition)")
        statement.bind(size)
        try statement.run()
    }
}

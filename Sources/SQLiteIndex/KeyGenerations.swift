/// Moves keys from the recent tables to the large ones, inside one transaction.
///
/// The keys are moved in sorted order, so that each page of a large table is written once, however many keys belong to
/// it. This is done when the recent rows exceed an eighth of the large table's: each key is moved once, and each move
/// rewrites the pages of eight times as many keys.
struct KeyGenerations {
    private let connection: SQLiteConnection
    private let fewest: UInt64

    /// Recent rows up to this number are never moved: their tables together are some 4 MB.
    static let minRecent: UInt64 = 65_536

    init(_ connection: SQLiteConnection, fewest: UInt64) {
        self.connection = connection
        self.fewest = fewest
    }

    /// The id of the newest placement, 0 where there is none.
    ///
    /// - Throws: `DamagedIndex` for an implausibly large id: this program did not write it.
    static func lastPlacement(_ connection: SQLiteConnection) throws -> Int64 {
        let last = try connection.statement("SELECT max(id) FROM placement").first { $0.integer(0) }
        guard let last else { return 0 }
        guard 0..<(Int64.max >> 1) ~= last else { throw DamagedIndex() }
        return last
    }

    /// Ids below which a row's keys are in the large tables. Only a hint: both tables are searched for a key.
    private struct Merged {
        var entry: UInt64 = 0
        /// SQLite numbers rows from one.
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

    /// A lower bound for the id of a table's next row.
    private func end(_ table: String) throws -> UInt64 {
        let last = try connection.statement("SELECT id FROM \(table) ORDER BY id DESC LIMIT 1").first { $0.index(0) }
        return last.map { $0 + 1 } ?? 0
    }

    /// Whether there are too many recent rows. A mark beyond the last row is invalid and counts as nothing moved.
    private func isDue(_ merged: UInt64, _ end: UInt64) -> Bool {
        let old = merged <= end ? merged : 0
        return end - old > max(fewest, old / 8)
    }

    /// Moves the recent keys if there are too many.
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
        // "OR IGNORE" for a row whose key is in both tables; SQLite then also keeps no copy of what the statement
        // changes.
        try connection.execute(
            """
            INSERT OR IGNORE INTO \(table.name) SELECT key, \(table.row) FROM \(table.recent) ORDER BY key, \(table.row);
            DELETE FROM \(table.recent)
            """)
    }

    /// Fills the empty large tables with the keys of all rows.
    func build() throws {
        for table in KeyTable.all {
            try connection.execute(
                "INSERT OR IGNORE INTO \(table.name) SELECT \(table.expression), id FROM \(table.row) ORDER BY 1, 2")
        }
        try note(Merged(entry: try end("entry"), placement: try end("placement")))
    }

    /// Deletes the rows, and their keys, that an interrupted `add` wrote and did not close.
    ///
    /// - Parameter size: The log's size before it.
    /// - Throws: SQLite's error.
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

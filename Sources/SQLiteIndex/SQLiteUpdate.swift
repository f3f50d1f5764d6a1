import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceRecord

/// Rows being added to the index, inside one transaction.
final class SQLiteUpdate {
    /// Where the keys of added rows go.
    enum Keys {
        /// To the recent tables.
        case recent
        /// Nowhere yet: the index is being rebuilt, and rows are not looked up before it is complete.
        case later
        /// To the large tables, for all rows: the rebuild is complete.
        case all
    }

    private let connection: SQLiteConnection
    private let keys: Keys
    /// Keys of the added rows, which are written in sorted order, so that each page is touched once.
    private var digests = FreshKeys(.digest)
    private var sources = FreshKeys(.source)
    private var paths = FreshKeys(.path)
    /// The id of the next placement. SQLite does not assign it, since the keys of many placements are made at once.
    private var nextPlacement: Int64

    private static let entry = SQLiteInsertion(
        "INSERT OR REPLACE INTO entry (id, sha256, source, dated, published, recorded, title)", columns: 7)
    private static let placement = SQLiteInsertion(
        "INSERT INTO placement (id, root, path, entry, accession)", columns: 5)

    init(_ connection: SQLiteConnection, keys: Keys) throws {
        self.connection = connection
        self.keys = keys
        nextPlacement = try KeyGenerations.lastPlacement(connection) + 1
    }

    /// Writes what remains before the transaction ends.
    func finish(_ generations: KeyGenerations) throws {
        switch keys {
        case .recent:
            for keys in [digests, sources, paths] { try keys.write(connection) }
            try generations.mergeIfDue()
        case .later: break
        case .all: try generations.build()
        }
    }

    /// Adds rows, and sets the state if one is given.
    ///
    /// - Throws: `.changed` for a state that is smaller than the present one.
    func add(_ rows: IndexRows, state: IndexState?) throws {
        if let state, let old = try SQLiteIndex.state(connection), old.size > state.size {
            throw IndexError(.changed, "the index holds \(old.size) entries, more than \(state.size)")
        }
        for (index, record) in rows.posts { try add(index, record) }
        try addLines(of: rows)
        for (section, end) in rows.ranges {
            for (line, root) in rows.refusals[section.firstRefusal..<end.refusal] {
                try add(line, root: section.roots[root], accession: section.accession)
            }
        }
        for (index, record) in rows.accessions { try add(index, record) }
        for (index, kind) in rows.critical { try add(index, critical: kind) }
        for (index, title) in rows.titles { try setTitle(title, of: index) }
        if let state { try setState(state) }
    }

    /// Adds entries and placements, many to a statement.
    private func addLines(of rows: IndexRows) throws {
        guard !rows.lines.isEmpty else { return }
        try rows.bytes.withUnsafeBytes { bytes in
            var new = rows.lines.lazy.filter(\.isNew).makeIterator()
            try SQLiteUpdate.entry.insert(&new, rows.new, connection) { statement, row in
                var place = row.start + Int(row.path)
                let source = SQLiteUpdate.text(bytes, &place, row.source)
                statement.bind(row.entry)
                statement.bind(blob: row.sha256)
                statement.bind(held: source)
                statement.bind(held: SQLiteUpdate.text(bytes, &place, row.dated))
                statement.bind(row.published)
                statement.bind(row.recorded)
                statement.bind(heldBlob: SQLiteUpdate.text(bytes, &place, row.title))
                addKeys(of: row.entry, row.sha256, source)
            }
            for (section, end) in rows.ranges {
                let lines = rows.lines[section.firstLine..<end.line]
                var next = lines.makeIterator()
                try SQLiteUpdate.placement.insert(&next, lines.count, connection) { statement, row in
                    var place = row.start
                    let path = SQLiteUpdate.text(bytes, &place, row.path)
                    statement.bind(newPlacement(path))
                    statement.bind(text: section.roots[row.root])
                    statement.bind(heldBlob: path)
                    statement.bind(row.entry)
                    statement.bind(section.accession)
                }
            }
        }
    }

    private func addKeys(of index: UInt64, _ digest: Digest, _ source: some Sequence<UInt8>) {
        guard case .recent = keys else { return }
        digests.add(IndexKey.of(digest), Int64(clamping: index))
        sources.add(IndexKey.of(source), Int64(clamping: index))
    }

    /// The id of a placement to be added; its key is added too.
    private func newPlacement(_ path: some Sequence<UInt8>) -> Int64 {
        defer { nextPlacement += 1 }
        if case .recent = keys { paths.add(IndexKey.of(path), nextPlacement) }
        return nextPlacement
    }

    private static func text(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ count: UInt32
    ) -> UnsafeRawBufferPointer {
        let start = place
        place += Int(count)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<place])
    }

    func add(_ index: UInt64, _ record: PostRecord) throws {
        try SQLiteUpdate.entry.insert(connection) { statement in
            statement.bind(index)
            statement.bind(blob: record.sha256)
            statement.bind(text: record.sourceText)
            statement.bind(text: record.datedText)
            statement.bind(record.published)
            statement.bind(record.recorded)
            statement.bind(blob: nil as String?)
        }
        addKeys(of: index, record.sha256, record.sourceText.utf8)
    }

    func add(_ line: RegisterLine, root: String, accession: UInt64) throws {
        guard case .refused(let code) = line.fate else { return }
        var statement = try connection.statement(
            "INSERT INTO refusal (path_key, root, path, sha256, error, accession) VALUES (?, ?, ?, ?, ?, ?)")
        statement.bind(IndexKey.of(line.path.bytes))
        statement.bind(text: root)
        statement.bind(blob: line.path.bytes)
        statement.bind(blob: line.sha256)
        statement.bind(text: code)
        statement.bind(accession)
        try statement.run()
    }

    func add(_ index: UInt64, _ accession: AccessionRecord) throws {
        var statement = try connection.statement(
            """
            INSERT OR REPLACE INTO accession
            (id, recorded, first, posts, known, refused, unchanged, register, lines)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        statement.bind(index)
        statement.bind(accession.recorded)
        statement.bind(accession.first)
        statement.bind(accession.posts)
        statement.bind(accession.known)
        statement.bind(accession.refused)
        statement.bind(accession.unchanged)
        statement.bind(blob: accession.register)
        statement.bind(accession.lines)
        try statement.run()
    }

    /// Adds a key-life entry that this version cannot read.
    func add(_ index: UInt64, critical kind: String) throws {
        var statement = try connection.statement("INSERT OR REPLACE INTO critical (id, kind) VALUES (?, ?)")
        statement.bind(index)
        statement.bind(text: kind)
        try statement.run()
    }

    func setTitle(_ title: String, of index: UInt64) throws {
        var statement = try connection.statement("UPDATE entry SET title = ? WHERE id = ?")
        statement.bind(blob: title)
        statement.bind(index)
        try statement.run()
    }

    func setState(_ state: IndexState) throws {
        var statement = try connection.statement("INSERT OR REPLACE INTO state (id, size, root) VALUES (0, ?, ?)")
        statement.bind(state.size)
        statement.bind(blob: state.root)
        try statement.run()
    }
}

/// Keys waiting to be written to a recent table.
private struct FreshKeys {
    private let table: KeyTable
    private var keys: [(key: Int64, row: Int64)] = []

    init(_ table: KeyTable) { self.table = table }

    mutating func add(_ key: Int64, _ row: Int64) { keys.append((key, row)) }

    func write(_ connection: SQLiteConnection) throws {
        var sorted = keys.sorted { $0 < $1 }.makeIterator()
        try table.insertion.insert(&sorted, keys.count, connection) { statement, key in
            statement.bind(key.key)
            statement.bind(key.row)
        }
    }
}

import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord

/// Rows being added to the index, inside one transaction.
final class IndexUpdate {
    /// Where the keys go by which rows are found.
    enum Keys {
        /// To the recent tables.
        case recent
        /// Nowhere yet: the index is being made anew, and no row is looked up before that is done.
        case later
        /// To the large tables, those of all rows: it has been made anew.
        case all
    }

    private let connection: IndexConnection
    private let keys: Keys
    /// Keys of the rows added, which go to their tables in the order of the keys: each page is touched once.
    private var digests = FreshKeys(.digest)
    private var sources = FreshKeys(.source)
    private var paths = FreshKeys(.path)
    /// The id of the placement that comes next; not left to SQLite, for the keys of many are made at once.
    private var nextPlacement: Int64

    private static let entry = IndexInsertion(
        "INSERT OR REPLACE INTO entry (id, sha256, source, dated, published, recorded, title)", columns: 7)
    private static let placement = IndexInsertion(
        "INSERT INTO placement (id, root, path, entry, accession)", columns: 5)

    init(_ connection: IndexConnection, keys: Keys) throws {
        self.connection = connection
        self.keys = keys
        nextPlacement = try KeyGenerations.lastPlacement(connection) + 1
    }

    /// Writes what is left to write before the transaction ends.
    func finish(_ generations: KeyGenerations) throws {
        switch keys {
        case .recent:
            for keys in [digests, sources, paths] { try keys.write(connection) }
            try generations.mergeIfDue()
        case .later: break
        case .all: try generations.build()
        }
    }

    /// Adds rows of an `add`.
    func add(_ rows: IndexRows, roots: [String], accession: UInt64) throws {
        try rows.bytes.withUnsafeBytes { bytes in
            var new = rows.rows.lazy.filter(\.isNew).makeIterator()
            try IndexUpdate.entry.insert(&new, rows.new, connection) { statement, row in
                var place = row.start + Int(row.path)
                let source = IndexUpdate.text(bytes, &place, row.source)
                statement.bind(row.entry)
                statement.bind(blob: row.sha256)
                statement.bind(held: source)
                statement.bind(held: IndexUpdate.text(bytes, &place, row.dated))
                statement.bind(row.published)
                statement.bind(row.recorded)
                statement.bind(heldBlob: IndexUpdate.text(bytes, &place, row.title))
                addKeys(of: row.entry, row.sha256, source)
            }
            var all = rows.rows.makeIterator()
            try IndexUpdate.placement.insert(&all, rows.rows.count, connection) { statement, row in
                var place = row.start
                let path = IndexUpdate.text(bytes, &place, row.path)
                statement.bind(newPlacement(path))
                statement.bind(text: roots[row.root])
                statement.bind(heldBlob: path)
                statement.bind(row.entry)
                statement.bind(accession)
            }
        }
        for line in rows.refusals { try add(line, root: roots[line.root], accession: accession) }
    }

    private func addKeys(of index: UInt64, _ digest: Digest, _ source: some Sequence<UInt8>) {
        guard case .recent = keys else { return }
        digests.add(Index.key(digest), Int64(clamping: index))
        sources.add(Index.key(source), Int64(clamping: index))
    }

    /// The id of a placement to be added; its key is added.
    private func newPlacement(_ path: some Sequence<UInt8>) -> Int64 {
        defer { nextPlacement += 1 }
        if case .recent = keys { paths.add(Index.key(path), nextPlacement) }
        return nextPlacement
    }

    private static func text(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ count: UInt32
    ) -> UnsafeRawBufferPointer {
        let start = place
        place += Int(count)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<place])
    }

    func add(_ index: UInt64, _ record: PostRecord, title: String?) throws {
        try IndexUpdate.entry.insert(connection) { statement in
            statement.bind(index)
            statement.bind(blob: record.sha256)
            statement.bind(text: record.source.string)
            statement.bind(text: record.dated.string)
            statement.bind(record.published)
            statement.bind(record.recorded)
            statement.bind(blob: title)
        }
        addKeys(of: index, record.sha256, record.source.utf8)
    }

    func add(_ line: RegisterLine, root: String, accession: UInt64) throws {
        switch line.fate {
        case .recorded(let entry), .known(let entry):
            let id = newPlacement(line.path.bytes)
            try IndexUpdate.placement.insert(connection) { statement in
                statement.bind(id)
                statement.bind(text: root)
                statement.bind(blob: line.path.bytes)
                statement.bind(entry)
                statement.bind(accession)
            }
        case .refused(let code):
            var statement = try connection.statement(
                "INSERT INTO refusal (path_key, root, path, sha256, error, accession) VALUES (?, ?, ?, ?, ?, ?)")
            statement.bind(Index.key(line.path.bytes))
            statement.bind(text: root)
            statement.bind(blob: line.path.bytes)
            statement.bind(blob: line.sha256)
            statement.bind(text: code)
            statement.bind(accession)
            try statement.run()
        }
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

    /// Notes a key-life entry that this version cannot read.
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

    func setState(size: UInt64, root: Digest) throws {
        var statement = try connection.statement("INSERT OR REPLACE INTO state (id, size, root) VALUES (0, ?, ?)")
        statement.bind(size)
        statement.bind(blob: root)
        try statement.run()
    }
}

/// Keys that wait to be written to a recent table.
private struct FreshKeys {
    private let table: KeyTable
    private var keys: [(key: Int64, row: Int64)] = []

    init(_ table: KeyTable) { self.table = table }

    mutating func add(_ key: Int64, _ row: Int64) { keys.append((key, row)) }

    func write(_ connection: IndexConnection) throws {
        var sorted = keys.sorted { $0 < $1 }.makeIterator()
        try table.insertion.insert(&sorted, keys.count, connection) { statement, key in
            statement.bind(key.key)
            statement.bind(key.row)
        }
    }
}

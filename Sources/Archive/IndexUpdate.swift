import Files
import OpenSSL
import Post

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
    // The two that run once a post are looked up once a transaction.
    private var entry: IndexStatement
    private var placement: IndexStatement

    init(_ connection: IndexConnection, keys: Keys) throws(IndexError) {
        self.connection = connection
        self.keys = keys
        entry = try connection.statement(
            """
            INSERT OR REPLACE INTO entry
            (id, sha256, source, dated, published, recorded, title)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """)
        placement = try connection.statement(
            "INSERT INTO placement (root, path, entry, accession) VALUES (?, ?, ?, ?)")
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
            // Before the bytes may go away.
            defer {
                entry.forget()
                placement.forget()
            }
            var place = 0
            for row in rows.rows {
                let path = IndexUpdate.text(bytes, &place, row.path)
                if row.isNew {
                    let source = IndexUpdate.text(bytes, &place, row.source)
                    entry.restart()
                    entry.bind(row.entry)
                    entry.bind(blob: row.sha256)
                    entry.bind(held: source)
                    entry.bind(held: IndexUpdate.text(bytes, &place, row.dated))
                    entry.bind(row.published)
                    entry.bind(row.recorded)
                    entry.bind(heldBlob: IndexUpdate.text(bytes, &place, row.title))
                    try entry.run()
                    addKeys(of: row.entry, row.sha256, source)
                }
                placement.restart()
                placement.bind(text: roots[row.root])
                placement.bind(heldBlob: path)
                placement.bind(row.entry)
                placement.bind(accession)
                try placement.run()
                addKey(path: path)
            }
        }
        for line in rows.refusals { try add(line, root: roots[line.root], accession: accession) }
    }

    private func addKeys(of index: UInt64, _ digest: Digest, _ source: some Sequence<UInt8>) {
        guard case .recent = keys else { return }
        digests.add(Index.key(digest), Int64(clamping: index))
        sources.add(Index.key(source), Int64(clamping: index))
    }

    /// Adds the key of the placement that was just added.
    private func addKey(path: some Sequence<UInt8>) {
        guard case .recent = keys else { return }
        paths.add(Index.key(path), connection.lastRow)
    }

    private static func text(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ count: UInt32
    ) -> UnsafeRawBufferPointer {
        let start = place
        place += Int(count)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<place])
    }

    func add(_ index: UInt64, _ record: PostRecord, title: String?) throws {
        entry.restart()
        entry.bind(index)
        entry.bind(blob: record.sha256)
        entry.bind(text: record.source.string)
        entry.bind(text: record.dated.string)
        entry.bind(record.published)
        entry.bind(record.recorded)
        entry.bind(blob: title)
        try entry.run()
        addKeys(of: index, record.sha256, record.source.utf8)
    }

    func add(_ line: RegisterLine, root: String, accession: UInt64) throws {
        switch line.fate {
        case .recorded(let entry), .known(let entry):
            placement.restart()
            placement.bind(text: root)
            placement.bind(blob: line.path.bytes)
            placement.bind(entry)
            placement.bind(accession)
            try placement.run()
            addKey(path: line.path.bytes)
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
        let sorted = keys.sorted { $0 < $1 }
        let together = sorted.count - sorted.count % KeyTable.rowsTogether
        try write(sorted[..<together], by: KeyTable.rowsTogether, try connection.statement(table.insertionOfSeveral))
        try write(sorted[together...], by: 1, try connection.statement(table.insertion))
    }

    private func write(
        _ keys: ArraySlice<(key: Int64, row: Int64)>, by count: Int, _ statement: consuming IndexStatement
    ) throws {
        var rest = keys
        while !rest.isEmpty {
            statement.restart()
            for (key, row) in rest.prefix(count) {
                statement.bind(key)
                statement.bind(row)
            }
            try statement.run()
            rest = rest.dropFirst(count)
        }
    }
}

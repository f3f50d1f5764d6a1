import ProvenanceEncoding
import ProvenanceIndex

/// Look-ups in the index on one connection. Answers are only hints: the log decides.
///
/// Valid during the session of `SQLiteIndex.read` that it was made for, on that session's thread; afterwards other threads
/// use the connection.
public struct SQLiteLookup {
    private let connection: SQLiteConnection

    init(_ connection: SQLiteConnection) { self.connection = connection }

    func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement { try connection.statement(sql) }

    // MARK: Entries

    /// The entries that the index has for a digest, oldest first.
    public func entries(_ digest: Digest) throws -> [UInt64] {
        var statement = try statement(SQLiteLookup.byDigest)
        statement.bind(IndexKey.of(digest))
        var found: [(id: Int64, UInt64)] = []
        try statement.rows { row in
            if row.digest(1) == digest, let id = row.integer(0), let index = row.index(0) { found.append((id, index)) }
        }
        return SQLiteLookup.inOrder(found).map(\.1)
    }

    private static let byDigest = KeyTable.digest.select("id, sha256")
    private static let bySource = KeyTable.source.select(columns)
    private static let byPath = KeyTable.path.select(placementColumns)

    /// Sorts what a key found, oldest first, and removes duplicates.
    private static func inOrder<Row>(_ rows: [(id: Int64, Row)]) -> [(id: Int64, Row)] {
        guard rows.count > 1 else { return rows }
        var last: Int64?
        return rows.sorted { $0.id < $1.id }.filter { row in
            defer { last = row.id }
            return row.id != last
        }
    }

    /// The columns that `entry(_:)` reads.
    private static let columns = "id, sha256, source, dated, published, recorded, title"

    private static func entry(_ row: borrowing SQLiteRow) -> IndexEntry? {
        guard let index = row.index(0), let sha256 = row.digest(1), let source = row.string(2),
            let dated = row.string(3), let recorded = row.integer(5)
        else { return nil }
        return IndexEntry(
            index: index, sha256: sha256, source: source, dated: dated, published: row.integer(4), recorded: recorded,
            title: row.blob(6).map { String(decoding: $0, as: UTF8.self) })
    }

    /// A row about an entry.
    public func row(_ index: UInt64) throws -> IndexEntry? {
        var statement = try statement("SELECT \(SQLiteLookup.columns) FROM entry WHERE id = ?")
        statement.bind(index)
        return try statement.first(SQLiteLookup.entry)
    }

    /// Entries that state an address, oldest first.
    public func entries(source: String) throws -> [IndexEntry] {
        var statement = try statement(SQLiteLookup.bySource)
        statement.bind(IndexKey.of(source.utf8))
        var found: [(id: Int64, IndexEntry)] = []
        try statement.rows { row in
            if row.isText(2, source), let id = row.integer(0), let entry = SQLiteLookup.entry(row) {
                found.append((id, entry))
            }
        }
        return SQLiteLookup.inOrder(found).map(\.1)
    }

    /// Calls `each` with every entry in the order of the log.
    public func all(_ each: (IndexEntry) throws -> Void) throws {
        try statement("SELECT \(SQLiteLookup.columns) FROM entry ORDER BY id").rows { row in
            if let entry = SQLiteLookup.entry(row) { try each(entry) }
        }
    }

    // MARK: Placements and refusals

    /// What was seen at a path, oldest first.
    public func placements(root: String, path: RawPath) throws -> [Placement] {
        var statement = try statement(SQLiteLookup.byPath)
        statement.bind(IndexKey.of(path.bytes))
        return try SQLiteLookup.placements(statement).filter { $0.path == path && $0.root == root }
    }

    /// Where an entry's bytes were seen, oldest first.
    public func placements(of entry: UInt64) throws -> [Placement] {
        var statement = try statement(
            "SELECT \(SQLiteLookup.placementColumns) FROM placement WHERE entry = ? ORDER BY id")
        statement.bind(entry)
        return try SQLiteLookup.placements(statement)
    }

    /// The columns that `placements(_:)` reads.
    private static let placementColumns = "id, root, path, entry, accession"

    private static func placements(_ statement: SQLiteStatement) throws -> [Placement] {
        var found: [(id: Int64, Placement)] = []
        try statement.rows { row in
            guard let id = row.integer(0), let root = row.string(1), let path = row.blob(2), let entry = row.index(3),
                let accession = row.index(4)
            else { return }
            found.append((id, Placement(root: root, path: RawPath(path), entry: entry, accession: accession)))
        }
        return inOrder(found).map(\.1)
    }
}

/// It must not reach another thread, nor be returned from `SQLiteIndex.read`.
@available(*, unavailable)
extension SQLiteLookup: Sendable {}

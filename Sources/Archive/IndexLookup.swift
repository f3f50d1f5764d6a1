import Files
import OpenSSL

/// Look-ups in the index on one connection. Answers are hints: the log has the last word.
///
/// For the session of `Index.read` that it was made for, and the thread that has it: afterwards others have the connection.
public struct IndexLookup {
    private let connection: IndexConnection

    init(_ connection: IndexConnection) { self.connection = connection }

    func statement(_ sql: String) throws(IndexError) -> IndexStatement { try connection.statement(sql) }

    // MARK: Entries

    /// The entries that the index has for a digest, earliest first.
    public func entries(_ digest: Digest) throws -> [UInt64] {
        var statement = try statement("SELECT id, sha256 FROM entry WHERE digest_key = ? ORDER BY id")
        statement.bind(Index.key(digest))
        var found: [UInt64] = []
        try statement.rows { row in
            if row.digest(1) == digest, let index = row.index(0) { found.append(index) }
        }
        return found
    }

    /// The earliest entry that the index has for a digest.
    public func entry(_ digest: Digest) throws -> UInt64? { try entries(digest).first }

    /// The columns that `entry(_:)` reads.
    private static let columns = "SELECT id, sha256, source, dated, published, recorded, title FROM entry"

    private static func entry(_ row: borrowing IndexRow) -> Index.Entry? {
        guard let index = row.index(0), let sha256 = row.digest(1), let source = row.string(2),
            let dated = row.string(3), let recorded = row.integer(5)
        else { return nil }
        return Index.Entry(
            index: index, sha256: sha256, source: source, dated: dated, published: row.integer(4), recorded: recorded,
            title: row.blob(6).map { String(decoding: $0, as: UTF8.self) })
    }

    /// A row about an entry.
    public func row(_ index: UInt64) throws -> Index.Entry? {
        var statement = try statement(IndexLookup.columns + " WHERE id = ?")
        statement.bind(index)
        return try statement.first(IndexLookup.entry)
    }

    /// Entries of an address, oldest first.
    public func entries(source: String) throws -> [Index.Entry] {
        var statement = try statement(IndexLookup.columns + " WHERE source_key = ? ORDER BY id")
        statement.bind(Index.key(source.utf8))
        var found: [Index.Entry] = []
        try statement.rows { row in
            if row.isText(2, source.utf8), let entry = IndexLookup.entry(row) { found.append(entry) }
        }
        return found
    }

    /// Calls `each` with every entry in the order of the log.
    public func all(_ each: (Index.Entry) throws -> Void) throws {
        try statement(IndexLookup.columns + " ORDER BY id").rows { row in
            if let entry = IndexLookup.entry(row) { try each(entry) }
        }
    }

    // MARK: Placements and refusals

    /// Whether a path is registered with an entry.
    public func isPlaced(root: String, path: RawPath, entry: UInt64) throws -> Bool {
        try placements(root: root, path: path).last?.entry == entry
    }

    /// What was seen at a path, oldest first.
    public func placements(root: String, path: RawPath) throws -> [Index.Placement] {
        var statement = try statement(
            "SELECT root, path, entry, accession FROM placement WHERE path_key = ? ORDER BY id")
        statement.bind(Index.key(path.bytes))
        return try IndexLookup.placements(statement).filter { $0.path == path && $0.root == root }
    }

    /// Where an entry's bytes were seen, oldest first.
    public func placements(of entry: UInt64) throws -> [Index.Placement] {
        var statement = try statement("SELECT root, path, entry, accession FROM placement WHERE entry = ? ORDER BY id")
        statement.bind(entry)
        return try IndexLookup.placements(statement)
    }

    private static func placements(_ statement: IndexStatement) throws -> [Index.Placement] {
        var found: [Index.Placement] = []
        try statement.rows { row in
            guard let root = row.string(0), let path = row.blob(1), let entry = row.index(2),
                let accession = row.index(3)
            else { return }
            found.append(Index.Placement(root: root, path: RawPath(path), entry: entry, accession: accession))
        }
        return found
    }

    /// Whether a refused file with this digest and code stands on an earlier register.
    public func isRefused(root: String, path: RawPath, digest: Digest?, code: String) throws -> Bool {
        var statement = try statement("SELECT root, path, sha256, error FROM refusal WHERE path_key = ?")
        statement.bind(Index.key(path.bytes))
        var isFound = false
        try statement.rows { row in
            if row.isText(0, root.utf8), row.blob(1) == path.bytes, row.digest(2) == digest, row.isText(3, code.utf8) {
                isFound = true
            }
        }
        return isFound
    }

    // MARK: The log

    /// The kind of a key-life entry that this version cannot read, when the log holds one.
    public func critical() throws -> String? {
        try statement("SELECT kind FROM critical LIMIT 1").first { $0.string(0) ?? "?" }
    }

    /// The time of the newest accession, ms.
    public func lastAccession() throws -> Int64? {
        try statement("SELECT max(recorded) FROM accession").first { $0.integer(0) }
    }
}

/// No other thread gets it, nor what `Index.read` returns.
@available(*, unavailable)
extension IndexLookup: Sendable {}

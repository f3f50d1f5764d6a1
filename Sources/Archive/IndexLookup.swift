import Files
import Foundation
import GRDB
import OpenSSL

/// Look-ups in the index on one connection. Answers are hints: the log has the last word.
public struct IndexLookup {
    private let database: Database

    init(_ database: Database) { self.database = database }

    func statement(_ sql: String) throws -> IndexStatement { try IndexStatement(database, sql) }

    /// The entries that the index has for a digest, earliest first.
    public func entries(_ digest: Digest) throws -> [UInt64] {
        var statement = try IndexStatement(database, "SELECT id, sha256 FROM entry WHERE digest_key = ? ORDER BY id")
        statement.bind(Index.key(digest))
        var found: [UInt64] = []
        try statement.rows { row in
            if row.digest(1) == digest, let index = row.index(0) { found.append(index) }
        }
        return found
    }

    /// The earliest entry that the index has for a digest.
    public func entry(_ digest: Digest) throws -> UInt64? { try entries(digest).first }

    /// The kind of a key-life entry that this version cannot read, when the log holds one.
    public func critical() throws -> String? {
        try Row.fetchCursor(database, sql: "SELECT kind FROM critical LIMIT 1").mapAll { $0.text("kind") ?? "?" }.first
    }

    /// Whether a path is registered with an entry.
    public func isPlaced(root: String, path: RawPath, entry: UInt64) throws -> Bool {
        try placements(root: root, path: path).last?.entry == entry
    }

    /// What was seen at a path, oldest first.
    public func placements(root: String, path: RawPath) throws -> [Index.Placement] {
        let statement = try database.cachedStatement(
            sql: "SELECT root, path, entry, accession FROM placement WHERE path_key = ? ORDER BY id")
        let rows = try Row.fetchCursor(statement, arguments: [Index.key(path.bytes)])
        var found: [Index.Placement] = []
        while let row = try rows.next() {
            guard let placement = IndexLookup.placement(row) else { continue }
            if placement.path == path, placement.root == root { found.append(placement) }
        }
        return found
    }

    /// Where an entry's bytes were seen, oldest first.
    public func placements(of entry: UInt64) throws -> [Index.Placement] {
        let statement = try database.cachedStatement(
            sql: "SELECT root, path, entry, accession FROM placement WHERE entry = ? ORDER BY id")
        return try Row.fetchCursor(statement, arguments: [Int64(clamping: entry)]).mapAll(IndexLookup.placement)
    }

    private static func placement(_ row: Row) -> Index.Placement? {
        guard let root = row.text("root"), let path = row.bytes("path"), let entry = row.index("entry"),
            let accession = row.index("accession")
        else { return nil }
        return Index.Placement(root: root, path: RawPath(path), entry: entry, accession: accession)
    }

    /// Whether a refused file with this digest and code stands on an earlier register.
    public func isRefused(root: String, path: RawPath, digest: Digest?, code: String) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "SELECT root, path, sha256, error FROM refusal WHERE path_key = ?")
        let rows = try Row.fetchCursor(statement, arguments: [Index.key(path.bytes)])
        while let row = try rows.next() {
            if row.text("root") == root, row.bytes("path") == path.bytes, row.digest("sha256") == digest,
                row.text("error") == code
            {
                return true
            }
        }
        return false
    }

    /// A row about an entry.
    public func row(_ index: UInt64) throws -> Index.Entry? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM entry WHERE id = ?")
        return try Row.fetchCursor(statement, arguments: [Int64(clamping: index)]).mapAll(IndexLookup.entry).first
    }

    /// Entries of an address, oldest first.
    public func entries(source: String) throws -> [Index.Entry] {
        let statement = try database.cachedStatement(sql: "SELECT * FROM entry WHERE source_key = ? ORDER BY id")
        return try Row.fetchCursor(statement, arguments: [Index.key(source.utf8)]).mapAll(IndexLookup.entry)
            .filter { $0.source.utf8.elementsEqual(source.utf8) }
    }

    /// Calls `each` with every entry in the order of the log.
    public func all(_ each: (Index.Entry) throws -> Void) throws {
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM entry ORDER BY id")
        while let row = try rows.next() {
            if let entry = IndexLookup.entry(row) { try each(entry) }
        }
    }

    /// The time of the newest accession, ms.
    public func lastAccession() throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT max(recorded) FROM accession")
    }

    private static func entry(_ row: Row) -> Index.Entry? {
        guard let index = row.index("id"), let sha256 = row.digest("sha256"), let source = row.text("source"),
            let dated = row.text("dated"), let recorded = row.integer("recorded")
        else { return nil }
        return Index.Entry(
            index: index, sha256: sha256, source: source, dated: dated, published: row.integer("published"),
            recorded: recorded, title: row.bytes("title").map { String(decoding: $0, as: UTF8.self) })
    }
}

extension RowCursor {
    /// All rows that can be read, each turned into a value at once: a row is only valid until the next one.
    fileprivate func mapAll<Value>(_ transform: (Row) -> Value?) throws -> [Value] {
        var values: [Value] = []
        while let row = try next() {
            if let value = transform(row) { values.append(value) }
        }
        return values
    }
}

/// Values of a row, `nil` where the column holds another type: anybody may have written the file, and GRDB's own
/// subscripts trap then.
extension Row {
    func value(_ column: String) -> DatabaseValue? { self[column] }

    func integer(_ column: String) -> Int64? { value(column).flatMap { Int64.fromDatabaseValue($0) } }

    /// An entry's index; negative numbers are none.
    func index(_ column: String) -> UInt64? { integer(column).flatMap { UInt64(exactly: $0) } }

    func text(_ column: String) -> String? { value(column).flatMap { String.fromDatabaseValue($0) } }

    func bytes(_ column: String) -> [UInt8]? { value(column).flatMap { Data.fromDatabaseValue($0) }.map { Array($0) } }

    func digest(_ column: String) -> Digest? { bytes(column).flatMap { Digest(bytes: $0) } }
}

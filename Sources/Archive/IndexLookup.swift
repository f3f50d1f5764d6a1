import Files
import Foundation
import GRDB
import OpenSSL

/// Look-ups in the index on one connection. Answers are hints: the log has the last word.
public struct IndexLookup {
    private let database: Database

    init(_ database: Database) { self.database = database }

    /// The earliest entry that the index has for a digest.
    public func entry(_ digest: Digest) throws -> UInt64? {
        let statement = try database.cachedStatement(
            sql: "SELECT id, sha256 FROM entry WHERE digest_key = ? ORDER BY id")
        let rows = try Row.fetchCursor(statement, arguments: [Index.key(digest)])
        while let row = try rows.next() {
            if Digest(bytes: Array(row["sha256"] as Data)) == digest { return UInt64(clamping: row["id"] as Int64) }
        }
        return nil
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
            let placement = IndexLookup.placement(row)
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

    private static func placement(_ row: Row) -> Index.Placement {
        Index.Placement(
            root: row["root"], path: RawPath(row["path"] as Data), entry: UInt64(clamping: row["entry"] as Int64),
            accession: UInt64(clamping: row["accession"] as Int64))
    }

    /// Whether a refused file with this digest and code stands on an earlier register.
    public func isRefused(root: String, path: RawPath, digest: Digest?, code: String) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "SELECT root, path, sha256, error FROM refusal WHERE path_key = ?")
        let rows = try Row.fetchCursor(statement, arguments: [Index.key(path.bytes)])
        while let row = try rows.next() {
            let sha256 = (row["sha256"] as Data?).flatMap { Digest(bytes: Array($0)) }
            if row["root"] as String == root, RawPath(row["path"] as Data) == path, sha256 == digest,
                row["error"] as String == code
            {
                return true
            }
        }
        return false
    }

    /// A row about an entry.
    public func row(_ index: UInt64) throws -> Index.Entry? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM entry WHERE id = ?")
        return try Row.fetchCursor(statement, arguments: [Int64(clamping: index)]).next().flatMap(IndexLookup.entry)
    }

    /// Entries of an address, oldest first.
    public func entries(source: String) throws -> [Index.Entry] {
        let statement = try database.cachedStatement(sql: "SELECT * FROM entry WHERE source_key = ? ORDER BY id")
        return try Row.fetchCursor(statement, arguments: [Index.key(source.utf8)]).mapAll(IndexLookup.entry)
            .compactMap { $0 }.filter { $0.source.utf8.elementsEqual(source.utf8) }
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
        guard let sha256 = Digest(bytes: Array(row["sha256"] as Data)) else { return nil }
        return Index.Entry(
            index: UInt64(clamping: row["id"] as Int64), sha256: sha256, source: row["source"], dated: row["dated"],
            published: row["published"], recorded: row["recorded"], title: row["title"])
    }
}

extension RowCursor {
    /// All rows, each turned into a value at once: a row is only valid until the next one.
    fileprivate func mapAll<Value>(_ transform: (Row) -> Value) throws -> [Value] {
        var values: [Value] = []
        while let row = try next() { values.append(transform(row)) }
        return values
    }
}

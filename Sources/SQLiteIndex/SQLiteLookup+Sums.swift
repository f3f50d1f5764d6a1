import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceRecord

extension SQLiteLookup {
    /// How many posts have a row that differs from their record, or no row; and the sums of the rows' keys.
    func differences(
        _ entries: Range<UInt64>, _ posts: [(index: UInt64, record: PostRecord)], _ key: MarkKey
    ) throws -> (count: Int, keys: EntryKeys) {
        var statement = try statement(
            "SELECT id, sha256, source, published, recorded FROM entry WHERE id >= ? AND id < ? ORDER BY id")
        statement.bind(entries.lowerBound)
        statement.bind(entries.upperBound)
        var keys = EntryKeys()
        var same = 0
        var next = 0
        try statement.rows { row in
            guard let index = row.index(0) else { return }
            let (digest, source) = (row.digest(1), row.key(2))
            keys.digests.add(key.mark(digest.map(IndexKey.of) ?? 0, index))
            keys.sources.add(key.mark(source ?? 0, index))
            while next < posts.count, posts[next].index < index { next += 1 }
            guard next < posts.count, posts[next].index == index else { return }
            let record = posts[next].record
            next += 1
            if digest == record.sha256, row.isText(2, record.sourceText), row.isInteger(3, record.published),
                row.isInteger(4, record.recorded)
            {
                same += 1
            }
        }
        return (posts.count - same, keys)
    }

    /// The sum over the keys in both tables, for rows below an id.
    func keys(_ table: KeyTable, _ key: MarkKey, below end: UInt64 = .max) throws -> LineSum {
        var sum = LineSum()
        for name in [table.name, table.recent] {
            try statement("SELECT key, \(table.row) FROM \(name)").rows { row in
                // A key or an id of another type leads to no row.
                guard let number = row.integer(0), let index = row.index(1) else { return sum.add(0) }
                if index < end { sum.add(key.mark(number, index)) }
            }
        }
        return sum
    }

    /// The sum over the rows about lines of registers, and over the keys of their placements. A row that cannot be a
    /// line has no mark, but is counted.
    func lines(_ key: MarkKey) throws -> (lines: LineSum, keys: LineSum) {
        var sum = LineSum()
        var keys = LineSum()
        try statement("SELECT root, path, entry, id FROM placement").rows { row in
            guard let root = row.text(0), let path = row.blob(1), let entry = row.index(2), let id = row.index(3)
            else { return sum.add(0) }
            sum.add(key.mark(root: root, path: path, entry: entry))
            keys.add(key.mark(IndexKey.of(path), id))
        }
        try statement("SELECT root, path, error, sha256, path_key FROM refusal").rows { row in
            guard let root = row.text(0), let path = row.blob(1), let code = row.text(2),
                row.isInteger(4, IndexKey.of(path))
            else { return sum.add(0) }
            sum.add(key.mark(root: root, path: path, code: code, digest: row.digest(3)))
        }
        return (sum, keys)
    }

    /// The sums of all rows.
    func sums(_ key: MarkKey, size: UInt64) throws -> IndexSums {
        var sums = IndexSums()
        (sums.lines, sums.placementRows) = try lines(key)
        sums.placementKeys = try keys(.path, key)
        sums.entries.digests = try keys(.digest, key, below: size)
        sums.entries.sources = try keys(.source, key, below: size)
        return sums
    }
}

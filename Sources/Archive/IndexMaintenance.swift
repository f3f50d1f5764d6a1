import ProvenanceEncoding
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification

extension LogView {
    /// Deletes the index and builds it again, under the lock.
    ///
    /// - Returns: the number of entries it was built from.
    public func rebuildIndex(lockTimeout: Double, progress: (UInt64) -> Void = { _ in }) throws(Problem) -> UInt64 {
        let lock = try archive.takeLock(timeout: lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        // What was read before the lock was had may be old by now.
        let current = try LogView(archive, trust: .nothing)
        return try wrapped {
            try archive.removeIndex()
            try IndexBuilder.update(
                try Index.forWriting(archive.index), to: current.reader, archive: archive, progress: progress)
            return current.size
        }
    }
}

extension ArchiveFolder {
    /// Deletes the index with SQLite's own files beside it.
    func removeIndex() throws(FileError) {
        for suffix in Index.fileEndings {
            try DurableFile.remove(RawPath(index.bytes + Array(suffix.utf8)))
        }
    }
}

extension ArchiveAudit.Report {
    /// Says whether the index is that of the log; where it is not, builds it again if nobody holds the lock.
    ///
    /// A remark, never a verdict: the index is derived.
    public mutating func compareIndex(_ view: LogView) {
        do {
            if let comparison {
                if let words = comparison.failure {
                    remarks.append("the index was not compared with the log: \(words)")
                    return
                }
                if comparison.differences == 0 { return }
                remarks.append(
                    "the index differs from log and registers in \(comparison.differences) rows; it is derived and was not used"
                )
            } else if try FileStatus.of(view.archive.index) == nil {
                return
            } else {
                remarks.append(
                    "the index is not that of this log, or cannot be read here; it is derived and was not used")
            }
            if problems.isEmpty, (try? view.rebuildIndex(lockTimeout: 0)) != nil {
                remarks.append("the index was built again")
            }
        } catch {
            remarks.append("the index was not compared with the log: \(error)")
        }
    }

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "status": .string(status.word), "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
            "root": .string(checkpoint.root.hex), "posts": .number(posts), "accessions": .number(accessions),
            "unknown": .number(unknown), "files": .number(files), "claims": counts.json,
            "problems": .array(problems.map(\.json)), "remarks": .array(remarks.map(JSONValue.string)),
        ])
    }
}

/// How the index that was there compares with the entries that an audit has read.
struct IndexComparison: Sendable {
    /// Rows that are not what the log holds, or missing.
    var differences = 0
    /// What the keys of the rows that were compared come to.
    private(set) var keys = EntryKeys()
    /// Why there is nothing to compare, or no way to.
    var failure: String?

    mutating func add(_ other: IndexComparison) {
        differences += other.differences
        keys = keys + other.keys
        failure = failure ?? other.failure
    }

    init() {}

    /// Entries that are not what was logged say nothing about the index: where there are such, it was not compared.
    mutating func checkAuthentic(_ view: LogView) {
        do {
            try History.scan(view.reader, registers: view.archive.registers, lines: false) { _ in }
        } catch {
            failure = (error as? Problem)?.line ?? "\(error)"
        }
    }

    /// Compares the rows that say where posts were seen with the registers, and the keys by which rows are found with the
    /// rows of all entries, which were compared before: among rows that are right, a look-up misses none then.
    ///
    /// Nothing is decided by a row; but what `list` and `show` print of places should be true.
    mutating func add(_ sums: IndexSums, _ accessions: AccessionCheck) {
        do {
            let found = try sums.sums()
            differences += accessions.differences(found)
            differences += keys.digests.differences(found.entries.digests)
            differences += keys.sources.differences(found.entries.sources)
        } catch {
            failure = failure ?? Problem(any: error).line
        }
    }

    /// Compares the rows of some entries with the records of the posts among them, which stand in their order.
    init(
        _ index: Index, _ entries: Range<UInt64>, _ posts: [(index: UInt64, record: PostRecord)], _ key: MarkKey
    ) {
        do {
            (differences, keys) = try index.read { try $0.differences(entries, posts, key) }
        } catch {
            failure = Problem(any: error).line
        }
    }
}

/// What the keys of entries come to.
struct EntryKeys: Equatable, Sendable {
    var digests = LineSum()
    var sources = LineSum()

    static func + (one: EntryKeys, other: EntryKeys) -> EntryKeys {
        EntryKeys(digests: one.digests + other.digests, sources: one.sources + other.sources)
    }
}

extension IndexLookup {
    /// How many posts have another row than their record says, or none; and what the keys of the rows come to.
    func differences(
        _ entries: Range<UInt64>, _ posts: [(index: UInt64, record: PostRecord)], _ key: MarkKey
    ) throws -> (Int, EntryKeys) {
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
            keys.digests.add(key.mark(digest.map(Index.key) ?? 0, index))
            keys.sources.add(key.mark(source ?? 0, index))
            while next < posts.count, posts[next].index < index { next += 1 }
            guard next < posts.count, posts[next].index == index else { return }
            let record = posts[next].record
            next += 1
            if digest == record.sha256, row.isText(2, record.source.string), row.isInteger(3, record.published),
                row.isInteger(4, record.recorded)
            {
                same += 1
            }
        }
        return (posts.count - same, keys)
    }

    /// What the keys in both tables come to, for rows below an id.
    func keys(_ table: KeyTable, _ key: MarkKey, below end: UInt64 = .max) throws -> LineSum {
        var sum = LineSum()
        for name in [table.name, table.recent] {
            try statement("SELECT key, \(table.row) FROM \(name)").rows { row in
                // What is no number leads nowhere.
                guard let number = row.integer(0), let index = row.index(1) else { return sum.add(0) }
                if index < end { sum.add(key.mark(number, index)) }
            }
        }
        return sum
    }

    /// What the rows about lines of registers come to, and the keys of the placements among them. A row that no line can
    /// be has no mark and counts all the same.
    func lines(_ key: MarkKey) throws -> (lines: LineSum, keys: LineSum) {
        var sum = LineSum()
        var keys = LineSum()
        try statement("SELECT root, path, entry, id FROM placement").rows { row in
            guard let root = row.text(0), let path = row.blob(1), let entry = row.index(2), let id = row.index(3)
            else { return sum.add(0) }
            sum.add(key.mark(root: root, path: path, entry: entry))
            keys.add(key.mark(Index.key(path), id))
        }
        try statement("SELECT root, path, error, sha256, path_key FROM refusal").rows { row in
            guard let root = row.text(0), let path = row.blob(1), let code = row.text(2),
                row.isInteger(4, Index.key(path))
            else { return sum.add(0) }
            sum.add(key.mark(root: root, path: path, code: code, digest: row.digest(3)))
        }
        return (sum, keys)
    }
}

import Files
import OpenSSL
import Post

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
            try DurableFile.remove(archive.digests)
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
    /// Why there is nothing to compare, or no way to.
    var failure: String?

    mutating func add(_ other: IndexComparison) {
        differences += other.differences
        failure = failure ?? other.failure
    }

    init() {}

    /// Entries that are not what was logged say nothing about the index: where there are such, it was not compared.
    mutating func checkAuthentic(_ view: LogView) {
        do {
            try History.scan(view.reader, accessions: view.archive.accessions, lines: false) { _ in }
        } catch {
            failure = (error as? Problem)?.line ?? "\(error)"
        }
    }

    /// Compares the rows that say where posts were seen with the registers.
    ///
    /// `add` believes a row that says where known bytes were seen, for registers are too long to read each time; so an audit
    /// compares them.
    init(_ index: Index, _ accessions: AccessionCheck) {
        do {
            differences = try index.read { try accessions.differences($0) }
        } catch {
            failure = Problem(any: error).line
        }
    }

    /// Compares the rows of posts with their records, which stand in the order of their entries.
    init(_ index: Index, _ posts: [(index: UInt64, record: PostRecord)]) {
        do {
            differences = try index.read { try $0.differences(posts) }
        } catch {
            failure = Problem(any: error).line
        }
    }
}

extension IndexLookup {
    /// How many posts have another row than their record says, or none.
    func differences(_ posts: [(index: UInt64, record: PostRecord)]) throws -> Int {
        guard let first = posts.first?.index, let last = posts.last?.index else { return 0 }
        var statement = try statement(
            """
            SELECT id, sha256, source, published, recorded, digest_key, source_key FROM entry
            WHERE id BETWEEN ? AND ? ORDER BY id
            """)
        statement.bind(first)
        statement.bind(last)
        var same = 0
        var next = 0
        try statement.rows { row in
            guard let index = row.index(0) else { return }
            while next < posts.count, posts[next].index < index { next += 1 }
            guard next < posts.count, posts[next].index == index else { return }
            let record = posts[next].record
            next += 1
            if row.digest(1) == record.sha256, row.isText(2, record.source.utf8),
                row.isInteger(3, record.published), row.isInteger(4, record.recorded),
                row.isInteger(5, Index.key(record.sha256)), row.isInteger(6, Index.key(record.source.utf8))
            {
                same += 1
            }
        }
        return posts.count - same
    }

    /// What the rows about lines of registers come to. A row that no line can be has no mark and counts all the same.
    func lines(_ key: MarkKey) throws -> LineSum {
        var sum = LineSum()
        try statement("SELECT root, path, entry, path_key FROM placement").rows { row in
            guard let root = row.text(0), let path = row.blob(1), let entry = row.index(2),
                row.isInteger(3, Index.key(path))
            else { return sum.add(0) }
            sum.add(key.mark(root: root, path: path, entry: entry))
        }
        try statement("SELECT root, path, error, sha256, path_key FROM refusal").rows { row in
            guard let root = row.text(0), let path = row.blob(1), let code = row.text(2),
                row.isInteger(4, Index.key(path))
            else { return sum.add(0) }
            sum.add(key.mark(root: root, path: path, code: code, digest: row.digest(3)))
        }
        return sum
    }
}

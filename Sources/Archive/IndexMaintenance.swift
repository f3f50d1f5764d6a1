import Files

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
            if let index = view.currentIndex() {
                let differences = try index.differences(from: view)
                if differences == 0 { return }
                remarks.append(
                    "the index differs from log and registers in \(differences) rows; it is derived and was not used")
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
            let words = (error as? Problem)?.line ?? "\(error)"
            remarks.append("the index was not compared with the log: \(words)")
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

extension Index {
    /// Rows that are not what log and registers say, or missing.
    ///
    /// `add` believes a row that says where a post was seen, for registers are too long to read each time; so an audit
    /// compares them. Rows without a line are counted where every register is here and none of its lines is withheld.
    func differences(from view: LogView) throws -> Int {
        try read { lookup in
            var count = 0
            var lines = 0
            var isWhole = true
            try History.scan(view.reader, accessions: view.archive.accessions) { event in
                switch event {
                case .post(let index, let record):
                    guard let row = try lookup.row(index), row.sha256 == record.sha256,
                        row.source.utf8.elementsEqual(record.source.utf8), row.recorded == record.recorded,
                        row.published == record.published
                    else {
                        count += 1
                        return
                    }
                case .accession(_, _, let outcome): if outcome != .authentic(withheld: 0) { isWhole = false }
                case .line(_, let root, let line):
                    lines += 1
                    if try !lookup.has(line, root: root) { count += 1 }
                case .other: break
                }
            }
            return isWhole ? max(count, try lookup.countOfLines() - lines) : count
        }
    }
}

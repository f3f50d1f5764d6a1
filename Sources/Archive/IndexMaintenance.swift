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
    /// Rows about entries that are not what the log holds, or missing.
    func differences(from view: LogView) throws -> Int {
        try read { lookup in
            var count = 0
            try History.scan(view.reader, accessions: view.archive.accessions, lines: false) { event in
                guard case .post(let index, let record) = event else { return }
                guard let row = try lookup.row(index), row.sha256 == record.sha256,
                    row.source.utf8.elementsEqual(record.source.utf8), row.recorded == record.recorded,
                    row.published == record.published
                else {
                    count += 1
                    return
                }
            }
            return count
        }
    }
}

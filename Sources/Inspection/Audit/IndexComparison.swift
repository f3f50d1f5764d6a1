import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Compares the existing index with the entries that an audit has read.
struct IndexComparison: Sendable {
    /// Number of rows that differ from the log, or are missing.
    var differences = 0
    /// Sums of the keys of the rows compared.
    private(set) var keys = EntryKeys()
    /// Why the index was not, or could not be, compared.
    var failure: String?

    mutating func add(_ other: IndexComparison) {
        differences += other.differences
        keys = keys + other.keys
        failure = failure ?? other.failure
    }

    init() {}

    /// Discards the comparison if entries are damaged, since they are no evidence against the index.
    mutating func checkAuthentic(_ view: LogView) {
        do {
            try LogEvents.scan(view.reader, registers: view.archive.registers, lines: false) { _ in }
        } catch {
            failure = (error as? Problem)?.line ?? "\(error)"
        }
    }

    /// Compares the rows about places with the registers, and the lookup keys with the rows of all entries.
    ///
    /// Those rows were compared before, so matching keys mean that no lookup misses a row. No row decides a verdict,
    /// but the places that `list` and `show` print should be true.
    mutating func add(_ sums: IndexSumming, _ accessions: AccessionCheck) {
        do {
            let found = try sums.sums()
            differences += accessions.differences(found)
            differences += keys.digests.differences(found.entries.digests)
            differences += keys.sources.differences(found.entries.sources)
        } catch {
            failure = failure ?? Problem(any: error).line
        }
    }

    /// Compares the rows of some entries with the records of their posts, which are given in order.
    init(
        _ index: any ArchiveIndex, _ entries: Range<UInt64>, _ posts: [(index: UInt64, record: PostRecord)],
        _ key: MarkKey
    ) {
        do {
            (differences, keys) = try index.differences(entries, posts, key)
        } catch {
            failure = Problem(any: error).line
        }
    }
}

extension ArchiveAudit.Report {
    /// Compares the index with the log, and rebuilds a differing one if the lock is free.
    ///
    /// Gives a remark, never a verdict: the index is derived.
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
            } else if try !view.archive.indexLocation.exists() {
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
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

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
            try LogEvents.scan(view.reader, registers: view.archive.registers, lines: false) { _ in }
        } catch {
            failure = (error as? Problem)?.line ?? "\(error)"
        }
    }

    /// Compares the rows that say where posts were seen with the registers, and the keys by which rows are found with the
    /// rows of all entries, which were compared before: among rows that are right, a look-up misses none then.
    ///
    /// Nothing is decided by a row; but what `list` and `show` print of places should be true.
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

    /// Compares the rows of some entries with the records of the posts among them, which stand in their order.
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

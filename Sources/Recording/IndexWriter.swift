import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import Synchronization

/// Takes what an `add` has put on the record into the index, on a thread of its own: neither commit nor workers wait.
///
/// Rows come after the commit that made them durable. Used by one thread at a time, the committing one.
final class IndexWriter: @unchecked Sendable {
    // Confined to the committing thread, but for `failure`; `pending` is lent to the thread, and back after `settle`.
    private let index: any ArchiveIndex
    private let roots: [String]
    private let thread = SerialThread()
    private let failure = Mutex<IndexError?>(nil)
    private let isWriting = Atomic(false)
    private var rows = IndexRows()
    private var pending = IndexRows()
    private var written = 0

    /// Fewest rows that make a transaction: few are left for the end then.
    private static let minRows = 2_048
    /// Fewest that are not left for the end.
    private static let minRowsBeforeLast = 512
    /// Most rows that wait, some 1.5 MB.
    private static let maxRows = 4_096

    init(_ index: any ArchiveIndex, roots: [String]) {
        self.index = index
        self.roots = roots
        rows.begin(accession: 0, roots: roots)
    }

    /// Adds a row; it is written when enough of them have come.
    func add(_ line: RegisterLine, _ fresh: FreshRecord?) { rows.add(line, fresh) }

    /// Begins to write the rows that wait, if they are worth a transaction.
    ///
    /// - Parameter size: The log's size: the place that the accession to come will have at the least.
    /// - Throws: What an earlier write failed with.
    func writeIfDue(size: UInt64) throws(IndexError) {
        // The index's trees are touched all over, so the larger it is, the more a transaction must be worth.
        guard rows.count >= max(IndexWriter.minRows, min(written / 8, IndexWriter.maxRows)) else { return }
        if isWriting.load(ordering: .acquiring), rows.count < IndexWriter.maxRows { return }
        try write(size: size)
    }

    /// Begins to write the rows that wait before the last commit, unless they are few; `size` as for `writeIfDue`.
    func writeBeforeLast(size: UInt64) throws(IndexError) {
        guard rows.count >= IndexWriter.minRowsBeforeLast else { return }
        try write(size: size)
    }

    private func write(size: UInt64) throws(IndexError) {
        try settle()
        take()
        isWriting.store(true, ordering: .releasing)
        thread.async { [self] in
            // The accession's index is not known before the end, so placements carry the place it will have at the least, and
            // the state stays the old one: after a crash the next `add` drops these rows (`dropUnfinished`).
            pending.setAccession(size)
            do throws(IndexError) { try index.write(pending, to: nil) } catch { failure.withLock { $0 = error } }
            isWriting.store(false, ordering: .releasing)
        }
    }

    /// Writes all that waits, the accession behind it, and the state that the index then has; a new one gets its name.
    func close(_ accession: (index: UInt64, record: AccessionRecord)?, size: UInt64, root: Digest) throws(IndexError) {
        try settle()
        take()
        pending.setAccession(accession?.index ?? size)
        if let accession { pending.add(accession.index, accession.record) }
        try index.write(pending, to: IndexState(size: size, root: root))
        try index.publish()
    }

    /// Waits until nothing is being written any more.
    func abandon() { thread.wait() }

    /// Waits for the rows that are being written.
    private func settle() throws(IndexError) {
        thread.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func take() {
        pending.removeAll()
        swap(&rows, &pending)
        rows.begin(accession: 0, roots: roots)
        written += pending.count
    }
}

import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import Synchronization

/// Writes the rows of an `add` to the index on its own thread, so that neither commit nor workers wait.
///
/// Rows are added after the commit that made their records durable. Used by one thread at a time, the committing one.
final class IndexWriter: @unchecked Sendable {
    // Confined to the committing thread, except `failure`; `pending` belongs to the writing thread until `settle`.
    private let index: any ArchiveIndex
    private let roots: [String]
    private let thread = SerialThread()
    private let failure = Mutex<IndexError?>(nil)
    private let isWriting = Atomic(false)
    private var rows = IndexRows()
    private var pending = IndexRows()
    private var written = 0

    /// Minimum rows for a transaction during the `add`; small enough that few rows are left for the end.
    private static let minRows = 2_048
    /// Minimum rows for the transaction before the last commit; fewer are left for the end.
    private static let minRowsBeforeLast = 512
    /// Maximum rows held, about 1.5 MB.
    private static let maxRows = 4_096

    init(_ index: any ArchiveIndex, roots: [String]) {
        self.index = index
        self.roots = roots
        rows.begin(accession: 0, roots: roots)
    }

    /// Adds a row, to be written once there are enough.
    func add(_ line: RegisterLine, _ fresh: FreshRecord?) { rows.add(line, fresh) }

    /// Starts to write the waiting rows if there are enough for a transaction.
    ///
    /// - Parameter size: The log's size: the lowest index that the coming accession can have.
    /// - Throws: The error of an earlier write.
    func writeIfDue(size: UInt64) throws(IndexError) {
        // A transaction touches pages all over the index's trees, so a larger index needs more rows to be worth one.
        guard rows.count >= max(IndexWriter.minRows, min(written / 8, IndexWriter.maxRows)) else { return }
        if isWriting.load(ordering: .acquiring), rows.count < IndexWriter.maxRows { return }
        try write(size: size)
    }

    /// Starts to write the waiting rows before the last commit, unless they are few; `size` as for `writeIfDue`.
    func writeBeforeLast(size: UInt64) throws(IndexError) {
        guard rows.count >= IndexWriter.minRowsBeforeLast else { return }
        try write(size: size)
    }

    private func write(size: UInt64) throws(IndexError) {
        try settle()
        take()
        isWriting.store(true, ordering: .releasing)
        thread.async { [self] in
            // The accession's index is known only at the end. Until then placements carry the lowest index it can have,
            // and the state is left unchanged: after a crash the next `add` drops these rows (`dropUnfinished`).
            pending.setAccession(size)
            do throws(IndexError) { try index.write(pending, to: nil) } catch { failure.withLock { $0 = error } }
            isWriting.store(false, ordering: .releasing)
        }
    }

    /// Writes the remaining rows, then the accession and the index's new state; a new index is published.
    func close(_ accession: (index: UInt64, record: AccessionRecord)?, size: UInt64, root: Digest) throws(IndexError) {
        try settle()
        take()
        pending.setAccession(accession?.index ?? size)
        if let accession { pending.add(accession.index, accession.record) }
        try index.write(pending, to: IndexState(size: size, root: root))
        try index.publish()
    }

    /// Waits until no write is in progress.
    func abandon() { thread.wait() }

    /// Waits for the write in progress.
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

import Dispatch
import Merkle
import OpenSSL
import Post
import Synchronization

/// Takes what an `add` has put on the record into the index, on a thread of its own: neither commit nor workers wait.
///
/// Rows come after the commit that made them durable. Used by one thread at a time, the committing one.
final class IndexWriter: @unchecked Sendable {
    /// What the index is to know of one file.
    struct Row {
        let line: RegisterLine
        let record: FreshRecord?
    }

    // Confined to the committing thread, but for `failure`.
    private let index: Index
    private let roots: [String]
    private let queue = DispatchQueue(label: "index")
    private let failure = Mutex<(any Error)?>(nil)
    private let isWriting = Atomic(false)
    private var rows: [Row] = []
    private var written = 0

    /// Fewest rows that make a transaction.
    private static let fewest = 2_048
    /// Most rows that wait, some 4 MB.
    private static let most = 4_096

    init(_ index: Index, roots: [String]) {
        self.index = index
        self.roots = roots
    }

    /// Adds a row; it is written when enough of them have come.
    func add(_ row: Row) { rows.append(row) }

    /// Begins to write the rows that wait, if they are worth a transaction.
    ///
    /// - Parameter size: The log's size: the place that the accession to come will have at the least.
    /// - Throws: What an earlier write failed with.
    func writeIfDue(size: UInt64) throws {
        guard rows.count >= IndexWriter.fewest else { return }
        if isWriting.load(ordering: .acquiring), rows.count < IndexWriter.most { return }
        try settle()
        let pending = take()
        isWriting.store(true, ordering: .releasing)
        queue.async { [self] in
            do {
                // The accession's index is not known before the end, so placements carry the place it will have at the
                // least, and the state stays the old one: after a crash the next `add` drops these rows
                // (`dropUnfinished`).
                try write(pending, accession: size) { _ in }
            } catch {
                failure.withLock { $0 = error }
            }
            isWriting.store(false, ordering: .releasing)
        }
    }

    /// Writes all that waits, the accession behind it, and the state that the index then has.
    func close(_ accession: (index: UInt64, record: AccessionRecord)?, size: UInt64, root: Digest) throws {
        try settle()
        try write(take(), accession: accession?.index ?? size) { update in
            if let accession { try update.add(accession.index, accession.record) }
            try update.setState(size: size, root: root)
        }
    }

    /// The entry that this `add` has recorded a digest under: among rows that wait, then in the index.
    func entry(_ digest: Digest) throws -> UInt64? {
        for row in rows where row.record != nil && row.line.sha256 == digest { return row.line.entry }
        try settle()
        return try index.read { try $0.entry(digest) }
    }

    /// Waits until nothing is being written any more.
    func abandon() { queue.sync {} }

    /// Waits for the rows that are being written.
    private func settle() throws {
        queue.sync {}
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func take() -> [Row] {
        let pending = rows
        rows = []
        rows.reserveCapacity(pending.count)
        return pending
    }

    private func write(_ rows: [Row], accession: UInt64, _ more: (IndexUpdate) throws -> Void) throws {
        try index.write { update in
            for row in rows {
                if let made = row.record, let entry = row.line.entry {
                    try update.add(entry, made.record, title: made.title)
                }
                try update.add(row.line, root: roots[row.line.root], accession: accession)
            }
            try more(update)
        }
    }
}

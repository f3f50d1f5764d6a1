import ProvenanceEncoding
import ProvenanceRecord

/// Rows that wait to be taken into the index: flat, without an object or an array for each, for thousands are held.
struct IndexRows {
    /// What the index is to know of one file that is on the record; its texts stand in `bytes`, one after the other.
    struct Row {
        /// Where the first of its texts, the path, begins.
        let start: Int
        let entry: UInt64
        let sha256: Digest
        /// Whether the entry is new, not just seen at one more place.
        let isNew: Bool
        let published: Int64?
        let recorded: Int64
        let root: Int
        let path: UInt32
        let source: UInt32
        let dated: UInt32
        let title: UInt32
    }

    private(set) var rows: [Row] = []
    private(set) var refusals: [RegisterLine] = []
    private(set) var bytes: [UInt8] = []
    /// How many of the rows are of new entries.
    private(set) var new = 0

    var count: Int { rows.count + refusals.count }

    /// Adds what a line of the register says, and the record that it names if that is new.
    mutating func add(_ line: RegisterLine, _ fresh: FreshRecord?) {
        guard let entry = line.entry, let sha256 = line.sha256 else {
            refusals.append(line)
            return
        }
        let start = bytes.count
        let path = append(line.path.bytes)
        guard let fresh else {
            rows.append(
                Row(
                    start: start, entry: entry, sha256: sha256, isNew: false, published: nil, recorded: 0,
                    root: line.root,
                    path: path, source: 0, dated: 0, title: 0))
            return
        }
        let record = fresh.record
        new += 1
        rows.append(
            Row(
                start: start, entry: entry, sha256: sha256, isNew: true, published: record.published,
                recorded: record.recorded,
                root: line.root, path: path, source: append(record.source.utf8), dated: append(record.dated.utf8),
                title: append(fresh.title.utf8)))
    }

    private mutating func append(_ text: some Collection<UInt8>) -> UInt32 {
        bytes.append(contentsOf: text)
        return UInt32(clamping: text.count)
    }

    mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        refusals.removeAll()
        bytes.removeAll(keepingCapacity: true)
        new = 0
    }
}

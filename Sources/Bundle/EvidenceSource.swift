import Archive
import Log
import Post

/// The entries of a selection in order, with their proofs and labels; some at a time.
struct EvidenceSource {
    private var entries: ProvenEntries
    private let selection: ManifestSelection
    private let index: Index
    private var position = 0

    init(_ reader: LogReader, _ selection: ManifestSelection, index: Index) {
        entries = ProvenEntries(reader)
        self.selection = selection
        self.index = index
    }

    /// The next entries, at most so many; none at the end.
    mutating func next(_ most: Int) throws(Problem) -> [EvidenceEntry] {
        do { return try index.read { try next(most, $0) } } catch { throw Problem(any: error) }
    }

    private mutating func next(_ most: Int, _ lookup: IndexLookup) throws -> [EvidenceEntry] {
        var found: [EvidenceEntry] = []
        while found.count < most, let number = number(position) {
            position += 1
            let (entry, proof) = try entries.next(number)
            let record = ManifestEncoder.record(entry)
            found.append(
                EvidenceEntry(
                    index: number, note: Array(entry), proof: proof, record: record,
                    labels: record == nil ? ManifestLabels() : try ManifestExport.labels(number, lookup)))
        }
        return found
    }

    private func number(_ position: Int) -> UInt64? {
        switch selection {
        case .range(let from, let to):
            let number = from + UInt64(position)
            return number < to ? number : nil
        case .filter(let indexes, _): return position < indexes.count ? indexes[position] : nil
        }
    }
}

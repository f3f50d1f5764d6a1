import ProvenanceArchive
import ProvenanceLog
import ProvenanceVerification

/// The entries of a selection in order, with proofs and labels, read in portions.
struct EvidenceSource {
    private var entries: ProvenEntries
    private let selection: ManifestSelection
    private let labels: ExportLabels
    private var position = 0

    init(_ reader: LogReader, _ selection: ManifestSelection, labels: ExportLabels) {
        entries = ProvenEntries(reader)
        self.selection = selection
        self.labels = labels
    }

    /// The next entries, at most `most`; empty at the end.
    mutating func next(_ most: Int) throws(Problem) -> [EvidenceEntry] {
        var found: [EvidenceEntry] = []
        while found.count < most, let number = number(position) {
            position += 1
            let (entry, proof) = try entries.next(number)
            let record = ManifestEncoder.record(entry)
            found.append(
                EvidenceEntry(
                    index: number, note: Array(entry), proof: proof, record: record,
                    labels: record.map { labels.labels(number, $0) } ?? ManifestLabels()))
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

import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem

/// Updates the index to a checkpoint, from the log and the registers.
package struct IndexBuilder {
    /// How the index was brought up to date.
    package enum Outcome: Sendable {
        /// It already had the checkpoint's tree.
        case current
        /// Newer entries were added to it.
        case extended
        /// It was rebuilt from the first entry.
        case rebuilt
    }

    /// Rows in one transaction; limits the memory of a long rebuild.
    private static let rowsInTransaction = 20_000

    /// Updates `index` to the reader's tree.
    @discardableResult
    package static func update(
        _ index: any ArchiveIndex, to reader: LogReader, archive: ArchiveFolder, progress: (UInt64) -> Void = { _ in }
    ) throws -> Outcome {
        var first: UInt64 = 0
        var outcome = Outcome.rebuilt
        if let state = try index.state(), state.size <= reader.size, try reader.root(at: state.size) == state.root {
            try index.dropUnfinished(from: state.size)
            if state.size == reader.size { return .current }
            first = state.size
            outcome = .extended
        } else {
            try index.clear()
        }
        var rows = IndexRows()
        var done = first
        try LogEvents.scan(reader, registers: archive.registers, from: first) { event in
            switch event {
            case .post(let index, let record):
                rows.add(index, record)
                done = index
            case .accession(let index, let record, _):
                rows.add(index, record)
                done = index
            case .line(let accession, let root, let line):
                rows.continue(accession: accession, root: root)
                rows.add(line, nil, root: 0)
                if root == ".", let entry = line.entry, let title = title(archive, line) {
                    rows.setTitle(title, of: entry)
                }
            case .other(let index, let kind):
                if case .critical(let kind) = kind { rows.add(index, critical: kind.string) }
                done = index
            }
            if rows.count >= rowsInTransaction {
                try index.write(rows, to: nil)
                rows.removeAll()
                progress(done)
            }
        }
        try index.write(rows, to: IndexState(size: reader.size, root: reader.checkpoint.root))
        return outcome
    }

    /// The title of the post at a placement, if its bytes are still the registered ones.
    private static func title(_ archive: ArchiveFolder, _ line: RegisterLine) -> String? {
        guard line.path.isPlainRelative, let wanted = line.sha256,
            let bytes = try? readFile(below: archive.root, line.path, limit: Post.maxSize).bytes,
            SHA256.hash(bytes) == wanted
        else { return nil }
        return PostText.title(in: bytes)?.string
    }
}

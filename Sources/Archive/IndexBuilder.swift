import ProvenanceEncoding
import ProvenanceLog
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem

/// Brings the index up to a checkpoint, from log and registers.
struct IndexBuilder {
    /// What it took.
    enum Outcome: Sendable {
        /// The index was that of the checkpoint.
        case current
        /// Entries were added behind those it had.
        case extended
        /// It was built from nothing.
        case rebuilt
    }

    /// Rows in one transaction: bounds the memory that a long rebuild takes.
    private static let rowsInTransaction = 20_000

    /// Brings `index` to the reader's tree.
    @discardableResult
    static func update(
        _ index: Index, to reader: LogReader, archive: ArchiveFolder, progress: (UInt64) -> Void = { _ in }
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
        var pending: [History.Event] = []
        func flush(_ size: UInt64, _ root: Digest) throws {
            let isLast = size == reader.size
            // An index that is made anew gets its keys in the end: in their order, no page is written twice.
            let keys: IndexUpdate.Keys = outcome != .rebuilt ? .recent : isLast ? .all : .later
            try index.write(keys: keys) { update in
                for event in pending {
                    switch event {
                    case .post(let index, let record): try update.add(index, record, title: nil)
                    case .accession(let index, let record, _): try update.add(index, record)
                    case .line(let accession, let root, let line):
                        try update.add(line, root: root, accession: accession)
                        if root == ".", let entry = line.entry, let title = title(archive, line) {
                            try update.setTitle(title, of: entry)
                        }
                    case .other(let index, .critical(let kind)): try update.add(index, critical: kind.string)
                    case .other: break
                    }
                }
                if isLast { try update.setState(size: size, root: root) }
            }
            pending.removeAll(keepingCapacity: true)
        }
        var done = first
        try History.scan(reader, registers: archive.registers, from: first) { event in
            pending.append(event)
            switch event {
            case .post(let index, _), .accession(let index, _, _), .other(let index, _): done = index
            case .line: break
            }
            if pending.count >= rowsInTransaction {
                try flush(0, reader.checkpoint.root)
                progress(done)
            }
        }
        try flush(reader.size, reader.checkpoint.root)
        return outcome
    }

    /// The title of the post that stands at a placement, if its bytes are still the registered ones.
    private static func title(_ archive: ArchiveFolder, _ line: RegisterLine) -> String? {
        guard line.path.isPlainRelative, let wanted = line.sha256,
            let bytes = try? readFile(below: archive.root, line.path, limit: Post.maximumSize).bytes,
            SHA256.hash(bytes) == wanted, let post = try? Post(parsing: bytes)
        else { return nil }
        return post.title.string
    }
}

extension RegisterLine {
    /// The entry that the line names.
    var entry: UInt64? {
        switch fate {
        case .recorded(let entry), .known(let entry): entry
        case .refused: nil
        }
    }
}

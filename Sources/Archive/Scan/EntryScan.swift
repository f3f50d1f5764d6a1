import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem

/// Reads the entries of a log on all cores, each authenticated against the checkpoint's root before use.
public enum EntryScan {
    /// Reads entries.
    ///
    /// - Parameters:
    ///   - store: The log.
    ///   - checkpoint: Its origin, size and root. The caller verifies the signature.
    ///   - wanted: The entries wanted; `nil` for all.
    ///   - start: The initial value on each core.
    ///   - look: Called with each entry and its index, in log order within one core's share.
    /// - Returns: The final value of each core, in log order.
    /// - Throws: An error if the log is damaged or cannot be read.
    public static func run<Found: Sendable>(
        _ store: any ArchiveStore, _ checkpoint: Checkpoint, in wanted: Range<UInt64>? = nil, start: Found,
        _ look: @Sendable (_ entry: ArraySlice<UInt8>, _ index: UInt64, _ found: inout Found) -> Void
    ) throws(LogError) -> [Found] {
        let wanted = (wanted ?? 0..<checkpoint.size).clamped(to: 0..<checkpoint.size)
        guard !wanted.isEmpty else { return [] }
        let width = UInt64(Tile.fullWidth)
        let firstBundle = wanted.lowerBound / width
        let bundles = Int(clamping: (wanted.upperBound - 1) / width + 1 - firstBundle)
        return try concurrentMap(bundles) { (range) throws(LogError) in
            let reader = try LogReader(store, checkpoint)
            var found = start
            for number in range {
                let bundle = firstBundle + UInt64(number)
                var index = bundle * width
                for entry in try reader.entries(bundle: bundle) {
                    if wanted.contains(index) { look(entry, index, &found) }
                    index += 1
                }
            }
            return found
        }
    }
}

/// The kind of an entry by its first lines: enough to decide whether to read it in full.
///
/// Only a hint: an entry that begins like a record may be malformed.
public enum EntryBeginning {
    /// The first lines of a post's record: the digest that it states, and its address, if it states one.
    case post(sha256: Digest, source: ArraySlice<UInt8>?)
    /// An accession.
    case accession
    /// A key-life entry, with its first line.
    case keyLife(String)
    /// Anything else.
    case other

    private static let post = Array((PostRecord.kind + "\n").utf8)
    private static let post2 = Array((PostRecord.kind2 + "\n").utf8)
    private static let digestWord = Array("sha256 ".utf8)
    private static let sourceWord = Array("source ".utf8)

    /// Reads the beginning of an entry.
    public init(_ entry: ArraySlice<UInt8>) {
        let isVersion2 = entry.starts(with: EntryBeginning.post2)
        guard isVersion2 || entry.starts(with: EntryBeginning.post) else {
            switch EntryKind(of: entry) {
            case .accession: self = .accession
            case .critical(let line): self = .keyLife(line.string)
            case .post, .unknown: self = .other
            }
            return
        }
        // "provenance/post@v1, signer, sha256, size, source": each line in its place (record.md, "Lines"). In version 2 `log`
        // and `form` stand before the digest, and the source may be absent.
        var rest = entry.dropFirst(EntryBeginning.post.count)
        if isVersion2 { for _ in 0..<2 { _ = EntryBeginning.line(&rest) } }
        guard EntryBeginning.line(&rest) != nil, let digestLine = EntryBeginning.line(&rest),
            digestLine.starts(with: EntryBeginning.digestWord),
            let sha256 = Digest(hex: digestLine.dropFirst(EntryBeginning.digestWord.count)),
            EntryBeginning.line(&rest) != nil, let sourceLine = EntryBeginning.line(&rest),
            isVersion2 || sourceLine.starts(with: EntryBeginning.sourceWord)
        else {
            self = .other
            return
        }
        let hasSource = sourceLine.starts(with: EntryBeginning.sourceWord)
        self = .post(
            sha256: sha256, source: hasSource ? sourceLine.dropFirst(EntryBeginning.sourceWord.count) : nil)
    }

    /// Takes the next line, without its LF.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let end = rest.withUnsafeBytes { bytes in bytes.firstIndex(of: Bytes.newline) }
        guard let end else { return nil }
        let line = rest.prefix(end)
        rest = rest.dropFirst(end + 1)
        return line
    }
}

extension PostRecord {
    /// Parses the record in an entry; `nil` if the entry is not a post's record.
    package init?(entry: ArraySlice<UInt8>) {
        guard let text = LogEvents.noteText(entry), let record = try? PostRecord(parsing: text) else { return nil }
        self = record
    }
}

extension AccessionRecord {
    /// Parses the accession in an entry; `nil` if the entry is not an accession.
    package init?(entry: ArraySlice<UInt8>) {
        guard let text = LogEvents.noteText(entry), let record = try? AccessionRecord(parsing: text) else { return nil }
        self = record
    }
}

import ProvenanceLog
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem

/// Writes manifests, entry by entry, in their canonical form; memory use does not depend on the number of entries.
public enum ManifestWriter {
    /// Bytes buffered before the sink is called.
    private static let pieceSize = 1 << 18

    /// Writes a manifest into a file that is named once it is complete.
    ///
    /// - Returns: The number of entries.
    public static func write(
        to file: GrowingFile, reader: LogReader, checkpoint note: [UInt8], selection: ManifestSelection,
        since: [UInt8]? = nil, keys: [VerifierKey] = [],
        labels: (UInt64, PostRecord?) throws(Problem) -> ManifestLabels = { _, _ in ManifestLabels() },
        progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> UInt64 {
        try write(
            reader: reader, checkpoint: note, selection: selection, since: since, keys: keys, labels: labels,
            progress: progress
        ) { piece throws(Problem) in
            do throws(FileError) { try file.write(piece) } catch { throw Problem(error) }
        }
    }

    /// Writes a manifest.
    ///
    /// - Parameters:
    ///   - reader: The log; it authenticates every entry and every hash that is written.
    ///   - note: The checkpoint note with its signatures, of the same tree that the reader reads.
    ///   - selection: Which entries.
    ///   - since: An earlier checkpoint note of this log. The selection must be the range from its size to the end, so
    ///     that the manifest is the next link of a chain.
    ///   - keys: Public keys, for display only; a verifier does not trust them.
    ///   - labels: Called once for each entry, with its index and, when it is a well-formed post's, its record.
    ///   - progress: Called now and then with the number of entries written.
    ///   - sink: Takes the bytes in order.
    /// - Returns: The number of entries.
    /// - Throws: `Problem`: from the log, the labels or the sink, or `E-USAGE` for a selection that the log does not
    ///   have.
    public static func write(
        reader: LogReader, checkpoint note: [UInt8], selection: ManifestSelection, since: [UInt8]? = nil,
        keys: [VerifierKey] = [],
        labels: (UInt64, PostRecord?) throws(Problem) -> ManifestLabels = { _, _ in ManifestLabels() },
        progress: (UInt64) -> Void = { _ in }, to sink: ([UInt8]) throws(Problem) -> Void
    ) throws(Problem) -> UInt64 {
        let checkpoint = try Manifest.checkpoint(note, place: "checkpoint")
        guard checkpoint == reader.checkpoint else {
            throw Problem(.checkpoint, "checkpoint", "the note is not that of the tree that is read")
        }
        try selection.check(size: reader.size)
        var bytes = try ManifestEncoder.beginning(note, since: since, reader, selection)
        var entries = ProvenEntries(reader)
        var count: UInt64 = 0
        func add(_ index: UInt64) throws(Problem) {
            if count > 0 { bytes.append(UInt8(ascii: ",")) }
            let (entry, proof) = try entries.next(index)
            let labels = try labels(index, ManifestEncoder.record(entry))
            ManifestEncoder.append(index, entry, proof, labels, to: &bytes)
            count += 1
            if bytes.count >= pieceSize {
                try sink(bytes)
                bytes.removeAll(keepingCapacity: true)
                progress(count)
            }
        }
        switch selection {
        case .range(let from, let to):
            var index = from
            while index < to {
                try add(index)
                index += 1
            }
        case .filter(let indexes, _):
            for index in indexes { try add(index) }
        }
        ManifestEncoder.appendEnd(keys: keys, selection, count: count, to: &bytes)
        try sink(bytes)
        progress(count)
        return count
    }
}

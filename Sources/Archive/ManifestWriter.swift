import Files
import Log
import Merkle
import Note
import OpenSSL
import Post

/// Writes manifests, entry by entry, in their canonical form; memory does not grow with the number of entries.
public enum ManifestWriter {
    /// Bytes gathered before the sink is called.
    private static let pieceSize = 1 << 18

    /// Writes a manifest into a file that gets its name later.
    ///
    /// - Returns: the number of entries.
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
    ///   - reader: The log; every entry and every hash that is written has been authenticated by it.
    ///   - note: The checkpoint note with its signatures, of the very tree that the reader reads.
    ///   - selection: Which entries.
    ///   - since: An earlier checkpoint note of this log. The selection must be the range from its size to the end, so
    ///     that the manifest is the next link of a chain.
    ///   - keys: Public keys to show; a verifier never trusts them.
    ///   - labels: Asked once for each entry, with its index and, when it is a well-formed post's, its record.
    ///   - progress: Told the number of entries written, now and then.
    ///   - sink: Takes the bytes in order.
    /// - Returns: the number of entries.
    /// - Throws: `Problem`: of the log, of the labels, of the sink, or `E-USAGE` for a selection the log does not have.
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
        var bytes: [UInt8] = []
        append("{\"$format\":", to: &bytes)
        CanonicalJSON.append(Manifest.format, to: &bytes)
        append(",\"checkpoint\":", to: &bytes)
        CanonicalJSON.append(String(decoding: note, as: UTF8.self), to: &bytes)
        if let since { try appendConsistency(since, reader, selection, to: &bytes) }
        append(",\"entries\":[", to: &bytes)
        var entries = ManifestEntries(reader)
        var count: UInt64 = 0
        func add(_ index: UInt64) throws(Problem) {
            if count > 0 { bytes.append(UInt8(ascii: ",")) }
            let (entry, proof) = try entries.next(index)
            append(index, entry, proof, try labels(index, record(entry)), to: &bytes)
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
        append("],\"keys\":", to: &bytes)
        CanonicalJSON.append(.array(keys.map { .string($0.description) }), to: &bytes)
        append(",\"selection\":", to: &bytes)
        CanonicalJSON.append(json(selection, count: count), to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        try sink(bytes)
        progress(count)
        return count
    }

    private static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private static func appendConsistency(
        _ note: [UInt8], _ reader: LogReader, _ selection: ManifestSelection, to bytes: inout [UInt8]
    ) throws(Problem) {
        let earlier = try Manifest.checkpoint(note, place: "the earlier checkpoint")
        func usage(_ reason: String) -> Problem { Problem(.usage, "the earlier checkpoint", reason) }
        guard earlier.origin.utf8.elementsEqual(reader.checkpoint.origin.utf8) else {
            throw usage("it is of the log \(earlier.origin), not of \(reader.checkpoint.origin)")
        }
        guard earlier.size > 0 else { throw usage("an empty log's checkpoint links nothing; export without it") }
        guard earlier.size <= reader.size else {
            throw Problem(
                .consistency, "the earlier checkpoint", "its size is \(earlier.size), this log's is \(reader.size)")
        }
        guard case .range(earlier.size, reader.size) = selection else {
            throw usage("with it goes the range from its size, \(earlier.size), to the end, \(reader.size)")
        }
        let proof: ConsistencyProof
        let root: Digest
        do {
            proof = try reader.consistencyProof(from: earlier.size)
            root = try reader.root(at: earlier.size)
        } catch {
            throw Problem(error)
        }
        guard root == earlier.root else {
            throw Problem(
                .consistency, "the earlier checkpoint",
                "this log's first \(earlier.size) entries have the root \(root.hex), the checkpoint \(earlier.root.hex)"
            )
        }
        append(",\"consistency\":{\"checkpoint\":", to: &bytes)
        CanonicalJSON.append(String(decoding: note, as: UTF8.self), to: &bytes)
        append(",\"proof\":", to: &bytes)
        append(proof.hashes, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    /// An array of hashes in base64.
    private static func append(_ hashes: [Digest], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (place, hash) in hashes.enumerated() {
            append(place > 0 ? ",\"" : "\"", to: &bytes)
            Base64.append(hash.bytes, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// One element of `entries`, its members in canonical order by construction.
    private static func append(
        _ index: UInt64, _ entry: ArraySlice<UInt8>, _ proof: [Digest], _ labels: ManifestLabels,
        to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: "{"))
        let text = String(validating: entry, as: UTF8.self)
        if text == nil {
            append("\"entry64\":\"", to: &bytes)
            Base64.append(entry, to: &bytes)
            append("\",", to: &bytes)
        }
        append("\"index\":", to: &bytes)
        Text.append(index, to: &bytes)
        if let text {
            append(",\"note\":", to: &bytes)
            CanonicalJSON.append(text, to: &bytes)
        }
        append(labels.placements, to: &bytes)
        append(",\"proof\":", to: &bytes)
        append(proof, to: &bytes)
        if let title = labels.title, title.utf8.count <= Manifest.longestLabels / 6 {
            append(",\"title\":", to: &bytes)
            CanonicalJSON.append(title, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ placements: [(root: String, path: RawPath)], to bytes: inout [UInt8]) {
        guard !placements.isEmpty else { return }
        append(",\"placements\":[", to: &bytes)
        let start = bytes.count
        for (place, placement) in placements.enumerated() {
            let before = bytes.count
            append(place > 0 ? ",{" : "{", to: &bytes)
            if let text = placement.path.text {
                append("\"path\":", to: &bytes)
                CanonicalJSON.append(text, to: &bytes)
            } else {
                append("\"path64\":", to: &bytes)
                CanonicalJSON.append(Base64.encode(placement.path.bytes), to: &bytes)
            }
            append(",\"root\":", to: &bytes)
            CanonicalJSON.append(placement.root, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
            if bytes.count - start > Manifest.longestLabels {
                bytes.removeSubrange(before...)
                break
            }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func json(_ selection: ManifestSelection, count: UInt64) -> JSONValue {
        switch selection {
        case .range(let from, let to):
            .object([
                "kind": .string("range"), "count": .number(count), "from": .number(from), "to": .number(to),
            ])
        case .filter(_, let description):
            .object(["kind": .string("filter"), "count": .number(count), "filter": .object(description)])
        }
    }

    /// The record of a post's entry, for the labels; nothing is verified.
    private static func record(_ entry: ArraySlice<UInt8>) -> PostRecord? {
        guard EntryKind(of: entry) == .post, let note = try? SignedNote(parsing: entry) else { return nil }
        return try? PostRecord(parsing: note.text)
    }
}

/// Entries of a log in ascending order, each with its inclusion proof.
///
/// Bundles are read once. Of a proof, only the hashes that the one before did not have are computed: for neighbours a
/// hash a level, where each by itself would take 255 for a tile.
private struct ManifestEntries {
    private let reader: LogReader
    private var bundle: (number: UInt64, entries: [ArraySlice<UInt8>])?
    private var last: [(subtree: Subtree, hash: Digest)] = []

    init(_ reader: LogReader) { self.reader = reader }

    mutating func next(_ index: UInt64) throws(Problem) -> (entry: ArraySlice<UInt8>, proof: [Digest]) {
        do throws(LogError) {
            let number = index / UInt64(Tile.fullWidth)
            if bundle?.number != number { bundle = (number, try reader.entries(bundle: number)) }
            let offset = Int(index % UInt64(Tile.fullWidth))
            guard let entries = bundle?.entries, offset < entries.count,
                let path = Subtree.inclusionPath(index: index, size: reader.size)
            else { throw LogError(.outOfRange, "entry \(index) in a log of \(reader.size)") }
            var hashes: [(subtree: Subtree, hash: Digest)] = []
            hashes.reserveCapacity(path.count)
            for subtree in path {
                if let known = last.first(where: { $0.subtree == subtree }) {
                    hashes.append(known)
                } else {
                    hashes.append((subtree, try reader.hash(of: subtree)))
                }
            }
            last = hashes
            return (entries[offset], hashes.map(\.hash))
        } catch {
            throw Problem(error)
        }
    }
}

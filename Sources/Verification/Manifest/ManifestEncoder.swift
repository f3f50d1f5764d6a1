import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord

/// The pieces of a manifest in canonical form, for writers: its beginning, an entry, its end.
public enum ManifestEncoder {
    /// Everything before the first entry.
    ///
    /// - Parameters:
    ///   - note: The checkpoint note with its signatures.
    ///   - since: An earlier checkpoint note, for a manifest that is the next link of a chain.
    ///   - reader: The log.
    ///   - selection: Which entries.
    /// - Returns: The bytes.
    /// - Throws: `Problem` where the earlier checkpoint does not fit the log or the selection.
    public static func beginning(
        _ note: [UInt8], since: [UInt8]?, _ reader: LogReader, _ selection: ManifestSelection
    ) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        append("{\"$format\":", to: &bytes)
        CanonicalJSON.append(Manifest.format, to: &bytes)
        append(",\"checkpoint\":", to: &bytes)
        CanonicalJSON.append(String(decoding: note, as: UTF8.self), to: &bytes)
        if let since { try appendConsistency(since, reader, selection, to: &bytes) }
        append(",\"entries\":[", to: &bytes)
        return bytes
    }

    /// Appends everything after the last entry.
    public static func appendEnd(
        keys: [VerifierKey], _ selection: ManifestSelection, count: UInt64, to bytes: inout [UInt8]
    ) {
        append("],\"keys\":", to: &bytes)
        CanonicalJSON.append(.array(keys.map { .string($0.description) }), to: &bytes)
        append(",\"selection\":", to: &bytes)
        CanonicalJSON.append(json(selection, count: count), to: &bytes)
        bytes.append(UInt8(ascii: "}"))
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

    /// Appends one element of `entries` without a comma; its members are in canonical order by construction.
    public static func append(
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
        Bytes.append(index, to: &bytes)
        if let text {
            append(",\"note\":", to: &bytes)
            CanonicalJSON.append(text, to: &bytes)
        }
        append(labels.placements, to: &bytes)
        append(",\"proof\":", to: &bytes)
        append(proof, to: &bytes)
        if let title = labels.title, title.utf8.count <= Manifest.maxLabelsBytes / 6 {
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
            if bytes.count - start > Manifest.maxLabelsBytes {
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
    public static func record(_ entry: ArraySlice<UInt8>) -> PostRecord? {
        guard EntryKind(of: entry) == .post, let note = try? SignedNote(parsing: entry) else { return nil }
        return try? PostRecord(parsing: note.text)
    }
}

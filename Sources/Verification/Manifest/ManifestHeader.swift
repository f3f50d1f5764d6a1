import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceSystem

/// The beginning of a manifest: everything before its entries.
public struct ManifestHeader: Sendable {
    /// The checkpoint note with its signatures, unverified.
    public let checkpoint: [UInt8]
    /// The earlier checkpoint note that the manifest claims to continue, unverified.
    public let since: [UInt8]?
    /// The hashes of the consistency proof between the two.
    let consistency: [Digest]

    /// Reads the beginning of a manifest and stops before its entries.
    package init(_ scanner: ManifestScanner) throws(Problem) {
        let first = "{\"$format\":"
        guard try scanner.take(first) else {
            throw scanner.malformed("$format", "no manifest: one begins with \(first)\"\(Manifest.format)\"")
        }
        guard try scanner.take("\"\(Manifest.format)\"") else {
            throw scanner.malformed("$format", "\"\(Manifest.format)\" is wanted; another version is not read")
        }
        try scanner.expect(",\"checkpoint\":", "checkpoint")
        let value = CanonicalJSON.decode(try scanner.value("checkpoint", limit: Manifest.maxNoteBytes))
        guard let note = value?.string else { throw scanner.malformed("checkpoint", "not a string in canonical form") }
        checkpoint = Array(note.utf8)
        guard try scanner.take(",\"consistency\":") else {
            since = nil
            consistency = []
            return
        }
        let link = CanonicalJSON.decode(try scanner.value("consistency", limit: Manifest.maxConsistencyBytes))
        guard let link, let members = link.members, members.count == 2, let earlier = members["checkpoint"]?.string,
            let proof = members["proof"]?.array
        else {
            throw scanner.malformed("consistency", "not an object of a checkpoint and a proof in canonical form")
        }
        guard let hashes = ManifestHeader.hashes(proof) else {
            throw scanner.malformed(
                "consistency", "the proof is not an array of at most \(maxProofHashes) hashes in canonical base64")
        }
        since = Array(earlier.utf8)
        consistency = hashes
    }

    /// The beginning of a manifest that is read from a file or from standard input; its entries are not read.
    ///
    /// - Throws: `Problem` with `E-MANIFEST-MALFORMED`.
    public static func read(_ source: FileStream, place: String) throws(Problem) -> ManifestHeader {
        try ManifestHeader(ManifestScanner(source, place: place))
    }

    /// The newest checkpoint note in a file that is either a manifest or a checkpoint. Only the beginning is read, so
    /// the size of a manifest does not matter. Nothing is verified.
    ///
    /// - Throws: `Problem` when the file cannot be read or is neither.
    public static func checkpointNote(of path: RawPath) throws(Problem) -> [UInt8] {
        let source: FileStream
        do { source = try FileStream(path) } catch { throw Problem(error) }
        return try checkpointNote(in: source, place: path.description)
    }

    /// The same for a stream, which is read once.
    ///
    /// - Throws: `Problem` when it cannot be read or is neither.
    public static func checkpointNote(in source: FileStream, place: String) throws(Problem) -> [UInt8] {
        let first: [UInt8]
        do { first = try source.peek(1) } catch { throw Problem(error) }
        let note: [UInt8]
        if first == [UInt8(ascii: "{")] {
            note = try read(source, place: place).checkpoint
        } else {
            do { note = try source.readAll(limit: SignedNote.maxNoteBytes) } catch { throw Problem(error) }
        }
        // The named file is of another kind: that is a usage error, not a failure of the log.
        do { _ = try Manifest.checkpoint(note, place: place) } catch {
            throw Problem(.malformed, place, "neither a manifest nor a checkpoint: \(error.reason)")
        }
        return note
    }

    /// Hashes in base64; `nil` for anything else, and for more hashes than a proof can have.
    static func hashes(_ elements: [JSONValue]) -> [Digest]? {
        guard elements.count <= maxProofHashes else { return nil }
        var hashes: [Digest] = []
        hashes.reserveCapacity(elements.count)
        for element in elements {
            guard let text = element.string, let hash = Base64.digest(Array(text.utf8)) else { return nil }
            hashes.append(hash)
        }
        return hashes
    }
}

import ProvenanceEncoding
import ProvenanceLog

/// One element of a manifest's `entries`, read strictly; nothing in it is verified.
package struct ManifestEntry {
    /// The entry's index as the manifest states it.
    package let index: UInt64
    /// The entry's bytes.
    package let bytes: [UInt8]
    /// The hashes of its inclusion proof, the leaf's sibling first.
    package let proof: [Digest]
    /// Labels.
    package let labels: ManifestLabels

    /// Why an element is malformed.
    package struct Fault: Error {
        package let reason: String
    }

    private static let names: Set<String> = ["entry64", "index", "note", "placements", "proof", "title"]

    /// Parses an element, which must be in canonical form with exactly the members of the format.
    package init(parsing element: [UInt8]) throws(Fault) {
        guard let members = CanonicalJSON.decode(element)?.members else {
            throw Fault(reason: "not an object in canonical form (RFC 8785)")
        }
        if let stranger = members.keys.first(where: { !ManifestEntry.names.contains($0) }) {
            throw Fault(reason: "the member \"\(stranger)\" is none of this format")
        }
        guard let index = members["index"]?.unsigned else { throw Fault(reason: "no index, or not a whole number") }
        guard let proof = members["proof"]?.array, let hashes = ManifestHeader.hashes(proof) else {
            throw Fault(reason: "no proof, or not an array of at most 63 hashes in canonical base64")
        }
        self.index = index
        self.proof = hashes
        bytes = try ManifestEntry.bytes(note: members["note"], base64: members["entry64"])
        var labels = ManifestLabels()
        if let title = members["title"] {
            guard let text = title.string else { throw Fault(reason: "the title is not a string") }
            labels.title = text
        }
        if let placements = members["placements"] {
            guard let elements = placements.array else { throw Fault(reason: "placements is not an array") }
            for element in elements { labels.placements.append(try ManifestEntry.placement(element)) }
        }
        self.labels = labels
    }

    private static func bytes(note: JSONValue?, base64: JSONValue?) throws(Fault) -> [UInt8] {
        let bytes: [UInt8]
        switch (note, base64) {
        case (.string(let text), nil): bytes = Array(text.utf8)
        case (nil, .string(let text)):
            guard let decoded = Base64.decode(Array(text.utf8)) else {
                throw Fault(reason: "entry64 is not canonical base64")
            }
            // Each entry has exactly one encoding.
            guard !Bytes.isUTF8(decoded) else { throw Fault(reason: "entry64 is UTF-8, so it must be a note") }
            bytes = decoded
        default: throw Fault(reason: "one of note and entry64 is wanted, a string")
        }
        guard bytes.count <= EntryBundle.maxEntryBytes else {
            throw Fault(reason: "an entry of \(bytes.count) bytes; at most \(EntryBundle.maxEntryBytes) are possible")
        }
        return bytes
    }

    private static func placement(_ value: JSONValue) throws(Fault) -> (root: String, path: RawPath) {
        guard let members = value.members, members.count == 2, let root = members["root"]?.string else {
            throw Fault(reason: "a placement is an object of a root and a path")
        }
        if let path = members["path"]?.string { return (root, RawPath(path)) }
        guard let text = members["path64"]?.string, let path = Base64.decode(Array(text.utf8)) else {
            throw Fault(reason: "a placement's path is text, or path64 in canonical base64")
        }
        return (root, RawPath(path))
    }
}

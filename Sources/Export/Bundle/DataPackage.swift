import ProvenanceBundle
import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord

/// A Frictionless data package: each post with its bytes and hash, so that `frictionless validate` checks them.
///
/// Addresses are titles of sources: a source's `path` must be a valid URL, and some addresses are not.
struct DataPackage {
    private var count: UInt64 = 0

    /// The text before the first resource.
    func beginning() -> [UInt8] {
        Array("{\"name\":\"provenance-bundle\",\"profile\":\"data-package\",\"resources\":[".utf8)
    }

    /// The resource of an entry's post.
    mutating func resource(_ entry: EvidenceEntry, _ record: PostRecord) -> [UInt8] {
        var members: [String: JSONValue] = [
            "bytes": .number(record.size), "format": .string("md"), "hash": .string("sha256:\(record.sha256.hex)"),
            "mediatype": .string("text/markdown"), "name": .string("post-\(entry.index)"),
            "path": .string("data/\(BundleLayout.payloadName(record.sha256))"),
        ]
        if let source = record.source { members["sources"] = .array([.object(["title": .string(source.string)])]) }
        // "title … must be a string of at least one character".
        if let title = entry.labels.title, !title.isEmpty { members["title"] = .string(title) }
        return separated(members)
    }

    /// The resource of the placeholder for withheld posts.
    mutating func withheld(_ bytes: [UInt8], _ digest: Digest) -> [UInt8] {
        separated([
            "bytes": .number(bytes.count), "format": .string("txt"), "hash": .string("sha256:\(digest.hex)"),
            "mediatype": .string("text/plain"), "name": .string("withheld"), "path": .string("data/withheld.txt"),
        ])
    }

    private mutating func separated(_ members: [String: JSONValue]) -> [UInt8] {
        count += 1
        return (count > 1 ? [UInt8(ascii: ",")] : []) + CanonicalJSON.encode(.object(members))
    }

    /// The text after the last resource.
    func end() -> [UInt8] { Array("]}".utf8) }
}

import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import TestSupport

@testable import ProvenanceSQLiteIndex

/// What an `add` puts into the index.
enum IndexFixture {
    static func record(_ source: String, title: String, epoch: Bool = false) throws -> FreshRecord {
        let head = epoch ? "<!--1476530841492-->\n[\(title)](\(source))\n------\n\n" : ""
        let bytes = Array(
            "---\ntitle: \"\(title)\"\ndate: 2016-10-15T11:27:21.492Z\nfrom: \(source)\n---\n\(head)<p>text</p>\n".utf8)
        let post = try Post(parsing: bytes)
        let digests = PostDigests.compute(bytes, post)
        return FreshRecord(
            PostRecord(post, digests, signer: "x.example/signer", recorded: 7), title: post.title.string)
    }

    static func line(_ path: String, _ digest: Digest?, _ fate: RegisterLine.Fate, root: Int = 0) -> RegisterLine {
        RegisterLine(
            root: root, path: RawPath(path), sha256: digest, size: 1, fate: fate,
            salt: Array(repeating: 0, count: RegisterLine.saltCount))
    }
}

extension SQLiteLookup {
    /// The kind of a key-life entry that stands in the index.
    func critical() throws -> String? {
        try statement("SELECT kind FROM critical LIMIT 1").first { $0.string(0) ?? "?" }
    }
}

extension SQLiteUpdate {
    func setState(size: UInt64, root: Digest) throws { try setState(IndexState(size: size, root: root)) }
}

import ProvenancePost
import ProvenanceRecord

/// What a folder of posts has to do with one record.
enum ManifestContent: Sendable {
    /// The post is there and everything that the record states of it was rebuilt.
    case same(ManifestPosts.File)
    /// The recorded bytes are there, but the record states something else of them.
    case mismatch(ManifestPosts.File, String)
    /// Another file stands where the post was seen; the words say which parts differ.
    case altered(ManifestPosts.File, String)
    /// The file could not be read again.
    case unreadable(ManifestPosts.File, String)
    /// No file has the recorded bytes, none stands where the post was seen.
    case absent
}

extension ManifestPosts {
    /// Looks for a record's post by its digest, then by the labels, and rebuilds every statement from what is found.
    func find(_ record: PostRecord, labels: ManifestLabels) -> ManifestContent {
        if let file = file(record.sha256) {
            switch rebuild(record, from: file) {
            case .record(let rebuilt):
                let differences = record.differences(from: rebuilt)
                if differences.isEmpty { return .same(file) }
                // The file was another one when the walk hashed it.
                if differences.contains(where: { $0.field == .sha256 }) {
                    return .altered(file, ManifestPosts.words(record.changedParts(from: rebuilt)))
                }
                return .mismatch(file, differences.map(ManifestPosts.words).joined(separator: "; "))
            case .noPost(let words): return .mismatch(file, "its bytes are no post: " + words)
            case .unreadable(let words): return .unreadable(file, words)
            }
        }
        guard let file = file(at: labels) else { return .absent }
        switch rebuild(record, from: file) {
        case .record(let rebuilt): return .altered(file, ManifestPosts.words(record.changedParts(from: rebuilt)))
        case .noPost(let words): return .altered(file, "it is no longer a post: " + words)
        case .unreadable(let words): return .unreadable(file, words)
        }
    }

    private enum Rebuilt {
        case record(PostRecord)
        case noPost(String)
        case unreadable(String)
    }

    private func rebuild(_ record: PostRecord, from file: File) -> Rebuilt {
        let bytes: [UInt8]
        do { bytes = try read(file) } catch {
            if error.isTooLarge { return .noPost(error.reason) }
            return .unreadable("cannot \(error.operation): \(error.reason)")
        }
        do { return .record(try PostComparison.rebuild(bytes, for: record)) } catch {
            return .noPost(error.description)
        }
    }

    private static func words(_ parts: [PostRecord.Part]) -> String {
        guard !parts.isEmpty else { return "the bytes differ" }
        return parts.map { "\($0.rawValue) (\($0.code))" }.joined(separator: ", ") + " changed"
    }

    private static func words(_ difference: PostRecord.Difference) -> String {
        "\(difference.field.rawValue) (\(difference.field.code)): recorded \(difference.recorded), "
            + "found \(difference.found)"
    }
}

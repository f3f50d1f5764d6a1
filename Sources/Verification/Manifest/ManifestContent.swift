import ProvenancePost
import ProvenanceRecord

/// The result of comparing a folder of posts with one record.
enum ManifestContent: Sendable {
    /// The post is there, and everything that its record states was rebuilt from it.
    case same(ManifestPosts.File)
    /// The recorded bytes are there, but the record states something else about them.
    case mismatch(ManifestPosts.File, String)
    /// The file at the post's recorded place is another one; the text tells which parts differ.
    case altered(ManifestPosts.File, String)
    /// The file could not be read again.
    case unreadable(ManifestPosts.File, String)
    /// No file has the recorded bytes, and the recorded place is empty.
    case absent
}

extension ManifestPosts {
    /// Finds a record's post by its digest, then by the labels, and rebuilds every statement from it.
    func find(_ record: PostRecord, labels: ManifestLabels) -> ManifestContent {
        if let file = file(record.sha256) {
            switch rebuild(record, from: file) {
            case .record(let rebuilt):
                let differences = record.differences(from: rebuilt)
                if differences.isEmpty { return .same(file) }
                // The file has changed since the walk hashed it.
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

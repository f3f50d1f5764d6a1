import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Finds the bytes of recorded posts, at their places in the archive or in a folder named for this.
///
/// The bytes returned have the recorded digest. Places outside the archive are unverified labels and are never opened.
public struct RecordedPosts: Sendable {
    private let root: RawPath
    private let folder: ManifestPosts?

    /// - Parameters:
    ///   - archive: The archive.
    ///   - folder: A further folder to look for posts in, by their digests.
    ///   - report: Called with each problem in reading that folder.
    /// - Throws: `Problem` with `E-UNREADABLE` for a folder that cannot be read.
    public init(_ archive: ArchiveFolder, also folder: RawPath?, report: (Problem) -> Void) throws(Problem) {
        root = archive.root
        self.folder = if let folder { try ManifestPosts(folder, report: report) } else { nil }
    }

    /// The bytes with a record's digest; `nil` if none of the places has them.
    public func bytes(of record: PostRecord, _ labels: ManifestLabels) -> [UInt8]? {
        for placement in labels.placements.reversed() where placement.root == "." {
            guard let bytes = try? readFile(below: root, placement.path, limit: Post.maxSize).bytes else {
                continue
            }
            if SHA256.hash(bytes) == record.sha256 { return bytes }
        }
        guard let folder, let file = folder.file(record.sha256), let bytes = try? folder.read(file),
            SHA256.hash(bytes) == record.sha256
        else { return nil }
        return bytes
    }
}

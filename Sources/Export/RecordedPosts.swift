import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Finds the bytes of recorded posts: where they were seen in the archive, else in a folder that was named.
///
/// What is given has the recorded digest. Places outside the archive are labels that nobody vouches for, and are never
/// opened; a folder counts only when it was named for this.
public struct RecordedPosts: Sendable {
    private let root: RawPath
    private let folder: ManifestPosts?

    /// - Parameters:
    ///   - archive: The archive.
    ///   - folder: A further folder to look for posts in, by their digests.
    ///   - report: Told what of that folder could not be read.
    /// - Throws: `Problem` with `E-UNREADABLE` for a folder that cannot be read.
    public init(_ archive: ArchiveFolder, also folder: RawPath?, report: (Problem) -> Void) throws(Problem) {
        root = archive.root
        self.folder = if let folder { try ManifestPosts(folder, report: report) } else { nil }
    }

    /// The bytes with a record's digest, or `nil` when they are at none of the places.
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

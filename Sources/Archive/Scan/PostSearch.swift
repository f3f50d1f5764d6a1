import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Looks through the whole archive for the bytes of some posts.
///
/// That bytes are nowhere is only said after this. Hidden folders and the archive's own are left out; folders that git
/// ignores are not.
package enum PostSearch {
    /// Identifies the bytes of a post by size, which needs no reading, and digest.
    package struct Key: Hashable, Sendable {
        package let size: UInt64
        package let sha256: Digest

        /// The bytes that a record states.
        package init(_ record: PostRecord) {
            size = UInt64(clamping: record.size)
            sha256 = record.sha256
        }

        fileprivate init(size: UInt64, sha256: Digest) {
            self.size = size
            self.sha256 = sha256
        }
    }

    /// Files hashed at a time.
    private static let window = 1_024

    /// Finds a place for each post that stands anywhere.
    ///
    /// - Parameters:
    ///   - wanted: The posts.
    ///   - archive: The archive.
    ///   - known: Folders that were looked through already, relative to the archive.
    ///   - names: Which names are looked at; none is left out.
    /// - Returns: One path for each post that was found, relative to the archive.
    /// - Throws: `Problem` if the archive's folder cannot be read.
    package static func run(
        _ wanted: Set<Key>, in archive: ArchiveFolder, except known: [RawPath] = [],
        names: PostFilter = .markdown
    ) throws(Problem) -> [Digest: RawPath] {
        guard !wanted.isEmpty, !known.contains(".") else { return [:] }
        do {
            let sizes = Set(wanted.map(\.size))
            var found: [Digest: RawPath] = [:]
            var left = wanted
            var batch: [RawPath] = []
            func lookAtBatch() throws {
                let (paths, root) = (batch, archive.root)
                let slices = try concurrentMap(paths.count) { (range) throws(Problem) in
                    paths[range].map { path in
                        guard let status = try? FileStatus.of(root.appending(path)), sizes.contains(status.size),
                            let bytes = try? readFile(below: root, path, limit: Post.maxSize).bytes
                        else { return Key?.none }
                        return Key(size: UInt64(bytes.count), sha256: SHA256.hash(bytes))
                    }
                }
                for (path, key) in zip(paths, slices.joined()) {
                    if let key, left.remove(key) != nil { found[key.sha256] = path }
                }
                batch.removeAll(keepingCapacity: true)
            }
            for name in try Walk(archive.root, skip: Set(ArchiveFolder.ownFolders + known), posts: names)
            where name.kind == .regular && name.failure == nil {
                batch.append(name.path)
                if batch.count == window {
                    try lookAtBatch()
                    if left.isEmpty { break }
                }
            }
            try lookAtBatch()
            return found
        } catch {
            throw Problem(any: error)
        }
    }
}

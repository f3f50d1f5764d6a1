import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// Writes bundles (Documentation/formats/bundle.md): every format of it from one pass over the entries.
public enum BundleExport {
    /// What goes into a bundle.
    public struct Options {
        /// Whether the posts do.
        public var hasPosts = true
        /// A folder in which posts are sought that the archive does not have at their places.
        public var posts: RawPath?
        /// The day of `--at`, `YYYY-MM-DD`.
        public var date: String?
        /// The signer's name and key; `nil` where the key is not at hand.
        public var signer: (name: String, key: Ed25519PrivateKey)?

        /// With the archive's posts, without a day and a signer.
        public init() {}
    }

    /// What was written.
    public struct Summary: Sendable {
        /// Entries.
        public var entries: UInt64 = 0
        /// Records of posts among them.
        public var posts: UInt64 = 0
        /// Posts that are in the bundle.
        public var files: UInt64 = 0
        /// Records whose posts are not at hand; the first of them.
        public var missing: [(index: UInt64, place: String)] = []
        /// How many there are.
        public var missingCount: UInt64 = 0
        /// SHA-256 of the tag manifest, for publishing elsewhere.
        public var tagManifest: Digest = .zero
        /// Whether the signer signed it.
        public var isSigned = false
    }

    /// Entries whose files are written at once, on all cores.
    private static let window = 512
    /// Records that are named when their posts are not at hand.
    static let maxNamed = 20
    static let withheld = Array(
        "The posts are withheld. Each record names its post by its SHA-256.\n".utf8)
    /// A bag has a payload, and a data package a resource, also where no entry is a post's.
    static let noPosts = Array("There is no post among these entries.\n".utf8)

    /// Writes a bundle.
    ///
    /// - Parameters:
    ///   - view: The log.
    ///   - labels: Places and titles.
    ///   - selection: Which entries.
    ///   - since: An earlier checkpoint, for the manifest's link to it.
    ///   - options: What goes into it.
    ///   - path: The folder to make; it must not exist.
    ///   - name: The path as typed.
    ///   - report: Told what of the folder of posts could not be read.
    ///   - progress: Told the entries written, now and then.
    /// - Returns: What was written.
    /// - Throws: `Problem`; nothing is left behind then.
    public static func write(
        _ view: LogView, labels: ExportLabels, selection: ManifestSelection, since: [UInt8]?, options: Options,
        to path: RawPath, name: String, report: (Problem) -> Void, progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> Summary {
        let keys = view.archive.keyFiles
        let header = EvidenceHeader(
            checkpoint: view.note, origin: view.archive.origin, size: view.size, selection: selection,
            date: options.date, keys: KeyFiles.Role.allCases.compactMap { try? keys.publishedKey($0) })
        let posts = options.hasPosts ? try RecordedPosts(view.archive, also: options.posts, report: report) : nil
        let folder = try BundleFolder(for: path, name: name)
        do {
            var writer = try BundleWriter(folder, header, view.reader, since: since, options)
            var source = EvidenceSource(view.reader, selection, labels: labels)
            while true {
                let entries = try source.next(window)
                if entries.isEmpty { break }
                let written = try writeFiles(entries, header, folder.place, posts)
                for (entry, files) in zip(entries, written) { try writer.add(entry, files) }
                progress(writer.summary.entries)
            }
            return try writer.finish(view.archive.keys)
        } catch {
            throw Problem(any: error)
        }
    }

    private static func writeFiles(
        _ entries: [EvidenceEntry], _ header: EvidenceHeader, _ place: RawPath, _ posts: RecordedPosts?
    ) throws -> [BundleFolder.Written] {
        let slices = try concurrentMap(entries.count) { (range) throws(Problem) in
            try writeFiles(entries[range], header, place, posts)
        }
        return Array(slices.joined())
    }

    private static func writeFiles(
        _ entries: ArraySlice<EvidenceEntry>, _ header: EvidenceHeader, _ place: RawPath, _ posts: RecordedPosts?
    ) throws(Problem) -> [BundleFolder.Written] {
        var written: [BundleFolder.Written] = []
        do {
            for entry in entries { written.append(try writeFiles(entry, header, place, posts)) }
        } catch {
            throw Problem(any: error)
        }
        return written
    }

    private static func writeFiles(
        _ entry: EvidenceEntry, _ header: EvidenceHeader, _ place: RawPath, _ posts: RecordedPosts?
    ) throws -> BundleFolder.Written {
        let note = try write(BundleLayout.note(entry.index), entry.note, place)
        let proof = try write(
            BundleLayout.proof(entry.index),
            TlogProof(extra: nil, index: entry.index, hashes: entry.proof, checkpoint: header.checkpoint).encoded(),
            place)
        var post: (Digest, UInt64)?
        var isMissing = false
        if let posts, let record = entry.record {
            if let bytes = posts.bytes(of: record, entry.labels) {
                // Where two entries record these bytes, the file stands once.
                if try writeNew(place.appending(RawPath("data/" + BundleLayout.payloadName(record.sha256))), bytes) {
                    post = (record.sha256, UInt64(bytes.count))
                }
            } else {
                isMissing = true
            }
        }
        return BundleFolder.Written(index: entry.index, note: note, proof: proof, post: post, isMissing: isMissing)
    }

    /// Writes a file unless it is there.
    private static func writeNew(_ path: RawPath, _ bytes: [UInt8]) throws(FileError) -> Bool {
        do throws(FileError) {
            try FolderTree.write(path, bytes)
            return true
        } catch {
            guard error.isExisting else { throw error }
            return false
        }
    }

    private static func write(
        _ name: String, _ bytes: [UInt8], _ place: RawPath
    ) throws -> Digest {
        try FolderTree.write(place.appending(RawPath(name)), bytes)
        return SHA256.hash(bytes)
    }
}

import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// Writes bundles (Documentation/formats/bundle.md): all their formats in one pass over the entries.
public enum BundleExport {
    /// The contents of a bundle.
    public struct Options {
        /// Whether to include the posts.
        public var hasPosts = true
        /// A further folder to search for posts that are not at their places in the archive.
        public var posts: RawPath?
        /// The day of `--at`, `YYYY-MM-DD`.
        public var date: String?
        /// The signer's name and key; `nil` without the key.
        public var signer: (name: String, key: Ed25519PrivateKey)?

        /// Options with the archive's posts, and without a day or a signer.
        public init() {}
    }

    /// The result of an export.
    public struct Summary: Sendable {
        /// Number of entries.
        public var entries: UInt64 = 0
        /// Number of records of posts among them.
        public var posts: UInt64 = 0
        /// Number of posts in the bundle.
        public var files: UInt64 = 0
        /// The first records whose posts were not found.
        public var missing: [(index: UInt64, place: String)] = []
        /// Number of records whose posts were not found.
        public var missingCount: UInt64 = 0
        /// SHA-256 of the tag manifest, for publishing elsewhere.
        public var tagManifest: Digest = .zero
        /// Whether the signer signed it.
        public var isSigned = false
    }

    /// Entries whose files are written at a time, on all cores.
    private static let window = 512
    /// Maximum number of records named in `missing`.
    static let maxNamed = 20
    static let withheld = Array(
        "The posts are withheld. Each record names its post by its SHA-256.\n".utf8)
    /// Content of the placeholder file: a bag needs a payload, and a data package a resource, even without a post.
    static let noPosts = Array("There is no post among these entries.\n".utf8)

    /// Writes a bundle.
    ///
    /// - Parameters:
    ///   - view: The log.
    ///   - labels: Places and titles of the entries.
    ///   - selection: The entries.
    ///   - since: An earlier checkpoint, for the manifest's link to it.
    ///   - options: The contents.
    ///   - path: The folder to make; it must not exist.
    ///   - name: The path as typed.
    ///   - report: Called with each problem in reading the folder of posts.
    ///   - progress: Called now and then with the number of entries written.
    /// - Returns: The result.
    /// - Throws: `Problem`; nothing is left on disk then. `E-NOTHING-CHECKED` if there is no entry: the range of a bundle
    ///   has a first and a last one.
    public static func write(
        _ view: LogView, labels: ExportLabels, selection: ManifestSelection, since: [UInt8]?, options: Options,
        to path: RawPath, name: String, report: (Problem) -> Void, progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> Summary {
        if case .range(let from, let to) = selection, from == to {
            throw Problem(
                .nothing, name, "nothing was recorded\(from > 0 ? " since" : ""); a bundle holds at least one entry",
                advice: "nothing was written; `provenance add` records posts")
        }
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
                // Several entries may record the same bytes; their file is written once.
                if try writeNew(place.appending(RawPath("data/" + BundleLayout.payloadName(record.sha256))), bytes) {
                    post = (record.sha256, UInt64(bytes.count))
                }
            } else {
                isMissing = true
            }
        }
        return BundleFolder.Written(index: entry.index, note: note, proof: proof, post: post, isMissing: isMissing)
    }

    /// Writes a file unless it exists, and returns whether it did.
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

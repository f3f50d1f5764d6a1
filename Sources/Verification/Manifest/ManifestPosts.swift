import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem

/// A folder of posts to compare with a manifest: every file, by its digest and its path. Which endings the names of posts have
/// is the archive's decision, and a manifest does not state it.
///
/// Some hundred bytes are held per file, but no content. Links, devices and FIFOs are never opened. The manifest's own
/// paths are only compared with the names that the walk found, and never opened.
package final class ManifestPosts: Sendable {
    /// A file by its number in the order of the walk.
    package typealias File = Int

    package let folder: RawPath
    /// The files' relative paths, one after the other.
    private let names: [UInt8]
    private let ends: [Int]
    /// The files' digests; `nil` for one that exceeds the size limit of a post.
    private let digests: [Digest?]
    /// The first file of each digest.
    private let byDigest: [Digest: File]
    /// The files sorted by their reversed paths, so that paths with the same ending are neighbours.
    private let byEnd: [File]
    /// Names below the folder that could not be read; their content is unknown.
    package let unreadable: UInt64

    /// Files hashed between two steps of the walk.
    private static let window = 1_024

    package var count: Int { ends.count }

    /// Walks a folder and hashes its posts on all cores.
    ///
    /// - Throws: `Problem` with `E-UNREADABLE` when the folder itself cannot be read; this is never reported as "all
    ///   missing".
    package init(_ folder: RawPath, report: (Problem) -> Void) throws(Problem) {
        var walk: Walk
        do { walk = try Walk(folder, posts: .all) } catch {
            throw Problem(
                .unreadable, folder.description, "cannot \(error.operation) \(error.path): \(error.reason)",
                advice: "nothing was compared; name a readable folder of posts")
        }
        var names: [UInt8] = []
        var ends: [Int] = []
        var digests: [Digest?] = []
        var byDigest: [Digest: File] = [:]
        var unreadable: UInt64 = 0
        func refuse(_ path: RawPath, _ error: FileError) {
            unreadable += 1
            report(
                Problem(.unreadable, folder.appending(path).description, "cannot \(error.operation): \(error.reason)"))
        }
        var atEnd = false
        while !atEnd {
            var paths: [RawPath] = []
            while paths.count < ManifestPosts.window {
                guard let name = walk.next() else {
                    atEnd = true
                    break
                }
                if let failure = name.failure { refuse(name.path, failure) }
                if name.kind == .regular { paths.append(name.path) }
            }
            let hashes = ManifestPosts.hash(paths, below: folder)
            for (path, hash) in zip(paths, hashes) {
                switch hash {
                // Any other file that an entry records is missing then, which is told.
                case .failure where !PostFilter.markdown.isPost(path): break
                case .failure(let error): refuse(path, error)
                case .success(let digest):
                    if let digest, byDigest[digest] == nil { byDigest[digest] = ends.count }
                    names += path.bytes
                    ends.append(names.count)
                    digests.append(digest)
                }
            }
        }
        self.folder = folder
        self.names = names
        self.ends = ends
        self.digests = digests
        self.byDigest = byDigest
        self.unreadable = unreadable
        byEnd = ends.indices.sorted {
            ManifestPosts.slice(names, ends, $0).reversed()
                .lexicographicallyPrecedes(ManifestPosts.slice(names, ends, $1).reversed())
        }
    }

    private static func hash(
        _ paths: [RawPath], below folder: RawPath
    ) -> [Result<Digest?, FileError>] {
        let work: @Sendable (Int, Range<Int>) -> [Result<Digest?, FileError>] = { _, range in
            range.map { place in
                do throws(FileError) {
                    return .success(
                        SHA256.hash(try readFile(folder.appending(paths[place]), limit: Post.maxSize).bytes))
                } catch {
                    return error.isTooLarge ? .success(nil) : .failure(error)
                }
            }
        }
        return concurrentMap(paths.count, work).flatMap { $0 }
    }

    private static func slice(_ names: [UInt8], _ ends: [Int], _ file: File) -> ArraySlice<UInt8> {
        names[(file == 0 ? 0 : ends[file - 1])..<ends[file]]
    }

    private func name(_ file: File) -> ArraySlice<UInt8> { ManifestPosts.slice(names, ends, file) }

    /// The file's path below the folder.
    package func path(_ file: File) -> RawPath { RawPath(name(file)) }

    /// The file's path including the folder's, for messages.
    package func place(_ file: File) -> String { folder.appending(path(file)).description }

    /// Whether a file has the name of a post by the defaults; any other counts only if an entry records it.
    package func isMarkdown(_ file: File) -> Bool { PostFilter.markdown.isPost(path(file)) }

    /// The first file that has these bytes.
    package func file(_ digest: Digest) -> File? { byDigest[digest] }

    /// The first file that has the same bytes as this one.
    package func twin(_ file: File) -> File? { digests[file].flatMap { byDigest[$0] } }

    /// Reads a file again, whole.
    package func read(_ file: File) throws(FileError) -> [UInt8] {
        try readFile(folder.appending(path(file)), limit: Post.maxSize).bytes
    }

    // MARK: By label

    /// The largest number of placements of one entry that are looked up: a post has one for each place where the same
    /// bytes were seen, such as a weekly copy of a site. A manifest's maker may write as many as fit into an entry.
    package static let maxPlacements = 1_024
    /// The longest path that is looked up, PATH_MAX: a recorded file cannot have had a longer one.
    package static let maxPath = 4_096

    /// The file that a label points to, if there is one.
    ///
    /// The folder may be the archive's root, a folder in it, or one above it, so a label and a path match when one of
    /// them is a suffix of the other, cut at a slash. The longest match counts; `nil` when no label matches.
    package func file(at labels: ManifestLabels) -> File? {
        for placement in labels.placements.prefix(ManifestPosts.maxPlacements) {
            if let file = file(placement.path)
                ?? (placement.path.elements.isEmpty ? file(RawPath(placement.root)) : nil)
            {
                return file
            }
        }
        return nil
    }

    /// The file whose path matches a given one.
    ///
    /// The given path is read once, backwards. After each byte, `ending` is the range of `byEnd` whose paths end in the
    /// bytes read so far; within it, a path that consists of exactly these bytes comes first.
    private func file(_ path: RawPath) -> File? {
        guard path.bytes.count <= ManifestPosts.maxPath else { return nil }
        let wanted = Array(path.elements.joined(separator: [ManifestPosts.slash]))
        guard !wanted.isEmpty else { return nil }
        var ending = byEnd.indices
        var longest: File?
        for length in 1...wanted.count {
            let place = wanted.count - length
            ending = narrowed(ending, at: length - 1, to: wanted[place])
            guard let first = ending.first.map({ byEnd[$0] }) else { return longest }
            let isWhole = name(first).count == length
            if place == 0 {
                if isWhole { return first }
                return narrowed(ending, at: length, to: ManifestPosts.slash).first.map { byEnd[$0] } ?? longest
            }
            if isWhole, wanted[place - 1] == ManifestPosts.slash { longest = first }
        }
        return longest
    }

    private static let slash = UInt8(ascii: "/")

    /// The part of a range of `byEnd` whose paths, which share an ending, have this byte in front of that ending.
    private func narrowed(_ range: Range<Int>, at place: Int, to byte: UInt8) -> Range<Int> {
        /// The first file in the range whose byte at that position is at least `bound`; paths without such a byte come
        /// first.
        func first(notBelow bound: Int) -> Int {
            var low = range.lowerBound
            var high = range.upperBound
            while low < high {
                let middle = low + (high - low) / 2
                let name = name(byEnd[middle])
                let found = place < name.count ? Int(name[name.endIndex - 1 - place]) : -1
                if found < bound { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let start = first(notBelow: Int(byte))
        return start..<first(notBelow: Int(byte) + 1)
    }
}

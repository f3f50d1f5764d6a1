import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem

/// A folder of posts that a manifest is compared with: every `*.md` file's digest, and what its records are found to be.
///
/// Some hundred bytes a file are held, no file's content. Links, devices and FIFOs are never opened; the manifest's own
/// paths are compared with the names that the walk gave, and never opened either.
package final class ManifestPosts: Sendable {
    /// A file by its number in the order of the walk.
    package typealias File = Int

    package let folder: RawPath
    /// The files' relative paths, one after the other.
    private let names: [UInt8]
    private let ends: [Int]
    /// The files' digests; `nil` for one that is larger than any post.
    private let digests: [Digest?]
    /// The first file of each digest.
    private let byDigest: [Digest: File]
    /// The files in the order of their reversed paths, so that all that end alike are neighbours.
    private let byEnd: [File]
    /// Names below the folder that could not be read: what they hold is unknown.
    package let unreadable: UInt64

    /// Files hashed between two looks at the walk.
    private static let window = 1_024

    package var count: Int { ends.count }

    /// Walks a folder and hashes its posts on all cores.
    ///
    /// - Throws: `Problem` with `E-UNREADABLE` when the folder itself cannot be read: that is never "all missing".
    package init(_ folder: RawPath, report: (Problem) -> Void) throws(Problem) {
        var walk: Walk
        do { walk = try Walk(folder) } catch {
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

    /// The file's path, the folder's name before it, for messages.
    package func place(_ file: File) -> String { folder.appending(path(file)).description }

    /// The first file that has these bytes.
    package func file(_ digest: Digest) -> File? { byDigest[digest] }

    /// The first file that has the same bytes as this one.
    package func twin(_ file: File) -> File? { digests[file].flatMap { byDigest[$0] } }

    /// Reads a file again, whole.
    package func read(_ file: File) throws(FileError) -> [UInt8] {
        try readFile(folder.appending(path(file)), limit: Post.maxSize).bytes
    }

    // MARK: By label

    /// Most placements of one entry that are looked up: a post has one for each place where the same bytes were seen, such
    /// as a weekly copy of a site. A manifest's maker may write as many as fit into an entry.
    package static let maxPlacements = 1_024
    /// Longest path that is looked up, PATH_MAX: no file that was recorded had a longer one.
    package static let maxPath = 4_096

    /// The file that stands where a label says, when there is one.
    ///
    /// The folder may be the archive's root, a folder in it, or one above it, so a label and a path agree when one of
    /// them is the other's end, cut at a slash. The longest agreement counts; `nil` when none of the labels agrees.
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

    /// The file that agrees with one path.
    ///
    /// The path is read once, backwards. After each byte, `ending` is where in `byEnd` the files lie whose paths end in
    /// what was read; of these, the one that is that and nothing more comes first.
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

    /// The part of a range of `byEnd`, whose files' paths end alike, in which one more byte from the end is this one.
    private func narrowed(_ range: Range<Int>, at place: Int, to byte: UInt8) -> Range<Int> {
        /// The first file of the range whose byte there is not below a bound; paths that have none come first.
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

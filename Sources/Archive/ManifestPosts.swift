import Files
import Glibc
import Merkle
import OpenSSL
import Post

/// A folder of posts that a manifest is compared with: every `*.md` file's digest, and what its records are found to be.
///
/// Some hundred bytes a file are held, no file's content. Links, devices and FIFOs are never opened; the manifest's own
/// paths are compared with the names that the walk gave, and never opened either.
final class ManifestPosts: Sendable {
    /// A file by its number in the order of the walk.
    typealias File = Int

    let folder: RawPath
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
    let unreadable: UInt64

    /// Files hashed between two looks at the walk.
    private static let window = 1_024

    var count: Int { ends.count }

    /// Walks a folder and hashes its posts on all cores.
    ///
    /// - Throws: `Problem` with `E-UNREADABLE` when the folder itself cannot be read: that is never "all missing".
    init(_ folder: RawPath, report: (Problem) -> Void) throws(Problem) {
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
            let hashes = try ManifestPosts.hash(paths, below: folder)
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
    ) throws(Problem) -> [Result<Digest?, FileError>] {
        let work: @Sendable (Int, Range<Int>) throws(OpenSSLError) -> [Result<Digest?, FileError>] = { _, range in
            var sha = try SHA256()
            var results: [Result<Digest?, FileError>] = []
            for place in range {
                do throws(FileError) {
                    sha.update(try readFile(folder.appending(paths[place]), limit: Post.maximumSize).bytes)
                } catch {
                    results.append(error.isTooLarge ? .success(nil) : .failure(error))
                    continue
                }
                results.append(.success(try sha.finish()))
            }
            return results
        }
        do { return try overSlices(paths.count, work).flatMap { $0 } } catch { throw Problem(error) }
    }

    private static func slice(_ names: [UInt8], _ ends: [Int], _ file: File) -> ArraySlice<UInt8> {
        names[(file == 0 ? 0 : ends[file - 1])..<ends[file]]
    }

    private func name(_ file: File) -> ArraySlice<UInt8> { ManifestPosts.slice(names, ends, file) }

    /// The file's path below the folder.
    func path(_ file: File) -> RawPath { RawPath(name(file)) }

    /// The file's path, the folder's name before it, for messages.
    func place(_ file: File) -> String { folder.appending(path(file)).description }

    /// The first file that has these bytes.
    func file(_ digest: Digest) -> File? { byDigest[digest] }

    /// The first file that has the same bytes as this one.
    func twin(_ file: File) -> File? { digests[file].flatMap { byDigest[$0] } }

    /// Reads a file again, whole.
    func read(_ file: File) throws(FileError) -> [UInt8] {
        try readFile(folder.appending(path(file)), limit: Post.maximumSize).bytes
    }

    // MARK: By label

    /// The file that stands where a label says, when there is one.
    ///
    /// The folder may be the archive's root, a folder in it, or one above it, so a label and a path agree when one of
    /// them is the other's end, cut at a slash. The longest agreement counts; `nil` when none of the labels agrees.
    func file(at labels: ManifestLabels) -> File? {
        for placement in labels.placements {
            var elements = placement.path.elements
            if elements.isEmpty { elements = RawPath(placement.root).elements }
            if let file = file(elements) { return file }
        }
        return nil
    }

    private func file(_ elements: [ArraySlice<UInt8>]) -> File? {
        guard !elements.isEmpty else { return nil }
        for start in elements.indices {
            let wanted = Array(elements[start...].joined(separator: [UInt8(ascii: "/")]))
            let first = firstEnding(wanted)
            // Whatever ends in these bytes follows; the path that is them and nothing more comes first.
            if first < byEnd.count, name(byEnd[first]).elementsEqual(wanted) { return byEnd[first] }
            guard start == elements.startIndex else { continue }
            let below = [UInt8(ascii: "/")] + wanted
            let deeper = firstEnding(below)
            if deeper < byEnd.count, name(byEnd[deeper]).suffix(below.count).elementsEqual(below) {
                return byEnd[deeper]
            }
        }
        return nil
    }

    /// The place in `byEnd` of the first path that does not sort before these bytes, both read backwards.
    private func firstEnding(_ bytes: [UInt8]) -> Int {
        var low = 0
        var high = byEnd.count
        while low < high {
            let middle = (low + high) / 2
            if name(byEnd[middle]).reversed().lexicographicallyPrecedes(bytes.reversed()) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

extension FileError {
    /// Whether the file is larger than was allowed.
    var isTooLarge: Bool { number == EFBIG }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Detects named folders that are empty although posts are registered in them.
///
/// A disk that is not mounted looks the same, and "nothing new" would be a wrong answer for it.
enum EmptyFolders {
    /// Refuses named folders that are empty although posts are registered in them, unless the posts are elsewhere in
    /// the archive.
    ///
    /// - Parameters:
    ///   - folders: The folders that were named.
    ///   - roots: The register's roots.
    ///   - reader: The log.
    ///   - archive: The archive.
    /// - Throws: `Problem` with `E-FOLDER-EMPTY`, before anything is written.
    static func refuse(
        _ folders: [NamedFolder], roots: [String], _ reader: LogReader, _ archive: ArchiveFolder
    ) throws(Problem) {
        let empty = folders.filter(isEmpty)
        guard !empty.isEmpty, reader.size > 0 else { return }
        do {
            let registered = try registered(below: empty, roots, reader, archive)
            let posts = try registered.map { entries in
                Set(try entries.compactMap { PostRecord(entry: try reader.entry($0)[...]) }.map(\.key))
            }
            guard let first = try notElsewhere(posts, archive).min() else { return }
            let folder = empty[first]
            let name = folder.path == "." ? roots[folder.root] : folder.path.description
            throw Problem(
                .emptyFolder, name,
                "is the folder mounted? \(posts[first].count) of its posts are on record, and none is there, nor elsewhere in the archive",
                advice: "nothing was written; if the posts are gone for good, leave the folder out")
        } catch {
            throw Problem(any: error)
        }
    }

    /// Whether a walk finds nothing. An unreadable folder does not count as empty; it is reported elsewhere.
    private static func isEmpty(_ folder: NamedFolder) -> Bool {
        guard var walk = try? Walk(folder.place, skip: folder.skip) else { return false }
        return walk.next() == nil
    }

    /// The entries registered last at places below each of some folders.
    private static func registered(
        below folders: [NamedFolder], _ roots: [String], _ reader: LogReader, _ archive: ArchiveFolder
    ) throws -> [Set<UInt64>] {
        let accessions = try EntryScan.run(archive.storage, reader.checkpoint, start: [LoggedAccession]()) {
            entry, index, found in
            if case .accession = EntryBeginning(entry), let record = AccessionRecord(entry: entry) {
                found.append(LoggedAccession(index: index, record: record))
            }
        }
        let size = reader.size
        // Each line's parent folders are looked up, so that the cost does not grow with the number of named folders.
        let places = RegisteredPlaces(archive)
        var numbers: [RawPath: [Int]] = [:]
        for (number, folder) in folders.enumerated() {
            numbers[places.place(roots[folder.root], folder.path), default: []].append(number)
        }
        let byPlace = numbers
        var last: [[RawPath: UInt64]] = Array(repeating: [:], count: folders.count)
        try RegisterScan.run(accessions.flatMap { $0 }, in: archive.registers) {
            (line, root, _) -> (folders: [Int], path: RawPath, entry: UInt64)? in
            guard let entry = line.entry, entry < size else { return nil }
            var found: [Int] = []
            let place = places.place(root, line.path)
            var folder = place
            repeat {
                folder = folder.parent
                found += byPlace[folder] ?? []
            } while folder != "." && folder != "/"
            return found.isEmpty ? nil : (found, place, entry)
        } each: { register in
            for line in register.found {
                for folder in line.folders { last[folder][line.path] = line.entry }
            }
        }
        return last.map { Set($0.values) }
    }

    /// The folders of which no post is anywhere in the archive; posts of the others have moved. Walks the archive once.
    private static func notElsewhere(_ posts: [Set<PostKey>], _ archive: ArchiveFolder) throws -> Set<Int> {
        var left = Set(posts.indices.filter { !posts[$0].isEmpty })
        guard !left.isEmpty else { return left }
        var folders: [PostKey: [Int]] = [:]
        for folder in left { for key in posts[folder] { folders[key, default: []].append(folder) } }
        let sizes = Set(folders.keys.map(\.size))
        for name in try Walk(archive.root, skip: Set(ArchiveFolder.ownFolders)) where name.kind == .regular {
            guard let status = try? FileStatus.of(archive.root.appending(name.path)), sizes.contains(status.size),
                let bytes = try? readFile(below: archive.root, name.path, limit: Post.maxSize).bytes
            else { continue }
            left.subtract(folders[PostKey(size: UInt64(bytes.count), sha256: SHA256.hash(bytes))] ?? [])
            if left.isEmpty { break }
        }
        return left
    }
}

/// Identifies the bytes of a post by size, which needs no reading, and digest.
private struct PostKey: Hashable {
    let size: UInt64
    let sha256: Digest
}

extension PostRecord {
    fileprivate var key: PostKey { PostKey(size: UInt64(clamping: size), sha256: sha256) }
}

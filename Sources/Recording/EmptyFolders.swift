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
    /// The posts that were registered last below empty folders and are nowhere in the archive.
    ///
    /// - Parameters:
    ///   - folders: The folders that were named.
    ///   - roots: The register's roots.
    ///   - rules: The rules in force.
    ///   - reader: The log.
    ///   - archive: The archive.
    /// - Returns: What is missing, by folder as it was named.
    /// - Throws: `Problem` or an error of the log if it cannot be read.
    static func find(
        _ folders: [NamedFolder], roots: [String], _ rules: RulesInForce, _ reader: LogReader, _ archive: ArchiveFolder
    ) throws -> [MassChange.Folder] {
        let empty = folders.filter { isEmpty($0, rules.posts) }
        guard !empty.isEmpty, reader.size > 0 else { return [] }
        let registered = try registered(below: empty, roots, reader, archive)
        let last = try LastPlaces(of: registered.reduce(into: []) { $0.formUnion($1) }, reader, archive)
        var moved: Set<RawPath> = []
        let posts = try zip(empty, registered).map { folder, entries -> Set<PostSearch.Key> in
            var own: Set<PostSearch.Key> = []
            for entry in entries {
                guard let record = PostRecord(entry: try reader.entry(entry)[...]) else { continue }
                let places = folder.isInside && folder.path != "." ? last.all(of: entry) : []
                let outside = places.filter { $0.path.below(folder.path) == nil }
                if let left = places.last(where: { $0.path.below(folder.path) != nil }),
                    outside.contains(where: { $0.accession > left.accession })
                {
                    // It was registered in another folder since, and belongs there.
                    moved.insert(folder.place)
                } else if !outside.contains(where: { LastPlaces.mayHold(archive.root.appending($0.path), record) }) {
                    own.insert(PostSearch.Key(record))
                }
            }
            return own
        }
        let found = try PostSearch.run(posts.reduce(into: []) { $0.formUnion($1) }, in: archive, names: rules.searched)
        return zip(empty, posts).compactMap { folder, posts in
            // Where any of its posts stands elsewhere, the folder was moved.
            guard !moved.contains(folder.place), !posts.contains(where: { found[$0.sha256] != nil }) else { return nil }
            let name = folder.path == "." ? RawPath(roots[folder.root]) : folder.path
            return MassChange.Folder(path: name, present: 0, missing: Set(posts.map(\.sha256)), hasMoved: false)
        }
    }

    /// Whether a walk finds nothing. An unreadable folder does not count as empty; it is reported elsewhere.
    private static func isEmpty(_ folder: NamedFolder, _ names: PostFilter) -> Bool {
        guard var walk = try? Walk(folder.place, skip: folder.skip, posts: names) else { return false }
        return walk.next() == nil
    }

    /// The entries registered last at places below each of some folders.
    private static func registered(
        below folders: [NamedFolder], _ roots: [String], _ reader: LogReader, _ archive: ArchiveFolder
    ) throws -> [Set<UInt64>] {
        let accessions = try LoggedAccession.all(reader, archive)
        let size = reader.size
        // Each line's parent folders are looked up, so that the cost does not grow with the number of named folders.
        let places = RegisteredPlaces(archive)
        var numbers: [RawPath: [Int]] = [:]
        for (number, folder) in folders.enumerated() {
            numbers[places.place(roots[folder.root], folder.path), default: []].append(number)
        }
        let byPlace = numbers
        var last: [[RawPath: UInt64]] = Array(repeating: [:], count: folders.count)
        try RegisterScan.run(accessions, in: archive.registers) {
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
}

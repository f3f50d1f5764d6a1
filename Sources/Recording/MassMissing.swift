import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Detects, before anything is recorded, that many registered posts of a folder are missing at once.
///
/// The names in the folders are compared with the registered places, without reading a file. Only where too few are
/// left are the registers read again for the paths, and the archive is looked through for the posts.
enum MassMissing {
    /// What is missing in the folders that an `add` names.
    struct Found {
        /// What is missing, where it may be much; empty in the usual case.
        var folders: [MassChange.Folder] = []
        /// Posts that somebody said to be gone for good, and that are there again.
        var returned: Set<Digest> = []
    }

    /// Compares the names in the folders with the registered places.
    static func find(
        _ folders: [NamedFolder], _ state: RecordedState, _ reader: LogReader, _ archive: ArchiveFolder
    ) throws -> Found {
        var found = Found()
        let tops = tops(of: folders)
        guard !tops.isEmpty, reader.size > 0 else { return found }
        var seen = BitSet(state.placeCount)
        var seenEntries = BitSet(Int(clamping: reader.size))
        // Folders that cannot be read: what they hold is unknown, and reported elsewhere.
        var closed: Set<UInt32> = []
        for top in tops {
            let place = top == "." ? archive.root : archive.root.appending(top)
            let unread = PostNames.list(
                place, prefix: top == "." ? "" : top, skip: top == "." ? Set(ArchiveFolder.ownFolders) : []
            ) { path in
                guard let number = state.placeNumber(of: path) else { return }
                seen.insert(number)
                seenEntries.insert(Int(clamping: state.entry(atPlace: number)))
            }
            for folder in unread {
                guard let first = folder.elements.first else { return found }
                closed.insert(state.root(of: RawPath(first)))
            }
        }
        let isAll = tops.contains(".")
        let wanted = Set(tops.map { state.root(of: $0) })
        var counts: [UInt32: (present: UInt64, absent: Int)] = [:]
        var absent: [UInt32: Set<UInt64>] = [:]
        // Folders that a post has left for another place.
        var left: Set<UInt32> = []
        for number in 0..<state.placeCount {
            let root = state.root(atPlace: number)
            guard root != RecordedState.outside, isAll || wanted.contains(root), !closed.contains(root) else {
                continue
            }
            let entry = state.entry(atPlace: number)
            if seen.contains(number) {
                counts[root, default: (0, 0)].present += 1
            } else if seenEntries.contains(Int(clamping: entry)) {
                left.insert(root)
            } else {
                counts[root, default: (0, 0)].absent += 1
                absent[root, default: []].insert(entry)
            }
        }
        let mounts = Set(MassChangeMemory(archive).mounts().map { state.root(of: $0) })
        let suspects = counts.filter { root, count in
            MassChange.isSuspect(
                missing: count.absent, present: count.present, wasFileSystem: mounts.contains(root))
        }
        found.returned = MassChangeMemory(archive).accepted().filter { digest in
            state.entries(digest).contains { seenEntries.contains(Int(clamping: $0)) }
        }
        guard !suspects.isEmpty else { return found }
        let entries = suspects.keys.reduce(into: Set<UInt64>()) { $0.formUnion(absent[$1] ?? []) }
        found.folders = try missing(
            entries, present: { counts[state.root(of: $0)]?.present ?? 0 },
            hasMoved: { left.contains(state.root(of: $0)) }, reader, archive)
        return found
    }

    /// The first elements of the named folders inside the archive; `.` when the archive itself is named.
    private static func tops(of folders: [NamedFolder]) -> Set<RawPath> {
        let inside = folders.filter { $0.isInside }
        if inside.contains(where: { $0.path == "." }) { return ["."] }
        return Set(inside.compactMap { $0.path.elements.first.map { RawPath($0) } })
    }

    /// The posts among some entries that are nowhere in the archive, by the folder in which they were registered last.
    private static func missing(
        _ entries: Set<UInt64>, present: (RawPath) -> UInt64, hasMoved: (RawPath) -> Bool, _ reader: LogReader,
        _ archive: ArchiveFolder
    ) throws -> [MassChange.Folder] {
        let places = try LastPlaces(of: entries, reader, archive)
        var wanted: [PostSearch.Key: RawPath] = [:]
        for entry in entries {
            guard let folder = places.folder(of: entry), let record = PostRecord(entry: try reader.entry(entry)[...])
            else { continue }
            let isThere = places.all(of: entry).contains {
                LastPlaces.mayHold(archive.root.appending($0.path), record)
            }
            if !isThere { wanted[PostSearch.Key(record)] = folder }
        }
        let found = try PostSearch.run(Set(wanted.keys), in: archive)
        var digests: [RawPath: Set<Digest>] = [:]
        var moved: Set<RawPath> = []
        for (key, top) in wanted {
            if found[key.sha256] == nil { digests[top, default: []].insert(key.sha256) } else { moved.insert(top) }
        }
        return digests.map { top, missing in
            MassChange.Folder(
                path: top, present: present(top), missing: missing, hasMoved: hasMoved(top) || moved.contains(top))
        }.sorted { $0.path < $1.path }
    }
}

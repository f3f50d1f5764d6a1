import ProvenanceEncoding
import ProvenanceSystem

/// The folders inside the archive that were given to `add`; `status` looks for new posts there.
///
/// A local cache: without it, `status` still looks at the first elements of all registered paths.
package struct AddedFolders {
    private let path: RawPath

    /// Maximum size of the file, in bytes.
    private static let maxBytes = 1 << 20

    package init(_ archive: ArchiveFolder) { path = archive.local.appending("folders") }

    /// The folders, relative to the archive; `.` is all of it.
    package func all() -> Set<RawPath> {
        let bytes = (try? readFileIfPresent(path, limit: AddedFolders.maxBytes)) ?? []
        return Set(
            bytes.split(separator: Bytes.newline).compactMap { Base64.decode($0) }.map { RawPath($0) }
                .filter { $0 == "." || $0.isPlainRelative })
    }

    /// Adds folders. A failure to write is ignored, since the list is only a cache.
    package func remember(_ folders: [RawPath]) {
        let known = all()
        guard folders.contains(where: { !known.contains($0) }) else { return }
        let list = known.union(folders).sorted().map { Base64.encode($0.bytes) + "\n" }
        try? DurableFile.replace(path, with: Array(list.joined().utf8))
    }
}

extension ArchiveFolder {
    /// Whether a walk of the whole archive enters a folder; it skips hidden folders and the archive's own.
    package static func isWalked(_ folder: RawPath) -> Bool {
        guard let first = folder.elements.first else { return true }
        return !ownFolders.contains(RawPath(first)) && !folder.elements.contains { $0.first == UInt8(ascii: ".") }
    }

    /// Whether every element of a relative path before its name is a folder and not a link.
    package func reaches(_ relative: RawPath) throws(FileError) -> Bool {
        guard relative.isPlainRelative else { return false }
        var place = root
        for element in relative.elements.dropLast() {
            place = place.appending(RawPath(element))
            guard let status = try FileStatus.of(place), status.kind == .directory else { return false }
        }
        return true
    }
}

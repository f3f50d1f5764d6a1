import ProvenanceEncoding
import ProvenanceSystem

extension FolderStore {
    /// The largest number of objects in a page, as in object stores.
    static let maxListed = 1_000
    /// The largest number of folders above an object: a tile's path has `tile`, the level, seven groups of three digits
    /// and one of partial tiles.
    static let maxDepth = 10

    /// The regular files below a folder, sorted by the bytes of their paths; links, devices, unfinished files and names
    /// that a `StorePath` cannot represent are skipped.
    public func list(below folder: StorePath?, after last: StorePath?) throws(StoreError) -> [StorePath] {
        var page: [StorePath] = []
        do throws(FileError) { try list(folder?.text ?? "", depth: 1, after: last?.text ?? "", &page) } catch {
            throw StoreError(removing: error, folder)
        }
        return page
    }

    private func list(_ path: String, depth: Int, after last: String, _ page: inout [StorePath]) throws(FileError) {
        guard depth <= FolderStore.maxDepth else { return }
        // The folder itself may be a link: that is the operator's arrangement.
        let place = path.isEmpty ? folder : folder.appending(path)
        let names = try listFolder(place, followsLink: path.isEmpty)
        let bound = last.utf8
        var found: [(key: String, object: StorePath, isFolder: Bool)] = []
        for name in names where !GrowingFile.isTemporary(name) {
            guard let text = name.text, let object = StorePath(path.isEmpty ? text : "\(path)/\(text)") else {
                continue
            }
            let key = object.text + "/"
            // The name precedes the page, and so does everything below it.
            if key.utf8.lexicographicallyPrecedes(bound), !bound.starts(with: key.utf8) { continue }
            switch try FileStatus.of(place.appending(name))?.kind {
            case .directory: found.append((key, object, true))
            case .regular: found.append((object.text, object, false))
            default: continue
            }
        }
        // A folder sorts with its trailing slash, as the paths below it do.
        found.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (_, object, isFolder) in found {
            guard page.count < FolderStore.maxListed else { return }
            if isFolder {
                try list(object.text, depth: depth + 1, after: last, &page)
            } else if bound.lexicographicallyPrecedes(object.text.utf8) {
                page.append(object)
            }
        }
    }
}

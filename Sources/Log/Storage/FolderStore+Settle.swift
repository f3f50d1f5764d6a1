import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceSystem

extension FolderStore {
    /// Makes the published checkpoint durable, and removes unfinished files from where the next writer writes.
    ///
    /// - Parameter size: The size that the checkpoint states.
    /// - Throws: `StoreError` for what cannot be inspected, removed or made durable.
    public func settle(around size: UInt64) throws(StoreError) {
        do throws(FileError) {
            switch contents {
            case .log: try settleLog(size)
            case .flat:
                // Objects under their final names need no flush: if `finish` did not return, nothing refers to the
                // object.
                for name in try listFolder(folder) where GrowingFile.isTemporary(name) {
                    try DurableFile.remove(folder.appending(name))
                }
            }
        } catch {
            throw StoreError(removing: error, contents == .log ? .checkpoint : nil)
        }
    }

    private func settleLog(_ size: UInt64) throws(FileError) {
        var folders: Set<RawPath> = [folder]
        for tile in FolderStore.edge(size) {
            let path = folder.appending(RawPath(tile.full.path))
            folders.insert(path.parent)
        }
        for place in folders { try FolderStore.removeUnfinished(in: place) }
        try DurableFile.syncDirectory(folder)
    }

    /// Removes files that still have temporary names, here and in the folders of partial tiles here.
    ///
    /// - Returns: How many.
    @discardableResult
    private static func removeUnfinished(in place: RawPath) throws(FileError) -> Int {
        guard let status = try FileStatus.of(place), status.kind == .directory else { return 0 }
        var count = 0
        for name in try listFolder(place, followsLink: false) {
            if GrowingFile.isTemporary(name) {
                try DurableFile.remove(place.appending(name))
                count += 1
            } else if name.bytes.suffix(2).elementsEqual(".p".utf8) {
                count += try removeUnfinished(in: place.appending(name))
            }
        }
        return count
    }

    /// One tile or bundle for each folder in which a commit to a tree of this size may begin to write: tlog-tiles puts
    /// a thousand into one, and no batch has enough to reach a third.
    private static func edge(_ size: UInt64) -> [Tile] {
        var tiles: [Tile] = []
        var level = 0
        repeat {
            let first = Tile.hashCount(level: level, size: size) / UInt64(Tile.fullWidth)
            for number in [first, first + 1_000] {
                let kinds: [Tile.Kind] = level == 0 ? [.entries, .hashes(level: 0)] : [.hashes(level: level)]
                tiles += kinds.compactMap { Tile(kind: $0, number: number) }
            }
            level += 1
        } while Tile.hashCount(level: level, size: size) > 0 || level < 2
        return tiles
    }
}

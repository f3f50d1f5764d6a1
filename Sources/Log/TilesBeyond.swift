import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceSystem

extension FolderStorage {
    /// Folders that a tile's path has at most: `tile`, the level, seven groups of three digits and one of partials.
    private static let deepest = 10

    /// A tile or bundle that no tree of `size` entries has: the log was longer once, or an `add` was cut off while it
    /// wrote. Only names are looked at.
    ///
    /// - Parameter size: The size of a tree.
    /// - Returns: The path of one below the log, `nil` when there is none.
    /// - Throws: `E-IO` for a folder that cannot be listed.
    public func tile(beyond size: UInt64) throws(LogError) -> String? {
        do throws(FileError) { return try tile(beyond: size, in: "tile", depth: 1) } catch {
            throw LogError(.storage, path: "tile", "\(error)", isDenied: false)
        }
    }

    private func tile(beyond size: UInt64, in path: RawPath, depth: Int) throws(FileError) -> String? {
        guard depth <= FolderStorage.deepest else { return nil }
        for name in try listFolder(folder.appending(path), followsLink: false) {
            let below = path.appending(name)
            switch try FileStatus.of(folder.appending(below))?.kind {
            case .directory:
                if let found = try tile(beyond: size, in: below, depth: depth + 1) { return found }
            case .regular:
                if let tile = Tile(path: below.description), tile.leastSize > size { return tile.path }
            default: continue
            }
        }
        return nil
    }
}

extension Tile {
    /// Entries that a tree with this tile has at least.
    fileprivate var leastSize: UInt64 {
        let (start, overflow) = number.multipliedReportingOverflow(by: UInt64(Tile.fullWidth))
        let (count, carry) = start.addingReportingOverflow(UInt64(width))
        guard !overflow, !carry else { return .max }
        guard case .hashes(let level) = kind else { return count }
        guard level < 64 / Tile.height else { return .max }
        let (size, isOver) = count.multipliedReportingOverflow(by: 1 << UInt64(level * Tile.height))
        return isOver ? .max : size
    }
}

import ProvenanceMerkle

extension ArchiveStore {
    /// A tile or bundle that no tree of `size` entries has: the log was longer once, or an `add` was cut off while it
    /// wrote. Only names are looked at.
    ///
    /// - Parameter size: The size of a tree.
    /// - Returns: The path of one below the log, `nil` when there is none.
    /// - Throws: `E-IO` for what cannot be listed.
    public func tile(beyond size: UInt64) throws(LogError) -> String? {
        var last: StorePath?
        do {
            while true {
                let page = try list(below: .tiles, after: last)
                guard let end = page.last else { return nil }
                for path in page {
                    if let tile = Tile(path: path.text), tile.leastSize > size { return tile.path }
                }
                last = end
            }
        } catch {
            throw LogError(.storage, path: StorePath.tiles.text, error.reason)
        }
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

import ProvenanceMerkle

extension ArchiveStore {
    /// A tile or bundle beyond every tree of `size` entries: the log was longer once, or an `add` was interrupted while
    /// writing. Only names are read.
    ///
    /// - Parameter size: The size of a tree.
    /// - Returns: The path of one such file below the log; `nil` when there is none.
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
    /// The smallest size of a tree that has this tile.
    package var leastSize: UInt64 {
        let (start, overflow) = number.multipliedReportingOverflow(by: UInt64(Tile.fullWidth))
        let (count, carry) = start.addingReportingOverflow(UInt64(width))
        guard !overflow, !carry else { return .max }
        guard case .hashes(let level) = kind else { return count }
        guard level < 64 / Tile.height else { return .max }
        let (size, isOver) = count.multipliedReportingOverflow(by: 1 << UInt64(level * Tile.height))
        return isOver ? .max : size
    }
}

import ProvenanceEncoding
import ProvenanceMerkle

extension LogRepair {
    /// The roots that the tree had at earlier sizes, from authenticated tiles of the log, of the source, or computed
    /// from what lies below. They tell, before anything is written, whether the log extends other checkpoints.
    ///
    /// - Parameter sizes: Sizes of earlier trees.
    /// - Returns: Whether the right edge's tiles give the checkpoint's root, and the roots: `nil` for one whose tiles
    ///   cannot be obtained, or that is larger than the tree.
    /// - Throws: `E-CRYPTO` alone.
    public consuming func roots(at sizes: [UInt64]) throws(LogError) -> (isRooted: Bool, roots: [Digest?]) {
        guard let edges = try rightEdge() else { return (false, sizes.map { _ in nil }) }
        var roots: [Digest?] = []
        for size in sizes { roots.append(try root(at: size, edges)) }
        return (true, roots)
    }

    private mutating func root(at size: UInt64, _ edges: [[Digest]]) throws(LogError) -> Digest? {
        guard size <= checkpoint.size else { return nil }
        var peaks: [[Digest]] = []
        var level = 0
        while Tile.hashCount(level: level, size: size) > 0 {
            if let tile = RepairCandidates.edgeTile(level, size) {
                guard let hashes = try vouched(level, tile.number, edges), hashes.count >= tile.width else {
                    return nil
                }
                peaks.append(TileTree(Array(hashes.prefix(tile.width))).peaks)
            }
            level += 1
        }
        return CompactRange(size: size, peaks: peaks.reversed().flatMap { $0 })?.root
    }

    /// The hashes of a tile of the tree, authenticated through all the tiles above it.
    private mutating func vouched(
        _ level: Int, _ number: UInt64, _ edges: [[Digest]]
    ) throws(LogError) -> [Digest]? {
        guard level < edges.count else { return nil }
        let full = Tile.hashCount(level: level, size: checkpoint.size) / UInt64(Tile.fullWidth)
        if number == full { return edges[level] }
        guard number < full, let tile = Tile(kind: .hashes(level: level), number: number) else { return nil }
        if let known = known[tile] { return known }
        guard let parent = try vouched(level + 1, number / UInt64(Tile.fullWidth), edges) else { return nil }
        let place = Int(number % UInt64(Tile.fullWidth))
        guard place < parent.count, let hashes = try authentic(tile, root: parent[place]) else { return nil }
        if known.count >= LogRepair.maxKnown { known.removeAll(keepingCapacity: true) }
        known[tile] = hashes
        return hashes
    }
}

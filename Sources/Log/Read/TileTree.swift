import ProvenanceEncoding
import ProvenanceMerkle

/// A tile's hashes and the hash of every perfect subtree above them, computed once.
struct TileTree: Sendable {
    /// Hashes in the tile, 0…256.
    let width: Int
    /// Row by row from the tile's own hashes up; row h has `width >> h` nodes.
    private var nodes: [Digest]

    /// Hashes the rows above `hashes`; a node without a sibling at the end of a row has no parent.
    init(_ hashes: [Digest]) {
        width = hashes.count
        nodes = hashes
        nodes.reserveCapacity(2 * width)
        var start = 0
        var count = width
        while count > 1 {
            for place in 0..<(count / 2) {
                nodes.append(MerkleHash.node(nodes[start + 2 * place], nodes[start + 2 * place + 1]))
            }
            start += count
            count /= 2
        }
    }

    /// The tile's own hashes.
    var hashes: ArraySlice<Digest> { nodes[..<width] }

    /// The root over the tile's hashes `index << height ..< (index + 1) << height`; `nil` when the tile does not have
    /// them all.
    func node(height: Int, _ index: Int) -> Digest? {
        var start = 0
        var count = width
        for _ in 0..<height {
            start += count
            count /= 2
        }
        return index < count ? nodes[start + index] : nil
    }

    /// The root of a full tile, `nil` for a partial one.
    var root: Digest? { width == Tile.fullWidth ? node(height: Tile.height, 0) : nil }

    /// Roots of the perfect subtrees that the binary digits of `width` name, largest first.
    var peaks: [Digest] {
        Subtree.peaks(size: UInt64(width)).compactMap { peak in
            peak.perfectHeight.flatMap { node(height: $0, Int(peak.start >> UInt64($0))) }
        }
    }
}

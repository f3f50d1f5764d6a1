import ProvenanceEncoding
import ProvenanceMerkle

/// The hashes that the entries give for one tile, and how the stored tile compares.
struct AuditRow: Sendable {
    /// A stored tile that differs from what the entries give; the root decides which of the two is wrong.
    struct Mismatch: Sendable {
        let tile: Tile
        /// The hashes that differ.
        let offsets: [Int]
        /// The root that the entries give, for a full tile.
        let root: Digest?
    }

    /// The hashes for the level above: those of the entries, or the stored ones where the entries cannot be read; `nil`
    /// where there is neither.
    var hashes: [Digest]?
    /// The root over them, for a full tile.
    var root: Digest?
    var findings: [LogError]
    var mismatch: Mismatch?

    init(hashes: [Digest]?, root: Digest?, findings: [LogError], mismatch: Mismatch?) {
        self.hashes = hashes
        self.root = root
        self.findings = findings
        self.mismatch = mismatch
    }

    /// Compares the stored tile with what the entries give, `nil` where they cannot be read.
    init(_ computed: [Digest?]?, _ tile: Tile, _ files: TileFiles) {
        findings = []
        var stored: [Digest]?
        do { stored = try files.hashes(tile) } catch { findings.append(error) }
        hashes = AuditRow.merged(computed, stored)
        if tile.isFull, let hashes { root = TileTree(hashes).root }
        guard let computed, let stored else { return }
        let offsets = stored.indices.filter { offset in computed[offset].map { $0 != stored[offset] } ?? false }
        if !offsets.isEmpty { mismatch = Mismatch(tile: tile, offsets: offsets, root: root) }
    }

    private static func merged(_ computed: [Digest?]?, _ stored: [Digest]?) -> [Digest]? {
        guard let computed else { return stored }
        var hashes: [Digest] = []
        hashes.reserveCapacity(computed.count)
        for (offset, hash) in computed.enumerated() {
            guard let hash = hash ?? stored?[offset] else { return nil }
            hashes.append(hash)
        }
        return hashes
    }
}

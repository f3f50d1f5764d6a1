import ProvenanceEncoding
import ProvenanceMerkle

/// Candidates for a tile or bundle, from the log, from a source, or computed from what lies below; none is
/// authenticated.
enum RepairCandidates {
    /// How a tile is computed from what lies below it.
    struct Way {
        /// Whether the source's files are preferred to the log's.
        let prefersCopy: Bool
        /// Whether the tiles below are ignored and the entries alone are used: a tile may have the right length and be
        /// wrong.
        let isOfEntries: Bool

        /// Every way to compute a tile, those that read least first.
        static func all(_ tile: Tile) -> [Way] {
            let first = [false, true].map { Way(prefersCopy: $0, isOfEntries: false) }
            // A tile of leaf hashes has only entries below it.
            guard tile.kind != .hashes(level: 0) else { return first }
            return first + [false, true].map { Way(prefersCopy: $0, isOfEntries: true) }
        }
    }

    /// The partial tile at a level's right edge.
    static func edgeTile(_ level: Int, _ size: UInt64) -> Tile? {
        let count = Tile.hashCount(level: level, size: size)
        return Tile(
            kind: .hashes(level: level), number: count / UInt64(Tile.fullWidth),
            width: Int(count % UInt64(Tile.fullWidth)))
    }

    /// The entries of a bundle as far as its bytes can be parsed: what follows a damaged length is lost.
    static func entries(_ bundle: Tile, _ files: TileFiles) -> [ArraySlice<UInt8>] {
        for tile in bundle.isFull ? [bundle] : [bundle, bundle.full] {
            if let found = try? files.store.read(StorePath(tile), limit: EntryBundle.maxBytes) {
                return EntryBundle.prefix(found.bytes, count: bundle.width)
            }
        }
        return []
    }
}

extension LogRepair {
    /// The largest number of combinations of edge tiles that are tried. A level has at most six candidates, the lowest
    /// four: the log's file, the source's, and the computed ones. This covers every tree of up to 2^48 entries, six
    /// levels.
    private static let maxCombinations = 4 * 6 * 6 * 6 * 6 * 6

    /// The hashes of the right edge's partial tiles by level, authenticated by the root; `nil`, with items added, when
    /// no combination of candidates gives it.
    mutating func rightEdge() throws(LogError) -> [[Digest]]? {
        var candidates: [[[Digest]]] = []
        while Tile.hashCount(level: candidates.count, size: checkpoint.size) > 0 {
            guard let tile = RepairCandidates.edgeTile(candidates.count, checkpoint.size) else {
                candidates.append([[]])
                continue
            }
            var list: [[Digest]] = []
            for files in [files, copy] {
                if let hashes = try? files.hashes(tile), !list.contains(hashes) { list.append(hashes) }
            }
            candidates.append(list)
        }
        if let edges = try combination(candidates) { return edges }
        // Tiles are computed only where the files do not suffice, and from entries alone only after that.
        for isOfEntries in [false, true] {
            for level in candidates.indices {
                guard let tile = RepairCandidates.edgeTile(level, checkpoint.size) else { continue }
                for way in RepairCandidates.Way.all(tile) where way.isOfEntries == isOfEntries {
                    guard let hashes = try derived(tile, way) else { continue }
                    if !candidates[level].contains(hashes) { candidates[level].append(hashes) }
                }
            }
            if let edges = try combination(candidates) { return edges }
        }
        for level in candidates.indices {
            guard let tile = RepairCandidates.edgeTile(level, checkpoint.size) else { continue }
            result.files += 1
            add(
                tile, otherwise: "not vouched for: it may be right or wrong",
                failure: "no tiles of the right edge, here or in the source, give the checkpoint's root together"
                    + passedOver)
        }
        return nil
    }

    /// The first combination, one candidate a level, that gives the root.
    private mutating func combination(_ candidates: [[[Digest]]]) throws(LogError) -> [[Digest]]? {
        var total = 1
        for list in candidates {
            let (product, overflow) = total.multipliedReportingOverflow(by: list.count)
            guard !overflow, product > 0, product <= LogRepair.maxCombinations else { return nil }
            total = product
        }
        let peaks = candidates.map { list in list.map { TileTree($0).peaks } }
        for number in 0..<total {
            var rest = number
            var choice: [Int] = []
            for list in candidates {
                choice.append(rest % list.count)
                rest /= list.count
            }
            let chosen = peaks.indices.reversed().flatMap { peaks[$0][choice[$0]] }
            if CompactRange(size: checkpoint.size, peaks: chosen)?.root == checkpoint.root {
                return candidates.indices.map { candidates[$0][choice[$0]] }
            }
        }
        return nil
    }

    /// A tile's hashes, computed from what lies below it; `nil` where that is incomplete.
    ///
    /// - Parameters:
    ///   - tile: A tile of hashes.
    ///   - way: How to compute them.
    /// - Returns: As many hashes as the tile is wide.
    /// - Throws: `E-CRYPTO` alone.
    mutating func derived(_ tile: Tile, _ way: RepairCandidates.Way) throws(LogError) -> [Digest]? {
        guard case .hashes(let level) = tile.kind else { return nil }
        let first = tile.number * UInt64(Tile.fullWidth)
        guard level > 0 else { return try leaves(tile, prefersCopy: way.prefersCopy) }
        var hashes: [Digest] = []
        for offset in 0..<UInt64(tile.width) {
            guard let child = Tile(kind: .hashes(level: level - 1), number: first + offset) else { return nil }
            var found: [Digest]?
            if !way.isOfEntries {
                for files in way.prefersCopy ? [copy, files] : [files, copy] where found == nil {
                    found = try? files.hashes(child)
                }
            }
            if found == nil { found = try derived(child, way) }
            guard let found, let root = root(found) else { return nil }
            hashes.append(root)
        }
        return hashes
    }

    /// The leaf hashes of a bundle's entries.
    private mutating func leaves(_ tile: Tile, prefersCopy: Bool) throws(LogError) -> [Digest]? {
        guard let bundle = Tile(kind: .entries, number: tile.number, width: tile.width) else { return nil }
        let here = RepairCandidates.entries(bundle, files)
        let there = RepairCandidates.entries(bundle, copy)
        var hashes: [Digest] = []
        for offset in 0..<tile.width {
            let local = offset < here.count ? here[offset] : nil
            var other = offset < there.count ? there[offset] : nil
            if other == nil, prefersCopy || local == nil {
                other = source?.entry(bundle.number * UInt64(Tile.fullWidth) + UInt64(offset)).map { $0[...] }
            }
            guard let entry = prefersCopy ? other ?? local : local ?? other else { return nil }
            hashes.append(MerkleHash.leaf(entry))
        }
        return hashes
    }
}

import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote

/// Longest checkpoint that is read: one with thousands of witnesses is far shorter.
let maxCheckpointSize = 1_000_000

/// Reads a log as of one checkpoint. Every hash and entry that it returns has been authenticated against the root.
///
/// The order of the checks ensures this: the right-edge tiles are folded to the root first; a full tile is accepted
/// only when its own root equals the hash in its parent tile, which was accepted before; an entry only when its leaf
/// hash is in its level-0 tile. A forged tile is therefore never used, not even once (compare CVE-2026-56865, where
/// some were).
///
/// The caller checks the checkpoint's signature, for example with `NoteVerifier`, and then reads:
///
/// ```swift
/// let store = FolderStore("archive/log")
/// let note = try SignedNote(parsing: LogReader.checkpointFile(store) ?? [])
/// let reader = try LogReader(store, Checkpoint(parsing: note.text))
/// let entry = try reader.entry(17)
/// let proof = try reader.inclusionProof(17)
/// try proof.verify(leaf: reader.leafHash(17), root: reader.checkpoint.root)
/// ```
///
/// For one thread at a time.
public final class LogReader {
    /// The checkpoint's origin, size and root; the caller checks its signature.
    public let checkpoint: Checkpoint
    private let files: TileFiles
    private var edges: [TileTree]?
    private var cache: [Tile: TileTree] = [:]
    private var bundles: [Tile: [ArraySlice<UInt8>]] = [:]

    /// Tiles kept: 1,024 trees of 16 KiB make 16 MiB, enough for a walk through 2^18 leaves without reading twice.
    private static let maxCachedTiles = 1024
    /// Bundles kept as they were read: a walk in the order of the log reads each once. Entries are checked at each use.
    private static let maxCachedBundles = 16

    /// A reader of the tree that a checkpoint names.
    public init(_ store: any ArchiveStore, _ checkpoint: Checkpoint) throws(LogError) {
        files = TileFiles(store: store, size: checkpoint.size)
        self.checkpoint = checkpoint
    }

    /// Entries in the tree.
    public var size: UInt64 { checkpoint.size }

    /// Reads the checkpoint file of a log, unverified: `nil` where there is none.
    public static func checkpointFile(_ store: any ArchiveStore) throws(LogError) -> [UInt8]? {
        try publishedNote(store)?.note
    }

    /// Reads the checkpoint of a log, for a caller that is going to replace it.
    ///
    /// - Returns: The note, unverified, and its state in the store; `nil` where there is none.
    public static func publishedNote(
        _ store: any ArchiveStore
    ) throws(LogError) -> (note: [UInt8], token: VersionToken)? {
        do {
            guard let found = try store.read(.checkpoint, limit: maxCheckpointSize) else { return nil }
            return (found.bytes, found.token)
        } catch {
            throw LogError(error)
        }
    }

    // MARK: Tiles

    /// The partial tiles of the tree's right edge by level, empty where a level has none; together they give the root.
    private func checkedEdges() throws(LogError) -> [TileTree] {
        if let edges { return edges }
        var edges: [TileTree] = []
        while Tile.hashCount(level: edges.count, size: size) > 0 {
            guard let tile = edgeTile(edges.count) else {
                edges.append(TileTree([]))
                continue
            }
            edges.append(TileTree(try files.hashes(tile)))
        }
        let root = CompactRange(size: size, peaks: edges.reversed().flatMap(\.peaks))?.root
        guard root == checkpoint.root else { throw wrongEdge(edges) }
        self.edges = edges
        return edges
    }

    /// The partial tile at a level's right edge.
    private func edgeTile(_ level: Int) -> Tile? {
        let count = Tile.hashCount(level: level, size: size)
        let number = count / UInt64(Tile.fullWidth)
        return Tile(kind: .hashes(level: level), number: number, width: Int(count % UInt64(Tile.fullWidth)))
    }

    /// Finds the wrong edge tile by what lies below each; called only when they do not give the root.
    private func wrongEdge(_ edges: [TileTree]) -> LogError {
        let tiles = edges.indices.compactMap { edgeTile($0) }
        for tile in tiles {
            guard case .hashes(let level) = tile.kind else { continue }
            let below = hashesBelow(tile, level)
            for (offset, hash) in edges[level].hashes.enumerated() {
                // A file that cannot be read is no evidence against the tile.
                guard offset < below.count, let wanted = below[offset], wanted != hash else { continue }
                return LogError(
                    .tileForged, path: tile.path, entries: tile.entries(size: size),
                    "hash \(offset) of the tile is not that of what lies below it, and the tiles do not give the "
                        + "checkpoint's root")
            }
        }
        return LogError(
            .root, path: "checkpoint",
            "the tiles \(tiles.map(\.path).joined(separator: ", ")) give another root than the checkpoint's "
                + "\(checkpoint.root.hex)")
    }

    /// The hashes that a tile should have according to the files one level down, unauthenticated.
    private func hashesBelow(_ tile: Tile, _ level: Int) -> [Digest?] {
        let first = tile.number * UInt64(Tile.fullWidth)
        guard level == 0 else {
            return (0..<tile.width).map { offset in
                let child = Tile(kind: .hashes(level: level - 1), number: first + UInt64(offset))
                return child.flatMap { try? files.hashes($0) }.flatMap { TileTree($0).root }
            }
        }
        guard let bundle = Tile.bundle(holding: first, size: size), let entries = try? files.entries(bundle) else {
            return []
        }
        return entries.map { MerkleHash.leaf($0) }
    }

    /// A tile of the tree, authenticated.
    func tree(level: Int, number: UInt64) throws(LogError) -> TileTree {
        let edges = try checkedEdges()
        let full = Tile.hashCount(level: level, size: size) / UInt64(Tile.fullWidth)
        if number == full, level < edges.count, edges[level].width > 0 { return edges[level] }
        guard number < full, let tile = Tile(kind: .hashes(level: level), number: number) else {
            throw LogError(.outOfRange, "tile \(number) of level \(level) is not in a tree of \(size) entries")
        }
        if let cached = cache[tile] { return cached }
        let parent = try tree(level: level + 1, number: number / UInt64(Tile.fullWidth))
        let found = TileTree(try files.hashes(tile))
        guard
            let wanted = parent.node(height: 0, Int(number % UInt64(Tile.fullWidth))), let root = found.root,
            root == wanted
        else {
            throw LogError(
                .tileForged, path: tile.path, entries: tile.entries(size: size),
                "its hashes do not give the hash that the tile above has for it")
        }
        if cache.count >= LogReader.maxCachedTiles { cache.removeAll(keepingCapacity: true) }
        cache[tile] = found
        return found
    }

    // MARK: Hashes and proofs

    /// The authenticated hash of a subtree of this tree. The subtree must be one that RFC 6962 forms in some tree: its
    /// start is a multiple of the smallest power of two that is at least its count.
    public func hash(of subtree: Subtree) throws(LogError) -> Digest {
        guard subtree.end <= size, subtree.isAligned else {
            throw LogError(
                .outOfRange, "no hash over entries \(subtree.start) to \(subtree.end) in a log of \(size)")
        }
        if let height = subtree.perfectHeight {
            let level = height / Tile.height
            let first = subtree.start >> UInt64(level * Tile.height)
            let tile = try tree(level: level, number: first / UInt64(Tile.fullWidth))
            let inside = height % Tile.height
            guard let hash = tile.node(height: inside, Int(first % UInt64(Tile.fullWidth)) >> inside) else {
                throw LogError(.outOfRange, "no hash over entries \(subtree.start) to \(subtree.end)")
            }
            return hash
        }
        guard let (left, right) = subtree.halves else { throw LogError(.outOfRange, "no such hash") }
        let leftHash = try hash(of: left)
        let rightHash = try hash(of: right)
        return MerkleHash.node(leftHash, rightHash)
    }

    /// The root that the log had at an earlier size.
    public func root(at size: UInt64) throws(LogError) -> Digest {
        guard let whole = Subtree(start: 0, end: size) else { return MerkleHash.emptyRoot }
        return try hash(of: whole)
    }

    /// The leaf hash of an entry.
    public func leafHash(_ index: UInt64) throws(LogError) -> Digest {
        guard index < size, let leaf = Subtree(start: index, end: index + 1) else {
            throw LogError(.outOfRange, "entry \(index) in a log of \(size)")
        }
        return try hash(of: leaf)
    }

    /// The inclusion proof of an entry in this tree.
    public func inclusionProof(_ index: UInt64) throws(LogError) -> InclusionProof {
        guard let path = Subtree.inclusionPath(index: index, size: size) else {
            throw LogError(.outOfRange, "entry \(index) in a log of \(size)")
        }
        // A tree of one entry has an empty proof; its leaf hash must be authenticated all the same.
        _ = try leafHash(index)
        var hashes: [Digest] = []
        hashes.reserveCapacity(path.count)
        for subtree in path { hashes.append(try hash(of: subtree)) }
        return InclusionProof(index: index, size: size, hashes: hashes)
    }

    /// The consistency proof from an earlier size to this tree.
    public func consistencyProof(from first: UInt64) throws(LogError) -> ConsistencyProof {
        guard let path = Subtree.consistencyPath(first: first, second: size) else {
            throw LogError(.outOfRange, "no consistency proof from \(first) to \(size)")
        }
        _ = try checkedEdges()
        var hashes: [Digest] = []
        hashes.reserveCapacity(path.count)
        for subtree in path { hashes.append(try hash(of: subtree)) }
        return ConsistencyProof(first: first, second: size, hashes: hashes)
    }

    // MARK: Entries

    /// An entry, authenticated by its leaf hash.
    public func entry(_ index: UInt64) throws(LogError) -> [UInt8] {
        guard let tile = Tile.bundle(holding: index, size: size) else {
            throw LogError(.outOfRange, "entry \(index) in a log of \(size)")
        }
        let wanted = try leafHash(index)
        let entries: [ArraySlice<UInt8>]
        if let kept = bundles[tile] {
            entries = kept
        } else {
            entries = try files.entries(tile)
            if bundles.count >= LogReader.maxCachedBundles { bundles.removeAll(keepingCapacity: true) }
            bundles[tile] = entries
        }
        let entry = entries[Int(index % UInt64(Tile.fullWidth))]
        try check(entry, index, wanted, tile)
        return Array(entry)
    }

    /// All entries of a bundle, authenticated; every bundle but the last has 256.
    public func entries(bundle number: UInt64) throws(LogError) -> [ArraySlice<UInt8>] {
        let start = number.multipliedReportingOverflow(by: UInt64(Tile.fullWidth))
        guard !start.overflow, let tile = Tile.bundle(holding: start.partialValue, size: size) else {
            throw LogError(.outOfRange, "bundle \(number) in a log of \(size)")
        }
        let leaves = try tree(level: 0, number: number).hashes
        let entries = try files.entries(tile)
        for (offset, entry) in entries.enumerated() {
            try check(entry, start.partialValue + UInt64(offset), leaves[offset], tile)
        }
        return entries
    }

    private func check(
        _ entry: ArraySlice<UInt8>, _ index: UInt64, _ wanted: Digest, _ tile: Tile
    ) throws(LogError) {
        guard MerkleHash.leaf(entry) == wanted else {
            throw LogError(
                .entryForged, path: tile.path, entries: index..<(index + 1),
                "entry \(index) is not the one that was logged: its leaf hash differs from the tree's")
        }
    }

    // MARK: For the writer

    /// The right edge's hashes by level, authenticated.
    func edgeHashes() throws(LogError) -> [[Digest]] { try checkedEdges().map { Array($0.hashes) } }

    /// The entries of the partial bundle at the right edge, authenticated; empty when there is none.
    func edgeEntries() throws(LogError) -> [ArraySlice<UInt8>] {
        guard Tile.partialWidth(level: 0, size: size) > 0 else { return [] }
        return try entries(bundle: size / UInt64(Tile.fullWidth))
    }
}

extension Subtree {
    /// Whether the start is a multiple of the smallest power of two that is at least the count, as in every subtree
    /// that RFC 6962 forms.
    fileprivate var isAligned: Bool {
        guard count > 1 else { return true }
        let width = (count - 1).leadingZeroBitCount
        return width > 0 && start % (1 << UInt64(64 - width)) == 0
    }
}

import Merkle
import Note
import OpenSSL

/// Reads a log as of one checkpoint. Every hash and entry that it gives has been authenticated against the root.
///
/// The order is the argument: the right-edge tiles are folded to the root first; a full tile is believed only when its
/// own root equals the hash in its parent tile, which has been believed before; an entry only when its leaf hash stands
/// in its level-0 tile. So no forged tile is used even once (compare CVE-2026-56865, where some were).
///
/// For one thread at a time.
public final class LogReader {
    /// The checkpoint's origin, size and root; its signature is the caller's concern.
    public let checkpoint: Checkpoint
    private let storage: any LogStorage
    private var hasher: MerkleHasher
    private var edges: [Int: [Digest]] = [:]
    private var edgesAreChecked = false
    private var cache: [Tile: [Digest]] = [:]

    /// Tiles kept: 1,024 of 8 KiB make 8 MiB, enough for a walk through 2^18 leaves without reading twice.
    private static let mostCachedTiles = 1024

    /// A reader of the tree that a checkpoint names.
    public init(_ storage: any LogStorage, _ checkpoint: Checkpoint) throws(LogError) {
        self.storage = storage
        self.checkpoint = checkpoint
        hasher = try LogReader.makeHasher()
    }

    static func makeHasher() throws(LogError) -> MerkleHasher {
        do { return try MerkleHasher() } catch { throw LogError(error) }
    }

    /// Entries in the tree.
    public var size: UInt64 { checkpoint.size }

    /// Reads the checkpoint file of a log, unverified: `nil` where there is none.
    public static func checkpointFile(_ storage: any LogStorage) throws(LogError) -> [UInt8]? {
        try storage.read("checkpoint", limit: longestCheckpoint)
    }

    // MARK: Tiles

    /// Reads and checks the tiles of the tree's right edge: they alone give the root.
    private func checkEdges() throws(LogError) {
        if edgesAreChecked { return }
        var peaks: [Digest] = []
        var level = 0
        while Tile.hashCount(level: level, size: size) > 0 {
            let width = Tile.partialWidth(level: level, size: size)
            if width > 0 {
                let number = Tile.hashCount(level: level, size: size) / UInt64(Tile.fullWidth)
                guard let tile = Tile(kind: .hashes(level: level), number: number, width: width) else {
                    throw LogError(.outOfRange, "no such tile")
                }
                let hashes = try readHashes(tile)
                edges[level] = hashes
                peaks = try perfectRoots(hashes) + peaks
            }
            level += 1
        }
        let found: Digest
        do {
            if let range = CompactRange(size: size, peaks: peaks) {
                found = try range.root(&hasher)
            } else {
                throw LogError(.root, "the tree's edge has \(peaks.count) peaks")
            }
        } catch let error as LogError {
            throw error
        } catch let error as OpenSSLError {
            throw LogError(error)
        } catch {
            throw LogError(.root, "\(error)")
        }
        guard found == checkpoint.root else { throw try diagnoseEdges() }
        edgesAreChecked = true
    }

    /// Roots of the perfect subtrees that make up a partial tile, largest first.
    private func perfectRoots(_ hashes: [Digest]) throws(LogError) -> [Digest] {
        var roots: [Digest] = []
        for peak in Subtree.peaks(size: UInt64(hashes.count)) {
            roots.append(try root(of: hashes[Int(peak.start)..<Int(peak.end)]))
        }
        return roots
    }

    private func root(of hashes: ArraySlice<Digest>) throws(LogError) -> Digest {
        do { return try LogReader.root(of: hashes, &hasher) } catch { throw LogError(error) }
    }

    /// Root of 2^k hashes.
    static func root(
        of hashes: ArraySlice<Digest>, _ hasher: inout MerkleHasher
    ) throws(OpenSSLError) -> Digest {
        var row = Array(hashes)
        while row.count > 1 {
            var above: [Digest] = []
            above.reserveCapacity(row.count / 2)
            var place = 0
            while place + 1 < row.count {
                above.append(try hasher.node(row[place], row[place + 1]))
                place += 2
            }
            row = above
        }
        return row.first ?? MerkleHasher.emptyRoot
    }

    /// Finds which edge tile is the wrong one, by what lies below each; only after the root did not agree.
    private func diagnoseEdges() throws(LogError) -> LogError {
        let names = edges.keys.sorted().compactMap { level in
            Tile.holding(hash: Tile.hashCount(level: level, size: size) - 1, level: level, size: size)
        }
        for tile in names {
            guard case .hashes(let level) = tile.kind, let hashes = edges[level] else { continue }
            for (offset, hash) in hashes.enumerated() {
                let position = tile.number * UInt64(Tile.fullWidth) + UInt64(offset)
                let below: Digest?
                if level == 0 {
                    below = try rawLeafHash(position)
                } else if let child = Tile(kind: .hashes(level: level - 1), number: position) {
                    below = try? root(of: readHashes(child)[...])
                } else {
                    below = nil
                }
                if below != hash {
                    return LogError(
                        .tileForged, path: tile.path, entries: tile.entries(size: size),
                        "hash \(offset) of the tile is not that of what lies below it, and the tiles do not give the "
                            + "checkpoint's root")
                }
            }
        }
        return LogError(
            .root, path: "checkpoint",
            "the tiles \(names.map(\.path).joined(separator: ", ")) give another root than the checkpoint's "
                + "\(checkpoint.root.hex)")
    }

    private func rawLeafHash(_ index: UInt64) throws(LogError) -> Digest? {
        guard let tile = Tile.bundle(holding: index, size: size), let entries = try? readBundle(tile) else { return nil }
        let entry = entries[Int(index % UInt64(Tile.fullWidth))]
        do { return try hasher.leaf(entry) } catch { throw LogError(error) }
    }

    /// The hashes of a tile as they are on disk: length checked, nothing authenticated.
    private func readHashes(_ tile: Tile) throws(LogError) -> [Digest] {
        let bytes = try readTile(tile, limit: Tile.fullWidth * Digest.byteCount)
        let wanted = tile.width * Digest.byteCount
        // Where a partial is gone, the full tile's first hashes are the same.
        let exact = bytes.isFull ? Tile.fullWidth * Digest.byteCount : wanted
        guard bytes.bytes.count == exact else {
            throw LogError(
                .tileMalformed, path: bytes.path, entries: tile.entries(size: size),
                "\(bytes.bytes.count) bytes; \(exact) are wanted")
        }
        var hashes: [Digest] = []
        hashes.reserveCapacity(tile.width)
        for place in stride(from: 0, to: wanted, by: Digest.byteCount) {
            guard let hash = Digest(bytes: bytes.bytes[place..<(place + Digest.byteCount)]) else { continue }
            hashes.append(hash)
        }
        return hashes
    }

    private func readTile(
        _ tile: Tile, limit: Int
    ) throws(LogError) -> (bytes: [UInt8], path: String, isFull: Bool) {
        if let bytes = try storage.read(tile.path, limit: limit) { return (bytes, tile.path, tile.isFull) }
        // tlog-tiles: a client "MAY fall back to the full tile" when the partial is gone.
        if !tile.isFull, let bytes = try storage.read(tile.full.path, limit: limit) {
            return (bytes, tile.full.path, true)
        }
        throw LogError(
            .tileMissing, path: tile.path, entries: tile.entries(size: size),
            "the file is missing; a tree of \(size) entries has it")
    }

    /// The hashes of a tile, authenticated.
    private func hashes(level: Int, number: UInt64) throws(LogError) -> [Digest] {
        try checkEdges()
        let count = Tile.hashCount(level: level, size: size)
        if number == count / UInt64(Tile.fullWidth), let edge = edges[level] { return edge }
        guard let tile = Tile(kind: .hashes(level: level), number: number), number < count / UInt64(Tile.fullWidth)
        else { throw LogError(.outOfRange, "tile \(number) of level \(level) is not in a tree of \(size) entries") }
        if let cached = cache[tile] { return cached }
        let parent = try hashes(level: level + 1, number: number / UInt64(Tile.fullWidth))
        let wanted = parent[Int(number % UInt64(Tile.fullWidth))]
        let found = try readHashes(tile)
        guard try root(of: found[...]) == wanted else {
            throw LogError(
                .tileForged, path: tile.path, entries: tile.entries(size: size),
                "its hashes do not give the hash that the tile above has for it")
        }
        if cache.count >= LogReader.mostCachedTiles { cache.removeAll(keepingCapacity: true) }
        cache[tile] = found
        return found
    }

    // MARK: Hashes and proofs

    /// The hash of a subtree of this tree, authenticated.
    public func hash(of subtree: Subtree) throws(LogError) -> Digest {
        guard subtree.end <= size else {
            throw LogError(.outOfRange, "entries up to \(subtree.end) in a log of \(size)")
        }
        if let height = subtree.perfectHeight {
            let level = height / Tile.height
            let first = subtree.start >> UInt64(level * Tile.height)
            let count = 1 << (height % Tile.height)
            let tile = try hashes(level: level, number: first / UInt64(Tile.fullWidth))
            let place = Int(first % UInt64(Tile.fullWidth))
            guard place + count <= tile.count else { throw LogError(.outOfRange, "no such hash") }
            return try root(of: tile[place..<(place + count)])
        }
        guard let (left, right) = subtree.halves else { throw LogError(.outOfRange, "no such hash") }
        let leftHash = try hash(of: left)
        let rightHash = try hash(of: right)
        do { return try hasher.node(leftHash, rightHash) } catch { throw LogError(error) }
    }

    /// The root that the log had at an earlier size.
    public func root(at size: UInt64) throws(LogError) -> Digest {
        guard let whole = Subtree(start: 0, end: size) else { return MerkleHasher.emptyRoot }
        return try hash(of: whole)
    }

    /// The leaf hash of an entry.
    public func leafHash(_ index: UInt64) throws(LogError) -> Digest {
        guard let leaf = Subtree(start: index, end: index + 1) else { throw LogError(.outOfRange, "no such entry") }
        return try hash(of: leaf)
    }

    /// The inclusion proof of an entry in this tree.
    public func inclusionProof(_ index: UInt64) throws(LogError) -> InclusionProof {
        guard let path = Subtree.inclusionPath(index: index, size: size) else {
            throw LogError(.outOfRange, "entry \(index) in a log of \(size)")
        }
        var hashes: [Digest] = []
        for subtree in path { hashes.append(try hash(of: subtree)) }
        return InclusionProof(index: index, size: size, hashes: hashes)
    }

    /// The consistency proof from an earlier size to this tree.
    public func consistencyProof(from first: UInt64) throws(LogError) -> ConsistencyProof {
        guard let path = Subtree.consistencyPath(first: first, second: size) else {
            throw LogError(.outOfRange, "no consistency proof from \(first) to \(size)")
        }
        var hashes: [Digest] = []
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
        let entry = try readBundle(tile)[Int(index % UInt64(Tile.fullWidth))]
        try check(entry, index, wanted, tile)
        return Array(entry)
    }

    /// All entries of a bundle, authenticated; a bundle has 256 but the last.
    public func entries(bundle number: UInt64) throws(LogError) -> [ArraySlice<UInt8>] {
        let start = number.multipliedReportingOverflow(by: UInt64(Tile.fullWidth))
        guard !start.overflow, let tile = Tile.bundle(holding: start.partialValue, size: size) else {
            throw LogError(.outOfRange, "bundle \(number) in a log of \(size)")
        }
        let leaves = try hashes(level: 0, number: number)
        let entries = try readBundle(tile)
        for (offset, entry) in entries.enumerated() {
            try check(entry, start.partialValue + UInt64(offset), leaves[offset], tile)
        }
        return entries
    }

    private func check(
        _ entry: ArraySlice<UInt8>, _ index: UInt64, _ wanted: Digest, _ tile: Tile
    ) throws(LogError) {
        let found: Digest
        do { found = try hasher.leaf(entry) } catch { throw LogError(error) }
        guard found == wanted else {
            throw LogError(
                .entryForged, path: tile.path, entries: index..<(index + 1),
                "entry \(index) is not the one that was logged: its leaf hash differs from the tree's")
        }
    }

    private func readBundle(_ tile: Tile) throws(LogError) -> [ArraySlice<UInt8>] {
        let file = try readTile(tile, limit: EntryBundle.longest)
        let isStandIn = file.isFull && !tile.isFull
        guard let entries = EntryBundle.entries(file.bytes, count: tile.width, exactly: !isStandIn) else {
            throw LogError(
                .tileMalformed, path: file.path, entries: tile.entries(size: size),
                "not a bundle of \(tile.width) length-prefixed entries")
        }
        return entries
    }

    // MARK: For the writer

    /// The right edge's hashes by level, authenticated.
    func edgeHashes() throws(LogError) -> [[Digest]] {
        try checkEdges()
        var levels: [[Digest]] = []
        var level = 0
        while Tile.hashCount(level: level, size: size) > 0 {
            levels.append(edges[level] ?? [])
            level += 1
        }
        return levels
    }

    /// The entries of the partial bundle at the right edge, authenticated; empty when there is none.
    func edgeEntries() throws(LogError) -> [ArraySlice<UInt8>] {
        guard Tile.partialWidth(level: 0, size: size) > 0 else { return [] }
        return try entries(bundle: size / UInt64(Tile.fullWidth))
    }
}

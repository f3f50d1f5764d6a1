import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote

/// Restores damaged or missing files of a log from a copy or from entries, writing only bytes that the checkpoint
/// authenticates.
///
/// It works from the root down: the tiles of the right edge together must give the checkpoint's root, a full tile the
/// hash in the tile above it, an entry the leaf hash in its tile. Each file is taken from where it is right, the log or
/// the source, or computed from what lies below it. A file that is right is never written.
public struct LogRepair: ~Copyable {
    /// A file that was damaged or missing, and what became of it.
    public struct Item: Sendable {
        /// The file, below the log's folder.
        public let path: String
        /// The entries that it covers.
        public let entries: Range<UInt64>
        /// What was wrong with it.
        public let found: String
        /// Why it could not be restored; `nil` when it was, or would be.
        public let failure: String?

        /// An item from its parts.
        public init(path: String, entries: Range<UInt64>, found: String, failure: String?) {
            self.path = path
            self.entries = entries
            self.found = found
            self.failure = failure
        }
    }

    /// The outcome of a repair.
    public struct Result: Sendable {
        /// Files looked at.
        public internal(set) var files: UInt64 = 0
        /// What was wrong, from the root down.
        public internal(set) var items: [Item] = []
        /// Whether the right edge's tiles give the checkpoint's root; without that nothing can be authenticated.
        public internal(set) var isRooted = false
    }

    let files: TileFiles
    let copy: TileFiles
    let source: (any RepairSource)?
    let checkpoint: Checkpoint
    private let writes: Bool
    var result = Result()
    /// Full tiles that were authenticated on the way to an earlier root.
    var known: [Tile: [Digest]] = [:]

    /// Tiles kept: 8 MiB.
    static let maxKnown = 1024

    /// A repair of a log.
    ///
    /// - Parameters:
    ///   - store: The log.
    ///   - checkpoint: Origin, size and root, its signature already checked.
    ///   - source: Where to take bytes from; without one, only what can be computed from the log itself is restored.
    ///   - writes: Whether anything is written.
    /// - Throws: `E-CRYPTO` when libcrypto has no memory.
    public init(
        _ store: any ArchiveStore, _ checkpoint: Checkpoint, from source: (any RepairSource)?, writes: Bool
    ) throws(LogError) {
        files = TileFiles(store: store, size: checkpoint.size)
        copy = TileFiles(store: SourceStore(source: source ?? NoSource()), size: checkpoint.size)
        self.source = source
        self.checkpoint = checkpoint
        self.writes = writes
    }

    /// Looks at every file and restores what it can.
    ///
    /// - Throws: `E-CRYPTO` alone; a file that is wrong is an item.
    public consuming func run() throws(LogError) -> Result {
        guard checkpoint.size > 0 else {
            result.isRooted = checkpoint.root == MerkleHash.emptyRoot
            return result
        }
        guard let edges = try rightEdge() else { return result }
        result.isRooted = true
        for level in edges.indices.reversed() {
            guard let tile = RepairCandidates.edgeTile(level, checkpoint.size) else { continue }
            try settle(tile, edges[level])
            try visitBelow(tile, edges[level])
        }
        return result
    }

    // MARK: Downwards

    /// Restores what lies below a tile whose hashes are authenticated.
    private mutating func visitBelow(_ tile: Tile, _ hashes: [Digest]) throws(LogError) {
        guard case .hashes(let level) = tile.kind else { return }
        guard level > 0 else { return try settleBundle(tile, hashes) }
        for (offset, hash) in hashes.enumerated() {
            let number = tile.number * UInt64(Tile.fullWidth) + UInt64(offset)
            guard let child = Tile(kind: .hashes(level: level - 1), number: number) else { continue }
            if let found = try authentic(child, root: hash) {
                try settle(child, found)
                try visitBelow(child, found)
            } else {
                result.files += 1
                add(
                    child,
                    failure: "neither the copy nor what lies below it gives the hash that the tile above has for it"
                        + passedOver)
            }
        }
    }

    /// The hashes of a full tile that give `root`, from the log, from the source, or computed from what lies below.
    mutating func authentic(_ tile: Tile, root: Digest) throws(LogError) -> [Digest]? {
        for files in [files, copy] {
            if let hashes = try? files.hashes(tile), self.root(hashes) == root { return hashes }
        }
        for way in RepairCandidates.Way.all(tile) {
            if let hashes = try derived(tile, way), self.root(hashes) == root { return hashes }
        }
        return nil
    }

    /// Restores a tile's file, unless it is right.
    private mutating func settle(_ tile: Tile, _ hashes: [Digest]) throws(LogError) {
        result.files += 1
        var bytes: [UInt8] = []
        for hash in hashes { hash.append(to: &bytes) }
        let found: LogError
        do {
            let stored = try files.hashes(tile)
            if stored == hashes { return }
            let wrong = zip(stored, hashes).filter { $0 != $1 }.count
            found = LogError(.tileForged, "\(wrong) of its hashes are not those that the checkpoint vouches for")
        } catch {
            found = error
        }
        restore(tile, bytes, found)
    }

    /// Restores a bundle's file, unless it is right; each entry is taken from where it is right.
    private mutating func settleBundle(_ tile: Tile, _ leaves: [Digest]) throws(LogError) {
        guard let bundle = Tile(kind: .entries, number: tile.number, width: tile.width) else { return }
        result.files += 1
        let found: LogError
        do {
            let stored = try files.entries(bundle)
            var wrong = 0
            for (entry, leaf) in zip(stored, leaves) where !isLeaf(entry, leaf) { wrong += 1 }
            if wrong == 0, stored.count == leaves.count { return }
            found = LogError(.entryForged, "\(wrong) of its entries are not those that were logged")
        } catch {
            guard error.code != .crypto else { throw error }
            found = error
        }
        let candidates = [RepairCandidates.entries(bundle, files), RepairCandidates.entries(bundle, copy)]
        var bytes: [UInt8] = []
        var lost: [UInt64] = []
        for (offset, leaf) in leaves.enumerated() {
            let index = bundle.number * UInt64(Tile.fullWidth) + UInt64(offset)
            var entry: ArraySlice<UInt8>?
            for list in candidates where entry == nil && offset < list.count {
                if isLeaf(list[offset], leaf) { entry = list[offset] }
            }
            if entry == nil, let kept = source?.entry(index), isLeaf(kept[...], leaf) { entry = kept[...] }
            guard let entry, EntryBundle.append(entry, to: &bytes) else {
                lost.append(index)
                continue
            }
        }
        guard lost.isEmpty else {
            return add(bundle, found, failure: missing(lost))
        }
        restore(bundle, bytes, found)
    }

    /// What the source skipped, as a clause to append to a message.
    var passedOver: String { source?.passedOver.map { "; " + $0 } ?? "" }

    private func missing(_ lost: [UInt64]) -> String {
        let first = lost.first ?? 0
        let one = lost.count == 1
        let words = one ? "entry \(first)" : "\(lost.count) of its entries, the first \(first),"
        // The source may hold what it skipped, so the message must not say that it lacks it.
        if let passedOver = source?.passedOver { return "\(words) \(one ? "is" : "are") not here, and \(passedOver)" }
        return "\(words) \(one ? "is" : "are") neither here nor in the source"
    }

    // MARK: Files

    private mutating func restore(_ tile: Tile, _ bytes: [UInt8], _ found: LogError) {
        guard !found.isDenied else {
            return add(
                tile, found,
                failure: "it may be right, and may not be read: correct the permissions, then run this again")
        }
        var failure: String?
        if writes {
            // The file is damaged or missing, and no reader accepts a damaged one.
            do { try files.store.write([(StorePath(tile), bytes)], .replace) } catch { failure = "\(error.reason)" }
        }
        add(tile, found, failure: failure)
    }

    /// Adds an item for a file that is damaged or missing; `otherwise` is the reason when the file itself can be read.
    mutating func add(
        _ tile: Tile, _ found: LogError? = nil,
        otherwise: String = "its hashes are not those that the checkpoint vouches for", failure: String?
    ) {
        var words = found
        if words == nil {
            do { _ = try files.hashes(tile) } catch { words = error }
        }
        result.items.append(
            Item(
                path: tile.path, entries: tile.entries(size: checkpoint.size), found: words?.reason ?? otherwise,
                failure: failure))
    }

    // MARK: Hashes

    func isLeaf(_ entry: ArraySlice<UInt8>, _ leaf: Digest) -> Bool { MerkleHash.leaf(entry) == leaf }

    /// The root of a full tile's hashes.
    func root(_ hashes: [Digest]) -> Digest? { TileTree(hashes).root }
}

/// An empty source.
private struct NoSource: RepairSource {
    func file(_ path: String, limit: Int) -> [UInt8]? { nil }
    func entry(_ index: UInt64) -> [UInt8]? { nil }
    let place = "nothing"
}

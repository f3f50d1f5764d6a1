import Files
import Merkle
import Note
import OpenSSL

/// Rebuilds a whole log from its entries and compares every tile with what they give.
///
/// A wrong file is reported with the entries it touches and the audit goes on; it never hangs on one and never stops at
/// the first. Memory is bounded by the window, whatever the log's size.
public struct LogAudit {
    /// What an audit of the tree found.
    public struct Result: Sendable {
        /// Everything that is wrong, in the order of the log.
        public var findings: [LogError] = []
        /// Entries read and hashed.
        public var entries: UInt64 = 0
        /// Tiles and bundles compared.
        public var tiles: UInt64 = 0
    }

    /// Bundles in memory at a time: 64 of some 150 KiB.
    public static let window = 64

    private struct Bundle<Summary: Sendable>: Sendable {
        var leaves: [Digest] = []
        var findings: [LogError] = []
        var summary: Summary?
        var count = 0
    }

    /// Audits the tree of a checkpoint.
    ///
    /// - Parameters:
    ///   - storage: The log.
    ///   - checkpoint: Origin, size and root, its signature already checked.
    ///   - examine: Called on several threads with each bundle's first index and its entries; their leaf hashes may yet
    ///     turn out wrong.
    ///   - consume: Called in order, on the calling thread, with what `examine` gave.
    /// - Returns: the findings; none means that the checkpoint's root is that of these very entries.
    public static func run<Summary: Sendable>(
        _ storage: any LogStorage, _ checkpoint: Checkpoint,
        examine: @Sendable (_ first: UInt64, _ entries: [ArraySlice<UInt8>]) throws(LogError) -> Summary,
        consume: (Summary, _ done: UInt64) throws -> Void
    ) throws -> Result {
        let size = checkpoint.size
        var result = Result()
        var hasher = try LogReader.makeHasher()
        var levels: [[Digest]] = []
        let bundles = (size + UInt64(Tile.fullWidth) - 1) / UInt64(Tile.fullWidth)
        var next: UInt64 = 0
        while next < bundles {
            let first = next
            let count = Int(Swift.min(UInt64(window), bundles - next))
            let slices = try overSlices(count) { (range) throws(LogError) -> [Bundle<Summary>] in
                var hasher = try LogReader.makeHasher()
                var list: [Bundle<Summary>] = []
                for offset in range {
                    list.append(
                        try read(storage, size, first + UInt64(offset), &hasher, examine))
                }
                return list
            }
            for (offset, bundle) in slices.joined().enumerated() {
                result.findings += bundle.findings
                result.entries += UInt64(bundle.count)
                result.tiles += 1
                try add(bundle.leaves, first + UInt64(offset), size, storage, &levels, &hasher, &result)
                if let summary = bundle.summary { try consume(summary, result.entries) }
            }
            next += UInt64(count)
        }
        let found = try root(levels, size, &hasher)
        if found != checkpoint.root {
            result.findings.append(
                LogError(
                    .root, path: "checkpoint",
                    "the entries give the root \(found?.hex ?? "of no tree"), the checkpoint says "
                        + checkpoint.root.hex))
        }
        return result
    }

    private static func read<Summary: Sendable>(
        _ storage: any LogStorage, _ size: UInt64, _ number: UInt64, _ hasher: inout MerkleHasher,
        _ examine: (UInt64, [ArraySlice<UInt8>]) throws(LogError) -> Summary
    ) throws(LogError) -> Bundle<Summary> {
        var bundle = Bundle<Summary>()
        let first = number * UInt64(Tile.fullWidth)
        guard let tile = Tile.bundle(holding: first, size: size) else { return bundle }
        let touched = tile.entries(size: size)
        let file: (path: String, bytes: [UInt8], isFull: Bool)
        do {
            guard let found = try fetch(storage, tile, limit: EntryBundle.longest) else {
                bundle.findings.append(
                    LogError(.tileMissing, path: tile.path, entries: touched, "the file is missing"))
                return bundle
            }
            file = found
        } catch {
            bundle.findings.append(LogError(error.code, path: tile.path, entries: touched, error.reason))
            return bundle
        }
        let exactly = !(file.isFull && !tile.isFull)
        guard let entries = EntryBundle.entries(file.bytes, count: tile.width, exactly: exactly) else {
            bundle.findings.append(
                LogError(
                    .tileMalformed, path: file.path, entries: touched,
                    "not a bundle of \(tile.width) length-prefixed entries"))
            return bundle
        }
        bundle.leaves.reserveCapacity(entries.count)
        do {
            for entry in entries { bundle.leaves.append(try hasher.leaf(entry)) }
        } catch {
            throw LogError(error)
        }
        bundle.count = entries.count
        bundle.summary = try examine(first, entries)
        return bundle
    }

    private static func fetch(
        _ storage: any LogStorage, _ tile: Tile, limit: Int
    ) throws(LogError) -> (path: String, bytes: [UInt8], isFull: Bool)? {
        if let bytes = try storage.read(tile.path, limit: limit) { return (tile.path, bytes, tile.isFull) }
        if !tile.isFull, let bytes = try storage.read(tile.full.path, limit: limit) {
            return (tile.full.path, bytes, true)
        }
        return nil
    }

    /// Compares the level-0 tile of a bundle with its leaves, and every tile above that gets full.
    private static func add(
        _ leaves: [Digest], _ number: UInt64, _ size: UInt64, _ storage: any LogStorage,
        _ levels: inout [[Digest]], _ hasher: inout MerkleHasher, _ result: inout Result
    ) throws(LogError) {
        var row = leaves
        var level = 0
        var tileNumber = number
        while true {
            let count = Tile.hashCount(level: level, size: size)
            let hash = Swift.min(count - 1, tileNumber * UInt64(Tile.fullWidth))
            guard let tile = Tile.holding(hash: hash, level: level, size: size) else { return }
            row = try compare(row, tile, size, storage, &result)
            while levels.count <= level { levels.append([]) }
            levels[level] = tile.isFull ? [] : row
            guard tile.isFull else { return }
            let root: Digest
            if row.count == Tile.fullWidth {
                do { root = try LogReader.root(of: row[...], &hasher) } catch { throw LogError(error) }
            } else {
                // Bundle and tile are both gone: the hash above is taken as it stands, so that only they are blamed.
                root = (try? storedHash(level + 1, tileNumber, size, storage)) ?? .zero
            }
            level += 1
            while levels.count <= level { levels.append([]) }
            levels[level].append(root)
            // The tile above is compared when it is full, or at its final width.
            let above = Tile.hashCount(level: level, size: size)
            let place = tileNumber + 1
            guard place % UInt64(Tile.fullWidth) == 0 || place == above else { return }
            row = levels[level]
            tileNumber /= UInt64(Tile.fullWidth)
        }
    }

    /// Compares one tile with the hashes that the entries give; where those are missing, the tile's own go on.
    private static func compare(
        _ row: [Digest], _ tile: Tile, _ size: UInt64, _ storage: any LogStorage, _ result: inout Result
    ) throws(LogError) -> [Digest] {
        result.tiles += 1
        let touched = tile.entries(size: size)
        func report(_ code: LogError.Code, _ reason: String) {
            result.findings.append(LogError(code, path: tile.path, entries: touched, reason))
        }
        let stored: [Digest]
        do {
            guard let file = try fetch(storage, tile, limit: Tile.fullWidth * Digest.byteCount) else {
                report(.tileMissing, "the file is missing")
                return row
            }
            let wanted = (file.isFull ? Tile.fullWidth : tile.width) * Digest.byteCount
            guard file.bytes.count == wanted else {
                report(.tileMalformed, "\(file.bytes.count) bytes; \(wanted) are wanted")
                return row
            }
            stored = stride(from: 0, to: tile.width * Digest.byteCount, by: Digest.byteCount).compactMap {
                Digest(bytes: file.bytes[$0..<($0 + Digest.byteCount)])
            }
        } catch {
            report(error.code, error.reason)
            return row
        }
        guard !row.isEmpty else { return stored }
        if stored != row {
            let places = zip(stored, row).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
            let first = places.first.map(String.init) ?? "?"
            report(.tileForged, "\(places.count) of its hashes, the first at \(first), are not those of the entries")
        }
        return row
    }

    private static func storedHash(
        _ level: Int, _ hash: UInt64, _ size: UInt64, _ storage: any LogStorage
    ) throws(LogError) -> Digest? {
        guard
            let tile = Tile.holding(hash: hash, level: level, size: size),
            let file = try fetch(storage, tile, limit: Tile.fullWidth * Digest.byteCount)
        else { return nil }
        let place = Int(hash % UInt64(Tile.fullWidth)) * Digest.byteCount
        guard place + Digest.byteCount <= file.bytes.count else { return nil }
        return Digest(bytes: file.bytes[place..<(place + Digest.byteCount)])
    }

    private static func root(
        _ levels: [[Digest]], _ size: UInt64, _ hasher: inout MerkleHasher
    ) throws(LogError) -> Digest? {
        var peaks: [Digest] = []
        do {
            for hashes in levels.reversed() {
                for peak in Subtree.peaks(size: UInt64(hashes.count)) {
                    peaks.append(try LogReader.root(of: hashes[Int(peak.start)..<Int(peak.end)], &hasher))
                }
            }
            return try CompactRange(size: size, peaks: peaks)?.root(&hasher)
        } catch {
            throw LogError(error)
        }
    }
}

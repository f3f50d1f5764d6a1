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
        /// Entries that nothing vouches for: what they say, or would say, is no reason to accuse anything else.
        public var doubted: [Range<UInt64>] = []
    }

    /// Bundles in memory at a time: 64 of some 150 KiB.
    public static let window = 64
    /// Wrong files after which the rest is not read: a checkpoint may name 2^63 entries with nothing behind them.
    public static let mostFindings = 10_000

    /// What one thread learns of one bundle.
    private struct Piece<Summary: Sendable>: Sendable {
        var row = AuditRow(hashes: nil, root: nil, findings: [], mismatch: nil)
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
    /// - Throws: what `examine` or `consume` throws, and `E-CRYPTO`; whatever is wrong with a file is a finding.
    public static func run<Summary: Sendable>(
        _ storage: any LogStorage, _ checkpoint: Checkpoint,
        examine: @Sendable (_ first: UInt64, _ entries: [ArraySlice<UInt8>]) throws(LogError) -> Summary,
        consume: (Summary, _ done: UInt64) throws -> Void
    ) throws -> Result {
        let files = TileFiles(storage: storage, size: checkpoint.size)
        var tree = try AuditTree(files, checkpoint)
        var entries: UInt64 = 0
        let width = UInt64(Tile.fullWidth)
        let bundles = checkpoint.size / width + (checkpoint.size % width == 0 ? 0 : 1)
        var next: UInt64 = 0
        while next < bundles, tree.wrongFiles < mostFindings {
            let first = next
            let count = Int(Swift.min(UInt64(window), bundles - next))
            let slices = try overSlices(count) { (_, range) throws(LogError) -> [Piece<Summary>] in
                var hasher = try LogReader.makeHasher()
                var pieces: [Piece<Summary>] = []
                for offset in range { pieces.append(try read(files, first + UInt64(offset), &hasher, examine)) }
                return pieces
            }
            for (offset, piece) in slices.joined().enumerated() {
                entries += UInt64(piece.count)
                try tree.add(piece.row, bundle: first + UInt64(offset))
                if let summary = piece.summary { try consume(summary, entries) }
            }
            next += UInt64(count)
        }
        let findings = try tree.finish(read: next)
        return Result(findings: findings, entries: entries, tiles: tree.compared, doubted: tree.doubted)
    }

    private static func read<Summary: Sendable>(
        _ files: TileFiles, _ number: UInt64, _ hasher: inout MerkleHasher,
        _ examine: (UInt64, [ArraySlice<UInt8>]) throws(LogError) -> Summary
    ) throws(LogError) -> Piece<Summary> {
        var piece = Piece<Summary>()
        let first = number * UInt64(Tile.fullWidth)
        guard
            let bundle = Tile.bundle(holding: first, size: files.size),
            let tile = Tile.holding(hash: first, level: 0, size: files.size)
        else { return piece }
        var leaves: [Digest?]?
        var finding: LogError?
        do {
            let entries = try files.entries(bundle)
            leaves = try hash(entries, &hasher)
            piece.count = entries.count
            piece.summary = try examine(first, entries)
        } catch  where leaves == nil && error.code != .crypto {
            finding = error
        }
        piece.row = try AuditRow(leaves, tile, files, &hasher)
        if let finding { piece.row.findings.insert(finding, at: 0) }
        return piece
    }

    private static func hash(
        _ entries: [ArraySlice<UInt8>], _ hasher: inout MerkleHasher
    ) throws(LogError) -> [Digest?] {
        var leaves: [Digest?] = []
        leaves.reserveCapacity(entries.count)
        do { for entry in entries { leaves.append(try hasher.leaf(entry)) } } catch { throw LogError(error) }
        return leaves
    }
}

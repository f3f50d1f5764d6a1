import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceSystem

/// Rebuilds a whole log from its entries and compares every tile with what they give.
///
/// A wrong file is reported with the entries that it affects, and the audit goes on: it neither hangs on a file nor
/// stops at the first wrong one. Memory is bounded by the window, whatever the log's size.
public struct LogAudit {
    /// What an audit of the tree found.
    public struct Result: Sendable {
        /// Everything that is wrong, in the order of the log.
        public var findings: [LogError] = []
        /// Entries read and hashed.
        public var entries: UInt64 = 0
        /// Tiles and bundles compared.
        public var tiles: UInt64 = 0
        /// Entries that are not authenticated: what they state is no evidence against anything else.
        public var doubted: [Range<UInt64>] = []
    }

    /// Bundles in memory at a time: 64 of some 150 KiB.
    public static let window = 64
    /// The number of wrong files after which the audit stops: a checkpoint may name 2^63 entries with no files behind
    /// them.
    public static let maxFindings = 10_000

    /// How many entries a core takes at a time at the end of a window, so that no core waits for long: examining an
    /// entry may take a hundred times as long as reading and hashing it.
    private static let entriesInPart = 32

    /// A bundle that was read and hashed.
    private struct Bundle: Sendable {
        let first: UInt64
        var row = AuditRow(hashes: nil, root: nil, findings: [], mismatch: nil)
        /// Empty where the entries cannot be read; nothing is examined then.
        var entries: [ArraySlice<UInt8>] = []

        /// Its entries in parts.
        var parts: [Part] {
            stride(from: 0, to: entries.count, by: entriesInPart).map { start in
                .some(first: first + UInt64(start), entries[start...].prefix(entriesInPart))
            }
        }
    }

    /// A unit of work for one core.
    private enum Part: Sendable {
        /// Reads and examines the bundle of this number.
        case whole(UInt64)
        /// Examines some entries of a bundle that was read.
        case some(first: UInt64, ArraySlice<ArraySlice<UInt8>>)
    }

    /// The result of a part.
    private struct Examined<Summary: Sendable>: Sendable {
        /// Set when the part was a whole bundle.
        var row: AuditRow?
        var summary: Summary?
        var count = 0
    }

    /// Audits the tree of a checkpoint.
    ///
    /// - Parameters:
    ///   - store: The log.
    ///   - checkpoint: Origin, size and root, its signature already checked.
    ///   - examine: Called on several threads with the index of the first of some entries of a bundle, and these; their
    ///     leaf hashes may still prove wrong.
    ///   - consume: Called in order, on the calling thread, with what `examine` gave.
    /// - Returns: The findings; none means that the checkpoint's root is that of exactly these entries.
    /// - Throws: What `examine` or `consume` throws, and `E-CRYPTO`; a file that is wrong is a finding.
    public static func run<Summary: Sendable>(
        _ store: any ArchiveStore, _ checkpoint: Checkpoint,
        examine: @Sendable (_ first: UInt64, _ entries: [ArraySlice<UInt8>]) throws(LogError) -> Summary,
        consume: (Summary, _ done: UInt64) throws -> Void
    ) throws -> Result {
        let files = TileFiles(store: store, size: checkpoint.size)
        var tree = AuditTree(files, checkpoint)
        var entries: UInt64 = 0
        let width = UInt64(Tile.fullWidth)
        let bundles = checkpoint.size / width + (checkpoint.size % width == 0 ? 0 : 1)
        let cores = WorkerPool(Array(0..<coreCount), length: 1)
        var next: UInt64 = 0
        while next < bundles, tree.wrongFiles < maxFindings {
            let end = next + Swift.min(UInt64(window), bundles - next)
            // The last bundles are read first and split: as whole bundles they would leave one core waiting for
            // another.
            let whole = next..<(end - Swift.min(UInt64(coreCount), end - next))
            let last = try cores.over(Int(end - whole.upperBound)) { (_, range) throws(LogError) in
                try read(files, whole.upperBound + UInt64(range.lowerBound))
            }
            let parts = whole.map(Part.whole) + last.flatMap(\.parts)
            var examined = try cores.over(parts.count) { (_, range) throws(LogError) in
                try self.examine(parts[range.lowerBound], files, examine)
            }[...]
            func consumeNext() throws {
                guard let part = examined.popFirst() else {
                    throw LogError(.crypto, "not every part of the log was examined; this must not be")
                }
                entries += UInt64(part.count)
                if let row = part.row { tree.add(row, bundle: next) }
                if let summary = part.summary { try consume(summary, entries) }
            }
            for _ in whole {
                try consumeNext()
                next += 1
            }
            for bundle in last {
                tree.add(bundle.row, bundle: next)
                for _ in bundle.parts { try consumeNext() }
                next += 1
            }
        }
        let findings = try tree.finish(read: next)
        return Result(findings: findings, entries: entries, tiles: tree.compared, doubted: tree.doubted)
    }

    private static func examine<Summary: Sendable>(
        _ part: Part, _ files: TileFiles,
        _ examine: (UInt64, [ArraySlice<UInt8>]) throws(LogError) -> Summary
    ) throws(LogError) -> Examined<Summary> {
        switch part {
        case .whole(let number):
            let bundle = try read(files, number)
            var examined = Examined<Summary>(row: bundle.row, count: bundle.entries.count)
            if !bundle.entries.isEmpty { examined.summary = try examine(bundle.first, bundle.entries) }
            return examined
        case .some(let first, let entries):
            return Examined(summary: try examine(first, Array(entries)), count: entries.count)
        }
    }

    /// Reads and hashes a bundle; what is wrong with its files is a finding.
    private static func read(_ files: TileFiles, _ number: UInt64) throws(LogError) -> Bundle {
        let first = number * UInt64(Tile.fullWidth)
        var read = Bundle(first: first)
        guard
            let bundle = Tile.bundle(holding: first, size: files.size),
            let tile = Tile.holding(hash: first, level: 0, size: files.size)
        else { return read }
        var leaves: [Digest?]?
        var finding: LogError?
        do {
            let entries = try files.entries(bundle)
            leaves = entries.map { MerkleHash.leaf($0) }
            read.entries = entries
        } catch  where error.code != .crypto {
            finding = error
        }
        read.row = AuditRow(leaves, tile, files)
        if let finding { read.row.findings.insert(finding, at: 0) }
        return read
    }
}

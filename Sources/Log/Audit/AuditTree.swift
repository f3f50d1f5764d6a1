import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote

/// The tree that an audit builds from its rows, the tiles that differ from it, and the decision which files are wrong.
struct AuditTree: ~Copyable {
    /// Tiles and bundles compared.
    private(set) var compared: UInt64 = 0
    private let files: TileFiles
    private let checkpoint: Checkpoint
    /// By level, the hashes after the last full tile; `nil` where neither the entries nor the stored tile gave one.
    private var levels: [[Digest?]] = []
    private var findings: [LogError] = []
    private var blamed: Set<String> = []
    private var mismatches: [AuditRow.Mismatch] = []
    /// Whether the entries that were read give the checkpoint's root, which proves that they are the logged ones.
    private var isRooted = false

    init(_ files: TileFiles, _ checkpoint: Checkpoint) {
        self.files = files
        self.checkpoint = checkpoint
    }

    /// Files found wrong so far.
    var wrongFiles: Int { findings.count + mismatches.count }

    /// Adds the next bundle's row, then compares each tile above it whose hashes are thereby complete.
    mutating func add(_ row: AuditRow, bundle: UInt64) {
        compared += 1
        var row = row
        var level = 0
        var number = bundle
        while true {
            compared += 1
            findings += row.findings
            if let mismatch = row.mismatch { mismatches.append(mismatch) }
            while levels.count <= level + 1 { levels.append([]) }
            guard (number + 1) * UInt64(Tile.fullWidth) <= Tile.hashCount(level: level, size: files.size) else {
                let width = Tile.partialWidth(level: level, size: files.size)
                levels[level] = row.hashes ?? [Digest?](repeating: nil, count: width)
                return
            }
            levels[level] = []
            level += 1
            levels[level].append(row.root)
            number += 1
            let count = Tile.hashCount(level: level, size: files.size)
            guard number % UInt64(Tile.fullWidth) == 0 || number == count,
                let tile = Tile.holding(hash: number - 1, level: level, size: files.size)
            else { return }
            row = AuditRow(levels[level], tile, files)
            number = tile.number
        }
    }

    /// Everything that is wrong, in the order of the log; called once `bundles` bundles have been added.
    mutating func finish(read bundles: UInt64) throws(LogError) -> [LogError] {
        let (read, overflow) = bundles.multipliedReportingOverflow(by: UInt64(Tile.fullWidth))
        blamed = Set(findings.map(\.path))
        let isComplete = overflow || read >= files.size
        if isComplete, root() == checkpoint.root {
            isRooted = true
            // The entries are right, so every tile that differs from them is wrong.
            for mismatch in mismatches { report(forged(mismatch)) }
        } else {
            try blame(isComplete: isComplete)
        }
        let order = findings.enumerated().sorted {
            let (left, right) = ($0.element.entries?.lowerBound ?? .max, $1.element.entries?.lowerBound ?? .max)
            return left == right ? $0.offset < $1.offset : left < right
        }
        findings = order.map(\.element)
        if !isComplete {
            findings.append(
                LogError(
                    .root, path: "checkpoint", entries: read..<files.size,
                    "\(LogAudit.maxFindings) files and more are wrong; the audit stopped at entry \(read)"))
        }
        return findings
    }

    /// Entries that are not authenticated once `finish` has run: unreadable, different from the logged ones, or
    /// undecidable.
    var doubted: [Range<UInt64>] {
        findings.compactMap { finding in
            let everything: Range<UInt64>? = isRooted ? nil : 0..<files.size
            guard let tile = Tile(path: finding.path) else { return everything }
            switch tile.kind {
            case .entries: return finding.entries
            // A correct root proves the entries, whatever the tiles hold.
            case .hashes(let level): return isRooted || level > 0 ? nil : finding.entries
            }
        }
    }

    /// The root that the entries give; `nil` where files of the right edge could not be read.
    private func root() -> Digest? {
        var peaks: [Digest] = []
        for hashes in levels.reversed() {
            let known = hashes.compactMap { $0 }
            guard known.count == hashes.count else { return nil }
            peaks += TileTree(known).peaks
        }
        return CompactRange(size: files.size, peaks: peaks)?.root
    }

    // MARK: Blame

    /// Adds a finding, unless its file has one.
    private mutating func report(_ finding: LogError) {
        if blamed.insert(finding.path).inserted { findings.append(finding) }
    }

    private func forged(_ mismatch: AuditRow.Mismatch) -> LogError {
        LogError(
            .tileForged, path: mismatch.tile.path, entries: mismatch.tile.entries(size: files.size),
            "\(mismatch.offsets.count) of its hashes, the first at \(mismatch.offsets.first ?? 0), are not those of the "
                + "entries")
    }

    /// Tells forged entries from forged tiles when the entries do not give the root: a tile that the root authenticates
    /// is right, and what differs from it is wrong.
    private mutating func blame(isComplete: Bool) throws(LogError) {
        let reader = try LogReader(files.store, checkpoint)
        do throws(LogError) {
            guard try reader.root(at: files.size) == checkpoint.root else {
                throw LogError(.root, path: "checkpoint", "the tiles give another root than the checkpoint's")
            }
        } catch {
            report(error)
        }
        let levelZero = Set(mismatches.map(\.tile).filter { $0.kind == .hashes(level: 0) }.map(\.number))
        for mismatch in mismatches {
            guard case .hashes(let level) = mismatch.tile.kind else { continue }
            do throws(LogError) {
                _ = try reader.tree(level: level, number: mismatch.tile.number)
                if level == 0 {
                    report(forgedEntries(mismatch.tile, mismatch.offsets))
                } else {
                    for offset in mismatch.offsets {
                        blameBelow(mismatch.tile, level, offset, reader, known: levelZero)
                    }
                }
            } catch {
                blame(mismatch, level, error, reader)
            }
        }
        if findings.isEmpty, isComplete {
            report(
                LogError(.root, path: "checkpoint", "the entries give another root than \(checkpoint.root.hex)"))
        }
    }

    /// Judges a tile that differs from the entries and that the root does not authenticate either.
    private mutating func blame(
        _ mismatch: AuditRow.Mismatch, _ level: Int, _ error: LogError, _ reader: LogReader
    ) {
        report(forged(mismatch))
        guard level == 0 else { return }
        // An authentic tile above tells whether the entries are right; without one that is undecidable, and both are
        // reported.
        let above = try? reader.tree(level: 1, number: mismatch.tile.number / UInt64(Tile.fullWidth))
        let wanted = above?.node(height: 0, Int(mismatch.tile.number % UInt64(Tile.fullWidth)))
        if mismatch.tile.isFull, wanted == nil || wanted != mismatch.root {
            report(forgedEntries(mismatch.tile, mismatch.offsets))
        }
    }

    /// Judges the tile below an authentic hash that the entries do not give.
    private mutating func blameBelow(
        _ tile: Tile, _ level: Int, _ offset: Int, _ reader: LogReader, known: Set<UInt64>
    ) {
        let number = tile.number * UInt64(Tile.fullWidth) + UInt64(offset)
        do throws(LogError) {
            _ = try reader.tree(level: level - 1, number: number)
        } catch {
            report(error)
            // Entries that agree with a forged tile are forged themselves.
            if level == 1, !known.contains(number), let below = Tile(kind: .hashes(level: 0), number: number) {
                report(forgedEntries(below, Array(0..<below.width)))
            }
        }
    }

    /// The finding for entries that do not match the hashes of their level-0 tile.
    private func forgedEntries(_ tile: Tile, _ offsets: [Int]) -> LogError {
        let first = tile.number * UInt64(Tile.fullWidth)
        let bundle = Tile(kind: .entries, number: tile.number, width: tile.width) ?? tile
        let low = first + UInt64(offsets.first ?? 0)
        let high = first + UInt64(offsets.last ?? 0) + 1
        return LogError(
            .entryForged, path: bundle.path, entries: low..<high,
            "\(offsets.count) of its entries, the first \(low), are not those that were logged")
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceSystem
import ProvenanceVerification

/// Restores files of the archive's log that rotted or are gone, from a copy that nobody need believe.
public struct ArchiveRepair {
    private let archive: ArchiveFolder
    private let storage: any ArchiveStore
    private let known: KnownCheckpoints
    private let newest: SignedCheckpoint
    private var report: Report

    /// Restores what it can.
    ///
    /// Everything is compared with `log/checkpoint`, which a pinned key must have signed. Where that file is the damaged
    /// one, the largest checkpoint that a pinned key signed takes its place: of `.provenance/last-signed`, of what lies
    /// beside the log key, of `Manifests/`, or, where it is larger than those or there is none of them, of the copy. That
    /// is settled before the first byte is written, and nothing is written unless that checkpoint extends every other one,
    /// each of the archive's own can be used, and, but for what was signed last, no tile here is of a longer log.
    ///
    /// So a copy sets the log back only where nothing of the archive shows that it was longer.
    ///
    /// - Parameters:
    ///   - archive: The archive.
    ///   - trust: The pinned keys.
    ///   - path: A copy of the log's folder or of the archive, a manifest, or a bundle.
    ///   - name: The path as it was typed.
    ///   - lockTimeout: Seconds to wait for the lock.
    ///   - isDryRun: Whether to write nothing.
    /// - Returns: What was restored, and what could not be.
    /// - Throws: `Problem`: nothing to repair from, or no checkpoint that a pinned key signed.
    public static func run(
        _ archive: ArchiveFolder, trust: Trust, from path: RawPath, name: String, lockTimeout: Double, isDryRun: Bool
    ) throws(Problem) -> Report {
        let kind = try RepairSources.kind(path, name: name)
        let lock = isDryRun ? nil : try archive.takeLock(timeout: lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        var repair = try ArchiveRepair(archive, trust, kind, name, isDryRun: isDryRun)
        do { return try repair.run(kind) } catch { throw Problem(any: error) }
    }

    private init(
        _ archive: ArchiveFolder, _ trust: Trust, _ kind: RepairSources.Kind, _ name: String, isDryRun: Bool
    ) throws(Problem) {
        self.archive = archive
        storage = archive.storage
        guard !trust.sets(for: archive.origin).isEmpty else {
            throw Problem(
                .notPinned, "log/checkpoint", "no key of the log \(archive.origin) is pinned (\(trust.place))",
                advice: "nothing says what the log must be: pin the keys you got elsewhere, or give --keys FOLDER")
        }
        known = try KnownCheckpoints(archive, trust, kind, name: name)
        guard let best = known.newest else {
            throw known.failure
                ?? Problem(.checkpoint, "log/checkpoint", "no checkpoint is at hand that a pinned key signed")
        }
        newest = best
        report = Report(checkpoint: best.checkpoint, isDryRun: isDryRun, source: name)
        report.files = 1
        if let failure = known.sourceFailure { report.remarks.append(failure.line) }
        if let failure = known.failure {
            report.remarks.append("\(failure.line); compared with \(best.place), size \(best.checkpoint.size)")
        }
    }

    private mutating func run(_ kind: RepairSources.Kind) throws -> Report {
        let source: any RepairSource
        switch kind {
        case .copy(let copy): source = copy
        case .bundle(let folder): source = BundleEntries(folder: folder)
        case .manifest(let path): source = try pickedEntries(path)
        }
        let comparison = RepairCheckpoint(storage: storage, known: known, newest: newest, source: source)
        if known.own == nil {
            if let refusal = try comparison.refusal() {
                try refuse(refusal, source)
                return report
            }
            // From here on there is something to put there.
            if !report.isDryRun { try DurableFile.createDirectories(archive.log) }
        }
        if !report.isDryRun {
            do { try storage.settle(around: newest.checkpoint.size) } catch { throw LogError(error) }
        }
        report.add(try LogRepair(storage, newest.checkpoint, from: source, writes: !report.isDryRun).run())
        if known.own == nil { restoreCheckpoint() } else { try comparison.compare(&report) }
        return report
    }

    /// Says why nothing is written, and which tiles there are that would have to be right.
    private mutating func refuse(_ refusal: RepairCheckpoint.Refusal, _ source: any RepairSource) throws {
        report.problems.append(
            Problem(.notRestored, "log/checkpoint", refusal.reason + "; nothing was written", advice: refusal.advice))
        guard !refusal.isRooted else { return }
        report.add(try LogRepair(storage, newest.checkpoint, from: source, writes: false).run())
    }

    /// The entries of a manifest that are wanted: found by a repair that writes nothing, again and again, for what lies
    /// below a lost tile is seen once that is there.
    private func pickedEntries(_ path: RawPath) throws(Problem) -> PickedEntries {
        var picked = PickedEntries(place: report.source)
        var wanted = RangeSet<UInt64>()
        // One round for each level that tiles can have, at most.
        for _ in 0..<9 {
            let result: LogRepair.Result
            do { result = try LogRepair(storage, newest.checkpoint, from: picked, writes: false).run() } catch {
                throw Problem(error)
            }
            let needed = RangeSet(result.items.filter { $0.failure != nil }.map(\.entries)).union(wanted)
            guard needed != wanted else { return picked }
            wanted = needed
            try picked.pick(wanted, from: path)
        }
        return picked
    }

    /// Puts the checkpoint that everything was compared with in place of a damaged one.
    private mutating func restoreCheckpoint() {
        var failure: String?
        if !report.isDryRun {
            do { try storage.write([(.checkpoint, newest.note)], .replace) } catch { failure = error.reason }
        }
        if let failure {
            report.problems.insert(
                Problem(.notRestored, "log/checkpoint", failure, advice: "see Documentation/when-things-go-wrong.md"),
                at: 0)
        } else {
            report.restored.insert(
                LogRepair.Item(
                    path: "checkpoint", entries: 0..<newest.checkpoint.size,
                    found: "not signed by a pinned key; taken from \(newest.place)", failure: nil), at: 0)
        }
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceSystem
import ProvenanceVerification

/// Restores damaged or missing files of the archive's log from an untrusted copy.
public struct ArchiveRepair {
    private let archive: ArchiveFolder
    private let storage: any ArchiveStore
    private let known: KnownCheckpoints
    private let newest: SignedCheckpoint
    private var report: Report

    /// Restores what can be restored.
    ///
    /// Everything is compared with `log/checkpoint`, which a pinned key must have signed. If that file is damaged, the
    /// largest checkpoint that a pinned key signed replaces it: from `.provenance/last-signed`, from beside the log
    /// key, from `Manifests/`, or from the copy if the copy's is larger or the archive has none.
    ///
    /// The checkpoint is chosen before the first byte is written. Nothing is written unless it extends every other
    /// checkpoint, each of the archive's own checkpoints is usable, and, unless it is the last signed one, no tile here
    /// belongs to a longer log. So a copy can set the log back only if nothing in the archive shows that it was longer.
    ///
    /// - Parameters:
    ///   - archive: The archive.
    ///   - trust: The pinned keys.
    ///   - path: A copy of the log's folder or of the archive, a manifest, or a bundle.
    ///   - name: The path as typed.
    ///   - lockTimeout: Seconds to wait for the lock.
    ///   - isDryRun: Whether to write nothing.
    /// - Returns: What was restored, and what could not be restored.
    /// - Throws: `Problem` if there is nothing to repair from, or no checkpoint that a pinned key signed.
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
            // From here on there are files to write.
            if !report.isDryRun { try DurableFile.createDirectories(archive.log) }
        }
        if !report.isDryRun {
            do { try storage.settle(around: newest.checkpoint.size) } catch { throw LogError(error) }
        }
        report.add(try LogRepair(storage, newest.checkpoint, from: source, writes: !report.isDryRun).run())
        if known.own == nil { restoreCheckpoint() } else { try comparison.compare(&report) }
        return report
    }

    /// Reports why nothing is written, and which existing tiles must be right first.
    private mutating func refuse(_ refusal: RepairCheckpoint.Refusal, _ source: any RepairSource) throws {
        report.problems.append(
            Problem(.notRestored, "log/checkpoint", refusal.reason + "; nothing was written", advice: refusal.advice))
        guard !refusal.isRooted else { return }
        report.add(try LogRepair(storage, newest.checkpoint, from: source, writes: false).run())
    }

    /// The entries of a manifest that the repair needs.
    ///
    /// They are found by repeated dry runs: what lies below a missing tile is known only once that tile is supplied.
    private func pickedEntries(_ path: RawPath) throws(Problem) -> PickedEntries {
        var picked = PickedEntries(place: report.source)
        var wanted = RangeSet<UInt64>()
        // At most one round for each level that tiles can have.
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

    /// Replaces a damaged checkpoint with the one that everything was compared with.
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
                    found: "it was not here, or not signed by a pinned key; taken from \(newest.place)", failure: nil),
                at: 0)
        }
    }
}

import Files
import Log
import Merkle
import Note
import OpenSSL

/// Restores files of the archive's log that rotted or are gone, from a copy that nobody need believe.
public struct ArchiveRepair {
    /// What a repair came to.
    public struct Report: Sendable {
        /// The checkpoint that everything was compared with.
        public let checkpoint: Checkpoint
        /// Whether anything was to be written.
        public let isDryRun: Bool
        /// Where bytes were taken from.
        public let source: String
        /// Files looked at, the checkpoint among them.
        public internal(set) var files: UInt64 = 0
        /// Files restored, or to be restored, and what was wrong with each.
        public internal(set) var restored: [LogRepair.Item] = []
        /// Files that could not be.
        public internal(set) var problems: [Problem] = []
        /// Remarks that make nothing fail.
        public internal(set) var remarks: [String] = []

        /// The exit code: 0 only when nothing is damaged any more, and something was looked at.
        public var status: ExitStatus {
            let worst = problems.map(\.status).max() ?? .verified
            return max(worst, checkpoint.size == 0 && restored.isEmpty ? .inconclusive : .verified)
        }

        /// The form in `--json`.
        public var json: JSONValue {
            .object([
                "status": .string(status.word), "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
                "root": .string(checkpoint.root.hex), "from": .string(source), "dryRun": .bool(isDryRun),
                "files": .number(files),
                "restored": .array(
                    restored.map { item in
                        .object([
                            "path": .string("log/" + item.path), "found": .string(item.found),
                            "first": .number(item.entries.lowerBound), "end": .number(item.entries.upperBound),
                        ])
                    }),
                "problems": .array(problems.map(\.json)), "remarks": .array(remarks.map(JSONValue.string)),
            ])
        }
    }

    /// A checkpoint note that a pinned log key signed, and where it was.
    private struct Signed {
        let place: String
        let note: [UInt8]
        let checkpoint: Checkpoint
    }

    private let archive: ArchiveFolder
    private let trust: Trust
    private let storage: FolderStorage
    private var report: Report
    private var isDamaged = false
    private var newest: Signed
    private var others: [Signed] = []

    /// Restores what it can.
    ///
    /// Everything is compared with `log/checkpoint`, which a pinned key must have signed. Where that file is the damaged
    /// one, the newest checkpoint that a pinned key signed takes its place: of `.provenance/last-signed`, of what lies
    /// beside the log key, and of the copy. So a copy of an older log never sets this one back.
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
        guard !isDryRun else {
            var repair = try ArchiveRepair(archive, trust, kind, name, isDryRun: true)
            return try repair.run(kind)
        }
        let lock = try archive.takeLock(timeout: lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        var repair = try ArchiveRepair(archive, trust, kind, name, isDryRun: false)
        return try repair.run(kind)
    }

    // MARK: The checkpoint

    private init(
        _ archive: ArchiveFolder, _ trust: Trust, _ kind: RepairSources.Kind, _ name: String, isDryRun: Bool
    ) throws(Problem) {
        self.archive = archive
        self.trust = trust
        storage = archive.storage
        guard !trust.sets(for: archive.origin).isEmpty else {
            throw Problem(
                .notPinned, "log/checkpoint", "no key of the log \(archive.origin) is pinned (\(trust.place))",
                advice: "nothing says what the log must be: pin the keys you got elsewhere, or give --keys FOLDER")
        }
        var remarks: [String] = []
        var found: [Signed] = []
        var failure: Problem?
        func take(_ place: String, _ read: () throws -> [UInt8]?) {
            do {
                guard let note = try read() else {
                    if place == "log/checkpoint" { failure = Problem(.checkpoint, place, "it is not here") }
                    return
                }
                let signed = try ArchiveRepair.signed(note, place, archive, trust)
                found.append(signed)
            } catch {
                let problem = Problem(any: error)
                if place == "log/checkpoint" { failure = problem } else { remarks.append(problem.line) }
            }
        }
        take("log/checkpoint") { try LogReader.checkpointFile(archive.storage) }
        let local = found.first
        for path in [archive.lastSigned, KeyFiles(archive.keys).lastSigned] {
            take(archive.relative(path)?.description ?? path.description) {
                try readFileIfPresent(path, limit: Trust.longestKeyFile)
            }
        }
        switch kind {
        case .copy(let copy): take("\(name): checkpoint") { copy.checkpoint }
        case .bundle(let folder):
            take("\(name): checkpoint") { LogCopy(folder).checkpoint }
        case .manifest(let path):
            let stream: FileStream
            do { stream = try FileStream(path) } catch { throw Problem(.unreadable, name, error.reason) }
            let header = try ManifestHeader.read(stream, place: name)
            take("\(name): checkpoint") { header.checkpoint }
        }
        guard let best = local ?? found.max(by: { $0.checkpoint.size < $1.checkpoint.size }) else {
            throw failure
                ?? Problem(.checkpoint, "log/checkpoint", "no checkpoint is at hand that a pinned key signed")
        }
        newest = best
        others = found.filter { $0.place != best.place } + ArchiveRepair.exported(archive, trust)
        isDamaged = local == nil
        report = Report(checkpoint: best.checkpoint, isDryRun: isDryRun, source: name)
        report.remarks = remarks
        report.files = 1
        if let failure {
            report.remarks.append("\(failure.line); compared with \(best.place), size \(best.checkpoint.size)")
        }
    }

    /// The newest checkpoint among the archive's manifests: with it no log is set back.
    private static func exported(_ archive: ArchiveFolder, _ trust: Trust) -> [Signed] {
        let keys = trust.sets(for: archive.origin).flatMap(\.policy.logs).filter {
            Text.isSame($0.name, archive.origin)
        }
        return keys.compactMap { key in
            guard let newest = try? ManifestsSeen(archive).newest(signedBy: key, remembers: false) else { return nil }
            return Signed(place: newest.place, note: [], checkpoint: newest.checkpoint)
        }
    }

    /// A checkpoint of this archive's log that a pinned key of it signed; witnesses are not asked for.
    private static func signed(
        _ note: [UInt8], _ place: String, _ archive: ArchiveFolder, _ trust: Trust
    ) throws(Problem) -> Signed {
        let checked = try trust.check(checkpoint: note, place: place)
        guard Text.isSame(checked.checkpoint.origin, archive.origin) else {
            throw Problem(.checkpoint, place, "it is of the log \(checked.checkpoint.origin), not of \(archive.origin)")
        }
        guard checked.claim.standing == .proven || checked.claim.code == Problem.Code.quorum.name else {
            throw Problem(
                code: checked.claim.code ?? Problem.Code.checkpoint.name, place: place, reason: checked.claim.detail,
                status: checked.claim.status)
        }
        return Signed(place: place, note: note, checkpoint: checked.checkpoint)
    }

    /// Says whether another checkpoint that our key signed cannot be true with this one; the tiles decide.
    private func contradiction(of other: Signed) -> String? {
        let (mine, its) = (newest.checkpoint, other.checkpoint)
        if its.size > mine.size { return "it has \(mine.size) entries; \(other.place) shows \(its.size)" }
        if its.size == mine.size {
            return its.root == mine.root ? nil : "\(other.place) has another root for the same size \(its.size)"
        }
        do {
            guard try LogReader(storage, mine).root(at: its.size) != its.root else { return nil }
            return "it does not extend \(other.place), of size \(its.size)"
        } catch {
            return "whether it extends \(other.place), of size \(its.size), cannot be said yet: \(error)"
        }
    }

    // MARK: Files

    private mutating func run(_ kind: RepairSources.Kind) throws(Problem) -> Report {
        do {
            if !report.isDryRun {
                try DurableFile.createDirectories(archive.log)
                try storage.settle(size: newest.checkpoint.size)
            }
            let source: any RepairSource
            switch kind {
            case .copy(let copy): source = copy
            case .bundle(let folder): source = BundleEntries(folder: folder)
            case .manifest(let path): source = try pickedEntries(path)
            }
            let result = try LogRepair(storage, newest.checkpoint, from: source, writes: !report.isDryRun).run()
            report.files += result.files
            for item in result.items {
                guard let failure = item.failure else {
                    report.restored.append(item)
                    continue
                }
                report.problems.append(
                    Problem(
                        .notRestored, "log/" + item.path,
                        "\(item.found); \(failure) (entries \(item.entries.lowerBound) to \(item.entries.upperBound - 1))",
                        advice: "name another copy, or a manifest that holds these entries"))
            }
            restoreCheckpoint(result)
            checkOthers()
        } catch {
            throw Problem(any: error)
        }
        return report
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

    /// Puts the newest checkpoint in place of a damaged one, once the tiles give its root.
    private mutating func restoreCheckpoint(_ result: LogRepair.Result) {
        guard isDamaged else { return }
        var failure = result.isRooted ? nil : "the tiles do not give the root of \(newest.place)"
        for other in others where failure == nil && !(report.isDryRun && !report.restored.isEmpty) {
            failure = contradiction(of: other)
        }
        if failure == nil, !report.isDryRun {
            do { try storage.write([("checkpoint", newest.note)]) } catch { failure = error.reason }
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

    /// With a sound checkpoint: whether the log's key signed more, or something else, before. A repair mends files, not
    /// that.
    private mutating func checkOthers() {
        guard !isDamaged else { return }
        for other in others where !other.place.hasPrefix(report.source + ":") {
            let words: String?
            if other.checkpoint.size > newest.checkpoint.size {
                words =
                    "the log has \(newest.checkpoint.size) entries; \(other.place) shows that it signed \(other.checkpoint.size) already"
            } else if other.checkpoint.size == newest.checkpoint.size, other.checkpoint.root != newest.checkpoint.root {
                words = "the log is another one than \(other.place) shows that it signed"
            } else {
                words = nil
            }
            if let words {
                report.problems.append(
                    Problem(
                        code: LogError.Code.rolledBack.name, place: "log/checkpoint", reason: words,
                        advice: "see Documentation/when-things-go-wrong.md, \"restored backup\"", status: .failed))
            }
        }
    }
}

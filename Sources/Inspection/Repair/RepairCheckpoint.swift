import ProvenanceEncoding
import ProvenanceLog
import ProvenanceVerification

/// Compares a repair's checkpoint with the other checkpoints that the log's key signed; writes nothing.
///
/// If `log/checkpoint` is damaged, another replaces it only if all others agree with it, since everything written
/// afterwards is authenticated by it.
struct RepairCheckpoint {
    let storage: any ArchiveStore
    let known: KnownCheckpoints
    let newest: SignedCheckpoint
    let source: any RepairSource

    /// Why the newest checkpoint must not replace a damaged one.
    struct Refusal {
        let reason: String
        let advice: String
        /// Whether the tiles, here or in the source, produce its root; otherwise no tile is authenticated.
        let isRooted: Bool
    }

    private static let page = "see Documentation/when-things-go-wrong.md, \"restored backup\""

    /// Compares the newest checkpoint with every other, before anything is written.
    ///
    /// - Returns: The reason for a refusal; `nil` if it may replace `log/checkpoint`.
    /// - Throws: Only `E-CRYPTO`.
    func refusal() throws(LogError) -> Refusal? {
        var others: [SignedCheckpoint] = []
        for other in known.kept + [known.source].compactMap({ $0 }) where other.tree != newest.tree {
            others.append(other)
        }
        let (isRooted, roots) = try roots(of: newest, at: others.map(\.checkpoint.size))
        func refuse(_ reason: String, advice: String = RepairCheckpoint.page) -> Refusal {
            Refusal(reason: reason, advice: advice, isRooted: isRooted)
        }
        if let problem = known.unusable.first {
            return refuse(
                "whether \(newest.place), of size \(newest.checkpoint.size), is what was signed last cannot be said: "
                    + problem.line,
                advice: "restore that file, or move it away when you know that it shows nothing newer")
        }
        for (other, root) in zip(others, roots) where root != other.checkpoint.root {
            let size = other.checkpoint.size
            if size == newest.checkpoint.size {
                return refuse("\(other.place) has another root for the same size \(size) as \(newest.place)")
            }
            if root != nil { return refuse("\(newest.place) does not extend \(other.place), of size \(size)") }
            if isRooted, other.kind != .source {
                return refuse(
                    "whether \(newest.place) extends \(other.place), of size \(size), cannot be said: the tiles for it are "
                        + "neither here nor in the source",
                    advice: "name a whole copy of the log")
            }
        }
        // The last signed checkpoint is written after the tiles; any other may be older than the last state.
        if newest.kind != .lastSigned {
            do throws(LogError) {
                if let path = try storage.tile(beyond: newest.checkpoint.size) {
                    return refuse(
                        "\(newest.place) is of \(newest.checkpoint.size) entries, and log/\(path) is of a longer log",
                        advice: "name a newer copy; move the file away only when it is of an `add` that was cut off")
                }
            } catch {
                return refuse("whether the log was longer than \(newest.place) cannot be said: \(error)")
            }
        }
        guard isRooted else {
            return refuse(
                "the tiles, here and in the source, do not give the root of \(newest.place)",
                advice: "name a whole copy of the log, or a manifest of all its entries")
        }
        return nil
    }

    /// Reports the other checkpoints that contradict an intact `log/checkpoint`: a repair restores files and cannot
    /// resolve this.
    ///
    /// - Throws: Only `E-CRYPTO`.
    func compare(_ report: inout ArchiveRepair.Report) throws(LogError) {
        report.problems += known.unusable
        let mine = newest.checkpoint
        let earlier = (known.kept + [known.source].compactMap { $0 }).filter {
            $0.checkpoint.size < mine.size
        }
        let roots = earlier.isEmpty ? [] : try roots(of: newest, at: earlier.map(\.checkpoint.size)).roots
        for (other, root) in zip(earlier, roots) where root != other.checkpoint.root {
            let size = other.checkpoint.size
            if root != nil {
                rolledBack(
                    &report,
                    "the log is another one than it was at size \(size), which \(other.place) shows that it signed")
            } else {
                report.remarks.append(
                    "whether the log extends \(other.place), of size \(size), cannot be said: the tiles for it are "
                        + "neither here nor in the source")
                if other.kind != .source { report.isUndecided = true }
            }
        }
        for other in known.kept + [known.source].compactMap({ $0 }) where other.checkpoint.size >= mine.size {
            let size = other.checkpoint.size
            if size == mine.size {
                if other.checkpoint.root != mine.root {
                    rolledBack(&report, "the log is another one than \(other.place) shows that it signed")
                }
            } else if other.kind == .source {
                try compareLonger(other, &report)
            } else {
                rolledBack(
                    &report, "the log has \(mine.size) entries; \(other.place) shows that it signed \(size) already")
            }
        }
    }

    /// A longer copy is not a failure of this log, as it may be the backup, unless it is of a different log.
    private func compareLonger(_ other: SignedCheckpoint, _ report: inout ArchiveRepair.Report) throws(LogError) {
        let root = try roots(of: other, at: [newest.checkpoint.size]).roots.first ?? nil
        let words = "\(other.place) is of \(other.checkpoint.size) entries, the log of \(newest.checkpoint.size)"
        switch root {
        case nil:
            report.remarks.append(
                "\(words): this log was set back, or is behind; whether the copy extends it cannot be said")
        case newest.checkpoint.root: report.remarks.append("\(words): this log was set back, or is behind")
        default: rolledBack(&report, "\(words), and does not extend it: the key signed two logs")
        }
    }

    private func roots(
        of signed: SignedCheckpoint, at sizes: [UInt64]
    ) throws(LogError) -> (isRooted: Bool, roots: [Digest?]) {
        try LogRepair(storage, signed.checkpoint, from: source, writes: false).roots(at: sizes)
    }

    private func rolledBack(_ report: inout ArchiveRepair.Report, _ reason: String) {
        report.problems.append(
            Problem(
                code: LogError.Code.rolledBack.name, place: "log/checkpoint", reason: reason,
                advice: RepairCheckpoint.page, status: .failed))
    }
}

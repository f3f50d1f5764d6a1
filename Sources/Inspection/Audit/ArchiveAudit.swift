import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Rebuilds the whole log from its entries and checks everything that can be checked.
public struct ArchiveAudit {
    /// What an audit found.
    public struct Report: Sendable {
        /// All problems, in log order.
        public internal(set) var problems: [Problem] = []
        /// Remarks that do not affect the status: interrupted adds, repeats, a stale index.
        public internal(set) var remarks: [String] = []
        /// Claims over all entries.
        public internal(set) var counts = ClaimCounts()
        /// Number of records of posts.
        public internal(set) var posts: UInt64 = 0
        /// Number of accession entries.
        public internal(set) var accessions: UInt64 = 0
        /// Number of entries of an unknown kind.
        public internal(set) var unknown: UInt64 = 0
        /// Number of the log's files that were compared.
        public internal(set) var files: UInt64 = 0
        /// The comparison with the index, if the index is of this checkpoint.
        var comparison: IndexComparison?
        /// The checkpoint audited.
        public let checkpoint: Checkpoint

        init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

        /// The exit code.
        public var status: ExitStatus {
            let worst = problems.map(\.status).max() ?? .verified
            // A log without a record leaves every question about posts open.
            let empty: ExitStatus = posts == 0 ? .inconclusive : .verified
            return max(counts.status, worst, empty)
        }
    }

    /// One thread's result for one bundle of entries.
    private struct Bundle: Sendable {
        struct Row: Sendable {
            var sha256: Digest?
            var isPost = false
            var accession: AccessionRecord?
            var isSigned = false
            /// The time that the entry states, in milliseconds.
            var recorded: Int64?
        }
        var first: UInt64 = 0
        var rows: [Row] = []
        var counts = ClaimCounts()
        /// Signatures by pinned keys; counted at the end, since one key-life entry may invalidate them all.
        var provenSignatures: UInt64 = 0
        var problems: [Problem] = []
        var unknown: UInt64 = 0
        var critical: String?
        var comparison = IndexComparison()
    }

    /// Audits the log of a view.
    ///
    /// - Parameters:
    ///   - view: The log as of its checkpoint.
    ///   - since: Earlier checkpoint notes that this log must extend, each with its name.
    ///   - trust: Judges the earlier checkpoints.
    ///   - progress: Called with the number of entries done.
    /// - Returns: The report; its status is the exit status.
    /// - Throws: `Problem` if the log cannot be read at all.
    public static func run(
        _ view: LogView, since: [(note: [UInt8], name: String)] = [], trust: Trust,
        progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> Report {
        do { return try audit(view, since, trust, progress) } catch { throw Problem(any: error) }
    }

    private static func audit(
        _ view: LogView, _ since: [(note: [UInt8], name: String)], _ trust: Trust, _ progress: (UInt64) -> Void
    ) throws -> Report {
        for earlier in since {
            // Checked before the long part: that the named file is no checkpoint is no finding about the log.
            do { _ = try Manifest.checkpoint(earlier.note, place: earlier.name) } catch {
                throw Problem(.malformed, error.place, "neither a checkpoint nor a manifest: \(error.reason)")
            }
        }
        var report = Report(view.checked.checkpoint)
        report.counts.add(view.checked.claim)
        // With nothing pinned the verdict says so. With a key pinned that did not sign, the checkpoint's file is
        // suspect.
        if view.checked.claim.standing != .proven, !trust.sets(for: view.archive.origin).isEmpty {
            report.problems.append(Problem(checkpoint: view.checked.claim))
        }
        let key = MarkKey()
        var accessions = AccessionCheck(view, key)
        var critical: String?
        var times = TimeOrder()
        var provenSignatures: UInt64 = 0
        let (signers, origin) = (view.signers, view.archive.origin)
        // Compared while each record is in memory: reading them all again would double the time.
        let (index, sums) = openIndex(view, key)
        var comparison = IndexComparison()
        let result = try LogAudit.run(
            view.archive.storage, view.checked.checkpoint,
            examine: { (first, entries) throws(LogError) -> Bundle in
                try examine(first, entries, signers, origin, index, sums, key)
            },
            consume: { bundle, done in
                report.counts.add(bundle.counts)
                provenSignatures += bundle.provenSignatures
                report.problems += bundle.problems
                report.unknown += bundle.unknown
                comparison.add(bundle.comparison)
                critical = critical ?? bundle.critical
                for (offset, row) in bundle.rows.enumerated() {
                    let index = bundle.first + UInt64(offset)
                    if row.isPost { report.posts += 1 }
                    if row.accession != nil { report.accessions += 1 }
                    times.add(index, row.recorded)
                    try accessions.add(index, row.sha256, row.accession, isSigned: row.isSigned, &report)
                }
                progress(done)
            })
        report.files = result.tiles
        report.problems += result.findings.map { Problem($0) }
        if let sums, sums.isSound {
            comparison.add(sums, accessions)
            if !result.findings.isEmpty { comparison.checkAuthentic(view) }
            report.comparison = comparison
        }
        addInclusion(&report, view, findings: result.findings, entries: result.entries)
        let isTreeProven = view.checked.claim.standing == .proven && result.findings.isEmpty
        accessions.finish(isVouchedFor: isTreeProven && critical == nil, doubted: result.doubted, &report)
        report.counts.add(EntryCheck.signatures(critical: critical), times: provenSignatures)
        if let critical {
            report.problems.append(
                Problem(
                    .keyLife, "log",
                    "the log holds \(critical), which this version cannot read: no signer is known any more"))
        }
        report.remarks += times.remarks
        for earlier in since {
            do { try addConsistency(&report, view, earlier, trust) } catch {
                let problem = Problem(any: error)
                report.problems.append(problem)
                report.counts.add(
                    Claim(.consistency, problem.status == .failed ? .failed : .unknown, problem: problem))
            }
        }
        return report
    }

    /// Two connections to the index, as its rows are compared while they are summed; neither unless both have the same
    /// file.
    private static func openIndex(_ view: LogView, _ key: MarkKey) -> (index: (any ArchiveIndex)?, sums: IndexSumming?)
    {
        guard let (index, other) = view.archive.indexLocation.openTwiceForReading(), view.isCurrent(index),
            view.isCurrent(other)
        else { return (nil, nil) }
        return (index, IndexSumming(other, key, size: view.size))
    }

    private static func addInclusion(
        _ report: inout Report, _ view: LogView, findings: [LogError], entries: UInt64
    ) {
        guard view.size > 0 else { return }
        let claim: Claim
        if findings.contains(where: { $0.code != .storage }) {
            claim = Claim(.inclusion, .failed, "the files do not give the checkpoint's tree", code: .inclusion)
        } else if let first = findings.first {
            // A file that could not be read is neither confirmed nor refuted.
            claim = Claim(
                .inclusion, .unknown,
                "\(findings.count) of the log's files cannot be read, log/\(first.path) for one", code: .storage)
        } else if view.checked.claim.standing == .proven {
            claim = Claim(.inclusion, .proven, "all \(entries) entries give the checkpoint's root")
        } else {
            claim = Claim(
                .inclusion, .unknown, "all entries give the root of a checkpoint that no pinned key vouches for",
                code: .notPinned)
        }
        report.counts.add(claim)
    }

    private static func examine(
        _ first: UInt64, _ entries: [ArraySlice<UInt8>], _ signers: [VerifierKey], _ origin: String,
        _ index: (any ArchiveIndex)?,
        _ sums: IndexSumming?, _ key: MarkKey
    ) throws(LogError) -> Bundle {
        var posts: [(index: UInt64, record: PostRecord)] = []
        if index != nil { posts.reserveCapacity(entries.count) }
        var bundle = Bundle(first: first)
        bundle.rows.reserveCapacity(entries.count)
        var examiner: EntryExaminer
        do { examiner = try EntryExaminer(signers: signers, origin: origin) } catch {
            throw LogError(.crypto, error.reason)
        }
        for (offset, entry) in entries.enumerated() {
            let place = first + UInt64(offset)
            let examination = examiner.examine(entry, index: place)
            var row = Bundle.Row()
            switch examination.kind {
            case .post(let record):
                row.sha256 = record.sha256
                row.isPost = true
                row.recorded = record.recorded
                if index != nil { posts.append((place, record)) }
            case .accession(let record):
                row.accession = record
                row.recorded = record.recorded
            case .unknown: bundle.unknown += 1
            case .critical(let line): bundle.critical = line
            case .malformed(let problem): bundle.problems.append(problem)
            }
            switch examination.signature.standing {
            case .proven:
                row.isSigned = true
                bundle.provenSignatures += 1
            case .unknown, .failed: bundle.counts.add(examination.signature)
            case .asserted: break
            }
            if examination.signature.standing == .failed {
                if case .malformed = examination.kind {
                } else {
                    bundle.problems.append(Problem(.signature, "entry \(place)", examination.signature.detail))
                }
            }
            bundle.rows.append(row)
        }
        if let index, let sums, sums.isSound {
            bundle.comparison = IndexComparison(index, first..<first + UInt64(entries.count), posts, key)
        }
        return bundle
    }

    /// Checks that the log extends an earlier checkpoint.
    ///
    /// - Throws: The error if it does not, or if the log cannot be read; the report continues with it.
    private static func addConsistency(
        _ report: inout Report, _ view: LogView, _ earlier: (note: [UInt8], name: String), _ trust: Trust
    ) throws {
        let checked = try trust.check(checkpoint: earlier.note, place: earlier.name)
        let old = checked.checkpoint
        guard old.origin.utf8.elementsEqual(view.archive.origin.utf8) else {
            throw Problem(.checkpoint, earlier.name, "it is of the log \(old.origin), not \(view.archive.origin)")
        }
        if checked.claim.standing == .failed { throw Problem(.checkpoint, earlier.name, checked.claim.detail) }
        switch try view.reader.relation(to: old) {
        case .extends, .otherLog: break
        case .shorter:
            throw Problem(
                code: LogError.Code.rolledBack.name, place: earlier.name,
                reason: "it shows \(old.size) entries, the log has \(view.size)", status: .failed)
        case .diverged:
            throw Problem(
                .consistency, earlier.name, "the log's first \(old.size) entries are not those of this checkpoint")
        }
        let isPinned = checked.claim.standing == .proven && view.checked.claim.standing == .proven
        report.counts.add(
            Claim(
                .consistency, isPinned && old.size > 0 ? .proven : .unknown,
                "extends \(earlier.name), size \(old.size)", code: isPinned ? nil : .notPinned))
    }
}

/// Times of entries in log order, to detect a clock that was set back or was wrong once.
private struct TimeOrder {
    private var last: (index: UInt64, recorded: Int64)?
    private var count: UInt64 = 0
    private(set) var named: [String] = []
    /// Maximum entries that are named; further ones are only counted.
    private static let maxNamed = 20

    mutating func add(_ index: UInt64, _ recorded: Int64?) {
        guard let recorded else { return }
        if let last, recorded < last.recorded {
            count += 1
            if named.count < TimeOrder.maxNamed {
                named.append(
                    "entry \(index) states \(UTCTime.text(recorded)), which is earlier than entry \(last.index)'s "
                        + "\(UTCTime.text(last.recorded)): a clock was wrong")
            }
        }
        last = (index, recorded)
    }

    var remarks: [String] {
        let more = count - UInt64(named.count)
        return named + (more > 0 ? ["\(more) more entries state a time earlier than the entry before"] : [])
    }
}

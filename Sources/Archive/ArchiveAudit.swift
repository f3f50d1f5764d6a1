import Files
import Log
import Merkle
import Note
import OpenSSL
import Post

/// Rebuilds the whole log from its entries and checks everything that can be checked.
public struct ArchiveAudit {
    /// What an audit found.
    public struct Report: Sendable {
        /// Everything that is wrong, in the order of the log.
        public internal(set) var problems: [Problem] = []
        /// Remarks that make nothing fail: interrupted adds, repeats, a stale index.
        public internal(set) var remarks: [String] = []
        /// Claims over all entries.
        public internal(set) var counts = ClaimCounts()
        /// Entries of each kind.
        public internal(set) var posts: UInt64 = 0
        /// Accession entries.
        public internal(set) var accessions: UInt64 = 0
        /// Entries of an unknown kind.
        public internal(set) var unknown: UInt64 = 0
        /// Files of the log compared.
        public internal(set) var files: UInt64 = 0
        /// The checkpoint audited.
        public let checkpoint: Checkpoint

        init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

        /// The exit code.
        public var status: ExitStatus {
            let worst = problems.map(\.status).max() ?? .verified
            let empty: ExitStatus = checkpoint.size == 0 ? .inconclusive : .verified
            return max(counts.status, worst, empty)
        }
    }

    /// What one thread says of one bundle.
    private struct Bundle: Sendable {
        struct Row: Sendable {
            var sha256: Digest?
            var isPost = false
            var accession: AccessionRecord?
            var isSigned = false
        }
        var first: UInt64 = 0
        var rows: [Row] = []
        var counts = ClaimCounts()
        /// Signatures that pinned keys made; counted at the end, for a key-life entry may unsettle them all.
        var provenSignatures: UInt64 = 0
        var problems: [Problem] = []
        var unknown: UInt64 = 0
        var critical: String?
    }

    /// Audits the log of a view.
    ///
    /// - Parameters:
    ///   - view: The log as of its checkpoint.
    ///   - since: Earlier checkpoint notes, with their names, that this log must extend.
    ///   - trust: Judges the earlier checkpoints.
    ///   - progress: Called with the number of entries done.
    /// - Returns: Everything that was found; its status is the exit code.
    /// - Throws: `Problem` when the log cannot be read at all.
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
            // Before the long part: the file that was named is no checkpoint, which says nothing about the log.
            do { _ = try Manifest.checkpoint(earlier.note, place: earlier.name) } catch {
                throw Problem(.malformed, error.place, "neither a checkpoint nor a manifest: \(error.reason)")
            }
        }
        var report = Report(view.checked.checkpoint)
        report.counts.add(view.checked.claim)
        if view.checked.claim.standing == .failed {
            report.problems.append(Problem(.checkpoint, "log/checkpoint", view.checked.claim.detail))
        }
        var accessions = AccessionCheck(view)
        var critical: String?
        var provenSignatures: UInt64 = 0
        let (signers, origin) = (view.signers, view.archive.origin)
        let result = try LogAudit.run(
            view.archive.storage, view.checked.checkpoint,
            examine: { (first, entries) throws(LogError) -> Bundle in try examine(first, entries, signers, origin) },
            consume: { bundle, done in
                report.counts.add(bundle.counts)
                provenSignatures += bundle.provenSignatures
                report.problems += bundle.problems
                report.unknown += bundle.unknown
                critical = critical ?? bundle.critical
                for (offset, row) in bundle.rows.enumerated() {
                    let index = bundle.first + UInt64(offset)
                    if row.isPost { report.posts += 1 }
                    if row.accession != nil { report.accessions += 1 }
                    try accessions.add(index, row.sha256, row.accession, isSigned: row.isSigned, &report)
                }
                progress(done)
            })
        report.files = result.tiles
        report.problems += result.findings.map { Problem($0) }
        addInclusion(&report, view, findings: result.findings, entries: result.entries)
        let isTreeProven = view.checked.claim.standing == .proven && result.findings.isEmpty
        accessions.finish(isVouchedFor: isTreeProven && critical == nil, &report)
        report.counts.add(
            critical.map { Claim(.signature, .unknown, "\($0) cannot be read", code: .keyLife) }
                ?? Claim(.signature, .proven, "by pinned keys"), times: provenSignatures)
        if let critical {
            report.problems.append(
                Problem(
                    .keyLife, "log",
                    "the log holds \(critical), which this version cannot read: no signer is known any more"))
        }
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

    private static func addInclusion(
        _ report: inout Report, _ view: LogView, findings: [LogError], entries: UInt64
    ) {
        guard view.size > 0 else { return }
        let claim: Claim
        if !findings.isEmpty {
            claim = Claim(.inclusion, .failed, "the files do not give the checkpoint's tree", code: .inclusion)
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
        _ first: UInt64, _ entries: [ArraySlice<UInt8>], _ signers: [VerifierKey], _ origin: String
    ) throws(LogError) -> Bundle {
        var bundle = Bundle(first: first)
        bundle.rows.reserveCapacity(entries.count)
        var examiner: EntryExaminer
        do { examiner = try EntryExaminer(signers: signers, origin: origin) } catch {
            throw LogError(.crypto, error.reason)
        }
        for (offset, entry) in entries.enumerated() {
            let index = first + UInt64(offset)
            let examination = examiner.examine(entry, index: index)
            var row = Bundle.Row()
            switch examination.kind {
            case .post(let record):
                row.sha256 = record.sha256
                row.isPost = true
            case .accession(let record): row.accession = record
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
                    bundle.problems.append(Problem(.signature, "entry \(index)", examination.signature.detail))
                }
            }
            bundle.rows.append(row)
        }
        return bundle
    }

    /// Compares the log with an earlier checkpoint.
    ///
    /// - Throws: what is wrong, or what of the log could not be read; the report goes on with it.
    private static func addConsistency(
        _ report: inout Report, _ view: LogView, _ earlier: (note: [UInt8], name: String), _ trust: Trust
    ) throws {
        let checked = try trust.check(checkpoint: earlier.note, place: earlier.name)
        let old = checked.checkpoint
        guard old.origin.utf8.elementsEqual(view.archive.origin.utf8) else {
            throw Problem(.checkpoint, earlier.name, "it is of the log \(old.origin), not \(view.archive.origin)")
        }
        if checked.claim.standing == .failed { throw Problem(.checkpoint, earlier.name, checked.claim.detail) }
        if old.size > view.size {
            throw Problem(
                code: LogError.Code.rolledBack.name, place: earlier.name,
                reason: "it shows \(old.size) entries, the log has \(view.size)", status: .failed)
        }
        guard try view.reader.root(at: old.size) == old.root else {
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

/// Checks each accession against its register and the entries before it, in the order of the log.
private struct AccessionCheck {
    private let view: LogView
    /// Digests of all posts by entry; 32 bytes an entry is all that an audit keeps.
    private var digests: [Digest] = []
    private var claimedUpTo: UInt64 = 0
    /// Registers that are what a signed accession states; counted at the end, when it is known how the tree stands.
    private var authentic: UInt64 = 0

    /// Digests for which room is made at once; a checkpoint may claim any size.
    private static let mostReserved: UInt64 = 1 << 22

    init(_ view: LogView) {
        self.view = view
        // Growing by doubling would hold three times as much for a moment.
        digests.reserveCapacity(Int(clamping: min(view.size, AccessionCheck.mostReserved)))
    }

    mutating func add(
        _ index: UInt64, _ digest: Digest?, _ accession: AccessionRecord?, isSigned: Bool,
        _ report: inout ArchiveAudit.Report
    ) throws {
        while digests.count < Int(clamping: index) { digests.append(.zero) }
        digests.append(digest ?? .zero)
        guard let accession else { return }
        let place = "entry \(index)"
        guard accession.log.utf8.elementsEqual(view.archive.origin.utf8) else {
            fail(&report, Problem(.register, place, "the accession is of the log \(accession.log)"))
            return
        }
        let first = UInt64(clamping: accession.first)
        let end = first + UInt64(clamping: accession.posts)
        guard end == index, first >= claimedUpTo else {
            fail(
                &report,
                Problem(
                    .register, place,
                    "it claims the entries from \(first), \(accession.posts) of them, which do not end before it"))
            return
        }
        if first > claimedUpTo {
            report.remarks.append(
                "entries \(claimedUpTo) to \(first - 1) were recorded by an add that did not finish: no accession says what it saw"
            )
        }
        claimedUpTo = index + 1
        try checkRegister(accession, index, first..<end, isSigned: isSigned, &report)
    }

    private mutating func checkRegister(
        _ accession: AccessionRecord, _ index: UInt64, _ posts: Range<UInt64>, isSigned: Bool,
        _ report: inout ArchiveAudit.Report
    ) throws {
        var next = posts.lowerBound
        var known = 0
        var refused = 0
        var wrong: String?
        var withheld = 0
        let outcome = try RegisterReader.read(
            folder: view.archive.accessions, root: accession.register, count: accession.lines
        ) { line in
            switch line.fate {
            case .recorded(let entry):
                // Withheld lines may have been any: the entries then may jump, but never fall back.
                if entry < next || entry >= posts.upperBound { wrong = wrong ?? "a recorded line names entry \(entry)" }
                if !matches(line, entry) { wrong = wrong ?? "the line of entry \(entry) has another digest" }
                if entry > next { withheld += Int(clamping: entry - next) }
                next = entry &+ 1
            case .known(let entry):
                known += 1
                if entry >= index || !matches(line, entry) {
                    wrong = wrong ?? "a known line names entry \(entry), which is not of these bytes"
                }
            case .refused: refused += 1
            }
        }
        let place = "accessions/\(RegisterReader.name(accession.register))"
        switch outcome {
        case .absent:
            report.counts.add(
                Claim(.registers, .unknown, "the register of accession \(index) is not here", code: .registerMissing))
            report.remarks.append("\(place) is not here: what accession \(index) saw is unknown")
        case .unreadable(let reason):
            let problem = Problem(
                .registerMissing, place, "what accession \(index) saw is unknown: \(reason)",
                advice: RegisterReader.restoreAdvice)
            report.problems.append(problem)
            report.counts.add(Claim(.registers, .unknown, problem: problem))
        case .forged(let reason): fail(&report, forged(place, "not the register of accession \(index): \(reason)"))
        case .authentic(let hidden):
            if posts.upperBound > next { withheld += Int(clamping: posts.upperBound - next) }
            if hidden == 0, withheld > 0 {
                wrong =
                    wrong ?? "its recorded lines do not cover entries \(posts.lowerBound) to \(posts.upperBound - 1)"
            }
            if hidden == 0, known != accession.known || refused != accession.refused {
                wrong =
                    wrong
                    ?? "\(known) known and \(refused) refused lines; the accession states \(accession.known) and \(accession.refused)"
            }
            if let wrong {
                fail(&report, forged(place, wrong))
                return
            }
            if hidden > 0 {
                report.remarks.append(
                    "\(place): \(hidden) of \(accession.lines) lines are withheld; what they say is unknown")
            }
            if isSigned {
                authentic += 1
            } else {
                report.counts.add(
                    Claim(
                        .registers, .unknown, "no pinned key signed accession \(index), which states the register",
                        code: .notPinned))
            }
        }
    }

    private func matches(_ line: RegisterLine, _ entry: UInt64) -> Bool {
        guard let place = Int(exactly: entry), place < digests.count else { return false }
        return digests[place] == line.sha256
    }

    private func forged(_ place: String, _ words: String) -> Problem {
        Problem(.register, place, words, advice: RegisterReader.restoreAdvice)
    }

    private func fail(_ report: inout ArchiveAudit.Report, _ problem: Problem) {
        report.problems.append(problem)
        report.counts.add(Claim(.registers, .failed, problem: problem))
    }

    /// What can be said once all entries are seen: repeats, entries after the last accession, and registers.
    ///
    /// - Parameters:
    ///   - isVouchedFor: Whether the tree and its signers are proven; a register is no better than they are.
    ///   - report: Takes what is said.
    mutating func finish(isVouchedFor: Bool, _ report: inout ArchiveAudit.Report) {
        report.counts.add(
            isVouchedFor
                ? Claim(.registers, .proven, "the registers that signed accessions state")
                : Claim(
                    .registers, .unknown, "authentic under a tree or a signer that is not proven", code: .notPinned),
            times: authentic)
        if claimedUpTo < UInt64(digests.count) {
            report.remarks.append(
                "entries \(claimedUpTo) to \(digests.count - 1) have no accession yet: an add was interrupted; the next registers their places"
            )
        }
        // Sorted in place: nobody asks for an entry's digest any more.
        digests.sort()
        var repeats = 0
        for (one, other) in zip(digests, digests.dropFirst()) where one == other && one != .zero { repeats += 1 }
        if repeats > 0 {
            report.remarks.append("\(repeats) records repeat bytes that an earlier entry records; the earliest counts")
        }
    }
}

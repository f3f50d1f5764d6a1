import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// Checks each accession against its register and the entries before it, in log order.
///
/// Problems are reported at the end, once it is known which entries the tree authenticates: if an entry was damaged
/// after it was logged, neither the register that differs from it nor its accession's `add` is at fault.
struct AccessionCheck {
    /// A problem of an accession, and what it depends on.
    private struct Accusation {
        /// The accession's entry.
        let accession: UInt64
        /// The entries that differ from the register, if they are the only reason.
        var differing: EntryRanges?
        let problem: Problem
    }

    private let view: LogView
    /// Mark of each entry's digest, 0 for an entry that is not a post's; at 8 bytes an entry, all that an audit keeps.
    private var marks: [UInt64] = []
    private let key: MarkKey
    /// Sum over the lines of all registers, for comparison with the index; `nil` if any register is incomplete.
    private var lines: LineSum? = LineSum()
    private var claimedUpTo: UInt64 = 0
    /// Registers that match a signed accession; counted at the end, when the standing of the tree is known.
    private var authentic: UInt64 = 0
    private var accusations: [Accusation] = []
    /// Accessions whose register is missing.
    private var absent: [(accession: UInt64, place: String)] = []
    /// Entries before an accession that it does not claim.
    private var unclaimed: [Range<UInt64>] = []

    /// Maximum entries to reserve memory for, since a checkpoint may claim any size.
    private static let maxReserved: UInt64 = 1 << 22

    init(_ view: LogView, _ key: MarkKey) {
        self.view = view
        self.key = key
        // Growing by doubling would need three times the memory for a moment.
        marks.reserveCapacity(Int(clamping: min(view.size, AccessionCheck.maxReserved)))
    }

    mutating func add(
        _ index: UInt64, _ digest: Digest?, _ accession: AccessionRecord?, isSigned: Bool,
        _ report: inout ArchiveAudit.Report
    ) throws {
        while marks.count < Int(clamping: index) { marks.append(0) }
        marks.append(key.mark(digest))
        guard let accession else { return }
        let place = "entry \(index)"
        guard accession.log.utf8.elementsEqual(view.archive.origin.utf8) else {
            accuse(index, Problem(.register, place, "the accession is of the log \(accession.log)"))
            return
        }
        let problem = StateBlockCheck.problem(in: accession.state, of: index) { try? view.reader.entry($0) }
        if let problem { accuse(index, problem) }
        let first = UInt64(clamping: accession.first)
        let end = first + UInt64(clamping: accession.posts)
        guard end == index, first >= claimedUpTo else {
            accuse(
                index,
                Problem(
                    .register, place,
                    "it claims the entries from \(first), \(accession.posts) of them, which do not end before it"))
            return
        }
        if first > claimedUpTo { unclaimed.append(claimedUpTo..<first) }
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
        var differing = EntryRanges()
        var difference: String?
        // Entries of the accession without a line in its register.
        var hasGap = false
        var sum = LineSum()
        let outcome = try RegisterReader.read(
            from: view.archive.registers, root: accession.register, count: accession.lines,
            isVersion2: accession.isVersion2,
            prepare: { [key] line, roots in
                (key.mark(line, root: line.root < roots.count ? roots[line.root] : "?"), key.mark(line.sha256))
            },
            line: { line, marks in
                sum.add(marks.0)
                switch line.fate {
                case .recorded(let entry):
                    // Withheld lines may stand for any entry: the entries may then skip numbers, but never decrease.
                    if entry < next || entry >= posts.upperBound {
                        wrong = wrong ?? "a recorded line names entry \(entry)"
                    }
                    if !matches(marks.1, entry) {
                        differing.add(entry)
                        difference = difference ?? "the line of entry \(entry) has another digest"
                    }
                    if entry > next { hasGap = true }
                    next = entry &+ 1
                case .known(let entry):
                    known += 1
                    let words = "a known line names entry \(entry), which is not of these bytes"
                    if entry >= index {
                        wrong = wrong ?? words
                    } else if !matches(marks.1, entry) {
                        differing.add(entry)
                        difference = difference ?? words
                    }
                case .refused: refused += 1
                }
            })
        lines = outcome == .authentic(withheld: 0) ? lines.map { $0 + sum } : nil
        let place = "accessions/\(RegisterReader.name(accession.register))"
        switch outcome {
        case .absent:
            report.counts.add(
                Claim(.registers, .unknown, "the register of accession \(index) is not here", code: .registerMissing))
            absent.append((index, place))
        case .unreadable(let reason):
            accuse(
                index,
                Problem(
                    .registerMissing, place, "what accession \(index) saw is unknown: \(reason)",
                    advice: RegisterReader.restoreAdvice))
        case .forged(let reason):
            accuse(index, forged(place, "not the register of accession \(index): \(reason)"))
        case .authentic(let hidden):
            if posts.upperBound > next { hasGap = true }
            if hidden == 0, hasGap {
                wrong =
                    wrong ?? "its recorded lines do not cover entries \(posts.lowerBound) to \(posts.upperBound - 1)"
            }
            if hidden == 0, known != accession.known || refused != accession.refused {
                wrong =
                    wrong
                    ?? "\(known) known and \(refused) refused lines; the accession states \(accession.known) and \(accession.refused)"
            }
            if let wrong { return accuse(index, forged(place, wrong)) }
            if let difference { return accuse(index, forged(place, difference), differing: differing) }
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

    /// Whether an entry's post has a line's digest, by their marks. A line without a digest has the mark 0.
    private func matches(_ mark: UInt64, _ entry: UInt64) -> Bool {
        guard let place = Int(exactly: entry), place < marks.count, mark != 0 else { return false }
        return marks[place] == mark
    }

    /// The minimum number of the index's rows that differ from the registers' lines; 0 if a register is missing or has
    /// withheld lines.
    func differences(_ index: IndexSums) -> Int {
        guard let lines else { return 0 }
        // A row that differs may have lost its key too; it still counts as one row.
        return max(lines.differences(index.lines), index.placementRows.differences(index.placementKeys))
    }

    private func forged(_ place: String, _ words: String) -> Problem {
        Problem(.register, place, words, advice: RegisterReader.restoreAdvice)
    }

    private mutating func accuse(_ accession: UInt64, _ problem: Problem, differing: EntryRanges? = nil) {
        accusations.append(Accusation(accession: accession, differing: differing, problem: problem))
    }

    /// Reports what depends on all entries: repeats, entries after the last accession, and registers.
    ///
    /// - Parameters:
    ///   - isVouchedFor: Whether the tree and its signers are proven. A register is at most as proven as they are.
    ///   - doubted: Entries that the tree does not authenticate.
    ///   - report: Receives the problems and remarks.
    mutating func finish(isVouchedFor: Bool, doubted: [Range<UInt64>], _ report: inout ArchiveAudit.Report) {
        let doubted = EntryRanges.joined(doubted)
        for accusation in accusations {
            let isDoubted =
                EntryRanges.contains(accusation.accession, in: doubted)
                || accusation.differing?.lie(in: doubted) ?? false
            if isDoubted {
                report.counts.add(
                    Claim(
                        .registers, .unknown,
                        "the register of accession \(accusation.accession) cannot be compared with entries that are damaged",
                        code: .registerMissing))
            } else {
                let standing: Standing = accusation.problem.status == .failed ? .failed : .unknown
                report.problems.append(accusation.problem)
                report.counts.add(Claim(.registers, standing, problem: accusation.problem))
            }
        }
        for (accession, place) in absent where !EntryRanges.contains(accession, in: doubted) {
            report.remarks.append("\(place) is not here: what accession \(accession) saw is unknown")
        }
        report.counts.add(
            isVouchedFor
                ? Claim(.registers, .proven, "the registers that signed accessions state")
                : Claim(
                    .registers, .unknown, "authentic under a tree or a signer that is not proven", code: .notPinned),
            times: authentic)
        // The accession that claims them may be one of the damaged entries.
        for range in unclaimed where !EntryRanges.overlaps(range, doubted) {
            report.remarks.append(
                "entries \(range.lowerBound) to \(range.upperBound - 1) were recorded by an add that did not finish: no accession says what it saw"
            )
        }
        // To the log's end: `marks` has no element for an entry that could not be read.
        let rest = min(claimedUpTo, view.size)..<view.size
        if !rest.isEmpty, !EntryRanges.overlaps(rest, doubted) {
            report.remarks.append(
                "entries \(rest.lowerBound) to \(rest.upperBound - 1) have no accession yet: an add was interrupted; the next registers their places"
            )
        }
        // Sorted in place: from here on no digest is looked up by entry.
        marks.sort()
        var repeats = 0
        for (one, other) in zip(marks, marks.dropFirst()) where one == other && one != 0 { repeats += 1 }
        if repeats > 0 {
            report.remarks.append("\(repeats) records repeat bytes that an earlier entry records; the earliest counts")
        }
    }
}

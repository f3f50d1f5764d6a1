import Log
import Merkle
import OpenSSL
import Post

/// Checks each accession against its register and the entries before it, in the order of the log.
struct AccessionCheck {
    private let view: LogView
    /// Marks of all posts' digests by entry, 0 where there is none; 8 bytes an entry is all that an audit keeps.
    private var marks: [UInt64] = []
    private let key = MarkKey()
    private var claimedUpTo: UInt64 = 0
    /// Registers that are what a signed accession states; counted at the end, when it is known how the tree stands.
    private var authentic: UInt64 = 0

    /// Marks for which room is made at once; a checkpoint may claim any size.
    private static let mostReserved: UInt64 = 1 << 22

    init(_ view: LogView) {
        self.view = view
        // Growing by doubling would hold three times as much for a moment.
        marks.reserveCapacity(Int(clamping: min(view.size, AccessionCheck.mostReserved)))
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
        guard let place = Int(exactly: entry), place < marks.count, line.sha256 != nil else { return false }
        return marks[place] == key.mark(line.sha256)
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
        if claimedUpTo < UInt64(marks.count) {
            report.remarks.append(
                "entries \(claimedUpTo) to \(marks.count - 1) have no accession yet: an add was interrupted; the next registers their places"
            )
        }
        // Sorted in place: nobody asks for an entry's digest any more.
        marks.sort()
        var repeats = 0
        for (one, other) in zip(marks, marks.dropFirst()) where one == other && one != 0 { repeats += 1 }
        if repeats > 0 {
            report.remarks.append("\(repeats) records repeat bytes that an earlier entry records; the earliest counts")
        }
    }
}

/// Makes marks of digests: 64 bits under a key that is drawn at random for each audit.
///
/// Whoever wrote a register cannot know the key, so two different digests have the same mark with a chance of 2⁻⁶⁴,
/// whatever they are. SipHash of four words, as Swift's hasher has it.
struct MarkKey {
    private let first = UInt64.random(in: .min ... .max)
    private let second = UInt64.random(in: .min ... .max)

    /// Zero for no digest, never zero for one.
    func mark(_ digest: Digest?) -> UInt64 {
        guard let digest else { return 0 }
        var hasher = Hasher()
        hasher.combine(first)
        hasher.combine(second)
        digest.withBytes { hasher.combine(bytes: $0) }
        return max(1, UInt64(bitPattern: Int64(hasher.finalize())))
    }
}

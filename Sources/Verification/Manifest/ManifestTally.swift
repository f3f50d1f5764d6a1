import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote

/// Adds up what is found in a manifest, in order; memory grows with the number of problems, not of entries.
struct ManifestTally {
    let place: String
    private let checkpoint: Checkpoint
    private let isCheckpointProven: Bool
    private let posts: ManifestPosts?
    private let requiresContent: Bool
    private var tally = ClaimTally(of: "manifest", fallback: .manifest)
    var counts: ClaimCounts { tally.counts }
    private var entries = EntryCounts()
    private var since: Checkpoint?
    private var selection: ManifestReport.Selection?

    private var isKeyLifeUnreadable = false

    private var first: UInt64?
    private var last: UInt64?
    /// The first gaps between the entries' indexes; `missing` counts the indexes in all gaps.
    private var gaps: [Range<UInt64>] = []
    private var missing: UInt64 = 0
    private static let maxGaps = 1_000
    private var failedInclusions: UInt64 = 0

    /// For each file, one more than the last entry that records its bytes.
    private var recorded: [UInt64]
    private var altered: [Altered] = []
    private var comparedPosts: UInt64 = 0

    private struct Altered {
        let index: UInt64
        let place: String
        let file: ManifestPosts.File
        let words: String
    }

    init(place: String, checked: CheckedCheckpoint, posts: ManifestPosts?, requiresContent: Bool) {
        self.place = place
        checkpoint = checked.checkpoint
        isCheckpointProven = checked.claim.standing == .proven
        self.posts = posts
        self.requiresContent = requiresContent
        recorded = Array(repeating: 0, count: posts?.count ?? 0)
    }

    // MARK: Offenders

    mutating func add(_ problem: Problem, _ report: (Problem) -> Void) {
        tally.add(problem)
        report(problem)
    }

    /// Counts a claim, and reports it if it failed, or if it is required and unknown.
    mutating func take(_ claim: Claim, _ place: String, _ report: (Problem) -> Void) {
        if let problem = tally.add(claim, at: place) { report(problem) }
    }

    // MARK: The chain

    /// Checks the link to the earlier checkpoint, if the manifest has one.
    mutating func link(_ header: ManifestHeader, _ trust: Trust, _ report: (Problem) -> Void) throws(Problem) {
        guard let note = header.since else { return }
        let earlier = try trust.check(checkpoint: note, place: "\(place): consistency")
        since = earlier.checkpoint
        take(link(earlier, header.consistency), "consistency", report)
    }

    private func link(_ earlier: CheckedCheckpoint, _ hashes: [Digest]) -> Claim {
        func failed(_ words: String) -> Claim { Claim(.consistency, .failed, words, code: .consistency) }
        let first = earlier.checkpoint
        guard first.origin.utf8.elementsEqual(checkpoint.origin.utf8) else {
            return failed("the earlier checkpoint is of \(first.origin), this one of \(checkpoint.origin)")
        }
        if earlier.claim.standing == .failed { return failed("the earlier checkpoint: " + earlier.claim.detail) }
        let proof = ConsistencyProof(first: first.size, second: checkpoint.size, hashes: hashes)
        do throws(ProofError) {
            try proof.verify(firstRoot: first.root, secondRoot: checkpoint.root)
        } catch {
            switch error {
            case .nothingToCompare:
                return Claim(
                    .consistency, .unknown, "the earlier checkpoint is that of an empty log: nothing is compared",
                    code: .nothing)
            default: return failed("the tree of size \(first.size) is not shown to be the beginning of this one")
            }
        }
        // A pinned log key must have signed the earlier checkpoint. Its witness quorum need not be met again: its tree
        // is the beginning of the current one, to which the current quorum applies.
        let isSigned = earlier.claim.standing == .proven || earlier.claim.code == Problem.Code.quorum.name
        guard isSigned, isCheckpointProven else {
            return Claim(
                .consistency, .unknown, "no pinned log key signed both checkpoints with its quorum", code: .notPinned)
        }
        return Claim(.consistency, .proven, "the log extends that of size \(first.size)")
    }

    // MARK: Entries

    /// Takes the next entry.
    ///
    /// - Throws: `Problem` when it is out of order.
    mutating func take(
        _ entry: CheckedManifestEntry, number: Int, _ report: (Problem) -> Void
    ) throws(Problem) {
        if let last {
            guard entry.index > last else {
                throw Problem(
                    .manifest, "\(place): entries[\(number)]",
                    "entry \(entry.index) after entry \(last): indexes ascend, each stands once")
            }
            if entry.index - last > 1 {
                missing += entry.index - last - 1
                if gaps.count < ManifestTally.maxGaps { gaps.append((last + 1)..<entry.index) }
            }
        }
        if first == nil { first = entry.index }
        last = entry.index
        entries.add(entry.kind)
        if case .critical = entry.kind { isKeyLifeUnreadable = true }
        for claim in entry.claims {
            if claim.subject == .signature, claim.standing == .proven {
                tally.addProvenSignature()
                continue
            }
            if claim.subject == .inclusion, claim.standing != .proven {
                if claim.standing == .failed { failedInclusions += 1 }
                // The checkpoint has been reported once; the claims of its entries are only counted.
                if claim.standing == .unknown {
                    tally.count(claim)
                    continue
                }
            }
            take(claim, entry.place, report)
        }
        if let content = entry.content { take(content, of: entry, report) }
    }

    private mutating func take(
        _ content: ManifestContent, of entry: CheckedManifestEntry, _ report: (Problem) -> Void
    ) {
        guard let posts else { return }
        comparedPosts += 1
        switch content {
        case .same(let file):
            recorded[file] = entry.index + 1
            take(Claim(.content, .proven, "every statement rebuilt from \(posts.place(file))"), entry.place, report)
        case .mismatch(let file, let words):
            recorded[file] = entry.index + 1
            take(
                Claim(.content, .failed, "\(posts.place(file)): \(words)", code: .recordMismatch), entry.place, report)
        case .altered(let file, let words):
            altered.append(Altered(index: entry.index, place: entry.place, file: file, words: words))
        case .unreadable(let file, let words):
            tally.count(Claim(.content, .unknown, words, code: .unreadable))
            add(Problem(.unreadable, entry.place, "\(posts.place(file)): \(words)"), report)
        case .absent where posts.unreadable > 0:
            let words = "not found, and \(posts.unreadable) names below \(posts.folder) could not be read"
            tally.count(Claim(.content, .unknown, words, code: .unreadable))
            add(Problem(.unreadable, entry.place, words), report)
        case .absent:
            let words = "no file below \(posts.folder) has the recorded bytes, none stands where the post was seen"
            take(Claim(.content, .failed, words, code: .missing), entry.place, report)
        }
    }

    /// Reports the files that differ from what was recorded, once it is known which of them were recorded again.
    mutating func reportAltered(_ report: (Problem) -> Void) {
        guard let posts else { return }
        for finding in altered {
            var words = "\(posts.place(finding.file)): \(finding.words)"
            if let twin = posts.twin(finding.file), recorded[twin] > 0 {
                let other = recorded[twin] - 1
                words +=
                    other > finding.index
                    ? "; superseded: the new bytes are entry \(other)" : "; the bytes are those of entry \(other)"
            }
            take(Claim(.content, .failed, words, code: .altered), finding.place, report)
        }
        altered.removeAll()
    }

    // MARK: The end

    /// Reads the selection and checks that the entries match it.
    mutating func select(
        _ bytes: [UInt8], _ scanner: ManifestScanner, _ report: (Problem) -> Void
    ) throws(Problem) {
        guard let members = CanonicalJSON.decode(bytes)?.members else {
            throw scanner.malformed("selection", "not an object in canonical form")
        }
        guard let count = members["count"]?.unsigned else { throw scanner.malformed("selection", "no count") }
        switch (members["kind"]?.string, members.count) {
        case ("range", 4):
            guard let from = members["from"]?.unsigned, let to = members["to"]?.unsigned, from <= to else {
                throw scanner.malformed("selection", "a range has a from and a to that is not below it")
            }
            selection = .range(from: from, to: to)
            completeness(from: from, to: to, count: count, report)
        case ("filter", 3):
            guard let filter = members["filter"]?.members, ManifestSelection.isDescription(filter) else {
                throw scanner.malformed("selection", "a filter is an object of strings, integers or arrays of strings")
            }
            guard since == nil else {
                throw scanner.malformed("selection", "a manifest with a consistency proof holds a range, not a filter")
            }
            selection = .filter(filter)
            if count != entries.all { add(miscounted(count), report) }
        default: throw scanner.malformed("selection", "neither a range nor a filter, or with other members")
        }
    }

    private func miscounted(_ count: UInt64) -> Problem {
        Problem(.incomplete, "selection", "its count is \(count), \(entries.all) entries are here")
    }

    private mutating func completeness(from: UInt64, to: UInt64, count: UInt64, _ report: (Problem) -> Void) {
        let before = tally.problems
        func incomplete(_ place: String, _ words: String) -> Problem { Problem(.incomplete, place, words) }
        func lacking(_ range: Range<UInt64>) -> Problem {
            let last = range.upperBound - 1
            let place = range.lowerBound == last ? "entry \(last)" : "entries \(range.lowerBound) to \(last)"
            return incomplete(place, "left out; the range is \(from) to \(to), exclusive")
        }
        if to > checkpoint.size {
            add(incomplete("selection", "it ends at \(to), the tree has \(checkpoint.size) entries"), report)
        }
        if let since, since.size != from || checkpoint.size != to {
            add(
                incomplete(
                    "selection", "\(from) to \(to) is not what the log grew by, \(since.size) to \(checkpoint.size)"),
                report)
        }
        if let first, let last {
            if first < from || last >= to {
                let place = "entry \(first < from ? first : last)"
                add(incomplete(place, "outside the range of \(from) to \(to), exclusive"), report)
            }
            // An empty range has no gaps: any entry lies outside it.
            if from < to {
                if first > from { add(lacking(from..<min(first, to)), report) }
                for gap in gaps { add(lacking(gap), report) }
                if missing > gaps.reduce(0, { $0 + UInt64($1.count) }) {
                    add(incomplete("selection", "\(missing) entries are left out in all"), report)
                }
                if last + 1 < to { add(lacking(max(last + 1, from)..<to), report) }
            }
        } else if from < to {
            add(lacking(from..<to), report)
        }
        if count != to - from || count != entries.all { add(miscounted(count), report) }
        if tally.problems > before || failedInclusions > 0 {
            tally.count(Claim(.completeness, .failed, "the range is not whole", code: .incomplete))
        } else if from == to {
            tally.count(Claim(.completeness, .unknown, "the range is empty", code: .nothing))
        } else if !isCheckpointProven {
            tally.count(Claim(.completeness, .unknown, "the checkpoint is not proven", code: .notPinned))
        } else {
            tally.count(Claim(.completeness, .proven, "every entry from \(from) to \(to - 1) is here"))
        }
    }

    /// Makes the checks that need the whole file.
    mutating func finish(
        keys: [String], maxHeld: Int, _ report: (Problem) -> Void
    ) throws(Problem) -> ManifestReport {
        guard let selection else { throw Problem(.manifest, "\(place): selection", "none") }
        reportAltered(report)
        tally.settleSignatures(critical: isKeyLifeUnreadable ? "a key-life entry of this log" : nil)
        if counts.status == .verified {
            if entries.all == 0 {
                add(Problem(.nothing, "entries", "the manifest holds no entry"), report)
            } else if tally.provenSignatures == 0 {
                add(Problem(.nothing, "entries", "no entry is of a kind whose signature could be checked"), report)
            } else if requiresContent || posts != nil, comparedPosts == 0 {
                let words = posts == nil ? "no folder of posts was given" : "no entry records a post"
                add(Problem(.contentNotCompared, "entries", words), report)
            }
        }
        var (files, unmatched) = (0, 0)
        for file in 0..<(posts?.count ?? 0) {
            let isRecorded = posts?.twin(file).map { recorded[$0] > 0 } ?? false
            guard isRecorded || posts?.isMarkdown(file) ?? false else { continue }
            files += 1
            if !isRecorded { unmatched += 1 }
        }
        return ManifestReport(
            place: place, checkpoint: checkpoint, since: since, selection: selection, entries: entries, counts: counts,
            posts: posts.map {
                ManifestReport.Posts(
                    folder: $0.folder.description, files: UInt64(files), unmatched: UInt64(unmatched))
            }, keysShown: keys, problems: tally.problems, status: counts.status, maxHeld: maxHeld)
    }
}

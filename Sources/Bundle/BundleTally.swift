import ProvenanceVerification

/// Adds up what is found in a bundle, in order, and reports each problem as it is found.
struct BundleTally {
    private var tally = ClaimTally(of: "bundle", fallback: .bundleMalformed)
    var counts: ClaimCounts { tally.counts }
    var problems: UInt64 { tally.problems }
    private(set) var entries = EntryCounts()
    private(set) var failedInclusions: UInt64 = 0
    private(set) var comparedPosts: UInt64 = 0
    private var critical: String?
    private let report: (Problem) -> Void

    init(report: @escaping (Problem) -> Void) { self.report = report }

    mutating func add(_ problem: Problem) {
        tally.add(problem)
        report(problem)
    }

    /// Counts a claim, and reports it if it failed, or if it is required and unknown.
    mutating func take(_ claim: Claim, _ place: String) {
        if let problem = tally.add(claim, at: place) { report(problem) }
    }

    /// Counts a claim whose reasons have been reported already.
    mutating func count(_ claim: Claim) { tally.count(claim) }

    mutating func take(_ entry: CheckedBundleEntry) {
        entries.add(entry.kind)
        if case .critical(let kind) = entry.kind { critical = critical ?? kind }
        let place = "entry \(entry.index)"
        for claim in entry.claims {
            switch (claim.subject, claim.standing) {
            case (.signature, .proven):
                tally.addProvenSignature()
                continue
            case (.inclusion, .failed): failedInclusions += 1
            case (.inclusion, .unknown):
                // The checkpoint has been reported once; the claims of its entries are only counted.
                tally.count(claim)
                continue
            case (.content, .proven), (.content, .failed): comparedPosts += 1
            default: break
            }
            take(claim, place)
        }
    }

    /// Counts the signatures, once it is known whether all key-life entries could be read.
    mutating func settleSignatures() {
        tally.settleSignatures(critical: critical)
        if counts.status == .verified, critical != nil || tally.provenSignatures == 0 {
            add(Problem(.nothing, "records", "no entry is of a kind whose signature could be checked"))
        }
    }
}

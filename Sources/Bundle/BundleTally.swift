import ProvenanceVerification

/// Adds up what is found of a bundle, in order; reports what is wrong as it comes.
struct BundleTally {
    private(set) var counts = ClaimCounts()
    private(set) var problems: UInt64 = 0
    private(set) var entries = EntryCounts()
    private(set) var failedInclusions: UInt64 = 0
    private(set) var comparedPosts: UInt64 = 0
    private var provenSignatures: UInt64 = 0
    private var critical: String?
    /// What could not be checked is reported once for each reason; the counts say how often.
    private var unknowns: Set<String> = []
    private static let mostUnknowns = 100
    private let report: (Problem) -> Void

    init(report: @escaping (Problem) -> Void) { self.report = report }

    mutating func offend(_ problem: Problem) {
        problems += 1
        counts.worsen(problem.status)
        report(problem)
    }

    /// Counts a claim; reports it where it failed, or where it is required and not known.
    mutating func take(_ claim: Claim, _ place: String) {
        counts.add(claim)
        guard claim.status != .verified else { return }
        if claim.standing == .unknown {
            guard unknowns.count < BundleTally.mostUnknowns, unknowns.insert(claim.detail).inserted else { return }
        }
        problems += 1
        report(
            Problem(
                code: claim.code ?? Problem.Code.bundleMalformed.name, place: place, reason: claim.detail,
                advice: claim.code == Problem.Code.notPinned.name ? BundleTally.pinAdvice : nil, status: claim.status))
    }

    private static let pinAdvice =
        "get the public keys from somewhere else than the bundle, then: provenance key pin FOLDER, or give --keys FOLDER"

    /// Counts a claim whose reasons have been reported.
    mutating func count(_ claim: Claim) { counts.add(claim) }

    mutating func take(_ entry: CheckedBundleEntry) {
        entries.add(entry.kind)
        if case .critical(let kind) = entry.kind { critical = kind }
        let place = "entry \(entry.index)"
        for claim in entry.claims {
            switch (claim.subject, claim.standing) {
            case (.signature, .proven):
                provenSignatures += 1
                continue
            case (.inclusion, .failed): failedInclusions += 1
            case (.inclusion, .unknown):
                // The checkpoint has been reported; its entries only count.
                counts.add(claim)
                continue
            case (.content, .proven), (.content, .failed): comparedPosts += 1
            default: break
            }
            take(claim, place)
        }
    }

    /// Settles the signatures, once it is known whether all key-life entries could be read.
    mutating func settleSignatures() {
        let claim =
            critical.map { Claim(.signature, .unknown, "\($0) cannot be read", code: .keyLife) }
            ?? Claim(.signature, .proven, "by pinned keys")
        counts.add(claim, times: provenSignatures)
        if counts.status == .verified, critical != nil || provenSignatures == 0 {
            offend(Problem(.nothing, "records", "no entry is of a kind whose signature could be checked"))
        }
    }
}

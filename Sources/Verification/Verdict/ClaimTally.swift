/// Counts claims, and selects those to report: claims that failed, and required claims that are unknown.
///
/// An unknown claim is reported once for each reason; the counts tell how often.
package struct ClaimTally {
    /// Claims by subject and standing.
    package private(set) var counts = ClaimCounts()
    /// Problems that were reported.
    package private(set) var problems: UInt64 = 0
    /// Signatures of pinned keys; counted at the end, since a key-life entry may invalidate them all.
    package private(set) var provenSignatures: UInt64 = 0
    private var unknowns: Set<String> = []
    private let fallback: Problem.Code
    private let file: String

    /// The largest number of distinct reasons kept; further ones tell nothing new.
    private static let maxUnknowns = 100

    /// An empty tally.
    ///
    /// - Parameters:
    ///   - file: What is being verified, "manifest" or "bundle", for advice.
    ///   - fallback: The code for a claim that failed without one.
    package init(of file: String, fallback: Problem.Code) {
        self.file = file
        self.fallback = fallback
    }

    /// Counts a claim.
    ///
    /// - Returns: The problem to report, if any.
    package mutating func add(_ claim: Claim, at place: String) -> Problem? {
        counts.add(claim)
        guard claim.status != .verified else { return nil }
        if claim.standing == .unknown {
            guard unknowns.count < ClaimTally.maxUnknowns, unknowns.insert(claim.detail).inserted else { return nil }
        }
        problems += 1
        let isUnpinned = claim.code == Problem.Code.notPinned.name
        return Problem(
            code: claim.code ?? fallback.name, place: place, reason: claim.detail,
            advice: isUnpinned
                ? "get the public keys from somewhere else than the \(file), then: provenance key pin FOLDER, or give "
                    + "--keys FOLDER" : nil,
            status: claim.status)
    }

    /// Counts a claim whose reason has been reported.
    package mutating func count(_ claim: Claim, times: UInt64 = 1) { counts.add(claim, times: times) }

    /// Counts a problem that is reported.
    package mutating func add(_ problem: Problem) {
        problems += 1
        counts.worsen(problem.status)
    }

    /// Records a signature of a pinned key.
    package mutating func addProvenSignature() { provenSignatures += 1 }

    /// Counts the signatures, once every entry has been seen.
    ///
    /// - Parameter critical: A key-life entry that this version cannot read; with one, no signer is known any more.
    package mutating func settleSignatures(critical: String?) {
        counts.add(EntryCheck.signatures(critical: critical), times: provenSignatures)
    }
}

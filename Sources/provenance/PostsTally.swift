import ProvenanceVerification

/// Adds up the verdicts of posts as they come; keeps them only where all of them are printed at the end.
struct PostsTally {
    /// Whether there is one post, which is shown in full.
    let isSingle: Bool
    private let keepsAll: Bool
    /// The verdicts that are kept.
    private(set) var verdicts: [PostVerdict] = []
    /// What is wrong with any of them.
    private(set) var problems: [Problem] = []
    /// How often each claim is proven, asserted, unknown and failed.
    private(set) var claims = ClaimCounts()
    /// The same with the worst of every verdict.
    private(set) var counts = ClaimCounts()
    /// Posts.
    private(set) var count = 0
    /// What the checkpoint is, in words.
    private(set) var checkpoint: String?
    private var statuses: [ExitStatus: Int] = [:]
    private var said: Set<Problem> = []

    init(isSingle: Bool, keepsAll: Bool) {
        self.isSingle = isSingle
        self.keepsAll = keepsAll
    }

    /// Takes verdicts, and gives each to `show`, with those of its problems that no verdict before it had: a register that
    /// is not here is said once, however many posts stood on it.
    mutating func take(_ verdicts: [PostVerdict], show: (PostVerdict, [Problem]) -> Void) {
        for verdict in verdicts {
            count += 1
            statuses[verdict.status, default: 0] += 1
            counts.worsen(verdict.status)
            for claim in verdict.claims {
                claims.add(claim)
                if claim.subject == .checkpoint, checkpoint == nil { checkpoint = claim.detail }
            }
            problems += verdict.problems
            if keepsAll || isSingle { self.verdicts.append(verdict) }
            show(verdict, verdict.problems.filter { said.insert($0).inserted })
        }
    }

    /// Posts whose verdict has this status.
    func count(of status: ExitStatus) -> Int { statuses[status] ?? 0 }
}

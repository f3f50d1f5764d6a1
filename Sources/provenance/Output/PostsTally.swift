import ProvenanceVerification

/// Counts verdicts of posts as they come, and keeps them only if all are printed at the end.
struct PostsTally {
    /// Whether there is a single post, which is shown in full.
    let isSingle: Bool
    private let keepsAll: Bool
    /// The verdicts kept.
    private(set) var verdicts: [PostVerdict] = []
    /// The problems of any of them, each once.
    private(set) var problems: [Problem] = []
    /// How often each claim is proven, asserted, unknown and failed.
    private(set) var claims = ClaimCounts()
    /// The same counts, by the worst standing of each verdict.
    private(set) var counts = ClaimCounts()
    /// Number of posts.
    private(set) var count = 0
    /// The checkpoint, in words.
    private(set) var checkpoint: String?
    private var statuses: [ExitStatus: Int] = [:]
    private var said: Set<Problem> = []

    init(isSingle: Bool, keepsAll: Bool) {
        self.isSingle = isSingle
        self.keepsAll = keepsAll
    }

    /// Adds verdicts, and passes each to `show` with those of its problems that are new: a missing register is reported
    /// once, however many posts depend on it.
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

    /// The number of posts with a status.
    func count(of status: ExitStatus) -> Int { statuses[status] ?? 0 }
}

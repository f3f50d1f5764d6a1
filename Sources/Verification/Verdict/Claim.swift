import ProvenanceEncoding

/// How well something that a verdict speaks of is known.
public enum Standing: String, Sendable, CaseIterable {
    /// Checked here, against bytes and pinned keys.
    case proven
    /// Somebody's words, passed on and signed for by nobody but them.
    case asserted
    /// Could not be checked with what is at hand.
    case unknown
    /// Checked and found wrong.
    case failed
}

/// One thing that a verdict speaks of.
public struct Claim: Sendable, Equatable {
    /// What the claim is about.
    public enum Subject: String, Sendable, CaseIterable {
        /// The post's bytes are those of the record, every digest rebuilt.
        case content
        /// A pinned key signed the entry.
        case signature
        /// The entry is in the tree.
        case inclusion
        /// A pinned log key signed the tree's head, and the policy's quorum is met.
        case checkpoint
        /// Nothing is left out of the range.
        case completeness
        /// The tree extends the earlier checkpoint's.
        case consistency
        /// The files of a bundle are those that its signer listed.
        case views
        /// What each accession saw is on a register that its entry vouches for.
        case registers
        /// The post states this address.
        case source
        /// The post states this publication time.
        case published
        /// The operator's clock when it was recorded.
        case recorded
    }

    /// What the claim is about.
    public let subject: Subject
    /// How well it is known.
    public let standing: Standing
    /// What was compared with what, in a line.
    public let detail: String
    /// The stable code of what is wrong, for failed and unknown claims.
    public let code: String?
    /// Whether exit code 0 requires it to be proven.
    private let isRequired: Bool

    /// A claim from its parts; whether it is required follows from its subject unless told otherwise.
    public init(
        _ subject: Subject, _ standing: Standing, _ detail: String, code: Problem.Code? = nil, isRequired: Bool? = nil
    ) {
        self.isRequired = isRequired ?? Claim.required.contains(subject)
        self.subject = subject
        self.standing = standing
        self.detail = detail
        self.code = code?.name
    }

    /// A claim that failed, or is unknown, with a problem's words.
    public init(_ subject: Subject, _ standing: Standing, problem: Problem) {
        isRequired = Claim.required.contains(subject)
        self.subject = subject
        self.standing = standing
        detail = problem.reason
        code = problem.code
    }

    /// Subjects that exit code 0 requires to be proven wherever they are part of a verdict.
    public static let required: Set<Subject> = [
        .content, .signature, .inclusion, .checkpoint, .completeness, .consistency,
    ]

    /// What the claim makes of the exit code.
    public var status: ExitStatus {
        switch standing {
        case .failed: .failed
        case .unknown: isRequired ? .inconclusive : .verified
        case .proven: .verified
        case .asserted: .verified
        }
    }

    /// The form in `--json`.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "claim": .string(subject.rawValue), "standing": .string(standing.rawValue), "detail": .string(detail),
        ]
        if let code { members["code"] = .string(code) }
        return .object(members)
    }
}

/// How often each claim was proven, asserted, unknown or failed, over any number of items in constant memory.
public struct ClaimCounts: Sendable {
    private var counts: [Claim.Subject: [Standing: UInt64]] = [:]
    /// The worst that a claim has made of the exit code.
    public private(set) var status: ExitStatus = .verified

    /// No claims.
    public init() {}

    /// Counts a claim, as often as it was made.
    public mutating func add(_ claim: Claim, times: UInt64 = 1) {
        guard times > 0 else { return }
        counts[claim.subject, default: [:]][claim.standing, default: 0] += times
        status = max(status, claim.status)
    }

    /// Counts all claims of another count.
    public mutating func add(_ other: ClaimCounts) {
        for (subject, standings) in other.counts {
            for (standing, count) in standings { counts[subject, default: [:]][standing, default: 0] += count }
        }
        status = max(status, other.status)
    }

    /// Makes the exit code at least as bad as this.
    public mutating func worsen(_ status: ExitStatus) { self.status = max(self.status, status) }

    /// Number of claims about a subject with a standing.
    public func count(_ subject: Claim.Subject, _ standing: Standing) -> UInt64 { counts[subject]?[standing] ?? 0 }

    /// The subjects that were spoken of, in the order of the table.
    public var subjects: [Claim.Subject] { Claim.Subject.allCases.filter { counts[$0] != nil } }

    /// The form in `--json`: an object for each subject that was spoken of.
    public var json: JSONValue {
        .array(
            subjects.map { subject in
                var members: [String: JSONValue] = ["claim": .string(subject.rawValue)]
                for standing in Standing.allCases { members[standing.rawValue] = .number(count(subject, standing)) }
                return .object(members)
            })
    }
}

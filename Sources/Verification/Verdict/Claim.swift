import ProvenanceEncoding

/// How well a claim of a verdict is established.
public enum Standing: String, Sendable, CaseIterable {
    /// Checked here, against bytes and pinned keys.
    case proven
    /// Stated by the signer; not checked here.
    case asserted
    /// Could not be checked with the available data.
    case unknown
    /// Checked and found wrong.
    case failed
}

/// One statement of a verdict.
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
        /// What each accession saw is in a register that its entry commits to.
        case registers
        /// The post states this address.
        case source
        /// The post states this publication time.
        case published
        /// When the post was recorded, by the operator's clock.
        case recorded
    }

    /// What the claim is about.
    public let subject: Subject
    /// How well it is established.
    public let standing: Standing
    /// What was compared with what, in one line.
    public let detail: String
    /// The stable code of what is wrong, for failed and unknown claims.
    public let code: String?
    /// Whether exit code 0 requires the claim to be proven.
    private let isRequired: Bool

    /// A claim from its parts; its subject decides whether it is required, unless stated otherwise.
    public init(
        _ subject: Subject, _ standing: Standing, _ detail: String, code: Problem.Code? = nil, isRequired: Bool? = nil
    ) {
        self.isRequired = isRequired ?? Claim.required.contains(subject)
        self.subject = subject
        self.standing = standing
        self.detail = detail
        self.code = code?.name
    }

    /// A claim that failed or is unknown, with a problem's reason and code.
    public init(_ subject: Subject, _ standing: Standing, problem: Problem) {
        isRequired = Claim.required.contains(subject)
        self.subject = subject
        self.standing = standing
        detail = problem.reason
        code = problem.code
    }

    /// Subjects that must be proven for exit code 0 wherever they are part of a verdict.
    public static let required: Set<Subject> = [
        .content, .signature, .inclusion, .checkpoint, .completeness, .consistency,
    ]

    /// The exit code that the claim leads to.
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
    /// The worst exit code of all claims.
    public private(set) var status: ExitStatus = .verified

    /// No claims.
    public init() {}

    /// Counts a claim the given number of times.
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

    /// The subjects with at least one claim, in the order of the table.
    public var subjects: [Claim.Subject] { Claim.Subject.allCases.filter { counts[$0] != nil } }

    /// The form in `--json`: an object for each subject with at least one claim.
    public var json: JSONValue {
        .array(
            subjects.map { subject in
                var members: [String: JSONValue] = ["claim": .string(subject.rawValue)]
                for standing in Standing.allCases { members[standing.rawValue] = .number(count(subject, standing)) }
                return .object(members)
            })
    }
}

/// The meaning of a command's exit code.
public enum ExitStatus: Int32, Sendable, Comparable, CaseIterable {
    /// Every required claim proven, at least one item checked.
    case verified = 0
    /// Alteration, a recorded post missing, a bad signature, an inconsistent log.
    case failed = 1
    /// Usage, an unreadable root, a malformed file, the environment.
    case environment = 2
    /// Nothing to check, a key not pinned, a quorum not met, an anchor pending.
    case inconclusive = 3

    private var rank: Int {
        switch self {
        case .failed: 3
        case .environment: 2
        case .inconclusive: 1
        case .verified: 0
        }
    }

    /// Order over several items: 1 outranks 2, 2 outranks 3, 3 outranks 0.
    public static func < (left: ExitStatus, right: ExitStatus) -> Bool { left.rank < right.rank }

    /// The word for the status in `--json`.
    public var word: String {
        switch self {
        case .verified: "verified"
        case .failed: "failed"
        case .environment: "error"
        case .inconclusive: "inconclusive"
        }
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceLog
import ProvenanceVerification

/// Something that is wrong and stays so until somebody sees to it.
public struct Finding: Sendable {
    /// What it is about: the same from run to run, for an alteration also after an `add` has recorded the new bytes.
    let key: String
    /// The word of its state, such as `altered`.
    public let state: String
    /// The finding as a problem.
    public let problem: Problem
    /// All its stable codes.
    public let codes: [String]
    /// When it was told first, in milliseconds.
    public internal(set) var since: Int64
    /// Whether no earlier run has told it.
    public internal(set) var isNew = false
    /// Graver ones come first.
    let gravity: Int

    /// Codes of a log that was rolled back or is another.
    static let gravest: Set<String> = [LogError.Code.rolledBack.name, Problem.Code.checkpoint.name]

    /// Codes of folders whose posts are gone all at once.
    static let ofFolders: Set<String> = [Problem.Code.massChange.name, Problem.Code.emptyFolder.name]

    private init(_ key: String, _ state: String, _ problem: Problem, codes: [String]? = nil, gravity: Int) {
        self.key = key
        self.state = state
        self.problem = problem
        self.codes = codes ?? [problem.code]
        self.gravity = gravity
        since = 0
    }

    /// A line of `status`; `nil` for one that is no finding.
    init?(_ item: StatusReport.Item) {
        guard item.state.status != .verified else { return nil }
        let entry = item.entry.map { "entry \($0)" } ?? ""
        let reason = [entry, item.detail].filter { !$0.isEmpty }.joined(separator: ": ")
        // "altered" becomes "replaced" once the new bytes are recorded: it is one finding.
        let kind = item.state == .altered ? "replaced" : item.state.rawValue
        // A missing post keeps its name when it was registered at other places too.
        let place = item.state == .missing && item.entry != nil ? "" : item.path.description
        self.init(
            "\(kind) \(item.entry.map { String($0) } ?? "-") \(place)", item.state.rawValue,
            Problem(
                code: item.codes.first ?? "", place: item.path.description, reason: reason, status: item.state.status),
            codes: item.codes, gravity: StatusReport.State.allCases.firstIndex(of: item.state) ?? 0)
    }

    /// What an `add` found at a place.
    init(_ replacement: Replacement) {
        self.init(
            "replaced \(replacement.before) \(replacement.path)", "replaced", replacement.problem,
            codes: [replacement.problem.code] + replacement.parts.map(\.code), gravity: 1)
    }

    /// A problem of registers, of the log, or of times.
    init(_ problem: Problem) {
        // Of a log that is not the one that was signed nothing else says much, nor of a folder that is not mounted.
        let gravity =
            if Finding.gravest.contains(problem.code) { -2 } else if Finding.ofFolders.contains(problem.code) {
                -1
            } else {
                StatusReport.State.allCases.count
            }
        self.init("\(problem.code) \(problem.place)", "problem", problem, gravity: gravity)
    }

    /// Posts that are gone all at once.
    init(_ change: MassChange) {
        self.init("mass \(change.token)", "mounted?", change.problem, gravity: -1)
    }

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "state": .string(state), "place": .string(problem.place), "reason": .string(problem.reason),
            "advice": .optional(problem.advice), "codes": .array(codes.map { .string($0) }), "new": .bool(isNew),
            "since": .number(since), "exit": .number(Int(problem.status.rawValue)),
        ])
    }
}

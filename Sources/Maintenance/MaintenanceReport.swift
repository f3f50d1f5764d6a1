import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceLog
import ProvenanceRecording
import ProvenanceVerification

/// What a run of `maintain` found and did.
public struct MaintenanceReport: Sendable {
    /// The clock, in milliseconds.
    public let now: Int64
    /// Findings that are open, the new ones first, then by gravity.
    public internal(set) var findings: [Finding] = []
    /// What kept the run from doing its work.
    public internal(set) var problems: [Problem] = []
    /// Those that the run before was not kept by, and that are told now.
    public private(set) var newProblems: [Problem] = []
    /// Whether files that look unchanged were not read.
    public internal(set) var isQuick = false
    /// When everything was read last, in milliseconds.
    public internal(set) var fullReading: Int64?
    /// Entries in the log, after the recording.
    public internal(set) var size: UInt64 = 0
    /// What the comparison found; `nil` where it could not be made.
    public private(set) var status: StatusReport?
    /// What the recording did; `nil` where nothing may be recorded.
    public private(set) var outcome: Recorder.Outcome?
    /// Ignored folders in which posts lie that were not looked at, and that no earlier run has told.
    public private(set) var newlyIgnored: [RawPath] = []
    /// Remarks beside the posts, such as a clock that is wrong.
    public private(set) var remarks: [Remark] = []
    /// Those that the run before did not make.
    public private(set) var newRemarks: [Remark] = []
    /// Refusals that are told: of a new cause, or too many.
    public private(set) var refusals: [Problem] = []
    /// Whether the open findings are told again.
    public private(set) var isDaily = false
    /// Files refused for known causes since the last daily line; told with it.
    public private(set) var refusedQuietly: UInt64 = 0
    /// What the shared repository holds since this run; `nil` where nothing was to be published, or was not.
    public internal(set) var publication: Publication?
    /// The folders that were recorded.
    var folders: [RawPath] = []
    private var checkpoint: ExitStatus = .verified

    /// Refusals of known causes are told once a day when they are fewer than this part of what is new.
    private static let minPart: UInt64 = 20
    /// Open findings are told again after this time, in milliseconds: less than a day, so that the timer of a daily run may
    /// be some minutes early.
    private static let dailyAge: Int64 = 23 * 3_600_000

    init(now: Int64, fullReading: Int64?) {
        self.now = now
        self.fullReading = fullReading
    }

    /// Posts of folders that are gone all at once, without those that somebody said to be gone for good.
    private var massChanges: [MassChange] = []

    /// Whether nothing may be recorded: posts of a folder are gone all at once, or the log is not the one that was signed.
    var forbidsRecording: Bool {
        if !massChanges.isEmpty { return true }
        return findings.contains { !Finding.gravest.isDisjoint(with: $0.codes) }
    }

    /// Whether nothing may be published: what forbids recording, and what the recording itself found of that kind.
    var forbidsPublishing: Bool {
        let forbidding = Finding.gravest.union(Finding.ofFolders)
        return forbidsRecording || (problems + findings.map(\.problem)).contains { forbidding.contains($0.code) }
    }

    /// Open findings that earlier runs have told.
    public var open: [Finding] { findings.filter { !$0.isNew } }

    /// Whether there is anything to say.
    public var speaks: Bool {
        findings.contains(where: \.isNew) || !newProblems.isEmpty || !refusals.isEmpty || !newlyIgnored.isEmpty
            || !newRemarks.isEmpty
            || isDaily && (!findings.isEmpty || refusedQuietly > 0)
    }

    /// The exit status: 1 while any finding is open.
    public var exit: ExitStatus {
        let all = (findings.map(\.problem) + problems).map(\.status) + (refusals.isEmpty ? [] : [.environment])
        let worst = max(all.max() ?? .verified, checkpoint)
        let hasChecked = status?.hasComparedPosts ?? false || outcome.map { $0.recorded + $0.known > 0 } ?? false
        return max(worst, hasChecked ? .verified : .inconclusive)
    }

    /// Takes what the comparison found.
    ///
    /// - Parameters:
    ///   - found: The comparison.
    ///   - claim: The claim about the checkpoint.
    ///   - accepted: Tokens of sets of posts that are gone for good.
    mutating func take(_ found: StatusReport, _ claim: Claim, accepted: Set<String>) {
        status = found
        massChanges = found.massChanges.filter { !accepted.contains($0.token) }
        findings += massChanges.map { Finding($0) }
        // While a folder is not mounted its posts are not told one by one.
        let away = Set(massChanges.map(\.folder))
        findings += found.items.filter { $0.state != .missing || !away.contains($0.path.topFolder) }
            .compactMap { Finding($0) }
        findings += found.problems.map { Finding($0) }
        if claim.standing == .failed {
            findings.append(Finding(Problem(checkpoint: claim)))
        } else if claim.status != .verified {
            findings.append(
                Finding(
                    Problem(
                        code: claim.code ?? Problem.Code.notPinned.name, place: "log/checkpoint",
                        reason: claim.detail, advice: "provenance key pin keys", status: claim.status)))
        }
        checkpoint = claim.status
    }

    /// Takes why nothing was recorded: a folder that is not mounted is a finding, and anything else a problem.
    mutating func take(_ refusal: Problem) {
        guard Finding.ofFolders.contains(refusal.code) else { return problems.append(refusal) }
        let finding = Finding(refusal)
        if !findings.contains(where: { $0.codes == finding.codes && $0.problem.place == refusal.place }) {
            findings.append(finding)
        }
    }

    mutating func take(_ outcome: Recorder.Outcome, _ memory: inout MaintenanceMemory) {
        self.outcome = outcome
        remarks += outcome.remarks
        size = outcome.checkpoint.size
        let known = Set(findings.map(\.key))
        findings += outcome.replaced.map { Finding($0) }.filter { !known.contains($0.key) }
        let places = Set(findings.map(\.problem.place))
        findings += outcome.unreadable.filter { !places.contains($0.place) }.map { Finding($0) }
        let causes = Dictionary(grouping: outcome.refusals, by: \.causeKey)
        let news = Set(causes.keys).subtracting(memory.causes)
        let all = outcome.recorded + outcome.known + outcome.refused
        let isMany =
            !outcome.refusals.isEmpty && UInt64(outcome.refusals.count) >= max(1, all / MaintenanceReport.minPart)
        if isMany || !news.isEmpty {
            refusals = outcome.refusals
        } else {
            memory.refused += UInt64(outcome.refusals.count)
        }
        memory.causes.formUnion(causes.keys)
        if outcome.isStopped {
            problems.append(Problem(.internalError, "add", "it was stopped before it had seen everything"))
        }
    }

    /// Compares the findings with those that were told before, and decides what is told now.
    mutating func settle(_ memory: inout MaintenanceMemory) {
        for place in findings.indices {
            let since = memory.findings[findings[place].key]
            findings[place].since = since ?? now
            findings[place].isNew = since == nil
        }
        findings.sort {
            ($0.isNew ? 0 : 1, $0.gravity, $0.problem.place) < ($1.isNew ? 0 : 1, $1.gravity, $1.problem.place)
        }
        // Where nothing was compared, or a folder is not there, what was open stays so.
        let kept = status != nil && massChanges.isEmpty ? [:] : memory.findings
        memory.findings = Dictionary(findings.map { ($0.key, $0.since) }, uniquingKeysWith: min)
            .merging(kept) { now, _ in now }
        refusedQuietly = memory.refused
        let last = memory.daily ?? now
        let age = now.subtractingReportingOverflow(last).partialValue
        isDaily = memory.daily != nil && (age >= MaintenanceReport.dailyAge || age < 0)
        if isDaily || memory.daily == nil || findings.contains(where: \.isNew) { memory.daily = now }
        if isDaily { memory.refused = 0 }
        // "Never passed over in silence": a pattern that somebody pushed would blind the archive.
        let ignored = (status?.notLookedAt ?? NotLookedAt()).folders.keys.filter { $0 != "..." }
        newlyIgnored = ignored.filter { !memory.ignored.contains($0.description) }.sorted()
        if status != nil { memory.ignored = Set(ignored.map(\.description)) }
        // A repository that is away for a day is told once and then daily, as a finding is.
        newProblems = isDaily ? problems : problems.filter { !memory.problems.contains($0.causeKey + " " + $0.place) }
        newRemarks = isDaily ? remarks : remarks.filter { !memory.problems.contains($0.code.rawValue) }
        memory.problems = Set(problems.map { $0.causeKey + " " + $0.place } + remarks.map(\.code.rawValue))
        if memory.daily == nil, !problems.isEmpty { memory.daily = now }
    }

    /// The form in `--json` and in a report's file.
    public var json: JSONValue {
        .object([
            "status": .string(exit.word), "exit": .number(Int(exit.rawValue)), "time": .number(now),
            "size": .number(size), "reading": .string(isQuick ? "quick" : "full"),
            "fullReading": fullReading.map { .number($0) } ?? .null,
            "hashed": .number(status?.hashed ?? 0), "presumed": .number(status?.presumed ?? 0),
            "recorded": .number(outcome?.recorded ?? 0), "known": .number(outcome?.known ?? 0),
            "refused": .number(outcome?.refused ?? 0), "unchanged": .number(outcome?.unchanged ?? 0),
            "accession": outcome?.accession.map { .number($0) } ?? .null, "published": publication?.json ?? .null,
            "lastPost": status?.lastPost.map { .number($0) } ?? .null,
            "new": .number(findings.count(where: \.isNew)), "open": .number(findings.count),
            "findings": .array(findings.map(\.json)),
            "problems": .array((problems + refusals).map(\.json)), "remarks": .array(remarks.map(\.json)),
            "notLookedAt": (status?.notLookedAt ?? NotLookedAt()).json,
        ])
    }

    /// The figures in Prometheus' text format, for the collector of textfiles of its node exporter.
    ///
    /// Labels are the log's origin alone.
    public func metrics(origin: String) -> String {
        let label = "{origin=\"\(origin.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"}"
        let rows: [(name: String, help: String, value: Int64?)] = [
            ("provenance_last_run_timestamp_seconds", "When maintain ran last.", now / 1000),
            ("provenance_exit_status", "Its exit status: 0 to 3.", Int64(exit.rawValue)),
            ("provenance_open_findings", "Findings that are open.", Int64(findings.count)),
            ("provenance_new_findings", "Findings that this run told first.", Int64(findings.count(where: \.isNew))),
            ("provenance_log_size", "Entries in the log.", Int64(clamping: size)),
            ("provenance_recorded_posts", "Posts that this run recorded.", Int64(clamping: outcome?.recorded ?? 0)),
            ("provenance_refused_files", "Files that this run refused.", Int64(clamping: outcome?.refused ?? 0)),
            (
                "provenance_last_post_timestamp_seconds", "When a post was recorded last, before this run.",
                status?.lastPost.map { $0 / 1000 }
            ),
            (
                "provenance_last_full_reading_timestamp_seconds", "When all files were read last.",
                fullReading.map { $0 / 1000 }
            ),
        ]
        return rows.compactMap { name, help, value in
            value.map { "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name)\(label) \($0)\n" }
        }.joined()
    }
}

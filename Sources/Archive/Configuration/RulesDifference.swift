import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// One thing in which the archive's files differ from the rules in force.
public struct RulesDifference: Sendable {
    /// The file, relative to the archive.
    public let path: String
    /// The setting; `nil` for a file that is approved as a whole.
    public let setting: Setting?
    /// The difference as a problem, with the commit that made it.
    public let problem: Problem

    private init(
        _ path: String, _ setting: Setting?, _ reason: String, since change: String?, advice: String
    ) {
        self.path = path
        self.setting = setting
        problem = Problem(
            .rulesChanged, setting.map { "\(path) (\($0.rawValue))" } ?? path,
            reason + (change.map { " (\($0))" } ?? ""), advice: advice)
    }

    /// The settings that a configuration states otherwise.
    static func settings(
        _ approved: Configuration, _ now: Result<Configuration, ConfigurationError>, place: String,
        since change: String?, advice: String
    ) -> [RulesDifference] {
        switch now {
        case .failure(let error):
            let problem = error.problem(place)
            return [
                RulesDifference(
                    problem.place, nil, "\(problem.reason); the approved settings stay in force", since: change,
                    advice: problem.advice ?? advice)
            ]
        case .success(let now):
            return Setting.allCases.filter { approved.words($0) != now.words($0) }.map { setting in
                RulesDifference(
                    place, setting,
                    "\(words(now.words(setting), setting)) is not approved; in force is "
                        + words(approved.words(setting), setting),
                    since: change, advice: advice)
            }
        }
    }

    /// A file that is not the approved one.
    static func file(
        _ path: RawPath, approved: [UInt8]?, _ digest: Digest?, now: Result<[UInt8]?, FileError>,
        since change: String?, advice: String
    ) -> RulesDifference {
        let reason: String
        switch now {
        case .failure(let error): reason = "it cannot be read (\(error.reason)); the approved one stays in force"
        case .success(nil): reason = "it is gone; the approved one stays in force"
        case .success(let bytes?):
            reason =
                approved.map { "it is not the approved one: " + lines(from: $0, to: bytes) }
                ?? digest.map { "it is not the approved one, whose SHA-256 is \($0.hex)" }
                ?? "there was none when the rules were approved"
        }
        return RulesDifference(path.description, nil, reason, since: change, advice: advice)
    }

    /// Maximum words, and lines, that are shown of each side.
    private static let maxShown = 4

    private static func words(_ words: [SettingWord], _ setting: Setting) -> String {
        guard !words.isEmpty else { return "no \(setting.rawValue)" }
        let shown = words.prefix(maxShown).map(\.spelling).joined(separator: " ")
        return "`\(setting.rawValue) \(shown)\(words.count > maxShown ? " … (\(words.count))" : "")`"
    }

    /// The lines that came and went, as many as are shown.
    private static func lines(from old: [UInt8], to new: [UInt8]) -> String {
        let (old, new) = (RulesDifference.lines(of: old), RulesDifference.lines(of: new))
        let (before, after) = (Set(old), Set(new))
        let came = new.filter { !before.contains($0) }.map { "+" + $0 }
        let gone = old.filter { !after.contains($0) }.map { "-" + $0 }
        let all = came.prefix(maxShown) + gone.prefix(maxShown)
        guard !all.isEmpty else { return "its lines stand in another order, or end otherwise" }
        let more = came.count + gone.count - all.count
        return all.map { "`\($0)`" }.joined(separator: ", ") + (more > 0 ? ", and \(more) more lines" : "")
    }

    private static func lines(of bytes: [UInt8]) -> [String] {
        bytes.split(separator: Bytes.newline).map { String(decoding: $0, as: UTF8.self) }
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceRecording
import ProvenanceVerification

/// Where a run publishes what it records.
public struct Publishing: Sendable {
    /// Whether this clone may begin the log in a shared repository that has none, although it remembers nothing that
    /// was signed.
    public var isFirstWriter: Bool

    /// Publishing on the branch of the git repository that the archive lies in, in the repository that this one is a
    /// clone of.
    public static func git(isFirstWriter: Bool = false) -> Publishing { Publishing(isFirstWriter: isFirstWriter) }
}

/// What a shared repository holds after a run.
public struct Publication: Sendable {
    /// The commit that it accepted, or had already.
    public let commit: String
    /// Entries in its log.
    public let size: UInt64
    /// How often this run recorded and pushed until it was accepted.
    public let rounds: Int

    var json: JSONValue {
        .object(["commit": .string(commit), "size": .number(size), "rounds": .number(rounds)])
    }
}

/// A run that records on top of what a shared repository holds, and again when another clone was faster.
struct PublishingRun {
    private let archive: ArchiveFolder
    private let trust: Trust
    private let options: Maintenance.Options
    private let environment: Environment
    private let progress: (UInt64, UInt64) -> Void

    /// Rounds of one run: with as many clones that all begin at once, the last one is behind each of the others once.
    private static let maxRounds = 20

    init(
        _ archive: ArchiveFolder, _ trust: Trust, _ options: Maintenance.Options, _ environment: Environment,
        _ progress: @escaping (UInt64, UInt64) -> Void
    ) {
        self.archive = archive
        self.trust = trust
        self.options = options
        self.environment = environment
        self.progress = progress
    }

    /// Runs until the shared repository has accepted what was recorded, or cannot.
    ///
    /// Where nothing can be published nothing is recorded either: the posts wait, and what stands here is compared.
    func run(_ publishing: Publishing, _ memory: inout MaintenanceMemory) throws(Problem) -> MaintenanceReport {
        let before = memory
        let publisher: GitPublisher
        do throws(Problem) {
            publisher = try GitPublisher(
                archive, isFirstWriter: publishing.isFirstWriter, options: options.recorder, environment)
        } catch {
            return try compare(self.archive, error, &memory)
        }
        let archive = publisher.archive
        var report: MaintenanceReport?
        for round in 1...PublishingRun.maxRounds {
            let isReplaced: Bool
            do throws(Problem) {
                isReplaced = try publisher.prepare()
                if report == nil || isReplaced { try publisher.begin() }
            } catch {
                memory = before
                return try compare(archive, error, &memory)
            }
            var current: MaintenanceReport
            if let report, !isReplaced {
                // What this run signed still stands; others have pushed something else.
                current = report
            } else {
                memory = before
                var recorder = options.recorder
                recorder.defersMemory = true
                current = try Maintenance.runOnce(
                    archive, trust, options, environment, progress, recorder: recorder, &memory)
            }
            guard !current.forbidsPublishing else {
                publisher.leave()
                return current
            }
            do throws(Problem) {
                switch try publisher.publish(current.folders.map { environment.absolute($0) }) {
                case .accepted(let commit, let size, let problem):
                    current.publication = Publication(commit: commit.description, size: size, rounds: round)
                    if let problem { current.problems.append(problem) }
                    return current
                case .elsewhere:
                    report = current
                    try publisher.wait(round)
                }
                guard !options.recorder.shouldStop() else {
                    throw Problem(
                        .publish, "the shared repository", "another clone was faster, and this run was stopped",
                        advice: "run it again")
                }
            } catch {
                publisher.leave()
                current.problems.append(error)
                return current
            }
        }
        var last = if let report { report } else { try compare(archive, nil, &memory) }
        last.problems.append(
            Problem(
                .publish, "the shared repository", "other clones were faster \(PublishingRun.maxRounds) times",
                advice: "run it again; what was recorded is durable here, and is recorded again where it has to be"))
        return last
    }

    /// Compares only.
    private func compare(
        _ archive: ArchiveFolder, _ problem: Problem?, _ memory: inout MaintenanceMemory
    ) throws(Problem) -> MaintenanceReport {
        // Comparing takes as long as the archive is large.
        if let problem, options.recorder.shouldStop() { throw problem }
        var report = try Maintenance.runOnce(archive, trust, options, environment, progress, recorder: nil, &memory)
        if let problem { report.problems.append(problem) }
        return report
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification

/// What a scheduler runs: compares what stands there with what was recorded, records what is new, and tells what is new.
///
/// ```swift
/// let environment = Environment.ofProcess()
/// let archive = try ArchiveFolder.find(given: nil, environment)
/// let options = Maintenance.Options(recorder: Recorder.Options(version: "example"))
/// let report = try Maintenance.run(archive, trust: try Trust.folder(archive.keys), options: options, environment)
/// for finding in report.findings where finding.isNew { print(finding.problem.line) }
/// ```
public enum Maintenance {
    /// How much is read.
    public enum Reading: String, Sendable, CaseIterable {
        /// Everything where the last full reading is a day old, else as `quick`.
        case automatic
        /// Files of the recorded size that were last changed before they were recorded are not read.
        case quick
        /// Everything.
        case full
    }

    /// The options of a run.
    public struct Options: Sendable {
        /// Folders to record beside those that were added before, as typed.
        public var folders: [RawPath] = []
        /// Options of the recording.
        public var recorder: Recorder.Options
        /// Limits of times.
        public var limits = StatusLimits()
        /// How much is read.
        public var reading = Reading.automatic
        /// Where what was recorded is published; `nil` for nowhere.
        public var publishing: Publishing?

        /// Options with their defaults.
        public init(recorder: Recorder.Options) { self.recorder = recorder }
    }

    /// The longest time between two full readings, in milliseconds.
    static let maxReadingAge: Int64 = 86_400_000
    /// A full reading is made when the last one is this old, so that an hourly run never exceeds the maximum.
    private static let dueReadingAge: Int64 = 22 * 3_600_000
    /// An accession is written although nothing is new when the last is this old: a quiet day can be told from a dead job.
    private static let heartbeatAge: Int64 = 20 * 3_600_000

    /// Runs once.
    ///
    /// New posts are recorded although something is wrong, but for a log that was rolled back, a lock, and posts of a
    /// folder that are gone all at once.
    ///
    /// - Returns: The report. What could not be done is among its problems.
    /// - Throws: `Problem` if the archive or its log cannot be read.
    public static func run(
        _ archive: ArchiveFolder, trust: Trust, options: Options, _ environment: Environment,
        progress: @escaping (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(Problem) -> MaintenanceReport {
        var memory = MaintenanceMemory(archive)
        var report: MaintenanceReport
        if let publishing = options.publishing {
            report = try PublishingRun(archive, trust, options, environment, progress).run(publishing, &memory)
        } else {
            report = try runOnce(archive, trust, options, environment, progress, recorder: options.recorder, &memory)
        }
        report.settle(&memory)
        do throws(Problem) { try memory.save() } catch { report.problems.append(error) }
        return report
    }

    /// Compares, then records with the options, unless there are none or something forbids it.
    static func runOnce(
        _ archive: ArchiveFolder, _ trust: Trust, _ options: Options, _ environment: Environment,
        _ progress: @escaping (UInt64, UInt64) -> Void, recorder: Recorder.Options?, _ memory: inout MaintenanceMemory
    ) throws(Problem) -> MaintenanceReport {
        let now = try environment.time()
        var report = MaintenanceReport(now: now, fullReading: memory.fullReading)
        report.isQuick = isQuick(options.reading, memory.fullReading, now)
        let view = try LogView(archive, trust: trust)
        report.size = view.size
        let status: StatusReport?
        do throws(Problem) {
            let found = try StatusComparison.run(
                view, limits: options.limits, now: now, isFast: report.isQuick, progress: progress)
            status = found
            if !report.isQuick { (memory.fullReading, report.fullReading) = (now, now) }
            report.take(found, view.checked.claim, accepted: options.recorder.massChanges)
        } catch {
            // A folder that cannot be read says nothing of the others.
            status = nil
            report.problems.append(error)
        }
        if let problem = overdue(report, now) { report.findings.append(Finding(problem)) }
        if let recorder, !report.forbidsRecording {
            record(archive, options, recorder, status, environment, into: &report, &memory)
        }
        return report
    }

    /// Whether files are left unread. A full reading in the future was made by a clock that was wrong.
    private static func isQuick(_ reading: Reading, _ last: Int64?, _ now: Int64) -> Bool {
        switch reading {
        case .full: return false
        case .quick: return true
        case .automatic:
            guard let last, last <= now else { return false }
            return now - last < dueReadingAge
        }
    }

    private static func overdue(_ report: MaintenanceReport, _ now: Int64) -> Problem? {
        guard report.isQuick else { return nil }
        guard let last = report.fullReading else {
            return Problem(.readingOverdue, "log", "no full reading was ever made", advice: "run it without --quick")
        }
        let age = now.subtractingReportingOverflow(last).partialValue
        guard age > maxReadingAge || age < 0 else { return nil }
        return Problem(
            .readingOverdue, "log", "the last full reading was on \(UTCTime.text(last))",
            advice: "run it without --quick at least once a day")
    }

    private static func record(
        _ archive: ArchiveFolder, _ options: Options, _ recorder: Recorder.Options, _ status: StatusReport?,
        _ environment: Environment, into report: inout MaintenanceReport, _ memory: inout MaintenanceMemory
    ) {
        var recorder = recorder
        let last = status?.lastAccession ?? 0
        recorder.heartbeat =
            recorder.heartbeat || report.now.subtractingReportingOverflow(last).partialValue > heartbeatAge
        let known = known(archive, status, &memory)
        guard !options.folders.isEmpty || !known.isEmpty else {
            report.problems.append(
                Problem(
                    .nothing, "the archive", "no folder was ever added, so there is nothing to keep",
                    advice: "name the folders once: provenance maintain FOLDER…"))
            return
        }
        // A folder that is gone is told by its posts, which are missing.
        let folders =
            options.folders
            + known.filter { isThere(archive.root.appending($0)) }
            .map { $0 == "." ? archive.root : archive.root.appending($0) }
        report.folders = folders
        do throws(Problem) {
            if !folders.isEmpty {
                let outcome = try Recorder.run(folders, archive: archive, options: recorder, environment)
                report.take(outcome, &memory)
            }
            // Of a folder that is gone no recording learns that its posts are gone for good.
            let accepted = (status?.massChanges ?? []).filter { recorder.massChanges.contains($0.token) }
            if !accepted.isEmpty { try MassChangeMemory(archive).update(accepting: accepted) }
        } catch {
            report.take(error)
        }
    }

    /// Whether there is something at a path; what cannot be asked counts as there, and the recording says why.
    private static func isThere(_ path: RawPath) -> Bool {
        do { return try FileStatus.of(path) != nil } catch { return true }
    }

    /// The folders that were added before, relative to the archive: those that were remembered, those with registered
    /// posts, and those that were renamed.
    ///
    /// Of a folder to which single posts have moved nothing else is recorded: nobody has said that the rest may be, which
    /// cannot be undone.
    private static func known(
        _ archive: ArchiveFolder, _ status: StatusReport?, _ memory: inout MaintenanceMemory
    ) -> [RawPath] {
        let added = AddedFolders(archive).all()
        let partly = Set(memory.partlyTaken.compactMap { Base64.decode(Array($0.utf8)) }.map { RawPath($0) })
            .subtracting(added)
        var known = added.union(status?.folders ?? []).subtracting(partly)
        let moves = status?.movedPosts ?? []
        let moved = Set(moves.map(\.to))
        let rules = status?.rules ?? .defaults
        let ignored = rules.ignoredFolders(archive.root, named: [])
        for (folder, posts) in Dictionary(grouping: moves, by: \.to.parent) {
            guard let top = posts.first?.to.topFolder, !known.contains(top), !known.contains(".") else { continue }
            if top != ".", !partly.contains(top), !ignored.covers(folder),
                isRenamed(folder, posts, moved, archive, rules.posts)
            {
                known.insert(folder)
            } else {
                known.formUnion(posts.map(\.to))
                if top != "." { memory.partlyTaken.insert(Base64.encode(top.bytes)) }
            }
        }
        return known.sorted()
    }

    /// Whether a folder is another one under a new name: it holds moved posts alone; or mostly, with new ones among them,
    /// and the folders that they have left hold none.
    private static func isRenamed(
        _ folder: RawPath, _ posts: [(from: RawPath, to: RawPath)], _ moved: Set<RawPath>, _ archive: ArchiveFolder,
        _ names: PostFilter
    ) -> Bool {
        var others = 0
        let closed = PostNames.list(archive.root.appending(folder), prefix: folder, posts: names) { path in
            if !moved.contains(RawPath(path)) { others += 1 }
        }
        guard closed.isEmpty, others <= posts.count else { return false }
        if others == 0 { return true }
        return Set(posts.map(\.from.parent)).allSatisfy { left in
            var isEmpty = true
            let closed = PostNames.list(archive.root.appending(left), posts: names) { _ in isEmpty = false }
            return isEmpty && closed.isEmpty
        }
    }
}

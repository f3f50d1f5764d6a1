import ProvenanceArchive
import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// How old the last accession and the last recorded post may be.
public struct StatusLimits: Sendable {
    /// Maximum age of the last accession, in milliseconds; `nil` for any.
    public var maxGap: Int64?
    /// Maximum age of the last recorded post.
    public var maxQuiet: [Quiet] = []

    /// How long a folder may go without a recorded post.
    public struct Quiet: Sendable {
        /// A folder of the archive; `nil` for all of it.
        public let folder: RawPath?
        /// Milliseconds; `nil` for what the archive's history suggests.
        public let limit: Int64?

        /// A limit.
        public init(folder: RawPath?, limit: Int64?) {
            self.folder = folder
            self.limit = limit
        }
    }

    /// No limits.
    public init() {}

    /// How long an archive may go without a new post, by the times at which some came: "three times the 99th percentile of
    /// gaps, at least 24 h".
    ///
    /// - Parameter times: In milliseconds, in the order in which they came.
    /// - Returns: Milliseconds; `nil` while there are too few to tell.
    public static func usualQuiet(_ times: [Int64]) -> Int64? {
        let gaps = zip(times, times.dropFirst()).compactMap { before, after -> Int64? in
            let (gap, overflow) = after.subtractingReportingOverflow(before)
            return overflow || gap < 0 ? nil : gap
        }.sorted()
        guard gaps.count >= minGaps else { return nil }
        let (limit, overflow) = gaps[gaps.count * 99 / 100].multipliedReportingOverflow(by: 3)
        return overflow ? .max : max(day, limit)
    }

    /// Fewer gaps say nothing of the longest that is usual.
    private static let minGaps = 20
    private static let day: Int64 = 86_400_000
    /// The limit where the history suggests none.
    static let week: Int64 = 7 * day

    /// How far another machine's clock may be ahead without a remark: five minutes.
    private static let clockTolerance: Int64 = 300_000

    fileprivate static func latest(_ now: Int64) -> Int64 {
        let (latest, overflow) = now.addingReportingOverflow(clockTolerance)
        return overflow ? .max : latest
    }

    /// A time span as `--max-quiet` takes it, in whole hours, rounded up.
    public static func argument(_ milliseconds: Int64) -> String {
        let hour: Int64 = 3_600_000
        return "\(milliseconds / hour + (milliseconds % hour > 0 ? 1 : 0))h"
    }

    /// A time span in its largest fitting unit, rounded down: people compare it with `--max-gap`.
    public static func words(_ milliseconds: Int64) -> String {
        let units: [(name: String, size: Int64, least: Int64)] = [
            ("d", 86_400_000, 10), ("h", 3_600_000, 2), ("min", 60_000, 2),
        ]
        for (name, size, least) in units where milliseconds >= least * size { return "\(milliseconds / size) \(name)" }
        return "\(milliseconds / 1000) s"
    }
}

/// The times of accessions, as their entries state them.
struct AccessionTimes: Sendable {
    private var list: [(entry: UInt64, recorded: Int64)] = []
    /// Those that recorded posts.
    private var recording: [Int64] = []

    /// Adds the next accession in the log.
    ///
    /// One of an `add` that saw no post at all does not count, since the folder may not have been mounted.
    mutating func add(_ entry: UInt64, _ record: AccessionRecord) {
        guard record.posts > 0 || record.known > 0 || record.unchanged > 0 else { return }
        list.append((entry, record.recorded))
        if record.posts > 0 { recording.append(record.recorded) }
    }

    /// The time of the newest accession, in milliseconds.
    var newest: Int64? { list.last?.recorded }

    /// The newest time of an accession that is not in the future, whatever its order: a clock may have gone back for a
    /// while.
    func newest(until now: Int64) -> Int64? { list.lazy.map(\.recorded).filter { $0 <= now }.max() }

    /// The accessions whose time is in the future.
    func later(than now: Int64) -> [(entry: UInt64, recorded: Int64)] { list.filter { $0.recorded > now } }

    var isEmpty: Bool { list.isEmpty }

    /// How long the archive may go without a recorded post: three times the 99th percentile of the times between two
    /// accessions that recorded some, at least a day; a week while there are few.
    var usualQuiet: Int64 { StatusLimits.usualQuiet(recording) ?? StatusLimits.week }
}

extension StatusReport {
    /// Adds the problems of times, and that everything new was refused.
    mutating func judge(_ limits: StatusLimits, _ history: StatusHistory, now: Int64) {
        if let maxGap = limits.maxGap {
            if let problem = StatusReport.gap(maxGap, history.times, now: now) { problems.append(problem) }
            remarks += StatusReport.remarks(history.times, now: now)
        }
        for quiet in limits.maxQuiet {
            if let problem = StatusReport.quiet(quiet, history, now: now) { problems.append(problem) }
        }
        if refusedSinceLastPost > 0, (counts[.unrecorded] ?? 0) == 0 {
            let first = causes.max { ($0.value, $1.key.code) < ($1.value, $0.key.code) }?.key
            let most = causes.count > 1 ? "most for one of \(causes.count) causes, " : ""
            let why = first.map { ": " + most + ($0.words.isEmpty ? $0.code : "they \($0.words)") } ?? ""
            problems.append(
                Problem(
                    .allRefused, "log",
                    "everything new since the last recorded post was refused, \(refusedSinceLastPost) "
                        + "\(refusedSinceLastPost == 1 ? "file" : "files")\(why)",
                    advice: "has the source changed its form? `provenance status --verbose` lists the files"))
        }
    }

    /// The problem with the time of the last accession, if any; all times in milliseconds.
    ///
    /// A time in the future comes from a wrong clock, so it neither suppresses nor triggers the alarm.
    private static func gap(_ most: Int64, _ times: AccessionTimes, now: Int64) -> Problem? {
        guard let last = times.newest(until: StatusLimits.latest(now)) else {
            return Problem(
                .gap, "log",
                times.isEmpty
                    ? "no accession of an add that saw a post has ever been recorded"
                    : "every accession states a time in the future",
                advice: times.isEmpty ? nil : "a clock was wrong then or is now: compare the two")
        }
        let (gap, overflow) = now.subtractingReportingOverflow(last)
        guard overflow || gap > most else { return nil }
        return Problem(
            .gap, "log", "the last accession is of \(UTCTime.text(last)), \(StatusLimits.words(gap)) ago",
            advice: "look at the scheduled job; `add --heartbeat` records quiet runs too")
    }

    private static func quiet(_ quiet: StatusLimits.Quiet, _ history: StatusHistory, now: Int64) -> Problem? {
        let place = quiet.folder?.description ?? "log"
        let most = quiet.limit ?? history.times.usualQuiet
        guard let last = history.lastRecorded(below: quiet.folder, until: StatusLimits.latest(now)) else {
            // An archive without a post has no history that could suggest anything.
            if quiet.limit == nil { return nil }
            return Problem(
                .quiet, place, "no post of \(quiet.folder == nil ? "this archive" : "this folder") is on record")
        }
        let (gap, overflow) = now.subtractingReportingOverflow(last)
        guard overflow || gap > most else { return nil }
        return Problem(
            .quiet, place,
            "the last post was recorded on \(UTCTime.text(last)), \(StatusLimits.words(gap)) ago; "
                + "expected within \(StatusLimits.words(most))",
            advice: "does the scraper still run, and does it still find posts?")
    }

    /// Accessions that state a time in the future.
    private static func remarks(_ times: AccessionTimes, now: Int64) -> [Remark] {
        let later = times.later(than: StatusLimits.latest(now))
        guard let first = later.first else { return [] }
        let others = later.count > 1 ? ", and \(later.count - 1) more do" : ""
        return [
            Remark(
                .clock,
                "entry \(first.entry) states a time in the future, \(UTCTime.text(first.recorded))\(others): a clock was wrong then or is now"
            )
        ]
    }
}

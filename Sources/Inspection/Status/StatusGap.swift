import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// The times of accessions, as their entries state them.
struct AccessionTimes {
    private var list: [(entry: UInt64, recorded: Int64)] = []

    /// Adds the next accession in the log.
    ///
    /// One of an `add` that saw no post at all does not count, since the folder may not have been mounted.
    mutating func add(_ entry: UInt64, _ record: AccessionRecord) {
        guard record.posts + record.known + record.unchanged > 0 else { return }
        list.append((entry, record.recorded))
    }

    /// The time of the newest accession, in milliseconds.
    var newest: Int64? { list.last?.recorded }

    /// The time of the last accession in log order that is not in the future.
    func newest(until now: Int64) -> Int64? { list.last { $0.recorded <= now }?.recorded }

    /// The accessions whose time is in the future.
    func later(than now: Int64) -> [(entry: UInt64, recorded: Int64)] { list.filter { $0.recorded > now } }

    var isEmpty: Bool { list.isEmpty }
}

/// Detects that the last accession is too old: the scheduled job has stopped.
enum StatusGap {
    /// How far another machine's clock may be ahead without a remark: five minutes.
    private static let clockTolerance: Int64 = 300_000

    private static func latest(_ now: Int64) -> Int64 {
        let (latest, overflow) = now.addingReportingOverflow(clockTolerance)
        return overflow ? .max : latest
    }

    /// The problem with the time of the last accession, if any; all times in milliseconds.
    ///
    /// A time in the future comes from a wrong clock, so it neither suppresses nor triggers the alarm.
    static func problem(_ most: Int64, _ times: AccessionTimes, now: Int64) -> Problem? {
        guard let last = times.newest(until: latest(now)) else {
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
            .gap, "log", "the last accession is of \(UTCTime.text(last)), \(age(gap)) ago",
            advice: "look at the scheduled job; `add --heartbeat` records quiet runs too")
    }

    /// Accessions that state a time in the future.
    static func remarks(_ times: AccessionTimes, now: Int64) -> [Remark] {
        let later = times.later(than: latest(now))
        guard let first = later.first else { return [] }
        let others = later.count > 1 ? ", and \(later.count - 1) more do" : ""
        return [
            Remark(
                .clock,
                "entry \(first.entry) states a time in the future, \(UTCTime.text(first.recorded))\(others): a clock was wrong then or is now"
            )
        ]
    }

    /// A time span in its largest fitting unit, rounded down: people compare it with `--max-gap`.
    private static func age(_ milliseconds: Int64) -> String {
        let units: [(name: String, size: Int64)] = [("h", 3_600_000), ("min", 60_000)]
        for (name, size) in units where milliseconds >= 2 * size { return "\(milliseconds / size) \(name)" }
        return "\(milliseconds / 1000) s"
    }
}

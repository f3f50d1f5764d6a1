/// Whether the last accession is older than it should be: the scheduled job has stopped, or a clock is wrong.
enum StatusGap {
    /// How far ahead another machine's clock may be without a word: five minutes.
    private static let clockTolerance: Int64 = 300_000

    /// What is wrong with the time of the last accession, if anything; all times in ms.
    static func problem(_ most: Int64, last: Int64?, now: Int64) -> Problem? {
        guard let last else { return Problem(.gap, "log", "no accession has ever been recorded") }
        // A clock that was ahead would silence the alarm for as long.
        let (gap, overflow) = now.subtractingReportingOverflow(last)
        if overflow || gap < -clockTolerance {
            return Problem(
                .gap, "log", "the last accession is of \(Timestamp.text(last)), later than now",
                advice: "a clock was wrong then or is now; gaps cannot be told until it is past")
        }
        guard gap > most else { return nil }
        return Problem(
            .gap, "log", "the last accession is of \(Timestamp.text(last)), \(age(gap)) ago",
            advice: "look at the scheduled job; `add --heartbeat` records quiet runs too")
    }

    /// A time span in its largest fitting unit, rounded down: people compare it with `--max-gap`.
    private static func age(_ milliseconds: Int64) -> String {
        let units: [(name: String, size: Int64)] = [("h", 3_600_000), ("min", 60_000)]
        for (name, size) in units where milliseconds >= 2 * size { return "\(milliseconds / size) \(name)" }
        return "\(milliseconds / 1000) s"
    }
}

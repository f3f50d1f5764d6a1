import ProvenanceEncoding

/// When a post says that it was published, from what its record states.
package enum PublicationTime: Equatable, Sendable {
    /// A moment: the epoch, or a date with a time and a zone; in milliseconds since 1970.
    case moment(Int64)
    /// A day without a time and a zone, by the start of that day in UTC. Somewhere on Earth the day begins fourteen hours
    /// earlier, and ends twelve hours later.
    case day(Int64)

    private static let dayLength: Int64 = 86_400_000
    /// Bytes of a date that is only a day, `2022-02-10`.
    private static let dayBytes = 10

    /// The time that a record states: its epoch, else its date; `nil` when it states none, or a date that names neither a
    /// day nor a time with a zone, as a record of version 2 may.
    package init?(_ record: PostRecord) {
        if let published = record.published {
            self = .moment(published)
        } else if let dated = record.dated, let time = PostDate.milliseconds(dated.string) {
            self = dated.utf8.count == PublicationTime.dayBytes ? .day(time) : .moment(time)
        } else {
            return nil
        }
    }

    /// Whether it is a day.
    package var isDay: Bool {
        if case .day = self { true } else { false }
    }

    /// Whether it lies at or after one moment and before another, where these are given.
    ///
    /// A day is taken as that day in UTC, and passes if any of its moments does: a search must not miss a post because
    /// the post does not state its hour.
    package func isWithin(from start: Int64?, before end: Int64?) -> Bool {
        let (first, last): (Int64, Int64)
        switch self {
        case .moment(let time): (first, last) = (time, time)
        case .day(let time): (first, last) = (time, time + PublicationTime.dayLength - 1)
        }
        if let start, last < start { return false }
        if let end, first >= end { return false }
        return true
    }
}

import ArgumentParser
import ProvenanceEncoding
import ProvenanceVerification

/// Options that select entries by the times that their records state.
struct EntryFilter: ParsableArguments {
    @Option(
        name: .long, help: "Recorded at or after this time (2022-02-10, 2022-02-10T05:52:00Z, or ms since 1970).",
        transform: plainText)
    var after: String?

    @Option(name: .long, help: "Recorded before this time.", transform: plainText)
    var before: String?

    @Option(
        name: .long,
        help: """
            Published, as the post states, at or after this time. A post that states only a day counts for that whole day \
            in UTC.
            """, transform: plainText)
    var publishedAfter: String?

    @Option(name: .long, help: "Published, as the post states, before this time.", transform: plainText)
    var publishedBefore: String?

    var isEmpty: Bool { after == nil && before == nil && publishedAfter == nil && publishedBefore == nil }

    /// The filter in words, as a manifest states it.
    var description: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let after { members["recordedAfter"] = .string(after) }
        if let before { members["recordedBefore"] = .string(before) }
        if let publishedAfter { members["publishedAfter"] = .string(publishedAfter) }
        if let publishedBefore { members["publishedBefore"] = .string(publishedBefore) }
        return members
    }

    private func time(_ text: String?, _ option: String) throws(Problem) -> Int64? {
        guard let text else { return nil }
        guard let value = UTCTime.milliseconds(text) else {
            throw Problem(
                .usage, option, "found '\(text)'; wanted a time such as 2022-02-10 or 2022-02-10T05:52:00Z (UTC)",
                advice: "write a day, a time with a zone, or milliseconds since 1970")
        }
        return value
    }

    /// The filter with its times read.
    func records() throws(Problem) -> RecordFilter {
        var filter = RecordFilter()
        filter.after = try time(after, "--after")
        filter.before = try time(before, "--before")
        filter.publishedAfter = try time(publishedAfter, "--published-after")
        filter.publishedBefore = try time(publishedBefore, "--published-before")
        return filter
    }

    /// What a summary says of records that were chosen by their day; `nil` if there are none.
    static func dayRemark(_ count: Int) -> String? {
        guard count > 0 else { return nil }
        return "\(Console.count(count, "post")) judged by day alone: no time of publication is stated."
    }
}

/// How long a list is, and where it begins.
struct ListOptions: ParsableArguments {
    @Flag(name: .long, help: "The newest entry first.")
    var newest = false

    @Option(name: .long, help: "Show at most this many, and say how many more there are.")
    var limit: Int?

    @Flag(name: .long, help: "Print a JSON object a post.")
    var jsonl = false

    func validate() throws {
        if let limit, limit < 1 {
            throw ValidationError(
                "--limit", "found \(limit); wanted a number of posts, 1 or more", advice: "leave it out to list all")
        }
    }
}

/// Refuses a search for an empty text, as from a shell variable that is not set: it would be found everywhere.
func refuseEmpty(_ value: String?, _ name: String) throws {
    if let value, value.isEmpty {
        throw ValidationError(
            name, "found an empty value; wanted a text to search for", advice: "is a variable of the shell not set?")
    }
}

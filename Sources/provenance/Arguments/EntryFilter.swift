import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// Options that select entries by what their records state.
struct EntryFilter: ParsableArguments {
    @Option(name: .long, help: "Posts that state this address.", transform: plainText)
    var url: String?

    @Option(
        name: .long, help: "Recorded at or after this time (2022-02-10, 2022-02-10T05:52:00Z, or ms since 1970).",
        transform: plainText)
    var after: String?

    @Option(name: .long, help: "Recorded before this time.", transform: plainText)
    var before: String?

    @Option(name: .long, help: "Published, as the post states, at or after this time.", transform: plainText)
    var publishedAfter: String?

    @Option(name: .long, help: "Published, as the post states, before this time.", transform: plainText)
    var publishedBefore: String?

    var isEmpty: Bool {
        url == nil && after == nil && before == nil && publishedAfter == nil && publishedBefore == nil
    }

    /// The filter in words, as a manifest states it.
    var description: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let url { members["url"] = .string(url) }
        if let after { members["recordedAfter"] = .string(after) }
        if let before { members["recordedBefore"] = .string(before) }
        if let publishedAfter { members["publishedAfter"] = .string(publishedAfter) }
        if let publishedBefore { members["publishedBefore"] = .string(publishedBefore) }
        return members
    }

    private func time(_ text: String?, _ option: String) throws -> Int64? {
        guard let text else { return nil }
        guard let value = UTCTime.milliseconds(text) else {
            throw Problem(.usage, "\(option) \(text)", "wanted a time such as 2022-02-10 or 2022-02-10T05:52:00Z (UTC)")
        }
        return value
    }

    /// Calls `each` with the records that pass, in log order, read from the log itself.
    func entries(_ view: LogView, _ each: (UInt64, PostRecord) throws -> Void) throws {
        let after = try time(after, "--after")
        let before = try time(before, "--before")
        let publishedAfter = try time(publishedAfter, "--published-after")
        let publishedBefore = try time(publishedBefore, "--published-before")
        let source = url.map { ExactText($0) }
        try view.records(
            passing: { record in
                if let source, record.source != source { return false }
                if let after, record.recorded < after { return false }
                if let before, record.recorded >= before { return false }
                if publishedAfter != nil || publishedBefore != nil {
                    guard let published = record.published else { return false }
                    if let publishedAfter, published < publishedAfter { return false }
                    if let publishedBefore, published >= publishedBefore { return false }
                }
                return true
            }, each)
    }
}

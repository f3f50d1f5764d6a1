import ProvenanceEncoding
import ProvenanceRecord

/// The claims of what a record states of its post. What it does not state is unknown, which is never "the post has none".
extension PostComparison {
    /// The claim that a post has the recorded bytes, once every statement was rebuilt from it.
    static func content(_ record: PostRecord) -> Claim {
        let rebuilt: String
        switch record.form {
        case nil, .rss, .html, .stub: rebuilt = "front matter, body and text rebuilt"
        case .headed, .linked: rebuilt = "body and text rebuilt"
        case .plain: rebuilt = "text rebuilt; nothing else is read of it"
        // "another … is of later: … digest and size are checked, the rest is *unknown*, never failed"
        case .later(let word):
            rebuilt = "and the size; the form `\(word)` is of a later version, and the rest is unknown"
        }
        return Claim(.content, .proven, "sha256 \(record.sha256.hex), \(rebuilt)")
    }

    /// The claim about the address that the post states: "always show it ("source, from the post's `note`")".
    ///
    /// - Parameters:
    ///   - record: The record.
    ///   - standing: Proven when it was rebuilt from the post, asserted when it was not.
    /// - Returns: The claim; unknown where the record states no source.
    static func source(_ record: PostRecord, _ standing: Standing) -> Claim {
        guard let source = record.source else {
            return Claim(.source, .unknown, "the record states no source, which is not to say that the post has none")
        }
        let who = standing == .proven ? "the post" : "the record"
        return Claim(
            .source, isKnown(record) ? standing : .unknown,
            "\(who) states \(source.string)" + place(record, record.sourceKey))
    }

    /// The claim about the publication time that the post states.
    static func published(_ record: PostRecord, _ standing: Standing) -> Claim {
        let epoch = record.published.map { "\($0) ms (\(UTCTime.text($0)))" }
        let dated = record.dated.map { "dated \($0.string)" + key(record.datedKey) }
        guard epoch != nil || dated != nil else {
            return Claim(.published, .unknown, "the record states no time, which is not to say that the post has none")
        }
        // Every post of version 1 has a date, and some have no epoch.
        let words = [epoch ?? (record.version == .v1 ? "no epoch" : nil), dated].compactMap { $0 }
        return Claim(
            .published, isKnown(record) ? standing : .unknown, "the post states " + words.joined(separator: ", "))
    }

    /// The claims about source and time in the words of a list of many entries.
    package static func stated(_ record: PostRecord, isRebuilt: Bool) -> [Claim] {
        let standing: Standing = isRebuilt ? .proven : .asserted
        return [source(record, standing), published(record, standing)].map { claim in
            guard claim.standing == standing else { return claim }
            let place = claim.subject == .source ? self.place(record, record.sourceKey) : key(record.datedKey)
            return Claim(
                claim.subject, standing, (isRebuilt ? "as the post in hand states it" : "by the record") + place)
        }
    }

    /// Whether this version knows how the record's form is read.
    private static func isKnown(_ record: PostRecord) -> Bool {
        if case .later = record.form { false } else { true }
    }

    private static func key(_ key: ExactText?) -> String { key.map { ", from its `\($0)`" } ?? "" }

    /// Where the source stands; nothing for version 1, which has one place for it.
    private static func place(_ record: PostRecord, _ sourceKey: ExactText?) -> String {
        switch record.form {
        case .headed, .linked: ", from its link line"
        default: key(sourceKey)
        }
    }
}

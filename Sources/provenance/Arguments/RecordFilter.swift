import ProvenanceEncoding
import ProvenanceRecord

/// Chooses records by what they state.
struct RecordFilter: Sendable {
    /// The address, byte for byte.
    var source: ExactText?
    /// The address in any spelling.
    var address: NormalAddress?
    /// The host of the address, or one above it.
    var host: String?
    var after: Int64?
    var before: Int64?
    var publishedAfter: Int64?
    var publishedBefore: Int64?

    private var hasPublished: Bool { publishedAfter != nil || publishedBefore != nil }

    /// Whether a record is chosen.
    func passes(_ record: PostRecord) -> Bool {
        if let source, record.source != source { return false }
        if let after, record.recorded < after { return false }
        if let before, record.recorded >= before { return false }
        if hasPublished {
            guard let time = PublicationTime(record), time.isWithin(from: publishedAfter, before: publishedBefore)
            else {
                return false
            }
        }
        guard address != nil || host != nil else { return true }
        guard let source = record.source else { return false }
        let stated = NormalAddress(source)
        if let address, stated != address { return false }
        if let host, !stated.isAt(host: host) { return false }
        return true
    }

    /// Whether a chosen record was chosen by the day of its publication, which is all that it states of it.
    func isJudgedByDay(_ record: PostRecord) -> Bool {
        hasPublished && PublicationTime(record)?.isDay == true
    }
}

import ProvenanceEncoding

/// How many entries there are of each kind.
public struct EntryCounts: Sendable, Equatable {
    /// All of them.
    public private(set) var all: UInt64 = 0
    /// Records of posts.
    public private(set) var posts: UInt64 = 0
    /// Accessions.
    public private(set) var accessions: UInt64 = 0
    /// Entries of a kind that this version does not know, including key-life entries that it cannot read.
    public private(set) var unknown: UInt64 = 0
    /// Entries of a known kind that do not have its form.
    public private(set) var malformed: UInt64 = 0

    /// No entries.
    public init() {}

    /// Counts an entry.
    public mutating func add(_ kind: EntryExamination.Kind) {
        all += 1
        switch kind {
        case .post: posts += 1
        case .accession: accessions += 1
        case .unknown, .critical: unknown += 1
        case .malformed: malformed += 1
        }
    }

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "all": .number(all), "posts": .number(posts), "accessions": .number(accessions),
            "unknown": .number(unknown), "malformed": .number(malformed),
        ])
    }
}

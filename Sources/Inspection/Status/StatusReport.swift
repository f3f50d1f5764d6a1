import ProvenanceEncoding
import ProvenanceVerification

/// The state of the posts on disk: recorded, unrecorded, moved, altered, superseded or missing.
public struct StatusReport: Sendable {
    /// The state of a post or a placement.
    public enum State: String, Sendable, CaseIterable {
        /// The registered bytes stand at their place.
        case ok
        /// The file is gone from its place, and a copy was found at another.
        case moved
        /// A newer record has this place, and no copy of the older bytes was found; only for updates by version 0.1.0.
        case superseded
        /// The file is in no record.
        case unrecorded
        /// The file is in no record, and an earlier register lists it as refused.
        case refused
        /// Registered outside the archive: never opened.
        case outside
        /// The bytes at a registered place differ from its record.
        case altered
        /// An `add` found other bytes here than before, and the finding is not resolved.
        case replaced
        /// The file is gone, and no copy was found.
        case missing
        /// Recorded, but no register at hand has its place, and no copy was found.
        case unplaced
        /// The file or folder could not be read.
        case unreadable

        /// The exit status of this state.
        public var status: ExitStatus {
            switch self {
            case .altered, .replaced, .missing, .unreadable: .failed
            case .unplaced: .inconclusive
            default: .verified
            }
        }
    }

    /// One line of the report.
    public struct Item: Sendable {
        /// The state.
        public let state: State
        /// The path, relative to the archive.
        public let path: RawPath
        /// The entry that the line is about.
        public let entry: UInt64?
        /// Further words: the new place, the superseding entry, or the parts that changed.
        public let detail: String
        /// Stable codes of the problems.
        public let codes: [String]
    }

    /// Everything that is not `ok`, in the order of the paths.
    public internal(set) var items: [Item] = []
    /// Number of lines in each state.
    public internal(set) var counts: [State: UInt64] = [:]
    /// Problems of registers and of the time since the last accession.
    public internal(set) var problems: [Problem] = []
    /// Remarks beside the posts, with stable codes.
    public internal(set) var remarks: [Remark] = []
    /// The size of the log's checkpoint.
    public let size: UInt64
    /// Number of files that were read and hashed.
    public internal(set) var hashed: UInt64 = 0
    /// Number of files assumed unchanged by size and time; `nil` unless a fast comparison was asked for.
    public internal(set) var presumed: UInt64?
    /// Time of the newest accession, in milliseconds.
    public internal(set) var lastAccession: Int64?

    init(size: UInt64) { self.size = size }

    /// The exit code.
    public var status: ExitStatus {
        let worst = counts.filter { $0.value > 0 }.map(\.key.status).max() ?? .verified
        let problem = problems.map(\.status).max() ?? .verified
        return max(worst, problem, hasComparedPosts ? .verified : .inconclusive)
    }

    /// Whether at least one registered place in the archive was compared. Places that are never opened do not count,
    /// nor do copies found elsewhere.
    public internal(set) var hasComparedPosts = false

    mutating func add(
        _ state: State, _ path: RawPath, entry: UInt64? = nil, _ detail: String = "", codes: [String] = []
    ) {
        counts[state, default: 0] += 1
        if state != .ok {
            items.append(Item(state: state, path: path, entry: entry, detail: detail, codes: codes))
        }
    }

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "status": .string(status.word), "size": .number(size),
            "counts": .object(
                Dictionary(uniqueKeysWithValues: State.allCases.map { ($0.rawValue, .number(counts[$0] ?? 0)) })),
            "items": .array(
                items.map { item in
                    .object([
                        "state": .string(item.state.rawValue), "path": .string(item.path.description),
                        "entry": item.entry.map { .number($0) } ?? .null, "detail": .string(item.detail),
                        "codes": .array(item.codes.map(JSONValue.string)),
                    ])
                }),
            "problems": .array(problems.map(\.json)), "remarks": .array(remarks.map(\.json)), "hashed": .number(hashed),
            "presumed": .number(presumed ?? 0),
            "fast": .bool(presumed != nil),
            "lastAccession": lastAccession.map { .number($0) } ?? .null,
        ])
    }
}

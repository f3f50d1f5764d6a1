import ProvenanceEncoding
import ProvenanceVerification

/// What on disk is recorded, unrecorded, moved, altered, superseded or missing.
public struct StatusReport: Sendable {
    /// How a post or a placement stands.
    public enum State: String, Sendable, CaseIterable {
        /// The registered bytes stand at their place.
        case ok
        /// The place is empty, the bytes stand at another one.
        case moved
        /// A newer record stands at this place, and no copy of the older bytes was found: as version 0.1.0 recorded it.
        case superseded
        /// On disk, in no record.
        case unrecorded
        /// On disk, and on an earlier register as refused.
        case refused
        /// Registered outside the archive: never opened.
        case outside
        /// The bytes at a registered place are not those of its record.
        case altered
        /// An `add` found other bytes here than before, and nobody has resolved it.
        case replaced
        /// The file is gone, and no copy was found.
        case missing
        /// Recorded, at a place that no register at hand tells, and no copy was found.
        case unplaced
        /// The file or folder could not be read.
        case unreadable

        /// What it makes of the exit code.
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
        /// How it stands.
        public let state: State
        /// The path, relative to the archive.
        public let path: RawPath
        /// The entry it is about.
        public let entry: UInt64?
        /// More words: where it moved to, which entry supersedes it, which parts changed.
        public let detail: String
        /// Stable codes for what is wrong.
        public let codes: [String]
    }

    /// Everything that is not `ok`, in the order of the paths.
    public internal(set) var items: [Item] = []
    /// How many are in each state.
    public internal(set) var counts: [State: UInt64] = [:]
    /// Findings about registers and gaps.
    public internal(set) var problems: [Problem] = []
    /// What is to be known beside the posts, with stable codes.
    public internal(set) var remarks: [Remark] = []
    /// The checkpoint it is as of.
    public let size: UInt64
    /// Files whose bytes were read and hashed.
    public internal(set) var hashed: UInt64 = 0
    /// Files that were taken for what was recorded by size and time alone; `nil` unless that was asked for.
    public internal(set) var presumed: UInt64?
    /// Time of the newest accession, ms.
    public internal(set) var lastAccession: Int64?

    init(size: UInt64) { self.size = size }

    /// The exit code.
    public var status: ExitStatus {
        let worst = counts.filter { $0.value > 0 }.map(\.key.status).max() ?? .verified
        let problem = problems.map(\.status).max() ?? .verified
        return max(worst, problem, hasComparedPosts ? .verified : .inconclusive)
    }

    /// Whether any place in the archive that a register names was compared: neither what was never opened nor a copy that happens
    /// to lie somewhere counts.
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

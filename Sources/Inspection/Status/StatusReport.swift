import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceVerification

/// The state of the posts on disk: altered, replaced, missing, moved, unrecorded, or as recorded.
public struct StatusReport: Sendable {
    /// The state of a post or of a place, the gravest first.
    public enum State: String, Sendable, CaseIterable {
        /// The bytes at a registered place differ from its record.
        case altered
        /// An `add` found other bytes here than before, and the finding is not resolved.
        case replaced
        /// A post is gone from every place, and its bytes are nowhere in the archive.
        case missing
        /// The file or folder could not be read.
        case unreadable
        /// Recorded, but no register at hand has its place, and no copy was found.
        case unplaced
        /// A post is gone from its place, and its bytes stand at a place that no register has for them.
        case moved
        /// The file is in no record.
        case unrecorded
        /// The file is in no record, and an earlier register lists it as refused.
        case refused
        /// Registered outside the archive: never opened.
        case outside
        /// A newer record has this place, and no copy of the older bytes was found; only for updates by version 0.1.0.
        case superseded
        /// The registered bytes stand at their place, or recorded bytes at one more place.
        case ok

        /// The exit status of this state.
        public var status: ExitStatus {
            switch self {
            case .altered, .replaced, .missing, .unreadable: .failed
            case .unplaced: .inconclusive
            default: .verified
            }
        }

        /// Whether posts are counted, by digest; else places are.
        public var countsPosts: Bool { self == .missing || self == .moved || self == .unplaced }
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
        /// Where a moved post stands now.
        public internal(set) var now: RawPath?
    }

    /// Why files were refused: a code, and words that fit all of them.
    public struct RefusalCause: Hashable, Sendable {
        /// The stable code.
        public let code: String
        /// The words; empty if the file could not be read, or another version refused it.
        public let words: String
    }

    /// Everything that is not `ok`, the gravest first, then by path.
    public internal(set) var items: [Item] = []
    /// Number of posts or places in each state.
    public internal(set) var counts: [State: UInt64] = [:]
    /// Folders in which posts are gone all at once.
    public internal(set) var massChanges: [MassChange] = []
    /// Problems of registers, and of times.
    public internal(set) var problems: [Problem] = []
    /// Remarks beside the posts, with stable codes.
    public internal(set) var remarks: [Remark] = []
    /// How many files were refused for each cause.
    public internal(set) var causes: [RefusalCause: UInt64] = [:]
    /// Files that were refused after the last post was recorded.
    public internal(set) var refusedSinceLastPost: UInt64 = 0
    /// Names that were left out.
    public internal(set) var notLookedAt = NotLookedAt()
    /// Folders of the archive with registered places.
    public internal(set) var folders: Set<RawPath> = []
    /// The rules in force; the defaults where the approved ones are not here.
    package internal(set) var rules = RulesInForce.defaults
    /// The size of the log's checkpoint.
    public let size: UInt64
    /// Number of files that were read and hashed.
    public internal(set) var hashed: UInt64 = 0
    /// Number of files assumed unchanged by size and time; `nil` unless a fast comparison was asked for.
    public internal(set) var presumed: UInt64?
    /// Time of the newest accession, in milliseconds.
    public internal(set) var lastAccession: Int64?
    /// Time at which the newest post was recorded, in milliseconds.
    public internal(set) var lastPost: Int64?

    init(size: UInt64) { self.size = size }

    /// The exit code.
    public var status: ExitStatus {
        let worst = counts.filter { $0.value > 0 }.map(\.key.status).max() ?? .verified
        let problem = (massChanges.map(\.problem) + problems).map(\.status).max() ?? .verified
        return max(worst, problem, hasComparedPosts ? .verified : .inconclusive)
    }

    /// Whether at least one registered place in the archive was compared. Places that are never opened do not count,
    /// nor do copies found elsewhere.
    public internal(set) var hasComparedPosts = false

    /// Counts a post or place that has no line.
    mutating func count(_ state: State) { counts[state, default: 0] += 1 }

    mutating func add(
        _ state: State, _ path: RawPath, entry: UInt64? = nil, _ detail: String = "", codes: [String] = []
    ) {
        count(state)
        if state != .ok {
            items.append(Item(state: state, path: path, entry: entry, detail: detail, codes: codes))
        }
    }

    /// Adds a post that stands at another place than the registered one.
    mutating func move(from path: RawPath, to now: RawPath, entry: UInt64) {
        count(.moved)
        items.append(
            Item(state: .moved, path: path, entry: entry, detail: "now at \(now)", codes: [], now: now))
    }

    /// Adds a folder elsewhere with registered places.
    mutating func addOutside(_ folder: RawPath, _ places: UInt64) {
        counts[.outside, default: 0] += places
        items.append(
            Item(
                state: .outside, path: folder, entry: nil,
                detail: "\(places) \(places == 1 ? "place" : "places") registered outside the archive; never opened",
                codes: []))
    }

    /// Sorts the lines by gravity, then by path.
    mutating func sort() {
        let gravity = Dictionary(uniqueKeysWithValues: zip(State.allCases, 0...))
        items.sort {
            (gravity[$0.state] ?? 0, $0.path, $0.entry ?? 0) < (gravity[$1.state] ?? 0, $1.path, $1.entry ?? 0)
        }
    }

    /// Moved posts by the folders that they left and entered, the largest group first.
    ///
    /// The folders are the parts of the paths that differ, so that a renamed folder is one line.
    public var moves: [(from: RawPath, to: RawPath, count: UInt64)] {
        var counts: [[RawPath]: UInt64] = [:]
        for item in items {
            guard let now = item.now else { continue }
            let (from, to) = StatusReport.differing(item.path.parent, now.parent)
            counts[[from, to], default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key[0], $0.key[1]) < ($0.value, $1.key[0], $1.key[1]) }
            .map { ($0.key[0], $0.key[1], $0.value) }
    }

    /// The places of moved posts, and where they stand now.
    public var movedPosts: [(from: RawPath, to: RawPath)] {
        items.compactMap { item in item.now.map { (item.path, $0) } }
    }

    /// Two folders without the elements at their ends that are the same.
    private static func differing(_ one: RawPath, _ other: RawPath) -> (RawPath, RawPath) {
        guard one != other else { return (one, other) }
        var (from, to) = (one, other)
        while from.parent != ".", to.parent != ".", from.lastElement == to.lastElement {
            (from, to) = (from.parent, to.parent)
        }
        return (from, to)
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
                        "now": .optional(item.now?.description),
                    ])
                }),
            "massChanges": .array(massChanges.map(\.json)),
            "problems": .array((massChanges.map(\.problem) + problems).map(\.json)),
            "remarks": .array(remarks.map(\.json)), "hashed": .number(hashed),
            "refusals": .array(
                causes.sorted { ($0.key.code, $0.key.words) < ($1.key.code, $1.key.words) }.map { cause, count in
                    .object([
                        "code": .string(cause.code), "cause": .string(cause.words), "count": .number(count),
                    ])
                }),
            "notLookedAt": notLookedAt.json, "ignored": .number(notLookedAt.ignored),
            "presumed": .number(presumed ?? 0),
            "fast": .bool(presumed != nil),
            "lastAccession": lastAccession.map { .number($0) } ?? .null,
            "lastPost": lastPost.map { .number($0) } ?? .null,
        ])
    }
}

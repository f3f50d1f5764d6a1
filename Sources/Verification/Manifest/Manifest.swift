import ProvenanceEncoding
import ProvenanceNote

/// The format's name and limits, shared by every reader and writer of manifests.
///
/// Documentation/formats/manifest.md describes each member; Documentation/formats/manifest.schema.json is the JSON
/// Schema.
public enum Manifest {
    /// The value of `$format`.
    public static let format = "provenance/manifest@v1"
    /// Longest `checkpoint`, as JSON: a note of 1,000,000 bytes, its newlines and quotes escaped.
    static let maxNoteBytes = 2 * SignedNote.maxNoteBytes
    /// Longest `consistency`, as JSON: a note and 63 hashes.
    static let maxConsistencyBytes = maxNoteBytes + 8_192
    /// Longest element of `entries`, as JSON: an entry of 65,535 bytes escaped sixfold, 63 hashes and labels.
    package static let maxEntryBytes = 1 << 20
    /// The largest size of labels, as JSON, that a writer gives one entry; the rest is left out, since labels prove
    /// nothing.
    static let maxLabelsBytes = 1 << 18
    /// Longest `keys`, as JSON.
    static let maxKeysBytes = 1 << 20
    /// Longest `selection`, as JSON.
    static let maxSelectionBytes = 1 << 20
    /// The largest index or size: 2^53-1, so that every JSON reader represents it exactly.
    static let largestIndex = UInt64(CanonicalJSON.largestInteger)

    /// Reads a checkpoint note without verifying it.
    package static func checkpoint(_ note: [UInt8], place: String) throws(Problem) -> Checkpoint {
        do { return try Checkpoint(parsing: try SignedNote(parsing: note).text) } catch {
            throw Problem(.checkpoint, place, error.description)
        }
    }
}

/// Which entries of a log a manifest holds.
public enum ManifestSelection: Sendable {
    /// Every entry from `from` to `to - 1`, of any kind: the manifest proves that none is left out.
    case range(from: UInt64, to: UInt64)
    /// Some entries, in ascending order; `description` states how they were chosen and is not checked.
    ///
    /// Values of the description are strings, integers, or arrays of strings.
    case filter(indexes: [UInt64], description: [String: JSONValue])

    /// Throws for a range or index beyond the log's size, and for a filter out of order.
    func check(size: UInt64) throws(Problem) {
        func usage(_ reason: String) -> Problem { Problem(.usage, "selection", reason) }
        guard size <= Manifest.largestIndex else { throw usage("a manifest counts to 2^53-1; the log has \(size)") }
        switch self {
        case .range(let from, let to):
            guard from <= to, to <= size else {
                throw usage("entries \(from) to \(to), exclusive, of a log of \(size)")
            }
        case .filter(let indexes, let description):
            var last: UInt64?
            for index in indexes {
                guard index < size else { throw usage("entry \(index) of a log of \(size)") }
                if let last, index <= last { throw usage("entry \(index) after \(last): they ascend, each once") }
                last = index
            }
            guard ManifestSelection.isDescription(description) else {
                throw usage("a filter's description holds strings, integers and arrays of strings")
            }
        }
    }

    /// Whether a filter's description has the form that the schema allows.
    static func isDescription(_ members: [String: JSONValue]) -> Bool {
        members.values.allSatisfy { value in
            switch value {
            case .string, .integer: true
            case .array(let elements): elements.allSatisfy { $0.string != nil }
            default: false
            }
        }
    }
}

/// Labels that a manifest shows beside an entry: stated by the maker, neither opened nor trusted.
public struct ManifestLabels: Sendable {
    /// Where the post was last seen: the root as it was given to `add`, and the path below it.
    public var placements: [(root: String, path: RawPath)]
    /// The post's title, when the post was at hand.
    public var title: String?

    /// Labels from their parts; none by default.
    public init(placements: [(root: String, path: RawPath)] = [], title: String? = nil) {
        self.placements = placements
        self.title = title
    }

    /// The path that names the entry for people: the first placement's path, or its root where the path is `.`.
    var name: RawPath? {
        guard let first = placements.first else { return nil }
        return first.path.elements.isEmpty ? RawPath(first.root) : first.path
    }
}

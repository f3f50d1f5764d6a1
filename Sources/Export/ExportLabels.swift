import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// Places and titles of the exported entries: labels for people, and for finding the posts.
///
/// Places come from the registers. Titles come from the index, and may be wrong or missing.
public struct ExportLabels: Sendable {
    private let places: [UInt64: [PostFacts.Place]]
    private let titles: (any ArchiveIndex)?
    private let context: LogContext

    /// Reads the labels of a selection; the registers are read once.
    ///
    /// - Throws: `Problem` of the log.
    public init(_ view: LogView, _ selection: ManifestSelection) throws(Problem) {
        context = view.context
        var question = PostFacts.Question()
        switch selection {
        case .range(let from, let to): question.places = .range(from..<max(from, to))
        case .filter(let indexes, _): question.places = .these(Set(indexes))
        }
        places = try PostFacts.read(view.context, asking: question).places
        titles = try? view.index()
    }

    /// The labels of an entry.
    public func labels(_ entry: UInt64, _ record: PostRecord) -> ManifestLabels {
        ManifestLabels(
            placements: (places[entry] ?? []).map { ($0.root, $0.path) }, title: titles?.title(of: entry, record))
    }

    /// The entry registered last at each place in the archive that any of the entries had.
    ///
    /// - Throws: `Problem` of the log.
    public func lastAtPlaces() throws(Problem) -> [RawPath: UInt64] {
        var question = PostFacts.Question()
        for place in places.values.joined() where place.root == "." { question.paths.insert(place.path) }
        return try PostFacts.read(context, asking: question).placed.compactMapValues { $0.last?.entry }
    }
}

import Files
import Log
import Merkle
import OpenSSL
import Post

/// Verifies posts against the archive's log.
///
/// The index may only shorten the way to a proven "yes". Every other answer is taken from the log and the registers
/// themselves.
public struct PostVerifier {
    private let view: LogView

    /// A verifier of posts against one checkpoint.
    public init(_ view: LogView) { self.view = view }

    private struct Item: Sendable {
        var verdict: PostVerdict
        var bytes: [UInt8]?
        var sha256: Digest?
        var path: RawPath?
        var source: String?
    }

    /// Verifies the posts at `paths`, in their order.
    ///
    /// - Parameter paths: Where each is opened, the name to print, and its path in the archive when it lies there.
    /// - Returns: A verdict for each.
    /// - Throws: `Problem` when the log cannot be read.
    public func verify(
        _ paths: [(place: RawPath, name: String, path: RawPath?)]
    ) throws(Problem) -> [PostVerdict] {
        let index = view.currentIndex()
        let context = view.context
        let slices = try overSlices(paths.count) { (_, range) throws(Problem) -> [Item] in
            do {
                let worker = try Worker(context)
                guard let index else { return try paths[range].map { try worker.item($0, nil) } }
                do {
                    return try index.read { lookup in try paths[range].map { try worker.item($0, lookup) } }
                } catch {
                    // A damaged index, or a hint into a damaged part of the log: the scan below says what is wrong
                    // there, and where.
                    return try paths[range].map { try worker.item($0, nil) }
                }
            } catch {
                throw Problem(any: error)
            }
        }
        var items = Array(slices.joined())
        if items.contains(where: { $0.verdict.index == nil && $0.sha256 != nil }) { try resolve(&items) }
        return items.map(\.verdict)
    }

    // MARK: With a hint

    /// Confined to one slice of the work.
    private final class Worker {
        let view: LogContext
        let reader: LogReader
        var examiner: EntryExaminer
        var hasher: MerkleHasher
        let comparison: PostComparison

        init(_ view: LogContext) throws {
            self.view = view
            reader = try view.makeReader()
            comparison = try PostComparison()
            hasher = try MerkleHasher()
            examiner = try EntryExaminer(signers: view.signers, origin: view.archive.origin)
        }

        func item(_ post: (place: RawPath, name: String, path: RawPath?), _ lookup: IndexLookup?) throws -> Item {
            var item = Item(verdict: PostVerdict(path: post.name), path: post.path)
            let bytes: [UInt8]
            do { bytes = try readFile(post.place, limit: Post.maximumSize).bytes } catch {
                item.verdict.problems.append(Problem(.unreadable, post.name, error.reason))
                return item
            }
            let digest = try comparison.digest(bytes)
            item.sha256 = digest
            if let lookup, let hint = try lookup.entry(digest), hint < reader.size {
                let entry = try reader.entry(hint)
                if let text = History.noteText(entry[...]), let record = try? PostRecord(parsing: text),
                    record.sha256 == digest
                {
                    try judge(&item.verdict, bytes, entry, hint)
                    try addEarlier(&item.verdict, record, post.path, lookup)
                    return item
                }
            }
            item.bytes = bytes
            item.source = (try? Post(parsing: bytes))?.source.string
            return item
        }

        private func addEarlier(
            _ verdict: inout PostVerdict, _ record: PostRecord, _ path: RawPath?, _ lookup: IndexLookup
        ) throws {
            guard let index = verdict.index else { return }
            var found: [UInt64: String] = [:]
            for entry in try lookup.entries(source: record.source.string) where entry.index != index {
                found[entry.index] = "same address"
            }
            if let path {
                for placement in try lookup.placements(root: ".", path: path) where placement.entry != index {
                    found[placement.entry] = "same place"
                }
            }
            for (entry, reason) in found.sorted(by: { $0.key < $1.key }) where entry < reader.size {
                let bytes = try reader.entry(entry)
                guard let text = History.noteText(bytes[...]), let record = try? PostRecord(parsing: text) else {
                    continue
                }
                verdict.earlier.append(
                    PostVerdict.Earlier(
                        index: entry, reason: reason, sha256: record.sha256, recorded: record.recorded))
            }
        }

        /// Judges a post whose record is the entry at `index`.
        func judge(_ verdict: inout PostVerdict, _ bytes: [UInt8], _ entry: [UInt8], _ index: UInt64) throws {
            verdict.index = index
            let examination = examiner.examine(entry[...], index: index)
            guard let record = examination.post else {
                verdict.claims.append(examination.signature)
                return
            }
            verdict.record = record
            let content = try comparison.claims(bytes, record, path: verdict.path)
            let isPinned = view.checked.claim.standing == .proven
            let inclusion: Claim
            do {
                try reader.inclusionProof(index).verify(
                    leaf: try hasher.leaf(entry), root: view.checked.checkpoint.root, &hasher)
                inclusion = Claim(
                    .inclusion, isPinned ? .proven : .unknown,
                    isPinned
                        ? "entry \(index) of \(view.size)"
                        : "entry \(index) of \(view.size), under a checkpoint that no pinned key vouches for",
                    code: isPinned ? nil : .notPinned)
            } catch let error as ProofError {
                inclusion = Claim(.inclusion, .failed, "entry \(index): \(error)", code: .inclusion)
            }
            let parts = content.claims.filter { $0.subject == .content }
            let rest = content.claims.filter { $0.subject != .content }
            verdict.claims += parts + [examination.signature, inclusion, view.checked.claim] + rest
            verdict.problems += content.problems
        }
    }

    // MARK: Without a hint

    /// Looks through the whole log and all registers, once, for posts that no hint led to.
    private func resolve(_ items: inout [Item]) throws(Problem) {
        var wantedDigests: [Digest: UInt64?] = [:]
        var wantedPaths: [RawPath: [UInt64]] = [:]
        var wantedSources: [String: [UInt64]] = [:]
        for item in items where item.verdict.index == nil {
            if let digest = item.sha256 { wantedDigests[digest] = .some(nil) }
            if let path = item.path { wantedPaths[path] = [] }
            if let source = item.source { wantedSources[source] = [] }
        }
        try view.wrapped {
            try History.scan(view.reader, accessions: view.archive.accessions) { event in
                switch event {
                case .post(let index, let record):
                    if case .some(.none) = wantedDigests[record.sha256] { wantedDigests[record.sha256] = index }
                    wantedSources[record.source.string]?.append(index)
                case .line(_, ".", let line):
                    if let entry = line.entry { wantedPaths[line.path]?.append(entry) }
                case .line, .accession, .other: break
                }
            }
            let worker = try Worker(view.context)
            for place in items.indices where items[place].verdict.index == nil {
                guard let digest = items[place].sha256, let bytes = items[place].bytes else { continue }
                let path = items[place].path.flatMap { wantedPaths[$0] } ?? []
                let source = items[place].source.flatMap { wantedSources[$0] } ?? []
                let entry = wantedDigests[digest] ?? nil
                if let entry {
                    try worker.judge(&items[place].verdict, bytes, try worker.reader.entry(entry), entry)
                } else {
                    try decide(&items[place].verdict, bytes, at: path, worker)
                }
                items[place].verdict.earlier = try earlier(path, source, than: entry, worker)
                items[place].bytes = nil
            }
        }
    }

    /// A post whose bytes are in no record: altered when something was recorded at its place, else not recorded.
    private func decide(
        _ verdict: inout PostVerdict, _ bytes: [UInt8], at placements: [UInt64], _ worker: Worker
    ) throws {
        guard let last = placements.last else {
            let problem = Problem(
                .notRecorded, verdict.path, "these bytes are in no record of the log's \(view.size) entries",
                advice: "`provenance add` records them; that shows nothing about the time before")
            verdict.claims = [Claim(.content, .unknown, problem: problem), view.checked.claim]
            verdict.problems.append(problem)
            return
        }
        let entry = try worker.reader.entry(last)
        guard let text = History.noteText(entry[...]), let record = try? PostRecord(parsing: text) else { return }
        let problems = try worker.comparison.changes(bytes, from: record, place: verdict.path, entry: last)
        verdict.record = record
        verdict.claims = [
            problems.first.map { Claim(.content, .failed, problem: $0) } ?? Claim(.content, .failed, "altered"),
            worker.examiner.examine(entry[...], index: last).signature, view.checked.claim,
        ]
        verdict.problems += problems
    }

    private func earlier(
        _ placements: [UInt64], _ sources: [UInt64], than entry: UInt64?, _ worker: Worker
    ) throws -> [PostVerdict.Earlier] {
        var found: [UInt64: String] = [:]
        for index in sources where index != entry { found[index] = "same address" }
        for index in placements where index != entry { found[index] = "same place" }
        return try found.sorted { $0.key < $1.key }.compactMap { index, reason in
            let bytes = try worker.reader.entry(index)
            guard let text = History.noteText(bytes[...]), let record = try? PostRecord(parsing: text) else {
                return nil
            }
            return PostVerdict.Earlier(index: index, reason: reason, sha256: record.sha256, recorded: record.recorded)
        }
    }
}

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

    /// Posts that a core takes at a time.
    private static let postsInRun = 64
    /// Posts looked at between two reports of progress.
    private static let window = 1_024

    private struct Item: Sendable {
        var verdict: PostVerdict
        let place: RawPath
        let path: RawPath?
        var sha256: Digest?
        var source: ExactText?
        var isMissing = false

        var wantsScan: Bool { verdict.index == nil && (sha256 != nil || isMissing) }
    }

    /// Verifies the posts at `paths`, in their order.
    ///
    /// - Parameters:
    ///   - paths: Where each is opened, the name to print, and its path in the archive when it lies there.
    ///   - progress: Told the number of posts looked at, now and then.
    /// - Returns: A verdict for each.
    /// - Throws: `Problem` when the log cannot be read.
    public func verify(
        _ paths: [(place: RawPath, name: String, path: RawPath?)], progress: (Int) -> Void = { _ in }
    ) throws(Problem) -> [PostVerdict] {
        let index = view.currentIndex()
        let context = view.context
        let workers: Runs<Worker>
        do {
            let threads = min(coreCount, (paths.count - 1) / PostVerifier.postsInRun + 1)
            workers = Runs(try (0..<max(1, threads)).map { _ in try Worker(context) }, length: PostVerifier.postsInRun)
        } catch {
            throw Problem(any: error)
        }
        var items: [Item] = []
        while items.count < paths.count {
            let start = items.count
            let batch = paths[start..<min(start + PostVerifier.window, paths.count)]
            let runs = try workers.over(batch.count) { (worker, range) throws(Problem) -> [Item] in
                do {
                    return try batch[(start + range.lowerBound)..<(start + range.upperBound)].map {
                        try worker.item($0, index)
                    }
                } catch {
                    throw Problem(any: error)
                }
            }
            items += runs.joined()
            progress(items.count)
        }
        if items.contains(where: \.wantsScan) { try resolve(&items) }
        return items.map(\.verdict)
    }

    // MARK: With a hint

    /// Confined: `Runs` lends a worker to one thread at a time.
    private final class Worker: @unchecked Sendable {
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

        /// What the index has to say of a post; looked up at once, judged without the index.
        private struct Hints {
            var entries: [UInt64] = []
            var placed: [UInt64] = []
            var sameAddress: [UInt64] = []
        }

        func item(_ post: (place: RawPath, name: String, path: RawPath?), _ index: Index?) throws -> Item {
            var item = Item(verdict: PostVerdict(path: post.name), place: post.place, path: post.path)
            let bytes: [UInt8]
            do { bytes = try readFile(post.place, limit: Post.maximumSize).bytes } catch {
                guard error.isMissing, post.path != nil else {
                    item.verdict.problems.append(Problem(.unreadable, post.name, error.reason))
                    return item
                }
                item.isMissing = true
                return item
            }
            let digest = try comparison.digest(bytes)
            item.sha256 = digest
            // A damaged index, or a hint into a damaged part of the log, only means that the scan decides.
            if let index, let hints = try? hints(index, digest, post.path),
                let (entry, examination) = try? best(hints.entries, digest),
                examination.signature.standing != .failed, hints.placed.last.map({ $0 == entry }) ?? true
            {
                try judge(&item.verdict, bytes, try reader.entry(entry), entry, examination)
                item.verdict.earlier = try others(hints.placed, hints.sameAddress, than: entry)
                return item
            }
            item.source = (try? Post(parsing: bytes))?.source
            return item
        }

        private func hints(_ index: Index, _ digest: Digest, _ path: RawPath?) throws -> Hints {
            try index.read { lookup in
                var hints = Hints()
                // With a key-life entry that cannot be read no signer is known: the scan finds it, and says so.
                guard try lookup.critical() == nil else { return hints }
                hints.entries = try lookup.entries(digest)
                if let path { hints.placed = try lookup.placements(root: ".", path: path).map(\.entry) }
                if let first = hints.entries.first, let row = try lookup.row(first) {
                    hints.sameAddress = try lookup.entries(source: row.source).map(\.index)
                }
                return hints
            }
        }

        /// The entry that counts among those of one digest: "the earliest valid record counts".
        func best(_ entries: [UInt64], _ digest: Digest) throws -> (entry: UInt64, EntryExamination)? {
            var fallback: (entry: UInt64, EntryExamination)?
            for index in entries where index < reader.size {
                let examination = examiner.examine(try reader.entry(index)[...], index: index)
                guard examination.post?.sha256 == digest else { continue }
                if examination.signature.standing == .proven { return (index, examination) }
                let isBetter = fallback.map {
                    $0.1.signature.standing == .failed && examination.signature.standing != .failed
                }
                if isBetter ?? true { fallback = (index, examination) }
            }
            return fallback
        }

        /// Other records of the same place or address.
        func others(_ placed: [UInt64], _ sources: [UInt64], than entry: UInt64?) throws -> [PostVerdict.Earlier] {
            var found: [UInt64: String] = [:]
            for index in sources where index != entry { found[index] = "same address" }
            for index in placed where index != entry { found[index] = "same place" }
            return try found.sorted { $0.key < $1.key }.compactMap { index, reason in
                guard index < reader.size else { return nil }
                let bytes = try reader.entry(index)
                guard let text = History.noteText(bytes[...]), let record = try? PostRecord(parsing: text) else {
                    return nil
                }
                return PostVerdict.Earlier(
                    index: index, reason: reason, sha256: record.sha256, recorded: record.recorded)
            }
        }

        /// Judges a post whose record is the entry at `index`.
        func judge(
            _ verdict: inout PostVerdict, _ bytes: [UInt8], _ entry: [UInt8], _ index: UInt64,
            _ examination: EntryExamination
        ) throws {
            verdict.index = index
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
        var wantedDigests: [Digest: [UInt64]] = [:]
        var wantedPaths: [RawPath: [UInt64]] = [:]
        var wantedSources: [ExactText: [UInt64]] = [:]
        for item in items where item.wantsScan {
            if let digest = item.sha256 { wantedDigests[digest] = [] }
            if let path = item.path { wantedPaths[path] = [] }
            if let source = item.source { wantedSources[source] = [] }
        }
        var critical: String?
        try view.wrapped {
            try History.scan(view.reader, accessions: view.archive.accessions) { event in
                switch event {
                case .post(let index, let record):
                    wantedDigests[record.sha256]?.append(index)
                    wantedSources[record.source]?.append(index)
                case .line(_, ".", let line):
                    if let entry = line.entry, entry < view.size { wantedPaths[line.path]?.append(entry) }
                case .other(_, .critical(let kind)): critical = kind.string
                case .line, .accession, .other: break
                }
            }
            let worker = try Worker(view.context)
            for place in items.indices where items[place].wantsScan {
                let path = items[place].path.flatMap { wantedPaths[$0] } ?? []
                let source = items[place].source.flatMap { wantedSources[$0] } ?? []
                try decide(&items[place], worker, path, items[place].sha256.flatMap { wantedDigests[$0] } ?? [])
                items[place].verdict.earlier = try worker.others(path, source, than: items[place].verdict.index)
                if let critical { items[place].verdict.forgetSigner(critical) }
            }
        }
    }

    private func decide(
        _ item: inout Item, _ worker: Worker, _ placed: [UInt64], _ entries: [UInt64]
    ) throws {
        let name = item.verdict.path
        guard let digest = item.sha256 else {
            item.verdict.problems.append(
                placed.last.map {
                    Problem(.missing, name, "entry \($0) was recorded here; there is no file any more")
                } ?? Problem(.unreadable, name, "there is no such file, and none was ever registered here"))
            return
        }
        let bytes = try readFile(item.place, limit: Post.maximumSize).bytes
        guard try worker.comparison.digest(bytes) == digest else {
            item.verdict.problems.append(Problem(.unreadable, name, "the file changed while it was verified"))
            return
        }
        guard let (entry, examination) = try worker.best(entries, digest) else {
            return try unrecorded(&item.verdict, bytes, at: placed, worker)
        }
        try worker.judge(&item.verdict, bytes, try worker.reader.entry(entry), entry, examination)
        // "At a recorded path bytes decide first: a file that differs is altered."
        if let last = placed.last, !entries.contains(last) {
            let problem = Problem(
                .altered, name, "entry \(last) was recorded here last; these are the bytes of entry \(entry)")
            item.verdict.problems.append(problem)
            item.verdict.claims = item.verdict.claims.map {
                $0.subject == .content ? Claim(.content, .failed, problem: problem) : $0
            }
        }
    }

    /// A post whose bytes are in no record: altered when something was recorded at its place, else not recorded.
    private func unrecorded(
        _ verdict: inout PostVerdict, _ bytes: [UInt8], at placements: [UInt64], _ worker: Worker
    ) throws {
        guard let last = placements.last else {
            let problem = Problem(
                .notRecorded, verdict.path, "these bytes are in no record of the log's \(view.size) entries",
                advice:
                    "`provenance add` records a post, or says why it cannot; that shows nothing about the time before")
            verdict.claims = [Claim(.content, .unknown, problem: problem), view.checked.claim]
            verdict.problems.append(problem)
            return
        }
        let entry = try worker.reader.entry(last)
        guard let text = History.noteText(entry[...]), let record = try? PostRecord(parsing: text) else {
            verdict.problems.append(
                Problem(.altered, verdict.path, "entry \(last), registered here, is no post's record"))
            return
        }
        let problems = try worker.comparison.changes(bytes, from: record, place: verdict.path, entry: last)
        verdict.record = record
        verdict.claims = [
            problems.first.map { Claim(.content, .failed, problem: $0) } ?? Claim(.content, .failed, "altered"),
            worker.examiner.examine(entry[...], index: last).signature, view.checked.claim,
        ]
        verdict.problems += problems
    }
}

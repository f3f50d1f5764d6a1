import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Verifies posts against the archive's log.
///
/// ```swift
/// let environment = Environment.ofProcess()
/// let archive = try ArchiveFolder.find(given: nil, environment)
/// let verifier = PostVerifier(try LogView(archive, trust: try Trust.folder("/home/me/pinned")))
/// let place = archive.root.appending("lock.md")
/// let post = (place, "lock.md", archive.registeredPlace(place), archive.named(place))
/// for verdict in try verifier.verify([post]) { print("\(verdict.path): \(verdict.status.word)") }
/// ```
///
/// Verdicts are made only from `PostFacts`, read from all entries and registers. The index is not used, so a wrong row
/// cannot change a verdict.
public struct PostVerifier {
    private let view: LogView

    /// A verifier of posts against one checkpoint.
    public init(_ view: LogView) { self.view = view }

    /// Default for the number of other records listed, of the post's address or place.
    public static let maxEarlier = 20

    /// Posts that a core takes at a time.
    private static let postsInRun = 64
    /// Posts between two reports of progress.
    private static let window = 1_024

    /// A post to verify.
    ///
    /// `place` is where it is opened, `name` is printed, and `path` is its place as `RegisteredPlaces` spells it.
    /// `named` is the path below the archive's root as it was spelled, if a link in it leads elsewhere.
    public typealias Subject = (place: RawPath, name: String, path: RawPath?, named: RawPath?)

    /// A post before its record is looked up.
    private struct Item: Sendable {
        var verdict: PostVerdict
        let place: RawPath
        let path: RawPath?
        let named: RawPath?
        var sha256: Digest?
        var sources: [ExactText] = []
        var isMissing = false
    }

    /// Verifies posts, in the order given.
    ///
    /// - Parameters:
    ///   - paths: The posts.
    ///   - earlier: Maximum number of other records of the same address or place listed with each post; more are
    ///     counted.
    ///   - progress: Called now and then with the number of posts read.
    /// - Returns: One verdict for each post.
    /// - Throws: `Problem` if the log cannot be read.
    public func verify(
        _ paths: [Subject], earlier: Int = PostVerifier.maxEarlier, progress: (Int) -> Void = { _ in }
    ) throws(Problem) -> [PostVerdict] {
        let context = view.context
        let workers: WorkerPool<Worker>
        do {
            let threads = min(coreCount, (paths.count - 1) / PostVerifier.postsInRun + 1)
            workers = WorkerPool(
                try (0..<max(1, threads)).map { _ in try Worker(context) }, length: PostVerifier.postsInRun)
        } catch {
            throw Problem(any: error)
        }
        var items: [Item] = []
        items.reserveCapacity(paths.count)
        while items.count < paths.count {
            let batch = paths[items.count..<min(items.count + PostVerifier.window, paths.count)]
            items += try PostVerifier.onWorkers(workers, batch) { (worker, post) in try worker.look(at: post) }
        }
        let facts = try PostFacts.read(context, asking: PostVerifier.question(items))
        let now = try whereabouts(items, facts)
        var verdicts: [PostVerdict] = []
        verdicts.reserveCapacity(items.count)
        while verdicts.count < items.count {
            let batch = items[verdicts.count..<min(verdicts.count + PostVerifier.window, items.count)]
            verdicts += try PostVerifier.onWorkers(workers, batch) { (worker, item) in
                try worker.verdict(item, facts, now: now, earlier: earlier)
            }
            progress(verdicts.count)
        }
        return verdicts
    }

    /// Where posts stand now whose place is empty or holds bytes of no record, from a search of the whole archive.
    private func whereabouts(_ items: [Item], _ facts: PostFacts) throws(Problem) -> [Digest: RawPath] {
        var wanted: Set<PostSearch.Key> = []
        for item in items {
            let placed = [item.path, item.named].compactMap { $0 }.flatMap { facts.placed[$0] ?? [] }
            let isRecorded = item.sha256.map { !(facts.entries[$0] ?? []).isEmpty } ?? false
            guard let last = placed.last, item.isMissing || item.sha256 != nil, !isRecorded else { continue }
            let record = try view.wrapped { PostRecord(entry: try view.reader.entry(last.entry)[...]) }
            if let record { wanted.insert(PostSearch.Key(record)) }
        }
        return try PostSearch.run(wanted, in: view.archive)
    }

    private static func onWorkers<Input: Sendable, Output: Sendable>(
        _ workers: WorkerPool<Worker>, _ batch: ArraySlice<Input>, _ work: @Sendable (Worker, Input) throws -> Output
    ) throws(Problem) -> [Output] {
        let start = batch.startIndex
        let runs = try workers.over(batch.count) { (worker, range) throws(Problem) -> [Output] in
            do {
                return try batch[(start + range.lowerBound)..<(start + range.upperBound)].map { try work(worker, $0) }
            } catch {
                throw Problem(any: error)
            }
        }
        return runs.flatMap { $0 }
    }

    private static func question(_ items: [Item]) -> PostFacts.Question {
        var question = PostFacts.Question()
        for item in items {
            guard item.sha256 != nil || item.isMissing else { continue }
            if let digest = item.sha256 { question.digests.insert(digest) }
            for path in [item.path, item.named].compactMap({ $0 }) { question.paths.insert(path) }
            if item.isMissing, let path = item.path { question.folders.insert(path) }
            question.sources.formUnion(item.sources)
        }
        return question
    }

    /// Reads posts and judges them, with its own reader. Confined: `WorkerPool` gives a worker to one thread at a time.
    private final class Worker: @unchecked Sendable {
        let view: LogContext
        let reader: LogReader
        var examiner: EntryExaminer
        private var bestOfMany: [Digest: (entry: UInt64, EntryExamination)?] = [:]

        init(_ view: LogContext) throws {
            self.view = view
            reader = try view.makeReader()
            examiner = try EntryExaminer(signers: view.signers, origin: view.archive.origin)
        }

        /// Reads a post's digest and address, with which the log is searched.
        func look(at post: Subject) throws -> Item {
            var item = Item(
                verdict: PostVerdict(path: post.name), place: post.place, path: post.path, named: post.named)
            do {
                let bytes = try readFile(post.place, limit: Post.maxSize).bytes
                item.sha256 = SHA256.hash(bytes)
                item.sources = PostText.possibleSources(in: bytes)
            } catch {
                if error.isMissing, post.path != nil {
                    item.isMissing = true
                } else {
                    item.verdict.problems.append(Problem(.unreadable, post.name, error.reason))
                }
            }
            return item
        }

        // MARK: Verdict

        /// The verdict on a post.
        func verdict(
            _ item: Item, _ facts: PostFacts, now: [Digest: RawPath], earlier: Int
        ) throws -> PostVerdict {
            var verdict = item.verdict
            let placed = item.path.flatMap { facts.placed[$0] } ?? []
            // A link placed above a registered place makes other bytes appear there.
            let named = item.named.flatMap { facts.placed[$0] } ?? []
            guard let digest = item.sha256 else {
                if item.isMissing { verdict.problems.append(try missing(item, placed, facts, now)) }
                return verdict
            }
            // Read again, since thousands of posts are not held in memory. The verdict is on the bytes looked up
            // before.
            let bytes: [UInt8]
            do { bytes = try readFile(item.place, limit: Post.maxSize).bytes } catch {
                // A file that disappeared in the meantime must not hide the findings about the others.
                verdict.problems.append(Problem(error))
                return verdict
            }
            guard SHA256.hash(bytes) == digest else {
                verdict.problems.append(
                    Problem(.unreadable, verdict.path, "the file changed while it was verified"))
                return verdict
            }
            if let (entry, examination) = try best(facts.entries[digest] ?? [], digest) {
                try judge(&verdict, bytes, try reader.entry(entry), entry, examination)
                try judgePlace(&verdict, digest, placed)
                try judgePlace(&verdict, digest, named)
                // For a file outside the archive that no available register lists, the place is not judged.
                let isPlaced = item.path.map { !$0.isAbsolute } ?? false || !(placed + named).isEmpty
                if isPlaced || item.named != nil, let problem = facts.missingRegister {
                    verdict.problems.append(problem)
                }
            } else {
                try unrecorded(&verdict, bytes, at: (placed + named).map(\.entry), now)
            }
            // Of what the bytes may state, the record says what counts.
            let isVersion2 = verdict.index != nil && verdict.record?.version == .v2
            let stated = isVersion2 ? verdict.record?.source.map { [$0] } ?? [] : item.sources
            // Thousands of records may state one address: only where a post may state several are they copied.
            let sources =
                stated.count > 1
                ? Set(stated).flatMap { facts.sameSource[$0] ?? [] }.sorted { $0.index < $1.index }
                : stated.first.flatMap { facts.sameSource[$0] } ?? []
            try list(earlier, of: placed, sources, in: &verdict)
            if let kind = facts.unreadableKeyLife { verdict.forgetSigner(kind) }
            return verdict
        }

        private func missing(
            _ item: Item, _ placed: [PostFacts.Placed], _ facts: PostFacts, _ now: [Digest: RawPath]
        ) throws -> Problem {
            if let last = placed.last {
                if let path = try recorded(last.entry).flatMap({ now[$0.sha256] }) {
                    return Problem(
                        .moved, item.verdict.path,
                        "entry \(last.entry) was recorded here; its bytes stand at \(path) now",
                        advice: "provenance verify \(path)")
                }
                return Problem(
                    .missing, item.verdict.path, "entry \(last.entry) was recorded here; there is no file any more")
            }
            if let path = item.path, facts.below[path] != nil {
                return Problem(
                    .unreadable, item.verdict.path, "there is no such folder; posts were registered below it",
                    advice: "`provenance status` says whether they have moved or are missing")
            }
            return facts.missingRegister
                ?? Problem(
                    .unreadable, item.verdict.path, "there is no such file, and none was ever registered here",
                    advice: "check the name; `provenance list` shows what is on record")
        }

        /// Judges whether these bytes belong at their place.
        private func judgePlace(
            _ verdict: inout PostVerdict, _ digest: Digest, _ placed: [PostFacts.Placed]
        ) throws {
            // "At a recorded path bytes decide first: a file that differs is altered."
            if let last = placed.last, try recorded(last.entry)?.sha256 != digest {
                let here = verdict.index.map { "entry \($0)" } ?? "another record"
                let problem = Problem(
                    .altered, verdict.path,
                    "entry \(last.entry) was recorded here last; these are the bytes of \(here)")
                verdict.problems.append(problem)
                verdict.claims = verdict.claims.map {
                    $0.subject == .content ? Claim(.content, .failed, problem: problem) : $0
                }
            } else if let (before, now) = try unresolved(placed) {
                verdict.problems.append(
                    Problem(
                        code: Problem.Code.replaced.name, place: verdict.path,
                        reason: "entry \(before) stood here before; the change is unresolved",
                        advice: "compare the two: provenance show \(before), provenance show \(now)",
                        status: .inconclusive))
            }
        }

        /// The last unresolved replacement at a place.
        private func unresolved(_ placed: [PostFacts.Placed]) throws -> (before: UInt64, now: UInt64)? {
            guard placed.count > 1 else { return nil }
            var found: (before: UInt64, now: UInt64)?
            var before = try recorded(placed[0].entry)?.sha256
            for place in placed.indices.dropFirst() {
                let digest = try recorded(placed[place].entry)?.sha256
                if placed[place].makesFinding, digest != before {
                    found = (placed[place - 1].entry, placed[place].entry)
                }
                before = digest
            }
            return found
        }

        /// The record in an entry; `nil` for an entry of another kind.
        private func recorded(_ entry: UInt64) throws -> PostRecord? {
            PostRecord(entry: try reader.entry(entry)[...])
        }

        /// The valid entry among those of one digest: "the earliest valid record counts".
        func best(_ entries: [UInt64], _ digest: Digest) throws -> (entry: UInt64, EntryExamination)? {
            // Cached, since a digest with many entries often has many files.
            if let known = bestOfMany[digest] { return known }
            let found = try firstValid(entries, digest)
            if entries.count > 1 { bestOfMany.updateValue(found, forKey: digest) }
            return found
        }

        private func firstValid(_ entries: [UInt64], _ digest: Digest) throws -> (entry: UInt64, EntryExamination)? {
            var fallback: (rank: Int, entry: UInt64, EntryExamination)?
            for index in entries where index < reader.size {
                let examination = examiner.examine(try reader.entry(index)[...], index: index)
                guard examination.post?.sha256 == digest else { continue }
                let rank: Int
                switch examination.signature.standing {
                case .proven:
                    // "a *plain* record may be followed by one that reads more", which then counts.
                    guard examination.post?.form == .plain else { return (index, examination) }
                    rank = 2
                case .failed: rank = 0
                case .asserted, .unknown: rank = 1
                }
                if rank > fallback?.rank ?? -1 { fallback = (rank, index, examination) }
            }
            return fallback.map { ($0.entry, $0.2) }
        }

        /// Lists other records of the same place, then of the same address, and counts those beyond the limit.
        private func list(
            _ most: Int, of placed: [PostFacts.Placed], _ sources: [PostFacts.Other], in verdict: inout PostVerdict
        ) throws {
            guard most > 0 else { return }
            let index = verdict.index
            let places = Set(placed.map(\.entry).filter { $0 != index })
            var found: [PostVerdict.Earlier] = []
            for place in places.sorted().suffix(most) {
                guard let record = try recorded(place) else { continue }
                found.append(
                    PostVerdict.Earlier(
                        index: place, reason: "same place", sha256: record.sha256, recorded: record.recorded))
            }
            // Thousands of records may state one address; only as many as are listed are examined.
            let isElsewhere = { (other: PostFacts.Other) in other.index != index && !places.contains(other.index) }
            for other in sources.reversed().lazy.filter(isElsewhere).prefix(most - found.count) {
                found.append(
                    PostVerdict.Earlier(
                        index: other.index, reason: "same address", sha256: other.sha256, recorded: other.recorded))
            }
            verdict.earlier = found.sorted { $0.index < $1.index }
            let both = places.union(index.map { [$0] } ?? []).count { PostFacts.contains(sources, $0) }
            verdict.earlierCount = places.count + sources.count - both
        }

        /// Judges a post, given the index of its record's entry.
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
            let content = PostComparison.claims(bytes, record, path: verdict.path)
            if content.problems.isEmpty { verdict.warnings = record.warnings(over: bytes) }
            let inclusion = EntryCheck.inclusion(
                named: entry, at: index, by: try reader.inclusionProof(index).hashes, in: view.checked)
            let parts = content.claims.filter { $0.subject == .content }
            let rest = content.claims.filter { $0.subject != .content }
            verdict.claims += parts + [examination.signature, inclusion, view.checked.claim] + rest
            verdict.problems += content.problems
        }

        /// The verdict for bytes in no record: altered if something is recorded at their place, else not recorded.
        private func unrecorded(
            _ verdict: inout PostVerdict, _ bytes: [UInt8], at placements: [UInt64], _ now: [Digest: RawPath]
        ) throws {
            guard let last = placements.last else {
                let problem = Problem(
                    .notRecorded, verdict.path, "these bytes are in no record of the log's \(view.size) entries",
                    advice: verdict.path.hasSuffix(".md")
                        ? "`provenance add` records a post, or says why it cannot; that shows nothing about the time before"
                        : "a post ends in .md, a manifest in .json: was another file meant?")
                verdict.claims = [Claim(.content, .unknown, problem: problem), view.checked.claim]
                verdict.problems.append(problem)
                return
            }
            let entry = try reader.entry(last)
            guard let record = PostRecord(entry: entry[...]) else {
                verdict.problems.append(
                    Problem(.altered, verdict.path, "entry \(last), registered here, is no post's record"))
                return
            }
            var problems = PostComparison.changes(bytes, from: record, place: verdict.path, entry: last)
            if let path = now[record.sha256], let first = problems.first {
                problems[0] = Problem(
                    code: first.code, place: first.place,
                    reason: first.reason + "; the recorded bytes stand at \(path) now", advice: first.advice,
                    status: first.status)
            }
            verdict.record = record
            verdict.claims = [
                problems.first.map { Claim(.content, .failed, problem: $0) } ?? Claim(.content, .failed, "altered"),
                examiner.examine(entry[...], index: last).signature, view.checked.claim,
            ]
            verdict.problems += problems
        }
    }
}

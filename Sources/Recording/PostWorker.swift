import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// The result of examining one file, before results are ordered.
struct ExaminedPost: Sendable {
    /// What the file is.
    enum Finding: Sendable {
        /// An entry, which was read, records its bytes; `isPlaced` says whether its place is registered too.
        case known(UInt64, isPlaced: Bool)
        /// A new signed record, with its leaf hash.
        case fresh(FreshRecord, note: [UInt8], leaf: Digest)
        /// The file is not a post; `isOld` says whether an earlier register lists this refusal.
        case refused(Problem, isOld: Bool)
        /// It lies in an ignored folder, and its place is not registered.
        case notLookedAt(in: RawPath)
        /// The rules in force leave it out, and its place is not registered.
        case leftOut
    }

    let candidate: Candidate
    let sha256: Digest?
    let size: UInt64?
    let warnings: [PostWarning]
    let finding: Finding
    /// The entry registered here last, if it records other bytes.
    var replaced: ReplacedPost?
    /// Claims that the rules require and its new record does not make.
    var lost: [String] = []
    /// What would accept a refused file.
    var acceptance: Recorder.Acceptance?
}

/// The earlier record of a post's place, and the current one.
struct ReplacedPost: Sendable {
    let before: UInt64
    let record: PostRecord?
    /// The record of the current bytes; `nil` if they are not a post.
    let now: PostRecord?
    let status: FileStatus?
}

/// Reads, hashes, looks up and signs posts. There is one worker for each core, and each reuses its signer.
///
/// Used by one thread at a time.
final class PostWorker: @unchecked Sendable {
    // Confined: `WorkerPool` gives a worker to one thread at a time.
    private var signer: NoteSigner
    private let reader: LogReader
    private var examiner: EntryExaminer
    private let state: RecordedState
    private let posts: PostFilter
    /// Claims that a post must make.
    private let required: [String]
    private let roots: [String]
    private let rules: ReadingRules
    private let origin: String

    /// A worker on a log, given what is recorded there and the rules in force.
    init(
        _ session: any SequencerSession, _ archive: ArchiveFolder, _ state: RecordedState, _ rules: RulesInForce,
        reading: ReadingRules, roots: [String]
    ) throws(Problem) {
        do {
            let (name, key) = session.signer
            signer = try NoteSigner(name: name, key: key)
            reader = try LogReader(archive.storage, session.base.checkpoint)
            examiner = try EntryExaminer(
                signers: try Recorder.signers(session, archive, rules), origin: archive.origin)
        } catch {
            throw Problem(any: error)
        }
        self.state = state
        self.roots = roots
        posts = rules.posts
        required = rules.configuration.words(.require).map(\.description)
        self.rules = reading
        origin = archive.origin
    }

    /// Examines a slice of files.
    func examine(_ candidates: ArraySlice<Candidate>, recorded: Int64) throws(Problem) -> [ExaminedPost] {
        do { return try candidates.map { try examine($0, recorded) } } catch { throw Problem(any: error) }
    }

    private func examine(_ candidate: Candidate, _ recorded: Int64) throws -> ExaminedPost {
        let root = candidate.root < roots.count ? roots[candidate.root] : "."
        func refuse(_ problem: Problem, _ content: FileContent? = nil, _ sha256: Digest? = nil) throws -> ExaminedPost {
            let isOld = state.isRefused(root: root, path: candidate.path, digest: sha256, code: problem.code)
            var post = ExaminedPost(
                candidate: candidate, sha256: sha256, size: content.map { UInt64($0.bytes.count) }, warnings: [],
                finding: .refused(problem, isOld: isOld))
            if let content, let sha256 {
                post.replaced = try replaced(candidate, root, sha256, content.status) { nil }
            }
            return post
        }
        // "An ignore never covers a registered place"
        if candidate.isLeftOut, state.last(root: root, path: candidate.path) == nil {
            return ExaminedPost(candidate: candidate, sha256: nil, size: nil, warnings: [], finding: .leftOut)
        }
        // "registered places are always looked at"
        if let folder = candidate.ignored, state.last(root: root, path: candidate.path) == nil {
            return ExaminedPost(
                candidate: candidate, sha256: nil, size: nil, warnings: [], finding: .notLookedAt(in: folder))
        }
        // For messages; made only when one is needed.
        var name: String { root != "." && candidate.path == "." ? root : candidate.path.description }
        guard candidate.kind == .regular else {
            return try refuse(
                Problem(
                    .notRegular, name, "a \(candidate.kind == .link ? "symbolic link" : "special file")",
                    advice: "links and special files are never followed or opened; name the file itself"))
        }
        if case .named(let place) = candidate.opening, !posts.isPost(place) {
            let endings = posts.endings.map(\.description)
            return try refuse(
                Problem(
                    .notMarkdown, name, "a post's name ends in \(endings.joined(separator: " or "))",
                    advice: PostWorker.ending(of: place).map {
                        "if such files are posts: provenance config suffix \(endings.joined(separator: " ")) \($0) && "
                            + "provenance config approve"
                    } ?? "rename it, if it is a post"))
        }
        let content: FileContent
        do {
            // The walk, or the check of the argument, has just found a regular file here.
            content =
                switch candidate.opening {
                case .named(let place): try readFile(place, limit: Post.maxSize, isListedRegular: true)
                case .found(let folder): try readFile(below: folder, candidate.path, limit: Post.maxSize)
                case .below(let folder): try folder.readListed(candidate.path, limit: Post.maxSize)
                }
        } catch {
            guard error.isTooLarge else { return try refuse(Problem(.unreadable, name, error.reason)) }
            // It exceeds the size limit of posts, so its bytes cannot be on record.
            var post = try refuse(Problem(.tooLarge, name, error.reason))
            post.replaced = try replaced(candidate, root, nil, nil) { nil }
            return post
        }
        let bytes = content.bytes
        let whole = SHA256.hash(bytes)
        let size = UInt64(bytes.count)
        let known = try known(whole, candidate, root)
        if let known, !readsMore(bytes, than: known.record) {
            var post = ExaminedPost(
                candidate: candidate, sha256: whole, size: size, warnings: [],
                finding: .known(known.entry, isPlaced: known.isPlaced))
            if !known.isPlaced {
                post.replaced = try replaced(candidate, root, whole, content.status) { known.record }
            }
            return post
        }
        let post: PostStatement
        do { post = try PostStatement(of: bytes, by: rules) } catch {
            var refused = try refuse(Problem(error, place: name), content, whole)
            if case .refused(_, isOld: false) = refused.finding { refused.acceptance = acceptance(of: bytes) }
            return refused
        }
        let record = post.record(
            of: bytes, whole: whole, signer: signer.verifierKey.name, log: origin, recorded: recorded)
        let note = try signer.sign(record.encoded())
        guard note.count <= EntryBundle.maxEntryBytes else {
            return try refuse(
                Problem(
                    .recordTooLong, name, "a record of \(note.count) bytes; at most \(EntryBundle.maxEntryBytes) fit"),
                content, whole)
        }
        let leaf = MerkleHash.leaf(note)
        var examined = ExaminedPost(
            candidate: candidate, sha256: whole, size: size, warnings: post.warnings,
            finding: .fresh(FreshRecord(record, title: post.title.string), note: note, leaf: leaf))
        examined.replaced = try replaced(candidate, root, whole, content.status) { record }
        examined.lost = required.filter { !PostWorker.makes($0, record) }
        return examined
    }

    /// Whether a record makes a claim that rules may require.
    private static func makes(_ claim: String, _ record: PostRecord) -> Bool {
        switch claim {
        case "source": record.source != nil
        case "dated": record.dated != nil
        case "published": record.published != nil
        default: true
        }
    }

    /// The ending of a name that a setting can hold: a point, then letters and digits.
    private static func ending(of path: RawPath) -> String? {
        let name = path.lastElement.bytes
        guard let point = name.lastIndex(of: UInt8(ascii: ".")), point > 0, name.count - point <= maxEnding else {
            return nil
        }
        let ending = name[point...]
        guard ending.count > 1, ending.dropFirst().allSatisfy({ isAlphanumeric($0) }) else { return nil }
        return String(decoding: ending, as: UTF8.self)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// Maximum bytes of an ending that is proposed.
    private static let maxEnding = 16

    /// Which rules would take a file that these refuse, the less lenient ones first.
    private func acceptance(of bytes: [UInt8]) -> Recorder.Acceptance? {
        var others = rules
        others.recordsV2 = true
        if !rules.recordsV2, (try? PostStatement(of: bytes, by: others)) != nil { return .approving }
        others.acceptsPlain = true
        return (try? PostStatement(of: bytes, by: others)) != nil ? .plain : nil
    }

    /// Whether the rules read more of bytes than a record of them states.
    ///
    /// "Bytes are recorded once, whatever the kind, except: a *plain* record may be followed by one that reads more."
    private func readsMore(_ bytes: [UInt8], than record: PostRecord) -> Bool {
        guard record.form == .plain, let post = try? PostStatement(of: bytes, by: rules) else { return false }
        return post.form != .plain
    }

    /// The entry registered last at a file's place, if it records other bytes.
    private func replaced(
        _ candidate: Candidate, _ root: String, _ digest: Digest?, _ status: FileStatus?, _ now: () -> PostRecord?
    ) throws -> ReplacedPost? {
        guard let before = state.last(root: root, path: candidate.path) else { return nil }
        let record = PostRecord(entry: try reader.entry(before)[...])
        if let digest, record?.sha256 == digest { return nil }
        return ReplacedPost(before: before, record: record, now: now(), status: status)
    }

    /// The entry that records these bytes, read from the log, and whether it was registered last at this place. Entries
    /// of this `add` itself are not considered.
    ///
    /// "The earliest valid record counts": a record without a signature of a published signer is skipped, and the post
    /// is recorded anew. The entry registered at this very place is not verified again.
    private func known(
        _ digest: Digest, _ candidate: Candidate, _ root: String
    ) throws -> (entry: UInt64, isPlaced: Bool, record: PostRecord)? {
        let entries = state.entries(digest)
        guard !entries.isEmpty else { return nil }
        let last = state.last(root: root, path: candidate.path)
        var plain: (entry: UInt64, isPlaced: Bool, record: PostRecord)?
        if let last, entries.contains(last), let record = PostRecord(entry: try reader.entry(last)[...]),
            record.sha256 == digest
        {
            guard record.form == .plain else { return (last, true, record) }
            plain = (last, true, record)
        }
        for index in entries {
            let entry = try reader.entry(index)
            guard let record = PostRecord(entry: entry[...]), record.sha256 == digest,
                examiner.examine(entry[...], index: index).signature.standing == .proven
            else { continue }
            // A record that reads more than a plain one counts, although it comes later.
            guard record.form == .plain else { return (index, false, record) }
            plain = plain ?? (index, false, record)
        }
        return plain
    }
}

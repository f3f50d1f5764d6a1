import Files
import Log
import Merkle
import Note
import OpenSSL
import Post

/// What became of one file before anything was decided in order.
struct ExaminedPost: Sendable {
    /// What the file is.
    enum Finding: Sendable {
        /// Its bytes stand in the log under this entry, which was read; `isPlaced` says whether this place is known.
        case known(UInt64, isPlaced: Bool)
        /// A record, signed, with its leaf hash.
        case fresh(FreshRecord, note: [UInt8], leaf: Digest)
        /// It is no post; `isOld` says whether an earlier register has it.
        case refused(Problem, isOld: Bool)
    }

    let candidate: Candidate
    let sha256: Digest?
    let size: UInt64?
    let warnings: [PostWarning]
    let finding: Finding
}

/// What the index is to know of a post; an object, for it is passed from hand to hand.
final class FreshRecord: Sendable {
    let record: PostRecord
    let title: String

    init(_ record: PostRecord, title: String) {
        self.record = record
        self.title = title
    }
}

/// Reads, digests, looks up and signs posts: one worker a core, its hashers and signer used again for each file.
///
/// Used by one thread at a time.
final class PostWorker: @unchecked Sendable {
    // Confined: `Runs` lends a worker to one thread at a time.
    private var sha: SHA256
    private var hasher: MerkleHasher
    private var signer: NoteSigner
    private let reader: LogReader
    private var examiner: EntryExaminer
    private let index: Index
    private let recorded: RecordedDigests?
    private let roots: [String]

    /// A worker on a log. A "no" of the index is compared with `recorded`, `nil` for an index just made of the log.
    init(_ log: SignedLog, index: Index, recorded: RecordedDigests?, roots: [String]) throws(Problem) {
        do {
            signer = try NoteSigner(name: log.signerName, key: log.signerKey)
            sha = try SHA256()
            hasher = try MerkleHasher()
            reader = try LogReader(log.archive.storage, log.reader.checkpoint)
            let published = (try? Trust.folder(log.archive.keys))?.sets.flatMap(\.signers) ?? []
            let own = try VerifierKey(name: log.signerName, kind: .ed25519, publicKey: log.signerKey.publicKey.raw)
            examiner = try EntryExaminer(
                signers: published.filter { $0 != own } + [own], origin: log.archive.origin)
        } catch {
            throw Problem(any: error)
        }
        self.index = index
        self.recorded = recorded
        self.roots = roots
    }

    /// Examines a run of files with one session of look-ups.
    func examine(_ candidates: ArraySlice<Candidate>, recorded: Int64) throws(Problem) -> [ExaminedPost] {
        do {
            // In a log without entries there is nothing to look up.
            guard reader.size > 0 else { return try candidates.map { try examine($0, recorded, nil) } }
            return try index.read { lookup in
                try candidates.map { try examine($0, recorded, lookup) }
            }
        } catch {
            throw Problem(any: error)
        }
    }

    private func examine(_ candidate: Candidate, _ recorded: Int64, _ lookup: IndexLookup?) throws -> ExaminedPost {
        func refuse(_ problem: Problem, _ sha256: Digest? = nil, _ size: UInt64? = nil) throws -> ExaminedPost {
            let isOld =
                try lookup?.isRefused(
                    root: roots[candidate.root], path: candidate.path, digest: sha256, code: problem.code) ?? false
            return ExaminedPost(
                candidate: candidate, sha256: sha256, size: size, warnings: [], finding: .refused(problem, isOld: isOld)
            )
        }
        // Words for a message; most files need none.
        var name: String {
            candidate.root < roots.count && roots[candidate.root] != "." && candidate.path == "."
                ? roots[candidate.root] : candidate.path.description
        }
        guard candidate.kind == .regular else {
            return try refuse(
                Problem(
                    .notRegular, name, "a \(candidate.kind == .link ? "symbolic link" : "special file")",
                    advice: "links and special files are never followed or opened; name the file itself"))
        }
        if case .named(let place) = candidate.opening, !place.bytes.suffix(3).elementsEqual(Array(".md".utf8)) {
            return try refuse(Problem(.notMarkdown, name, "a post's name ends in .md"))
        }
        let bytes: [UInt8]
        do {
            // The walk, or the look at the argument, has just found a regular file here.
            let content =
                switch candidate.opening {
                case .named(let place): try readFile(place, limit: Post.maximumSize, isListedRegular: true)
                case .found(let folder): try readFile(below: folder, candidate.path, limit: Post.maximumSize)
                case .below(let folder): try folder.readListed(candidate.path, limit: Post.maximumSize)
                }
            bytes = content.bytes
        } catch {
            let code: Problem.Code = error.number == 27 ? .tooLarge : .unreadable
            return try refuse(Problem(code, name, error.reason))
        }
        sha.update(bytes)
        let whole = try sha.finish()
        let size = UInt64(bytes.count)
        if let lookup, let (entry, isPlaced) = try recordedEntry(whole, candidate, lookup) {
            return ExaminedPost(
                candidate: candidate, sha256: whole, size: size, warnings: [],
                finding: .known(entry, isPlaced: isPlaced))
        }
        let post: Post
        do { post = try Post(parsing: bytes) } catch {
            return try refuse(Problem(error, place: name), whole, size)
        }
        let digests = try PostDigests.compute(bytes, post, whole: whole, &sha, &hasher)
        let record = PostRecord(post, digests, signer: signer.verifierKey.name, recorded: recorded)
        let note = try signer.sign(record.encoded())
        guard note.count <= EntryBundle.longestEntry else {
            return try refuse(
                Problem(
                    .recordTooLong, name, "a record of \(note.count) bytes; at most \(EntryBundle.longestEntry) fit"),
                whole, size)
        }
        let leaf = try hasher.leaf(note)
        return ExaminedPost(
            candidate: candidate, sha256: whole, size: size, warnings: post.warnings,
            finding: .fresh(FreshRecord(record, title: post.title.string), note: note, leaf: leaf))
    }

    /// The entry that records these bytes, read from the log: the index only says where to look. What this `add` itself
    /// records does not count here.
    ///
    /// "The earliest valid record counts": one without a signature of a signer that the archive publishes is passed over,
    /// and the post is recorded anew. What a register has at this very place is not verified again.
    private func recordedEntry(
        _ digest: Digest, _ candidate: Candidate, _ lookup: IndexLookup
    ) throws -> (entry: UInt64, isPlaced: Bool)? {
        // Where there are new posts, the second of them is answered from memory.
        if recorded?.isMissing(digest) == true { return nil }
        let hints = try lookup.entries(digest).filter { $0 < reader.size }
        let (found, passedOver) = try valid(hints, digest, candidate, lookup)
        if let found { return found }
        guard let recorded, try recorded.count(digest) > passedOver else { return nil }
        // The log has it, and the index does not lead there.
        let others = try recorded.entries(digest).filter { !hints.contains($0) }
        guard let missed = try valid(others, digest, candidate, lookup).found else { return nil }
        recorded.noteWrongIndex()
        return missed
    }

    /// The first of some entries that is a valid record of a digest, or how many records of it are not.
    private func valid(
        _ hints: [UInt64], _ digest: Digest, _ candidate: Candidate, _ lookup: IndexLookup
    ) throws -> (found: (entry: UInt64, isPlaced: Bool)?, passedOver: Int) {
        var passedOver = 0
        for hint in hints {
            let entry = try reader.entry(hint)
            guard let text = History.noteText(entry[...]), let record = try? PostRecord(parsing: text),
                record.sha256 == digest
            else { continue }
            if try lookup.isPlaced(root: roots[candidate.root], path: candidate.path, entry: hint) {
                return ((hint, true), passedOver)
            }
            if examiner.examine(entry[...], index: hint).signature.standing == .proven {
                return ((hint, false), passedOver)
            }
            passedOver += 1
        }
        return (nil, passedOver)
    }
}

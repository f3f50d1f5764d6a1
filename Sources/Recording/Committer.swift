import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// Puts examined posts on the record in their order: log, register, index. On one thread, the publishing one.
final class Committer: @unchecked Sendable {
    // Confined to the committing thread; `outcome` is read after that has done everything.
    private(set) var outcome: Recorder.Outcome
    private let log: SignedLog
    /// Takes the rows; `nil` where there is no index to be had.
    private let index: IndexWriter?
    private let roots: [String]
    private let options: Recorder.Options
    private let environment: Environment
    private let progress: @Sendable (UInt64) -> Void
    /// Why the index is not what the log holds any more.
    private(set) var indexFailure: IndexError?
    private var register: RegisterWriter?
    /// What this `add` has recorded: the entry by the mark of the digest, a hint that is compared with the entry before it counts.
    private var recordedHere: [UInt64: UInt64] = [:]
    private let key = MarkKey()
    /// What the batch that is not committed yet records; the first of these entries.
    private var uncommitted: (first: UInt64, digests: [Digest]) = (0, [])
    /// Reads what this `add` has committed; made anew after each commit, when it is wanted.
    private var committed: LogReader?
    private var seen: UInt64 = 0

    init(
        _ log: SignedLog, index: (any ArchiveIndex)?, roots: [String], options: Recorder.Options,
        environment: Environment,
        progress: @escaping @Sendable (UInt64) -> Void
    ) {
        self.log = log
        self.index = index.map { IndexWriter($0, roots: roots) }
        self.roots = roots
        self.options = options
        self.environment = environment
        self.progress = progress
        outcome = Recorder.Outcome(checkpoint: log.reader.checkpoint)
        outcome.first = log.reader.size
    }

    /// Records a batch, as the runs in which it was examined. The last one closes with the accession, in the same commit.
    func commit(_ runs: [[ExaminedPost]], closes: Bool) throws {
        // The last commit writes its own rows only: those before it are taken into the index beside its fsyncs.
        if closes { onIndex { try $0.writeBeforeLast(size: outcome.checkpoint.size) } }
        uncommitted = (log.writer.size, [])
        let count = runs.reduce(0) { $0 + $1.count }
        var salts = try environment.random(count * RegisterLine.saltCount)[...]
        for posts in runs {
            for post in posts {
                let salt = Array(salts.prefix(RegisterLine.saltCount))
                salts = salts.dropFirst(RegisterLine.saltCount)
                try record(post, salt: salt)
            }
        }
        seen += UInt64(count)
        var accession: (index: UInt64, record: AccessionRecord)?
        if closes { accession = try close() }
        if log.writer.size > outcome.checkpoint.size {
            try log.writer.commit()
            try log.rememberSigned()
            outcome.checkpoint = log.writer.checkpoint
            committed = nil
            options.logger.debug(
                "committed", metadata: ["size": "\(outcome.checkpoint.size)", "files": "\(seen)"])
        }
        onIndex {
            if closes {
                try $0.close(accession, size: outcome.checkpoint.size, root: outcome.checkpoint.root)
            } else {
                try $0.writeIfDue(size: outcome.checkpoint.size)
            }
        }
        progress(seen)
    }

    /// The index is derived and comes last: where it fails it is built again by the next command, and what is recorded and
    /// reported does not hang on it.
    private func onIndex(_ body: (IndexWriter) throws -> Void) {
        guard indexFailure == nil, let index else { return }
        do { try body(index) } catch { indexFailure = IndexError(any: error) }
    }

    private func record(_ post: ExaminedPost, salt: [UInt8]) throws {
        var fate: RegisterLine.Fate?
        var made: FreshRecord?
        switch post.finding {
        case .known(let entry, let isPlaced):
            if isPlaced {
                outcome.unchanged += 1
            } else {
                outcome.known += 1
                fate = .known(entry)
            }
        case .refused(let problem, let isOld):
            // What could not be read was not seen: whether it is unchanged nobody knows, so that is said each time.
            let isUnseen = problem.code == Problem.Code.unreadable.name
            if isUnseen { outcome.unreadable.append(problem) }
            if !isOld {
                outcome.refused += 1
                if !isUnseen { outcome.refusals.append(problem) }
                fate = .refused(problem.code)
            } else if !isUnseen {
                outcome.unchanged += 1
            }
        case .fresh(let fresh, let note, let leaf):
            let digest = fresh.record.sha256
            if let entry = try recorded(digest) {
                outcome.known += 1
                fate = .known(entry)
                break
            }
            let entry = try log.writer.append(note, leaf: leaf)
            recordedHere[key.mark(digest)] = entry
            uncommitted.digests.append(digest)
            if outcome.recorded == 0 { outcome.first = entry }
            outcome.recorded += 1
            outcome.bytes += post.size ?? 0
            fate = .recorded(entry)
            made = fresh
            for warning in post.warnings {
                let code = warning.code.rawValue
                outcome.warnings[
                    code, default: (0, "\(post.candidate.path):\(warning.line): \(warning.message)")
                ].count += 1
            }
        }
        if let replaced = post.replaced { note(replaced, post, fate) }
        guard let fate else { return }
        let line = RegisterLine(
            root: post.candidate.root, path: post.candidate.path, sha256: post.sha256, size: post.size, fate: fate,
            salt: salt)
        let register = try register ?? RegisterWriter(log.archive.registers, roots: roots)
        self.register = register
        try register.append(line)
        if indexFailure == nil { index?.add(line, made) }
    }

    /// Notes that a place holds other bytes than before.
    private func note(_ replaced: ReplacedPost, _ post: ExaminedPost, _ fate: RegisterLine.Fate?) {
        let root = roots[post.candidate.root]
        let name = root == "." ? post.candidate.path : RawPath(root).appending(post.candidate.path)
        let now: UInt64? =
            switch fate {
            case .recorded(let entry), .known(let entry): entry
            case .refused, nil: nil
            }
        outcome.replaced.append(
            Replacement(
                name.description, before: (replaced.before, replaced.record), now: now,
                found: PostInHand(record: replaced.now, status: replaced.status)))
    }

    /// The entry under which this `add` recorded a digest, if it did: read before it counts.
    private func recorded(_ digest: Digest) throws -> UInt64? {
        guard let entry = recordedHere[key.mark(digest)] else { return nil }
        if entry >= uncommitted.first {
            let place = Int(clamping: entry - uncommitted.first)
            return place < uncommitted.digests.count && uncommitted.digests[place] == digest ? entry : nil
        }
        let reader = try committed ?? LogReader(log.archive.storage, outcome.checkpoint)
        committed = reader
        return PostRecord(entry: try reader.entry(entry)[...])?.sha256 == digest ? entry : nil
    }

    /// Makes the register durable and appends the accession entry, if there is anything to say.
    private func close() throws -> (UInt64, AccessionRecord)? {
        if register == nil, options.heartbeat {
            register = try RegisterWriter(log.archive.registers, roots: roots)
        }
        guard let register else { return nil }
        let lines = register.lines
        let root = try register.finish()
        let record = AccessionRecord(
            signer: log.signerName, log: log.archive.origin, recorded: try environment.time(),
            version: options.version,
            first: Int(clamping: outcome.first), posts: Int(clamping: outcome.recorded),
            known: Int(clamping: outcome.known), refused: Int(clamping: outcome.refused),
            unchanged: Int(clamping: outcome.unchanged), register: root, lines: lines)
        var signer = try NoteSigner(name: log.signerName, key: log.signerKey)
        let note = try signer.sign(record.encoded())
        let index = try log.writer.append(note, leaf: MerkleHash.leaf(note))
        outcome.accession = index
        outcome.lines = lines
        self.register = nil
        return (index, record)
    }

    /// Drops an unfinished register.
    func abandon() {
        register?.abandon()
        index?.abandon()
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// Writes examined posts to log, register and index, in the order of the walk, on one thread.
final class Committer: @unchecked Sendable {
    // Confined to the committing thread; `outcome` is read after that thread has finished.
    private(set) var outcome: Recorder.Outcome
    private let log: SignedLog
    /// Receives the rows; `nil` if the index cannot be opened.
    private let index: IndexWriter?
    private let roots: [String]
    private let options: Recorder.Options
    private let environment: Environment
    private let progress: @Sendable (UInt64) -> Void
    /// The error that left the index behind the log.
    private(set) var indexFailure: IndexError?
    private var register: RegisterWriter?
    /// The entries that this `add` has recorded, by mark of the digest. Only a hint: an entry is read before it counts.
    private var recordedHere: [UInt64: UInt64] = [:]
    private let key = MarkKey()
    /// The digests that the uncommitted batch records, and the first of its entries.
    private var uncommitted: (first: UInt64, digests: [Digest]) = (0, [])
    /// A reader of the entries that this `add` has committed, made when needed after each commit.
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

    /// Records a batch, in the slices in which it was examined. The last batch also closes the accession, in the same
    /// commit.
    func commit(_ runs: [[ExaminedPost]], closes: Bool) throws {
        // The last commit writes only its own rows: earlier ones are written to the index during its fsyncs.
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

    /// Runs an operation on the index. A failure is kept and does not stop the `add`: the index is derived, written
    /// last, and rebuilt by the next command.
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
            // An unreadable file was not compared with earlier registers, so it is reported each time.
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

    /// Records in the outcome that a place holds other bytes than before.
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

    /// The entry under which this `add` recorded a digest, if it did. The entry is read before it counts.
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

    /// Makes the register durable and appends the accession entry, unless there is nothing to state.
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

import Files
import Log
import Merkle
import Note
import OpenSSL
import Post

/// Puts examined posts on the record in their order: log, register, index. On one thread, the publishing one.
final class AccessionCommitter: @unchecked Sendable {
    // Confined to the commit queue; `outcome` is read after the queue has run dry.
    private(set) var outcome: Accession.Outcome
    private let log: SignedLog
    private let index: IndexWriter
    private let roots: [String]
    private let options: Accession.Options
    private let surroundings: Surroundings
    private let progress: @Sendable (UInt64) -> Void
    /// Whether the index is not what the log holds, and must go.
    private(set) var isIndexBroken = false
    private var register: RegisterWriter?
    /// What this add has recorded, by the first four bytes of the digest: a hint, confirmed by the index.
    private var recordedHere: Set<UInt32> = []
    private var seen: UInt64 = 0

    init(
        _ log: SignedLog, index: Index, roots: [String], options: Accession.Options, surroundings: Surroundings,
        progress: @escaping @Sendable (UInt64) -> Void
    ) {
        self.log = log
        self.index = IndexWriter(index, roots: roots)
        self.roots = roots
        self.options = options
        self.surroundings = surroundings
        self.progress = progress
        outcome = Accession.Outcome(checkpoint: log.reader.checkpoint)
        outcome.first = log.reader.size
    }

    /// Records a batch, as the runs in which it was examined. The last one closes with the accession, in the same commit.
    func commit(_ runs: [[ExaminedPost]], closes: Bool) throws {
        // The last commit writes its own rows only: those before it are taken into the index beside its fsyncs.
        if closes { onIndex { try index.writeBeforeLast(size: outcome.checkpoint.size) } }
        let count = runs.reduce(0) { $0 + $1.count }
        var salts = try surroundings.random(count * RegisterLine.saltCount)[...]
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
            options.logger.debug(
                "committed", metadata: ["size": "\(outcome.checkpoint.size)", "files": "\(seen)"])
        }
        onIndex {
            if closes {
                try index.close(accession, size: outcome.checkpoint.size, root: outcome.checkpoint.root)
            } else {
                try index.writeIfDue(size: outcome.checkpoint.size)
            }
        }
        progress(seen)
    }

    /// The index is derived and comes last: where it fails it is built again by the next command, and what is recorded and
    /// reported does not hang on it.
    private func onIndex(_ body: () throws -> Void) {
        guard !isIndexBroken else { return }
        do { try body() } catch { isIndexBroken = true }
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
            if !recordedHere.insert(AccessionCommitter.mark(digest)).inserted, let entry = try recorded(digest) {
                outcome.known += 1
                fate = .known(entry)
                break
            }
            let entry = try log.writer.append(note, leaf: leaf)
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
        guard let fate else { return }
        let line = RegisterLine(
            root: post.candidate.root, path: post.candidate.path, sha256: post.sha256, size: post.size, fate: fate,
            salt: salt)
        let register = try register ?? RegisterWriter(folder: log.archive.accessions, roots: roots)
        self.register = register
        try register.append(line)
        if !isIndexBroken { index.add(line, made) }
    }

    private static func mark(_ digest: Digest) -> UInt32 { UInt32(truncatingIfNeeded: Index.key(digest)) }

    /// The entry under which this add recorded a digest, if it did.
    private func recorded(_ digest: Digest) throws -> UInt64? {
        if isIndexBroken { throw DamagedIndex() }
        guard let entry = try index.entry(digest), entry >= log.reader.size else { return nil }
        return entry
    }

    /// Makes the register durable and appends the accession entry, if there is anything to say.
    private func close() throws -> (UInt64, AccessionRecord)? {
        if register == nil, options.heartbeat {
            register = try RegisterWriter(folder: log.archive.accessions, roots: roots)
        }
        guard let register else { return nil }
        let lines = register.lines
        let root = try register.finish()
        let record = AccessionRecord(
            signer: log.signerName, log: log.archive.origin, recorded: surroundings.clock(), version: options.version,
            first: Int(clamping: outcome.first), posts: Int(clamping: outcome.recorded),
            known: Int(clamping: outcome.known), refused: Int(clamping: outcome.refused),
            unchanged: Int(clamping: outcome.unchanged), register: root, lines: lines)
        var signer = try NoteSigner(name: log.signerName, key: log.signerKey)
        var hasher = try MerkleHasher()
        let note = try signer.sign(record.encoded())
        let index = try log.writer.append(note, leaf: try hasher.leaf(note))
        outcome.accession = index
        outcome.lines = lines
        self.register = nil
        return (index, record)
    }

    /// Drops an unfinished register.
    func abandon() {
        register?.abandon()
        index.abandon()
    }
}

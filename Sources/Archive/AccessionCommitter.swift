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
    private let index: Index
    private let roots: [String]
    private let options: Accession.Options
    private let surroundings: Surroundings
    private let progress: @Sendable (UInt64) -> Void
    private var register: RegisterWriter?
    /// What this add has recorded, by the first eight bytes of the digest: a hint, confirmed by the index.
    private var recordedHere: Set<Int64> = []
    private var rows: [(line: RegisterLine, record: (record: PostRecord, title: String)?)] = []
    private var seen: UInt64 = 0

    /// Rows of the index in one transaction: its trees are touched all over, so a few large ones write far less than
    /// one for each commit; what a crash takes is built again.
    private static let rowsInTransaction = 8192

    init(
        _ log: SignedLog, index: Index, roots: [String], options: Accession.Options, surroundings: Surroundings,
        progress: @escaping @Sendable (UInt64) -> Void
    ) {
        self.log = log
        self.index = index
        self.roots = roots
        self.options = options
        self.surroundings = surroundings
        self.progress = progress
        outcome = Accession.Outcome(checkpoint: log.reader.checkpoint)
        outcome.first = log.reader.size
    }

    /// Records a batch. The last one closes with the accession, in the same commit.
    func commit(_ posts: [ExaminedPost], closes: Bool) throws {
        var salts = try surroundings.random(posts.count * RegisterLine.saltCount)[...]
        for post in posts {
            let salt = Array(salts.prefix(RegisterLine.saltCount))
            salts = salts.dropFirst(RegisterLine.saltCount)
            try record(post, salt: salt)
        }
        seen += UInt64(posts.count)
        var accession: (index: UInt64, record: AccessionRecord)?
        if closes { accession = try close() }
        if log.writer.size > outcome.checkpoint.size {
            try log.writer.commit()
            try log.rememberSigned()
            outcome.checkpoint = log.writer.checkpoint
            options.logger.debug(
                "committed", metadata: ["size": "\(outcome.checkpoint.size)", "files": "\(seen)"])
        }
        if closes || rows.count >= AccessionCommitter.rowsInTransaction { try updateIndex(accession, closes: closes) }
        progress(seen)
    }

    private func record(_ post: ExaminedPost, salt: [UInt8]) throws {
        var fate: RegisterLine.Fate?
        var made: (record: PostRecord, title: String)?
        switch post.finding {
        case .known(let entry, let isPlaced):
            if isPlaced {
                outcome.unchanged += 1
            } else {
                outcome.known += 1
                fate = .known(entry)
            }
        case .refused(let problem, let isOld):
            if isOld {
                outcome.unchanged += 1
            } else {
                outcome.refused += 1
                outcome.refusals.append(problem)
                fate = .refused(problem.code)
            }
        case .fresh(let record, let note, let leaf, let title):
            if !recordedHere.insert(Index.key(record.sha256)).inserted, let entry = try recorded(record.sha256) {
                outcome.known += 1
                fate = .known(entry)
                break
            }
            let entry = try log.writer.append(note, leaf: leaf)
            if outcome.recorded == 0 { outcome.first = entry }
            outcome.recorded += 1
            outcome.bytes += post.size ?? 0
            fate = .recorded(entry)
            made = (record, title)
            for warning in post.warnings {
                let code = warning.code.rawValue
                let example = "\(post.candidate.path):\(warning.line): \(warning.message)"
                outcome.warnings[code, default: (0, example)].count += 1
            }
        }
        guard let fate else { return }
        let line = RegisterLine(
            root: post.candidate.root, path: post.candidate.path, sha256: post.sha256, size: post.size, fate: fate,
            salt: salt)
        let register = try register ?? RegisterWriter(folder: log.archive.accessions, roots: roots)
        self.register = register
        try register.append(line)
        rows.append((line, made))
    }

    /// The entry under which this add recorded a digest, if it did: rows that wait for the index, then the index.
    private func recorded(_ digest: Digest) throws -> UInt64? {
        for row in rows where row.record != nil && row.line.sha256 == digest { return row.line.entry }
        guard let entry = try index.read({ try $0.entry(digest) }), entry >= log.reader.size else { return nil }
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

    /// Derived and last: what fails here is built again by the next command.
    private func updateIndex(_ accession: (index: UInt64, record: AccessionRecord)?, closes: Bool) throws {
        let pending = rows
        rows.removeAll(keepingCapacity: true)
        // The accession's index is not known before the end, so placements carry the place it will have at the least,
        // and the state stays the old one: after a crash the next `add` drops these rows (`dropUnfinished`).
        let checkpoint = outcome.checkpoint
        try index.write { update in
            for (line, made) in pending {
                if let made, let entry = line.entry { try update.add(entry, made.record, title: made.title) }
                try update.add(line, root: roots[line.root], accession: accession?.index ?? checkpoint.size)
            }
            if let accession { try update.add(accession.index, accession.record) }
            if closes { try update.setState(size: checkpoint.size, root: checkpoint.root) }
        }
    }

    /// Drops an unfinished register.
    func abandon() { register?.abandon() }
}

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
    private let session: any SequencerSession
    private let archive: ArchiveFolder
    /// Receives the rows; `nil` if the index cannot be opened.
    private let index: IndexWriter?
    private let roots: [String]
    private let options: Recorder.Options
    /// SHA-256 of the rules that the accession names; `nil` while they are the defaults.
    private let rules: Digest?
    /// Whether a refusal leaves no trace: one file was named, and its place is not registered.
    private let forgetsRefusal: Bool
    private let environment: Environment
    private let progress: @Sendable (UInt64) -> Void
    /// The error that left the index behind the log.
    private(set) var indexFailure: IndexError?
    private var register: RegisterWriter?
    /// The entries that this `add` has recorded, by mark of the digest. Only a hint: an entry is read before it counts.
    private var recordedHere: [UInt64: UInt64] = [:]
    private let key = MarkKey()
    /// Reads what this `add` has committed; made anew after each commit, when it is wanted.
    private var committed: LogReader?
    private var seen: UInt64 = 0

    init(
        _ session: any SequencerSession, _ archive: ArchiveFolder, index: (any ArchiveIndex)?, roots: [String],
        options: Recorder.Options, rules: Digest?, forgetsRefusal: Bool, environment: Environment,
        progress: @escaping @Sendable (UInt64) -> Void
    ) {
        self.session = session
        self.archive = archive
        self.index = index.map { IndexWriter($0, roots: roots) }
        self.roots = roots
        self.options = options
        self.rules = rules
        self.forgetsRefusal = forgetsRefusal
        self.environment = environment
        self.progress = progress
        outcome = Recorder.Outcome(checkpoint: session.base.checkpoint)
        outcome.first = session.base.size
    }

    /// Records a batch, in the slices in which it was examined. The last batch also closes the accession, in the same
    /// commit.
    func commit(_ runs: [[ExaminedPost]], closes: Bool) throws {
        // The last commit writes only its own rows: earlier ones are written to the index during its fsyncs.
        if closes { onIndex { try $0.writeBeforeLast(size: outcome.checkpoint.size) } }
        let (entries, places) = try newEntries(of: runs)
        var accession: (index: UInt64, record: AccessionRecord)?
        let ordered = try session.order(
            entries,
            closing: closes
                ? { indexes, index in
                    try self.record(runs, places, indexes)
                    guard let (closing, record) = try self.close() else { return nil }
                    accession = (index, record)
                    return closing
                } : nil)
        if closes {
            outcome.accession = ordered.closing
        } else {
            try record(runs, places, ordered.indexes)
        }
        if session.size > outcome.checkpoint.size, !options.isDryRun {
            outcome.checkpoint = try session.publish()
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

    /// The entries that a batch adds, and for each of its posts which of them, or which earlier one, records it.
    private func newEntries(of runs: [[ExaminedPost]]) throws -> (entries: [FreshEntry], places: [EntryPlace]) {
        var entries: [FreshEntry] = []
        var places: [EntryPlace] = []
        var here: [Digest: Int] = [:]
        for posts in runs {
            for post in posts {
                guard case .fresh(let fresh, let note, let leaf) = post.finding else { continue }
                let digest = fresh.record.sha256
                if let place = here[digest] {
                    places.append(.known(place))
                } else if let entry = try recorded(digest) {
                    places.append(.earlier(entry))
                } else {
                    here[digest] = entries.count
                    places.append(.new(entries.count))
                    entries.append(FreshEntry(key: digest, note: note, leaf: leaf))
                }
            }
        }
        return (entries, places)
    }

    /// Which entry records a post that no entry recorded when it was examined.
    private enum EntryPlace {
        /// One of the batch's, and this post is the first to name it.
        case new(Int)
        /// One of the batch's, which a post before this one names.
        case known(Int)
        /// One that this `add` published before.
        case earlier(UInt64)
    }

    /// Writes the lines of a batch, whose new entries have their indexes now.
    private func record(_ runs: [[ExaminedPost]], _ places: [EntryPlace], _ indexes: [UInt64]) throws {
        let count = runs.reduce(0) { $0 + $1.count }
        var salts = try environment.random(count * RegisterLine.saltCount)[...]
        var next = places.makeIterator()
        for posts in runs {
            for post in posts {
                let salt = Array(salts.prefix(RegisterLine.saltCount))
                salts = salts.dropFirst(RegisterLine.saltCount)
                try record(post, salt: salt, &next, indexes)
            }
        }
        seen += UInt64(count)
    }

    /// The index is derived and comes last: where it fails it is built again by the next command, and what is recorded and
    /// reported does not hang on it.
    private func onIndex(_ body: (IndexWriter) throws -> Void) {
        guard indexFailure == nil, let index else { return }
        do { try body(index) } catch { indexFailure = IndexError(any: error) }
    }

    private func record(
        _ post: ExaminedPost, salt: [UInt8], _ places: inout IndexingIterator<[EntryPlace]>, _ indexes: [UInt64]
    ) throws {
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
                if let acceptance = post.acceptance { outcome.acceptable[acceptance, default: 0] += 1 }
                if !isUnseen { outcome.refusals.append(problem) }
                // "`add FILE` with one argument that is refused, nothing registered there, writes no accession"
                if forgetsRefusal { outcome.isOnRegister = false } else { fate = .refused(problem.code) }
            } else if !isUnseen {
                outcome.unchanged += 1
                outcome.stillRefused += 1
            }
        case .notLookedAt(let folder):
            if post.candidate.kind == .regular { outcome.notLookedAt.ignored(in: folder) }
        case .leftOut:
            if post.candidate.kind == .regular { outcome.notLookedAt.ignored += 1 }
        case .fresh(let fresh, _, _):
            guard let (entry, isNew) = places.next().flatMap({ Committer.entry($0, indexes) }) else {
                throw Problem(.internalError, post.candidate.path.description, "it was not ordered")
            }
            guard isNew else {
                outcome.known += 1
                fate = .known(entry)
                break
            }
            recordedHere[key.mark(fresh.record.sha256)] = entry
            if outcome.recorded == 0 { outcome.first = entry }
            outcome.recorded += 1
            outcome.bytes += post.size ?? 0
            for claim in post.lost {
                outcome.claimsLost[claim, default: (0, post.candidate.path.description)].count += 1
            }
            fate = .recorded(entry)
            made = fresh
            for warning in post.warnings {
                outcome.warnings[
                    name(of: warning), default: (0, "\(post.candidate.path):\(warning.line): \(warning.message)")
                ].count += 1
            }
        }
        if let replaced = post.replaced { note(replaced, post, fate) }
        guard let fate else { return }
        let line = RegisterLine(
            root: post.candidate.root, path: post.candidate.path, sha256: post.sha256, size: post.size, fate: fate,
            salt: salt)
        let register = try register ?? newRegister()
        self.register = register
        try register.append(line)
        if indexFailure == nil { index?.add(line, made) }
    }

    /// The name under which a warning is counted. Keys come from files, so their number is limited.
    private func name(of warning: PostWarning) -> String {
        guard let subject = warning.subject else { return warning.code.rawValue }
        let name = "\(warning.code.rawValue) \(subject)"
        return outcome.warnings[name] == nil && outcome.warnings.count >= Committer.maxWarnings
            ? "\(warning.code.rawValue) …" : name
    }

    /// Kinds of warnings counted by key: more than a person reads. The rest is counted together.
    private static let maxWarnings = 20

    /// The entry of a post, and whether this line is the first to name it.
    private static func entry(_ place: EntryPlace, _ indexes: [UInt64]) -> (entry: UInt64, isNew: Bool)? {
        switch place {
        case .earlier(let entry): return (entry, false)
        case .new(let number), .known(let number):
            guard indexes.indices.contains(number) else { return nil }
            let isFirst = if case .new = place { true } else { false }
            return (indexes[number], isFirst)
        }
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

    /// The entry under which this `add` recorded a digest, if it did. The entry is read before it counts.
    private func recorded(_ digest: Digest) throws -> UInt64? {
        guard let entry = recordedHere[key.mark(digest)] else { return nil }
        // Nothing was committed that could be read, and nothing is recorded for it.
        if options.isDryRun { return entry }
        let reader = try committed ?? LogReader(archive.storage, outcome.checkpoint)
        committed = reader
        return PostRecord(entry: try reader.entry(entry)[...])?.sha256 == digest ? entry : nil
    }

    /// Makes the register durable and appends the accession entry, unless there is nothing to state.
    private func close() throws -> (Closing, AccessionRecord)? {
        if register == nil, options.heartbeat { register = try newRegister() }
        guard let register else { return nil }
        // Asked before the register has its name: a clock that no entry can state leaves no register behind.
        let recorded = try environment.time()
        let lines = register.lines
        let root = try register.finish()
        let (name, key) = session.signer
        let record = AccessionRecord(
            signer: name, log: archive.origin, recorded: recorded, version: options.version,
            first: Int(clamping: outcome.first), posts: Int(clamping: outcome.recorded),
            known: Int(clamping: outcome.known), refused: Int(clamping: outcome.refused),
            unchanged: Int(clamping: outcome.unchanged), register: root, lines: lines,
            rules: rules, ignored: Int(clamping: outcome.notLookedAt.ignored))
        var signer = try NoteSigner(name: name, key: key)
        let note = try signer.sign(record.encoded())
        outcome.lines = lines
        self.register = nil
        return (Closing(note: note, leaf: MerkleHash.leaf(note)), record)
    }

    private func newRegister() throws(Problem) -> RegisterWriter {
        let registers = archive.registers
        return try RegisterWriter(options.isDryRun ? DiscardedRegisters(base: registers) : registers, roots: roots)
    }

    /// Drops an unfinished register.
    func abandon() {
        register?.abandon()
        index?.abandon()
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenanceRecord
import ProvenanceRecording
import ProvenanceVerification
import SampleArchives
import SampleLogs
import Synchronization
import TestSupport
import Testing

/// What an `add` records of posts, batch by batch.
@Suite struct AddTests {
    /// The counts of an outcome, in one value that is compared.
    struct Counts: Equatable, CustomStringConvertible {
        var recorded: UInt64 = 0
        var known: UInt64 = 0
        var refused: UInt64 = 0
        var unchanged: UInt64 = 0
        var replaced = 0
        var unreadable = 0

        init(
            recorded: UInt64 = 0, known: UInt64 = 0, refused: UInt64 = 0, unchanged: UInt64 = 0, replaced: Int = 0,
            unreadable: Int = 0
        ) {
            self.recorded = recorded
            self.known = known
            self.refused = refused
            self.unchanged = unchanged
            self.replaced = replaced
            self.unreadable = unreadable
        }

        init(_ outcome: Recorder.Outcome) {
            self.init(
                recorded: outcome.recorded, known: outcome.known, refused: outcome.refused,
                unchanged: outcome.unchanged, replaced: outcome.replaced.count, unreadable: outcome.unreadable.count)
        }

        var description: String {
            "recorded \(recorded), known \(known), refused \(refused), unchanged \(unchanged), replaced \(replaced), unreadable \(unreadable)"
        }
    }

    @Test func `Each post becomes a record of its bytes, and an accession closes them`() throws {
        let archive = try RecordedArchive()
        let posts = (0..<3).map { SampleLog.post($0) }
        for (number, post) in posts.enumerated() { try archive.write(post, to: RecordedArchive.path(number)) }
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(recorded: 3))
        #expect(outcome.first == 0 && outcome.accession == 3 && outcome.lines == 4)
        #expect(outcome.bytes == UInt64(posts.reduce(0) { $0 + $1.count }))
        #expect(outcome.status(tolerateRefused: false) == .verified && outcome.remarks.isEmpty && !outcome.isStopped)
        // Their comments state another instant than their dates.
        #expect(outcome.warnings.mapValues(\.count) == ["W-EPOCH-DATE": 3])

        let entries = try archive.entries()
        #expect(outcome.checkpoint.size == 4 && entries.count == 4)
        let tree = entries.reduce(into: CompactRange()) { $0.append(MerkleHash.leaf($1)) }
        #expect(tree.root == outcome.checkpoint.root)
        for (entry, post) in zip(entries, posts) {
            let record = try #require(PostRecord(entry: entry[...]))
            #expect(record.sha256 == SHA256.hash(post) && record.size == post.count)
            #expect(record.recorded == RecordedArchive.start)
        }
        let accession = try #require(AccessionRecord(entry: entries[3][...]))
        #expect(accession.posts == 3 && accession.first == 0 && accession.lines == 4)
        #expect(accession.version.string == RecordedArchive.version)
        // The register has the name that the accession states: its root over all lines.
        #expect(archive.registers() == ["accessions/\(accession.register.hex).jsonl"])
        let lines = try archive.read(archive.registers()[0]).split(separator: 0x0a)
        let root = lines.reduce(into: CompactRange()) { $0.append(MerkleHash.leaf(Array($1))) }
        #expect(lines.count == 4 && root.root == accession.register, "the roots and one line for each post")
    }

    @Test(arguments: [0, 1, 2, 3, 4, 7, 8, 1_024])
    func `The log is the same whatever is published at a time`(_ batch: Int) throws {
        let whole = try RecordedArchive(posts: 7)
        let archive = try RecordedArchive()
        for number in 0..<7 { try archive.write(SampleLog.post(number), to: RecordedArchive.path(number)) }
        let seen = Mutex<[UInt64]>([])
        let outcome = try archive.add(batch: batch, progress: { count in seen.withLock { $0.append(count) } })
        #expect(Counts(outcome) == Counts(recorded: 7))
        #expect(try archive.entries() == whole.entries())
        #expect(archive.registers() == whole.registers())
        // One commit for each full batch, and the last one with the accession.
        let size = UInt64(max(1, batch))
        let wanted = (1...(7 / size + 1)).map { min(7, $0 * size) }
        #expect(seen.withLock { $0 } == wanted)
    }

    @Test(arguments: [1, 1_024])
    func `Bytes that stand at two places are recorded once, in one batch and in two`(_ batch: Int) throws {
        let archive = try RecordedArchive()
        for name in ["a.md", "b.md", "c/a.md"] { try archive.write(SampleLog.post(1), to: "_posts/" + name) }
        let outcome = try archive.add(batch: batch)
        #expect(Counts(outcome) == Counts(recorded: 1, known: 2))
        #expect(outcome.lines == 4 && outcome.checkpoint.size == 2)
        let again = try archive.add(batch: batch)
        #expect(Counts(again) == Counts(unchanged: 3) && again.accession == nil && again.checkpoint.size == 2)
    }

    /// What changes in an archive of two posts before a second `add`, and what that comes to.
    enum Change: String, CaseIterable {
        case nothing, new, copied, moved, edited, swapped, broken, damaged, restored

        func make(_ archive: RecordedArchive) throws {
            let (one, other) = (RecordedArchive.path(0), RecordedArchive.path(1))
            switch self {
            case .nothing: break
            case .new: try archive.write(SampleLog.post(2), to: RecordedArchive.path(2))
            case .copied: try archive.write(SampleLog.post(0), to: "_posts/copy.md")
            case .moved: try archive.move(one, to: "_posts/moved.md")
            case .edited: try archive.write(SampleLog.post(0, body: "other words"), to: one)
            case .swapped:
                try archive.write(SampleLog.post(1), to: one)
                try archive.write(SampleLog.post(0), to: other)
            case .broken: try archive.write("no post", to: "_posts/broken.md")
            case .damaged: try archive.write("no post", to: one)
            case .restored:
                try archive.write(SampleLog.post(0, body: "other words"), to: one)
                try archive.add()
                try archive.write(SampleLog.post(0), to: one)
            }
        }

        var wanted:
            (counts: Counts, status: ProvenanceVerification.ExitStatus, tolerant: ProvenanceVerification.ExitStatus)
        {
            switch self {
            case .nothing: (Counts(unchanged: 2), .verified, .verified)
            case .new: (Counts(recorded: 1, unchanged: 2), .verified, .verified)
            case .copied: (Counts(known: 1, unchanged: 2), .verified, .verified)
            case .moved: (Counts(known: 1, unchanged: 1), .verified, .verified)
            case .edited: (Counts(recorded: 1, unchanged: 1, replaced: 1), .failed, .failed)
            case .swapped: (Counts(known: 2, replaced: 2), .failed, .failed)
            case .broken: (Counts(refused: 1, unchanged: 2), .environment, .verified)
            case .damaged: (Counts(refused: 1, unchanged: 1, replaced: 1), .failed, .failed)
            case .restored: (Counts(known: 1, unchanged: 1, replaced: 1), .failed, .failed)
            }
        }
    }

    @Test(arguments: Change.allCases)
    func `A second add tells what is new, known, unchanged, refused and replaced`(_ change: Change) throws {
        let archive = try RecordedArchive(posts: 2)
        try change.make(archive)
        let outcome = try archive.add()
        #expect(Counts(outcome) == change.wanted.counts)
        #expect(outcome.status(tolerateRefused: false) == change.wanted.status)
        #expect(outcome.status(tolerateRefused: true) == change.wanted.tolerant)
        for replaced in outcome.replaced { #expect(replaced.problem.code == "E-REPLACED") }
        #expect(outcome.refusals.count == Int(outcome.refused))
        // The accession states what the outcome does; where nothing was learned there is none.
        guard change != .nothing else { return #expect(outcome.accession == nil && outcome.lines == 0) }
        let entries = try archive.entries()
        let index = try #require(outcome.accession)
        let accession = try #require(AccessionRecord(entry: entries[Int(index)][...]))
        #expect(UInt64(accession.posts) == outcome.recorded && UInt64(accession.known) == outcome.known)
        #expect(UInt64(accession.refused) == outcome.refused && UInt64(accession.unchanged) == outcome.unchanged)
        #expect(index == UInt64(entries.count - 1) && accession.lines == outcome.lines)
    }

    @Test func `A replaced post is named with both entries and the parts that changed`() throws {
        let archive = try RecordedArchive(posts: 2)
        try archive.write(SampleLog.post(0, body: "other words"), to: RecordedArchive.path(0))
        try archive.write("no post", to: RecordedArchive.path(1))
        let replaced = try archive.add().replaced
        #expect(replaced.map(\.path) == [RecordedArchive.path(0), RecordedArchive.path(1)])
        #expect(replaced.map(\.before) == [0, 1] && replaced.map(\.now) == [3, nil])
        #expect(replaced[0].parts == [.body, .words])
        #expect(replaced[1].parts.isEmpty && replaced[1].remark?.contains("no post any more") == true)
    }

    @Test func `A file that stays refused is said once, and again when its bytes change`() throws {
        let archive = try RecordedArchive(posts: 1)
        try archive.write("no post", to: "_posts/broken.md")
        #expect(Counts(try archive.add()) == Counts(refused: 1, unchanged: 1))
        #expect(Counts(try archive.add()) == Counts(unchanged: 2))
        try archive.write("none either", to: "_posts/broken.md")
        #expect(Counts(try archive.add()) == Counts(refused: 1, unchanged: 1))
        try archive.write(SampleLog.post(7), to: "_posts/broken.md")
        #expect(
            Counts(try archive.add()) == Counts(recorded: 1, unchanged: 1), "what was refused is no registered post")
    }

    @Test func `A record that no published signer signed does not count, and the post is recorded anew`() throws {
        let archive = try RecordedArchive(posts: 1)
        for ending in ["key.pem", "pub.pem", "vkey"] { try archive.remove("keys/signer." + ending) }
        try archive.remove("keys/signers")
        let key = try archive.archive.keyFiles.generate(
            .signer, name: ArchiveFolder.signerName(RecordedArchive.origin), passphrase: nil)
        #expect(try key != archive.keys.signerKey())
        // At its own place nothing is verified again; at another one, only a valid record makes bytes known.
        #expect(Counts(try archive.add()) == Counts(unchanged: 1))
        try archive.write(SampleLog.post(0), to: "_posts/copy.md")
        #expect(Counts(try archive.add()) == Counts(recorded: 1, unchanged: 1))
        // From here on the new record is the one that counts.
        try archive.write(SampleLog.post(0), to: "_posts/third.md")
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(known: 1, unchanged: 2))
    }

    @Test(arguments: [false, true])
    func `An add that learned nothing writes an accession only as a heartbeat`(_ heartbeat: Bool) throws {
        let archive = try RecordedArchive(posts: 1)
        let outcome = try archive.add(heartbeat: heartbeat)
        #expect(outcome.accession == (heartbeat ? 2 : nil) && outcome.checkpoint.size == (heartbeat ? 3 : 2))
        #expect(outcome.lines == (heartbeat ? 1 : 0), "the roots alone")
        #expect(outcome.status(tolerateRefused: false) == .verified)
        // Without an argument there is nothing to see; only a heartbeat is worth anything then.
        let nothing = try archive.add([], heartbeat: heartbeat)
        #expect(Counts(nothing) == Counts())
        #expect(nothing.status(tolerateRefused: false) == (heartbeat ? .verified : .inconclusive))
    }

    @Test(arguments: [0, 1, 2, 5])
    func `An add that is asked to stop closes what it saw by then, and the next one goes on`(_ after: Int) throws {
        let archive = try RecordedArchive()
        for number in 0..<5 { try archive.write(SampleLog.post(number), to: RecordedArchive.path(number)) }
        let asked = Mutex(0)
        let outcome = try archive.add(batch: 1) {
            // It is asked once before each batch; the lock is free and asks nothing.
            asked.withLock { count in
                count += 1
                return count > after
            }
        }
        #expect(outcome.isStopped && outcome.status(tolerateRefused: true) == .environment)
        #expect(outcome.recorded == UInt64(after))
        #expect(outcome.accession == (after > 0 ? UInt64(after) : nil), "nothing seen, nothing to close")
        #expect(archive.registers().count == (after > 0 ? 1 : 0))
        let next = try archive.add()
        #expect(Counts(next) == Counts(recorded: UInt64(5 - after), unchanged: UInt64(after)))
        #expect(!next.isStopped)
    }

    @Test func `Many posts come into the index in several transactions, and all of them do`() throws {
        let archive = try RecordedArchive()
        for number in 0..<1_100 { try archive.write(SampleLog.post(number), to: RecordedArchive.path(number)) }
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(recorded: 1_100) && outcome.accession == 1_100 && outcome.remarks.isEmpty)
        let index = try #require(try archive.view().currentIndex())
        let entries = try archive.entries()
        for entry: UInt64 in [0, 1_022, 1_023, 1_024, 1_099] {
            let record = try #require(PostRecord(entry: entries[Int(entry)][...]))
            #expect(try index.entries(of: record.sha256) == [entry])
            let placement = try #require(try index.placements(of: [entry]).first?.first)
            let post = try archive.read(placement.path.description)
            #expect(SHA256.hash(post) == record.sha256)
        }
    }

    @Test func `While another command holds the lock nothing is read or written`() throws {
        let archive = try RecordedArchive(posts: 1)
        let lock = try archive.archive.takeLock(timeout: 0)
        let problem = #expect(throws: Problem.self) { try archive.add() }
        #expect(problem?.code == "E-LOCKED" && problem?.status == .environment)
        withExtendedLifetime(lock) {}
    }

    @Test func `The files that an add would see are counted beforehand`() throws {
        let archive = try RecordedArchive(posts: 3)
        try archive.write("no post", to: "_posts/broken.md")
        try archive.write("no name of a post", to: "_posts/notes.txt")
        for (arguments, wanted) in [(["_posts"], 4), (["_posts/0.md"], 1), (["absent"], 0), ([], 0)] {
            let count = Recorder.count(arguments.map { RawPath($0) }, archive: archive.archive, archive.environment)
            #expect(count == UInt64(wanted), "\(arguments)")
        }
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceRecord
import ProvenanceVerification
import SampleArchives
import SampleLogs
import Testing

/// Accessions of version 2 in a log: their state blocks, and what their registers may hold.
@Suite struct AccessionVersion2LogTests {
    /// An archive with one post, entry 0, its accession, an anchor of a later version, and then an accession that this
    /// makes.
    private struct Made {
        let archive: RecordedArchive
        let entries: [[UInt8]]

        init() throws {
            archive = try RecordedArchive(posts: 1)
            try archive.append([Array("provenance/anchor@v9\nwhat it says\n\n\u{2014} a AAAAAAAA\n".utf8)])
            entries = try archive.entries()
        }

        func leaf(_ index: Int) -> Digest { MerkleHash.leaf(entries[index]) }

        /// Appends the accession with its register, and audits the log.
        func audit(
            _ state: StateBlock = StateBlock(), line: String? = nil, isVersion2: Bool = false
        ) throws -> ArchiveAudit.Report {
            let lines = [#"{"roots":["."]}"#] + (line.map { [$0] } ?? [])
            let root = lines.reduce(into: CompactRange()) { $0.append(MerkleHash.leaf(Array($1.utf8))) }.root
            try archive.write(lines.map { $0 + "\n" }.joined(), to: "accessions/\(root.hex).jsonl")
            let name = ArchiveFolder.signerName(RecordedArchive.origin)
            let record = AccessionRecord(
                signer: name, log: RecordedArchive.origin, recorded: RecordedArchive.start, version: "2.0",
                first: entries.count, posts: 0, known: lines.count - 1, refused: 0, unchanged: 0, register: root,
                lines: lines.count, state: state, hasReplacements: isVersion2)
            var signer = try NoteSigner(name: name, key: archive.keys.signer)
            try archive.append([try signer.sign(record.encoded())])
            let trust = try archive.keys.trust()
            return try ArchiveAudit.run(try LogView(archive.archive, trust: trust), trust: trust)
        }
    }

    @Test func `A block that names what is there is no problem`() throws {
        let made = try Made()
        let report = try made.audit(StateBlock(anchor: StateBlock.Link(index: 2, leaf: made.leaf(2))))
        #expect(report.problems.isEmpty, "\(report.problems)")
    }

    @Test func `A block that names another leaf, or an entry of another kind, is false`() throws {
        for (state, words) in [
            (StateBlock.Link(index: 2, leaf: .zero), "another leaf hash"),
            (StateBlock.Link(index: 0, leaf: try Made().leaf(0)), "not of the kind"),
        ] {
            let report = try Made().audit(StateBlock(anchor: state))
            let problem = try #require(report.problems.first { $0.code == "E-STATE-FALSE" }, "\(report.problems)")
            #expect(problem.reason.contains(words) && report.status == .failed)
        }
        // An anchor is no key entry.
        let made = try Made()
        let report = try made.audit(StateBlock(key: StateBlock.Link(index: 2, leaf: made.leaf(2))))
        #expect(report.problems.map(\.code) == ["E-STATE-FALSE"])
    }

    @Test func `A block that names an entry not below its own makes the accession malformed`() throws {
        let report = try Made().audit(StateBlock(anchor: StateBlock.Link(index: 3, leaf: .zero)))
        #expect(report.problems.contains { $0.code == "E-ENTRY-MALFORMED" }, "\(report.problems)")
    }

    @Test func `A register's lines say what they replace in version 2 alone`() throws {
        let post = SHA256.hash(SampleLog.post(0))
        let line =
            #"{"entry":0,"fate":"known","path":"a.md","replaces":0,"root":0,"salt":"\#(String(repeating: "a1", count: 16))","sha256":"\#(post.hex)"}"#
        let second = try Made().audit(line: line, isVersion2: true)
        #expect(second.problems.isEmpty, "\(second.problems)")
        let first = try Made().audit(line: line)
        #expect(first.problems.map(\.code) == ["E-REGISTER-FORGED"], "\(first.problems)")
    }
}

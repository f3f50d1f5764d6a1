import ProvenanceNote
import TestSupport
import Testing

/// Proofs without the optional `extra` line, as other programs of C2SP write them: the entry comes from a file.
@Suite struct ProofEntryTests {
    private let archive: CommandLineArchive

    /// Two posts are on record; `bare.tlog-proof` proves the second one and does not carry its entry, which is in
    /// `entry.note`.
    init() throws {
        archive = try CommandLineArchive.withPosts(2)
        try archive.run("prove", postPath(1), "-o", "full.tlog-proof", exits: 0)
        let full = try TlogProof(parsing: try archive.read("full.tlog-proof"))
        let bare = TlogProof(extra: nil, index: full.index, hashes: full.hashes, checkpoint: full.checkpoint)
        try archive.overwrite("bare.tlog-proof", with: bare.encoded())
        try archive.overwrite("entry.note", with: try #require(full.extra))
    }

    @Test func `The refusal names the command that verifies it`() throws {
        let ended = try archive.run("verify", "--proof", "bare.tlog-proof", postPath(1), exits: 2)
        #expect(ended.stderr.contains("provenance verify --proof bare.tlog-proof --entry ENTRYFILE [POST]"), "\(ended)")
    }

    @Test func `With its entry it proves what the full proof proves`() throws {
        let line = ["verify", "--proof", "bare.tlog-proof", "--entry", "entry.note"]
        let full = try archive.run("verify", "--proof", "full.tlog-proof", postPath(1), exits: 0)
        #expect(try archive.run(line + [postPath(1)], exits: 0).stdout == full.stdout)
        let alone = try archive.run(line, exits: 0)
        #expect(alone.stdout.contains("VERIFIED: the entry is signed and in the log"), "\(alone)")
        #expect(alone.stdout.contains("no post was compared"), "\(alone)")
        // The entry may come from a pipe.
        let piped = try archive.run(
            ["verify", "--proof", "bare.tlog-proof", "--entry", "-"], exits: 0, input: try archive.read("entry.note"))
        #expect(piped.stdout == alone.stdout)
    }

    @Test func `show prints the entry's bytes and nothing else`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("prove", postPath(1), "-o", "full.tlog-proof", exits: 0)
        let raw = try archive.run("show", "--raw", "1", exits: 0)
        try archive.overwrite("entry.note", with: raw.output)
        try archive.run("verify", "--proof", "full.tlog-proof", "--entry", "entry.note", postPath(1), exits: 0)
        try archive.run("show", "--raw", "--json", "1", exits: 2)
    }

    @Test func `Its leaf hash is what makes the entry count`() throws {
        let line = ["verify", "--proof", "bare.tlog-proof", "--entry"]
        // The other post is not the recorded one.
        try archive.run(line + ["entry.note", postPath(0)], exits: 1)
        // The signed entry of another post.
        try archive.run("prove", postPath(0), "-o", "other.tlog-proof", exits: 0)
        let other = try TlogProof(parsing: try archive.read("other.tlog-proof"))
        try archive.overwrite("other.note", with: try #require(other.extra))
        let wrong = try archive.run(line + ["other.note", postPath(0)], exits: 1)
        #expect(wrong.stdout.contains("E-INCLUSION-INVALID"), "\(wrong)")
        // One byte more, and a file that is no note at all.
        try archive.overwrite("longer.note", with: try archive.read("entry.note") + [0x0a])
        for name in ["longer.note", postPath(1)] {
            let ended = try archive.run(line + [name], exits: 1)
            #expect(ended.stdout.contains("E-INCLUSION-INVALID"), "\(ended)")
        }
        // The given entry is judged even where the proof carries the right one.
        let given = try archive.run("verify", "--proof", "full.tlog-proof", "--entry", "other.note", exits: 1)
        #expect(given.stdout.contains("E-INCLUSION-INVALID"), "\(given)")
    }

    @Test func `What --entry cannot be used for is said`() throws {
        let alone = try archive.run("verify", postPath(0), "--entry", "entry.note", exits: 2)
        #expect(alone.stderr.contains("E-USAGE  --entry: found no proof beside it"), "\(alone)")
        let absent = try archive.run("verify", "--proof", "bare.tlog-proof", "--entry", "absent", exits: 2)
        #expect(absent.stderr.contains("E-UNREADABLE  absent: cannot be read as an entry"), "\(absent)")
        try archive.run("verify", "--proof", "-", "--entry", "-", exits: 2)
        try archive.overwrite("long.note", with: [UInt8](repeating: 0x61, count: 65_536))
        let long = try archive.run("verify", "--proof", "bare.tlog-proof", "--entry", "long.note", exits: 2)
        #expect(long.stderr.contains("E-UNREADABLE  long.note"), "\(long)")
    }
}

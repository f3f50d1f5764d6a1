import Foundation
import TestSupport
import Testing

/// Routine runs do not hide an alteration: other bytes at a registered place are a finding, for `add`, `status` and
/// `verify`.
@Suite struct ReplacementTests {
    private func replace(_ archive: CommandLineArchive, _ number: Int, words: String) throws {
        try archive.write(samplePost(number, words: words), to: postPath(number))
    }

    @Test func `An add that finds other bytes at a registered place lists it, counts it and exits 1, with -q too`()
        throws
    {
        let archive = try CommandLineArchive.withPosts(3)
        try replace(archive, 1, words: "Altered.")
        let quiet = try archive.run("add", "-q", "--tolerate-refused", "--heartbeat", "_posts", exits: 1)
        #expect(quiet.stderr.contains("E-REPLACED  \(postPath(1)): entry 1 stood here before"), "\(quiet)")
        #expect(quiet.stderr.contains("the bytes of entry 4 stand here now: body, words changed"), "\(quiet)")
        try replace(archive, 2, words: "Altered too.")
        let added = try archive.json("add", "_posts", exits: 1)
        #expect(added["replaced"].int == 1 && added["recorded"].int == 1 && added["status"].string == "failed")
        let finding = try #require(added["replacements"].items.first)
        #expect(finding["path"].string == postPath(2) && finding["before"].int == 2 && finding["now"].int == 6)
        #expect(finding["parts"].items.map(\.string) == ["body", "words"])
        #expect(finding["codes"].items.map(\.string) == ["E-BODY-CHANGED", "E-WORDS-CHANGED"])
        // What was found is on record; the next run finds nothing new.
        #expect(try archive.json("add", "_posts", exits: 0)["replaced"].int == 0)
    }

    @Test func `An unresolved replacement makes status exit 1 and verify 3`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try replace(archive, 1, words: "Altered.")
        try archive.run("add", "_posts", exits: 1)
        let status = try archive.run("status", "-q", exits: 1)
        #expect(status.stdout.contains("replaced   \(postPath(1))  entry 1"), "\(status)")
        #expect(status.stdout.contains("[E-REPLACED E-BODY-CHANGED E-WORDS-CHANGED]"), "\(status)")
        let counts = try archive.json("status", exits: 1)["counts"]
        #expect(counts["replaced"].int == 1 && counts["ok"].int == 2 && counts["superseded"].int == 0)
        let verified = try archive.run("verify", postPath(1), exits: 3)
        #expect(verified.stdout.contains("entry 1 stood here before; the change is unresolved"), "\(verified)")
        try archive.run("verify", "_posts", exits: 3)
        try archive.run("verify", postPath(0), exits: 0)
        // The records, the manifest and the log are what they were.
        try archive.run("audit", exits: 0)
        try archive.run("export", "-o", "m.json", exits: 0)
        try archive.run("verify", "m.json", exits: 0)
    }

    @Test func `An older recorded version put back is a replacement as well`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try replace(archive, 1, words: "Altered.")
        try archive.run("add", "_posts", exits: 1)
        try archive.write(samplePost(1), to: postPath(1))
        // Before the next `add`, the newest record is not of the bytes at this place.
        try archive.run("status", exits: 1)
        try archive.run("verify", postPath(1), exits: 1)
        let added = try archive.json("add", "_posts", exits: 1)
        #expect(added["known"].int == 1 && added["replaced"].int == 1 && added["recorded"].int == 0)
        #expect(added["replacements"].items.first?["before"].int == 3)
        #expect(added["replacements"].items.first?["now"].int == 1)
        try archive.run("status", exits: 1)
        try archive.run("verify", postPath(1), exits: 3)
    }

    @Test func `The bytes of another record at a registered place are a replacement`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write(samplePost(2), to: postPath(1))
        let added = try archive.json("add", "_posts", exits: 1)
        #expect(added["replaced"].int == 1 && added["known"].int == 1)
        try archive.run("status", exits: 1)
        try archive.run("verify", postPath(1), exits: 3)
        try archive.run("verify", postPath(2), exits: 0)
    }

    @Test func `A file that is no post any more is a finding at every run, tolerated or not`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.overwrite(postPath(1), with: Array("damaged\n".utf8))
        for _ in 0..<2 {
            let added = try archive.json("add", "--tolerate-refused", "_posts", exits: 1)
            #expect(added["replaced"].int == 1)
            #expect(added["replacements"].items.first?["remark"].string?.contains("no post any more") == true)
            #expect(added["replacements"].items.first?["now"].isNull == true)
        }
        // Larger than any post.
        try archive.overwrite(postPath(1), with: [UInt8](repeating: 0x61, count: (16 << 20) + 1))
        #expect(try archive.json("add", "--tolerate-refused", "_posts", exits: 1)["replaced"].int == 1)
    }

    @Test func `A change that leaves size and time as they were is said to be one that no editor makes`() throws {
        let archive = try CommandLineArchive()
        let old = Date(timeIntervalSince1970: 1_650_000_000)
        func write(_ words: String) throws {
            try replace(archive, 0, words: words)
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: archive(postPath(0)))
        }
        try write("It counted 2 boats.")
        try archive.run("add", "_posts", exits: 0)
        try write("It counted 9 boats.")
        let added = try archive.run("add", "-q", "_posts", exits: 1)
        #expect(added.stderr.contains("its size is as before and its time older than the record"), "\(added)")
        try replace(archive, 0, words: "It counted 4 boats.")
        let edited = try archive.run("add", "-q", "_posts", exits: 1)
        #expect(edited.stderr.contains("E-REPLACED") && !edited.stderr.contains("is as before"), "\(edited)")
    }

    @Test func `A post recorded from outside the archive is replaced like any other`() throws {
        let archive = try CommandLineArchive()
        try archive.folder.write(samplePost(1), to: "outside/one.md")
        try archive.run("add", "../outside", exits: 0)
        try archive.folder.write(samplePost(1, words: "Altered."), to: "outside/one.md")
        let added = try archive.json("add", "../outside", exits: 1)
        #expect(added["replacements"].items.first?["path"].string == "../outside/one.md")
        let status = try archive.json("status", exits: 1)
        #expect(status["counts"]["replaced"].int == 1 && status["counts"]["outside"].int == 0, "\(status)")
        let verified = try archive.run("verify", "../outside/one.md", exits: 3)
        #expect(verified.stdout.contains("entry 0 stood here before; the change is unresolved"), "\(verified)")
    }

    /// Spellings of a folder beside the archive, and the folder in which they are typed.
    static let spellings = [
        ("../outside", "."), ("../archive/../outside", "."), ("../../outside", "_posts"), ("{}/outside", "."),
        ("../above/outside", "."), ("{}/above/outside", "_posts"),
    ]

    @Test(arguments: spellings, ["../outside", "../../outside"])
    func `A place outside the archive is the same by every spelling`(way: (String, String), first: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.folder.write(samplePost(1), to: "outside/one.md")
        let shell = """
            ln -s . ../above; cd \(first == "../outside" ? "." : "_posts") && p add -q \(first) && cd - >/dev/null
            """
        try archive.shell(shell, exits: 0)
        let (spelling, folder) = (way.0.replacing("{}", with: archive.folder.path), way.1)
        try archive.shell("cd \(folder) && p verify -q \(spelling)/one.md && p add -q \(spelling)", exits: 0)
        try archive.folder.write(samplePost(1, words: "Altered."), to: "outside/one.md")
        let before = try archive.shell("cd \(folder) && p verify \(spelling)/one.md", exits: 1)
        #expect(before.stdout.contains("E-ALTERED"), "\(before)")
        let added = try archive.shell("cd \(folder) && p add \(spelling)", exits: 1)
        #expect(added.stderr.contains("E-REPLACED") || added.stdout.contains("E-REPLACED"), "\(added)")
        try archive.run("status", exits: 1)
        try archive.shell("cd \(folder) && p verify -q \(spelling)/one.md", exits: 3)
    }

    @Test func `Replacements that version 0.1.0 recorded are one counted line`() throws {
        let archive = try CommandLineArchive.withPosts(40)
        // Records of other bytes, seen at other places; then the accession of 0.1.0 for an `add` that found them here.
        for number in 0..<30 {
            try archive.write(samplePost(number, words: "Rewritten."), to: "copies/\(1000 + number).md")
        }
        try archive.run("add", "-q", "copies", exits: 0)
        let accession = HandMadeAccession(archive, version: "0.1.0")
        for number in 0..<30 {
            try replace(archive, number, words: "Rewritten.")
            try accession.append(placing: UInt64(41 + number), at: [postPath(number)])
        }
        let status = try archive.run("status", exits: 0)
        #expect(status.stdout.split(separator: "\n").filter { $0.contains("superseded") }.count == 1, "\(status)")
        #expect(status.stdout.contains("superseded       30"), "\(status)")
        let json = try archive.json("status", exits: 0)
        #expect(json["counts"]["superseded"].int == 30 && json["items"].items.count == 30)
        try archive.run("verify", "_posts", exits: 0)
        #expect(try archive.run("verify", postPath(3), exits: 0).stdout.contains("same place"))
    }
}

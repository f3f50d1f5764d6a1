import Foundation
import TestSupport
import Testing

/// The words that name an entry: an index, the beginning of a digest, an address, a path.
@Suite struct EntryWordTests {
    private static let address = "https://news.example.org/posts/1"

    /// Three posts; then another record of the address of post 1, and one in another spelling of that of post 2.
    private static func archive() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write(samplePost(1, words: "Mended words."), to: "_posts/1-mended.md")
        try archive.write(
            ListTests.datedPost("2022-02-10", from: "HTTPS://News.example.org/other/%7e"), to: "_posts/other.md")
        try archive.run("add", "_posts", exits: 0)
        return archive
    }

    private func digest(_ archive: CommandLineArchive, _ index: Int) throws -> String {
        try #require(try archive.json("show", String(index), exits: 0)["record"]["sha256"].string)
    }

    /// Words for entries; `DIGEST` stands for the digest of the entry, `BEGINNING` for its first eight digits.
    private static let words: [(word: String, entry: Int)] = [
        ("2", 2), ("DIGEST", 1), ("BEGINNING", 0), ("sha256:BEGINNING", 2), ("SHA256:DIGEST", 2),
        ("https://news.example.org/posts/2", 2), ("HTTPS://NEWS.example.org:443/posts/2/", 2),
        ("https://news.example.org/other/~", 5), ("_posts/0001.md", 1),
    ]

    @Test(arguments: words)
    func `show, prove and export take every word for an entry`(word: String, entry: Int) throws {
        let archive = try EntryWordTests.archive()
        let digest = try digest(archive, entry)
        let word = word.replacingOccurrences(of: "DIGEST", with: digest)
            .replacingOccurrences(of: "BEGINNING", with: String(digest.prefix(8)).uppercased())
        #expect(try archive.json("show", word, exits: 0)["index"].int == entry)
        #expect(try archive.json("prove", word, "-o", "p", exits: 0)["index"].int == entry)
        let post = try #require(try archive.json("show", String(entry), exits: 0)["places"].items.last?["path"].string)
        try archive.run("verify", "--proof", "p", post, exits: 0)
        #expect(try archive.json("export", "-o", "m.json", word, exits: 0)["entries"].int == 1)
        let verified = try archive.json("verify", "m.json", exits: 0)
        let member = word == post ? "paths" : "entries"
        #expect(verified["selection"]["filter"][member].items.map(\.string) == [word])
    }

    @Test(arguments: [["show"], ["prove", "-o", "p"], ["export", "-o", "m.json"]])
    func `A word that names several entries, or none, is refused`(line: [String]) throws {
        let archive = try EntryWordTests.archive()
        let several = try archive.run(line + [EntryWordTests.address], exits: 2).stderr
        #expect(several.contains("E-AMBIGUOUS") && several.contains("2 records state this address"), "\(several)")
        let (newest, oldest) = (
            try #require(several.range(of: "entry 4 ")), try #require(several.range(of: "entry 1 "))
        )
        #expect(newest.lowerBound < oldest.lowerBound, "the newest is named first\n\(several)")
        for (word, status, code) in [
            ("https://news.example.org/absent", 3, "E-NOT-RECORDED"), ("sha256:00000000", 3, "E-NOT-RECORDED"),
            ("aaaaaaaa", 3, "E-NOT-RECORDED"), ("sha256:0000000", 2, "E-USAGE"), ("sha256:", 2, "E-USAGE"),
            ("99", 2, "E-USAGE"), ("007", 2, "E-USAGE"), ("+1", 2, "E-USAGE"),
        ] as [(String, Int32, String)] {
            #expect(try archive.run(line + [word], exits: status).stderr.contains(code), "\(word)")
        }
    }

    @Test func `A proof of an entry needs no post, and is of a post's record`() throws {
        let archive = try EntryWordTests.archive()
        try archive.copy(postPath(2), to: "post.md")
        try archive.remove(postPath(2))
        let made = try archive.run("prove", "2", "-o", "p", exits: 0)
        #expect(made.stdout.contains("verify --proof p [POST]"), "\(made)")
        try archive.run("verify", "--proof", "p", archive.folder("post.md"), exits: 0)
        try archive.run("verify", "--proof", "p", postPath(0), exits: 1)
        // Entry 3 is the first accession.
        #expect(try archive.run("prove", "3", "-o", "q", exits: 3).stderr.contains("E-NOT-RECORDED"))
        #expect(!FileManager.default.fileExists(atPath: archive("q")))
    }

    @Test func `Decimal digits alone are an index, and sha256: makes them a digest`() throws {
        let archive = try EntryWordTests.archive()
        let word = String(try digest(archive, 2).prefix(8))
        try #require(word.allSatisfy { $0.isNumber }, "the digest of post 2 begins so")
        #expect(
            try archive.run("show", word, exits: 2).stderr.contains(
                "wanted one below 7, the number of entries in the log"))
        #expect(try archive.json("show", "sha256:" + word, exits: 0)["index"].int == 2)
    }

    @Test func `Two records of the same bytes are one post`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let entry = try archive.json("show", "0", exits: 0)
        try HandMadeEntry(archive).append(entry: Array(try #require(entry["note"].string).utf8))
        let word = String(try digest(archive, 0).prefix(10))
        #expect(try archive.json("show", "2", exits: 0)["record"]["sha256"].string?.hasPrefix(word) == true)
        #expect(try archive.json("show", word, exits: 0)["index"].int == 0)
    }

    @Test func `A proof of a record whose signature is wrong is not made`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let note = try #require(try archive.json("show", "0", exits: 0)["note"].string)
        try HandMadeEntry(archive).append(
            entry: Array(note.replacingOccurrences(of: "\nsize ", with: "\nsize 1").utf8))
        let ended = try archive.run("prove", "2", "-o", "p", exits: 1)
        #expect(ended.stderr.contains("E-SIGNATURE-INVALID  entry 2"), "\(ended)")
        #expect(!FileManager.default.fileExists(atPath: archive("p")))
    }

    @Test func `In an export a folder with the name of a year is a folder`() throws {
        let archive = try CommandLineArchive()
        try archive.write(samplePost(0), to: "2/a.md")
        try archive.write(samplePost(1), to: "2/b.md")
        try archive.write(samplePost(2), to: "3/c.md")
        try archive.run("add", "2", "3", exits: 0)
        #expect(try archive.json("export", "-o", "m.json", "2", exits: 0)["entries"].int == 2)
        #expect(try archive.json("export", "-o", "m.json", "1", "3", exits: 0)["entries"].int == 2)
        #expect(try archive.json("export", "-o", "m.json", "./1", exits: 3)["problems"].items.count == 1)
    }
}

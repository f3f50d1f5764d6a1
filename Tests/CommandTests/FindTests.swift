import Foundation
import TestSupport
import Testing

/// `find` searches titles, and the text of posts whose recorded bytes are at hand.
@Suite struct FindTests {
    private static func archive() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for (number, (title, words)) in [
            ("Night ferry", "The old LAMP at the <b>north</b> pier."), ("渡口新桥今日通车", "镇上的人说，新的桥口很宽。"),
            ("Day ferry", "Only a heron &amp; a Straße."), ("Fourth", "Nothing passed."),
        ].enumerated() {
            try archive.write(samplePost(number, title: title, words: words), to: postPath(number))
        }
        try archive.run("add", "_posts", exits: 0)
        return archive
    }

    private func indexes(_ archive: CommandLineArchive, _ words: [String]) throws -> [Int] {
        try JSON.lines(try archive.run(["find", "--jsonl"] + words, exits: 0).output).compactMap { $0["index"].int }
    }

    @Test func `All words must occur, in any case, in title or text`() throws {
        let archive = try FindTests.archive()
        for (words, wanted) in [
            (["ferry"], [0, 2]), (["FERRY", "lamp"], [0]), (["night lamp"], [0]), (["ferry", "bridge"], []),
            (["north pier"], [0]),
            (["strasse"], [2]), (["heron", "&"], [2]), (["amp"], [0]), (["渡口新桥"], [1]), (["新桥口"], [1]), (["镇新"], []),
            (["桥"], [1]), (["nothing"], [3]), (["--newest", "ferry"], [2, 0]), (["--limit", "1", "ferry"], [0]),
        ] as [([String], [Int])] {
            #expect(try indexes(archive, words) == wanted, "\(words)")
        }
    }

    @Test func `A hit is shown with its date, title, path and a part of the text`() throws {
        let archive = try FindTests.archive()
        let shown = try archive.run("find", "lamp", exits: 0).stdout
        for part in [
            "      0  20", "2022-02-10T05:52:00.000Z  Night ferry\n", postPath(0),
            "         The old LAMP at the north pier.\n",
        ] {
            #expect(shown.contains(part), "\(part)\n\(shown)")
        }
        #expect(shown.contains("1 post found; nothing is verified by this."), "\(shown)")
        let object = try archive.json("find", "ferry", "--limit", "1", exits: 0)
        #expect(object["entries"].items.first?["snippet"].string == "Night ferry" && object["more"].int == 1)
        #expect(object["notSearched"].int == 0 && object["size"].int == 5)
        #expect(try archive.run("find", "absent", exits: 0).stdout.contains("0 posts found"))
    }

    @Test func `Posts that are not at hand are counted, and found by the title that the index has`() throws {
        let archive = try FindTests.archive()
        try archive.remove(postPath(0))
        try archive.write(samplePost(2, title: "Other", words: "A lamp that is not on record."), to: postPath(2))
        let shown = try archive.run("find", "lamp", exits: 0).stdout
        #expect(shown.contains("2 posts could not be searched") && shown.contains("0 posts found"), "\(shown)")
        #expect(try archive.json("find", "ferry", exits: 0)["notSearched"].int == 2)
        #expect(try indexes(archive, ["ferry"]) == [0, 2])
        // Without an index nobody knows these titles any more.
        try archive.remove(".provenance/index.sqlite")
        #expect(try indexes(archive, ["ferry"]).isEmpty)
    }

    @Test(arguments: [
        ["find"], ["find", ""], ["find", " \u{3000}"], ["find", String(repeating: "a", count: 257)],
        ["find", (0..<257).map { "w\($0)" }.joined(separator: " ")], ["find", "a", "--limit", "0"],
    ])
    func `A search for nothing, or for too much, is refused`(line: [String]) throws {
        let archive = try CommandLineArchive()
        #expect(try archive.run(line, exits: 2).stderr.contains("E-USAGE"))
        #expect(try archive.run("find", "a", exits: 0).stdout.contains("0 posts found"), "an empty log")
    }

    @Test func `More words than the parser takes fast`() throws {
        let archive = try FindTests.archive()
        #expect(try indexes(archive, (0..<40).map { _ in "ferry" } + ["lamp"]) == [0])
    }
}

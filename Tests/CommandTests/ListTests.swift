import Foundation
import TestSupport
import Testing

/// `list` chooses posts by what they state, and shows them so that each line can be read.
@Suite struct ListTests {
    /// A post that states a date alone, or a date with a time, and no epoch.
    static func datedPost(_ date: String, title: String = "Dated", from: String) -> String {
        "---\ntitle: \"\(title)\"\ndate: \(date)\nfrom: \(from)\n---\n<p>\(title), \(date).</p>\n"
    }

    /// Posts 0 to 2 state a day, 3 a moment of such a day, 4 an epoch.
    private static func dated() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for (number, date) in ["2022-02-09", "2022-02-10", "2022-02-11", "2022-02-10T20:00:00Z"].enumerated() {
            try archive.write(datedPost(date, from: "https://dated.example/\(number)"), to: postPath(number))
        }
        try archive.write(samplePost(4), to: postPath(4))
        try archive.run("add", "_posts", exits: 0)
        return archive
    }

    /// Addresses of one page, and others that look like it.
    private static let addresses = [
        "https://news.example.org/a%2Db/", "https://NEWS.example.org:443/a-b", "https://news.example.org/a-b",
        "https://news.example.org/a-b?x", "https://news.example.org/A-B", "https://example.org.evil.example/luting",
    ]

    private static func addressed() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for (number, address) in addresses.enumerated() {
            let title = ["Straße", "渡口新桥今日通车", "Third"][number % 3]
            try archive.write(datedPost("2022-02-10", title: title, from: address), to: postPath(number))
        }
        try archive.run("add", "_posts", exits: 0)
        return archive
    }

    private func indexes(_ archive: CommandLineArchive, _ options: [String]) throws -> [Int] {
        try JSON.lines(try archive.run(["list", "--jsonl"] + options, exits: 0).output).compactMap { $0["index"].int }
    }

    @Test func `A post that states only a day counts for that day in UTC`() throws {
        let archive = try ListTests.dated()
        for (options, wanted) in [
            (["--published-after", "2022-02-10"], [1, 2, 3, 4]), (["--published-before", "2022-02-10"], [0]),
            (["--published-after", "2022-02-10", "--published-before", "2022-02-11"], [1, 3, 4]),
            (["--published-after", "2022-02-10T12:00:00Z", "--published-before", "2022-02-11"], [1, 3]),
            (["--published-before", "2022-02-10T00:00:00.001Z"], [0, 1]),
            (["--published-after", "2022-02-11T23:59:59.999Z"], [2]), (["--published-after", "2022-02-12"], []),
        ] as [([String], [Int])] {
            #expect(try indexes(archive, options) == wanted, "\(options)")
        }
        let options = ["--published-after", "2022-02-10"]
        let shown = try archive.run(["list"] + options, exits: 0).stdout
        #expect(shown.contains("2 posts judged by day alone"), "\(shown)")
        #expect(try !archive.run("list", exits: 0).stdout.contains("judged"))
        #expect(try archive.json("list", "--published-after", "2022-02-10", exits: 0)["judgedByDay"].int == 2)
        // An export chooses the same, and its manifest has the members that it had.
        let exported = try archive.run(["export", "-o", "m.json"] + options, exits: 0).stdout
        #expect(exported.contains("4 entries of 6") && exported.contains("2 posts judged by day alone"), "\(exported)")
        let manifest = String(decoding: try archive.read("m.json"), as: UTF8.self)
        #expect(manifest.contains("\"filter\":{\"publishedAfter\":\"2022-02-10\"},\"kind\":\"filter\""))
        try archive.run("verify", "m.json", "--posts", ".", exits: 0)
        let object = try archive.json("export", "-o", "n.json", "--published-before", "2022-02-10", exits: 0)
        #expect(object["judgedByDay"].int == 1 && object["entries"].int == 1)
    }

    @Test func `An address is found in every spelling, and the list says which was exact`() throws {
        let archive = try ListTests.addressed()
        let url = "https://news.example.org/a-b"
        let lines = try JSON.lines(try archive.run("list", "--jsonl", "--url", url, exits: 0).output)
        #expect(lines.map { $0["index"].int } == [0, 1, 2])
        #expect(lines.map { $0["match"].string } == ["normalised", "normalised", "exact"])
        let shown = try archive.run("list", "--url", url, exits: 0).stdout
        #expect(shown.contains("a%2Db/  (after normalisation)\n") && shown.contains("org/a-b\n"), "\(shown)")
        #expect(shown.contains("1 address matches exactly, 2 after normalisation only."), "\(shown)")
        #expect(try indexes(archive, ["--url", "https://news.example.org/a%2Fb"]).isEmpty)
        // An export compares bytes.
        #expect(try archive.json("export", "-o", "m.json", "--url", url, exits: 0)["entries"].int == 1)
        try archive.run("export", "-o", "n.json", "--url", "HTTPS://news.example.org/a-b", exits: 3)
    }

    @Test func `Host, path and title are searched in any case`() throws {
        let archive = try ListTests.addressed()
        for (options, wanted) in [
            (["--host", "Example.org"], [0, 1, 2, 3, 4]), (["--host", "news.example.org"], [0, 1, 2, 3, 4]),
            (["--host", "example"], [5]), (["--host", "ample.org"], []), (["--path", "LUTING"], [5]),
            (["--path", "a-B"], [0, 1, 2, 3, 4]), (["--path", "x"], []), (["--title", "STRASSE"], [0, 3]),
            (["--title", "新桥今"], [1, 4]), (["--title", "third", "--host", "evil.example"], [5]),
            (["--newest"], [5, 4, 3, 2, 1, 0]), (["--newest", "--limit", "2"], [5, 4]),
            (["--limit", "1", "--title", "straße"], [0]),
        ] as [([String], [Int])] {
            #expect(try indexes(archive, options) == wanted, "\(options)")
        }
        // A title that no index has comes from the post, where this is at hand.
        try archive.remove(".provenance/index.sqlite")
        #expect(try indexes(archive, ["--title", "straße"]) == [0, 3])
    }

    @Test(arguments: [
        ["--limit", "0"], ["--limit", "-1"], ["--limit", "x"], ["--host", "https://example.org"], ["--host", ""],
        ["--title", ""], ["--path", ""], ["--host", "example.org:80"],
    ])
    func `A filter that means nothing is refused`(options: [String]) throws {
        let archive = try CommandLineArchive()
        #expect(try archive.run(["list"] + options, exits: 2).stderr.contains("E-USAGE"), "\(options)")
    }

    @Test func `A limit says how many more there are`() throws {
        let archive = try CommandLineArchive.withPosts(5)
        let shown = try archive.run("list", "--limit", "2", exits: 0).stdout
        #expect(shown.contains("And 3 more, newer than these") && shown.contains("5 posts of a log"), "\(shown)")
        #expect(!shown.contains(postPath(2)))
        let newest = try archive.run("list", "--limit", "2", "--newest", exits: 0).stdout
        #expect(newest.contains("And 3 more, older than these"), "\(newest)")
        #expect(try archive.json("list", "--limit", "2", exits: 0)["more"].int == 3)
        #expect(try !archive.run("list", "--limit", "5", exits: 0).stdout.contains("more"))
    }

    @Test func `Each post is shown with the path at which it was seen last`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.write(samplePost(0), to: "_posts/copy.md")
        try archive.run("add", "_posts", exits: 0)
        let lines = try archive.run("list", exits: 0).stdout.split(separator: "\n")
        #expect(lines.prefix(4).last == "         _posts/copy.md", "\(lines)")
        #expect(lines.contains("         " + postPath(1)))
        #expect(lines.first == "  entry  recorded                  published                 post")
    }

    @Test func `At 80 columns no line is broken in the middle of a word`() throws {
        let archive = try CommandLineArchive()
        let address = "https://news.example.org/" + (0..<12).map { "section\($0)" }.joined(separator: "/")
        try archive.write(
            ListTests.datedPost(
                "2022-02-10", title: "Long words " + String(repeating: "harbour ", count: 12), from: address),
            to: "_posts/" + String(repeating: "渡口新桥", count: 18) + ".md")
        try archive.run("add", "_posts", exits: 0)
        let shown = try archive.shell(
            "script -qec 'stty cols 80; \"$COMMAND\" list --published-after 2022-02-10' /dev/null </dev/null", exits: 0
        ).stdout
        let lines = shown.split(whereSeparator: \.isNewline).map(String.init)
        for line in lines {
            let columns = line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2e80 && $1.value < 0xff00 ? 2 : 1) }
            #expect(columns <= 80, "\(line)")
        }
        let words = lines.map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(words.joined().contains(address), "\(shown)")
        #expect(words.filter { $0.hasPrefix("https://") }.allSatisfy { $0.hasSuffix("/") }, "\(shown)")
        #expect(words.joined(separator: " ").contains("Titles are labels."), "\(shown)")
    }
}

import Foundation
import ProvenanceSystem
import TestSupport
import Testing

/// What reaches standard output and standard error, and in what form.
@Suite struct TerminalTests {
    /// A name that tries to steer a terminal and to forge lines: ESC, a C1 control, bidi controls, invisible ones.
    static let evil = "x\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\u{ad}\u{7f}\u{8}\nVERIFIED: forged\r.md"

    @Test func `Success with -q prints nothing at all`() throws {
        let archive = try CommandLineArchive.withSamples()
        let post = try #require(archive.files(below: "_posts").first)
        for line in [
            ["add", "_posts", "-q"], ["verify", "_posts", "-q"], ["verify", post, "--quiet"], ["status", "-q"],
            ["audit", "-q"],
            ["export", "-o", "Manifests/1.json", "-q"], ["verify", "Manifests/1.json", "-q"],
            ["verify", "Manifests/1.json", "--posts", ".", "-q"], ["prove", post, "-o", "p.tlog-proof", "-q"],
            ["verify", "--proof", "p.tlog-proof", post, "-q"], ["reindex", "-q"],
        ] {
            let ended = try archive.run(line, exits: 0)
            #expect(ended.output.isEmpty && ended.errors.isEmpty, "\(line)\n\(ended)")
        }
        try archive.write(samplePost(1), to: "_posts/new.md")
        let added = try archive.run("add", "_posts", "-q", exits: 0)
        #expect(added.output.isEmpty && added.errors.isEmpty, "\(added)")
        try archive.write("broken\n", to: "_posts/broken.md")
        let tolerated = try archive.run("add", "_posts", "-q", "--tolerate-refused", exits: 0)
        #expect(tolerated.output.isEmpty && tolerated.errors.isEmpty, "\(tolerated)")
    }

    @Test func `Failure with -q names the offender`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.write(samplePost(0, words: "Other words."), to: postPath(0))
        for line in [["verify", "_posts", "-q"], ["verify", postPath(0), "-q"], ["status", "-q"]] {
            let ended = try archive.run(line, exits: 1)
            #expect(ended.stdout.contains(postPath(0)) && ended.stdout.contains("E-ALTERED"), "\(ended)")
            #expect(!ended.stdout.contains(postPath(1)), "\(ended)")
        }
        try archive.write("broken\n", to: "_posts/broken.md")
        let ended = try archive.run("add", "_posts", "-q", exits: 1)
        #expect(ended.stderr.contains("_posts/broken.md") && ended.stderr.contains(postPath(0)), "\(ended)")
    }

    @Test func `Each command prints one canonical JSON object with --json, and nothing on standard error`() throws {
        let archive = try CommandLineArchive(initializing: false)
        func object(_ line: String..., exits status: Int32 = 0) throws -> JSON {
            let ended = try archive.run(line + ["--json"], exits: status)
            let objects = try JSON.lines(ended.output)
            #expect(objects.count == 1, "\(line)\n\(ended)")
            #expect(ended.errors.isEmpty, "\(line)\n\(ended)")
            return try #require(objects.first)
        }
        #expect(try object("init", "--origin", CommandLineArchive.origin)["status"].string == "verified")
        for number in 0..<3 { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.write("broken\n", to: "_posts/" + TerminalTests.evil)
        #expect(try object("add", "_posts", exits: 2)["problems"].items.count == 1)
        #expect(try object("verify", postPath(0))["posts"].items.count == 1)
        #expect(try object("verify", "_posts", exits: 3)["posts"].items.count == 4)
        #expect(try object("status")["counts"]["ok"].int == 3)
        #expect(try object("list")["entries"].items.count == 3)
        #expect(try object("find", "words")["entries"].items.count == 3)
        #expect(try object("show", "0")["record"]["source"].string == "https://news.example.org/posts/0")
        #expect(try object("prove", postPath(1), "-o", "p.tlog-proof")["index"].int == 1)
        #expect(try object("verify", "--proof", "p.tlog-proof", postPath(1))["status"].string == "verified")
        #expect(try object("export", "-o", "m.json")["entries"].int == 4)
        #expect(try object("verify", "m.json", "--posts", ".")["status"].string == "verified")
        #expect(try object("audit")["posts"].int == 3)
        #expect(try object("reindex")["entries"].int == 4)
        #expect(try object("key", "list")["pinned"].items.count == 1)
        #expect(try object("key", "show")["keys"].items.count == 2)
        #expect(try object("key", "generate", "signer", "--name", "x", "-o", "more")["keys"].items.count == 1)
        #expect(try object("key", "pin", try archive.pinnableKeys())["status"].string == "verified")
    }

    /// Command lines that fail as a whole, and how.
    static let failing: [(line: [String], status: Int32)] = [
        (["init", "--origin", "x"], 2), (["add", "absent"], 2), (["add", "--nosuch"], 2), (["show", "99"], 2),
        (["show", "absent"], 3), (["status", "--max-gap", "x"], 2), (["export"], 2),
        (["audit", "--since", "absent"], 2), (["verify", "_posts", "--keys", "absent"], 2), (["nosuch"], 2),
        (["prove", "absent", "-o", "p"], 2), (["list", "--after", "x"], 2), (["reindex", "--archive", "absent"], 2),
        (["verify", "_posts", "--archive", "absent", "--jsonl"], 2),
    ]

    @Test(arguments: failing)
    func `A command that fails as a whole prints one JSON object too`(line: [String], status: Int32) throws {
        let archive = try CommandLineArchive.withPosts(1)
        let ended = try archive.run(line.contains("--jsonl") ? line : line + ["--json"], exits: status)
        let objects = try JSON.lines(ended.output)
        try #require(objects.count == 1, "\(ended)")
        #expect(objects[0]["status"].string == (status == 2 ? "error" : "inconclusive"))
        #expect(objects[0]["problems"].items.allSatisfy { $0["code"].string?.hasPrefix("E-") == true }, "\(ended)")
        #expect(!objects[0]["problems"].items.isEmpty, "\(ended)")
    }

    @Test func `JSON lines: an object for each post, each problem, and one for the whole`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        let listed = try JSON.lines(try archive.run("list", "--jsonl", exits: 0).output)
        #expect(listed.map { $0["index"].int } == [0, 1, 2])
        let verified = try JSON.lines(try archive.run("verify", "_posts", "--jsonl", exits: 0).output)
        #expect(verified.count == 4)
        #expect(verified.dropLast().compactMap { $0["path"].string } == [postPath(0), postPath(1), postPath(2)])
        #expect(verified.last?["checked"].int == 3)
        try archive.run("export", "-o", "m.json", exits: 0)
        #expect(try JSON.lines(try archive.run("verify", "m.json", "--jsonl", exits: 0).output).count == 1)
        try archive.write(samplePost(0, words: "Other words."), to: postPath(0))
        try archive.remove(postPath(1))
        let broken = try JSON.lines(
            try archive.run("verify", "m.json", "--posts", "_posts", "--jsonl", exits: 1).output)
        #expect(broken.dropLast().compactMap { $0["code"].string }.sorted() == ["E-ALTERED", "E-MISSING"])
        #expect(broken.last?["status"].string == "failed")
    }

    @Test func `No name and no title reaches the terminal as it is`() throws {
        let archive = try CommandLineArchive()
        let name = "_posts/" + TerminalTests.evil
        let title = "T\\e[2J\\x9B31m\\u202E\\u2066\\u200B\\uFEFF\\nVERIFIED: forged\\rZ"
        try archive.write(samplePost(1, title: title), to: name)
        try archive.write("broken\n", to: "_posts/broken" + TerminalTests.evil)
        try archive.write(samplePost(2), to: postPath(2))
        let manifest = "Manifests/\u{1b}[2J\u{202e}.json"
        var lines: [([String], Int32)] = [
            (["add", "_posts", "archived" + TerminalTests.evil], 2), (["add", "_posts"], 0), (["list"], 0),
            (["show", "1"], 0), (["show", name], 0),
            (["verify", name], 0), (["verify", "_posts"], 3), (["status"], 0), (["export", "-o", manifest], 0),
            (["verify", manifest], 0), (["verify", manifest, "--posts", "."], 0), (["audit"], 0),
            (["prove", name, "-o", "p\u{1b}[2J"], 0), (["verify", "--proof", "p\u{1b}[2J", name], 0),
            (["verify", "absent" + TerminalTests.evil], 2), (["add", "--" + TerminalTests.evil], 2),
            ([TerminalTests.evil], 2),
            (["verify", name, "--archive", "absent" + TerminalTests.evil], 2),
            (["list", "--url", TerminalTests.evil], 0), (["find", TerminalTests.evil], 0), (["find", "forged"], 0),
            (["show", "https://" + TerminalTests.evil], 3), (["show", "sha256:" + TerminalTests.evil], 2),
            (["verify", name, "--keys", "absent" + TerminalTests.evil], 2), (["show", TerminalTests.evil], 3),
            (["status", "--max-gap", TerminalTests.evil], 2), (["audit", "--since", TerminalTests.evil], 2),
            (["init", "--origin", TerminalTests.evil], 2), (["key", "pin", TerminalTests.evil], 2),
        ]
        for (line, status) in lines { expectClean(try archive.run(line, exits: status), line) }
        // Also when these files are the problem.
        try archive.write(samplePost(1, title: title, words: "Altered."), to: name)
        lines = [
            (["verify", name], 1), (["verify", "_posts"], 1), (["status"], 1),
            (["verify", manifest, "--posts", "."], 1),
            (["add", "_posts"], 1), (["status"], 1), (["verify", name], 3), (["list"], 0),
        ]
        for (line, status) in lines { expectClean(try archive.run(line, exits: status), line) }
        try archive.remove(name)
        expectClean(try archive.run("status", exits: 1), ["status"])
    }

    private func expectClean(_ ended: Ended, _ line: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for scalar in (ended.stdout + ended.stderr).unicodeScalars where scalar != "\n" {
            let isSteering: Bool
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: isSteering = true
            default: isSteering = false
            }
            #expect(!isSteering, "U+\(String(scalar.value, radix: 16)) in \(line)", sourceLocation: sourceLocation)
        }
        for text in ended.stdout.split(separator: "\n") + ended.stderr.split(separator: "\n") {
            #expect(!text.hasPrefix("VERIFIED: forged"), "\(line)", sourceLocation: sourceLocation)
        }
    }

    @Test func `Colour is only used where it is asked for`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        func hasColor(_ line: [String], _ environment: [String: String] = [:]) throws -> Bool {
            try archive.run(line, exits: 0, environment: environment).output.contains(0x1b)
        }
        #expect(try !hasColor(["verify", "_posts"]), "no terminal")
        #expect(try hasColor(["verify", "_posts", "--color", "always"]))
        #expect(try hasColor(["verify", "_posts", "--color", "always"], ["NO_COLOR": "1"]))
        #expect(try !hasColor(["verify", "_posts", "--color", "never"]))
        #expect(try !hasColor(["verify", "_posts", "--color", "always", "--json"]))
    }

    @Test func `A reader that closes the pipe early ends the command quietly`() throws {
        let archive = try CommandLineArchive.withSamples()
        let ended = try TestSupport.run(
            "bash", arguments: ["-c", "set -o pipefail; \"$0\" list | head -n 1", command],
            environment: archive.environment(), folder: archive.root)
        #expect(ended.errors.isEmpty, "\(ended)")
        #expect(ended.stdout.split(separator: "\n").count == 1)
    }
}

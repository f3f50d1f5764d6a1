import TestSupport
import Testing

/// The messages for command lines that cannot be carried out as they stand.
@Suite struct CommandWordsTests {
    @Test(arguments: [
        (["lst"], "did you mean `provenance list`?"), (["nonsense"], "there is no such command; wanted init, add"),
        (["verify", "m.json", "--posts", "a", "--posts=b"], "--posts: it is given twice"),
        (["export", "-o", "a", "-o", "b"], "-o: it is given twice"),
        (["export", "-o=a", "-o=b"], "-o: it is given twice"),
        (["export", "-o", "a", "--output", "b"], "--output: it is given twice"),
        (["verify", "_posts", "--keys"], "--keys: found no value after it"),
        (["list", "extra"], "extra: found more arguments than"),
        (["list", "--urll", "a"], "--urll: found an option that `provenance list` does not have"),
        (["add"], "found no path"), (["show"], "found no <what>"),
        (["status", "--color", "blue"], "--color: found 'blue'; wanted auto, always or never"),
        (["key", "generate", "root"], "'root'"),
        (["export", "--since", "a", "--since", "b", "-o", "c"], "--since: it is given twice"),
        (["verify", "p.tlog-proof"], "provenance verify --proof p.tlog-proof"),
    ])
    func `Words that mean nothing, or one thing twice, end with 2 and say what to do`(
        line: [String], words: String
    ) throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("prove", "_posts/0000.md", "-o", "p.tlog-proof", exits: 0)
        let ended = try archive.run(line, exits: 2)
        #expect(ended.stderr.contains("E-USAGE") && ended.stderr.contains(words), "\(ended)")
    }

    @Test func `Only audit takes several checkpoints`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("export", "-o", "a.json", exits: 0)
        try archive.run("audit", "--since", "a.json", "--since", "a.json", exits: 0)
    }

    @Test func `A manifest of another log is not replaced, and one of this log is said to be`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("export", "-o", "m.json", exits: 0)
        let again = try archive.run("export", "-o", "m.json", exits: 0)
        #expect(again.stdout.contains("The manifest that stood there, of the log's first 3 entries, is gone."))
        let kept = try archive.read("m.json")
        let other = archive.folder("other")
        try archive.run("init", "--origin", "other.example/log", "--archive", other, exits: 0)
        let ended = try archive.run("export", "--archive", other, "-o", archive("m.json"), exits: 2)
        #expect(ended.stderr.contains("E-OUTPUT-EXISTS") && ended.stderr.contains(CommandLineArchive.origin))
        #expect(try archive.read("m.json") == kept)
    }

    @Test func `A refused file shows with its code in status`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write("no post", to: "_posts/bad.md")
        try archive.run("add", "_posts", exits: 2)
        // Nothing but refused files has come since the last post.
        let status = try archive.json("status", exits: 3)
        #expect(status["items"].items.map { $0["codes"].items.map(\.string) } == [["E-NO-FRONT-MATTER"]], "\(status)")
        #expect(status["problems"].items.map { $0["code"].string } == ["E-ALL-REFUSED"], "\(status)")
    }
}

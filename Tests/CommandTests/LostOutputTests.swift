import Foundation
import TestSupport
import Testing

/// Where standard output cannot be written, the verdict still decides the exit status and appears on standard error.
@Suite struct LostOutputTests {
    /// Commands with their exit status when everything can be written; the first post is altered.
    static let lines: [(line: String, status: Int32)] = [
        ("status -q", 1), ("status", 1), ("status --json", 1), ("verify _posts", 1), ("verify -q _posts/0000.md", 1),
        ("verify _posts --json", 1), ("verify _posts --jsonl", 1), ("verify ../m.json --posts _posts", 1),
        ("verify ../m.json --posts _posts --jsonl", 1), ("verify _posts/0001.md", 0),
        ("verify _posts/0001.md --json", 0),
        ("verify --proof ../p _posts/0001.md", 0), ("verify --proof ../p _posts/0000.md", 1),
        ("verify ../m.json", 0), ("verify ../m.json --require content", 3), ("verify ../bundle", 0),
        ("verify ../bundle --jsonl", 0), ("verify _posts/0001.md --keys ../other/keys", 3), ("audit", 0),
        ("audit --json", 0), ("audit --keys ../other/keys", 3), ("list", 0), ("list --json", 0), ("list --jsonl", 0),
        ("show 0", 0), ("show 0 --json", 0), ("show 99", 2), ("prove _posts/0001.md -o -", 0),
        ("repair --from log --dry-run", 0), ("key list", 0), ("key show", 0), ("--help", 0), ("--version", 0),
        ("verify --help", 0), ("verify", 2), ("verify --json", 2), ("nonsense", 2),
    ]

    private func archive() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.shell(
            """
            p init -q --origin other.example/x ../other && p export -q -o ../m.json && p export -q --bundle ../bundle &&
            p prove -q _posts/0001.md -o ../p && sed -i 's/words of post/words of no post/' _posts/0000.md
            """, exits: 0)
        return archive
    }

    /// What the exit status becomes.
    private func lost(_ status: Int32) -> Int32 { status == 1 ? 1 : 2 }

    @Test func `A verdict of 1 stays 1 on a full disk, and every other result is not given`() throws {
        let archive = try archive()
        let words: [Int32: String] = [1: "FAILED: ", 3: "INCONCLUSIVE: "]
        for (line, status) in LostOutputTests.lines {
            try archive.shell("p \(line)", exits: status)
            let before = try archive.contents()
            for place in ["/dev/full", "&-"] {
                let ended = try archive.shell("p \(line) >\(place)", exits: lost(status))
                let wantsOutput = status != 2 || line.contains("--json")
                #expect(
                    ended.stderr.contains("E-IO  standard output: cannot write: ") == wantsOutput,
                    "\(line) >\(place)\n\(ended)")
                if let word = words[status] {
                    #expect(ended.stderr.contains("\n" + word), "\(line) >\(place)\n\(ended)")
                }
            }
            #expect(try archive.contents() == before, "\(line)")
        }
    }

    @Test func `A limit on the size of files is a full disk, and ends nothing by a signal`() throws {
        let archive = try archive()
        try archive.shell("ulimit -f 0; p status -q >../out", exits: 1)
        try archive.shell("ulimit -f 0; p list >../out", exits: 2)
        try archive.write(samplePost(7), to: postPath(7))
        try archive.shell("ulimit -f 0; p add -q _posts/0007.md", exits: 2)
        #expect(try archive.size() == 3)
        try archive.run("add", "-q", "_posts/0007.md", exits: 0)
        try archive.run("audit", "-q", exits: 0)
    }

    @Test func `The last line of the verdict is on standard error`() throws {
        let archive = try archive()
        for line in ["status", "status -q", "verify _posts", "audit", "verify ../m.json --posts _posts"] {
            let told = try archive.shell("p \(line)", exits: nil)
            let verdict = try #require(
                told.stdout.split(separator: "\n").last { $0.hasPrefix("FAILED: ") || $0.hasPrefix("VERIFIED: ") })
            for place in ["/dev/full", "&-"] {
                let ended = try archive.shell("p \(line) --color always >\(place)", exits: lost(told.status))
                #expect(ended.stderr.split(separator: "\n").suffix(1) == [verdict], "\(line) >\(place)\n\(ended)")
            }
        }
    }

    @Test func `Nothing is written into the archive for want of a descriptor`() throws {
        let archive = try archive()
        let closings = ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- 2>&-", "<&- >&- 2>&-"]
        for (line, status) in LostOutputTests.lines {
            let before = try archive.contents()
            for closing in closings {
                let wanted = closing.contains(" >&-") || closing.hasPrefix(">") ? lost(status) : status
                try archive.shell("p \(line) \(closing)", exits: wanted)
                #expect(try archive.contents() == before, "\(line) \(closing)")
            }
        }
    }

    @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- 2>&-", "<&- >&- 2>&-", ">/dev/full"])
    func `What is recorded or made without outputs is what it is with them`(closing: String) throws {
        let archive = try CommandLineArchive(initializing: false)
        let isLost =
            closing.contains(">&-") && !closing.hasPrefix("2") && !closing.hasPrefix("<&- 2") || closing.hasPrefix(">/")
        func run(_ line: String) throws { try archive.shell("p \(line) \(closing)", exits: isLost ? 2 : 0) }
        try run("init --origin archive.example.org/news")
        try archive.write(samplePost(0), to: postPath(0))
        try run("add _posts")
        #expect(try archive.size() == 2)
        try archive.write(samplePost(1), to: postPath(1))
        try run("add _posts --json")
        try archive.write(samplePost(2), to: postPath(2))
        try run("add _posts --verbose")
        #expect(try archive.size() == 6)
        try run("export -o ../m.json")
        try run("export --bundle ../bundle")
        try run("export --bundle ../bundle.zip")
        try run("export --verifier ../verifier")
        try run("prove _posts/0000.md -o ../p")
        try run("key generate log --name archive.example.org/next -o ../next")
        try archive.remove(".provenance/index.sqlite")
        try run("reindex")
        for line in [
            "audit", "status", "verify _posts", "verify ../m.json", "verify ../bundle", "verify ../bundle.zip",
            "verify --proof ../p _posts/0000.md", "list", "key list",
        ] { try archive.shell("p \(line)", exits: 0) }
        // None of the files contains text of a verdict.
        let stray = try archive.shell(
            "grep -rlE 'E-IO|VERIFIED|recorded   ' log accessions keys .provenance ../next", exits: 1)
        #expect(stray.output.isEmpty, "\(stray)")
    }

    @Test func `Standard input that is closed is no empty list, manifest or proof`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        for line in [
            "verify -", "verify --files-from -", "add -", "add --files-from -", "verify --proof - _posts/0000.md",
            "audit --since -", "export -o m --since -", "add _posts --passphrase-file -",
        ] {
            let ended = try archive.shell("p \(line) <&-", exits: 2)
            #expect(ended.stderr.contains("Bad file descriptor"), "\(line)\n\(ended)")
        }
    }

    @Test func `A reader that has enough ends the program as it ends every other`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        let ended = try archive.shell(
            "p list --jsonl | true; echo ${PIPESTATUS[0]}; p status -q | head -1; echo ${PIPESTATUS[0]}", exits: 0)
        // 141: SIGPIPE; 0: everything was in the pipe before its reader had gone.
        #expect(["141\n0\n", "0\n0\n"].contains(ended.stdout), "\(ended)")
        #expect(ended.errors.isEmpty, "\(ended)")
    }
}

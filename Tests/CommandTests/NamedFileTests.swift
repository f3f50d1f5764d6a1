import Foundation
import TestSupport
import Testing

/// Files named on the command line may be links and pipes; files found in folders may not.
@Suite struct NamedFileTests {
    private let limit = 20.0

    /// An archive with two posts, and beside it a manifest, a bundle, a proof, keys, and an archive whose keys are locked;
    /// `../links/NAME` is a link to each, by way of another one.
    private func archive() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.shell(
            """
            p export -q -o ../m.json && p export -q --bundle ../bundle && p export -q --bundle ../b.zip &&
            p prove -q _posts/0000.md -o ../p && mkdir ../keys ../links && cp keys/*.vkey ../keys &&
            echo _posts/0000.md > ../list && (umask 077; echo words > ../words) && cp -R _posts ../posts && cp -R log ../log &&
            cp log/checkpoint ../checkpoint &&
            p init -q --origin locked.example/x ../locked --passphrase-file ../words &&
            cd ../links && ln -s .. ..data &&
            for f in m.json bundle b.zip p keys list words posts log checkpoint; do ln -s ..data/$f $f; done
            """, exits: 0)
        return archive
    }

    @Test func `A link to what an option or an argument names is followed`() throws {
        let archive = try archive()
        for line in [
            "verify -q $l/m.json", "verify -q $l/bundle", "verify -q $l/b.zip", "verify -q $l/m.json --posts $l/posts",
            "verify -q --proof $l/p _posts/0000.md", "verify -q --keys $l/keys _posts",
            "verify -q --files-from $l/list",
            "audit -q --since $l/m.json", "audit -q --since $l/checkpoint --keys $l/keys", "key pin -q $l/keys",
            "export -q -o ../n.json --since $l/m.json", "export -q --bundle ../second --posts $l/posts",
            "add -q --files-from $l/list", "add -q --heartbeat --archive ../locked --passphrase-file $l/words",
            "init -q --origin other.example/x ../other --passphrase-file $l/words",
            "key generate -q log --name third.example/x -o ../third --passphrase-file $l/words",
            "repair -q --from $l/log", "repair -q --from $l/m.json", "repair -q --from $l/bundle",
        ] { try archive.shell("l=../links; p \(line)", exits: 0) }
    }

    @Test func `A pipe is read where one reading is enough`() throws {
        let archive = try archive()
        for line in [
            "p verify -q <(cat ../m.json)", "p verify -q <(cat ../m.json) --posts _posts",
            "p verify -q --proof <(cat ../p) _posts/0000.md", "p verify -q --files-from <(cat ../list)",
            "p add -q --files-from <(cat ../list)", "p audit -q --since <(cat ../m.json)",
            "p audit -q --since <(cat ../m.json) --since <(cat log/checkpoint)",
            "p audit -q --since <(cat log/checkpoint)",
            "p export -q -o ../n.json --since <(cat ../m.json)",
            "p add -q --heartbeat --archive ../locked --passphrase-file <(echo words)",
            "p add -q --heartbeat --archive ../locked --passphrase-file <(sleep 0.3; echo words)",
            "cat ../words | p add -q --heartbeat --archive ../locked --passphrase-file /dev/stdin",
            "p add -q --heartbeat --archive ../locked --passphrase-file /dev/fd/7 7<../words",
            "p verify -q --proof /dev/stdin _posts/0000.md <../p", "p verify -q /dev/stdin <../m.json",
            "mkfifo ../fifo", "(cat ../m.json > ../fifo) & sleep 0.5; p verify -q ../fifo && wait",
            "(cat ../p > ../fifo) & sleep 0.5; p verify -q --proof ../fifo _posts/0000.md && wait",
            "(cat ../list > ../fifo) & sleep 0.5; p verify -q --files-from ../fifo && wait",
        ] { try archive.shell(line, exits: 0, limit: limit) }
    }

    @Test func `A dash is standard input wherever a file is read`() throws {
        let archive = try archive()
        for line in [
            "p verify -q - <../m.json", "cat ../m.json | p verify -q -", "p verify -q --proof - _posts/0000.md <../p",
            "cat ../p | p verify -q --proof - _posts/0000.md", "p verify -q --files-from - <../list",
            "cat ../m.json | p audit -q --since -", "p audit -q --since - <log/checkpoint",
            "cat ../m.json | p export -q -o ../n.json --since -",
            "echo words | p add -q --heartbeat --archive ../locked --passphrase-file -",
            "echo words | p init -q --origin other.example/x ../other --passphrase-file -",
            "p add -q - <../list",
        ] { try archive.shell(line, exits: 0, limit: limit) }
        for line in [
            "add - --files-from -", "add - -", "add --files-from - --passphrase-file -", "add - --passphrase-file -",
            "verify - --proof -", "verify --files-from - --proof -", "audit --since - --since -",
            "export -o ../o --since - --passphrase-file -",
        ] {
            let ended = try archive.run(line.split(separator: " ").map(String.init), exits: 2, limit: limit)
            #expect(ended.stderr.contains("E-USAGE") && ended.stderr.contains("'-'"), "\(line)\n\(ended)")
        }
    }

    @Test func `A pipe that nobody writes to is no empty file, and no device eats memory`() throws {
        let archive = try archive()
        try archive.shell("mkfifo ../fifo", exits: 0)
        for line in [
            "verify --proof X _posts/0000.md", "add --files-from X", "verify --files-from X", "audit --since X",
            "export -o ../o --since X", "add --heartbeat --archive ../locked --passphrase-file X",
        ] {
            let words = { (name: String) in line.replacing("X", with: name).split(separator: " ").map(String.init) }
            let ended = try archive.run(words("../fifo"), exits: 2, limit: limit)
            #expect(ended.stderr.contains("a pipe that nobody writes to"), "\(line)\n\(ended)")
            for device in ["/dev/zero", "/dev/urandom"] {
                // Enough for the program and its longest list, but not for an endless file.
                let ended = try archive.shell(
                    "ulimit -v 1500000; p \(line.replacing("X", with: device))", exits: 2, limit: limit)
                #expect(!ended.stderr.isEmpty, "\(line) \(device)")
            }
            let folder = try archive.run(words(".."), exits: 2, limit: limit)
            #expect(!folder.stderr.isEmpty)
            // An empty file is read as one.
            let empty = try archive.run(words("/dev/null"), exits: nil, limit: limit)
            #expect([2, 3].contains(empty.status), "\(line)\n\(empty)")
        }
        for line in [
            "verify X", "verify X _posts", "repair --from X", "verify m.json --posts X", "verify _posts --keys X",
        ] {
            for place in ["../fifo", "/dev/zero", "/dev/null"] {
                try archive.run(
                    line.replacing("X", with: place).split(separator: " ").map(String.init), exits: 2, limit: limit)
            }
        }
    }

    @Test func `What is read from several places is refused through a pipe, in words`() throws {
        let archive = try archive()
        for (line, words) in [
            ("p verify <(cat ../b.zip)", "a zip file is read from several places"),
            ("cat ../b.zip | p verify -", "a zip file is read from several places"),
            ("p repair --from <(cat ../m.json)", "is read more than once"),
            ("p verify <(cat ../p)", "found a proof; wanted a post"),
        ] {
            let ended = try archive.shell(line, exits: 2, limit: limit)
            #expect(ended.stderr.contains("E-USAGE") && ended.stderr.contains(words), "\(ended)")
        }
    }

    @Test func `Posts, and what a list names, are never opened through a link or as a pipe`() throws {
        let archive = try archive()
        try archive.shell(
            """
            ln -s 0000.md _posts/link.md && ln -s ../m.json m.json && ln -s ../b.zip b.zip && ln -s ../bundle bundle &&
            mkfifo _posts/fifo.md fifo.json && (sleep 1 >_posts/fifo.md &) && ln -s _posts linked
            """, exits: 0)
        for line in [
            "p verify _posts/link.md", "p add _posts/link.md", "p prove _posts/link.md -o ../q", "p verify linked",
            "p verify <(cat _posts/0000.md)", "p add <(cat _posts/0000.md)", "p add linked",
            "p verify --proof ../p _posts/link.md", "echo m.json | p verify --files-from -",
            "echo b.zip | p verify --files-from -", "echo fifo.json | p verify --files-from -",
            "echo m.json | p verify - -0",
            "p verify _posts/fifo.md", "p add _posts/fifo.md",
        ] { try archive.shell(line, exits: 2, limit: limit) }
        // A bundle's folder is not accepted when a list names it through a link.
        try archive.shell("echo bundle | p verify --files-from -", exits: 2, limit: limit)
    }
}

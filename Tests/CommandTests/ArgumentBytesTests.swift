import Foundation
import TestSupport
import Testing

/// File names are bytes, on the command line too; only the file with exactly the given name is read or written.
@Suite struct ArgumentBytesTests {
    /// A byte that is not UTF-8, in the shell's notation.
    private static let latin = #"$'\xe9'"#

    /// An archive with a post in `_posts` whose name is not UTF-8, and beside it a folder whose name is not UTF-8 either.
    private func archive() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.shell("mv _posts/0001.md _posts/caf$'\\xe9'.md; mkdir ../d$'\\xe9'; p add -q _posts", exits: 0)
        return archive
    }

    @Test(arguments: [
        "verify -q", "add -q", "prove -q -o ../p", "show -q", "export -q -o ../m.json", "verify -q --json",
        "verify -q --proof ../earlier",
    ])
    func `A post whose name is not UTF-8 is named as an argument`(line: String) throws {
        let archive = try archive()
        try archive.shell("printf '_posts/caf\\xe9.md' | p verify -q --files-from -", exits: 0)
        try archive.shell("p prove -q _posts/caf$'\\xe9'.md -o ../earlier", exits: 0)
        try archive.shell("p \(line) _posts/caf$'\\xe9'.md", exits: 0)
        try archive.shell(
            "cd _posts; p \(line.replacing("../", with: "../../")) *\(ArgumentBytesTests.latin)*", exits: 0)
        // Names with another invalid byte, or with the character that messages show for it, are different names.
        for other in [#"\xe8"#, #"\xef\xbf\xbd"#, #"\xc3\xa9"#] {
            let ended = try archive.shell("p \(line) _posts/caf$'\(other)'.md", exits: nil)
            #expect([1, 2, 3].contains(ended.status), "\(line) \(other)\n\(ended)")
        }
    }

    @Test func `What is written goes where it was named, and is read from there`() throws {
        let archive = try archive()
        for line in [
            "p init -q --origin other.example/x $d/new", "test -f $d/new/keys/log.vkey",
            "p init -q --origin third.example/x --archive $d/third", "test -f $d/third/keys/log.vkey",
            "p add -q --heartbeat --archive $d/new", "test -f $d/new/log/checkpoint",
            "p key generate -q signer --name other.example/y -o $d/made", "test -f $d/made/signer.key.pem",
            "p export -q -o $d/m.json", "p verify -q $d/m.json", "p verify -q $d/m.json --posts _posts",
            "p audit -q --since $d/m.json", "p export -q --since $d/m.json -o $d/later.json", "test -f $d/later.json",
            "p export -q --format csv -o $d/e.csv", "test -f $d/e.csv",
            "p export -q --format bagit -o $d/bag", "test -f $d/bag/bagit.txt",
            "p export -q --bundle $d/bundle", "test -f $d/bundle/bagit.txt", "p verify -q $d/bundle",
            "p export -q --bundle $d/b.zip", "p verify -q $d/b.zip", "p verify -q --bundle= $d/b.zip; test $? = 2",
            "p export -q --verifier $d/v", "test -f $d/v/verify.sh",
            "p prove -q _posts/0000.md -o $d/p", "p verify -q --proof $d/p _posts/0000.md",
            "p verify -q --proof=$d/p _posts/0000.md",
            "mkdir $d/k; cp keys/*.vkey $d/k", "p verify -q --keys $d/k _posts", "p key pin -q $d/k",
            "p key list -q --keys $d/k", "cp -R _posts $d/posts", "p verify -q $d/m.json --posts $d/posts",
            "p export -q --bundle $d/second --posts $d/posts", "p add -q $d/posts", "p verify -q $d/posts",
            "p repair -q --from $d/m.json", "cp -R log $d/log", "p repair -q --from $d/log --dry-run",
            "echo _posts/0000.md > $d/list", "p verify -q --files-from $d/list",
            "(umask 077; echo words > $d/words)",
            "p init -q --origin locked.example/x $d/locked --passphrase-file $d/words",
            "p add -q --heartbeat --archive $d/locked --passphrase-file $d/words",
        ] { try archive.shell("d=../d\(ArgumentBytesTests.latin); \(line)", exits: 0) }
        let stray = try archive.shell(#"find .. -name $'*\xef\xbf\xbd*'; find .. -name $'*\xf4\x8f*'"#, exits: 0)
        #expect(stray.output.isEmpty, "\(stray)")
    }

    @Test func `Of many names on a command line none is lost, and each keeps its bytes`() throws {
        let count = 40
        let archive = try CommandLineArchive(initializing: true)
        for number in 0..<count { try archive.write(samplePost(number), to: "p/\(number).md") }
        try archive.shell("mkdir q; for f in p/*; do mv $f q/$'\\xe9 '${f#p/}; done", exits: 0)
        for (line, wanted) in [
            ("add q/* --json", "\"recorded\":\(count)"), ("add --json -- q/*", "\"unchanged\":\(count)"),
            ("verify q/* --json", "\"checked\":\(count)"),
            ("verify --json q/* --keys keys q/*", "\"checked\":\(count * 2)"),
            ("verify --json -- q/*", "\"checked\":\(count)"), ("export -o m.json q/*", "\(count) entries of"),
            ("export -o m.json -- q/*", "\(count) entries of"),
        ] {
            let ended = try archive.shell("p \(line)", exits: 0)
            #expect(ended.stdout.contains(wanted), "\(line)\n\(ended)")
        }
        // A missing file is reported at every position of the list.
        for place in [1, 2, 3, 17, count] {
            let ended = try archive.shell(
                "set -- q/*; a=(\"$@\"); a[\(place - 1)]=none\(place).md; p verify \"${a[@]}\"", exits: 2)
            #expect(ended.stdout.contains("none\(place).md"), "\(ended)")
        }
        // A repeated option as well.
        let since = "$(for i in {1..20}; do echo --since m.json; done)"
        #expect(try archive.shell("p audit --json \(since)", exits: 0).stdout.contains("verified"))
        let last = try archive.shell("cp log/checkpoint ./-c; p audit \(since) --since=-c --since none", exits: 2)
        #expect(last.stderr.contains("none"), "\(last)")
        for words in ["q/* ''", "'' q/*", "q/* '' q/*", "-- q/* ''", "q/* --bogus q/*", "q/* -- --bogus"] {
            try archive.shell("p verify \(words)", exits: 2)
        }
    }

    @Test func `No two names are taken for one another, whatever characters they hold`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        // The byte e9, and the private-use characters that a mapping of bytes to text might use for it.
        let names = [
            #"\xe9"#, #"\xf4\x8f\xbb\xa9"#, #"\xf4\x8f\xbb"#, #"\xf4\x8f\xbf\xa9"#, #"\xee\xbf\xa9"#, #"\xed\xb3\xa9"#,
            #"\xc3\xa9"#, #"e\xcc\x81"#, #"\xef\xbf\xbd"#,
        ]
        for (number, name) in names.enumerated() {
            try archive.shell("p export -q --index 0..\(number % 2) -o ../$'\(name)'", exits: 0)
            let ended = try archive.shell("p verify ../$'\(name)'", exits: 0)
            #expect(ended.stdout.contains("from 0 to \(number % 2): "), "\(ended)")
        }
        let made = try archive.shell("ls -1 .. | wc -l", exits: 0)
        // The two others are the archive and the configuration.
        #expect(made.stdout.trimmingCharacters(in: .whitespacesAndNewlines) == String(names.count + 2), "\(made)")
        for name in names { try archive.shell("test -f ../$'\(name)'", exits: 0) }
    }

    @Test(arguments: [
        "list --url X", "list --host X", "list --path X", "list --title X", "find X", "find a X", "list --after X",
        "list --before X", "list --published-after X", "list --published-before X",
        "export -o m --index X", "export --bundle b --at X", "export -o m --format X", "status --max-gap X",
        "init --origin a.example/X ../made", "key generate log --name a.example/X -o ../made",
        "key generate X -o ../made",
        "list --color X", "add _posts --lock-timeout X", "verify _posts --require X", "verify _posts --X", "X",
        "export -o m --url=X",
    ])
    func `What names no file must be UTF-8`(line: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        let words = line.replacing("X", with: ArgumentBytesTests.latin)
        let before = try archive.contents()
        let ended = try archive.shell("p \(words)", exits: 2)
        #expect(ended.stderr.hasPrefix("E-USAGE"), "\(ended)")
        #expect(String(validating: ended.errors, as: UTF8.self) != nil, "\(ended)")
        #expect(ended.output.isEmpty, "\(ended)")
        let object = try archive.shell("p \(words) --json", exits: 2)
        #expect(object.stdout.contains("E-USAGE"), "\(object)")
        #expect(try archive.contents() == before)
        try archive.shell("test ! -e ../made -a ! -e m -a ! -e b", exits: 0)
    }

    @Test(arguments: [#"$'line\nbreak.md'"#, #"$'\e[31mred.md'"#, "./-o.md", #"$'tab\t\x7f.md'"#, #"' '"#, "'*.md'"])
    func `A name is a name, whatever it holds`(name: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.shell("mkdir made; cp _posts/0000.md made/\(name).md; cd made; p add -q -- \(name).md", exits: 0)
        for line in ["verify", "prove -o p", "show", "export -o m.json"] {
            let ended = try archive.shell("cd made; p \(line) -- \(name).md", exits: 0)
            let isShown = !ended.output.contains(0x1b) && !ended.output.contains(0x7f)
            #expect(isShown, "\(ended)")
        }
    }

    @Test(
        arguments: [
            "verify X", "verify X/x.md", "add X", "prove X -o p", "prove _posts/0000.md -o X", "show X", "export -o X",
            "export -o m X", "export --bundle X", "export --bundle X.zip", "export --verifier X",
            "export --format csv -o X",
            "export -o m --since X", "audit --since X", "verify --proof X", "verify _posts --keys X",
            "verify m.json --posts X",
            "status --archive X", "repair --from X", "key pin X", "key generate log --name a -o X",
            "add --files-from X",
            "add _posts --passphrase-file X", "init --origin a.example/b X", "export --bundle b --posts X",
        ])
    func `A name that is too long is refused in words`(line: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("export", "-o", "m.json", exits: 0)
        let before = try archive.contents()
        // Longer than a name may be, than a path may be, and nearly as long as an argument may be.
        for name in ["a 300", "a 5000", "a/ 2500", "a 100000", "a/ 50000"] {
            let parts = name.split(separator: " ")
            let words = line.replacing("X", with: "$(printf '\(parts[0])%.0s' $(seq \(parts[1])))")
            let ended = try archive.shell("p \(words)", exits: 2, limit: 20)
            #expect((ended.stdout + ended.stderr).contains("too long"), "\(line): \(name)")
        }
        #expect(try archive.contents() == before)
    }
}

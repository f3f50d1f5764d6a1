import Foundation
import TestSupport
import Testing

/// Mistakes that people make: each is told in one form, `CODE  PLACE: FOUND; WANTED`, and below it what to do.
@Suite struct MistakeTests {
    /// A mistake in an archive that holds one recorded post, and what it prints on standard error.
    struct Mistake: CustomTestStringConvertible {
        let line: [String]
        let said: String
        var status: Int32 = 2

        var testDescription: String { line.joined(separator: " ") }
    }

    /// The names of all commands, in the order of the help.
    private static let commands = HelpTests.commands.filter { !$0.isEmpty && !$0.contains(" ") }.joined(separator: ", ")

    static let mistakes: [Mistake] = [
        Mistake(
            line: ["verfy", "_posts"],
            said: """
                E-USAGE  verfy: there is no such command; wanted \(commands)
                    did you mean `provenance verify`? `provenance --help` says what each does

                """),
        Mistake(
            line: ["key", "gen"],
            said: """
                E-USAGE  gen: there is no such command; wanted generate, list, show, pin
                    did you mean `provenance key generate`? `provenance key --help` says what each does

                """),
        Mistake(
            line: ["verify", "_posts", "--requrie", "content"],
            said: """
                E-USAGE  --requrie: found an option that `provenance verify` does not have
                    did you mean --require? `provenance verify --help` lists its options

                """),
        Mistake(
            line: ["audit", "--frobnicate"],
            said: """
                E-USAGE  --frobnicate: found an option that `provenance audit` does not have
                    `provenance audit --help` lists its options

                """),
        Mistake(
            line: ["repair"],
            said: """
                E-USAGE  provenance repair: found no --from <from>; wanted --from <from>: a copy of log/ or of the archive, an exported manifest, or an unpacked bundle
                    add --from <from>; `provenance repair --help` has examples

                """),
        Mistake(
            line: ["list", "--host", "a.example/b"],
            said: """
                E-USAGE  --host: found 'a.example/b'; wanted the name of a host, such as example.org
                    for an address, or a part of one, use --url or --path

                """),
        Mistake(
            line: ["list", "--limit", "0"],
            said: """
                E-USAGE  --limit: found 0; wanted a number of posts, 1 or more
                    leave it out to list all

                """),
        Mistake(
            line: ["list", "--title", ""],
            said: """
                E-USAGE  --title: found an empty value; wanted a text to search for
                    is a variable of the shell not set?

                """),
        Mistake(
            line: ["find", " "],
            said: """
                E-USAGE  find: found only blanks; wanted words to search for
                    `provenance list` lists all posts

                """),
        Mistake(
            line: ["show", "99"],
            said: """
                E-USAGE  99: found an index; wanted one below 2, the number of entries in the log
                    for a digest that has only decimal digits write sha256:99

                """),
        Mistake(
            line: ["status", "--max-gap", "two days"],
            said: """
                E-USAGE  --max-gap: found 'two days'; wanted a number and s, m, h or d
                    write --max-gap 48h

                """),
        Mistake(
            line: ["status", "--max-quiet", "a/b=48h"],
            said: """
                E-USAGE  --max-quiet: found 'a/b=48h'; wanted a folder in the archive's own
                    write --max-quiet _posts=48h

                """),
        Mistake(
            line: ["verify"],
            said: """
                E-USAGE  provenance verify: found nothing to verify; wanted a post, a folder of posts, a manifest, a bundle, or --proof FILE
                    name it; `provenance verify --help` has examples

                """),
        Mistake(
            line: ["verify", "m.json", "--posts"],
            said: """
                E-USAGE  --posts: found no value after it; wanted <posts>: compare a manifest with the posts in this folder
                    write --posts <posts>; `provenance verify --help` has examples

                """),
        Mistake(
            line: ["audit", "--color", "blue"],
            said: """
                E-USAGE  --color: found 'blue'; wanted auto, always or never
                    write --color auto; `provenance audit --help` has examples

                """),
        Mistake(
            line: ["export", "-o", "x", "--format", "xml"],
            said: """
                E-USAGE  --format: found 'xml'; wanted json, sha256sum, bagit, intoto, datapackage, csv or html
                    write --format json; `provenance export --help` has examples

                """),
        Mistake(
            line: ["reindex", "--lock-timeout", "soon"],
            said: """
                E-USAGE  --lock-timeout: found 'soon'; wanted <lock-timeout>: seconds to wait for another command's lock
                    write --lock-timeout <lock-timeout>; `provenance reindex --help` has examples

                """),
        Mistake(
            line: ["reindex", "now", "please"],
            said: """
                E-USAGE  now: found more arguments than `provenance reindex` takes
                    quote a name that has spaces; `provenance reindex --help` has examples

                """),
        Mistake(
            line: ["audit", "--json=1"],
            said: """
                E-USAGE  --json: found a value, and it takes none
                    write --json alone; `provenance audit --help` has examples

                """),
        Mistake(
            line: ["verify", "p.tlog-proof"],
            said: """
                E-USAGE  p.tlog-proof: found a proof; wanted a post, a manifest or a bundle, or the proof with --proof
                    provenance verify --proof p.tlog-proof [POST]
                ERROR: the check was not made, or not all of it.

                """),
        Mistake(
            line: ["list", "--after", "yesterday"],
            said: """
                E-USAGE  --after: found 'yesterday'; wanted a time such as 2022-02-10 or 2022-02-10T05:52:00Z (UTC)
                    write a day, a time with a zone, or milliseconds since 1970

                """),
        Mistake(
            line: ["export"],
            said: """
                E-USAGE  provenance export: found no output; wanted one of -o FILE, --bundle DIR and --verifier DIR
                    write -o Manifests/1.json for a manifest; `provenance export --help` has examples

                """),
        Mistake(
            line: ["export", "-o", "x", "--index", "9..2"],
            said: """
                E-USAGE  --index: found '9..2'; wanted A..B within the log's entries 0..1
                    write the first entry, two dots, and the last: --index 0..9

                """),
        Mistake(
            line: ["add", "new.md"],
            said: """
                E-UNREADABLE  new.md: there is no such file or folder
                    check the name; nothing is reported missing for it

                """),
        Mistake(
            line: ["add", "_posts", "--passphrase-file", "absent"],
            said: """
                E-KEY  absent: cannot be read: No such file or directory; wanted a file whose first line is the passphrase
                    check the name and its permissions (mode 0600), or give it by a pipe: --passphrase-file -

                """),
        Mistake(
            line: ["status", "--archive", "absent"],
            said: """
                E-NO-ARCHIVE  ROOT/absent: no archive here (.provenance/config is missing)
                    name the folder that holds .provenance, or make an archive: `provenance init --origin NAME`

                """),
        Mistake(
            line: ["audit", "--since", "absent"],
            said: """
                E-IO  absent: cannot open: No such file or directory; wanted a manifest or a checkpoint
                    check the name and its permissions

                """),
        Mistake(
            line: ["verify", "--proof", "absent"],
            said: """
                E-UNREADABLE  absent: cannot be read as a proof: No such file or directory
                    check the name and its permissions
                ERROR: the check was not made, or not all of it.

                """),
    ]

    @Test(arguments: mistakes)
    func `A mistake says what was found, what was wanted and what to do`(mistake: Mistake) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("prove", postPath(0), "-o", "p.tlog-proof", exits: 0)
        let ended = try archive.run(mistake.line, exits: mistake.status)
        #expect(ended.stderr.replacing(archive.root, with: "ROOT") == mistake.said)
        // With --json it is the same problem.
        if mistake.line.first != "add", !mistake.line.contains("--json=1") {
            let object = try JSON.lines(try archive.run(mistake.line + ["--json"], exits: 2).output)
            let problem = try #require(object.last?["problems"].items.first)
            let words =
                "\(problem["code"].string ?? "")  \(problem["place"].string ?? ""): \(problem["reason"].string ?? "")"
            #expect(mistake.said.hasPrefix(words.replacing(archive.root, with: "ROOT") + "\n"))
        }
    }

    @Test func `Outside every archive the advice names what could be verified`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let ended = try archive.run("verify", ".", exits: 2)
        #expect(
            ended.stderr == """
                E-NO-ARCHIVE  .: no bundle, no manifest, and in no archive: there is no .provenance/config beside or above it
                    name a bundle (a folder with tagmanifest-sha256.txt, or a zip), a manifest, or posts of an archive (`provenance init --origin NAME` makes one), or give --archive DIR
                ERROR: the check was not made, or not all of it.

                """)
    }

    @Test func `What was not read has no limits, and a file of another kind is asked about`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let missing = try archive.run("verify", "missing.md", exits: 2)
        #expect(
            missing.stdout == """
                missing.md

                E-UNREADABLE  missing.md: there is no such file, and none was ever registered here
                    check the name; `provenance list` shows what is on record

                ERROR: 1 of 1 post could not be read.

                """)
        let several = try archive.run("verify", "missing.md", "other.md", exits: 2)
        #expect(!several.stdout.contains("Limits: ") && !several.stdout.contains("claim "), "\(several)")
        let half = try archive.run("verify", "missing.md", postPath(0), exits: 2)
        #expect(half.stdout.contains("Limits: ") && half.stdout.contains("claim "), "\(half)")
        let key = try archive.run("verify", "keys/log.vkey", exits: 3)
        #expect(
            key.stdout.contains("    a post ends in .md, a manifest in .json: was another file meant?"), "\(key)")
    }

    @Test func `A word with a line feed or an escape forges no line of a message`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let ended = try archive.run("audit", "--x\n  See 'provenance list --help'\u{1b}[2J", exits: 2)
        #expect(ended.stderr.split(separator: "\n").count == 2, "\(ended)")
        #expect(
            ended.stderr.hasPrefix("E-USAGE  --x\\n") && ended.stderr.contains("`provenance audit --help`"), "\(ended)")
    }
}

import Foundation
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// DESIGN's exit codes: 0 proven, 1 wrong, 2 unreadable or misused, 3 inconclusive; 1 outranks 2 outranks 3 outranks 0.
@Suite struct ExitStatusTests {
    @Test func `Adding, verifying and auditing an archive that is as it was recorded gives 0`() throws {
        let archive = try CommandLineArchive.withSamples()
        for line in [
            ["add", "_posts", "archived"], ["verify", "_posts", "archived"], ["status"], ["audit"], ["list"],
            ["show", "0"], ["export", "-o", "Manifests/1.json"], ["verify", "Manifests/1.json"],
            ["verify", "Manifests/1.json", "--posts", "."],
            ["verify", "Manifests/1.json", "--posts", ".", "--require", "content"],
            ["export", "-o", "Manifests/2.json", "--index", "3..5"], ["verify", "Manifests/2.json"],
            ["audit", "--since", "Manifests/1.json"], ["reindex"], ["key", "list"], ["key", "show"], ["--version"],
            ["--help"],
        ] { try archive.run(line, exits: 0) }
    }

    @Test func `A root that cannot be read is 2 alone, never everything missing`() throws {
        let archive = try CommandLineArchive.withSamples()
        try archive.run("export", "-o", "Manifests/1.json", exits: 0)
        for line in [
            ["verify", "absent"], ["verify", "_posts", "absent"], ["verify", "Manifests/1.json", "--posts", "absent"],
            ["verify", "absent.json"], ["verify", "--proof", "absent"],
        ] {
            let ended = try archive.run(line, exits: 2)
            #expect((ended.stdout + ended.stderr).contains("absent"), "\(line) names what it could not read\n\(ended)")
            #expect(!(ended.stdout + ended.stderr).contains("E-MISSING"), "\(ended)")
        }
        let added = try archive.run("add", "absent", exits: 2)
        #expect(added.stderr.contains("E-UNREADABLE  absent"), "\(added)")
        // What can be read is recorded all the same.
        try archive.write(samplePost(1), to: "_posts/new.md")
        let both = try archive.json("add", "absent", "_posts", exits: 2)
        #expect(both["recorded"].int == 1)
        // A folder that is empty can be read, and everything is missing from it.
        try FileManager.default.createDirectory(atPath: archive("empty"), withIntermediateDirectories: false)
        let empty = try archive.run("verify", "Manifests/1.json", "--posts", "empty", exits: 1)
        #expect(empty.stdout.contains("E-MISSING"))
    }

    @Test func `Nothing to check is 3`() throws {
        let archive = try CommandLineArchive()
        try FileManager.default.createDirectory(atPath: archive("empty"), withIntermediateDirectories: false)
        for line in [
            ["status"], ["audit"], ["verify", "empty"], ["add", "empty"], ["add", "--files-from", "-"],
            ["verify", "--files-from", "-"], ["export", "-o", "m.json", "--url", "https://nowhere.example"],
        ] { try archive.run(line, exits: 3) }
        #expect(!FileManager.default.fileExists(atPath: archive("m.json")), "no manifest of nothing")
    }

    @Test func `With nothing pinned the verdict is 3, and says which command pins which fingerprints`() throws {
        let archive = try CommandLineArchive.withSamples()
        try archive.run("export", "-o", "Manifests/1.json", exits: 0)
        let keys = try archive.json("key", "show", exits: 0)["keys"].items
        let fingerprints = keys.compactMap { $0["fingerprint"].string }
        #expect(fingerprints.count == 2)
        let stranger = ["XDG_CONFIG_HOME": archive.folder("stranger")]
        for line in [["verify", "_posts"], ["verify", "Manifests/1.json"], ["audit"], ["status"]] {
            let ended = try archive.run(line, exits: 3, environment: stranger)
            #expect(ended.stderr.contains("provenance key pin FOLDER"), "\(line)\n\(ended)")
            for fingerprint in fingerprints { #expect(ended.stderr.contains(fingerprint), "\(line)\n\(ended)") }
            #expect(ended.stdout.contains("INCONCLUSIVE"), "\(ended)")
        }
        // The command that the advice names has the promised effect.
        try archive.run("key", "pin", try archive.pinnableKeys(), exits: 0, environment: stranger)
        for line in [["verify", "_posts"], ["verify", "Manifests/1.json"], ["audit"], ["status"]] {
            try archive.run(line, exits: 0, environment: stranger)
        }
        // So does giving the folder with `--keys`.
        let other = ["XDG_CONFIG_HOME": archive.folder("other")]
        try archive.run("verify", "_posts", "--keys", archive.folder("public-keys"), exits: 0, environment: other)
    }

    @Test func `An altered post is 1 even if it no longer parses, and outranks what is unknown or unreadable`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write("no post any more", to: postPath(1))
        for line in [["verify", "_posts"], ["verify", postPath(1)], ["status"]] {
            let ended = try archive.run(line, exits: 1)
            #expect(ended.stdout.contains("E-ALTERED"), "\(ended)")
        }
        try archive.write("", to: postPath(1))
        try archive.run("status", exits: 1)
        try archive.run("verify", postPath(1), exits: 1)
        // 1 outranks 3: a post that is on no record beside the altered one.
        try archive.write(samplePost(99), to: "_posts/unrecorded.md")
        try archive.run("verify", "_posts/unrecorded.md", exits: 3)
        try archive.run("verify", "_posts", exits: 1)
        // 2 outranks 3, and 1 outranks 2: a link cannot be read.
        try FileManager.default.createSymbolicLink(atPath: archive("_posts/link.md"), withDestinationPath: "0000.md")
        try archive.run("verify", "_posts/unrecorded.md", "_posts/link.md", exits: 2)
        try archive.run("verify", "_posts", exits: 1)
        try archive.run("status", exits: 1)
    }

    @Test func `A folder that is gone has its posts missing, and one that moved has them moved`() throws {
        let archive = try CommandLineArchive.withSamples()
        try FileManager.default.moveItem(atPath: archive("archived"), toPath: archive.folder("elsewhere"))
        let gone = try archive.json("status", exits: 1)
        #expect(gone["counts"]["missing"].int == 3, "one of its four posts stands in _posts as well")
        try FileManager.default.moveItem(atPath: archive.folder("elsewhere"), toPath: archive("_posts/moved"))
        let moved = try archive.json("status", exits: 0)
        #expect(
            moved["counts"]["moved"].int == 3, "posts are counted, and one of the four stands where it is registered")
        #expect(moved["counts"]["missing"].int == 0)
    }

    @Test func `--require content makes a verdict without posts inconclusive`() throws {
        let archive = try CommandLineArchive.withSamples()
        try archive.run("export", "-o", "m.json", exits: 0)
        let post = try #require(archive.files(below: "_posts").first)
        try archive.run("prove", post, "-o", "p.tlog-proof", exits: 0)
        let without = try archive.run("verify", "m.json", exits: 0)
        #expect(without.stdout.contains("no post was compared"), "\(without)")
        try archive.run("verify", "m.json", "--require", "content", exits: 3)
        try archive.run("verify", "--proof", "p.tlog-proof", exits: 0)
        try archive.run("verify", "--proof", "p.tlog-proof", "--require", "content", exits: 3)
        try archive.run("verify", "--proof", "p.tlog-proof", post, "--require", "content", exits: 0)
    }

    @Test func `A refused post is 2 once, then 0, and 0 at once with --tolerate-refused`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write("no front matter\n", to: "_posts/broken.md")
        let first = try archive.run("add", "_posts", exits: 2)
        #expect(first.stderr.contains("E-NO-FRONT-MATTER  _posts/broken.md:1:1"), "\(first)")
        let size = try archive.size()
        try archive.run("add", "_posts", exits: 0)
        #expect(try archive.size() == size, "the same broken post is not news")
        try archive.write("other bytes without front matter\n", to: "_posts/broken.md")
        try archive.run("add", "_posts", "--tolerate-refused", exits: 0)
        #expect(try archive.size() == size + 1, "it is on the record as refused")
        try archive.run("add", "_posts", exits: 0)
        // Refused in one run with a new post: the others are recorded.
        try archive.write(samplePost(7), to: "_posts/0007.md")
        try archive.write("also broken\n", to: "_posts/0006.md")
        let mixed = try archive.json("add", "_posts", exits: 2)
        #expect(mixed["recorded"].int == 1 && mixed["refused"].int == 1)
        try archive.run("verify", "_posts/0007.md", exits: 0)
    }

    @Test func `A quiet week can be told from a dead job: --heartbeat and --max-gap`() throws {
        let archive = try CommandLineArchive()
        try archive.run("status", "--max-gap", "48h", exits: 1)
        try archive.write(samplePost(1), to: postPath(1))
        try archive.run("add", "_posts", exits: 0)
        try archive.run("status", "--max-gap", "48h", exits: 0)
        let size = try archive.size()
        try archive.run("add", "_posts", exits: 0)
        #expect(try archive.size() == size)
        let beat = try archive.json("add", "_posts", "--heartbeat", exits: 0)
        #expect(beat["accession"].int == size)
        #expect(try archive.size() == size + 1)
        try archive.run("add", "--heartbeat", exits: 0)
        usleep(1_100_000)
        let late = try archive.run("status", "--max-gap", "1s", exits: 1)
        #expect(late.stdout.contains("E-GAP"), "\(late)")
        for wrong in ["", "x", "48", "h", "0h", "999999999999999999999d", "9223372036854775807d", "4 h"] {
            try archive.run("status", "--max-gap", wrong, exits: 2)
        }
        try archive.run("audit", exits: 0)
    }

    /// Command lines that mean nothing, or name what is not there.
    static let misused: [[String]] = [
        [], ["nosuch"], ["add"], ["verify"], ["verify", "--nosuch"], ["add", "_posts", "--lock-timeout", "soon"],
        ["add", "_posts", "--lock-timeout"], ["export"], ["export", "-o", "m.json", "--index", "9..2"],
        ["export", "-o", "m.json", "--index", "0..99999999999999999999"], ["export", "-o", "m.json", "--index", "x"],
        ["export", "-o", "m.json", "--index", "0..1", "--since", "x"],
        ["export", "-o", "m.json", "--url", "a", "_posts"],
        ["export", "-o", "-"], ["list", "--after", "yesterday"], ["show"], ["show", "99999"], ["prove", "_posts"],
        ["prove", "-o", "-", "--json", "x"], ["key"], ["key", "nosuch"], ["key", "pin"],
        ["verify", "_posts", "--posts", "."],
        ["verify", "m.json", "--color", "green"], ["init"], ["init", "--origin", ""], ["init", "--origin", "a b"],
        ["init", "--origin", "a+b"], ["init", "--origin", String(repeating: "x", count: 300)],
        ["verify", "_posts", "--keys", "absent"], ["verify", "_posts", "--keys", "_posts"],
        ["add", "_posts", "--passphrase-file", "absent"], ["audit", "--since", "absent"],
        ["verify", "_posts", "--archive", "absent"], ["verify", "_posts", "--archive", "_posts"],
    ]

    @Test(arguments: misused)
    func `What cannot be carried out as typed is 2, says why, and touches nothing`(line: [String]) throws {
        let archive = try CommandLineArchive.withPosts(1)
        let before = try archive.contents()
        // A command group by itself prints its help.
        let ended = try archive.run(line, exits: line.isEmpty || line == ["key"] ? 0 : 2)
        #expect(ended.status == 0 || !ended.stderr.isEmpty, "\(ended)")
        #expect(ended.status == 0 || ended.output.isEmpty || line.contains("--json"), "\(ended)")
        #expect(try archive.contents() == before)
    }

    @Test func `Outside every archive each command that needs one says how to make one`() throws {
        let archive = try CommandLineArchive(initializing: false)
        try archive.write(samplePost(1), to: postPath(1))
        for line in [
            ["add", "_posts"], ["verify", "_posts"], ["status"], ["list"], ["show", "0"], ["audit"], ["reindex"],
            ["export", "-o", "m.json"], ["prove", postPath(1), "-o", "p"], ["key", "show"],
        ] {
            let ended = try archive.run(line, exits: 2)
            #expect(ended.stderr.contains("E-NO-ARCHIVE"), "\(ended)")
            #expect(ended.stderr.contains("provenance init --origin"), "\(ended)")
        }
    }

    @Test func `An archive of a version that is not known is refused, and not touched`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write("provenance/archive@v3\norigin \(CommandLineArchive.origin)\n", to: ".provenance/config")
        let before = try archive.contents()
        for line in [["add", "_posts"], ["verify", "_posts"], ["status"], ["audit"]] {
            let ended = try archive.run(line, exits: 2)
            #expect(ended.stderr.contains("E-ARCHIVE-VERSION"), "\(ended)")
        }
        #expect(try archive.contents() == before)
    }

    @Test func `The archive is found from below, by the option and by the variable`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        let elsewhere = try TemporaryFolder()
        let ways: [(arguments: [String], environment: [String: String], folder: String)] = [
            (["verify", "0000.md"], [:], archive("_posts")),
            (["verify", archive(postPath(0)), "--archive", archive.root], [:], elsewhere.path),
            (["verify", archive(postPath(0))], ["PROVENANCE_ARCHIVE": archive.root], elsewhere.path),
            (["verify", archive(postPath(0))], [:], elsewhere.path),
        ]
        for (arguments, environment, folder) in ways {
            let ended = try TestSupport.run(
                command, arguments: arguments, environment: archive.environment(environment), folder: folder)
            #expect(ended.status == 0, "\(arguments)\n\(ended)")
        }
    }

    @Test func `Paths come from lists: a file, standard input, and with NUL names that hold newlines`() throws {
        let archive = try CommandLineArchive()
        for number in 0..<4 { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.write(samplePost(4), to: "_posts/two\nlines.md")
        try archive.write(postPath(0) + "\n" + postPath(1) + "\n", to: "list")
        #expect(try archive.json("add", "--files-from", "list", exits: 0)["recorded"].int == 2)
        let third = try archive.run("add", "-", "--json", exits: 0, input: Array((postPath(2) + "\n").utf8))
        #expect(try JSON.lines(third.output).first?["recorded"].int == 1)
        let fourth = try archive.run(
            "add", "--files-from", "-", "-0", "--json", exits: 0,
            input: Array((postPath(3) + "\0_posts/two\nlines.md\0").utf8))
        #expect(try JSON.lines(fourth.output).first?["recorded"].int == 2)
        try archive.run(
            "verify", "--files-from", "-", "-0", exits: 0, input: Array("_posts/two\nlines.md\0_posts/0000.md".utf8))
        try archive.run("verify", "--files-from", "list", exits: 0)
        try archive.run("verify", "--files-from", "-", exits: 2, input: Array("_posts/two\nlines.md\n".utf8))
        // Bytes that are not UTF-8 form a name like any other.
        let odd = Array("_posts/odd".utf8) + [0xff, 0xfe] + Array(".md".utf8)
        try DurableFile.replace(RawPath(archive.root).appending(RawPath(odd)), with: Array(samplePost(5).utf8))
        #expect(try archive.json("add", "_posts", exits: 0)["recorded"].int == 1)
        try archive.run("verify", "--files-from", "-", "-0", exits: 0, input: odd)
        try archive.run("status", exits: 0)
        let text = archive.files(below: "accessions").compactMap { try? archive.read($0) }
            .map { String(decoding: $0, as: UTF8.self) }.joined()
        #expect(text.contains("\"path64\":\""))
    }
}

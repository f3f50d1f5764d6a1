import Foundation
import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

/// Files made to exhaust time or memory: each is refused by a named limit, within seconds and in little memory.
@Suite(.serialized) struct BombTests {
    /// Most seconds and MiB that refusing one may take; the program as it is built for tests, and a machine that is busy.
    private static let mostSeconds = 20.0
    private static let mostMemory = 192

    /// Runs the command and expects its status, a code in what it says, and peak memory below the limit.
    private func expectRefused(
        _ archive: CommandLineArchive, _ arguments: [String], exits status: Int32, code: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let report = archive.folder("peak")
        // GNU time forks before it runs the program, so that the tests' own memory is not counted.
        let hasTime = FileManager.default.isExecutableFile(atPath: "/usr/bin/time")
        let ended = try archive.run(
            arguments, exits: status, under: hasTime ? ["/usr/bin/time", "-q", "-f", "%M", "-o", report] : [],
            limit: BombTests.mostSeconds, sourceLocation: sourceLocation)
        #expect(
            (ended.stdout + ended.stderr).contains(code),
            Comment(rawValue: String("\(arguments): \(code) is wanted\n\(ended)".prefix(2_000))),
            sourceLocation: sourceLocation)
        guard hasTime else { return try skip("peak memory needs GNU time at /usr/bin/time") }
        let words = String(decoding: try archive.folder.read("peak"), as: UTF8.self)
        let peak = try #require(words.split(separator: "\n").last.flatMap { Int($0) }, sourceLocation: sourceLocation)
        #expect(peak < BombTests.mostMemory << 10, "\(arguments): \(peak >> 10) MiB", sourceLocation: sourceLocation)
    }

    private func sparse(_ path: String, size: UInt64, beginning: String = "") throws {
        try Data(beginning.utf8).write(to: URL(fileURLWithPath: path))
        try #require(truncate(path, Int(size)) == 0)
    }

    // MARK: Posts

    private static let front = "title: x\ndate: 2022-02-10\nfrom: https://news.example.org/1\n"

    private static func post(_ lines: String) -> String { "---\n\(front)\(lines)\n---\nwords\n" }

    private static let aliases =
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + zip("bcdefghi", "abcdefgh").map {
            "\($0): &\($0) [\(Array(repeating: "*\($1)", count: 9).joined(separator: ","))]"
        }
        .joined(separator: "\n")

    private static func keys(_ count: Int) -> String { (0..<count).map { "k\($0): 1" }.joined(separator: "\n") }

    static let posts: [(name: String, text: String, code: String)] = [
        ("100,000 keys", post(keys(100_000)), "E-FRONT-MATTER-TOO-LARGE"),
        (
            "a title of 10 MB", "---\ntitle: \(String(repeating: "x", count: 10 << 20))\n---\n",
            "E-FRONT-MATTER-TOO-LARGE"
        ),
        ("no line end in 15 MB", "---\n" + String(repeating: "x", count: 15 << 20), "E-FRONT-MATTER-"),
        (
            "one key 5,000 times", post(Array(repeating: "k: 1", count: 5_000).joined(separator: "\n")),
            "E-DUPLICATE-KEY"
        ),
        ("brackets in brackets", post("a: " + String(repeating: "[", count: 60_000)), "E-YAML"),
        (
            "closed brackets in brackets",
            post("a: " + String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)), "E-"
        ),
        ("braces in braces", post("a: " + String(repeating: "{a: ", count: 12_000)), "E-"),
        ("lists in lists", post("a:\n " + String(repeating: "- ", count: 30_000) + "x"), "E-"),
        (
            "mappings ever deeper",
            post((0..<340).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")), "E-NESTED"
        ),
        ("keys in keys", post(String(repeating: "? ", count: 30_000) + "x"), "E-VALUE-NOT-SCALAR"),
        ("aliases of aliases", post(aliases), "E-YAML-ALIAS"),
        ("an alias of itself", post("a: &a [*a]"), "E-YAML-ALIAS"),
        (
            "a source of 60 KB",
            "---\ntitle: x\ndate: 2022-02-10\nfrom: https://e.org/\(String(repeating: "x", count: 60_000))\n---\n",
            "E-SOURCE"
        ),
        (
            "an epoch of 10 MB",
            post("").replacing(
                "words\n", with: "<!--\(String(repeating: "1", count: 10 << 20))-->\n[x](y)\n------\n\n"), "E-EPOCH"
        ),
    ]

    @Test(arguments: posts.indices) func `a post that is a bomb is refused by name`(number: Int) throws {
        let bomb = BombTests.posts[number]
        let archive = try CommandLineArchive()
        try archive.write(bomb.text, to: "posts/bomb.md")
        try expectRefused(archive, ["add", "posts"], exits: 2, code: bomb.code)
        try expectRefused(archive, ["verify", "posts/bomb.md"], exits: 3, code: "E-NOT-RECORDED")
        // No post is on record, so there is nothing to compare.
        try expectRefused(archive, ["status"], exits: 3, code: "refused by an earlier add")
    }

    @Test func `a post of 1 GiB is too large, whether it is read for adding, verifying or comparing`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try sparse(archive("_posts/big.md"), size: 1 << 30)
        try expectRefused(archive, ["add", "_posts"], exits: 2, code: "E-TOO-LARGE")
        try expectRefused(archive, ["verify", "_posts/big.md"], exits: 2, code: "at most 16777216")
        // At the place of a recorded post.
        try sparse(archive(postPath(0)), size: 1 << 30)
        try expectRefused(archive, ["status"], exits: 1, code: "E-UNREADABLE")
    }

    @Test func `markup that never ends, and passages without number, take their time and no more`() throws {
        let archive = try CommandLineArchive()
        let bodies = [
            String(repeating: "<", count: 4 << 20), String(repeating: "<a ", count: 1 << 20),
            String(repeating: "<p>x", count: 1 << 20),
            String(repeating: "<!--", count: 1 << 20), String(repeating: "&#x41;", count: 700_000),
            String(repeating: "<script>", count: 500_000),
            String(repeating: "<a b=\"", count: 600_000),
        ]
        for (number, body) in bodies.enumerated() {
            try archive.write(BombTests.post("") + body, to: "_posts/\(number).md")
        }
        try expectRefused(archive, ["add", "_posts"], exits: 0, code: "recorded")
        try archive.run("verify", "_posts", exits: 0)
    }

    // MARK: Notes and checkpoints

    /// A checkpoint text signed with the archive's own log key, as a thief of it can.
    private func signed(_ text: String, _ archive: CommandLineArchive) throws -> [UInt8] {
        let key = try Ed25519PrivateKey.load(pem: try archive.read("keys/log.key.pem"), passphrase: nil)
        var signer = try NoteSigner(name: CommandLineArchive.origin, key: key)
        return try signer.sign(Array(text.utf8))
    }

    @Test(arguments: ["a million lines", "a million short lines", "a million signatures", "1 GiB", "one line"])
    func `a note without end is refused wherever one is read`(kind: String) throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.copy("log/checkpoint", to: "old")
        let bomb = archive.folder("bomb")
        let note = String(decoding: try archive.read("log/checkpoint"), as: UTF8.self)
        switch kind {
        case "a million lines":
            try archive.folder.write(
                note.replacing("\n\n", with: "\n" + String(repeating: "line\n", count: 1_000_000) + "\n"), to: "bomb")
        case "a million short lines": try archive.folder.write(String(repeating: "\n", count: 1_000_000), to: "bomb")
        case "a million signatures":
            try archive.folder.write(note + String(repeating: "— x AAAAAAAA\n", count: 1_000_000), to: "bomb")
        case "one line": try archive.folder.write(String(repeating: "x", count: 999_999) + "\n", to: "bomb")
        default: try sparse(bomb, size: 1 << 30, beginning: note)
        }
        try expectRefused(archive, ["audit", "--since", bomb], exits: 2, code: "E-")
        try expectRefused(archive, ["verify", "--proof", bomb, postPath(0)], exits: 2, code: "E-")
        for path in [
            "log/checkpoint", "keys/log.vkey", "keys/policy", "keys/signers", ".provenance/last-signed",
            ".provenance/config",
        ] {
            let bytes = try archive.read(path)
            try archive.remove(path)
            try #require(link(bomb, archive(path)) == 0)
            let status: Int32 = path == "log/checkpoint" ? 1 : 2
            if path != ".provenance/last-signed" { try expectRefused(archive, ["audit"], exits: status, code: "E-") }
            // The policy and the list of signers are published for others; `add` does not read them.
            let isForOthers = path == "keys/policy" || path == "keys/signers"
            let added = try archive.run("add", "_posts", exits: nil, limit: BombTests.mostSeconds)
            #expect(
                isForOthers || [1, 2].contains(added.status),
                Comment(rawValue: String("\(path)\n\(added)".prefix(2_000))))
            // `repair` restores the checkpoint from the last signed one, which must be readable; the other files do not
            // matter to it. Up to a million bytes are read and found to be no note; a longer file is not read.
            let isRead = kind == "a million short lines" || kind == "one line"
            let statuses: [String: Int32] = [".provenance/config": 2, ".provenance/last-signed": isRead ? 1 : 2]
            let line = ["repair", "--from", archive("log"), "--dry-run"]
            try archive.run(line, exits: statuses[path, default: 0], limit: BombTests.mostSeconds)
            try archive.remove(path)
            try archive.overwrite(path, with: bytes)
        }
        try archive.run("audit", exits: 0)
    }

    @Test(arguments: [
        "9223372036854775807", "9223372036854775808", "18446744073709551616", "-1", "1e3",
        "nines",
    ])
    func `a checkpoint of any size is refused at once, although the log key signed it`(kind: String) throws {
        let size = kind == "nines" ? String(repeating: "9", count: 900_000) : kind
        let archive = try CommandLineArchive.withPosts(2)
        let lines = String(decoding: try archive.read("log/checkpoint"), as: UTF8.self).split(separator: "\n")
        let sound = try archive.read("log/checkpoint")
        let note = try signed("\(lines[0])\n\(size)\n\(lines[2])\n", archive)
        try archive.folder.write(note, to: "huge")
        try archive.overwrite("log/checkpoint", with: note)
        for line in [
            ["audit", "-q"], ["status"], ["verify", "_posts"], ["add", "_posts"], ["list"], ["show", "0"],
            ["export", "-o", "x.json"],
        ] {
            try expectRefused(archive, line, exits: 1, code: "E-")
        }
        try expectRefused(
            archive, ["repair", "--from", archive.folder("nowhere-else"), "--dry-run"], exits: 2, code: "E-UNREADABLE")
        try FileManager.default.createDirectory(
            atPath: archive.folder("mirror/tile"), withIntermediateDirectories: true)
        if size == "9223372036854775807" {
            try expectRefused(
                archive, ["repair", "--from", archive.folder("mirror"), "--dry-run"], exits: 1, code: "E-NOT-RESTORED")
        }
        try archive.overwrite("log/checkpoint", with: sound)
        try expectRefused(
            archive, ["audit", "--since", archive.folder("huge")], exits: size == "9223372036854775807" ? 1 : 2,
            code: "E-")
    }

    // MARK: Manifests

    @Test(arguments: [
        "a size of 2^63", "an index of 2^63", "1 GiB of nothing", "an entry without end", "brackets",
        "a million entries of nothing",
    ])
    func `a manifest that is a bomb is refused by name`(kind: String) throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("export", "-q", "-o", "m.json", exits: 0)
        let text = String(decoding: try archive.read("m.json"), as: UTF8.self)
        let head = try #require(text.range(of: "\"entries\":[")).upperBound
        let start = String(text[..<head])
        var code = "E-MANIFEST-MALFORMED"
        switch kind {
        case "a size of 2^63":
            let lines = String(decoding: try archive.read("log/checkpoint"), as: UTF8.self).split(separator: "\n")
            let note = String(
                decoding: try signed("\(lines[0])\n9223372036854775808\n\(lines[2])\n", archive), as: UTF8.self)
            let old = String(decoding: try archive.read("log/checkpoint"), as: UTF8.self)
            try archive.write(
                text.replacing(old.replacing("\n", with: "\\n"), with: note.replacing("\n", with: "\\n")), to: "m.json")
            code = "E-CHECKPOINT-INVALID"
        case "an index of 2^63":
            try archive.write(text.replacing("\"index\":1,", with: "\"index\":9223372036854775808,"), to: "m.json")
        case "1 GiB of nothing":
            try sparse(
                archive("m.json"), size: 1 << 30, beginning: "{\"$format\":\"provenance/manifest@v1\",\"checkpoint\":\""
            )
        case "an entry without end":
            try sparse(archive("m.json"), size: 1 << 30, beginning: start + "{\"index\":0,\"note\":\"")
        case "brackets": try archive.write(start + String(repeating: "[", count: 900_000), to: "m.json")
        default: try archive.write(start + String(repeating: "{},", count: 1_000_000), to: "m.json")
        }
        try expectRefused(archive, ["verify", "m.json"], exits: code == "E-MANIFEST-MALFORMED" ? 2 : 1, code: code)
        try archive.remove("log/tile/entries/000.p/3")
        // Intact entries are taken even from a manifest whose checkpoint is of no log.
        let line = ["repair", "--from", "m.json"]
        try archive.run(line, exits: kind == "a size of 2^63" ? 0 : 2, limit: BombTests.mostSeconds)
    }

    // MARK: A file that moves

    @Test func `a file that changes while it is read is refused, or recorded as it was at one moment`() throws {
        let archive = try CommandLineArchive()
        let size = 12 << 20
        func bytes(_ letter: Character) -> Data {
            Data((BombTests.post("") + String(repeating: letter, count: size)).utf8)
        }
        let (one, other) = (bytes("a"), bytes("b"))
        let path = archive.folder("archive/moving.md")
        try one.write(to: URL(fileURLWithPath: path))
        var outcomes: Set<String> = []
        for _ in 0..<4 {
            let adding = try archive.start("add", "moving.md", "--json")
            var turn = false
            while adding.isRunning {
                let file = try #require(fopen(path, "r+"))
                let data = turn ? one : other
                data.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
                fclose(file)
                turn.toggle()
            }
            let ended = try adding.wait()
            #expect([0, 2].contains(ended.status), "\(ended)")
            if ended.status == 2 {
                #expect(ended.stdout.contains("E-UNREADABLE") && ended.stdout.contains("changed"), "\(ended)")
            }
            outcomes.insert("\(ended.status)")
        }
        #expect(outcomes.contains("2"), "it was never seen to change: \(outcomes)")
        try one.write(to: URL(fileURLWithPath: path))
        try archive.run("add", "moving.md", exits: 0)
        try archive.run("verify", "moving.md", exits: 0)
        try archive.run("audit", exits: 0)
    }
}

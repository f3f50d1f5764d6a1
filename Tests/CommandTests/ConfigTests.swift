import Foundation
import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

/// `config`, and the rules in force: a file that somebody changes is told, and changes nothing until it is approved.
@Suite struct ConfigTests {
    /// Lines of the listing as their words.
    private func listing(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    private func config(_ archive: CommandLineArchive) throws -> String {
        String(decoding: try archive.read(".provenance/config"), as: UTF8.self)
    }

    /// The log's size.
    private func size(_ archive: CommandLineArchive) throws -> Int {
        Int(String(decoding: try archive.read("log/checkpoint"), as: UTF8.self).split(separator: "\n")[1]) ?? -1
    }

    /// Commits everything in the archive's folder to git; the name of the commit.
    @discardableResult
    private func commit(_ archive: CommandLineArchive) throws -> String {
        let line =
            "git init -q 2>/dev/null; git add -A && git -c user.name='Eve Pusher' -c user.email=e@x commit -qm x && git log -1 --format=%h"
        return String(try archive.shell(line, exits: 0).stdout.dropLast())
    }

    // MARK: The command

    @Test func `Without words it prints every setting and where it comes from`() throws {
        let archive = try CommandLineArchive()
        let lines = listing(try archive.run("config", exits: 0).stdout)
        #expect(
            lines == [
                ["accept", "-", "default"], ["attachments", "-", "default"], ["dated", "date", "default"],
                ["ignore", "-", "default"], ["keep", "none", "default"], ["require", "-", "default"],
                ["source", "from", "default"], ["suffix", ".md", "default"], ["title", "title", "default"],
                ["origin", CommandLineArchive.origin],
            ])
        // Aligned: the last column begins at one place.
        let text = try archive.run("config", exits: 0).stdout.split(separator: "\n").dropLast()
        #expect(
            Set(text.map { $0.distance(from: $0.startIndex, to: $0.range(of: "default")?.lowerBound ?? $0.endIndex) })
                .count == 1)
        #expect(listing(try archive.run("config", "suffix", exits: 0).stdout) == [["suffix", ".md", "default"]])
        let json = try archive.json("config", exits: 0)
        #expect(json["settings"].items.count == 9 && json["problems"].items.isEmpty)
    }

    @Test func `A value is written, and in force when it is approved`() throws {
        let archive = try CommandLineArchive()
        #expect(try config(archive).hasPrefix("provenance/archive@v1\n"))
        let written = try archive.run("config", "source", "original_url", "from", exits: 0).stdout
        #expect(written.contains("provenance config approve"))
        #expect(
            try config(archive)
                == "provenance/archive@v2\norigin \(CommandLineArchive.origin)\nsource original_url from\n")
        let before = try archive.run("config", exits: 0).stdout
        #expect(listing(before).contains(["source", "from", "default"]))
        #expect(before.contains("E-RULES-CHANGED") && before.contains("source original_url from"))
        try archive.run("config", "approve", exits: 0)
        let after = try archive.run("config", exits: 0).stdout
        #expect(listing(after).contains(["source", "original_url", "from", "approved,", "entry", "0"]))
        #expect(!after.contains("E-RULES-CHANGED"))
        // Approving again writes nothing.
        let size = try size(archive)
        #expect(try archive.run("config", "approve", exits: 0).stdout.contains("in force already"))
        #expect(try self.size(archive) == size)
        // Back to the default: version 1 again, and that too is approved.
        try archive.run("config", "source", "--default", exits: 0)
        #expect(try config(archive).hasPrefix("provenance/archive@v1\n"))
        #expect(try archive.run("add", "--heartbeat", exits: 1).stderr.contains("E-RULES-CHANGED"))
        try archive.run("config", "approve", exits: 0)
        #expect(listing(try archive.run("config", "source", exits: 0).stdout) == [["source", "from", "default"]])
        try archive.run("add", "--heartbeat", exits: 0)
    }

    @Test(arguments: [
        (["sources", "x"], "E-USAGE"), (["source", " x"], "E-CONFIG-VALUE"), (["suffix", "md"], "E-CONFIG-VALUE"),
        (["accept", "everything"], "E-CONFIG-VALUE"), (["ignore", "#x"], "E-CONFIG-VALUE"),
        (["source", "x", "x"], "E-CONFIG-REPEATED"), (["keep", "all", "git"], "E-CONFIG-TOO-LARGE"),
        (["source", "x", "--default"], "E-USAGE"), (["approve", "x"], "E-USAGE"), (["--default"], "E-USAGE"),
    ])
    func `A value that a setting does not take changes nothing`(_ words: [String], _ code: String) throws {
        let archive = try CommandLineArchive()
        try archive.run("config", "dated", "day", exits: 0)
        let before = try config(archive)
        #expect(try archive.run(["config"] + words, exits: 2).stderr.hasPrefix(code))
        #expect(try config(archive) == before)
    }

    @Test func `A file with a fault is told with its place, and not written over`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let text = "provenance/archive@v2\norigin \(CommandLineArchive.origin)\nsource  x\n"
        try archive.write(text, to: ".provenance/config")
        for line in [["config", "suffix", ".md", ".txt"], ["config", "approve"]] {
            #expect(try archive.run(line, exits: 2).stderr.hasPrefix("E-CONFIG-LINE  .provenance/config:3:8: "))
        }
        #expect(try config(archive) == text)
        #expect(try archive.run("add", "_posts", exits: 1).stderr.contains(".provenance/config:3:8"))
        #expect(try archive.run("status", exits: 1).stdout.contains("E-RULES-CHANGED"))
        try archive.run("verify", "_posts", exits: 0)
    }

    @Test func `What weakens is said when it is approved`() throws {
        let archive = try CommandLineArchive()
        for line in [["ignore", "drafts/"], ["accept", "plain"], ["suffix", ".markdown"], ["require", "source"]] {
            try archive.run(["config"] + line, exits: 0)
        }
        let changes = try archive.json("config", "approve", exits: 0)["changes"].items
        func weakens(_ word: String) -> Bool? {
            changes.first { $0["text"].string?.hasPrefix(word) ?? false }?["weakens"].bool
        }
        #expect(weakens("ignore drafts/") == true && weakens("accept plain") == true && weakens("suffix .md:") == true)
        #expect(weakens("suffix .markdown") == false && weakens("require source") == false)
        try archive.run("config", "require", "--default", exits: 0)
        try archive.run("config", "accept", "--default", exits: 0)
        let text = try archive.run("config", "approve", exits: 0).stdout
        #expect(text.contains("WEAKENS  require source") && !text.contains("WEAKENS  accept"))
    }

    // MARK: A push

    /// A setting that somebody pushes, and what stands in its line.
    static let pushed = [
        "accept plain", "attachments root .", "dated day", "ignore *", "keep all", "require source", "source url",
        "suffix .markdown", "title name",
    ]

    @Test(arguments: pushed)
    func `A setting that is pushed is told with its commit, and changes nothing`(_ line: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("config", "approve", exits: 0)
        try commit(archive)
        try archive.write(
            "provenance/archive@v2\norigin \(CommandLineArchive.origin)\n\(line)\n", to: ".provenance/config")
        let name = try commit(archive)
        // Each setting would take something else from one of these.
        let keys = "url: https://copies.example.org/1\nday: 2001-01-01\nname: Another\nfrom: "
        try archive.write(samplePost(1).replacing("from: ", with: keys), to: postPath(1))
        try archive.write("---\ntitle: x\n---\nWords.\n", to: "_posts/unsourced.md")
        try archive.write("no front matter\n", to: "_posts/plain.md")
        try archive.write(samplePost(2), to: "_posts/other.markdown")
        func expectTold(_ text: String) {
            #expect(
                text.contains("E-RULES-CHANGED") && text.contains(".provenance/config (\(line.prefix { $0 != " " }))"))
            #expect(text.contains("`\(line)`") && text.contains("commit \(name) by Eve Pusher"), "\(text)")
        }
        expectTold(try archive.run("status", exits: 1).stdout)
        let added = try archive.run("add", "_posts", exits: 1)
        expectTold(added.stderr)
        // By the rules before: two posts are recorded, one file is refused, and one is no post.
        #expect(listing(added.stdout).contains(["recorded", "2", "entries", "3", "to", "4"]), "\(added)")
        #expect(added.stderr.contains("_posts/plain.md") && !added.stderr.contains("E-CLAIMS-LOST"), "\(added)")
        let record = try archive.json("show", postPath(1), exits: 0)
        #expect(record["record"]["source"].string == "https://news.example.org/posts/1")
        #expect(record["record"]["dated"].string == "2022-02-10T05:52:00.000Z")
        #expect(try archive.run("list", exits: 0).stdout.contains("Post 1"))
        #expect(archive.files(below: "packs").isEmpty)
        expectTold(try archive.run("maintain", exits: 1).stdout)
        // Told once; the exit status stays.
        #expect(try archive.run("maintain", exits: 1).stdout.isEmpty)
        try archive.run("config", "approve", exits: 0)
        #expect(!(try archive.run("status", exits: nil).stdout.contains("E-RULES-CHANGED")))
    }

    @Test func `An approval that no signer of the log made is none`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("config", "accept", "plain", exits: 0)
        // The approval that the signer makes in a copy, made here by another key of the signer's name.
        try archive.shell(
            """
            cp -a . ../copy && cd ../copy && p config approve -q && p show 2 --raw >../entry && cp -a rules accessions '\(archive(""))'
            """, exits: 0)
        let note = String(decoding: try archive.folder.read("entry"), as: UTF8.self)
        let text = try #require(note.range(of: "\n\n").map { String(note[..<$0.lowerBound]) + "\n" })
        #expect(text.contains("\nrules "))
        try HandMadeEntry(archive).append(text, signedBy: try Ed25519PrivateKey.generate())
        try archive.write("no front matter\n", to: "_posts/plain.md")
        let size = try size(archive)
        for words in [["add", "_posts"], ["maintain"], ["status"]] {
            let told = try archive.run(words, exits: 1)
            #expect((told.stdout + told.stderr).contains("E-RULES-MISSING  entry 2: "), "\(told)")
        }
        #expect(try self.size(archive) == size)
        try archive.run("config", "approve", exits: 0)
        #expect(try archive.json("add", "_posts", exits: 0)["recorded"].int == 1)
    }

    @Test func `A signer that is pushed makes no record count`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("config", "approve", exits: 0)
        // A record of a post by a stranger, in the log; then the stranger among the signers.
        let stranger = try Ed25519PrivateKey.generate()
        let other = try CommandLineArchive()
        try other.write(samplePost(1), to: postPath(1))
        try other.run("add", "_posts", exits: 0)
        let note = try other.run("show", "0", "--raw", exits: 0).stdout
        let text = try #require(note.range(of: "\n\n").map { String(note[..<$0.lowerBound]) + "\n" })
        let name = "stranger.example"
        let signer = try #require(text.split(separator: "\n").first { $0.hasPrefix("signer ") })
        try HandMadeEntry(archive).append(
            text.replacing(signer, with: "signer " + name), signedBy: stranger, named: name)
        let key = try VerifierKey(name: name, kind: .ed25519, publicKey: stranger.publicKey.raw)
        let signers = try archive.read("keys/signers")
        try archive.overwrite("keys/signers", with: signers + Array("\(key)\n".utf8))
        try archive.write(samplePost(1), to: postPath(1))
        #expect(try archive.json("add", "_posts", exits: 1)["recorded"].int == 1)
    }

    @Test(arguments: [".gitattributes", ".gitignore", "keys/authorities", "keys/policy", "keys/signers"])
    func `A file beside it that is pushed is told, and the approved one goes on`(_ path: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("config", "approve", exits: 0)
        try commit(archive)
        let before = (try? archive.read(path)) ?? []
        try archive.overwrite(path, with: before + Array("/_posts/new/\n".utf8))
        let name = try commit(archive)
        try archive.write(samplePost(1), to: "_posts/new/1.md")
        let status = try archive.run("status", exits: 1).stdout
        #expect(status.contains("E-RULES-CHANGED  \(path): ") && status.contains("commit \(name)"), "\(status)")
        let added = try archive.run("add", ".", exits: 1)
        #expect(added.stderr.contains("E-RULES-CHANGED  \(path): "))
        #expect(listing(added.stdout).contains { $0.starts(with: ["recorded", "1"]) }, "\(added)")
        #expect(try archive.run("maintain", exits: 1).stdout.contains(path))
        try archive.overwrite(path, with: before)
        if before.isEmpty { try archive.remove(path) }
        try archive.run("status", exits: 0)
        try archive.run("add", ".", exits: 0)
    }

    @Test func `A change that is not committed is told as such`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("config", "approve", exits: 0)
        try commit(archive)
        try archive.run("config", "title", "name", exits: 0)
        #expect(try archive.run("status", exits: 1).stdout.contains("not committed"))
    }

    @Test func `A log without approval has the defaults, whatever the file says`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("config", "ignore", "*", exits: 0)
        try archive.write(samplePost(1), to: postPath(1))
        let added = try archive.run("add", "_posts", exits: 1)
        #expect(
            added.stderr.contains("config approve") && listing(added.stdout).contains(["recorded", "1", "entry", "2"]))
        #expect(try archive.run("status", exits: 1).stdout.contains("config approve"))
    }

    @Test func `Where the approved rules are lost nothing is recorded until they are restored or approved anew`() throws
    {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("config", "suffix", ".md", ".markdown", exits: 0)
        try archive.run("config", "approve", exits: 0)
        let size = try size(archive)
        try archive.copy("rules", to: "kept")
        for damage in ["rm -r rules", "for f in rules/*; do echo x >> $f; done"] {
            try archive.shell(damage, exits: 0)
            try archive.write(samplePost(1), to: postPath(1))
            let added = try archive.run("add", "_posts", exits: 1)
            #expect(added.stderr.contains("E-RULES-MISSING"), "\(added)")
            try archive.run("maintain", exits: 1)
            #expect(try archive.run("status", exits: 1).stdout.contains("E-RULES-MISSING"))
            #expect(try self.size(archive) == size)
            try archive.run("verify", postPath(0), exits: 0)
            try archive.restore("rules", from: "kept")
        }
        try archive.remove("rules")
        try archive.run("config", "approve", exits: 0)
        try archive.run("add", "_posts", exits: 0)
        #expect(archive.files(below: "rules").isEmpty == false)
    }

    // MARK: What is a post

    @Test func `Endings and patterns decide what is looked at, but never a registered place`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("config", "suffix", ".markdown", exits: 0)
        try archive.run("config", "ignore", "drafts/", "0001.md", "*.bak.markdown", exits: 0)
        try archive.run("config", "approve", exits: 0)
        try archive.write(samplePost(2), to: "_posts/2.markdown")
        try archive.write(samplePost(3), to: "_posts/drafts/3.markdown")
        try archive.write(samplePost(4), to: "_posts/4.bak.markdown")
        try archive.write(samplePost(5), to: "_posts/5.md")
        let added = try archive.json("add", "_posts", exits: 0)
        #expect(added["recorded"].int == 1 && added["ignored"].int == 2)
        #expect(added["notLookedAt"]["names"][".md"].int == 3)
        let status = try archive.json("status", exits: 0)
        #expect(status["counts"]["ok"].int == 3 && status["ignored"].int == 2)
        // The accession states it.
        let entry = try archive.run("show", "\(try size(archive) - 1)", exits: 0).stdout
        #expect(entry.contains("ignored") || entry.contains("accession"), "\(entry)")
        // A registered place that a pattern matches, and whose ending is none any more, is compared.
        try archive.write(samplePost(1, words: "Other words."), to: postPath(1))
        #expect(try archive.run("status", exits: 1).stdout.contains("E-ALTERED"))
        try archive.write(samplePost(1), to: postPath(1))
        try archive.remove("_posts/2.markdown")
        #expect(try archive.run("status", exits: 1).stdout.contains("E-MISSING"))
    }

    @Test(arguments: ["rules", "anchors", "packs"])
    func `A registered place below a folder of that name goes on being looked at`(_ folder: String) throws {
        let archive = try CommandLineArchive()
        try archive.write(samplePost(0), to: "\(folder)/0.md")
        try archive.run("add", folder, exits: 0)
        try archive.run("config", "suffix", ".md", ".markdown", exits: 0)
        try archive.run("config", "approve", exits: 0)
        #expect(try archive.json("status", exits: 0)["counts"]["ok"].int == 1)
        try archive.write(samplePost(0, words: "Other words."), to: "\(folder)/0.md")
        #expect(try archive.run("status", exits: 1).stdout.contains("E-ALTERED"))
        #expect(try archive.run("add", ".", exits: 1).stderr.contains("E-REPLACED"))
    }
}

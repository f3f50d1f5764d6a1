import Foundation
import TestSupport
import Testing

/// `status` says what is so, the gravest first, and counts posts by their bytes and places by their paths.
@Suite struct StatusTests {
    private func archive(_ count: Int) throws -> CommandLineArchive { try CommandLineArchive.withPosts(count) }

    private func lines(_ archive: CommandLineArchive, _ words: String..., exits: Int32) throws -> [String] {
        try archive.run(["status"] + words, exits: exits).stdout.split(separator: "\n").map(String.init)
    }

    private func move(_ archive: CommandLineArchive, _ from: String, to: String) throws {
        let target = URL(fileURLWithPath: archive(to))
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: archive(from), toPath: target.path)
    }

    // MARK: Moved

    @Test func `A renamed folder is one line with the command that settles it, and none after that`() throws {
        let archive = try archive(3)
        try move(archive, "_posts", to: "archived/old")
        let before = try archive.json("status", exits: 0)
        #expect(before["counts"]["moved"].int == 3 && before["counts"]["ok"].int == 0, "\(before["counts"])")
        #expect(before["items"].items.map { $0["now"].string } == (0..<3).map { "archived/old/000\($0).md" })
        let text = try lines(archive, exits: 0)
        #expect(text.first == "moved      3 posts  _posts → archived/old")
        #expect(text.contains("moved             3  posts: `provenance add archived` registers where they are now"))
        let whole = try lines(archive, "--verbose", exits: 0)
        #expect(whole.filter { $0.hasPrefix("moved      _posts/") }.count == 3, "\(whole)")
        #expect(try archive.json("add", "archived", exits: 0)["known"].int == 3)
        let after = try archive.json("status", exits: 0)
        #expect(after["counts"]["moved"].int == 0 && after["counts"]["ok"].int == 3 && after["items"].items.isEmpty)
    }

    @Test func `A file that was renamed in its folder has moved too`() throws {
        let archive = try archive(2)
        try move(archive, postPath(0), to: "_posts/renamed.md")
        #expect(try lines(archive, exits: 0).first == "moved      1 post  renamed in _posts")
    }

    @Test func `A post at several former places is missing once`() throws {
        let archive = try archive(2)
        for folder in ["one", "two"] {
            try archive.write(samplePost(0), to: "\(folder)/copy.md")
            try archive.run("add", folder, exits: 0)
        }
        for path in [postPath(0), "one/copy.md", "two/copy.md"] { try archive.remove(path) }
        let status = try archive.json("status", exits: 1)
        #expect(status["counts"]["missing"].int == 1, "\(status["counts"])")
        let items = status["items"].items.filter { $0["state"].string == "missing" }
        #expect(items.map { $0["path"].string } == ["two/copy.md"])
        #expect(items.first?["detail"].string == "the file is gone, nor at 2 other places, and no copy was found")
        #expect(try lines(archive, exits: 1).contains { $0.hasPrefix("FAILED: 1 post missing") })
    }

    @Test func `Recorded bytes that moved and a new post in their place are moved and unrecorded, not altered`() throws
    {
        let archive = try archive(2)
        try move(archive, postPath(0), to: "_posts/kept.md")
        try archive.write(samplePost(7), to: postPath(0))
        let status = try archive.json("status", exits: 0)
        #expect(status["counts"]["moved"].int == 1 && status["counts"]["unrecorded"].int == 1)
        #expect(status["counts"]["altered"].int == 0)
        let unrecorded = status["items"].items.first { $0["state"].string == "unrecorded" }
        #expect(unrecorded?["detail"].string == "entry 0 was registered here, whose bytes stand at _posts/kept.md")
        // What stands there is not what was recorded there, whatever else is in the archive.
        let ended = try archive.run("verify", postPath(0), exits: 1)
        #expect(ended.stdout.contains("the recorded bytes stand at _posts/kept.md now"), "\(ended)")
        // `add` says that the place holds other bytes.
        try archive.run("add", "_posts", exits: 1)
    }

    @Test func `A registered copy does not hide an edit`() throws {
        let archive = try archive(2)
        try archive.write(samplePost(0), to: "copies/a.md")
        try archive.run("add", "copies", exits: 0)
        try archive.write(samplePost(0, words: "Altered."), to: postPath(0))
        #expect(try lines(archive, exits: 1).first?.hasPrefix("altered    \(postPath(0))") ?? false)
    }

    @Test(arguments: [
        samplePost(0, words: "Altered."), "no post at all\n",
    ])
    func `A copy anywhere in the archive does not hide an edit`(edited: String) throws {
        let archive = try archive(2)
        try archive.write(samplePost(0), to: "old/a.md")
        try archive.write(samplePost(0), to: "node_modules/a.md")
        try archive.write(edited, to: postPath(0))
        #expect(try lines(archive, exits: 1).first?.hasPrefix("altered    \(postPath(0))") ?? false)
        #expect(try archive.run("verify", postPath(0), exits: 1).stdout.contains("FAILED"))
    }

    @Test func `The last copy of a post is missing although it was replaced at another place`() throws {
        let archive = try CommandLineArchive()
        for path in ["_posts/a.md", "archived/a.md"] { try archive.write(samplePost(0), to: path) }
        for number in 1..<3 { try archive.write(samplePost(number), to: "archived/\(number).md") }
        try archive.run("add", "_posts", "archived", exits: 0)
        try archive.write(samplePost(0, words: "Altered."), to: "_posts/a.md")
        try archive.run("add", "_posts", exits: 1)
        try archive.remove("archived/a.md")
        let counts = try archive.json("status", exits: 1)["counts"]
        #expect(counts["replaced"].int == 1 && counts["missing"].int == 1, "\(counts)")
        // A post that had moved before it was replaced is told once.
        try archive.write(samplePost(1), to: "_posts/1.md")
        try archive.remove("archived/1.md")
        try archive.run("add", "_posts", exits: 0)
        try archive.write(samplePost(1, words: "Altered."), to: "_posts/1.md")
        try archive.run("add", "_posts", exits: 1)
        let after = try archive.json("status", exits: 1)["counts"]
        #expect(after["replaced"].int == 2 && after["missing"].int == 1, "\(after)")
    }

    @Test func `Posts in the archive's own folder are counted once`() throws {
        let archive = try archive(1)
        for number in 5..<9 { try archive.write(samplePost(number), to: "\(number).md") }
        try archive.run("add", ".", exits: 0)
        #expect(try archive.json("status", exits: 0)["counts"]["ok"].int == 5)
    }

    @Test func `A forged register makes no folder of this archive`() throws {
        let archive = try archive(1)
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: archive("accessions")).first)
        let text = String(decoding: try archive.read("accessions/" + name), as: UTF8.self)
        try archive.write(text.replacingOccurrences(of: "_posts", with: "private"), to: "accessions/" + name)
        try archive.write(samplePost(8), to: "private/draft.md")
        let json = try archive.json("status", exits: 1)
        #expect(json["problems"].items.first?["code"].string == "E-REGISTER-FORGED", "\(json)")
        #expect(!json["items"].items.contains { $0["path"].string == "private/draft.md" }, "\(json)")
    }

    @Test func `Two posts that changed places are altered: neither name has its bytes`() throws {
        let archive = try archive(3)
        try move(archive, postPath(0), to: "_posts/x.md")
        try move(archive, postPath(1), to: postPath(0))
        try move(archive, "_posts/x.md", to: postPath(1))
        #expect(try archive.json("status", exits: 1)["counts"]["altered"].int == 2)
    }

    @Test func `A place that was left says where its post stands now`() throws {
        let archive = try archive(2)
        try move(archive, "_posts", to: "archived")
        let folder = try archive.run("verify", "_posts", exits: 2)
        #expect(folder.stdout.contains("there is no such folder; posts were registered below it"), "\(folder)")
        for known in [false, true] {
            if known { try archive.run("add", "archived", exits: 0) }
            let ended = try archive.run("verify", postPath(1), exits: 3)
            #expect(ended.stdout.contains("E-MOVED  \(postPath(1))"), "\(ended)")
            #expect(ended.stdout.contains("its bytes stand at archived/0001.md now"), "\(ended)")
        }
        try archive.remove("archived/0001.md")
        #expect(try archive.run("verify", postPath(1), exits: 1).stdout.contains("E-MISSING"))
    }

    // MARK: Order and number of lines

    @Test func `The gravest line is first, and a terminal shows twenty of a kind`() throws {
        let archive = try archive(30)
        for number in 0..<40 { try archive.write(samplePost(100 + number), to: "_posts/new\(number).md") }
        for number in 3..<28 { try archive.write(samplePost(number, words: "Altered."), to: postPath(number)) }
        try archive.remove(postPath(29))
        let text = try lines(archive, exits: 1)
        let states = text.prefix { !$0.hasPrefix("E-") && !$0.hasPrefix("altered     ") }.compactMap {
            $0.split(separator: " ").first.map(String.init)
        }
        #expect(states.first == "altered" && states.last == "unrecorded")
        #expect(text.filter { $0.hasPrefix("unrecorded _posts/") }.count == 40, "a pipe has them all")
        let shown = try archive.terminal(["status"], columns: 300, exits: 1).lines
        #expect(shown.contains("altered    and 5 more; --verbose lists them"), "\(shown)")
        #expect(shown.contains("unrecorded and 20 more; --verbose lists them"), "\(shown)")
        let whole = try archive.terminal(["status", "--verbose"], columns: 300, exits: 1).lines
        #expect(!whole.contains { $0.contains(" more; --verbose") })
    }

    @Test func `Refusals are told by their cause`() throws {
        let archive = try archive(1)
        for number in 0..<3 {
            try archive.write(
                "---\ntitle: T\ndate: 2020-01-0\(number + 1)\nurl: https://a.example/\noriginal_url: https://b.example/\n---\nText\n",
                to: "_posts/bad\(number).md")
        }
        let added = try archive.run("add", "_posts", exits: 2)
        #expect(added.stderr.contains("E-KEY-MISSING"))
        let text = try lines(archive, exits: 3)
        #expect(
            text.first == "refused    3 files  lack `from`; they have `original_url`, `url`  [E-KEY-MISSING]", "\(text)"
        )
        #expect(text.contains { $0.hasPrefix("E-ALL-REFUSED  log: everything new since the last recorded post was") })
        #expect(try archive.json("status", exits: 3)["refusals"].items.map { $0["count"].int } == [3])
        try archive.write(samplePost(9), to: "_posts/good.md")
        try archive.run("add", "_posts", exits: 0)
        try archive.run("status", exits: 0)
    }

    @Test func `Many refusals of one cause are one line of an add`() throws {
        let archive = try archive(1)
        for number in 0..<25 { try archive.write("no post \(number)", to: "_posts/bad\(number).md") }
        let ended = try archive.run("add", "_posts", exits: 2)
        let told = ended.stderr.split(separator: "\n").filter { $0.hasPrefix("E-NO-FRONT-MATTER") }
        #expect(told.count == 1 && told.first?.hasPrefix("E-NO-FRONT-MATTER  25 files ") == true, "\(ended)")
    }

    // MARK: Not looked at

    @Test func `Names that are no posts' and posts in ignored folders are counted, and registered places are read`()
        throws
    {
        let archive = try CommandLineArchive()
        try archive.write(samplePost(0), to: "_posts/a.md")
        for name in ["_posts/b.markdown", "_posts/c.MD", "_posts/d.mdx", "_posts/e.html"] {
            try archive.write(samplePost(1), to: name)
        }
        for name in ["_site/f.md", "node_modules/p/README.md", "drafts/g.md"] {
            try archive.write(samplePost(2), to: name)
        }
        try FileManager.default.createDirectory(atPath: archive(".git"), withIntermediateDirectories: false)
        try archive.write("# comment\n/dra*s/\n!other\n", to: ".gitignore")
        let added = try archive.json("add", ".", exits: 0)
        #expect(added["recorded"].int == 1, "\(added)")
        let names = [".markdown": 1, ".md": 1, ".mdx": 1, ".html": 1]
        for (name, count) in names { #expect(added["notLookedAt"]["names"][name].int == count, "\(name)\n\(added)") }
        for folder in ["_site", "node_modules", "drafts"] {
            #expect(added["notLookedAt"]["folders"][folder].int == 1, "\(folder)\n\(added)")
        }
        let text = try archive.run("status", exits: 0).stdout
        #expect(text.contains("7  files: 1 .html, 1 .markdown, 1 .MD, 1 .mdx, 1 in _site, which is ignored"), "\(text)")
        #expect(text.contains("Not judged: 7 not looked at."), "\(text)")
        // Told to, it does.
        #expect(try archive.json("add", "drafts", exits: 0)["recorded"].int == 1)
        try archive.write(samplePost(2, words: "Altered."), to: "drafts/g.md")
        #expect(try archive.json("status", exits: 1)["counts"]["altered"].int == 1)
        let again = try archive.json("add", ".", exits: 1)
        #expect(again["replaced"].int == 1 && again["notLookedAt"]["folders"]["drafts"].int == nil, "\(again)")
    }

    @Test func `Patterns of folders above a named one count`() throws {
        let archive = try CommandLineArchive()
        try #require(try TestSupport.run("git", arguments: ["init", "-q", archive("")]).status == 0)
        try archive.write("drafts/\n", to: ".gitignore")
        try archive.write("/a/old/\n", to: "news/.gitignore")
        for path in ["news/a/b/1.md", "news/a/drafts/2.md", "news/a/old/3.md"] {
            try archive.write(samplePost(path.count), to: path)
        }
        let added = try archive.json("add", "news/a", exits: 0)
        #expect(added["recorded"].int == 1, "\(added)")
        #expect(added["notLookedAt"]["folders"]["news/a/drafts"].int == 1, "\(added)")
        #expect(added["notLookedAt"]["folders"]["news/a/old"].int == 1)
    }

    // MARK: Many at once

    @Test func `Many posts that are missing at once ask whether the folder is mounted, and nothing is written`() throws
    {
        let archive = try archive(220)
        for number in 0..<60 { try archive.remove(postPath(number)) }
        let text = try lines(archive, exits: 1)
        #expect(
            text.first
                == "E-MASS-CHANGE  _posts: is the folder mounted? 60 of its 220 posts are missing at once, and are nowhere else in the archive",
            "\(text.prefix(3))")
        let size = try archive.size()
        try archive.write(samplePost(900), to: "_posts/new.md")
        let refused = try archive.run("add", "_posts", exits: 1)
        #expect(refused.stderr.hasPrefix("E-MASS-CHANGE  _posts: is the folder mounted?"), "\(refused)")
        try archive.run("maintain", exits: 1)
        #expect(try archive.size() == size)
        let token = try #require(try archive.json("status", exits: 1)["massChanges"].items.first?["token"].string)
        // It is good for this set only.
        try archive.remove(postPath(60))
        try archive.run("add", "_posts", "--mass-change", token, exits: 1)
        #expect(try archive.size() == size)
        let other = try #require(try archive.json("status", exits: 1)["massChanges"].items.first?["token"].string)
        #expect(other != token)
        try archive.run("add", "_posts", "--mass-change", other, exits: 0)
        #expect(try archive.size() > size)
        // The posts stay missing; only the question is answered.
        let after = try archive.json("status", exits: 1)
        #expect(after["counts"]["missing"].int == 61 && after["massChanges"].items.isEmpty)
        try archive.run("add", "_posts", exits: 0)
    }

    @Test func `Forty-nine deletions, and posts that moved, ask nothing`() throws {
        let archive = try archive(100)
        for number in 0..<49 { try archive.remove(postPath(number)) }
        let status = try archive.json("status", exits: 1)
        #expect(status["massChanges"].items.isEmpty && status["counts"]["missing"].int == 49)
        try archive.run("add", "_posts", exits: 0)
        for number in 49..<100 { try move(archive, postPath(number), to: "archived/\(number).md") }
        #expect(try archive.json("status", exits: 1)["massChanges"].items.isEmpty)
        try archive.run("add", "_posts", "archived", exits: 0)
    }

    // MARK: Quiet

    @Test func `What git remembers of new posts is proposed as the longest quiet`() throws {
        let archive = try CommandLineArchive(initializing: false)
        func git(_ words: String..., at time: Int = 0) throws {
            let ended = try TestSupport.run(
                "git", arguments: ["-c", "user.name=a", "-c", "user.email=a@b.c"] + words,
                environment: ["GIT_COMMITTER_DATE": "\(1_700_000_000 + time) +0000"], folder: archive(""))
            try #require(ended.status == 0, "\(ended)")
        }
        try archive.write("notes\n", to: "notes.txt")
        try git("init", "-q")
        for number in 0..<25 {
            try archive.write(samplePost(number), to: postPath(number))
            try git("add", "-A")
            try git("commit", "-qm", "posts", at: number * 20 * 3600)
        }
        let ended = try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0)
        #expect(
            ended.stdout.hasSuffix(
                "By 25 commits with new posts, a scheduler asks for one each 60 h: provenance maintain --max-quiet 60h\n"
            ),
            "\(ended)")
    }

    @Test func `An archive in which no post was recorded for too long fails`() throws {
        let archive = try archive(2)
        try archive.run("status", "--max-quiet", "48h", "--max-quiet", "_posts=48h", exits: 0)
        guard try isThere("faketime") else { return }
        let late = ["faketime", "+3 days"]
        let ended = try archive.run("status", "--max-quiet", "48h", exits: 1, under: late)
        #expect(ended.stdout.contains("E-QUIET  log: the last post was recorded on "), "\(ended)")
        let folder = try archive.run("status", "--max-quiet", "_posts=48h", exits: 1, under: late)
        #expect(folder.stdout.contains("E-QUIET  _posts: "), "\(folder)")
        try archive.run("status", "--max-quiet", "auto", exits: 0, under: late)
        try archive.run("status", "--max-quiet", "auto", exits: 1, under: ["faketime", "+8 days"])
        // Heartbeats are no posts.
        try archive.run("add", "_posts", "--heartbeat", exits: 0, under: late)
        try archive.run("status", "--max-gap", "48h", "--max-quiet", "48h", exits: 1, under: late)
    }

    @Test(arguments: ["x", "48", "a/b=48h", "=48h", "_posts=", "-1h"])
    func `A span that is none is refused`(_ text: String) throws {
        let archive = try archive(1)
        #expect(try archive.run("status", "--max-quiet=\(text)", exits: 2).stderr.contains("E-USAGE"))
    }
}

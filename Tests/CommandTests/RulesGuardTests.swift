import Foundation
import TestSupport
import Testing

/// What somebody who can push, or an archivist in haste, does to rules hides nothing.
@Suite struct RulesGuardTests {
    private static func note(_ number: Int) -> String {
        "---\noriginal_url: https://bulletin.example.org/\(number)\n---\nNote \(number).\n"
    }

    /// An archive with one post each in `.md` and `.txt`, and an image.
    private func archive() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for words in [["source", "original_url"], ["suffix", ".md", ".txt"]] {
            try archive.run(["config"] + words, exits: 0)
        }
        try archive.run("config", "approve", exits: 0)
        try archive.write(RulesGuardTests.note(1), to: "posts/1.md")
        try archive.write(RulesGuardTests.note(2), to: "posts/2.txt")
        try archive.write("no post", to: "posts/image.png")
        #expect(try archive.json("add", "posts", exits: 0)["recorded"].int == 2)
        return archive
    }

    @Test(arguments: ["rm -r rules", "p config suffix --default && p config approve"])
    func `A recorded post is verified whatever the endings are now`(_ change: String) throws {
        let archive = try archive()
        try archive.shell(change, exits: 0)
        #expect(try archive.run("verify", "posts", exits: 0).stdout.contains("2 posts"))
        try archive.run("export", "posts", "-o", "m.json", exits: 0)
        #expect(try archive.run("verify", "m.json", "--posts", "posts", exits: 0).stdout.contains("2 entries"))
        try archive.write(RulesGuardTests.note(3), to: "posts/2.txt")
        let verified = try archive.run("verify", "posts", exits: 1)
        #expect(verified.stdout.contains("posts/2.txt") && !verified.stdout.contains("image.png"), "\(verified)")
        try archive.run("verify", "m.json", "--posts", "posts", exits: 1)
        // Files that are no posts and on no record are nothing to check.
        try archive.shell("mkdir other && cp posts/image.png other", exits: 0)
        try archive.run("verify", "other", exits: 3)
    }

    @Test func `What is approved in place of rules that are lost says so, and what it lets pass`() throws {
        let archive = try archive()
        try archive.shell("rm -r rules; echo '/posts/sub/' >>.gitignore", exits: 0)
        let changes = try archive.json("config", "approve", exits: 0)["changes"].items
        let weakening = changes.filter { $0["weakens"].bool == true }.compactMap { $0["text"].string }
        #expect(
            weakening.contains { $0.contains("is lost") } && weakening.contains { $0.hasPrefix(".gitignore: 1 line ") })
        #expect(try archive.run("audit", exits: 0).stdout.contains(".gitignore: 1 line "))
    }

    @Test(
        arguments: [
            (".gitignore", "*/\n!posts/\n", "*/\n"), (".gitignore", "", "posts/\n"),
            ("keys/signers", "", "# nobody\nNEW\n"),
            ("keys/policy", "", nil),
        ] as [(String, String, String?)])
    func `A file that lets less be seen, or others sign, is said to weaken`(
        _ path: String, _ before: String, _ after: String?
    ) throws {
        let archive = try archive()
        let start = try archive.read(path)
        try archive.overwrite(path, with: start + Array(before.utf8))
        try archive.run("config", "approve", exits: 0)
        if let after {
            let other = try CommandLineArchive()
            let key = String(decoding: try other.read("keys/signer.vkey"), as: UTF8.self)
            try archive.overwrite(path, with: start + Array(after.replacing("NEW\n", with: key).utf8))
        } else {
            try archive.remove(path)
        }
        let changes = try archive.json("config", "approve", exits: 0)["changes"].items
        #expect(changes.count == 1 && changes[0]["weakens"].bool == true, "\(changes)")
    }

    @Test func `A pattern that takes files in again weakens when it goes`() throws {
        let archive = try archive()
        try archive.run("config", "ignore", "drafts/", "!drafts/kept/", exits: 0)
        let came = try archive.run("config", "approve", exits: 0).stdout
        #expect(came.contains("WEAKENS  ignore drafts/") && !came.contains("WEAKENS  ignore !drafts"), "\(came)")
        try archive.run("config", "ignore", "drafts/", exits: 0)
        #expect(try archive.run("config", "approve", exits: 0).stdout.contains("WEAKENS  ignore !drafts/kept/"))
        // Patterns are shown as the file spells them.
        try archive.run("config", "ignore", "a b/ c/", exits: 0)
        #expect(try archive.run("config", "approve", exits: 0).stdout.contains("ignore a%20b/%20c/: "))
        let refused = try archive.run("config", "ignore", "a**/b", exits: 2)
        #expect(refused.stderr.contains("E-CONFIG-VALUE"))
    }

    @Test func `Approved bytes that are altered are told by audit`() throws {
        let archive = try archive()
        try archive.shell("for f in rules/*; do grep -q provenance/rules $f || echo x >>$f; done", exits: 0)
        let told = try archive.run("audit", exits: 0).stdout
        #expect(told.contains("the approved bytes of .gitignore, is not here, or altered"), "\(told)")
    }

    @Test(arguments: [
        ("provenance/archive@v2\r\norigin ORIGIN\r\n", "LF is wanted"),
        ("provenance/archive@v1\norigin ORIGIN\ntitle x\n", "provenance/archive@v2"),
    ])
    func `A configuration that an editor saved otherwise is told as such`(_ text: String, _ words: String) throws {
        let archive = try archive()
        try archive.write(text.replacing("ORIGIN", with: CommandLineArchive.origin), to: ".provenance/config")
        let told = try archive.run("status", exits: 2)
        #expect(told.stderr.contains("E-MALFORMED  ") && told.stderr.contains(words), "\(told)")
    }

    // MARK: In haste

    @Test func `A key with addresses that nobody knows is asked about`() throws {
        let archive = try CommandLineArchive()
        for number in 0..<5 {
            try archive.write("---\nweburl: https://bulletin.example.org/\(number)\n---\nNote.\n", to: "\(number).md")
        }
        let text = try archive.run("config", "propose", exits: 0).stdout
        #expect(text.contains("5 of 5 state no source, and hold an address in another key"), "\(text)")
        #expect(text.contains("    provenance config source weburl\n") && text.contains("are refused before rules"))
        try archive.run("config", "source", "weburl", exits: 0)
        try archive.run("config", "approve", exits: 0)
        #expect(!(try archive.run("config", "propose", exits: 0).stdout.contains("are refused before rules")))
    }

    @Test func `A named file with another ending is refused with the line that accepts it`() throws {
        let archive = try archive()
        try archive.write(RulesGuardTests.note(4), to: "posts/4.markdown")
        let refused = try archive.run("add", "posts/4.markdown", exits: 2)
        let line = "provenance config suffix .md .txt .markdown && provenance config approve"
        #expect(refused.stderr.contains(line), "\(refused)")
        try archive.shell("provenance() { p \"$@\"; }; " + line, exits: 0)
        #expect(try archive.json("add", "posts/4.markdown", exits: 0)["recorded"].int == 1)
    }

    @Test func `A flood of keys is one line beside those of other posts`() throws {
        let archive = try archive()
        let keys = (0..<900).map { "k\($0): https://copies.example.org/\($0)\n" }.joined()
        try archive.write(RulesGuardTests.note(5).replacing("---\nNote", with: keys + "---\nNote"), to: "posts/5.md")
        let told = try archive.run("add", "posts", exits: 0).stderr.split(separator: "\n")
        #expect(told.count <= 22 && told.contains { $0.contains("other warnings") }, "\(told.count)")
        #expect(told.allSatisfy { $0.count < 600 })
    }
}

import Foundation
import TestSupport
import Testing

/// `add --dry-run`, and files that are refused.
@Suite struct DryRunTests {
    /// Every file below the archive, with its bytes and times.
    private func state(_ archive: CommandLineArchive) throws -> String {
        try archive.shell(
            "find . -printf '%p %y %m %s %T@ %C@\\n' | sort; find . -type f -exec sha256sum {} + | sort", exits: 0
        )
        .stdout
    }

    @Test(arguments: [["_posts"], [".", "--batch", "1"], ["_posts", "--heartbeat"], ["absent"], ["_posts/broken.md"]])
    func `It reports what an add does, and writes nothing`(_ words: [String]) throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.write(samplePost(0), to: "_posts/copy.md")
        try archive.write(samplePost(1, words: "Other words."), to: postPath(1))
        for number in 2..<6 { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.write(samplePost(2), to: "_posts/same.md")
        try archive.write("broken\n", to: "_posts/broken.md")
        let before = try state(archive)
        let dry = try archive.run(["add"] + words + ["--dry-run", "--json"], exits: nil)
        let text = try archive.run(["add"] + words + ["--dry-run"], exits: dry.status)
        #expect(try state(archive) == before)
        #expect(!text.stdout.contains("durable"), "\(text)")
        let done = try archive.run(["add"] + words + ["--json"], exits: dry.status)
        func members(_ ended: Ended) throws -> [String: Any] {
            var members = try #require(try JSONSerialization.jsonObject(with: Data(ended.output)) as? [String: Any])
            for name in ["dryRun", "size", "root"] { members[name] = nil }
            return members
        }
        #expect(NSDictionary(dictionary: try members(dry)) == NSDictionary(dictionary: try members(done)))
    }

    @Test func `One named file that is refused leaves no trace, unless its place is registered`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write("broken\n", to: "broken.md")
        let checkpoint = try archive.read("log/checkpoint")
        for _ in 0..<2 {
            let ended = try archive.run("add", "broken.md", exits: 2)
            #expect(ended.stderr.contains("E-NO-FRONT-MATTER") && ended.stdout.contains("not on the register"))
        }
        #expect(try archive.read("log/checkpoint") == checkpoint)
        // In every other case a refused file is on the register.
        for words in [["broken.md", postPath(0)], ["."], ["broken.md", "--heartbeat"]] {
            let other = try CommandLineArchive.withPosts(1)
            try other.write("broken\n", to: "broken.md")
            let added = try other.json(
                "add", words[0], words.count > 1 ? words[1] : "--tolerate-refused", exits: words.count > 1 ? 2 : 0)
            #expect(added["refused"].int == 1 && added["accession"].int == 2 && added["onRegister"].bool == true)
        }
        try archive.write("broken\n", to: postPath(0))
        let replaced = try archive.json("add", postPath(0), exits: 1)
        #expect(replaced["accession"].int == 2 && replaced["onRegister"].bool == true)
    }
}

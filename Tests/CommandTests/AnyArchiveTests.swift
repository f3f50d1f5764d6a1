import Foundation
import TestSupport
import Testing

/// Posts of other archives, read by approved rules.
@Suite struct AnyArchiveTests {
    private func approve(_ archive: CommandLineArchive, _ settings: [[String]]) throws {
        for words in settings { try archive.run(["config"] + words, exits: 0) }
        try archive.run("config", "approve", exits: 0)
    }

    private static let clip = """
        ---
        original_url: https://news.example.org/a
        url: https://web.example.net/web/2018/a
        published: 2018-02-06 15:00
        headline: A title
        ---
        Words.

        """

    @Test func `Approved keys state source and date`() throws {
        let archive = try CommandLineArchive()
        try archive.write(AnyArchiveTests.clip, to: "a.md")
        try archive.run("add", ".", exits: 2)
        try approve(archive, [["source", "original_url"], ["dated", "published"], ["title", "headline"]])
        let added = try archive.json("add", ".", exits: 0)
        #expect(added["recorded"].int == 1)
        let record = try archive.json("show", "a.md", exits: 0)["record"]
        #expect(record["source"].string == "https://news.example.org/a")
        #expect(record["dated"].string == "2018-02-06 15:00")
        try archive.run("verify", "a.md", exits: 0)
        try archive.run("status", exits: 0)
        #expect(try archive.run("list", exits: 0).stdout.contains("A title"))
    }

    @Test func `A required claim that a post does not make is counted, and exits 2 in that run`() throws {
        let archive = try CommandLineArchive()
        try approve(
            archive, [["source", "original_url"], ["dated", "published"], ["require", "source", "dated"]])
        try archive.write(AnyArchiveTests.clip, to: "a.md")
        try archive.write(AnyArchiveTests.clip.replacing("original_url", with: "origin_url"), to: "b.md")
        try archive.write(AnyArchiveTests.clip.replacing("published", with: "posted"), to: "c.md")
        let added = try archive.run("add", ".", exits: 2)
        #expect(added.stdout.contains("claims lost       1   without source"), "\(added)")
        #expect(added.stdout.contains("claims lost       1   without dated"), "\(added)")
        #expect(added.stderr.contains("E-CLAIMS-LOST  b.md: ") && added.stderr.contains("E-CLAIMS-LOST  c.md: "))
        // They are recorded all the same, and told once.
        try archive.run("status", exits: 0)
        try archive.run("add", ".", exits: 0)
        try archive.write(AnyArchiveTests.clip.replacing("original_url", with: "x") + "More.\n", to: "d.md")
        #expect(try archive.json("add", ".", exits: 2)["claimsLost"]["source"].int == 1)
        try archive.write(AnyArchiveTests.clip.replacing("original_url", with: "x") + "Most.\n", to: "e.md")
        #expect(try archive.run("maintain", exits: 2).stdout.contains("E-CLAIMS-LOST"))
    }

    @Test func `Refused files are grouped with the line that would accept them`() throws {
        let archive = try CommandLineArchive()
        try archive.write("---\ntitle: x\n---\nWords.\n", to: "a.md")
        try archive.write("No front matter.\n", to: "b.md")
        let first = try archive.run("add", ".", exits: 2)
        #expect(
            first.stderr.contains(
                "1 refused file would be accepted once rules for such posts are approved: provenance config propose\n"),
            "\(first)")
        #expect(first.stderr.contains("provenance config accept plain && provenance config approve"))
        try archive.shell(
            "provenance() { p \"$@\"; }; provenance config accept plain && provenance config approve", exits: 0)
        let second = try archive.run("add", ".", exits: 0)
        #expect(second.stdout.contains("recorded          2"), "\(second)")
    }

    // MARK: Proposals

    @Test func `What fits the posts is proposed, with what was counted`() throws {
        let archive = try CommandLineArchive()
        for number in 0..<120 {
            try archive.write(
                AnyArchiveTests.clip.replacing("/a", with: "/\(number)"),
                to: "_posts/\(number).\(number < 100 ? "markdown" : "md")")
        }
        try archive.write("---\noriginal_url: no address\n---\n", to: "_posts/other.md")
        try archive.write("# About\n", to: "about.md")
        let text = try archive.run("config", "propose", exits: 0).stdout
        #expect(text.contains("    provenance config source original_url\n"), "\(text)")
        let reason = "120 of 121 have `original_url`, `url` stands beside it in 120, none has `from`"
        #expect(text.contains(reason), "\(text)")
        #expect(text.contains("    provenance config dated published\n") && text.contains("none has `date`"))
        #expect(text.contains("    provenance config suffix .md .markdown\n") && text.contains("100 end in .markdown"))
        #expect(text.contains("    provenance config require source dated\n"))
        #expect(text.contains("1 of 122 files take no form") && text.contains("config accept plain"))
        #expect(
            String(decoding: try archive.read(".provenance/config"), as: UTF8.self).hasPrefix("provenance/archive@v1"))
    }

    @Test func `A key that only earlier versions had is proposed too`() throws {
        let archive = try CommandLineArchive()
        try archive.write(AnyArchiveTests.clip.replacing("original_url", with: "link"), to: "a.md")
        let commit = "git init -q 2>/dev/null; git add -A && git -c user.name=a -c user.email=a@x commit -qm x"
        try archive.shell(commit, exits: 0)
        try archive.write(AnyArchiveTests.clip, to: "a.md")
        try archive.shell(commit, exits: 0)
        let text = try archive.run("config", "propose", exits: 0).stdout
        #expect(text.contains("provenance config source original_url link\n"), "\(text)")
        #expect(text.contains("`link` stands in earlier versions alone"), "\(text)")
    }

    @Test func `init says that source and date become public, and proposes`() throws {
        let archive = try CommandLineArchive(initializing: false)
        try archive.write(AnyArchiveTests.clip, to: "a.md")
        let made = try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0).stdout
        #expect(
            made.contains("become part of a public log") && made.contains("provenance config source original_url\n"))
        // On a terminal it asks first.
        let other = try CommandLineArchive(initializing: false)
        try other.write(AnyArchiveTests.clip, to: "a.md")
        let line = "script -qec '\"$COMMAND\" init --origin \(CommandLineArchive.origin)' /dev/null"
        let refused = try other.shell("printf 'n\n' | " + line, exits: 2)
        #expect(refused.stdout.contains("Make the archive? [y/N]") && refused.stdout.contains("Nothing was made."))
        #expect(other.files(below: ".provenance").isEmpty)
        let accepted = try other.shell("{ printf 'y\n'; sleep 2; printf 'y\n'; sleep 1; } | " + line, exits: 0)
        #expect(accepted.stdout.contains("Write them to .provenance/config? [y/N]"), "\(accepted)")
        let config = String(decoding: try other.read(".provenance/config"), as: UTF8.self)
        #expect(config.contains("\nsource original_url\n") && config.contains("\ndated published\n"))
    }
}

import Foundation
import TestSupport
import Testing

/// Archives of other people's shapes, from `init` on, by the settings that are proposed for them.
@Suite struct OtherArchivesTests {
    /// The commands that `config propose` prints, but those that record files by their bytes alone.
    private func proposed(_ archive: CommandLineArchive) throws -> [[String]] {
        try archive.run("config", "propose", exits: 0).stdout.split(separator: "\n")
            .filter { $0.hasPrefix("    provenance ") }
            .map { $0.split(separator: " ").dropFirst().map(String.init) }
    }

    private func claims(_ archive: CommandLineArchive) throws -> (recorded: Int, sourced: Int, dated: Int) {
        let posts = try archive.json("list", "--limit", "100000", exits: 0)["entries"].items
        return (
            posts.count, posts.count { $0["source"].string?.isEmpty == false },
            posts.count { $0["dated"].string?.isEmpty == false }
        )
    }

    @Test(arguments: OtherArchive.all)
    func `What is proposed for an archive records its posts, with source and date`(other: OtherArchive) throws {
        let archive = try CommandLineArchive()
        for file in other.files { try archive.write(file.text, to: file.path) }
        let commands = try proposed(archive)
        for words in commands where words != ["config", "accept", "plain"] { try archive.run(words, exits: 0) }
        let refused = other.files.count - other.recorded
        let added = try archive.json("add", ".", exits: refused == 0 ? 0 : 2)
        #expect(added["recorded"].int == other.recorded)
        #expect(added["refused"].int == refused)
        let found = try claims(archive)
        #expect(found == (other.recorded, other.sourced, other.dated))
        let record = try archive.json("show", other.example.path, exits: 0)["record"]
        #expect(record["source"].string == other.example.source)
        try archive.run("verify", other.example.path, exits: 0)
        try archive.run("status", exits: 0)
        try archive.run("audit", exits: 0)
        try archive.run("export", ".", "-o", "all.json", exits: 0)
        try archive.run("verify", "all.json", exits: 0)
        // What takes no form is recorded by its bytes once somebody says so.
        if refused > 0 {
            // Front matter that cannot be read is to be corrected: bytes alone would leave out what it states.
            let isBroken = ["a news site", "scripts of a programme"].contains(other.description)
            #expect(commands.contains(["config", "accept", "plain"]) == !isBroken)
            try archive.run("config", "accept", "plain", exits: 0)
            try archive.run("config", "approve", exits: 0)
            let requires = commands.contains { $0.dropFirst().first == "require" }
            let plain = try archive.json("add", ".", exits: requires ? 2 : 0)
            #expect(plain["recorded"].int == refused && plain["refused"].int == 0)
        }
        var text = String(decoding: try archive.read(other.example.path), as: UTF8.self)
        text.append("Later.\n")
        try archive.write(text, to: other.example.path)
        try archive.run("verify", other.example.path, exits: 1)
        try archive.run("status", exits: 1)
    }

    @Test(arguments: OtherArchive.all)
    func `Before rules are approved nothing is recorded, and what would accept the posts is said`(other: OtherArchive)
        throws
    {
        let archive = try CommandLineArchive(initializing: false)
        for file in other.files { try archive.write(file.text, to: file.path) }
        let made = try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0).stdout
        #expect(made.contains("    provenance config approve\n"), "\(made)")
        let added = try archive.json("add", ".", exits: 2)
        #expect(added["recorded"].int == 0 && added["refused"].int == other.files.count)
        #expect(added["acceptable"]["approve"].int == other.recorded, "\(added)")
        try archive.run("status", exits: 3)
    }
}

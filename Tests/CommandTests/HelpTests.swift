import Foundation
import TestSupport
import Testing

/// The help of every command is under version control, so that a change of the command line is seen in review.
@Suite struct HelpTests {
    static let commands = [
        "", "init", "add", "verify", "status", "maintain", "list", "find", "show", "prove", "export", "audit", "repair",
        "reindex",
        "key",
        "key generate", "key list", "key show", "key pin", "config",
    ]

    @Test(arguments: commands)
    func `The help of a command is what Help/ holds`(name: String) throws {
        let archive = try CommandLineArchive(initializing: false)
        let words = name.split(separator: " ").map(String.init)
        let ended = try archive.run(words + ["--help"], exits: 0)
        #expect(ended.errors.isEmpty)
        let file = (["provenance"] + words).joined(separator: "-") + ".txt"
        let path = Shared.packageFolder + "/Tests/CommandTests/Help/" + file
        if ProcessInfo.processInfo.environment["PROVENANCE_RENEW"] == "help" {
            try Data(ended.output).write(to: URL(fileURLWithPath: path))
        }
        let wanted = try String(contentsOfFile: path, encoding: .utf8)
        #expect(ended.stdout == wanted, "renew it as Tests/CommandTests/README.md says")
        // `help NAME` is the same page.
        if !words.isEmpty {
            #expect(try archive.run(["help"] + words, exits: 0).stdout == wanted)
        }
    }

    @Test func `Every command that --help lists is in Help/`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let text = try archive.run("--help", exits: 0).stdout
        let lines = text.split(separator: "\n").drop { !$0.hasPrefix("SUBCOMMANDS") }.dropFirst()
        let listed = lines.prefix { $0.hasPrefix("  ") }.filter { !$0.hasPrefix("   ") && !$0.hasPrefix("  See ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(listed.sorted() == HelpTests.commands.filter { !$0.isEmpty && !$0.contains(" ") }.sorted())
    }

    @Test func `The version is one line`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let ended = try archive.run("--version", exits: 0)
        #expect(ended.stdout.hasPrefix("provenance ") && ended.stdout.split(separator: "\n").count == 1)
    }
}

import Foundation
import TestSupport
import Testing

/// The examples at the end of each help page are command lines that work.
@Suite struct HelpExampleTests {
    /// Maximum columns of a line of help: the usual width of a terminal.
    private static let maxColumns = 80

    /// Makes the archive a clone of a shared repository that holds it.
    private static let sharing = """
        set -e
        git() { command git -c user.name=a -c user.email=a@example.org -c init.defaultBranch=main "$@" >/dev/null; }
        git init -q --bare ../shared.git
        git init -q .
        git add -A
        git commit -q -m first
        git remote add origin ../shared.git
        git push -q -u origin main
        """

    /// An archive in which every example can be carried out: `../archive` is the archive itself, `../backup` a copy.
    private func prepared() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        try archive.write(samplePost(1), to: "_posts/2022-02-10-bridge.md")
        try archive.run("add", "_posts", exits: 0)
        try archive.run("export", "-o", "Manifests/1.json", exits: 0)
        let post = "_posts/2022-02-10-bridge.md"
        try archive.run("prove", post, "-o", "bridge.tlog-proof", exits: 0)
        try archive.write(post + "\n", to: "list.txt")
        try FileManager.default.copyItem(atPath: try archive.pinnableKeys(), toPath: archive("trusted"))
        try archive.copy("log", to: "backup")
        return archive
    }

    @Test(arguments: HelpTests.commands)
    func `The help ends with examples, and each of them works`(name: String) throws {
        let prepared = try prepared()
        let words = name.split(separator: " ").map(String.init)
        let help = try prepared.run(words + ["--help"], exits: 0).stdout.split(
            separator: "\n", omittingEmptySubsequences: false)
        for line in help { #expect(line.count <= HelpExampleTests.maxColumns, "\(line)") }
        let title = try #require(help.firstIndex(of: "Examples:"), "\(name) has none")
        // A usage row is wrapped at its brackets.
        #expect(help.allSatisfy { !$0.hasPrefix("<") && !$0.hasSuffix("[") })
        let examples = help[(title + 1)...].prefix { !$0.isEmpty }
        #expect(2...3 ~= examples.count, "\(examples)")
        for example in examples {
            #expect(example.hasPrefix("  provenance" + words.map { " " + $0 }.joined() + (name == "" ? " " : "")))
            // Only `init` wants a folder that is no archive yet.
            let archive = example.contains("provenance init") ? try CommandLineArchive(initializing: false) : prepared
            if example.contains("--publish git") { try archive.shell(HelpExampleTests.sharing, exits: 0) }
            try archive.shell("provenance() { p \"$@\"; }; " + example, exits: 0)
        }
    }
}

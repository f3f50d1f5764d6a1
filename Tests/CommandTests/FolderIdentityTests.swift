import Foundation
import TestSupport
import Testing

/// An archive is identified independently of the path that leads to it: by a link in an argument, in the environment,
/// in a post's own path or above it, by a bind mount, by `..`.
@Suite struct FolderIdentityTests {
    /// Ways to reach the archive and its posts; `{}` stands for the test's own folder.
    struct Way: CustomStringConvertible, Sendable {
        let description: String
        /// `PROVENANCE_ARCHIVE`.
        var variable: String?
        /// Options before the posts.
        var options: [String] = []
        /// The part of a post's path before `_posts`.
        var before = ""
    }

    static let ways: [Way] = [
        Way(description: "the archive's link in the environment", variable: "{}/link"),
        Way(description: "the archive's link as an option", options: ["--archive", "{}/link"]),
        Way(description: "a link above the archive", variable: "{}/above/archive"),
        Way(description: "the post's path through the archive's link", before: "{}/link/"),
        Way(description: "the post's path through a link above", before: "{}/above/archive/"),
        Way(description: "both through links", variable: "{}/link", before: "{}/above/archive/"),
        Way(description: "parents of a link", before: "{}/deep/../archive/"),
        Way(description: "parents and links", variable: "{}/archive/../link", before: "{}/above/archive/_posts/../"),
        Way(description: "a link inside the archive", before: "inner/../"),
        Way(description: "a link inside the archive that leads back", before: "back/"),
    ]

    /// An archive of three posts, with links to it, and the shell's logical working directory.
    private func archive() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(3)
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: archive.folder("link"), withDestinationPath: archive.root)
        try manager.createSymbolicLink(atPath: archive.folder("above"), withDestinationPath: archive.folder.path)
        try manager.createDirectory(atPath: archive.folder("far/below"), withIntermediateDirectories: true)
        // `deep/..` is not the folder that `deep` lies in.
        try manager.createDirectory(atPath: archive.folder("real/one"), withIntermediateDirectories: true)
        try manager.createSymbolicLink(atPath: archive.folder("real/archive"), withDestinationPath: archive.root)
        try manager.createSymbolicLink(atPath: archive.folder("deep"), withDestinationPath: archive.folder("real/one"))
        try manager.createSymbolicLink(atPath: archive("back"), withDestinationPath: archive.root)
        try manager.createSymbolicLink(atPath: archive("inner"), withDestinationPath: archive("_posts"))
        return archive
    }

    @Test(arguments: ways)
    func `Swapped, added and removed posts are seen whatever leads to them`(way: Way) throws {
        let archive = try archive()
        func filled(_ text: String) -> String { text.replacingOccurrences(of: "{}", with: archive.folder.path) }
        let environment = way.variable.map { ["PROVENANCE_ARCHIVE": filled($0)] } ?? [:]
        let options = way.options.map(filled)
        func run(_ command: String, _ paths: [String], exits status: Int32) throws -> Ended {
            try archive.run(
                [command] + options + paths.map { filled(way.before) + $0 }, exits: status, environment: environment)
        }
        // Nothing changed, and each post is registered once.
        _ = try run("verify", [postPath(0)], exits: 0)
        let again = try run("add", ["_posts"], exits: 0)
        #expect(again.stdout.contains("unchanged         3"), "\(again)")
        // The bytes of another record.
        let kept = try archive.read(postPath(1))
        try archive.overwrite(postPath(1), with: try archive.read(postPath(2)))
        let swapped = try run("verify", [postPath(1)], exits: 1)
        #expect(swapped.stdout.contains("E-ALTERED"), "\(swapped)")
        _ = try run("verify", ["_posts"], exits: 1)
        try archive.overwrite(postPath(1), with: kept)
        // A new post belongs to the archive, and is missing when it is removed.
        try archive.write(samplePost(7), to: postPath(7))
        _ = try run("add", ["_posts"], exits: 0)
        #expect(try archive.json("status", exits: 0)["counts"]["outside"].int == 0)
        try archive.remove(postPath(7))
        #expect(try archive.run("status", exits: 1).stdout.contains("E-MISSING"))
    }

    @Test func `A folder that the archive lies in adds what is inside as the archive's own`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.folder.write(samplePost(50), to: "far/below/other.md")
        let added = try archive.json("add", "..", exits: 0)
        #expect(added["recorded"].int == 1 && added["unchanged"].int == 3 && added["known"].int == 0)
        try archive.run("verify", "..", exits: 0)
        try archive.overwrite(postPath(1), with: try archive.read(postPath(2)))
        try archive.run("verify", "..", exits: 1)
    }

    @Test func `An archive that is mounted at a second place behaves as itself`() throws {
        let archive = try archive()
        let manager = FileManager.default
        for name in ["mounted", "mounted-posts"] {
            try manager.createDirectory(atPath: archive.folder(name), withIntermediateDirectories: false)
        }
        // In a mount namespace of its own, so that nothing is left mounted.
        let script = """
            mount --bind '\(archive.root)' '\(archive.folder("mounted"))' || exit 77
            mount --bind '\(archive("_posts"))' '\(archive.folder("mounted-posts"))' || exit 77
            cp _posts/0002.md _posts/0001.md
            for post in '\(archive.folder("mounted"))/_posts/0001.md' '\(archive.folder("mounted-posts"))/0001.md'; do
                '\(command)' verify -q "$post"; echo "verify $?"
            done
            PROVENANCE_ARCHIVE='\(archive.folder("mounted"))' '\(command)' verify -q _posts/0001.md; echo "verify $?"
            '\(command)' add --json '\(archive.folder("mounted-posts"))'; echo "add $?"
            '\(command)' export -o '\(archive.folder("mounted"))/log/m.json' 2>/dev/null; echo "export $?"
            """
        let ended = try TestSupport.run(
            "unshare", arguments: ["--mount", "--map-root-user", "/bin/sh", "-c", script],
            environment: archive.environment(), folder: archive.root)
        guard ended.status != 77, !ended.stderr.contains("unshare") else {
            try skip("no mount can be made here: \(ended.stderr)")
            return
        }
        #expect(ended.stdout.split(separator: "\n").filter { $0 == "verify 1" }.count == 3, "\(ended)")
        #expect(ended.stdout.contains("\"replaced\":1") && ended.stdout.contains("add 1"), "\(ended)")
        #expect(ended.stdout.contains("export 2"), "written among the archive's own files\n\(ended)")
    }

    @Test func `A link that was put above a registered place hides no other bytes at it`() throws {
        for target in ["real", "../outside"] {
            let archive = try CommandLineArchive.withPosts(2)
            try archive.shell("mv _posts \(target); ln -s \(target) _posts", exits: 0)
            try archive.run("verify", postPath(0), exits: 0)
            // Another record's bytes, then bytes on no record.
            try archive.shell("cp \(postPath(1)) \(postPath(0))", exits: 0)
            for _ in 0..<2 {
                let ended = try archive.run("verify", postPath(0), exits: 1)
                #expect(ended.stdout.contains("E-ALTERED"), "\(ended)")
                try archive.shell("echo '<p>more</p>' >> \(postPath(0))", exits: 0)
            }
        }
    }

    @Test func `A link as the folder or post itself is not followed`() throws {
        let archive = try archive()
        try archive.run("add", "inner", exits: 2)
        try archive.run("verify", "inner", exits: 2)
        // A link to the archive itself is the archive.
        for name in ["back", "inner"] { try archive.remove(name) }
        #expect(try archive.json("add", archive.folder("link"), exits: 0)["unchanged"].int == 3)
    }
}

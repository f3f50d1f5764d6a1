import Foundation
import TestSupport
import Testing

/// Files and folders that may not be read, for a user who is not root; and more folders than a process may open files.
@Suite struct UnreadableTests {
    private static let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    /// An archive of three posts in two folders, owned by another user; `nil`, with a message, where that user is not
    /// available.
    private func archive() throws -> CommandLineArchive? {
        let user = UnreadableTests.user
        let archive = try CommandLineArchive(initializing: false)
        try archive.write(samplePost(1), to: "_posts/one.md")
        try archive.write(samplePost(2), to: "_posts/deep/two.md")
        try archive.write(samplePost(3), to: "other/three.md")
        guard getuid() == 0, try TestSupport.run("chown", "-R", "65534:65534", archive.folder.path).status == 0,
            try TestSupport.run(
                user[0], arguments: Array(user.dropFirst()) + ["test", "-x", command, "-a", "-w", archive("")]
            )
            .status == 0
        else {
            print("SKIPPED: another user needs root and setpriv, and a way to the temporary folder")
            return nil
        }
        try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0, under: user)
        try archive.run("add", "_posts", "other", exits: 0, under: user)
        return archive
    }

    private func mode(_ mode: Int, _ path: String, _ archive: CommandLineArchive) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: archive(path))
    }

    @Test func `Posts below a folder that cannot be read are not gone, whatever else is`() throws {
        guard let archive = try archive() else { return }
        try archive.remove("_posts/one.md")
        try mode(0, "_posts/deep", archive)
        let ended = try archive.run("add", "_posts", exits: 2, under: UnreadableTests.user)
        #expect(ended.stderr.contains("E-UNREADABLE") && !ended.stderr.contains("mounted?"), "\(ended)")
    }

    @Test func `A folder that cannot be read hides nothing else that is wrong`() throws {
        guard let archive = try archive() else { return }
        try archive.write(samplePost(9), to: "other/three.md")
        try mode(0, "_posts/deep", archive)
        let counts = try archive.json("status", exits: 1, under: UnreadableTests.user)["counts"]
        #expect(counts["altered"].int == 1 && counts["ok"].int == 1, "\(counts)")
        #expect(counts["unreadable"].int == 2 && counts["missing"].int == 0, "the folder, and the post in it")
        // If the added folder itself is unreadable, nothing was checked.
        try mode(0, "_posts", archive)
        let ended = try archive.run("status", exits: 2, under: UnreadableTests.user)
        #expect(ended.stderr.contains("E-UNREADABLE  _posts"))
        try mode(0o755, "_posts", archive)
        try mode(0o755, "_posts/deep", archive)
    }

    @Test func `A file that cannot be read is named by each add, and stands on the register once`() throws {
        guard let archive = try archive() else { return }
        try archive.write(samplePost(4), to: "_posts/four.md")
        try mode(0, "_posts/four.md", archive)
        let first = try archive.json("add", "_posts", exits: 2, under: UnreadableTests.user)
        #expect(first["refused"].int == 1 && first["unchanged"].int == 2)
        let size = try archive.size()
        for _ in 0..<2 {
            let again = try archive.json("add", "_posts", "--tolerate-refused", exits: 2, under: UnreadableTests.user)
            #expect(again["refused"].int == 0 && again["unchanged"].int == 2)
            #expect(again["problems"].items.map(\.["code"].string) == ["E-UNREADABLE"], "\(again)")
        }
        #expect(try archive.size() == size)
    }

    @Test func `A folder that add could not read is none that status looks at`() throws {
        guard let archive = try archive() else { return }
        _ = try TestSupport.run("chown", "0:0", archive.root)
        try mode(0o711, "", archive)
        // By its full name: from inside, this user cannot find out where it lies.
        let root = ["--archive", archive.root]
        try archive.run(["add", archive.root] + root, exits: 2, under: UnreadableTests.user)
        #expect(try archive.json("status", exits: 0, under: UnreadableTests.user)["counts"]["ok"].int == 3)
        try archive.run(["add", archive("_posts")] + root, exits: 0, under: UnreadableTests.user)
    }

    @Test func `More folders than files may be open are recorded, inside the archive and elsewhere`() throws {
        let archive = try CommandLineArchive()
        var folders: [String] = []
        for number in 0..<150 {
            try archive.write(samplePost(number), to: "_posts/\(number)/post.md")
            folders.append("_posts/\(number)")
            let place = archive.folder("elsewhere-\(number)")
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            try Data(samplePost(1_000 + number).utf8).write(to: URL(fileURLWithPath: place + "/post.md"))
            folders.append(place)
        }
        let few = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"]
        try archive.run(["add"] + folders, exits: 0, under: few)
        #expect(try archive.json("audit", exits: 0)["posts"].int == 300)
    }
}

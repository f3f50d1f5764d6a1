import Foundation
import TestSupport
import Testing

/// What the command line refuses, and that the output names everything it found.
@Suite struct OutputTests {
    private let folder: TemporaryFolder
    /// The store of pinned keys, outside the archive: inside it would be ignored.
    private let config: TemporaryFolder
    private static let post = "_posts/2022-02-10-渡口新桥今日通车.md"

    init() throws {
        folder = try TemporaryFolder()
        config = try TemporaryFolder()
        _ = try run("cp", "-R", Shared.packageFolder + "/Tests/Samples/_posts", folder("_posts"))
        try provenance("init", "-q", "--origin", "archive.example.org/news")
        try provenance("add", "-q", "_posts")
    }

    @discardableResult
    private func provenance(_ arguments: String..., status: Int32 = 0, input: [UInt8] = []) throws -> Ended {
        let ended = try run(
            productsFolder + "/provenance", arguments: arguments, input: input,
            environment: ["XDG_CONFIG_HOME": config.path, "NO_COLOR": "1"], folder: folder.path)
        #expect(ended.status == status, "\(arguments): \(ended)")
        return ended
    }

    private func alter(_ post: String) throws {
        try folder.write(try folder.read(post) + Array("<p>more</p>\n".utf8), to: post)
    }

    @Test func `what cannot be read hides nothing that was altered`() throws {
        try alter(OutputTests.post)
        let ended = try provenance("verify", OutputTests.post, "/nowhere/nofile.md", status: 1)
        #expect(ended.stdout.contains("E-UNREADABLE"))
        #expect(ended.stdout.contains("E-BODY-CHANGED"))
        try provenance("verify", "/nowhere/nofile.md", "/nowhere/other.md", status: 2)
    }

    @Test func `a result that cannot be written is not given`() throws {
        let line = "\(productsFolder)/provenance list > /dev/full"
        let ended = try run(
            "sh", arguments: ["-c", line], environment: ["XDG_CONFIG_HOME": config.path], folder: folder.path)
        #expect(ended.status == 2, "\(ended)")
        #expect(ended.stderr.contains("E-IO"))
    }

    @Test(arguments: ["keys/log.key.pem", "keys/new.json", "log/x", "accessions/x", ".provenance/x", "linked/x"])
    func `no output goes among the archive's own files`(output: String) throws {
        _ = try run("ln", "-s", "keys", folder("linked"))
        for command in [["export"], ["prove", OutputTests.post]] {
            let ended = try run(
                productsFolder + "/provenance", arguments: command + ["-o", output],
                environment: ["XDG_CONFIG_HOME": config.path], folder: folder.path)
            #expect(ended.status == 2, "\(ended)")
            #expect(ended.stderr.contains("E-OUTPUT-EXISTS"), "\(ended)")
        }
        try provenance("audit", "-q")
    }

    @Test func `only an earlier output of its kind is replaced`() throws {
        let bytes = try folder.read(OutputTests.post)
        try provenance("export", "-o", OutputTests.post, status: 2)
        try provenance("prove", OutputTests.post, "-o", OutputTests.post, status: 2)
        #expect(try folder.read(OutputTests.post) == bytes)
        for _ in 0..<2 {
            try provenance("export", "-o", "Manifests/1.json")
            try provenance("prove", OutputTests.post, "-o", "1.tlog-proof")
        }
        try provenance("export", "-o", "1.tlog-proof", status: 2)
        try provenance("prove", OutputTests.post, "-o", "Manifests/1.json", status: 2)
    }

    @Test func `a list with NUL is not cut`() throws {
        let list = Array("_posts/a.md\0_posts/b.md\0".utf8)
        let ended = try provenance("verify", "--files-from", "-", status: 2, input: list)
        #expect(ended.stderr.contains("E-USAGE") && ended.stderr.contains("give -0"), "\(ended)")
    }

    @Test(arguments: [
        ["verify", "_posts", "--keys", ""], ["status", "--archive", ""], ["verify", ""], ["show", ""],
        ["export", "-o", ""], ["add", "_posts", "--lock-timeout", "nan"], ["add", "_posts", "--lock-timeout=-1"],
        ["export", "-o", "x", "--index", "1...5"], ["export", "-o", "x", "--index", ".1..5"],
        ["export", "-o", "x", "--index", "+1..5"], ["show", "+1"], ["show", "00"], ["list", "--after", "2022-02-31"],
        ["status", "--max-gap", "+48h"],
    ])
    func `a value that means nothing is refused`(arguments: [String]) throws {
        let ended = try run(
            productsFolder + "/provenance", arguments: arguments,
            environment: ["XDG_CONFIG_HOME": config.path], folder: folder.path)
        #expect(ended.status == 2, "\(ended)")
    }

    @Test func `init makes nothing where another log key is pinned`() throws {
        let place = folder("other")
        let ended = try provenance("init", place, "--origin", "archive.example.org/news", status: 2)
        #expect(ended.stderr.contains("E-KEY-EXISTS"))
        #expect(!FileManager.default.fileExists(atPath: place))
        // An interrupted `init` is completed with the key that is pinned.
        try FileManager.default.removeItem(atPath: folder(".provenance/config"))
        try provenance("init", "--origin", "archive.example.org/news")
        try provenance("audit", "-q")
    }

    @Test func `a public key is not replaced by another key's`() throws {
        let key = try folder.read("keys/signer.vkey")
        try FileManager.default.removeItem(atPath: folder("keys/signer.key.pem"))
        let ended = try provenance("key", "generate", "signer", "--name", "x.example/y", "-o", "keys", status: 2)
        #expect(ended.stderr.contains("E-KEY-EXISTS"))
        #expect(try folder.read("keys/signer.vkey") == key)
        #expect(!FileManager.default.fileExists(atPath: folder("keys/signer.key.pem")))
    }

    @Test func `a manifest that breaks off does not lose what was found before`() throws {
        try provenance("export", "-o", "1.json")
        try alter(OutputTests.post)
        try folder.write(Array(try folder.read("1.json").dropLast(20)), to: "1.json")
        let ended = try provenance("verify", "1.json", "--posts", ".", "--json", status: 1)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(ended.output)) as? [String: Any], "\(ended)")
        let problems = try #require(object["problems"] as? [[String: Any]])
        #expect(object["status"] as? String == "failed")
        #expect(problems.contains { $0["code"] as? String == "E-MANIFEST-MALFORMED" })
        #expect(problems.count > 1)
    }

    @Test func `a path that is not UTF-8 is given in full`() throws {
        // File names are bytes: this one is Latin-1.
        let made = try run(
            "sh", arguments: ["-c", #"cp "$1" "$(printf '_posts/2022-02-11-caf\351.md')""#, "sh", OutputTests.post],
            folder: folder.path)
        #expect(made.status == 0)
        try provenance("add", "-q", "_posts")
        let path64 = Data(Array("_posts/2022-02-11-caf".utf8) + [0xe9] + Array(".md".utf8)).base64EncodedString()
        #expect(try provenance("list", "--json").stdout.contains("\"path64\":\"\(path64)\""))
    }

    @Test func `a clone without a folder for manifests gets one, and only that one`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.remove("Manifests")
        try archive.run("export", "-o", "elsewhere/1.json", exits: 2)
        try archive.run("export", "-o", "Manifests/1.json", exits: 0)
        try archive.run("verify", "Manifests/1.json", exits: 0)
    }

    @Test func `an add that finds nothing says that it recorded nothing`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let typo = try archive.run("add", "_post", exits: 2)
        #expect(typo.stderr.contains("nothing was recorded") || typo.stdout.contains("nothing was recorded"), "\(typo)")
        let half = try archive.run("add", "_post", "_posts", exits: 2)
        #expect((half.stdout + half.stderr).contains("everything else is on record"), "\(half)")
    }
}

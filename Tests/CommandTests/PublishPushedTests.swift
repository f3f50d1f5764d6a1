import Foundation
import TestSupport
import Testing

/// What somebody else pushes is taken, or refused before anything is changed: no clone loses a file by it, and none
/// deletes it for the others.
@Suite struct PublishPushedTests {
    /// What the shared branch has at a path: mode, kind, object, path.
    private func entry(_ shared: SharedRepository, _ path: String) throws -> String {
        try shared.git(shared.remote, "ls-tree", "main", path)
    }

    private func commitAndPush(_ clone: GitClone, _ message: String) throws {
        _ = try clone.git("commit", "-qm", message)
        _ = try clone.git("push", "-q")
    }

    // MARK: Places

    @Test(arguments: ["file", "link", "module", "post"])
    func `A folder that became something else upstream is so here, and stays so there`(_ kind: String) throws {
        let (shared, a) = try SharedRepository.begun()
        let path = kind == "post" ? "_posts/x.md" : "_posts/assets"
        try a.write("text", to: path + "/a.txt")
        _ = try a.git("add", path)
        _ = try a.git("commit", "-qm", "a folder")
        try a.publish()
        let b = try shared.clone("b", keysOf: a)
        try b.publish()
        _ = try a.git("rm", "-rq", path)
        switch kind {
        case "file": try a.write("x", to: path)
        case "link": try FileManager.default.createSymbolicLink(atPath: a(path), withDestinationPath: "/nowhere")
        case "module": _ = try a.git("update-index", "--add", "--cacheinfo", "160000,\(try shared.head()),\(path)")
        default: try a.write(samplePost(7), to: path)
        }
        if kind != "module" { _ = try a.git("add", "-A") }
        try commitAndPush(a, "no folder")
        if kind == "post" { try a.publish() }
        let pushed = try entry(shared, path)
        #expect(pushed.hasPrefix(["link": "120000", "module": "160000"][kind] ?? "100644"))
        try b.write(samplePost(1), to: postPath(1))
        try b.publish()
        #expect(try entry(shared, path) == pushed)
        try b.expectSettled()
    }

    @Test func `A submodule that was added upstream stays there`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        _ = try a.git("update-index", "--add", "--cacheinfo", "160000,\(try shared.head()),_posts/theme")
        try commitAndPush(a, "a submodule")
        let pushed = try entry(shared, "_posts/theme")
        for number in 1..<3 {
            try b.write(samplePost(number), to: postPath(number))
            try b.publish()
            #expect(try entry(shared, "_posts/theme") == pushed && pushed.hasPrefix("160000"))
            try b.expectSettled()
        }
        // Posts in its folder are those of the other repository.
        try b.write(samplePost(3), to: "_posts/theme/three.md")
        #expect(try b.publish(exits: 2)["problems"].items.map { $0["place"].string } == ["_posts/theme/three.md"])
        #expect(try entry(shared, "_posts/theme") == pushed)
    }

    @Test func `A folder with a file of this clone does not give way`() throws {
        let (shared, a) = try SharedRepository.begun()
        try a.write("text", to: "_posts/assets/a.txt")
        _ = try a.git("add", "_posts")
        _ = try a.git("commit", "-qm", "a folder")
        try a.publish()
        let b = try shared.clone("b", keysOf: a)
        try b.write("own", to: "_posts/assets/own.txt")
        _ = try a.git("rm", "-rq", "_posts/assets")
        try a.write("x", to: "_posts/assets")
        _ = try a.git("add", "-A")
        try commitAndPush(a, "a file")
        let problem = try b.publish(exits: 2)["problems"].items.first
        #expect(problem?["code"].string == "E-PUBLISH" && problem?["place"].string == "_posts/assets")
        #expect(problem?["reason"].string?.contains("_posts/assets/own.txt") ?? false)
        #expect(b.text("_posts/assets/own.txt") == "own" && b.text("_posts/assets/a.txt") == "text")
        #expect(try entry(shared, "_posts/assets").hasPrefix("100644"))
    }

    @Test func `A link that became a folder upstream is one here, and the place that it led to is not touched`() throws
    {
        let (shared, a) = try SharedRepository.begun()
        try shared.folder.write("other", to: "elsewhere/y")
        try FileManager.default.createSymbolicLink(
            atPath: a("_posts/d"), withDestinationPath: shared.folder("elsewhere"))
        _ = try a.git("add", "_posts/d")
        try commitAndPush(a, "a link")
        let b = try shared.clone("b", keysOf: a)
        try a.remove("_posts/d")
        try a.write("text", to: "_posts/d/y")
        _ = try a.git("add", "-A")
        try commitAndPush(a, "a folder")
        try b.write(samplePost(1), to: postPath(1))
        try b.publish()
        #expect(try entry(shared, "_posts/d/y").hasPrefix("100644"))
        #expect(String(decoding: try shared.folder.read("elsewhere/y"), as: UTF8.self) == "other")
        try b.expectSettled()
    }

    @Test(arguments: ["log", "keys", "accessions", ".provenance"], ["120000", "100644"])
    func `A commit without one of the archive's folders is refused in plain words`(_ folder: String, mode: String)
        throws
    {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        try b.write("/etc", to: "target")
        let object = try b.git("hash-object", "-w", "target").trimmingCharacters(in: .newlines)
        _ = try b.git("rm", "-rq", "--cached", folder)
        _ = try b.git("update-index", "--add", "--cacheinfo", "\(mode),\(object),\(folder)")
        try commitAndPush(b, "no folder")
        let before = a.text("log/checkpoint")
        try a.write(samplePost(1), to: postPath(1))
        let problem = try a.publish(exits: 2)["problems"].items.first
        #expect(problem?["code"].string == "E-PUBLISH" && problem?["place"].string == folder)
        let words = "has a \(mode == "120000" ? "link" : "file") at the place of this folder"
        #expect(problem?["reason"].string?.contains(words) ?? false, "\(String(describing: problem))")
        #expect(a.text("log/checkpoint") == before && a.text("keys/log.vkey") != nil)
    }

    // MARK: The log and its registers

    @Test(arguments: ["deleted", "forged"], [false, true])
    func `A register that is lost or forged upstream is kept here, and published again`(
        _ harm: String, isLonger: Bool
    ) throws {
        let (shared, a) = try SharedRepository.begun()
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: a("accessions")).first)
        let path = "accessions/" + name
        let text = try #require(a.text(path))
        let b = try shared.clone("b", keysOf: a)
        let c = try shared.clone("c", keysOf: a)
        try c.publish()
        if harm == "deleted" { try b.remove(path) } else { try b.write("{}\n", to: path) }
        _ = try b.git("add", "-A", "accessions")
        try commitAndPush(b, "harm")
        try a.write(samplePost(1), to: postPath(1))
        if isLonger {
            // A clone that has the harm, and not the register, signs a longer log on top of it.
            try shared.git(shared.folder.path, "clone", "-q", shared.remote, shared.folder("fresh"))
            let fresh = GitClone(shared: shared, root: shared.folder("fresh"))
            for key in ["log.key.pem", "signer.key.pem"] {
                try FileManager.default.copyItem(atPath: a("keys/" + key), toPath: fresh("keys/" + key))
            }
            try fresh.write(samplePost(2), to: postPath(2))
            try fresh.run("maintain", "--publish", "git", "_posts", exits: nil)
            #expect(try shared.git(shared.remote, "show", "main:log/checkpoint").contains("\n4\n"))
        }
        try a.run("maintain", "--publish", "git", exits: 0)
        #expect(a.text(path) == text)
        #expect(try shared.git(shared.remote, "show", "main:" + path) + "\n" == text)
        try a.expectSettled()
        try c.run("maintain", "--publish", "git", exits: 0)
        #expect(c.text(path) == text)
        try c.run("audit", "-q", exits: 0)
    }

    @Test(arguments: ["log/tile/entries/000.p/2", "log/tile/0/000.p/2"], ["deleted", "forged"])
    func `A tile that is lost or forged upstream is kept here, and published again or refused`(
        _ path: String, _ harm: String
    )
        throws
    {
        let (shared, a) = try SharedRepository.begun()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: a(path)))
        let object = try a.git("rev-parse", "HEAD:" + path)
        let b = try shared.clone("b", keysOf: a)
        if harm == "deleted" {
            try b.remove(path)
        } else {
            try Data(bytes.map { $0 ^ 1 }).write(to: URL(fileURLWithPath: b(path)))
        }
        _ = try b.git("add", "-A", "log")
        try commitAndPush(b, "harm")
        // Hashes are read for the comparison with the log here, so a commit without the right ones is refused.
        let isRefused = path.contains("/0/")
        let head = try shared.head()
        try a.run("maintain", "--publish", "git", exits: isRefused ? nil : 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: a(path))) == bytes)
        #expect(try isRefused ? shared.head() == head : a.git("rev-parse", "HEAD:" + path) == object)
    }

    // MARK: The origin

    @Test func `Another origin is refused, and taken back when the shared repository has the right one again`() throws {
        let (shared, a) = try SharedRepository.begun()
        let config = try #require(a.text(".provenance/config"))
        let b = try shared.clone("b", keysOf: a)
        let pulled = try shared.clone("pulled", keysOf: a)
        try pulled.publish()
        try b.write("provenance/archive@v1\norigin other.example.org/x\n", to: ".provenance/config")
        _ = try b.git("add", ".provenance/config")
        try commitAndPush(b, "another origin")
        let bad = try shared.head()
        try a.write(samplePost(1), to: postPath(1))
        let problem = try a.publish(exits: 2)["problems"].items.first
        #expect(problem?["code"].string == "E-PUBLISH", "\(String(describing: problem))")
        #expect(problem?["place"].string == ".provenance/config of commit \(bad)")
        #expect(a.text(".provenance/config") == config)
        #expect(try a.git("rev-parse", "HEAD") != bad + "\n")
        // Somebody took it by hand.
        _ = try pulled.git("pull", "-q")
        #expect(try pulled.run("maintain", "--publish", "git", exits: nil).status != 0)
        #expect(try shared.head() == bad)
        _ = try b.git("revert", "--no-edit", "HEAD")
        _ = try b.git("push", "-q")
        try a.publish()
        try a.expectSettled()
        try pulled.publish()
        try pulled.expectSettled()
        #expect(pulled.text(".provenance/config") == config)
    }

    @Test func `A config that was deleted upstream is published again`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        _ = try b.git("rm", "-q", ".provenance/config")
        try commitAndPush(b, "no config")
        try a.write(samplePost(1), to: postPath(1))
        try a.publish()
        try a.expectSettled()
        #expect(try entry(shared, ".provenance/config").hasPrefix("100644"))
    }
}

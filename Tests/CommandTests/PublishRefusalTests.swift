import Foundation
import TestSupport
import Testing

/// What keeps `maintain --publish git` from recording or pushing.
@Suite struct PublishRefusalTests {
    @Test func `A shared log that was rolled back is refused`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let first = try shared.head()
        try clone.write(samplePost(1), to: postPath(1))
        try clone.publish()
        try shared.git(shared.remote, "update-ref", "refs/heads/main", first)
        try clone.write(samplePost(2), to: postPath(2))
        let size = clone.text("log/checkpoint")
        let json = try clone.publish(exits: 1)
        #expect(json["problems"].items.map { $0["code"].string } == ["E-LOG-ROLLED-BACK"], "\(json)")
        // A clone of it has the same memory, beside its key alone.
        let other = try shared.clone("other", keysOf: clone)
        try FileManager.default.copyItem(atPath: clone("keys/log.last-signed"), toPath: other("keys/log.last-signed"))
        try other.write(samplePost(3), to: postPath(3))
        #expect(try other.publish(exits: 1)["problems"].items.map { $0["code"].string } == ["E-LOG-ROLLED-BACK"])
        // Without a log at all it is no better.
        try shared.git(shared.remote, "update-ref", "-d", "refs/heads/main")
        let gone = try clone.publish("--first-writer-here", exits: 1)
        #expect(gone["problems"].items.map { $0["code"].string } == ["E-LOG-ROLLED-BACK"])
        #expect(clone.text("log/checkpoint") == size && clone.text(".provenance/unpublished") == nil)
        #expect(try shared.git(shared.remote, "for-each-ref").isEmpty)
    }

    @Test(arguments: [false, true])
    func `What an add without --publish signed is pushed, and never dropped`(forgets: Bool) throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        try a.write(samplePost(1), to: postPath(1))
        try a.run("add", "-q", "_posts", exits: 0)
        #expect(try a.publish()["recorded"].int == 0)
        try a.expectSettled()
        try b.publish()
        try a.write(samplePost(2), to: postPath(2))
        try a.run("add", "-q", "_posts", exits: 0)
        if forgets {
            for path in [".provenance/last-signed", "keys/log.last-signed"] { try a.remove(path) }
        }
        try b.write(samplePost(3), to: postPath(3))
        try b.publish()
        let (head, here) = (try shared.head(), a.text("log/checkpoint"))
        try a.write(samplePost(4), to: postPath(4))
        #expect(try a.publish(exits: 1)["problems"].items.map { $0["code"].string } == ["E-LOG-ROLLED-BACK"])
        #expect(try shared.head() == head)
        #expect(a.text("log/checkpoint") == here && a.text(postPath(2)) != nil)
    }

    @Test func `What the page says of two signed logs brings every post onto the shared one`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        try a.write(samplePost(1), to: postPath(1))
        try a.write(samplePost(0, words: "A later capture."), to: postPath(0))
        let added = try a.run("add", "_posts", exits: 1)
        #expect(added.stderr.contains("W-NOT-PUBLISHED  this clone publishes its log"), "\(added)")
        try b.write(samplePost(2), to: postPath(2))
        try b.publish()
        try a.publish(exits: 1)
        let page = try String(contentsOfFile: Shared.packageFolder + "/Documentation/publishing.md", encoding: .utf8)
        let section = try #require(
            page.components(separatedBy: "\n## ").first { $0.hasPrefix("When two logs were signed") })
        let script = section.split(separator: "\n").filter { $0.hasPrefix("    ") }.joined(separator: "\n")
        try FileManager.default.createDirectory(atPath: shared.folder("bin"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: shared.folder("bin/provenance"), withDestinationPath: command)
        let path = shared.folder("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let names = [
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b.c",
        ]
        let ended = try TestSupport.run(
            "bash", arguments: ["-e", "-o", "pipefail", "-c", script],
            environment: shared.environment(names.merging(["PATH": path]) { $1 }), folder: a.root)
        // The changed post is a finding, as it is without --publish, and was told before.
        #expect(ended.status == 1 && ended.stderr.isEmpty, "\(ended)")
        try a.expectSettled()
        #expect(a.text(postPath(0)) == samplePost(0, words: "A later capture.") && a.text(postPath(1)) != nil)
        try a.run("audit", "-q", exits: 0)
        #expect(try b.publish(exits: 1)["findings"].items.map { $0["state"].string } == ["replaced"])
    }

    @Test func `A clone that remembers nothing wants the shared checkpoint or to be told that it is first`() throws {
        let shared = try SharedRepository()
        let clone = try shared.clone("a")
        try clone.run("init", "--origin", CommandLineArchive.origin, exits: 0)
        try clone.write(samplePost(0), to: postPath(0))
        let json = try clone.publish("_posts", exits: 2)
        #expect(json["problems"].items.first?["advice"].string?.contains("--first-writer-here") ?? false, "\(json)")
        #expect(json["size"].int == 0)
        try clone.run("maintain", "--first-writer-here", exits: 2)
        try clone.publish("--first-writer-here", "_posts")
        let fresh = try shared.clone("b", keysOf: clone)
        try fresh.write(samplePost(1), to: postPath(1))
        try fresh.publish()
        try fresh.expectSettled()
        try shared.expect(posts: 2)
    }

    @Test func `A checkpoint of another key is refused`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let other = try shared.clone("b", keysOf: clone)
        let text = try #require(other.text("log/checkpoint"))
        try other.write(text.replacingOccurrences(of: "\n2\n", with: "\n9\n"), to: "log/checkpoint")
        _ = try other.git("commit", "-qam", "forged")
        _ = try other.git("push", "-q")
        try clone.write(samplePost(1), to: postPath(1))
        #expect(try clone.publish(exits: 1)["problems"].items.map { $0["code"].string } == ["E-CHECKPOINT-INVALID"])
        #expect(clone.text("log/checkpoint") == text)
    }

    @Test func `A commit cannot say what a clone remembers`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let other = try shared.clone("b", keysOf: clone)
        try other.write("x", to: ".provenance/published")
        _ = try other.git("add", "-f", ".provenance/published")
        _ = try other.git("commit", "-qm", "memory")
        _ = try other.git("push", "-q")
        try clone.write(samplePost(1), to: postPath(1))
        let problem = try clone.publish(exits: 2)["problems"].items.first
        #expect(problem?["place"].string == ".provenance/published", "\(String(describing: problem))")
        #expect(clone.text(".provenance/published") == clone.text("log/checkpoint"))
    }

    @Test func `Posts that are gone all at once keep it from pushing`() throws {
        let (shared, clone) = try SharedRepository.begun()
        for number in 1..<30 { try clone.write(samplePost(number), to: postPath(number)) }
        try clone.publish()
        let head = try shared.head()
        try clone.remove("_posts")
        let json = try clone.publish(exits: 1)
        #expect(json["published"].isNull, "\(json)")
        #expect(try shared.head() == head)
        // Nothing waits for a push, so other commands record as ever.
        #expect(clone.text(".provenance/unpublished") == nil)
    }

    @Test func `Where there is nothing to push to, nothing is recorded`() throws {
        let (_, clone) = try SharedRepository.begun()
        try clone.write(samplePost(1), to: postPath(1))
        func expectRefused(_ words: String) throws {
            let json = try clone.publish(exits: 2)
            let problem = try #require(json["problems"].items.first)
            #expect(problem["code"].string == "E-PUBLISH" && json["size"].int == 2, "\(json)")
            #expect(problem["reason"].string?.contains(words) ?? false, "\(json)")
        }
        _ = try clone.git("checkout", "-q", "--detach")
        try expectRefused("no branch is checked out")
        _ = try clone.git("checkout", "-q", "main")
        _ = try clone.git("remote", "remove", "origin")
        try expectRefused("no branch of another repository")
        try clone.remove(".git")
        try expectRefused("no working tree of git")
    }

    // MARK: What would be lost, or said too much

    @Test func `A post that is rewritten in the second of the last run is published as it is`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let other = try shared.clone("b", keysOf: clone)
        for number in 1..<6 {
            // The same length as before, and no time between.
            try clone.write(samplePost(0, words: "Words \(number)."), to: postPath(0))
            try clone.run("maintain", "--publish", "git", exits: 1)
            let published = try shared.git(shared.remote, "show", "main:" + postPath(0))
            #expect(published.contains("Words \(number)."), "\(number)")
        }
        // Another clone commits the same file while this one has a newer capture.
        try other.write("", to: "_posts/none.txt")
        try shared.git(other.root, "pull", "-q")
        try other.write(samplePost(0, words: "Words x."), to: postPath(0))
        try shared.git(other.root, "commit", "-q", "-a", "-m", "edit")
        try shared.git(other.root, "push", "-q", "origin", "main")
        try clone.write(samplePost(0, words: "Words y."), to: postPath(0))
        try clone.run("maintain", "--publish", "git", exits: 1)
        #expect(try shared.git(shared.remote, "show", "main:" + postPath(0)).contains("Words y."))
    }

    @Test(arguments: ["file", "link"])
    func `A capture at a place where the other clone has a folder is kept`(_ kind: String) throws {
        let (shared, clone) = try SharedRepository.begun()
        let other = try shared.clone("b", keysOf: clone)
        let path = kind == "file" ? postPath(0) : "_posts/d"
        if kind == "file" { try shared.git(other.root, "rm", "-q", path) }
        try other.write("text", to: path + "/y")
        try shared.git(other.root, "add", "-A")
        try shared.git(other.root, "commit", "-q", "-m", "a folder")
        try shared.git(other.root, "push", "-q", "origin", "main")
        if kind == "file" {
            try clone.write(samplePost(0, words: "A new capture."), to: path)
        } else {
            try FileManager.default.createSymbolicLink(atPath: clone.root + "/" + path, withDestinationPath: "/etc")
        }
        let ended = try clone.run("maintain", "--publish", "git", exits: nil)
        #expect(ended.stdout.contains("E-PUBLISH  \(path): the shared repository has a folder there"), "\(ended)")
        let kept = try TestSupport.run("readlink", clone.root + "/" + path).status == 0
        #expect(kept == (kind == "link"))
        if kind == "file" {
            #expect(try String(contentsOfFile: clone.root + "/" + path, encoding: .utf8).contains("A new capture."))
        }
    }

    @Test(arguments: [true, false])
    func `A private key in a commit that is not pushed yet stays here`(isRemoved: Bool) throws {
        let (shared, clone) = try SharedRepository.begun()
        try shared.git(clone.root, "add", "-f", "keys/log.key.pem")
        try shared.git(clone.root, "commit", "-q", "-m", "k")
        if isRemoved {
            try shared.git(clone.root, "rm", "-q", "--cached", "keys/log.key.pem")
            try shared.git(clone.root, "commit", "-q", "-m", "not k")
        }
        let before = try shared.head()
        let ended = try clone.run("maintain", "--publish", "git", exits: 2)
        #expect(ended.stdout.contains("E-PUBLISH  keys/log.key.pem"), "\(ended)")
        #expect(try shared.head() == before)
    }

    @Test func `A memory of what was signed is not taken from a commit`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let other = try shared.clone("b", keysOf: clone)
        try other.write("x", to: "keys/log.last-signed")
        try shared.git(other.root, "add", "-f", "keys/log.last-signed")
        try shared.git(other.root, "commit", "-q", "-m", "m")
        try shared.git(other.root, "push", "-q", "origin", "main")
        let ended = try clone.run("maintain", "--publish", "git", exits: 2)
        #expect(ended.stdout.contains("E-PUBLISH  keys/log.last-signed: commit "), "\(ended)")
    }

    @Test func `Posts that git does not take are named, and files that are no posts are not published`() throws {
        let (shared, clone) = try SharedRepository.begun()
        try clone.write("*secret*.md\n", to: "_posts/.gitignore")
        try clone.write(samplePost(3), to: "_posts/secret3.md")
        try clone.write(samplePost(4), to: "_posts/sub/four.md")
        try shared.git(clone.root + "/_posts/sub", "init", "-q")
        try clone.write(samplePost(5), to: "_posts/five.md")
        try clone.write("TOKEN=1", to: "_posts/.env")
        try clone.write("TOKEN=1", to: "_posts/token.txt")
        let ended = try clone.run("maintain", "--publish", "git", exits: 2)
        #expect(ended.stdout.contains("this and 1 more posts are recorded, and not in the commit"), "\(ended)")
        let names = try shared.git(shared.remote, "ls-tree", "-r", "--name-only", "main", "_posts").split(
            separator: "\n")
        #expect(names.map(String.init).sorted() == [postPath(0), "_posts/five.md"].sorted())
    }

    @Test(arguments: ["filter.evil.clean", "filter.evil.process", "merge.evil.driver"])
    func `A program that the repository's own configuration names does not run`(_ name: String) throws {
        let (shared, clone) = try SharedRepository.begun()
        try shared.git(clone.root, "config", name, "sh -c 'touch \(shared.folder("ran")); cat'")
        try clone.write("* filter=evil merge=evil\n", to: ".git/info/attributes")
        try clone.write(samplePost(2), to: postPath(2))
        let ended = try clone.run("maintain", "--publish", "git", exits: 2)
        #expect(ended.stdout.contains("E-PUBLISH  .git/config: it names a program for \(name)"), "\(ended)")
        #expect(!FileManager.default.fileExists(atPath: shared.folder("ran")))
    }

    @Test func `A post that git would store with other bytes is not published`() throws {
        let (shared, clone) = try SharedRepository.begun()
        try clone.write("* text\n", to: "_posts/.gitattributes")
        try clone.write(samplePost(2).replacing("\n", with: "\r\n"), to: postPath(2))
        let before = try shared.head()
        let ended = try clone.run("maintain", "--publish", "git", exits: nil)
        #expect(ended.stdout.contains("E-PUBLISH  \(postPath(2)): git would store other bytes"), "\(ended)")
        #expect(try shared.head() == before)
    }
}

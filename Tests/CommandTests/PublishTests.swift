import Foundation
import TestSupport
import Testing

/// `maintain --publish git`: several clones with the same keys keep one log.
@Suite struct PublishTests {
    @Test func `What is recorded is committed and pushed, and remembered after that`() throws {
        let (shared, clone) = try SharedRepository.begun()
        try clone.expectSettled()
        let before = clone.text("log/checkpoint")
        // The shared repository sees what the clone remembers while it decides.
        let memory = "'\(clone(".provenance/last-signed"))' '\(clone("keys/log.last-signed"))'"
        try shared.hook("pre-receive", "cat \(memory) >'\(shared.folder("seen"))'")
        try clone.write(samplePost(1), to: postPath(1))
        let json = try clone.publish()
        #expect(json["recorded"].int == 1 && json["size"].int == 4 && json["published"]["rounds"].int == 1)
        #expect(json["published"]["size"].int == 4)
        #expect(try json["published"]["commit"].string == shared.head())
        #expect(String(decoding: try shared.folder.read("seen"), as: UTF8.self) == (before ?? "") + (before ?? ""))
        #expect(before != clone.text("log/checkpoint"))
        try clone.expectSettled()
        try shared.expect(posts: 2)
        // Where nothing is new nothing is pushed.
        let head = try shared.head()
        #expect(try clone.publish()["recorded"].int == 0)
        #expect(try shared.head() == head)
    }

    @Test func `It pushes although something is wrong`() throws {
        let (shared, clone) = try SharedRepository.begun()
        try clone.write(samplePost(0, words: "Altered."), to: postPath(0))
        let json = try clone.publish(exits: 1)
        #expect(try json["published"]["commit"].string == shared.head())
        #expect(json["findings"].items.count == 1 && json["problems"].items.isEmpty)
        try clone.expectSettled()
    }

    @Test func `Clones record in turn on top of each other`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        for number in 1..<5 {
            let clone = number % 2 == 0 ? a : b
            try clone.write(samplePost(number), to: postPath(number))
            try clone.publish()
            try clone.expectSettled()
        }
        // A post that upstream has changed or deleted is so here too, where it was not touched.
        try a.publish()
        try a.remove(postPath(1))
        _ = try a.git("commit", "-qam", "gone")
        try a.publish(exits: 1)
        try b.publish(exits: 1)
        #expect(b.text(postPath(1)) == nil && b.text(postPath(2)) != nil)
        try b.expectSettled()
    }

    // MARK: Races

    /// While a clone's push is decided, the other clone pushes.
    private func letPushFirst(_ clone: GitClone, _ shared: SharedRepository) throws {
        try shared.hook(
            "pre-receive",
            """
            [ -e '\(shared.folder("raced"))' ] && exit 0
            touch '\(shared.folder("raced"))'
            cd '\(clone.root)' && "$COMMAND" maintain --publish git >'\(shared.folder("other"))' 2>&1
            """)
    }

    @Test func `Where another clone was faster what was signed is dropped, and recorded again on top`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        for number in 1..<4 { try b.write(samplePost(number), to: postPath(number)) }
        // The same post from both is recorded once.
        for number in 3..<6 { try a.write(samplePost(number), to: postPath(number)) }
        try letPushFirst(b, shared)
        let json = try a.publish()
        #expect(json["published"]["rounds"].int == 2 && json["recorded"].int == 2, "\(json)")
        try a.expectSettled()
        try shared.expect(posts: 6)
        #expect(try a.git("log", "--oneline").split(separator: "\n").count == 3)
        // What was dropped has left no file.
        #expect(try FileManager.default.contentsOfDirectory(atPath: a("accessions")).count == 3)
        try b.publish()
        try b.expectSettled()
    }

    @Test func `Another capture of a post that the other clone recorded is kept, recorded, and told`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        try b.write(samplePost(1, words: "As b saw it."), to: postPath(1))
        try a.write(samplePost(1, words: "As a saw it."), to: postPath(1))
        try letPushFirst(b, shared)
        let json = try a.publish(exits: 1)
        #expect(json["published"]["rounds"].int == 2 && json["recorded"].int == 1)
        #expect(json["findings"].items.map { $0["codes"].items.first?.string } == ["E-REPLACED"], "\(json)")
        #expect(a.text(postPath(1))?.contains("As a saw it.") ?? false)
        try a.expectSettled()
    }

    @Test func `Commits of others and of this clone are merged, and the same file in both is refused`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        try a.write(samplePost(1), to: postPath(1))
        try a.write("a", to: "notes")
        _ = try a.git("add", "_posts", "notes")
        _ = try a.git("commit", "-qm", "by hand")
        try a.write("later", to: "draft")
        try b.write(samplePost(2), to: postPath(2))
        try b.publish()
        #expect(try a.publish()["recorded"].int == 1)
        #expect(try a.git("status", "--porcelain") == "?? draft\n")
        #expect(try shared.git(shared.remote, "ls-tree", "--name-only", "main", "notes", "draft") == "notes")
        try shared.expect(posts: 3)
        try b.publish()
        for (clone, text) in [(a, "of a"), (b, "of b")] {
            try clone.write(text, to: "notes")
            _ = try clone.git("commit", "-qam", "notes")
        }
        try b.publish()
        try a.write(samplePost(4), to: postPath(4))
        let problem = try a.publish(exits: 2)["problems"].items.first
        #expect(problem?["code"].string == "E-PUBLISH" && problem?["place"].string == "notes")
        #expect(a.text("notes") == "of a" && a.text(".provenance/unpublished") == nil)
    }

    // MARK: Answers

    @Test func `While the shared repository refuses, what was signed is kept, and pushed when it accepts`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let signed = clone.text(".provenance/last-signed")
        let head = try shared.head()
        try shared.hook("pre-receive", "exit 1")
        try clone.write(samplePost(1), to: postPath(1))
        let refused = try clone.publish(exits: 2)
        #expect(refused["problems"].items.map { $0["code"].string } == ["E-PUBLISH"])
        #expect(refused["published"].isNull && refused["recorded"].int == 1)
        #expect(clone.text(".provenance/last-signed") == signed && clone.text("keys/log.last-signed") == signed)
        #expect(try shared.head() == head)
        // Nobody else adds to entries that may have to be dropped, and nobody remembers them.
        try clone.write(samplePost(2), to: postPath(2))
        for arguments in [["add", "_posts"], ["maintain"]] {
            let ended = try clone.run(arguments[0], arguments.count > 1 ? arguments[1] : "-v", exits: 2)
            #expect((ended.stdout + ended.stderr).contains("E-PUBLISH  .provenance/unpublished"), "\(ended)")
        }
        #expect(clone.text(".provenance/last-signed") == signed)
        let tail = clone.text("log/checkpoint")
        try clone.remove(postPath(2))
        try shared.removeHook("pre-receive")
        #expect(try clone.publish()["recorded"].int == 0)
        #expect(clone.text("log/checkpoint") == tail, "the same entries")
        try clone.expectSettled()
        try shared.expect(posts: 2)
    }

    @Test func `A push whose answer is lost is settled by fetching`() throws {
        let (shared, clone) = try SharedRepository.begun()
        // Ends the shared side when the branch has moved and before it has said so.
        try shared.hook("reference-transaction", "[ \"$1\" != committed ] || kill -9 $PPID")
        try clone.write(samplePost(1), to: postPath(1))
        #expect(try clone.publish()["published"]["rounds"].int == 1)
        try clone.expectSettled()
        // Where it cannot be asked either, the next run does.
        let signed = clone.text(".provenance/last-signed")
        try shared.hook(
            "reference-transaction",
            "[ \"$1\" != committed ] || { mv '\(shared.remote)' '\(shared.folder("away"))'; kill -9 $PPID; }")
        try clone.write(samplePost(2), to: postPath(2))
        let lost = try clone.publish(exits: 2)
        #expect(lost["problems"].items.first?["reason"].string?.contains("is not known") ?? false, "\(lost)")
        #expect(clone.text(".provenance/last-signed") == signed)
        // Not reached at all: nothing is recorded.
        try clone.write(samplePost(3), to: postPath(3))
        #expect(try clone.publish(exits: 2)["recorded"].int == 0)
        try FileManager.default.moveItem(atPath: shared.folder("away"), toPath: shared.remote)
        try shared.removeHook("reference-transaction")
        #expect(try clone.publish()["recorded"].int == 1)
        try clone.expectSettled()
        try shared.expect(posts: 4)
    }

    @Test(arguments: ["before", "after"], [false, true])
    func `A run that is killed at its push is finished by the next one`(_ when: String, isBehind: Bool) throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        let wrapper = try shared.folder.write(
            """
            #!/bin/sh
            case " $* " in *" push "*) ;; *) exec "$REAL" "$@";; esac
            [ \(when) = before ] || "$REAL" "$@" >/dev/null 2>&1
            kill -9 $PPID

            """, to: "bin/git")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: wrapper)
        let real = try TestSupport.run("sh", "-c", "command -v git").stdout.trimmingCharacters(in: .newlines)
        let path = shared.folder("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let signed = a.text(".provenance/last-signed")
        try a.write(samplePost(1), to: postPath(1))
        try a.run("maintain", "--publish", "git", exits: 128 + SIGKILL, environment: ["PATH": path, "REAL": real])
        #expect(a.text(".provenance/last-signed") == signed && a.text("log/checkpoint") != signed)
        let tail = a.text("log/checkpoint")
        if isBehind {
            try b.write(samplePost(2), to: postPath(2))
            try b.publish()
        }
        // Dropped only where the branch went elsewhere.
        #expect(try a.publish()["recorded"].int == (isBehind && when == "before" ? 1 : 0))
        if !isBehind { #expect(a.text("log/checkpoint") == tail) }
        try a.expectSettled()
        try shared.expect(posts: isBehind ? 3 : 2)
    }

    @Test func `Two runs in one clone wait for each other`() throws {
        let (shared, clone) = try SharedRepository.begun()
        try shared.hook("pre-receive", "sleep 1")
        try clone.write(samplePost(1), to: postPath(1))
        let runs = try (0..<2).map { _ in
            try TestSupport.start(
                command, arguments: ["maintain", "--publish", "git"], environment: shared.environment(),
                folder: clone.root)
        }
        for run in runs {
            let ended = try run.wait()
            #expect(ended.status == 0, "\(ended)")
        }
        try clone.expectSettled()
        try shared.expect(posts: 2)
        #expect(try clone.git("log", "--oneline").split(separator: "\n").count == 2)
    }

    // MARK: What git is kept from

    @Test func `No hook and no watcher of the repository runs`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let trace = shared.folder("ran")
        for hook in ["pre-commit", "pre-push", "post-checkout", "reference-transaction", "fsmonitor"] {
            try clone.write("#!/bin/sh\ntouch '\(trace)'\n", to: ".git/hooks/" + hook)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: clone(".git/hooks/" + hook))
        }
        _ = try clone.git("config", "core.fsmonitor", clone(".git/hooks/fsmonitor"))
        try? FileManager.default.removeItem(atPath: trace)
        try clone.write(samplePost(1), to: postPath(1))
        try clone.publish()
        #expect(!FileManager.default.fileExists(atPath: trace))
    }

    @Test func `Bytes of the log that git would convert are not published`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let head = try shared.head()
        try clone.write("log/checkpoint filter=other\n", to: ".git/info/attributes")
        _ = try clone.git("config", "filter.other.clean", "tr a-z A-Z")
        try clone.write(samplePost(1), to: postPath(1))
        // A program that the repository itself names never runs.
        let local = try clone.publish(exits: 2)["problems"].items.first
        #expect(local?["place"].string == ".git/config", "\(String(describing: local))")
        _ = try clone.git("config", "--unset", "filter.other.clean")
        // One of the user's runs, and what it does to the log is noticed.
        try "[filter \"other\"]\n\tclean = tr a-z A-Z\n".write(
            toFile: shared.folder("gitconfig"), atomically: true, encoding: .utf8)
        let own = ["GIT_CONFIG_GLOBAL": shared.folder("gitconfig")]
        let problem = try clone.publish(exits: 2, environment: own)["problems"].items.first
        #expect(problem?["place"].string == "log/checkpoint", "\(String(describing: problem))")
        #expect(try shared.head() == head)
        try clone.remove(".git/info/attributes")
        try clone.publish(environment: own)
        try shared.expect(posts: 2)
    }

    @Test func `A whole archive is published without its private files, and damage to the log is not`() throws {
        let (shared, clone) = try SharedRepository.begun()
        try clone.write("", to: ".gitignore")
        try clone.write(samplePost(1), to: postPath(1))
        try clone.publish(".")
        let names = try shared.git(shared.remote, "ls-tree", "-r", "--name-only", "main")
        #expect(!names.contains("key.pem") && !names.contains("last-signed"), "\(names)")
        #expect(names.contains("keys/log.vkey") && names.contains(postPath(1)))
        let head = try shared.head()
        let register = try #require(try FileManager.default.contentsOfDirectory(atPath: clone("accessions")).first)
        try clone.write("{}\n", to: "accessions/" + register)
        try clone.write(samplePost(2), to: postPath(2))
        let json = try clone.publish(exits: 1)
        #expect(json["problems"].items.contains { $0["place"].string == "accessions/" + register }, "\(json)")
        #expect(try shared.head() == head)
    }

    @Test func `The archive may be a folder of the repository, and the clone a shallow one`() throws {
        let shared = try SharedRepository()
        let top = try shared.clone("a")
        try top.write("x", to: "site/readme")
        let clone = GitClone(shared: shared, root: top("site"))
        try clone.run("init", "--origin", CommandLineArchive.origin, exits: 0)
        for number in 0..<3 {
            try clone.write(samplePost(number), to: postPath(number))
            try clone.publish("--first-writer-here", "_posts")
        }
        try shared.git(shared.folder.path, "clone", "-q", "--depth=1", "file://" + shared.remote, shared.folder("c"))
        let other = GitClone(shared: shared, root: shared.folder("c/site"))
        for key in ["log.key.pem", "signer.key.pem"] {
            try FileManager.default.copyItem(atPath: clone("keys/" + key), toPath: other("keys/" + key))
        }
        try clone.write(samplePost(3), to: postPath(3))
        try clone.publish()
        try other.write(samplePost(4), to: postPath(4))
        try other.publish()
        try other.expectSettled()
        try other.run("audit", "-q", exits: 0)
        try clone.publish()
        #expect(clone.text(postPath(4)) != nil && clone.text("log/checkpoint") == other.text("log/checkpoint"))
    }
}

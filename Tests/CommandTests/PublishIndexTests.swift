import Foundation
import TestSupport
import Testing

/// The user's index after a run of `maintain --publish git`, and a run that is stopped.
@Suite struct PublishIndexTests {
    /// A run that is killed, or cannot write the index, between moving the branch and the index.
    private func leaveIndexBehind(_ clone: GitClone, _ cause: String) throws {
        let shared = clone.shared
        if cause == "lock" {
            try clone.write("", to: ".git/index.lock")
            let json = try clone.publish(exits: 2)
            #expect(try json["published"]["commit"].string == shared.head(), "\(json)")
            #expect(json["problems"].items.first?["reason"].string?.contains("index.lock") ?? false, "\(json)")
            try clone.remove(".git/index.lock")
        } else {
            let wrapper = try shared.folder.write(
                """
                #!/bin/sh
                case " $* " in *" read-tree -i "*) kill -9 $PPID;; *) exec "$REAL" "$@";; esac

                """, to: "bin/git")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: wrapper)
            let real = try TestSupport.run("sh", "-c", "command -v git").stdout.trimmingCharacters(in: .newlines)
            let path = shared.folder("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
            try clone.run(
                "maintain", "--publish", "git", exits: 128 + SIGKILL, environment: ["PATH": path, "REAL": real])
        }
        #expect(try clone.git("rev-parse", "HEAD") == shared.head() + "\n")
        #expect(try clone.git("diff", "--cached", "--name-only").contains("log/checkpoint"))
    }

    @Test(arguments: ["lock", "killed"], [false, true])
    func `An index that was left behind the branch is put right by the next run`(_ cause: String, commits: Bool) throws
    {
        let (shared, clone) = try SharedRepository.begun()
        try clone.write(samplePost(1), to: postPath(1))
        try leaveIndexBehind(clone, cause)
        if commits {
            // Rolls the log back in a commit that is not pushed yet.
            _ = try clone.git("commit", "-qm", "by hand")
            #expect(try clone.git("show", "HEAD:log/checkpoint") != clone.text("log/checkpoint"))
        } else {
            // A post that the user deletes meanwhile is not brought back.
            try clone.write("staged", to: "notes")
            _ = try clone.git("add", "notes")
        }
        try clone.publish()
        #expect(try clone.git("status", "--porcelain") == (commits ? "" : "A  notes\n"))
        #expect(try clone.git("rev-parse", "HEAD") == shared.head() + "\n")
        #expect(try clone.git("show", "HEAD:log/checkpoint") == clone.text("log/checkpoint"))
        #expect(clone.text(".provenance/publish-move") == nil)
        try shared.expect(posts: 2)
    }

    @Test func `What is staged of the log is taken back`() throws {
        let (shared, clone) = try SharedRepository.begun()
        try clone.write("staged", to: "notes")
        _ = try clone.git("add", "notes")
        _ = try clone.git("rm", "-rq", "--cached", "log", "accessions")
        try clone.publish()
        #expect(try clone.git("status", "--porcelain") == "A  notes\n")
        try shared.expect(posts: 1)
    }

    @Test func `What was staged stays so, but for the files that the fetched commit changes`() throws {
        let (shared, a) = try SharedRepository.begun()
        try a.write("first", to: "conf.txt")
        try a.write("first", to: "gone.txt")
        _ = try a.git("add", "conf.txt", "gone.txt")
        _ = try a.git("commit", "-qm", "files")
        try a.publish()
        let b = try shared.clone("b", keysOf: a)
        try b.write("of b", to: "conf.txt")
        try b.write("of b", to: "deep/file")
        _ = try b.git("add", "conf.txt", "deep")
        _ = try b.git("commit", "-qm", "conf")
        try b.publish()
        try a.write("of a", to: "conf.txt")
        try a.write("of a", to: "o.txt")
        _ = try a.git("add", "conf.txt", "o.txt")
        _ = try a.git("rm", "-q", "--cached", "gone.txt")
        try a.write(samplePost(1), to: postPath(1))
        try a.publish()
        #expect(try a.git("diff", "--cached", "--name-status") == "D\tgone.txt\nA\to.txt\n")
        #expect(a.text("conf.txt") == "of a" && a.text("o.txt") == "of a" && a.text("deep/file") == "of b")
        #expect(try a.git("show", "HEAD:conf.txt") == "of b")
        try shared.expect(posts: 2)
    }

    @Test func `A run whose shared repository never answers is stopped by a signal, and says so`() throws {
        let (shared, clone) = try SharedRepository.begun()
        let script = try shared.folder.write(
            "#!/bin/sh\ntouch '\(shared.folder("asked"))'\nsleep 300\n", to: "never")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        _ = try clone.git("config", "core.sshCommand", script)
        _ = try clone.git("remote", "set-url", "origin", "ssh://example.org/archive")
        try clone.write(samplePost(1), to: postPath(1))
        let running = try TestSupport.start(
            "env", arguments: ["--default-signal", command, "maintain", "--publish", "git"],
            environment: shared.environment(), folder: clone.root)
        while !FileManager.default.fileExists(atPath: shared.folder("asked")) {
            try #require(running.isRunning)
            usleep(10_000)
        }
        running.send(SIGTERM)
        let ended = try running.wait(limit: 30)
        #expect(ended.status != 0 && (ended.stdout + ended.stderr).contains("stopped by a signal"), "\(ended)")
        // The lock is free, and nothing was recorded.
        _ = try clone.git("remote", "set-url", "origin", shared.remote)
        #expect(try clone.publish()["recorded"].int == 1)
        try clone.expectSettled()
    }

    @Test(arguments: ["include", "worktree"])
    func `A program that is named in another file of the repository's configuration does not run`(_ place: String)
        throws
    {
        let (shared, clone) = try SharedRepository.begun()
        let program = "sh -c 'touch \(shared.folder("ran")); cat'"
        if place == "include" {
            _ = try clone.git("config", "--file", clone(".git/other"), "filter.evil.clean", program)
            _ = try clone.git("config", "include.path", "other")
        } else {
            _ = try clone.git("config", "extensions.worktreeConfig", "true")
            _ = try clone.git("config", "--worktree", "filter.evil.clean", program)
        }
        try clone.write("* filter=evil\n", to: ".git/info/attributes")
        try clone.write(samplePost(1), to: postPath(1))
        let problem = try clone.publish(exits: 2)["problems"].items.first
        #expect(problem?["reason"].string?.contains("names a program for filter.evil.clean") ?? false)
        let file = place == "include" ? ".git/other" : ".git/config.worktree"
        #expect(problem?["place"].string?.hasSuffix(file) ?? false, "\(String(describing: problem))")
        #expect(!FileManager.default.fileExists(atPath: shared.folder("ran")))
    }
}

import Foundation
import TestSupport
import Testing

/// One writer at a time and any number of readers, in any order.
@Suite struct ConcurrencyTests {
    private func archive(posts: Int) throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for number in 0..<posts { try archive.write(samplePost(number), to: postPath(number)) }
        return archive
    }

    @Test(arguments: [2, 4])
    func `Several adds at once all finish, and every post is recorded once`(count: Int) throws {
        let archive = try archive(posts: 120)
        let running = try (0..<count).map { _ in try archive.start("add", "_posts", "--batch", "16", "--json") }
        var recorded = 0
        for process in running {
            let ended = try process.wait()
            #expect(ended.status == 0, "\(ended)")
            recorded += try JSON.lines(ended.output).first?["recorded"].int ?? 0
        }
        #expect(recorded == 120)
        let audit = try archive.json("audit", exits: 0)
        #expect(audit["posts"].int == 120 && audit["remarks"].items.isEmpty && audit["accessions"].int == 1)
        try archive.run("status", exits: 0)
    }

    @Test func `Adds of different folders at once are all on the record`() throws {
        let archive = try archive(posts: 0)
        for number in 0..<80 { try archive.write(samplePost(number), to: "part\(number % 4)/\(number).md") }
        let running = try (0..<4).map { try archive.start("add", "part\($0)", "--batch", "4") }
        for process in running { #expect(try process.wait().status == 0) }
        let audit = try archive.json("audit", exits: 0)
        #expect(audit["posts"].int == 80 && audit["accessions"].int == 4 && audit["remarks"].items.isEmpty)
        #expect(try archive.json("status", exits: 0)["counts"]["ok"].int == 80)
    }

    @Test func `Readers are right at every moment of an add`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.run("export", "-o", "first.json", exits: 0)
        // Over two full tiles, so that partial ones are removed while readers use them.
        for number in 3..<600 { try archive.write(samplePost(number), to: postPath(number)) }
        let adding = try archive.start("add", "_posts", "--batch", "16")
        var rounds = 0
        while adding.isRunning || rounds == 0 {
            try archive.run("verify", postPath(0), postPath(2), exits: 0)
            try archive.run("audit", "--since", "first.json", exits: 0)
            try archive.run("status", exits: 0)
            let late = try archive.run("verify", postPath(599), exits: nil)
            #expect(late.status == 0 || late.status == 3, "\(late)")
            try archive.run("export", "-o", "m.json", exits: 0)
            try archive.run("verify", "m.json", exits: 0)
            rounds += 1
        }
        let ended = try adding.wait()
        #expect(ended.status == 0, "\(ended)")
        try archive.run("verify", "_posts", exits: 0)
        #expect(try archive.json("audit", exits: 0)["posts"].int == 600)
    }

    @Test func `Adding nothing, twice, or the same thing under several names records once`() throws {
        let archive = try archive(posts: 2)
        try archive.run("add", exits: 2)
        #expect(try archive.size() == 0)
        let added = try archive.json("add", "_posts", "_posts", "./_posts/", postPath(0), "_posts/../_posts", exits: 0)
        #expect(added["recorded"].int == 2 && added["known"].int == 0)
        let before = try archive.contents()
        try archive.run("add", "_posts", exits: 0)
        try archive.run("add", ".", exits: 0)
        try archive.run("add", archive("_posts"), exits: 0)
        #expect(try archive.contents() == before)
        // The same bytes at another place are known, not recorded again.
        try archive.write(samplePost(0), to: "copy/again.md")
        let copy = try archive.json("add", "copy", exits: 0)
        #expect(copy["recorded"].int == 0 && copy["known"].int == 1)
    }

    @Test func `Waiting too long for the lock exits 2 and names the holder`() throws {
        let archive = try archive(posts: 1)
        let file = open(archive(".provenance/lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        try #require(file >= 0)
        defer { close(file) }
        try #require(flock(file, LOCK_EX | LOCK_NB) == 0)
        let name = Array("process 4711".utf8)
        ftruncate(file, 0)
        try #require(pwrite(file, name, name.count, 0) == name.count)
        for line in [["add", "_posts", "--lock-timeout", "0.2"], ["reindex", "--lock-timeout", "0"]] {
            let ended = try archive.run(line, exits: 2)
            #expect(ended.stderr.contains("E-LOCKED") && ended.stderr.contains("process 4711"), "\(ended)")
        }
        // Readers need no lock.
        try archive.run("audit", exits: 3)
        try archive.run("verify", "_posts", exits: 3)
        let waiting = try archive.start("add", "_posts", "--lock-timeout", "60")
        usleep(300_000)
        #expect(waiting.isRunning)
        try #require(flock(file, LOCK_UN) == 0)
        #expect(try waiting.wait().status == 0)
    }

    @Test func `A lock file left by a dead process, or with anything in it, is no lock`() throws {
        let archive = try archive(posts: 1)
        try archive.write("process 1\u{1b}[2J", to: ".provenance/lock")
        try archive.run("add", "_posts", "--lock-timeout", "0", exits: 0)
    }
}

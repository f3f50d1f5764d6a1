import Foundation
import TestSupport
import Testing

/// Whatever stops a command, nothing that it acknowledged is lost, and the next command works.
@Suite(.serialized) struct FaultTests {
    // MARK: Killed

    @Test func `An add killed at any moment loses nothing that was acknowledged, and the next one completes`() throws {
        let archive = try CommandLineArchive()
        var posts = 0
        func write(_ count: Int) throws {
            for _ in 0..<count {
                try archive.write(samplePost(posts), to: postPath(posts))
                posts += 1
            }
        }
        // How long an undisturbed run takes here, so that the moments are spread over all of it.
        try write(240)
        let clock = ContinuousClock()
        let whole = try clock.measure { try archive.run("add", "_posts", "--batch", "16", exits: 0) }
        let microseconds = max(
            1000, Double(whole.components.seconds) * 1e6 + Double(whole.components.attoseconds) / 1e12)
        var random = FixedRandom(seed: 20_220_210)
        var killed = 0
        for round in 0..<12 {
            let acknowledged = try archive.size()
            try archive.copy("log/checkpoint", to: "acknowledged")
            try write(120)
            let adding = try archive.start("add", "_posts", "--batch", "16")
            usleep(useconds_t(Double.random(in: 0...0.8, using: &random) * microseconds))
            adding.kill()
            if try adding.wait().status == 137 { killed += 1 }
            let audit = try archive.json("audit", exits: 0)
            #expect(audit["problems"].items.isEmpty)
            #expect((audit["size"].int ?? 0) >= acknowledged)
            if acknowledged > 0 { try archive.run("audit", "--since", archive.folder("acknowledged"), exits: 0) }
            try archive.run("status", exits: 0)
            if round % 3 == 2 { try archive.run("add", "_posts", exits: 0) }
        }
        #expect(killed > 0, "none was killed before its end: the moments are badly chosen")
        try archive.run("add", "_posts", exits: 0)
        try archive.run("verify", "_posts", exits: 0)
        let audit = try archive.json("audit", exits: 0)
        #expect(audit["posts"].int == posts, "each post once")
        let status = try archive.json("status", exits: 0)
        #expect(status["counts"]["ok"].int == posts && status["counts"]["unrecorded"].int == 0)
        let leftovers = archive.files(below: ".").filter { $0.hasSuffix(".provenance-tmp") }
        #expect(leftovers.isEmpty, "\(leftovers)")

        // Every post's place is on a register by now: altered, each is found, with the index gone as well.
        try? archive.remove(".provenance/index.sqlite")
        for number in stride(from: 0, to: posts, by: 37) {
            try archive.write(samplePost(number, words: "Altered."), to: postPath(number))
        }
        let altered = try archive.json("status", exits: 1)
        #expect(altered["counts"]["altered"].int == (posts + 36) / 37)
        #expect(altered["counts"]["unrecorded"].int == 0)
    }

    @Test func `A killed init is finished by the next, and a killed reindex by anything`() throws {
        for pause in stride(from: UInt32(0), through: 30_000, by: 5_000) {
            let archive = try CommandLineArchive(initializing: false)
            let making = try archive.start("init", "--origin", CommandLineArchive.origin)
            usleep(pause)
            making.kill()
            _ = try making.wait()
            try archive.write(samplePost(1), to: postPath(1))
            if !FileManager.default.fileExists(atPath: archive(".provenance/config")) {
                try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0)
            }
            try archive.run("add", "_posts", exits: 0)
            try archive.run("audit", "--keys", try archive.pinnableKeys(), exits: 0)
            let indexing = try archive.start("reindex")
            usleep(pause)
            indexing.kill()
            _ = try indexing.wait()
            try archive.run("list", exits: 0)
            try archive.run("add", "_posts", exits: 0)
            #expect(try archive.size() == 2)
        }
    }

    // MARK: Restored backup

    @Test(arguments: ["last-signed", "key folder", "manifest", "all three"])
    func `A restored backup is not continued, whichever of the three remembers`(witness: String) throws {
        let archive = try CommandLineArchive.withPosts(3)
        let remembering = [".provenance/last-signed": "last-signed", "keys/log.last-signed": "key folder"]
        for name in ["log", "accessions"] { try archive.copy(name, to: "backup-" + name) }
        for (path, name) in remembering { try archive.copy(path, to: "backup-" + name) }
        try archive.write(samplePost(10), to: postPath(10))
        try archive.run("add", "_posts", exits: 0)
        try archive.run("export", "-o", "Manifests/newest.json", exits: 0)
        for name in ["log", "accessions"] { try archive.copy(name, to: "newest-" + name) }
        // The backup is restored; only one of the witnesses keeps the newer checkpoint.
        for name in ["log", "accessions"] { try archive.restore(name, from: "backup-" + name) }
        for (path, name) in remembering where witness != name && witness != "all three" {
            try archive.restore(path, from: "backup-" + name)
        }
        if witness != "manifest", witness != "all three" { try archive.remove("Manifests/newest.json") }
        if witness == "manifest" {
            // The note of version 0.1.0, saying of the manifest what the backup holds: it must not hide the rollback.
            try archive.shell(
                """
                m=Manifests/newest.json
                printf '%s %s:%s %s %s %s\\n' "$(printf newest.json | base64)" \
                    "$(stat -c %s $m)" "$(stat -c %.9Y $m | tr -d .)" "$(cut -d+ -f2 keys/log.vkey)" \
                    "$(sed -n 2p log/checkpoint)" "$(sed -n 3p log/checkpoint | base64 -d | od -An -tx1 | tr -d ' \\n')" \
                    > .provenance/manifests-seen
                """, exits: 0)
        }
        try archive.write(samplePost(11), to: postPath(11))
        let before = try archive.contents()
        for _ in 0..<2 {
            let ended = try archive.run("add", "_posts", exits: 1)
            #expect(ended.stderr.contains("E-LOG-ROLLED-BACK"), "\(ended)")
            #expect(ended.stderr.contains("5 entries") || ended.stderr.contains("4 entries"), "\(ended)")
            #expect(try archive.contents() == before, "the archive is left as it was")
        }
        let audit = try archive.run("audit", exits: 1)
        #expect(audit.stdout.contains("E-LOG-ROLLED-BACK"), "\(audit)")
        // The command that a scheduler runs daily reports it as well.
        let status = try archive.run("status", exits: 1)
        #expect(status.stdout.contains("E-LOG-ROLLED-BACK"), "\(status)")
        // With only the newest log a register is missing; with both everything works again.
        try archive.restore("log", from: "newest-log")
        #expect(try archive.run("verify", "_posts", exits: 3).stdout.contains("E-REGISTER-MISSING"))
        try archive.restore("accessions", from: "newest-accessions")
        try archive.run("add", "_posts", exits: 0)
        try archive.run("verify", "_posts", exits: 0)
        try archive.run("audit", exits: 0)
    }

    @Test func `A second clone that went another way is not continued either`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        for name in ["log", "accessions"] { try archive.copy(name, to: "clone-" + name) }
        try archive.copy(".provenance/last-signed", to: "clone-1")
        try archive.copy("keys/log.last-signed", to: "clone-2")
        try archive.write(samplePost(10), to: postPath(10))
        try archive.run("add", "_posts", exits: 0)
        try archive.copy("log/checkpoint", to: "ours")
        try archive.copy(".provenance/last-signed", to: "ours-signed")
        // The clone records something else, up to a larger size.
        for name in ["log", "accessions"] { try archive.restore(name, from: "clone-" + name) }
        try archive.restore(".provenance/last-signed", from: "clone-1")
        try archive.restore("keys/log.last-signed", from: "clone-2")
        for number in 20..<24 { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.run("add", postPath(20), postPath(21), postPath(22), postPath(23), exits: 0)
        // Anyone who holds both checkpoints sees that they contradict each other.
        let audit = try archive.run("audit", "--since", archive.folder("ours"), exits: 1)
        #expect(audit.stdout.contains("E-CONSISTENCY-INVALID"), "\(audit)")
        try archive.restore(".provenance/last-signed", from: "ours-signed")
        let size = try archive.size()
        try archive.write(samplePost(30), to: postPath(30))
        let ended = try archive.run("add", "_posts", exits: 1)
        #expect(ended.stderr.contains("E-LOG-ROLLED-BACK"), "\(ended)")
        #expect(try archive.size() == size)
    }

    // MARK: Full disk

    @Test func `On a full disk nothing acknowledged is lost, and with room again the next command works`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let posts = archive.folder("posts")
        guard try mount(["-t", "tmpfs", "-o", "size=1536k", "tmpfs", archive.root]) else { return }
        defer { unmount(archive.root) }
        try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0)
        for number in 0..<300 { try archive.folder.write(samplePost(number), to: "posts/\(number).md") }
        var acknowledged = 0
        var full = 0
        for step in 0..<14 {
            // The disk is filled a little less each time, so that the work fails at another step.
            try fill(archive.root, leaving: step * 24_576)
            let ended = try archive.run("add", posts, "--batch", "16", exits: nil)
            #expect([0, 2].contains(ended.status), "\(ended)")
            if ended.status == 2 {
                full += 1
                #expect(ended.stderr.contains("E-IO") || ended.stderr.contains("E-INDEX"), "\(ended)")
            }
            let audit = try archive.json("audit", exits: try archive.size() == 0 ? 3 : 0)
            #expect((audit["size"].int ?? -1) >= acknowledged)
            acknowledged = audit["size"].int ?? acknowledged
            try FileManager.default.removeItem(atPath: archive("fill"))
            if ended.status == 0 { break }
        }
        #expect(full > 2)
        // Room again.
        unlink(archive("fill"))
        _ = try TestSupport.run("mount", "-o", "remount,size=32m", archive.root)
        try archive.run("add", posts, exits: 0)
        try archive.run("verify", posts, exits: 0)
        #expect(try archive.json("audit", exits: 0)["posts"].int == 300)
    }

    private func fill(_ root: String, leaving room: Int) throws {
        let file = open(root + "/fill", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        try #require(file >= 0)
        defer { close(file) }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) == block.count {}
        let size = lseek(file, 0, SEEK_END)
        ftruncate(file, max(0, size - off_t(room)))
    }

    // MARK: Read-only

    @Test func `A read-only archive can be verified, audited, listed and exported from; add says why it cannot`() throws
    {
        let archive = try CommandLineArchive.withSamples()
        guard try mount(["--bind", archive.root, archive.root]) else { return }
        defer { unmount(archive.root) }
        _ = try TestSupport.run("mount", "-o", "remount,bind,ro", archive.root)
        try expectReadable(archive, under: [], why: "Read-only file system")
    }

    @Test func `An archive that belongs to another user can be read and verified`() throws {
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        guard getuid() == 0, (try? TestSupport.run(user[0], arguments: Array(user.dropFirst()) + ["true"]))?.status == 0
        else {
            print("SKIPPED: another user needs root and setpriv")
            return
        }
        let archive = try CommandLineArchive.withSamples()
        _ = try TestSupport.run("chmod", "-R", "a+rX", archive.folder.path)
        // The folders above may be closed to others.
        guard
            try TestSupport.run(
                user[0],
                arguments: Array(user.dropFirst()) + ["test", "-r", archive("log/checkpoint"), "-a", "-x", command]
            ).status == 0
        else {
            print("SKIPPED: another user cannot reach the temporary folder or the program")
            return
        }
        try expectReadable(archive, under: user, why: "Permission denied")
    }

    private func expectReadable(_ archive: CommandLineArchive, under user: [String], why: String) throws {
        let post = try #require(archive.files(below: "_posts").last)
        let other = archive.folder("other")
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: other)
        for line in [
            ["verify", post], ["verify", "_posts", "archived"], ["status"], ["list"], ["show", "3"], ["show", post],
            ["audit"],
            ["export", "-o", other + "/m.json"], ["verify", other + "/m.json", "--posts", "."],
            ["prove", post, "-o", other + "/p"], ["verify", "--proof", other + "/p", post], ["key", "show"],
        ] { try archive.run(line, exits: 0, under: user) }
        for line in [["add", "_posts"], ["reindex"]] {
            let ended = try archive.run(line, exits: 2, under: user)
            #expect(ended.stderr.contains(why), "\(ended)")
        }
        for line in [["export", "-o", "m.json"], ["prove", post, "-o", "p"]] {
            let ended = try archive.run(line, exits: 2, under: user)
            #expect(ended.stderr.contains(why), "\(ended)")
        }
    }

    // MARK: Mounting

    private func mount(_ arguments: [String]) throws -> Bool {
        guard getuid() == 0, (try? TestSupport.run("mount", arguments: arguments))?.status == 0 else {
            print("SKIPPED: mounting a file system needs root and the right to mount")
            return false
        }
        return true
    }

    private func unmount(_ path: String) { _ = try? TestSupport.run("umount", "-l", path) }
}

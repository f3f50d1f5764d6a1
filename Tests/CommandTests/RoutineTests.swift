import Foundation
import TestSupport
import Testing

/// Whether a program is on PATH; without it a test is skipped.
func isThere(_ program: String) throws -> Bool {
    if (try? TestSupport.run("/bin/sh", "-c", "command -v \(program)"))?.status == 0 { return true }
    try skip("no \(program)")
    return false
}

/// What a scheduled job encounters: an empty mount point, a wrong clock, a full disk.
@Suite struct RoutineTests {
    // MARK: Empty folders

    @Test(arguments: [[], ["--heartbeat"], ["--heartbeat", "--tolerate-refused", "-q"]])
    func `A folder in which posts are registered and none is there is refused, and nothing is written`(
        options: [String]
    ) throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write(samplePost(9), to: "other/9.md")
        try FileManager.default.moveItem(atPath: archive("_posts"), toPath: archive.folder("away"))
        try FileManager.default.createDirectory(atPath: archive("_posts"), withIntermediateDirectories: false)
        let before = try archive.contents()
        let ended = try archive.run(["add"] + options + ["_posts", "other"], exits: 1)
        #expect(ended.stderr.contains("E-FOLDER-EMPTY  _posts: is the folder mounted? 3 of its posts"), "\(ended)")
        #expect(try archive.contents() == before)
    }

    @Test func `A folder whose posts have moved within the archive is no empty mount`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write(samplePost(9), to: "other/9.md")
        try archive.run("add", "other", exits: 0)
        try FileManager.default.moveItem(atPath: archive("_posts"), toPath: archive("renamed"))
        try FileManager.default.createDirectory(atPath: archive("_posts"), withIntermediateDirectories: false)
        try archive.run("add", "--heartbeat", "_posts", "other", exits: 0)
        // An empty folder in which nothing was ever registered is not taken for a missing disk.
        try FileManager.default.createDirectory(atPath: archive("empty"), withIntermediateDirectories: false)
        try archive.run("add", "empty", exits: 3)
        try archive.run("add", "--heartbeat", "empty", exits: 0)
    }

    @Test func `A folder outside the archive is guarded as well`() throws {
        let archive = try CommandLineArchive()
        try archive.folder.write(samplePost(1), to: "outside/one.md")
        try archive.run("add", "../outside", exits: 0)
        try FileManager.default.removeItem(atPath: archive.folder("outside/one.md"))
        try archive.run("add", "--heartbeat", "../outside", exits: 1)
    }

    @Test func `An accession of an add that saw nothing is no sign of life`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        guard try isThere("faketime") else { return }
        // As an earlier version wrote it for an empty folder.
        try FileManager.default.createDirectory(atPath: archive("empty"), withIntermediateDirectories: false)
        let later = ["faketime", "+10 days"]
        try archive.run("add", "--heartbeat", "empty", exits: 0, under: later)
        let status = try archive.run("status", "--max-gap", "48h", exits: 1, under: later)
        #expect(status.stdout.contains("E-GAP"), "\(status)")
        try archive.run("add", "--heartbeat", "_posts", exits: 0, under: later)
        try archive.run("status", "--max-gap", "48h", exits: 0, under: later)
    }

    // MARK: Clocks

    @Test func `One run with a clock in the future neither silences --max-gap nor raises it`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        guard try isThere("faketime") else { return }
        try archive.write(samplePost(4), to: postPath(4))
        try archive.run("add", "_posts", exits: 0, under: ["faketime", "2051-01-01"])
        // Only the future accession is newer; the last one that counts is a second old.
        try archive.run("status", "--max-gap", "48h", exits: 0)
        try archive.write(samplePost(5), to: postPath(5))
        let added = try archive.json("add", "_posts", exits: 0)
        #expect(added["remarks"].items.first?["code"].string == "W-CLOCK", "\(added)")
        try archive.write(samplePost(6), to: postPath(6))
        #expect(try archive.json("add", "_posts", exits: 0)["remarks"].items.isEmpty)
        let status = try archive.run("status", "--max-gap", "48h", exits: 0)
        #expect(status.stdout.contains("W-CLOCK  entry 5 states a time in the future, 2051-01-01"), "\(status)")
        // The alarm still goes off.
        try archive.run("status", "--max-gap", "48h", exits: 1, under: ["faketime", "+10 days"])
        let audit = try archive.run("audit", exits: 0)
        #expect(audit.stdout.contains("entry 6 states"), "\(audit)")
        #expect(audit.stdout.contains("is earlier than entry 5's 2051-01-01"), "\(audit)")
    }

    @Test func `A clock before 1970 is an error, and nothing is recorded`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        guard try isThere("faketime") else { return }
        try archive.write(samplePost(4), to: postPath(4))
        let before = try archive.contents()
        let ended = try archive.run("add", "_posts", exits: 2, under: ["faketime", "1969-12-31"])
        #expect(ended.stderr.contains("E-CLOCK") && ended.stderr.contains("1969-12-31"), "\(ended)")
        #expect(try archive.contents() == before)
    }

    // MARK: Full disks

    @Test func `Without room or descriptors add says what is short, and never blames the index`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write(samplePost(4), to: postPath(4))
        var isShort = false
        for limit in stride(from: 12, through: 6, by: -1) {
            let few = try TestSupport.run(
                "/bin/sh", arguments: ["-c", "ulimit -n \(limit); exec '\(command)' add _posts"],
                environment: archive.environment(), folder: archive.root)
            #expect(few.status == 2 || few.status == 0, "\(few)")
            #expect(!few.stderr.contains("E-INDEX") && !few.stderr.contains("delete the file"), "\(few)")
            guard few.status == 2 else { continue }
            isShort = true
            #expect(few.stderr.contains("ulimit -n"), "\(few)")
        }
        #expect(isShort, "no limit was too low")
    }

    @Test func `A full disk is said to be full; with room for the log alone, the posts are recorded`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try FileManager.default.createDirectory(atPath: archive.folder("disk"), withIntermediateDirectories: false)
        let script = """
            mount -t tmpfs -o size=2m tmpfs '\(archive.folder("disk"))' || exit 77
            cp -a . '\(archive.folder("disk"))/a' && cd '\(archive.folder("disk"))/a' || exit 9
            cp '\(archive("new.md"))' _posts/new.md
            cat /dev/zero >../fill 2>/dev/null
            '\(command)' add _posts; echo "full $?"
            '\(command)' reindex; echo "reindex $?"
            rm ../fill
            # The index may not grow, everything else may.
            (trap '' XFSZ; ulimit -f 64; '\(command)' add _posts; echo "log alone $?")
            '\(command)' verify -q _posts/new.md; echo "verify $?"
            '\(command)' add -q _posts; echo "again $?"
            """
        try archive.write(samplePost(40), to: "new.md")
        let ended = try TestSupport.run(
            "unshare", arguments: ["--mount", "--map-root-user", "/bin/sh", "-c", script],
            environment: archive.environment(), folder: archive.root)
        guard ended.status != 77, !ended.stderr.contains("unshare") else {
            try skip("no mount can be made here: \(ended.stderr)")
            return
        }
        #expect(ended.stdout.contains("full 2") && ended.stdout.contains("reindex 2"), "\(ended)")
        #expect(ended.stderr.contains("E-IO"), "\(ended)")
        #expect(ended.stderr.contains("free space, then run it again"), "\(ended)")
        #expect(!ended.stderr.contains("delete the file"), "\(ended)")
        #expect(ended.stdout.contains("log alone 0") && ended.stdout.contains("verify 0"), "\(ended)")
        #expect(ended.stdout.contains("again 0"), "\(ended)")
    }
}

/// An empty record is never VERIFIED, and an entry of an unknown kind proves nothing.
@Suite struct NothingOnRecordTests {
    @Test func `Files on disk beside a log without posts are not verified`() throws {
        let archive = try CommandLineArchive()
        try archive.write(samplePost(1), to: postPath(1))
        try FileManager.default.createDirectory(atPath: archive("empty"), withIntermediateDirectories: false)
        for line in [["status"], ["audit"]] { try archive.run(line, exits: 3) }
        // Only accessions, and a remembered folder with a post in it.
        try archive.run("add", "--heartbeat", "empty", exits: 0)
        try archive.overwrite(".provenance/folders", with: Array("X3Bvc3Rz\n".utf8))
        for line in [["status"], ["audit"]] {
            let ended = try archive.run(line, exits: 3)
            #expect(ended.stdout.contains("INCONCLUSIVE") && !ended.stdout.contains("VERIFIED"), "\(ended)")
        }
        #expect(try archive.json("status", exits: 3)["counts"]["unrecorded"].int == 1)
        // Refused files are on a register, but not on record.
        try archive.write("no post\n", to: "broken/1.md")
        let refused = try archive.run("add", "broken", exits: 2)
        #expect(refused.stdout.contains("nothing was recorded.") && !refused.stdout.contains("everything else"))
        for line in [["status"], ["audit"]] { try archive.run(line, exits: 3) }
    }

    @Test func `An entry of an unknown kind has an unknown signature, and is not in the way of others`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try HandMadeEntry(archive).append("provenance/anchor@v1\nsigner archive.example.org/news/signer\n")
        let shown = try archive.json("show", "3", exits: 0)
        #expect(
            shown["signature"]["standing"].string == "unknown" && shown["signature"]["code"].string == "E-KIND-UNKNOWN")
        try archive.run("audit", exits: 0)
        try archive.run("verify", "_posts", exits: 0)
        try archive.run("export", "-o", "m.json", exits: 0)
        let manifest = try archive.json("verify", "m.json", exits: 0)
        let signature = try #require(manifest["claims"].items.first { $0["claim"].string == "signature" })
        #expect(signature["unknown"].int == 1 && signature["asserted"].int == 0 && signature["proven"].int == 3)
        try archive.run("export", "--bundle", "../bundle", exits: 0)
        try archive.run("verify", "../bundle", exits: 0)
        // Alone it proves nothing.
        try archive.run("export", "-o", "one.json", "--index", "3..3", exits: 0)
        try archive.run("verify", "one.json", exits: 3)
    }

    @Test func `A log of unknown kinds alone is not verified`() throws {
        let archive = try CommandLineArchive()
        try HandMadeEntry(archive).append("example.org/other@v1\nwords\n")
        for line in [["status"], ["audit"]] { try archive.run(line, exits: 3) }
    }
}

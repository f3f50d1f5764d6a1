import Foundation
import TestSupport
import Testing

/// File systems on which archives and bundles are handed over: without exclusive renames, hard links or permissions.
@Suite(.serialized) struct FileSystemTests {
    /// Runs the command with the errors of a file system that has neither rename flags nor hard links.
    private static func lacking(rename: String, link: String?) -> [String] {
        var tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2,linkat"]
        tracer += ["-e", "inject=renameat2:error=\(rename)"]
        if let link { tracer += ["-e", "inject=linkat:error=\(link)"] }
        return tracer
    }

    private func leftovers(_ archive: CommandLineArchive) -> [String] {
        let names = FileManager.default.enumerator(atPath: archive.folder.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.contains(".provenance-tmp") || $0.contains(".fuse_hidden") }
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    private func canTrace() throws -> Bool {
        if (try? TestSupport.run("strace", "-o", "/dev/null", "true"))?.status == 0 { return true }
        try skip("strace is not here, or may not trace")
        return false
    }

    @Test(arguments: ["EINVAL", "ENOSYS", "EOPNOTSUPP"], [nil, "EPERM", "EOPNOTSUPP", "ENOSYS", "EMLINK"])
    func `Every command that makes a new name does so where renames have no flags, and links are refused`(
        rename: String, link: String?
    ) throws {
        guard try canTrace() else { return }
        let archive = try CommandLineArchive.withPosts(2)
        let prefix = FileSystemTests.lacking(rename: rename, link: link)
        let lines = [
            ["init", "--origin", "new.example/x", archive.folder("new")],
            ["key", "generate", "signer", "--name", "x.example/y", "-o", archive.folder("made")],
            ["export", "--bundle", archive.folder("bundle")], ["export", "--bundle", archive.folder("bundle.zip")],
            ["export", "--verifier", archive.folder("tools")],
            ["export", "--format", "bagit", "-o", archive.folder("bag")],
            ["prove", postPath(0), "-o", archive.folder("proof")], ["add", "_posts", "--heartbeat"],
        ]
        for line in lines { try archive.run(line, exits: 0, under: prefix) }
        #expect(leftovers(archive).isEmpty, "\(leftovers(archive))")
        // The results are valid on any other file system.
        for bundle in ["bundle", "bundle.zip"] { try archive.run("verify", archive.folder(bundle), exits: 0) }
        for key in ["new/keys/log", "new/keys/signer", "made/signer"] {
            #expect(try mode(archive.folder(key + ".key.pem")) == 0o600)
        }
        #expect(try mode(archive.folder("tools/verify.sh")) & 0o777 == 0o755)
        // What is there is never replaced.
        let key = try archive.folder.read("made/signer.key.pem")
        let again = try archive.run(lines[1], exits: 2, under: prefix)
        #expect(again.stderr.contains("E-KEY-EXISTS"), "\(again)")
        #expect(try archive.folder.read("made/signer.key.pem") == key)
        try archive.run(lines[2], exits: 2, under: prefix)
        try archive.run("add", "_posts", exits: 0)
        try archive.run("audit", exits: 0)
    }

    @Test func `A rename that fails in the end leaves nothing behind`() throws {
        guard try canTrace() else { return }
        let archive = try CommandLineArchive.withPosts(1)
        let failing = [
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2,renameat,linkat", "-e",
            "inject=renameat2:error=EINVAL", "-e", "inject=renameat,linkat:error=EPERM",
        ]
        let before = Set(try FileManager.default.contentsOfDirectory(atPath: archive.folder.path))
        for line in [
            ["export", "--bundle", archive.folder("bundle")], ["export", "--bundle", archive.folder("bundle.zip")],
        ] {
            let ended = try archive.run(line, exits: 2, under: failing)
            #expect(ended.stderr.contains("E-IO"), "\(ended)")
        }
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: archive.folder.path)) == before)
        let ended = try archive.run(
            "key", "generate", "signer", "--name", "x.example/y", "-o", archive.folder("made"), exits: 2, under: failing
        )
        #expect(ended.stderr.contains("E-IO"), "\(ended)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: archive.folder("made")) == [])
    }

    @Test func `A file system that cannot flush folders, or itself alone, is written to all the same`() throws {
        guard try canTrace() else { return }
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write(samplePost(2), to: postPath(2))
        let trace = archive.folder("trace")
        var tracer = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=fsync,syncfs"]
        for name in ["", "/log", "/log/tile", "/log/tile/0", "/accessions", "/keys", "/.provenance"] {
            tracer += ["-P", archive.root + name]
        }
        for number in ["EINVAL", "ENOSYS", "EOPNOTSUPP"] {
            try archive.run(
                "add", "_posts", "--heartbeat", exits: 0, under: tracer + ["-e", "inject=fsync,syncfs:error=\(number)"])
            #expect(String(decoding: try archive.folder.read("trace"), as: UTF8.self).contains("INJECTED"))
        }
        try archive.run(
            "export", "--bundle", archive.folder("b"), exits: 0,
            under: ["strace", "-f", "-qq", "-o", trace, "-e", "trace=syncfs", "-e", "inject=syncfs:error=ENOSYS"])
        try archive.run("verify", archive.folder("b"), exits: 0)
        // A failing flush is different: it is an error.
        try archive.run(
            "add", "--heartbeat", exits: 2, under: tracer + ["-e", "inject=fsync:error=EIO"])
        try archive.run("audit", exits: 0)
    }

    // MARK: Real ones

    /// Mounts a file system; prints a message when that is not possible.
    private func mounted(_ line: [String], on path: String, _ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard (try? TestSupport.run("which", line[0]))?.status == 0 else {
            return try skip("the package \(line[0]) is not here")
        }
        guard getuid() == 0, FileManager.default.fileExists(atPath: "/dev/fuse"),
            (try? TestSupport.run(line[0], arguments: Array(line.dropFirst())))?.status == 0
        else {
            // A machine without FUSE cannot run this, even under CI=true; the fault injection above covers it.
            print("SKIPPED: \(line[0]) cannot mount here: it needs root and /dev/fuse")
            return
        }
        defer { _ = try? TestSupport.run("umount", path) }
        try body()
    }

    @Test func `A bundle is written to bindfs, which has no flags for renames, and nothing is left when that fails`()
        throws
    {
        let archive = try CommandLineArchive.withPosts(2)
        let (source, disk) = (archive.folder("source"), archive.folder("disk"))
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: false)
        try mounted(["bindfs", source, disk], on: disk) {
            for name in ["b", "b.zip"] {
                try archive.run("export", "--bundle", disk + "/" + name, exits: 0)
                try archive.run("verify", disk + "/" + name, exits: 0)
                try archive.run("export", "--bundle", disk + "/" + name, exits: 2)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk).sorted() == ["b", "b.zip"])
            guard try canTrace() else { return }
            let failing = [
                "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat", "-e", "inject=renameat:error=EIO",
            ]
            try archive.run("export", "--bundle", disk + "/c", exits: 2, under: failing)
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk).sorted() == ["b", "b.zip"])
        }
    }

    @Test func `On NTFS init refuses to keep private keys, makes nothing, and works with keys elsewhere`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let (image, disk) = (archive.folder("ntfs"), archive.folder("disk"))
        guard (try? TestSupport.run("truncate", "-s", "16M", image))?.status == 0,
            (try? TestSupport.run("mkfs.ntfs", "-qFf", image))?.status == 0
        else {
            return try skip("mkfs.ntfs of the package ntfs-3g is not here")
        }
        try mounted(["ntfs-3g", image, disk], on: disk) {
            let root = disk + "/news"
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
            let refused = try archive.run("init", "--origin", CommandLineArchive.origin, root, exits: 2)
            #expect(refused.stderr.contains("E-KEY") && refused.stderr.contains("keeps no permissions"), "\(refused)")
            #expect(refused.stderr.contains("--keys-from") && !refused.stderr.contains("chmod"), "\(refused)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [])
            let made = try archive.run(
                "key", "generate", "log", "--name", "x.example/y", "-o", disk + "/made", exits: 2)
            #expect(made.stderr.contains("--keys-from"), "\(made)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == ["news"])

            let from = ["--keys-from", archive.folder("private")]
            try archive.run(["init", "--origin", CommandLineArchive.origin, root] + from, exits: 0)
            #expect(try mode(archive.folder("private")) == 0o700)
            try FileManager.default.createDirectory(atPath: root + "/_posts", withIntermediateDirectories: false)
            try archive.folder.write(samplePost(1), to: "disk/news/_posts/1.md")
            let at = ["--archive", root]
            let without = try archive.run(["add", root + "/_posts"] + at, exits: 2)
            #expect(without.stderr.contains("E-KEY"), "\(without)")
            try archive.run(["add", root + "/_posts"] + at + from, exits: 0)
            for line in [["status"], ["audit"], ["verify", root + "/_posts/1.md"]] {
                try archive.run(line + at, exits: 0)
            }
            // A key put there anyway is refused, with advice.
            for role in ["log", "signer"] {
                try FileManager.default.copyItem(
                    atPath: archive.folder("private/\(role).key.pem"), toPath: root + "/keys/\(role).key.pem")
            }
            let copied = try archive.run(["add", root + "/_posts"] + at, exits: 2)
            #expect(
                copied.stderr.contains("keeps no permissions") && copied.stderr.contains("--keys-from"), "\(copied)")
        }
    }

    // MARK: Private keys elsewhere

    @Test
    func `Private keys in a folder elsewhere sign, by an option or a variable, and what they signed is kept there`()
        throws
    {
        let archive = try CommandLineArchive(initializing: false)
        let from = ["--keys-from", archive.folder("private")]
        try archive.run(["init", "--origin", CommandLineArchive.origin] + from, exits: 0)
        #expect(archive.files(below: "keys").allSatisfy { !$0.hasSuffix(".key.pem") }, "no private key in the archive")
        #expect(!String(decoding: try archive.read(".provenance/config"), as: UTF8.self).contains("private"))
        try archive.write(samplePost(1), to: postPath(1))
        try archive.run(["add", "_posts"] + from, exits: 0)
        try archive.write(samplePost(2), to: postPath(2))
        let variable = ["PROVENANCE_KEYS_FROM": archive.folder("private")]
        try archive.run("add", "_posts", exits: 0, environment: variable)
        #expect(FileManager.default.fileExists(atPath: archive.folder("private/log.last-signed")))
        #expect(!FileManager.default.fileExists(atPath: archive("keys/log.last-signed")))
        let signed = try archive.run(["export", "--bundle", archive.folder("b")] + from, exits: 0)
        #expect(signed.stdout.contains("bundle.note"), "\(signed)")
        let absent = try archive.run(
            "export", "--bundle", archive.folder("c"), "--keys-from", archive.folder("absent"), exits: 2)
        #expect(absent.stderr.contains("E-KEY"), "\(absent)")
        // The file beside the key records that the log was longer.
        try archive.copy("log", to: "log-of-now")
        try archive.copy("accessions", to: "accessions-of-now")
        try archive.write(samplePost(3), to: postPath(3))
        try archive.run(["add", "_posts"] + from, exits: 0)
        for name in ["log", "accessions"] { try archive.restore(name, from: name + "-of-now") }
        try archive.remove(".provenance/last-signed")
        let rolled = try archive.run("status", exits: 1, environment: variable)
        #expect(rolled.stdout.contains("E-LOG-ROLLED-BACK"), "\(rolled)")
        let adding = try archive.run(["add", "_posts"] + from, exits: 1)
        #expect(adding.stderr.contains("E-LOG-ROLLED-BACK"), "\(adding)")
    }

    // MARK: Long names

    @Test func `A name that leaves no room for a temporary ending can be written to`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        func name(_ letter: String, _ ending: String = "") -> String {
            archive.folder(String(repeating: letter, count: 255 - ending.utf8.count) + ending)
        }
        for line in [
            ["export", "-o", name("a")], ["export", "--format", "csv", "-o", name("b")],
            ["prove", postPath(0), "-o", name("c")], ["export", "--bundle", name("d")],
            ["export", "--bundle", name("e", ".zip")], ["export", "--format", "bagit", "-o", name("f")],
        ] { try archive.run(line, exits: 0) }
        try archive.run("verify", name("a"), exits: 0)
        try archive.run("verify", name("d"), exits: 0)
        try archive.run("verify", name("e", ".zip"), exits: 0)
        #expect(leftovers(archive).isEmpty, "\(leftovers(archive))")
        let tooLong = try archive.run("export", "-o", name("g") + "g", exits: 2)
        #expect(tooLong.stderr.contains("File name too long"), "\(tooLong)")
    }
}

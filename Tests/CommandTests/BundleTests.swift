import Foundation
import TestSupport
import Testing

/// `export --bundle` and `verify` of a bundle, by the built command.
@Suite struct BundleTests {
    private static let day = ["--at", "2026-11-25"]

    /// An archive of the samples, and its bundle.
    private func bundled(_ options: String...) throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withSamples()
        try archive.run(["export", "--bundle", "bundle"] + BundleTests.day + options, exits: 0)
        return archive
    }

    private func verdict(_ ended: Ended) -> String {
        String(
            ended.stdout.split(separator: "\n").last { $0.first?.isUppercase == true && !$0.hasPrefix("Limits") } ?? "")
    }

    @Test func `A bundle holds every post beside its record, and verifies without the archive`() throws {
        let archive = try bundled()
        let ended = try archive.run("verify", "bundle", exits: 0)
        #expect(
            verdict(ended).hasPrefix("VERIFIED: 15 entries of archive.example.org/news, the range 0..14"), "\(ended)")
        #expect(ended.stdout.contains("14 posts compared"))
        #expect(ended.stdout.contains("views               1         0         0         0"), "\(ended)")
        for (file, count) in [("records", 15), ("proofs", 15), ("data/sha256", 14)] {
            #expect(archive.files(below: "bundle/" + file).count == count, "\(file)")
        }
        // In another place, with only the keys.
        let elsewhere = try TemporaryFolder()
        try FileManager.default.moveItem(atPath: archive("bundle"), toPath: elsewhere("bundle"))
        let moved = try TestSupport.run(
            command, arguments: ["verify", "bundle", "--keys", archive("keys")],
            environment: ["XDG_CONFIG_HOME": elsewhere("none"), "NO_COLOR": "1"], folder: elsewhere.path)
        #expect(moved.status == 0, "\(moved)")
        // With nothing pinned it is inconclusive, and says which fingerprints the bundle shows.
        let unpinned = try TestSupport.run(
            command, arguments: ["verify", "bundle"],
            environment: ["XDG_CONFIG_HOME": elsewhere("none"), "NO_COLOR": "1"], folder: elsewhere.path)
        #expect(unpinned.status == 3 && unpinned.stdout.contains("E-KEY-NOT-PINNED"), "\(unpinned)")
        #expect(unpinned.stderr.contains("provenance key pin"), "\(unpinned)")
    }

    @Test func `The same log, selection and day give the same bytes, as a folder and as a zip`() throws {
        let archive = try bundled()
        try archive.run("export", "--bundle", "again", "--at", "2026-11-25T13:00:00Z", exits: 0)
        let same = try TestSupport.run("diff", "-r", archive("bundle"), archive("again"))
        #expect(same.status == 0, "\(same)")
        for (name, zone) in [("one.zip", "UTC"), ("two.zip", "Asia/Shanghai")] {
            try archive.run(["export", "--bundle", name] + BundleTests.day, exits: 0, environment: ["TZ": zone])
        }
        #expect(try archive.read("one.zip") == archive.read("two.zip"))
        let ended = try archive.run("verify", "one.zip", exits: 0)
        #expect(ended.stdout.contains("bundle       one.zip"), "\(ended)")
    }

    @Test func `A bundle of an accession alone has a payload and no post, in a zip too`() throws {
        let archive = try CommandLineArchive.withSamples()
        for name in ["accession", "accession.zip"] {
            try archive.run("export", "--bundle", name, "--index", "14..14", exits: 0)
            let ended = try archive.run("verify", name, exits: 0)
            #expect(ended.stdout.contains("0 posts, 1 accession"), "\(ended)")
        }
        #expect(archive.files(below: "accession/data") == ["accession/data/withheld.txt"])
    }

    @Test func `What is no bundle, no manifest and in no archive is told so`() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: false)
        // The end record of a zip's central directory with no entries.
        try Data([0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18)).write(to: URL(filePath: folder("empty.zip")))
        for (name, code, words) in [
            ("empty", "E-NO-ARCHIVE", "no bundle, no manifest, and in no archive"),
            ("empty.zip", "E-BUNDLE-MALFORMED", "it holds no file"),
        ] {
            let ended = try TestSupport.run(
                command, arguments: ["verify", name],
                environment: ["XDG_CONFIG_HOME": folder("none"), "NO_COLOR": "1"], folder: folder.path)
            #expect(ended.status == 2 && ended.stderr.contains("\(code)  \(name): "), "\(ended)")
            #expect(ended.stderr.contains(words), "\(ended)")
        }
    }

    @Test func `A bundle says what it leaves out`() throws {
        let withheld = try bundled("--without-posts")
        let ended = try withheld.run("verify", "bundle", exits: 0)
        #expect(
            ended.stdout.contains("no post was compared") && ended.stdout.contains("posts        withheld"), "\(ended)")
        try withheld.run("verify", "bundle", "--require", "content", exits: 3)

        let filtered = try bundled("--url", "https://news.example.org/luting/story20220210-1240117")
        let filter = try filtered.run("verify", "bundle", exits: 0)
        #expect(filter.stdout.contains("it is not shown that there are no others"), "\(filter)")
        #expect(!filter.stdout.contains("completeness"), "\(filter)")
    }

    @Test func `Posts that are not at hand are named, sought elsewhere, and make a bundle inconclusive`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try FileManager.default.createDirectory(atPath: archive("kept"), withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: archive(postPath(1)), toPath: archive("kept/other-name.md"))
        let ended = try archive.run("export", "--bundle", "bundle", exits: 3)
        #expect(ended.stderr.contains("E-CONTENT-NOT-COMPARED  entry 1 (\(postPath(1)))"), "\(ended)")
        let verified = try archive.run("verify", "bundle", exits: 3)
        #expect(verified.stdout.contains("E-CONTENT-NOT-COMPARED  entry 1"), "\(verified)")
        try archive.run("export", "--bundle", "whole", "--posts", "kept", exits: 0)
        try archive.run("verify", "whole", exits: 0)
        // No post is available: no empty bundle is written.
        for number in [0, 2] { try archive.remove(postPath(number)) }
        try archive.remove("kept/other-name.md")
        let none = try archive.run("export", "--bundle", "none", exits: 3)
        #expect(none.stderr.contains("--without-posts"), "\(none)")
        #expect(!FileManager.default.fileExists(atPath: archive("none")))
        #expect(try archive.contents().keys.contains { $0.contains("provenance-tmp") } == false)
    }

    @Test func `Without the signer's key the lists are unknown and the rest is proven`() throws {
        let archive = try CommandLineArchive.withSamples()
        try FileManager.default.moveItem(atPath: archive("keys/signer.key.pem"), toPath: archive("away.pem"))
        let exported = try archive.run("export", "--bundle", "bundle", exits: 0)
        #expect(exported.stdout.contains("signed       no: the signer's key is not at hand"), "\(exported)")
        let ended = try archive.run("verify", "bundle", exits: 0)
        #expect(ended.stdout.contains("views               0         0         1         0"), "\(ended)")
        #expect(ended.stdout.contains("No pinned key signed the lists"), "\(ended)")
        #expect(!FileManager.default.fileExists(atPath: archive("bundle/statement.dsse.json")))
        try archive.run("export", "--format", "intoto", "-o", "statement.json", exits: 2)
    }

    @Test func `A locked signer's key signs with its passphrase, and is not at hand without`() throws {
        let archive = try CommandLineArchive(initializing: false)
        try archive.folder.writeSecret("secret\n", to: "archive/pass")
        try archive.run("init", "--origin", CommandLineArchive.origin, "--passphrase-file", "pass", exits: 0)
        try archive.write(samplePost(1), to: postPath(1))
        try archive.run("add", "_posts", "--passphrase-file", "pass", exits: 0)
        let without = try archive.run("export", "--bundle", "unsigned", exits: 0)
        #expect(without.stdout.contains("signed       no: the signer's key is locked"), "\(without)")
        let with = try archive.run("export", "--bundle", "signed", "--passphrase-file", "pass", exits: 0)
        #expect(with.stdout.contains("signed       bundle.note"), "\(with)")
        try archive.run("verify", "signed", exits: 0)
    }

    @Test func `A bundle never replaces anything`() throws {
        let archive = try bundled()
        let before = try archive.contents()
        for (name, code) in [
            ("bundle", "E-OUTPUT-EXISTS"), ("_posts", "E-OUTPUT-EXISTS"), ("keys/new", "E-OUTPUT-EXISTS"),
            ("log/new.zip", "E-OUTPUT-EXISTS"), (postPath(0) + "/x", "E-IO"),
        ] where name != postPath(0) + "/x" {
            let ended = try archive.run("export", "--bundle", name, exits: 2)
            #expect(ended.stderr.contains(code), "\(ended)")
        }
        try archive.run("export", "--verifier", "bundle/keys", exits: 0)
        try archive.remove("bundle/keys/evidence.html")
        try archive.remove("bundle/keys/verify.sh")
        try archive.remove("bundle/keys/VERIFY.md")
        #expect(try archive.contents() == before)
        try archive.write("something else", to: "tools/verify.sh")
        let ended = try archive.run("export", "--verifier", "tools", exits: 2)
        #expect(ended.stderr.contains("E-OUTPUT-EXISTS"), "\(ended)")
        #expect(try archive.read("tools/verify.sh") == Array("something else".utf8))
    }

    @Test(arguments: [
        ("bag-info.txt", "E-BUNDLE-CHANGED"), ("manifest.json", "E-BUNDLE-CHANGED"), ("checkpoint", "E-BUNDLE-CHANGED"),
        ("records/3.note", "E-INCLUSION-INVALID"), ("proofs/3.tlog-proof", "E-INCLUSION-INVALID"),
        ("bundle.note", "E-BUNDLE-NOTE"), ("statement.dsse.json", "E-BUNDLE-CHANGED"),
        ("verify.sh", "E-VERIFIER-UNKNOWN"),
        ("evidence.html", "E-VERIFIER-UNKNOWN"), ("tagmanifest-sha256.txt", "E-BUNDLE-"),
        ("SHA256SUMS", "E-BUNDLE-CHANGED"),
    ])
    func `A file that is changed, gone or a link is found`(file: String, code: String) throws {
        let archive = try bundled()
        let path = "bundle/" + file
        let bytes = try archive.read(path)
        // The last but one byte: a digit, a letter or a sign that matters in each of them.
        try archive.overwrite(path, with: bytes.flipping(bit: (bytes.count - 3) * 8))
        let changed = try archive.run("verify", "bundle", exits: 1)
        #expect(changed.stdout.contains(code), "\(changed)")
        #expect(verdict(changed).hasPrefix("FAILED"), "\(changed)")
        try archive.remove(path)
        let isRequired = ["bag-info.txt", "checkpoint", "tagmanifest-sha256.txt"].contains(file)
        let gone = try archive.run("verify", "bundle", exits: isRequired ? 2 : 1)
        #expect((gone.stdout + gone.stderr).contains(file), "\(gone)")
        try archive.write("", to: "elsewhere")
        try archive.overwrite("elsewhere", with: bytes)
        try FileManager.default.createSymbolicLink(atPath: archive(path), withDestinationPath: archive("elsewhere"))
        try archive.run("verify", "bundle", exits: isRequired ? 2 : 1)
    }

    @Test func `A verifier that lies is found even where its maker signed it`() throws {
        let archive = try bundled()
        // The operator's own key signs the changed script, so only the list of released verifiers exposes it.
        let script = String(decoding: try archive.read("bundle/verify.sh"), as: UTF8.self)
        try archive.overwrite("bundle/verify.sh", with: Array((script + "\nexit 0\n").utf8))
        for list in ["SHA256SUMS", "tagmanifest-sha256.txt"] {
            let paths = String(decoding: try archive.read("bundle/" + list), as: UTF8.self)
            var lines = paths.split(separator: "\n").map(String.init)
            for place in lines.indices
            where lines[place].hasSuffix("  verify.sh") || lines[place].hasSuffix("  SHA256SUMS") {
                let file = String(lines[place].dropFirst(66))
                let digest = try TestSupport.run("sha256sum", archive("bundle/" + file)).stdout.prefix(64)
                lines[place] = digest + "  " + file
            }
            try archive.overwrite("bundle/" + list, with: Array((lines.joined(separator: "\n") + "\n").utf8))
        }
        try archive.remove("bundle/bundle.note")
        let info = String(decoding: try archive.read("bundle/bag-info.txt"), as: UTF8.self)
        #expect(info.contains("Provenance-Signer: "))
        let ended = try archive.run("verify", "bundle", exits: 1)
        #expect(ended.stdout.contains("E-VERIFIER-UNKNOWN  verify.sh"), "\(ended)")
        #expect(!ended.stdout.contains("E-BUNDLE-CHANGED"), "\(ended)")
    }

    @Test func `Files that no list names are an offence, those of file managers are not`() throws {
        let archive = try bundled()
        for name in [
            ".DS_Store", "data/Thumbs.db", "records/desktop.ini", "._bagit.txt", "records/._3.note", "data/._sha256",
            "._bundle.note", "._tagmanifest-sha256.txt", "._.DS_Store", "__MACOSX/._bundle", "__MACOSX/records/99.note",
            "__MACOSX/ü",
        ] {
            try archive.write("x", to: "bundle/" + name)
        }
        try archive.run("verify", "bundle", exits: 0)
        for name in [
            "data/extra.md", "records/99.note", "proofs/99.tlog-proof", "notes.txt", "data/sha256/ü.md", "a\nb",
            "records/._99.note", "data/._extra.md", "data/__MACOSX/x", "._notes.txt", "._._bagit.txt", "._keys/x",
        ] {
            try archive.write("x", to: "bundle/" + name)
            let ended = try archive.run("verify", "bundle", exits: 1)
            #expect(ended.stdout.contains("E-BUNDLE-STRAY"), "\(name)\n\(ended)")
            #expect(
                ended.stdout.split(separator: "\n").allSatisfy { !$0.hasPrefix("b:") }, "a name forged a line\n\(ended)"
            )
            try archive.remove("bundle/" + name)
        }
        try archive.run("verify", "bundle", exits: 0)
    }

    @Test(arguments: ["sha256sum", "bagit", "intoto", "datapackage", "csv", "html", "json"])
    func `Each format is written by itself, again over its own kind, and over nothing else`(format: String) throws {
        let archive = try CommandLineArchive.withSamples()
        try archive.run("export", "--format", format, "-o", "part", exits: 0)
        // A folder, and a file that looks like a list, are not overwritten.
        let isReplaced = format != "bagit" && format != "sha256sum"
        try archive.run("export", "--format", format, "-o", "part", exits: isReplaced ? 0 : 2)
        try archive.write("mine", to: "other")
        try archive.run("export", "--format", format, "-o", "other", exits: 2)
        #expect(try archive.read("other") == Array("mine".utf8))
        if format == "sha256sum" {
            let check = try TestSupport.run(
                "sha256sum", arguments: ["-c", "--strict", "part"], environment: [:], folder: archive.root)
            #expect(check.status == 0, "\(check)")
        }
    }

    @Test func `A zip that breaks a limit or leaves its folder is no bundle, and leaves nothing behind`() throws {
        let archive = try bundled()
        let program = """
            import sys, zipfile
            def zip(name, entries, mode=0):
                with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
                    for path, data in entries:
                        info = zipfile.ZipInfo(path); info.external_attr = mode << 16; info.compress_type = zipfile.ZIP_DEFLATED
                        z.writestr(info, data)
            zip("up.zip", [("../up", "x")])
            zip("absolute.zip", [("/tmp/provenance-absolute", "x")])
            zip("bomb.zip", [("bundle/a", bytes(200 << 20))])
            zip("link.zip", [("bundle/a", "/etc/passwd")], 0o120777)
            zip("twice.zip", [("bundle/a", "x"), ("bundle/a", "y")])
            zip("below.zip", [("bundle/a", "x"), ("bundle/a/b", "y")])
            zip("empty.zip", [("bundle/", "")])
            """
        let made = try TestSupport.run(
            "python3", arguments: ["-W", "ignore", "-c", program], environment: [:], folder: archive.root)
        guard made.status == 0 else { return try skip("no python3 to make zip files with") }
        try archive.run(["export", "--bundle", "good.zip"] + BundleTests.day, exits: 0)
        try archive.overwrite("cut.zip", with: Array(try archive.read("good.zip").prefix(30_000)))
        let temporary = try TemporaryFolder()
        for name in ["up", "absolute", "bomb", "link", "twice", "below", "empty", "cut"] {
            let ended = try archive.run("verify", name + ".zip", exits: 2, environment: ["TMPDIR": temporary.path])
            #expect(ended.stderr.contains("E-BUNDLE-MALFORMED"), "\(name)\n\(ended)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
    }
}

import Foundation
import TestSupport
import Testing

/// The user's store of pinned keys: where it is looked for, where it may not be, and who may write it.
@Suite struct KeyStoreTests {
    /// An archive that is handed out, with a store of its keys inside.
    private struct HandedOut {
        let archive: CommandLineArchive
        /// Commands that take keys only from the store that a test names.
        let lines = [
            ["status"], ["audit"], ["verify", postPath(0)], ["verify", "_posts"], ["verify", "m.json"],
            ["verify", "--proof", "p", postPath(0)], ["verify", "b"],
        ]

        init() throws {
            archive = try CommandLineArchive.withPosts(1)
            for name in ["m.json", "p"] { try? archive.remove(name) }
            try archive.run("export", "-o", "m.json", exits: 0)
            try archive.run("prove", postPath(0), "-o", "p", exits: 0)
            try archive.run("export", "--bundle", "b", exits: 0)
            let keys = try archive.pinnableKeys()
            let place = archive(".config/provenance/keys")
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: keys, toPath: place + "/x")
        }

        /// Expects every line to end as if nothing were pinned.
        func expectNothingPinned(_ environment: [String: String], _ why: String? = nil) throws {
            for line in lines {
                let ended = try archive.run(line, exits: 3, environment: environment)
                #expect(!ended.stdout.contains("VERIFIED"), "\(ended)")
                if let why { #expect(ended.stderr.contains(why), "\(environment) \(line)\n\(ended)") }
            }
        }
    }

    @Test func `A relative or empty XDG_CONFIG_HOME or HOME names no store, to read or to write`() throws {
        let handed = try HandedOut()
        let archive = handed.archive
        for environment in [
            ["XDG_CONFIG_HOME": ".config", "HOME": archive.folder("empty")], ["XDG_CONFIG_HOME": "", "HOME": "."],
            ["XDG_CONFIG_HOME": "./.config", "HOME": ""], ["XDG_CONFIG_HOME": "", "HOME": ""],
        ] { try handed.expectNothingPinned(environment) }
        // A relative one is ignored, not an end of the search.
        try archive.run(
            "key", "pin", "keys", exits: 0, environment: ["XDG_CONFIG_HOME": ".config", "HOME": archive.folder("h")])
        try archive.run("status", exits: 0, environment: ["XDG_CONFIG_HOME": "x", "HOME": archive.folder("h")])
        let pin = try archive.run(
            "key", "pin", "keys", exits: 2, environment: ["XDG_CONFIG_HOME": "relative", "HOME": "other"])
        #expect(pin.stderr.contains("\"relative\", a relative path"), "\(pin)")
        try archive.run(
            "init", "--origin", "n.example/1", archive.folder("n"), exits: 0,
            environment: ["XDG_CONFIG_HOME": "relative", "HOME": "other"])
        for name in ["relative", "other"] { #expect(!FileManager.default.fileExists(atPath: archive(name))) }
    }

    @Test func `Keys inside the archive under test do not count as pinned, however the store was reached`() throws {
        let handed = try HandedOut()
        let archive = handed.archive
        let manager = FileManager.default
        let inside = "lie inside"
        func link(_ name: String, to target: String) throws -> String {
            let path = archive.folder(name)
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
            try manager.createDirectory(at: parent, withIntermediateDirectories: true)
            try manager.createSymbolicLink(atPath: path, withDestinationPath: target)
            return path
        }
        try handed.expectNothingPinned(["XDG_CONFIG_HOME": archive(".config")], inside)
        try handed.expectNothingPinned(["XDG_CONFIG_HOME": "", "HOME": archive.root], inside)
        try handed.expectNothingPinned(["XDG_CONFIG_HOME": archive.root + "/../archive/./.config"], inside)
        try handed.expectNothingPinned(["XDG_CONFIG_HOME": try link("link", to: archive(".config"))], inside)
        _ = try link("by-link/provenance/keys", to: archive(".config/provenance/keys"))
        try handed.expectNothingPinned(["XDG_CONFIG_HOME": archive.folder("by-link")], inside)
        _ = try link("one/provenance/keys/x", to: archive("keys"))
        try handed.expectNothingPinned(["XDG_CONFIG_HOME": archive.folder("one")], inside)
        // The archive itself by another name, from another folder.
        let other = try link("other-name", to: archive.root)
        let elsewhere = ["XDG_CONFIG_HOME": archive(".config")]
        for line in [
            ["status", "--archive", other], ["verify", other + "/m.json"], ["verify", other + "/b"],
            ["verify", other + "/" + postPath(0)],
        ] {
            let ended = try TestSupport.run(
                command, arguments: line, environment: archive.environment(elsewhere), folder: "/")
            #expect(ended.status == 3, "\(line)\n\(ended)")
        }
        // `--keys` is the user's own choice, and a store outside the archive counts.
        try archive.run("verify", postPath(0), "--keys", ".config/provenance/keys/x", exits: 0, environment: elsewhere)
        try archive.run("verify", postPath(0), exits: 0)
    }

    @Test(arguments: [".", ".config"])
    func `A mount of the archive, or of a folder in it, elsewhere is inside it as well`(mounted: String) throws {
        let handed = try HandedOut()
        let place = handed.archive.folder("mounted")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        guard getuid() == 0,
            (try? TestSupport.run("mount", "--bind", handed.archive(mounted), place))?.status == 0
        else {
            print("SKIPPED: mounting needs root and the right to mount")
            return
        }
        defer { _ = try? TestSupport.run("umount", "-l", place) }
        try handed.expectNothingPinned(
            ["XDG_CONFIG_HOME": mounted == "." ? place + "/.config" : place], "lie inside")
    }

    @Test func `Keys inside a bundle under test do not count as pinned`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("export", "--bundle", archive.folder("b"), exits: 0)
        let place = archive.folder("b/.config/provenance/keys")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: try archive.pinnableKeys(), toPath: place + "/x")
        let ended = try archive.run(
            "verify", archive.folder("b"), exits: 1, environment: ["XDG_CONFIG_HOME": archive.folder("b/.config")])
        #expect(!ended.stdout.contains("pinned, quorum"), "\(ended)")
        #expect(ended.stderr.contains("lie inside"), "\(ended)")
    }

    @Test func `init pins nothing in a store inside the new archive, key pin refuses, and both say so`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let inside = ["XDG_CONFIG_HOME": archive(".config")]
        let made = try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0, environment: inside)
        #expect(made.stderr.contains("lie inside") && made.stderr.contains("key pin"), "\(made)")
        #expect(!FileManager.default.fileExists(atPath: archive(".config")))
        let pin = try archive.run("key", "pin", "keys", exits: 2, environment: inside)
        #expect(pin.stderr.contains("lie inside"), "\(pin)")
        #expect(!FileManager.default.fileExists(atPath: archive(".config")))
        // Also when `init` is what creates the archive's folder.
        try archive.run(
            "init", "--origin", "new.example", "new", exits: 0,
            environment: ["XDG_CONFIG_HOME": archive("new/.config")])
        #expect(!FileManager.default.fileExists(atPath: archive("new/.config")))
    }

    // MARK: No usable home

    /// Situations without a place to pin keys in, each with the message for it.
    static let homeless = ["none", "not there", "a file", "read-only"]

    @Test(arguments: homeless)
    func `Without a usable HOME init makes the archive, and says that and why nothing was pinned`(kind: String) throws {
        let archive = try CommandLineArchive(initializing: false)
        var prefix = ["env", "-u", "XDG_CONFIG_HOME"]
        switch kind {
        case "none": prefix += ["-u", "HOME"]
        case "not there": prefix += ["HOME=/proc/none"]
        case "a file": prefix += ["HOME=" + (try archive.folder.write("x", to: "file"))]
        default: prefix += ["HOME=/proc/self"]
        }
        let made = try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0, under: prefix)
        for words in ["log key     ", "signer key  ", "pinned in   nowhere: ", "provenance key pin keys", "--keys"] {
            #expect(made.stdout.contains(words), "\(words)\n\(made)")
        }
        let quiet = try archive.run("init", "--origin", "q.example", "q", "-q", exits: 0, under: prefix)
        #expect(quiet.output.isEmpty, "\(quiet)")
        for words in ["nothing was pinned", "key pin keys", "--keys"] {
            #expect(quiet.stderr.contains(words), "\(words)\n\(quiet)")
        }
        let json = try archive.json("init", "--origin", "j.example", "j", exits: 0, under: prefix)
        #expect(json["pinned"].isNull && json["notPinned"].string?.isEmpty == false)
        #expect(json["log"]["fingerprint"].string?.utf8.count == 64)
        // The archive is complete: it records, and its records stay inconclusive until its keys are pinned.
        try archive.write(samplePost(1), to: postPath(1))
        try archive.run("add", "_posts", exits: 0, under: prefix)
        try archive.run("status", exits: 3, under: prefix)
        try archive.run("key", "pin", "keys", exits: 0)
        try archive.run("status", exits: 0)
        try archive.run("audit", exits: 0)
    }

    // MARK: Long names

    @Test(arguments: [
        String(repeating: "新聞", count: 15) + "/x", String(repeating: "a/", count: 123) + "x",
        String(repeating: "a", count: 248), String(repeating: "新", count: 82) + "ab",
    ])
    func `An origin within its limit has a place in the store, however long its escaped name is`(origin: String) throws
    {
        let archive = try CommandLineArchive(initializing: false)
        try archive.run("init", "--origin", origin, exits: 0)
        try archive.write(samplePost(1), to: postPath(1))
        try archive.run("add", "_posts", exits: 0)
        try archive.run("status", exits: 0)
        let auditor = ["XDG_CONFIG_HOME": archive.folder("auditor")]
        try archive.run("key", "pin", "keys", exits: 0, environment: auditor)
        try archive.run("key", "pin", "keys", exits: 0, environment: auditor)
        try archive.run("audit", exits: 0, environment: auditor)
        let listed = try archive.json("key", "list", exits: 0, environment: auditor)
        #expect(listed["pinned"].items.count == 1)
        #expect(listed["pinned"].items.first?["logs"].items.first?["name"].string == origin)
    }

    @Test func `An origin over its limit is refused before anything is made`() throws {
        let archive = try CommandLineArchive(initializing: false)
        try archive.run("init", "--origin", String(repeating: "新", count: 83), exits: 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: archive.root) == [])
    }

    // MARK: Modes

    @Test(arguments: ["", "/x", "/x/log.vkey", "/x/signers"], [0o002, 0o020])
    func `A store, or a file in it, that others may write decides nothing`(part: String, bit: Int) throws {
        let archive = try CommandLineArchive.withPosts(1)
        let store = archive.folder("auditor/provenance/keys")
        try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: try archive.pinnableKeys(), toPath: store + "/x")
        let auditor = ["XDG_CONFIG_HOME": archive.folder("auditor")]
        try archive.run("verify", postPath(0), exits: 0, environment: auditor)
        let mode = try #require(
            try FileManager.default.attributesOfItem(atPath: store + part)[.posixPermissions] as? Int)
        try FileManager.default.setAttributes([.posixPermissions: mode | bit], ofItemAtPath: store + part)
        for line in [["verify", postPath(0)], ["status"], ["audit"], ["key", "list"], ["key", "pin", "keys"]] {
            let ended = try archive.run(line, exits: 2, environment: auditor)
            #expect(ended.stderr.contains("E-KEY") && ended.stderr.contains("chmod go-w"), "\(ended)")
        }
        // Keys named by an option are the user's own choice.
        try archive.run("verify", postPath(0), "--keys", store + "/x", exits: 0, environment: auditor)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: store + part)
        try archive.run("verify", postPath(0), exits: 0, environment: auditor)
    }
}

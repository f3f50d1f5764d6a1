import Foundation
import TestSupport
import Testing

/// Damaged files are restored from an untrusted copy, and nothing else is written.
@Suite struct RepairTests {
    /// An archive of 300 posts, so that there is a full tile, a partial one and a level above, with a copy of its log.
    private func sample() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(300)
        try archive.write(samplePost(301), to: postPath(301))
        try archive.run("add", "_posts", exits: 0)
        // Partial tiles of the smaller tree, which no checkpoint covers any more.
        for path in archive.files(below: "log") where path.hasSuffix(".p/45") { try archive.remove(path) }
        try archive.run("export", "-q", "-o", archive.folder("all.json"), exits: 0)
        try archive.copy("log", to: "mirror")
        return archive
    }

    private func log(_ archive: CommandLineArchive) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for path in archive.files(below: "log") { files[path] = try archive.read(path) }
        return files
    }

    private func restored(_ report: JSON) -> [String] { report["restored"].items.compactMap { $0["path"].string } }

    // MARK: From a copy

    @Test func `a bit of each file of the log in turn is put right from a copy, and an audit passes`() throws {
        let archive = try sample()
        let sound = try log(archive)
        #expect(sound.count == 6, "\(sound.keys.sorted())")
        var random = FixedRandom(seed: 7)
        for (path, bytes) in sound.sorted(by: { $0.key < $1.key }) {
            for _ in 0..<3 {
                let bit = Int.random(in: 0..<(8 * bytes.count), using: &random)
                try archive.overwrite(path, with: bytes.flipping(bit: bit))
                let tried = try archive.json("repair", "--from", archive.folder("mirror"), "--dry-run", exits: 0)
                #expect(restored(tried) == [path], "bit \(bit)")
                #expect(try archive.read(path) != bytes, "nothing was written")
                let report = try archive.json("repair", "--from", archive.folder("mirror"), exits: 0)
                #expect(restored(report) == [path], "bit \(bit)")
                #expect(try log(archive) == sound, "\(path), bit \(bit)")
            }
        }
        try archive.run("audit", exits: 0)
        let again = try archive.run("repair", "--from", archive.folder("mirror"), exits: 0)
        #expect(again.stdout.contains("nothing was damaged"))
    }

    @Test(arguments: ["gone", "empty", "cut", "doubled", "link", "all at once"])
    func `a file that is gone, cut or another thing is put right`(damage: String) throws {
        let archive = try sample()
        let sound = try log(archive)
        if damage == "all at once" { try FileManager.default.removeItem(atPath: archive("log")) }
        for (path, bytes) in sound where damage != "all at once" {
            switch damage {
            case "empty": try archive.overwrite(path, with: [])
            case "cut": try archive.overwrite(path, with: Array(bytes.dropLast()))
            case "doubled": try archive.overwrite(path, with: bytes + bytes)
            case "link":
                try archive.remove(path)
                try FileManager.default.createSymbolicLink(atPath: archive(path), withDestinationPath: "/etc/passwd")
            default: try archive.remove(path)
            }
        }
        let report = try archive.json("repair", "--from", archive.folder("mirror"), exits: 0)
        #expect(Set(restored(report)) == Set(sound.keys))
        #expect(try log(archive) == sound)
        try archive.run("audit", exits: 0)
    }

    @Test func `files that are right are not written`() throws {
        let archive = try sample()
        func stamps() throws -> [String: String] {
            var stamps: [String: String] = [:]
            for path in archive.files(below: "log") {
                let attributes = try FileManager.default.attributesOfItem(atPath: archive(path))
                stamps[path] = "\(attributes[.systemFileNumber] ?? 0) \(attributes[.modificationDate] ?? 0)"
            }
            return stamps
        }
        var before = try stamps()
        let path = "log/tile/entries/000"
        try archive.overwrite(path, with: try archive.read(path).flipping(bit: 99))
        before[path] = nil
        try archive.run("repair", "--from", archive.folder("mirror"), exits: 0)
        var after = try stamps()
        after[path] = nil
        #expect(before == after)
    }

    @Test func `what can be made of the log itself needs no right copy`() throws {
        let archive = try sample()
        let sound = try log(archive)
        for path in sound.keys where path.contains("/tile/") && !path.contains("entries") { try archive.remove(path) }
        try FileManager.default.createDirectory(atPath: archive.folder("empty/tile"), withIntermediateDirectories: true)
        let report = try archive.json("repair", "--from", archive.folder("empty"), exits: 0)
        #expect(restored(report).count == 3)
        #expect(try log(archive) == sound)
    }

    @Test func `an archive, and a newer copy, serve as well`() throws {
        let archive = try sample()
        let sound = try log(archive)
        try archive.copy(".", to: "other")
        try archive.write(samplePost(400), to: postPath(400))
        for _ in 0..<2 {
            for path in ["log/tile/0/000", "log/tile/entries/000"] { try archive.remove(path) }
            let report = try archive.json("repair", "--from", archive.folder("other"), exits: 0)
            #expect(restored(report) == ["log/tile/0/000", "log/tile/entries/000"])
            #expect(try log(archive) == sound)
            // The other archive keeps growing; its tiles begin like this one's.
            let adding = try TestSupport.run(
                command, arguments: ["add", "-q", "--archive", archive.folder("other"), archive(postPath(400))],
                environment: archive.environment(), folder: archive.root)
            #expect(adding.status == 0, "\(adding)")
        }
    }

    // MARK: From entries

    @Test(arguments: ["all.json", "bundle"])
    func `bundles and tiles come back from a manifest or a bundle`(source: String) throws {
        let archive = try sample()
        if source == "bundle" { try archive.run("export", "-q", "--bundle", archive.folder("bundle"), exits: 0) }
        let sound = try log(archive)
        for paths in [["log/tile/entries/000"], ["log/tile/entries/000", "log/tile/0/000"], Array(sound.keys)] {
            for path in paths where path != "log/checkpoint" || source == "all.json" { try archive.remove(path) }
            try archive.run("repair", "--from", archive.folder(source), exits: 0)
            #expect(try log(archive) == sound, "\(paths)")
        }
        try archive.run("audit", exits: 0)
    }

    @Test func `entries that a manifest does not hold are said to be lost`() throws {
        let archive = try sample()
        try archive.run("export", "-q", "--index", "0..99", "-o", archive.folder("some.json"), exits: 0)
        let path = "log/tile/entries/000"
        let bytes = try archive.read(path)
        try archive.remove(path)
        let report = try archive.json("repair", "--from", archive.folder("some.json"), exits: 1)
        let problem = try #require(report["problems"].items.first)
        #expect(problem["code"].string == "E-NOT-RESTORED" && problem["place"].string == path)
        #expect(problem["reason"].string?.contains("156 of its entries, the first 100") == true, "\(problem)")
        // The first entries are in the damaged file, the last ones in the manifest: together they are complete.
        try archive.overwrite(path, with: Array(bytes.prefix(bytes.count / 2)))
        try archive.run("repair", "--from", archive.folder("all.json"), exits: 0)
        #expect(try archive.read(path) == bytes)
    }

    // MARK: A hostile copy

    @Test(arguments: ["another log", "forged", "links", "linked folder", "giant", "fifo", "swapped", "nothing"])
    func `a copy that is wrong restores nothing wrong`(kind: String) throws {
        let archive = try sample()
        let sound = try log(archive)
        let mirror = archive.folder("mirror")
        let names = sound.keys.filter { $0.contains("/tile/") }.map { String($0.dropFirst(4)) }
        switch kind {
        case "another log":
            let other = try CommandLineArchive.withPosts(301)
            _ = try TestSupport.run("rm", "-rf", mirror)
            _ = try TestSupport.run("cp", "-a", other("log"), mirror)
        case "forged":
            for name in names {
                try archive.folder.write(
                    try archive.folder.read("mirror/" + name).flipping(bit: 100), to: "mirror/" + name)
            }
        case "links", "linked folder":
            try archive.copy("log", to: "elsewhere")
            if kind == "linked folder" {
                try FileManager.default.removeItem(atPath: mirror + "/tile")
                try FileManager.default.createSymbolicLink(
                    atPath: mirror + "/tile", withDestinationPath: archive.folder("elsewhere/tile"))
                break
            }
            for name in names {
                try FileManager.default.removeItem(atPath: mirror + "/" + name)
                try FileManager.default.createSymbolicLink(
                    atPath: mirror + "/" + name, withDestinationPath: archive.folder("elsewhere/" + name))
            }
        case "giant":
            for name in names { _ = try TestSupport.run("truncate", "-s", "4G", mirror + "/" + name) }
        case "fifo":
            for name in names {
                try FileManager.default.removeItem(atPath: mirror + "/" + name)
                _ = try TestSupport.run("mkfifo", mirror + "/" + name)
            }
        case "swapped":
            _ = try TestSupport.run("mv", mirror + "/tile/entries/000", mirror + "/x")
            _ = try TestSupport.run("mv", mirror + "/tile/0/000", mirror + "/tile/entries/000")
            _ = try TestSupport.run("mv", mirror + "/x", mirror + "/tile/0/000")
        default:
            for name in names { try FileManager.default.removeItem(atPath: mirror + "/" + name) }
        }
        let damaged = ["log/tile/entries/000", "log/tile/0/000"]
        for path in damaged { try archive.overwrite(path, with: try archive.read(path).flipping(bit: 4_001)) }
        let before = try log(archive)
        let report = try archive.json("repair", "--from", mirror, exits: 1)
        #expect(restored(report).isEmpty)
        let places = report["problems"].items.compactMap { $0["place"].string }
        #expect(!places.isEmpty && places.allSatisfy { damaged.contains($0) }, "\(places)")
        #expect(try log(archive) == before, "nothing was written")
        #expect(try log(archive).filter { !damaged.contains($0.key) } == sound.filter { !damaged.contains($0.key) })
    }

    // MARK: The checkpoint

    @Test func `a damaged checkpoint is replaced by the newest that the pinned key signed, never by an older one`()
        throws
    {
        let archive = try sample()
        let sound = try log(archive)
        // Yesterday's copy: its checkpoint is validly signed, but old.
        try archive.copy("log", to: "old")
        try archive.write(samplePost(500), to: postPath(500))
        try archive.run("add", "_posts", exits: 0)
        let checkpoint = try archive.read("log/checkpoint")
        try archive.overwrite("log/checkpoint", with: checkpoint.flipping(bit: 200))
        let report = try archive.json("repair", "--from", archive.folder("old"), exits: 0)
        #expect(restored(report) == ["log/checkpoint"])
        #expect(try archive.read("log/checkpoint") == checkpoint, "what was signed last, and is kept here")

        // Without `last-signed`, a copy that is as new will do, if a pinned key signed it.
        for path in [".provenance/last-signed", "keys/log.last-signed", "log/checkpoint"] { try archive.remove(path) }
        let forger = try CommandLineArchive.withPosts(3)
        _ = try archive.run("repair", "--from", forger("log"), exits: 1)
        #expect(!FileManager.default.fileExists(atPath: archive("log/checkpoint")))
        // A manifest shows how long the log was: its checkpoint outranks that of yesterday's copy.
        try archive.overwrite("log/checkpoint", with: checkpoint)
        try archive.run("export", "-q", "-o", "Manifests/all.json", exits: 0)
        try archive.remove("log/checkpoint")
        let again = try archive.json("repair", "--from", archive.folder("old"), exits: 0)
        #expect(again["restored"].items.first?["found"].string?.contains("taken from Manifests/all.json") == true)
        #expect(try archive.read("log/checkpoint") == checkpoint)
        #expect(sound["log/checkpoint"] != checkpoint)
    }

    @Test func `a log that was set back is mended as it is, and the repair says so`() throws {
        let archive = try sample()
        try archive.write(samplePost(500), to: postPath(500))
        try archive.run("add", "_posts", exits: 0)
        try archive.restore("log", from: "mirror")
        try archive.remove("log/tile/entries/000")
        let report = try archive.json("repair", "--from", archive.folder("mirror"), exits: 1)
        #expect(restored(report) == ["log/tile/entries/000"])
        #expect(report["problems"].items.first?["code"].string == "E-LOG-ROLLED-BACK")
    }

    @Test func `with nothing pinned nothing is restored`() throws {
        let archive = try sample()
        try archive.remove("log/tile/entries/000")
        let ended = try archive.run(
            "repair", "--from", archive.folder("mirror"), exits: 3,
            environment: ["XDG_CONFIG_HOME": archive.folder("none")])
        #expect(ended.stderr.contains("E-KEY-NOT-PINNED"))
        try archive.run("repair", "--from", archive.folder("mirror"), "--keys", try archive.pinnableKeys(), exits: 0)
        for (name, code) in [("nowhere", "E-UNREADABLE"), ("archive/_posts", "E-USAGE"), ("config", "E-USAGE")] {
            #expect(
                try archive.run("repair", "--from", archive.folder(name), exits: 2).stderr.contains(code), "\(name)")
        }
        try archive.write("{}", to: "x.json")
        #expect(try archive.run("repair", "--from", "x.json", exits: 2).stderr.contains("E-MANIFEST-MALFORMED"))
    }
}

import Foundation
import TestSupport
import Testing

/// Which checkpoint a repair uses: one that no other checkpoint contradicts, chosen before anything is written.
@Suite struct RepairCheckpointTests {
    private static let memory = [".provenance/last-signed", "keys/log.last-signed"]

    /// An archive of 301 entries; `old` is a copy of its log.
    private func sample() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(300)
        try archive.copy("log", to: "old")
        return archive
    }

    /// Adds these posts, each with an accession of its own.
    private func grow(_ archive: CommandLineArchive, _ posts: ClosedRange<Int>) throws {
        for number in posts { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.run("add", "-q", "_posts", exits: 0)
    }

    /// A clone of the whole archive, with its keys, to which other posts are added; with more posts it has more entries
    /// than the archive.
    private func clone(_ archive: CommandLineArchive, to name: String, _ posts: ClosedRange<Int>) throws {
        try archive.copy(".", to: name)
        for number in posts {
            try archive.folder.write(samplePost(number), to: name + "/" + postPath(number))
        }
        let ended = try TestSupport.run(
            command, arguments: ["add", "-q", "--archive", archive.folder(name), archive.folder(name + "/_posts")],
            environment: archive.environment(), folder: archive.folder(name))
        #expect(ended.status == 0, "\(ended)")
    }

    private func log(_ archive: CommandLineArchive) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for path in archive.files(below: "log") { files[path] = try archive.read(path) }
        return files
    }

    /// The output of a repair, as a dry run and for real: both must say the same.
    private func repair(
        _ archive: CommandLineArchive, from source: String, exits status: Int32,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSON {
        let before = try log(archive)
        let arguments = ["repair", "--from", archive.folder(source), "--json"]
        let tried = try archive.run(arguments + ["--dry-run"], exits: status, sourceLocation: sourceLocation).stdout
        #expect(try log(archive) == before, "a trial writes nothing", sourceLocation: sourceLocation)
        let done = try archive.run(arguments, exits: status, sourceLocation: sourceLocation)
        let wanted = tried.replacingOccurrences(of: "\"dryRun\":true", with: "\"dryRun\":false")
        #expect(done.stdout == wanted, sourceLocation: sourceLocation)
        return try #require(try JSON.lines(done.output).first, sourceLocation: sourceLocation)
    }

    /// A repair that must change nothing, and give a reason about the checkpoint.
    private func refused(
        _ archive: CommandLineArchive, from source: String, because words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try log(archive)
        let report = try repair(archive, from: source, exits: 1, sourceLocation: sourceLocation)
        let problem = try #require(report["problems"].items.first, sourceLocation: sourceLocation)
        #expect(problem["code"].string == "E-NOT-RESTORED", "\(problem)", sourceLocation: sourceLocation)
        #expect(problem["place"].string == "log/checkpoint", "\(problem)", sourceLocation: sourceLocation)
        #expect(problem["reason"].string?.contains(words) == true, "\(problem)", sourceLocation: sourceLocation)
        #expect(report["restored"].items.isEmpty, sourceLocation: sourceLocation)
        #expect(try log(archive) == before, "the archive is as it was", sourceLocation: sourceLocation)
    }

    // MARK: A damaged checkpoint

    @Test func `a fork of the same key overwrites nothing`() throws {
        let archive = try sample()
        try clone(archive, to: "longer", 400...450)
        try clone(archive, to: "equal", 400...401)
        try clone(archive, to: "shorter", 400...400)
        try grow(archive, 301...302)
        try archive.run("export", "-q", "-o", archive.folder("all.json"), exits: 0)
        try archive.overwrite("log/checkpoint", with: try archive.read("log/checkpoint").flipping(bit: 300))
        try archive.remove("log/tile/entries/000")
        let before = try log(archive)
        try refused(archive, from: "longer", because: "longer: checkpoint does not extend .provenance/last-signed")
        try refused(archive, from: "equal", because: "another root for the same size 304")
        try refused(archive, from: "shorter", because: ".provenance/last-signed does not extend")
        // In a git clone, which has no `last-signed`, the manifest counts as well.
        for path in RepairCheckpointTests.memory { try archive.remove(path) }
        let manifest = try archive.folder.read("all.json")
        try archive.overwrite("Manifests/all.json", with: manifest)
        try refused(archive, from: "longer", because: "longer: checkpoint does not extend Manifests/all.json")
        #expect(try log(archive) == before)
        try archive.run("repair", "--from", "Manifests/all.json", exits: 0)
        try archive.run("audit", exits: 0)
    }

    @Test func `a longer copy of the same log takes the place of a damaged checkpoint`() throws {
        let archive = try sample()
        try clone(archive, to: "longer", 400...450)
        for path in ["log/checkpoint", "log/tile/0/000", "log/tile/entries/000"] {
            try archive.overwrite(path, with: [])
        }
        // A signature by a key that is not pinned comes with the copy, and is kept.
        let copied = try archive.folder.read("longer/log/checkpoint")
        let line = "\u{2014} stranger.example " + Data(repeating: 7, count: 68).base64EncodedString() + "\n"
        try archive.folder.write(copied + Array(line.utf8), to: "longer/log/checkpoint")
        let report = try repair(archive, from: "longer", exits: 0)
        #expect(report["restored"].items.first?["path"].string == "log/checkpoint")
        #expect(try archive.read("log/checkpoint") == copied)
        #expect(try repair(archive, from: "longer", exits: 0)["restored"].items.isEmpty)
    }

    @Test(arguments: ["tiles", "a manifest's signature", "the memory", "a key's memory", "a link"])
    func `a copy of yesterday does not set the log back`(witness: String) throws {
        let archive = try sample()
        try grow(archive, 301...301)
        try archive.run("export", "-q", "-o", "Manifests/jan.json", exits: 0)
        let manifest = try archive.read("Manifests/jan.json")
        var kept: [String: [UInt8]] = [:]
        for path in RepairCheckpointTests.memory {
            kept[path] = try archive.read(path)
            try archive.remove(path)
        }
        try archive.remove("Manifests/jan.json")
        if witness != "tiles" { try archive.restore("log", from: "old") }
        let sound = try archive.read("log/checkpoint")
        try archive.remove("log/checkpoint")
        let damaged: String
        switch witness {
        case "tiles": return try refused(archive, from: "old", because: "is of a longer log")
        case "a manifest's signature":
            damaged = "Manifests/jan.json"
            // A digit near the end of the note's signature line.
            var text = String(decoding: manifest, as: UTF8.self)
            let end = try #require(text.range(of: "\\n\","), "the note's end")
            let place = text.index(end.lowerBound, offsetBy: -10)
            text.replaceSubrange(place...place, with: text[place] == "A" ? "B" : "A")
            try archive.write(text, to: damaged)
        case "a link":
            damaged = ".provenance/last-signed"
            try FileManager.default.createSymbolicLink(atPath: archive(damaged), withDestinationPath: "/etc/passwd")
        default:
            damaged = RepairCheckpointTests.memory[witness == "the memory" ? 0 : 1]
            try archive.overwrite(damaged, with: (kept[damaged] ?? []).flipping(bit: 301))
        }
        try refused(archive, from: "old", because: "is what was signed last cannot be said")
        // With a sound log checkpoint it is still a problem: whether the log was set back is unknown.
        try archive.overwrite("log/checkpoint", with: sound)
        let report = try archive.json("repair", "--from", archive.folder("old"), exits: witness == "a link" ? 2 : 1)
        #expect(report["problems"].items.compactMap { $0["place"].string?.hasSuffix(damaged) } == [true], "\(report)")
    }

    @Test func `no log folder is made when nothing can be restored`() throws {
        let archive = try sample()
        try archive.remove("log")
        try FileManager.default.createDirectory(atPath: archive.folder("empty/tile"), withIntermediateDirectories: true)
        try refused(archive, from: "empty", because: "do not give the root of .provenance/last-signed")
        #expect(!FileManager.default.fileExists(atPath: archive("log")))
    }

    // MARK: A sound checkpoint

    @Test func `a copy that shows another log of the same key is said, whatever is restored from it`() throws {
        let archive = try sample()
        try clone(archive, to: "longer", 400...450)
        try clone(archive, to: "equal", 400...401)
        try clone(archive, to: "shorter", 400...400)
        try grow(archive, 301...302)
        let sound = try archive.read("log/tile/entries/000")
        for (source, words) in [
            ("longer", "does not extend it"), ("equal", "another one than"), ("shorter", "than it was at size 303"),
        ] {
            try archive.remove("log/tile/entries/000")
            let report = try repair(archive, from: source, exits: 1)
            #expect(report["restored"].items.compactMap { $0["path"].string } == ["log/tile/entries/000"])
            #expect(try archive.read("log/tile/entries/000") == sound)
            #expect(report["problems"].items.compactMap { $0["code"].string } == ["E-LOG-ROLLED-BACK"], "\(report)")
            #expect(report["problems"].items.first?["reason"].string?.contains(words) == true, "\(report)")
        }
    }

    @Test func `a longer copy of the same log is a remark`() throws {
        let archive = try sample()
        try clone(archive, to: "longer", 400...450)
        let report = try repair(archive, from: "longer", exits: 0)
        let remark = "of 353 entries, the log of 301: this log was set back, or is behind"
        #expect(report["remarks"].items.compactMap { $0.string?.hasSuffix(remark) } == [true], "\(report)")
        #expect(try repair(archive, from: "old", exits: 0)["remarks"].items.isEmpty)
    }

    // MARK: Tiles that nobody vouches for

    @Test func `what is made of entries alone stands in for a tile that is lost and one that is wrong`() throws {
        let archive = try CommandLineArchive.withPosts(600)
        try archive.run("export", "-q", "-o", archive.folder("all.json"), exits: 0)
        let sound = try log(archive)
        let full = "log/tile/0/000"
        try archive.remove("log/tile/1/000.p/2")
        try archive.overwrite(full, with: try archive.read(full).flipping(bit: 900))
        try archive.copy("log", to: "damaged")
        let report = try repair(archive, from: "all.json", exits: 0)
        #expect(report["restored"].items.compactMap { $0["path"].string } == ["log/tile/1/000.p/2", full])
        #expect(try log(archive) == sound)

        // Without the entries nothing shows which tile at the edge is right.
        try archive.restore("log", from: "damaged")
        try archive.remove("log/tile/entries/000")
        try archive.copy("log", to: "damaged")
        let unjudged = try repair(archive, from: "damaged", exits: 1)["problems"].items
        let right = unjudged.first { $0["place"].string == "log/tile/0/002.p/89" }
        #expect(right?["reason"].string?.hasPrefix("not vouched for: it may be right or wrong") == true, "\(unjudged)")
    }
}

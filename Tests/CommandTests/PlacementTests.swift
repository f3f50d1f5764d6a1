import Foundation
import TestSupport
import Testing

/// Paths in registers, manifests and the index are untrusted: never opened when they lead out of the archive, to a
/// device, a FIFO or a link. Opening a FIFO would hang, so each command here has a time limit.
@Suite struct PlacementTests {
    private let limit = 20.0

    @Test func `Links and special files are never followed or opened, and stand on the register as refused`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let outside = try archive.folder.write(samplePost(50), to: "outside/secret.md")
        let links = [
            "_posts/absolute.md": outside, "_posts/relative.md": "0000.md", "_posts/dangling.md": "nowhere",
            "_posts/zero.md": "/dev/zero", "_posts/folder": archive.folder("outside"), "_posts/loop": "../_posts",
            "linked": archive.folder("outside"),
        ]
        for (path, target) in links {
            try FileManager.default.createSymbolicLink(atPath: archive(path), withDestinationPath: target)
        }
        try #require(mkfifo(archive("_posts/fifo.md"), 0o644) == 0)
        let before = try archive.json("status", exits: 0)
        #expect(before["counts"]["unrecorded"].int == links.count, "all but the folder outside _posts, and the FIFO")
        let added = try archive.json("add", "_posts", "linked", "/dev/zero", exits: 2)
        #expect(added["recorded"].int == 0 && added["known"].int == 0)
        let places = added["problems"].items.filter { $0["code"].string == "E-NOT-REGULAR" }.compactMap {
            $0["place"].string
        }
        #expect(places.sorted() == (Array(links.keys) + ["_posts/fifo.md", "/dev/zero"]).sorted())
        let lines = try archive.files(below: "accessions").flatMap { try JSON.lines(try archive.read($0)) }
        #expect(
            lines.filter { $0["error"].string == "E-NOT-REGULAR" && $0["sha256"].string == nil }.count == places.count)
        try archive.run("add", "_posts", "linked", exits: 0, limit: limit)
        try archive.run("status", exits: 0, limit: limit)
        try archive.run("export", "-o", "m.json", exits: 0)
        for path in links.keys.sorted() + ["_posts/fifo.md"] {
            try archive.run("verify", path, exits: 2, limit: limit)
            try archive.run("prove", path, "-o", "p", exits: 2, limit: limit)
        }
        try archive.run("verify", "m.json", "--posts", "_posts", exits: 0, limit: limit)
        // A named folder may be a link; this one leads to other posts.
        try archive.run("verify", "m.json", "--posts", "linked", exits: 1, limit: limit)
    }

    @Test func `A recorded post whose place is taken by a link or a FIFO is unreadable, never opened`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try FileManager.default.moveItem(atPath: archive(postPath(0)), toPath: archive.folder("moved.md"))
        try FileManager.default.createSymbolicLink(
            atPath: archive(postPath(0)), withDestinationPath: archive.folder("moved.md"))
        try archive.remove(postPath(1))
        try #require(mkfifo(archive(postPath(1)), 0o644) == 0)
        let status = try archive.json("status", exits: 1)
        #expect(status["counts"]["unreadable"].int == 2 && status["counts"]["ok"].int == 1)
        try archive.run("verify", "_posts", exits: 2, limit: limit)
        // Not even after it was added again.
        try archive.run("add", "_posts", exits: 2, limit: limit)
        try archive.run("status", exits: 1, limit: limit)
    }

    @Test func `A FIFO in the place of any file that a command reads ends it with 2`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("export", "-o", "m.json", exits: 0)
        try #require(mkfifo(archive("pipe"), 0o644) == 0)
        for line in [
            ["verify", "pipe"], ["verify", "--proof", "pipe"], ["verify", "m.json", "--keys", "pipe"],
            ["verify", "m.json", "--posts", "pipe"],
            ["add", "--files-from", "pipe"], ["key", "pin", "pipe"], ["audit", "--since", "pipe"],
            ["export", "-o", "n.json", "--since", "pipe"], ["prove", "pipe", "-o", "p"],
            ["add", "_posts", "--passphrase-file", "pipe"],
        ] { try archive.run(line, exits: 2, limit: limit) }
        try archive.run("show", "pipe", exits: 3, limit: limit)
        for path in [
            "log/checkpoint", "keys/log.vkey", "keys/log.key.pem", ".provenance/config", ".provenance/last-signed",
        ] {
            try archive.copy(path, to: "kept")
            try archive.remove(path)
            try #require(mkfifo(archive(path), 0o644) == 0)
            try archive.run("add", "_posts", exits: 2, limit: limit)
            try archive.run("audit", exits: nil, limit: limit)
            try archive.run("status", exits: nil, limit: limit)
            try archive.restore(path, from: "kept")
        }
        for path in archive.files(below: "log/tile") + archive.files(below: "accessions") {
            try archive.copy(path, to: "kept")
            try archive.remove(path)
            try #require(mkfifo(archive(path), 0o644) == 0)
            let ended = try archive.run("audit", exits: nil, limit: limit)
            // What an unreadable register would say is unknown.
            #expect(
                path.hasPrefix("accessions") ? ended.status == 3 : [1, 2].contains(ended.status), "\(path)\n\(ended)")
            try archive.run("status", exits: nil, limit: limit)
            try archive.run("verify", "_posts", exits: nil, limit: limit)
            try archive.restore(path, from: "kept")
        }
        try archive.run("audit", exits: 0)
    }

    /// Places that a manifest's maker can write; `{}` stands for the test's own folder.
    static let places = [
        "../outside/pipe.md", "{}/outside/pipe.md", "/dev/zero", "/dev/tty", "pipe.md", "./pipe.md",
        "_posts/../pipe.md",
        "_posts//../../outside/pipe.md", "", ".", "..", "/", "_posts", "_posts/pipe.md", "_posts/link.md", "a\0b",
    ]

    @Test func `A manifest's placements are labels and never opened`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try FileManager.default.createDirectory(atPath: archive.folder("outside"), withIntermediateDirectories: false)
        for path in ["archive/pipe.md", "outside/pipe.md", "archive/_posts/pipe.md"] {
            try #require(mkfifo(archive.folder(path), 0o644) == 0)
        }
        try FileManager.default.createSymbolicLink(atPath: archive("_posts/link.md"), withDestinationPath: "pipe.md")
        try archive.run("export", "-o", "m.json", exits: 0)
        let manifest = String(decoding: try archive.read("m.json"), as: UTF8.self)
        let placement = "\"placements\":[{\"path\":\"\(postPath(0))\",\"root\":\".\"}]"
        try #require(manifest.contains(placement))
        for place in PlacementTests.places {
            let path = place.replacingOccurrences(of: "{}", with: archive.folder.path)
                .replacingOccurrences(of: "\0", with: "\\u0000")
            for root in [".", "..", "/", "/dev"] {
                let forged = "\"placements\":[{\"path\":\"\(path)\",\"root\":\"\(root)\"}]"
                try archive.write(manifest.replacingOccurrences(of: placement, with: forged), to: "forged.json")
                // The content is found by digest wherever it is; the label changes nothing.
                try archive.run("verify", "forged.json", "--posts", "_posts", exits: 0, limit: limit)
                try archive.run("verify", "forged.json", exits: 0, limit: limit)
            }
        }
        // With the post altered each label must still not be opened.
        try archive.write(samplePost(0, words: "Altered."), to: postPath(0))
        for place in PlacementTests.places.prefix(8) {
            let path = place.replacingOccurrences(of: "{}", with: archive.folder.path)
            let forged = "\"placements\":[{\"path\":\"\(path)\",\"root\":\".\"}]"
            try archive.write(manifest.replacingOccurrences(of: placement, with: forged), to: "forged.json")
            try archive.run("verify", "forged.json", "--posts", "_posts", exits: 1, limit: limit)
        }
    }

    @Test func `A register that was written by hand and signed leads nowhere outside`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try FileManager.default.createDirectory(atPath: archive.folder("outside"), withIntermediateDirectories: false)
        for path in ["archive/pipe.md", "outside/pipe.md"] { try #require(mkfifo(archive.folder(path), 0o644) == 0) }
        let paths = PlacementTests.places.map { $0.replacingOccurrences(of: "{}", with: archive.folder.path) }
        try HandMadeAccession(archive).append(placing: 0, at: paths)
        for line in [["status"], ["audit"], ["list"], ["reindex"], ["status", "--json"], ["show", "0"]] {
            let ended = try archive.run(line, exits: nil, limit: limit)
            #expect(ended.status == 0 || ended.status == 1, "\(line)\n\(ended)")
        }
        let status = try archive.json("status", exits: 1)
        #expect((status["counts"]["outside"].int ?? 0) > 5, "\(status)")
        try archive.remove(".provenance/index.sqlite")
        try archive.run("add", "_posts", exits: 0, limit: limit)
        try archive.run("export", "-o", "m.json", exits: 0, limit: limit)
        try archive.run("verify", "m.json", "--posts", "_posts", exits: 0, limit: limit)
    }

    @Test func `A source outside the archive is recorded under its own root and never looked for again`() throws {
        let archive = try CommandLineArchive()
        try archive.folder.write(samplePost(1), to: "outside/one.md")
        try archive.folder.write(samplePost(2), to: "outside/deep/two.md")
        try archive.run("add", "../outside", exits: 0)
        #expect(try archive.json("add", "../outside", exits: 0)["unchanged"].int == 2)
        try archive.run("verify", "../outside", exits: 0)
        // Nothing was opened, and nothing checked is no success.
        let status = try archive.json("status", exits: 3)
        #expect(status["counts"]["outside"].int == 2)
        try FileManager.default.removeItem(atPath: archive.folder("outside"))
        let ended = try archive.run("status", exits: 3)
        #expect(ended.stdout.contains("every registered post is outside the archive"), "\(ended)")
        try archive.write(samplePost(3), to: postPath(3))
        try archive.run("add", "_posts", exits: 0)
        #expect(try archive.run("status", exits: 0).stdout.contains("2 outside the archive, never opened"))
    }
}

import Foundation
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestSupport
import Testing

@Suite("A manifest and a folder of posts")
struct ManifestPostsTests {
    let keys: SampleKeys
    let trust: Trust
    let folder: TemporaryFolder
    let archive: TemporaryFolder
    let log: SampleLog

    init() throws {
        keys = try SampleKeys()
        trust = try keys.trust()
        folder = try TemporaryFolder()
        archive = try TemporaryFolder()
        log = try SampleLog(12, keys: keys)
        for (index, post) in log.posts { try archive.write(post, to: "site/" + SampleLog.path(index)) }
    }

    private func compare(_ manifest: [UInt8]? = nil, with relative: String = "site") throws -> Outcome {
        try verify(try manifest ?? log.range(), trust: trust, posts: archive(relative), in: folder)
    }

    @Test("every statement is rebuilt, wherever the folder begins", arguments: ["site", "site/_posts", "."])
    func same(relative: String) throws {
        let outcome = try compare(with: relative)
        #expect(outcome.status == .verified)
        #expect(outcome.problems.isEmpty)
        let report = try #require(outcome.report)
        let posts = UInt64(log.posts.count)
        #expect(report.counts.count(.content, .proven) == posts)
        #expect(report.counts.count(.source, .proven) == posts)
        #expect(report.counts.count(.published, .proven) == posts)
        #expect(report.counts.count(.recorded, .proven) == 0)
        #expect(report.posts?.files == posts)
        #expect(report.posts?.unmatched == 0)
        #expect(!report.sentence.contains("no post was compared"))
    }

    @Test("an altered post is named with the parts that changed", arguments: ["site", "site/_posts", "."])
    func altered(relative: String) throws {
        try archive.write(SampleLog.post(7, body: "other words"), to: "site/" + SampleLog.path(7))
        let outcome = try compare(with: relative)
        #expect(outcome.status == .failed)
        #expect(outcome.codes == ["E-ALTERED"])
        let problem = try #require(outcome.problems.first)
        #expect(problem.place == "entry 7 (\(SampleLog.path(7)))")
        #expect(problem.reason.contains("E-BODY-CHANGED") && problem.reason.contains("E-WORDS-CHANGED"))
        #expect(!problem.reason.contains("E-FRONT-MATTER-CHANGED"))
        #expect(outcome.report?.counts.count(.content, .failed) == 1)
        #expect(outcome.report?.posts?.unmatched == 1)
    }

    @Test(
        "a post that is no longer one is altered all the same", arguments: ["", "no front matter\n", "---\ntitle: x\n"])
    func brokenPost(text: String) throws {
        try archive.write(text, to: "site/" + SampleLog.path(7))
        let outcome = try compare()
        #expect(outcome.status == .failed)
        #expect(outcome.codes == ["E-ALTERED"])
        #expect(outcome.problems.first?.reason.contains("no longer a post") == true)
    }

    @Test("an altered post that was recorded anew is superseded, both entries named, and still fails")
    func superseded() throws {
        let new = SampleLog.post(7, body: "other words")
        let longer = try SampleLog(14, keys: keys, posts: [13: new])
        try archive.write(try #require(longer.posts[12]), to: "site/" + SampleLog.path(12))
        try archive.write(new, to: "site/" + SampleLog.path(7))
        let manifest = try longer.manifest(.range(from: 0, to: 14)) { index, record in
            SampleLog.labels(index == 13 ? 7 : index, record)
        }
        let outcome = try compare(manifest)
        #expect(outcome.status == .failed)
        #expect(outcome.codes == ["E-ALTERED"])
        #expect(outcome.problems.first?.place.hasPrefix("entry 7 ") == true)
        #expect(outcome.problems.first?.reason.contains("superseded: the new bytes are entry 13") == true)
    }

    @Test("a post that is gone is missing; one that was moved is not")
    func missing() throws {
        let manager = FileManager.default
        try manager.removeItem(atPath: archive("site/" + SampleLog.path(0)))
        try manager.moveItem(
            atPath: archive("site/" + SampleLog.path(1)), toPath: archive("site/elsewhere, under another name.md"))
        let outcome = try compare()
        #expect(outcome.status == .failed)
        #expect(outcome.codes == ["E-MISSING"])
        #expect(outcome.problems.first?.place.hasPrefix("entry 0 ") == true)
    }

    @Test("a folder that cannot be read is an error of its own, never \"all missing\"")
    func unreadable() throws {
        for relative in ["nowhere", "site/" + SampleLog.path(0)] {
            let outcome = try compare(with: relative)
            #expect(outcome.status == .environment)
            #expect(outcome.codes == ["E-UNREADABLE"])
            #expect(outcome.report == nil)
        }
        try FileManager.default.createSymbolicLink(atPath: archive("link"), withDestinationPath: archive("site"))
        #expect(try compare(with: "link").codes == ["E-UNREADABLE"])
    }

    @Test("links and devices in the folder, and paths in the manifest, are never opened")
    func neverOpened() throws {
        let manager = FileManager.default
        let path = archive("site/" + SampleLog.path(0))
        try manager.moveItem(atPath: path, toPath: archive("outside"))
        try manager.createSymbolicLink(atPath: path, withDestinationPath: archive("outside"))
        // Opening it for reading would block forever.
        #expect(mkfifo(archive("site/_posts/fifo.md"), 0o600) == 0)
        #expect(mkfifo(archive("trap.md"), 0o600) == 0)
        let manifest = try log.manifest(.range(from: 0, to: log.size)) { index, record in
            index == 0
                ? ManifestLabels(placements: [(".", "../trap.md"), ("/", "dev/zero"), (archive.path, "trap.md")])
                : SampleLog.labels(index, record)
        }
        let outcome = try compare(manifest)
        #expect(outcome.status == .failed)
        #expect(outcome.codes == ["E-MISSING"])
    }

    @Test("a record that does not describe its own post is a mismatch, field by field")
    func mismatch() throws {
        let bytes = try #require(log.posts[0])
        let post = try Post(parsing: bytes)
        var text = String(decoding: try SignedNote(parsing: log.entries[0]).text, as: UTF8.self)
        text = text.replacingOccurrences(of: post.source.string, with: "https://news.example/forged")
        var signer = try NoteSigner(name: SampleKeys.origin + "/signer", key: keys.signer)
        let lying = try SampleLog(entries: [try signer.sign(Array(text.utf8))], keys: keys)
        let outcome = try compare(try lying.range())
        #expect(outcome.status == .failed)
        #expect(outcome.codes == ["E-RECORD-MISMATCH"])
        #expect(outcome.problems.first?.reason.contains("E-SOURCE-CHANGED") == true)
        #expect(outcome.report?.counts.count(.source, .proven) == 0)
    }

    @Test("a manifest without a post leaves a folder uncompared")
    func nothingToCompare() throws {
        let outcome = try compare(try log.manifest(.range(from: 2, to: 3)))
        #expect(outcome.status == .inconclusive)
        #expect(outcome.codes == ["E-CONTENT-NOT-COMPARED"])
    }

    @Test("where content is required, a manifest by itself is inconclusive")
    func contentRequired() throws {
        let outcome = try verify(try log.range(), trust: trust, requiresContent: true, in: folder)
        #expect(outcome.status == .inconclusive)
        #expect(outcome.codes == ["E-CONTENT-NOT-COMPARED"])
        #expect(outcome.report?.sentence.hasPrefix("Inconclusive") == true)
    }

    @Test("a label that names a root stands for the file that was given")
    func fileRoot() throws {
        try archive.write(SampleLog.post(0, body: "other"), to: "site/" + SampleLog.path(0))
        let manifest = try log.manifest(.filter(indexes: [0], description: [:])) { _, _ in
            ManifestLabels(placements: [("/home/somebody/" + SampleLog.path(0), ".")])
        }
        #expect(try compare(manifest).codes == ["E-ALTERED"])
    }

    /// Labels, and the altered file that each one matches; `nil` for a label that matches none.
    static let agreements: [(label: String, path: String?)] = [
        ("a/b/x.md", "a/b/x.md"), ("b/x.md", "b/x.md"), ("x.md", "x.md"), ("z/x.md", "x.md"),
        ("z/a/b/x.md", "a/b/x.md"),
        ("z/b/x.md", "b/x.md"), ("only.md", "c/only.md"), ("c/only.md", "c/only.md"), ("z/c/only.md", "c/only.md"),
        ("nly.md", nil), ("d/only.md", nil), ("bb/x.md", "x.md"), (".//a/./b//x.md", "a/b/x.md"), ("/", nil),
        (String(repeating: "y/", count: 2_046) + "x.md", "x.md"), (String(repeating: "y/", count: 2_047) + "x.md", nil),
        (String(repeating: "a/", count: 500_000) + "x.md", nil),
    ]

    @Test("a label names the file that agrees with most of it", arguments: agreements.indices)
    func agreement(number: Int) throws {
        let (label, path) = ManifestPostsTests.agreements[number]
        let site = try TemporaryFolder()
        for name in ["x.md", "b/x.md", "a/b/x.md", "c/only.md"] { try site.write(SampleLog.post(3), to: name) }
        let manifest = try log.manifest(.filter(indexes: [0], description: [:])) { _, _ in
            ManifestLabels(placements: [("/nowhere", RawPath(label))])
        }
        let outcome = try verify(manifest, trust: trust, posts: site.path, in: folder)
        #expect(outcome.status == .failed)
        #expect(outcome.codes == [path == nil ? "E-MISSING" : "E-ALTERED"])
        if let path {
            #expect(outcome.problems.first?.reason.hasPrefix(site.path + "/" + path + ":") == true)
        }
    }

    @Test("of an entry's placements 1,024 are looked up", arguments: [1_023, 1_024])
    func placements(before: Int) throws {
        let site = try TemporaryFolder()
        try site.write(SampleLog.post(3), to: "x.md")
        let manifest = try log.manifest(.filter(indexes: [0], description: [:])) { _, _ in
            ManifestLabels(placements: (0..<before).map { (".", RawPath("\($0)")) } + [(".", RawPath("x.md"))])
        }
        let outcome = try verify(manifest, trust: trust, posts: site.path, in: folder)
        #expect(outcome.codes == [before < 1_024 ? "E-ALTERED" : "E-MISSING"])
    }
}

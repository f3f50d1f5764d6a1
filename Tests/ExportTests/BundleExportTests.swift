import Foundation
import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceVerification
import SampleArchives
import SampleLogs
import TestSupport
import Testing

@testable import ProvenanceExport

/// Bundles of an archive, read back by the verifier.
@Suite struct BundleExportTests {
    /// A verdict with what was reported.
    private struct Verdict {
        let report: BundleReport
        let codes: [String]
        var status: ProvenanceVerification.ExitStatus { report.status }
    }

    private func verify(_ archive: RecordedArchive, _ name: String = "bundle") throws -> Verdict {
        var codes: [String] = []
        let report = try BundleVerifier.verify(
            RawPath(archive.folder(name)), name: name, trust: try archive.keys.trust(),
            report: { codes.append($0.code) })
        return Verdict(report: report, codes: codes)
    }

    /// The lines of a list in a bundle, as path and digest.
    private func list(_ archive: RecordedArchive, _ path: String) throws -> [String: String] {
        let lines = String(decoding: try archive.folder.read(path), as: UTF8.self).split(separator: "\n")
        return Dictionary(uniqueKeysWithValues: lines.map { (String($0.dropFirst(66)), String($0.prefix(64))) })
    }

    @Test func `A bundle holds every post, record and proof under its name, each on the lists with its digest`() throws
    {
        let archive = try RecordedArchive(posts: 3)
        let summary = try archive.bundle()
        #expect(summary.entries == 4 && summary.posts == 3 && summary.files == 3 && summary.isSigned)
        #expect(summary.missing.isEmpty && summary.missingCount == 0)
        let posts = (0..<3).map { SampleLog.post($0) }
        var wanted = posts.map { "data/" + BundleLayout.payloadName(SHA256.hash($0)) }
        wanted += (0..<4).flatMap { ["records/\($0).note", "proofs/\($0).tlog-proof"] }
        wanted += ["log.pub.pem", "log.vkey", "policy", "signer.pub.pem", "signer.vkey", "signers"].map { "keys/" + $0 }
        wanted += [
            "SHA256SUMS", "VERIFY.md", "bag-info.txt", "bagit.txt", "bundle.note", "checkpoint", "datapackage.json",
            "evidence.html", "manifest-sha256.txt", "manifest.json", "statement.dsse.json", "tagmanifest-sha256.txt",
            "verify.sh",
        ]
        #expect(Set(archive.folder.files(below: "bundle")) == Set(wanted))
        for (number, entry) in try archive.entries().enumerated() {
            #expect(try archive.folder.read("bundle/records/\(number).note") == entry)
        }
        for post in posts {
            #expect(try archive.folder.read("bundle/data/" + BundleLayout.payloadName(SHA256.hash(post))) == post)
        }
        // Every file but the tag manifest and the note over it is on the lists, with the digest that its bytes have.
        let payload = try list(archive, "bundle/manifest-sha256.txt")
        let tags = try list(archive, "bundle/tagmanifest-sha256.txt")
        let sums = try list(archive, "bundle/SHA256SUMS")
        #expect(Set(payload.keys) == Set(wanted.filter { $0.hasPrefix("data/") }))
        let others = wanted.filter { !$0.hasPrefix("data/") && $0 != "tagmanifest-sha256.txt" && $0 != "bundle.note" }
        #expect(Set(tags.keys) == Set(others))
        #expect(Set(sums.keys) == Set(payload.keys).union(tags.keys).subtracting(["SHA256SUMS"]))
        for (path, digest) in sums.merging(payload, uniquingKeysWith: { $1 }).merging(tags, uniquingKeysWith: { $1 }) {
            #expect(SHA256.hash(try archive.folder.read("bundle/" + path)).hex == digest, "\(path)")
        }
        #expect(SHA256.hash(try archive.folder.read("bundle/tagmanifest-sha256.txt")) == summary.tagManifest)
        // coreutils agree.
        let sha256sum = try run(
            "sha256sum", arguments: ["--check", "--strict", "--quiet", "SHA256SUMS"], folder: archive.folder("bundle"))
        #expect(sha256sum.status == 0, "\(sha256sum)")
        let verdict = try verify(archive)
        #expect(verdict.status == .verified && verdict.codes.isEmpty)
        #expect(verdict.report.areViewsProven && verdict.report.posts == 3 && verdict.report.selection == "0..3")
        let script = try FileManager.default.attributesOfItem(atPath: archive.folder("bundle/verify.sh"))
        #expect((script[.posixPermissions] as? Int).map { $0 & 0o111 } == 0o111, "it can be run")
    }

    @Test func `The same log, selection and day give the same bytes, as a folder and as a zip file`() throws {
        let archive = try RecordedArchive(posts: 3)
        for name in ["one", "two"] {
            try archive.bundle(name) { $0.date = "2026-11-25" }
            try ZipFile.pack(
                RawPath(archive.folder(name)), to: RawPath(archive.folder(name + ".zip")), name: name,
                seconds: 1_795_564_800)
        }
        let names = archive.folder.files(below: "one")
        #expect(archive.folder.files(below: "two") == names)
        for name in names {
            #expect(try archive.folder.read("one/" + name) == archive.folder.read("two/" + name), "\(name)")
        }
        #expect(try archive.folder.read("one.zip") == archive.folder.read("two.zip"))
        #expect(
            String(decoding: try archive.folder.read("one/bag-info.txt"), as: UTF8.self).contains(
                "Bagging-Date: 2026-11-25\n"))
        let trust = try archive.keys.trust()
        let status = try ZipFile.unpacked(RawPath(archive.folder("one.zip")), name: "one.zip") {
            (folder) throws(Problem) in
            try BundleVerifier.verify(folder, name: "one.zip", trust: trust, report: { _ in }).status
        }
        #expect(status == .verified)
    }

    /// Selections of a log of three posts and their accession.
    static let selections: [(ManifestSelection, words: String, posts: UInt64)] = [
        (.range(from: 0, to: 4), "0..3", 3), (.range(from: 1, to: 3), "1..2", 2), (.range(from: 3, to: 4), "3..3", 0),
        (.filter(indexes: [0, 2], description: ["url": .string("x")]), "filter", 2),
    ]

    @Test(arguments: selections.indices, [true, false])
    func `Each selection verifies, with its posts and without`(_ number: Int, _ hasPosts: Bool) throws {
        let (selection, words, posts) = BundleExportTests.selections[number]
        let archive = try RecordedArchive(posts: 3)
        let summary = try archive.bundle("bundle", selection) { $0.hasPosts = hasPosts }
        #expect(summary.posts == posts && summary.files == (hasPosts ? posts : 0))
        let verdict = try verify(archive)
        #expect(verdict.status == .verified && verdict.codes.isEmpty)
        #expect(verdict.report.selection == words && verdict.report.posts == (hasPosts ? posts : nil))
        let withheld = archive.folder.files(below: "bundle/data") == ["withheld.txt"]
        #expect(withheld == (summary.files == 0), "a bag has a payload")
        if withheld {
            let text = try archive.folder.read("bundle/data/withheld.txt")
            #expect(text == (hasPosts ? BundleExport.noPosts : BundleExport.withheld))
        }
    }

    @Test func `A bundle goes on from an earlier checkpoint`() throws {
        let archive = try RecordedArchive(posts: 2)
        let earlier = try archive.view().note
        try archive.write(SampleLog.post(2), to: RecordedArchive.path(2))
        try archive.add()
        try archive.bundle("bundle", .range(from: 3, to: 5), since: earlier)
        #expect(try verify(archive).status == .verified)
        let manifest = try SampleLogs.verify(
            try archive.folder.read("bundle/manifest.json"), trust: try archive.keys.trust(), in: try TemporaryFolder())
        #expect(manifest.status == .verified && manifest.report?.since?.size == 3)
    }

    // MARK: Posts that are not at hand

    @Test func `Posts that are not at hand are named, sought in a folder, and make a bundle inconclusive`() throws {
        let archive = try RecordedArchive(posts: 3)
        try archive.move(RecordedArchive.path(1), to: "../kept/other-name.md")
        try archive.write(SampleLog.post(2, body: "other words"), to: RecordedArchive.path(2))
        let summary = try archive.bundle()
        #expect(summary.files == 1 && summary.missingCount == 2)
        #expect(summary.missing.map(\.index) == [1, 2])
        #expect(summary.missing.map(\.place) == [RecordedArchive.path(1), RecordedArchive.path(2)])
        let verdict = try verify(archive)
        #expect(verdict.status == .inconclusive && verdict.codes == ["E-CONTENT-NOT-COMPARED"])
        // The folder is searched by digests, and what was changed stays missing.
        let sought = try archive.bundle("sought") { $0.posts = RawPath(archive.folder("kept")) }
        #expect(sought.files == 2 && sought.missing.map(\.index) == [2])
        let absent = #expect(throws: Problem.self) {
            try archive.bundle("none") { $0.posts = RawPath(archive.folder("absent")) }
        }
        #expect(absent?.code == "E-UNREADABLE")
    }

    @Test func `Without any post nothing is written, and no more than some are named`() throws {
        let archive = try RecordedArchive(posts: 30)
        for number in 1..<30 { try archive.remove(RecordedArchive.path(number)) }
        let summary = try archive.bundle("some")
        #expect(summary.missingCount == 29 && summary.missing.count == BundleExport.maxNamed)
        try archive.remove(RecordedArchive.path(0))
        let problem = #expect(throws: Problem.self) { try archive.bundle("none") }
        #expect(problem?.code == "E-CONTENT-NOT-COMPARED" && problem?.status == .inconclusive)
        let left = try FileManager.default.contentsOfDirectory(atPath: archive.folder.path)
        #expect(left.sorted() == ["archive", "some"], "no temporary folder stays")
    }

    @Test func `Two records of the same bytes have one file`() throws {
        let archive = try RecordedArchive(posts: 1)
        try archive.append([try archive.entries()[0]])
        // The second one is on no register, so its post is found by its digest alone.
        let summary = try archive.bundle { $0.posts = RawPath(archive("_posts")) }
        #expect(summary.posts == 2 && summary.files == 1 && summary.missingCount == 0)
        #expect(try verify(archive).status == .verified)
    }

    // MARK: Signer, output, keys

    @Test func `Without the signer's key the lists are unknown and the rest is proven`() throws {
        let archive = try RecordedArchive(posts: 2)
        let summary = try archive.bundle { $0.signer = nil }
        #expect(!summary.isSigned)
        let files = archive.folder.files(below: "bundle")
        #expect(!files.contains("bundle.note") && !files.contains("statement.dsse.json"))
        let verdict = try verify(archive)
        #expect(verdict.status == .verified && !verdict.report.areViewsProven)
        #expect(verdict.report.counts.count(.views, .unknown) == 1)
    }

    @Test(arguments: ["file", "folder", "link"])
    func `What stands at the path is left as it is`(_ kind: String) throws {
        let archive = try RecordedArchive(posts: 1)
        switch kind {
        case "file": try archive.folder.write("before", to: "bundle")
        case "folder": try archive.folder.write("before", to: "bundle/x")
        default:
            try FileManager.default.createSymbolicLink(
                atPath: archive.folder("bundle"), withDestinationPath: "nowhere")
        }
        let problem = #expect(throws: Problem.self) { try archive.bundle() }
        #expect(problem?.code == "E-OUTPUT-EXISTS" && problem?.place == "bundle" && problem?.status == .environment)
        #expect(
            archive.folder.files(below: "").filter { !$0.hasPrefix("archive/") }
                == [kind == "folder" ? "bundle/x" : "bundle"])
        // In a folder that is not there, it is made with the folder above it or refused; nothing else is left.
        try archive.bundle("deep/er/bundle")
        #expect(try verify(archive, "deep/er/bundle").status == .verified)
    }

    @Test func `Only public keys with plain names are put in a bundle`() throws {
        let archive = try RecordedArchive(posts: 1)
        for name in ["notes.txt", "witness-1.vkey", "odd name.vkey", "log.key.pem.bak"] {
            try archive.write("x", to: "keys/" + name)
        }
        try archive.bundle()
        let keys = archive.folder.files(below: "bundle/keys")
        #expect(
            keys == [
                "log.pub.pem", "log.vkey", "policy", "signer.pub.pem", "signer.vkey", "signers", "witness-1.vkey",
            ])
    }

    // MARK: The page

    @Test func `The page holds the first entries of a long log, and says how many there are`() throws {
        struct Data: Decodable {
            struct Manifest: Decodable {
                struct Entry: Decodable { let index: Int }
                struct Selection: Decodable {
                    let count: Int
                    let kind: String
                }
                let entries: [Entry]
                let selection: Selection
            }
            let entries: Int
            let posts: Int
            let manifest: Manifest
        }
        let archive = try RecordedArchive(posts: 520)
        try archive.bundle()
        #expect(try verify(archive).status == .verified)
        let page = String(decoding: try archive.folder.read("bundle/evidence.html"), as: UTF8.self)
        let start = try #require(page.firstRange(of: "id=\"bundle-data\">")).upperBound
        let end = try #require(page[start...].firstRange(of: "</script>")).lowerBound
        let data = try JSONDecoder().decode(Data.self, from: Foundation.Data(page[start..<end].utf8))
        #expect(data.entries == 521 && data.posts == 520)
        #expect(data.manifest.entries.map(\.index) == Array(0..<500))
        #expect(data.manifest.selection.kind == "filter" && data.manifest.selection.count == 500)
    }
}

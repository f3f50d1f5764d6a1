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

/// Each part of a bundle by itself.
@Suite struct SingleFormatTests {
    /// Writes one format of the whole log below the test's folder, and gives what was left out.
    private func write(
        _ format: SingleFormat, of archive: RecordedArchive, _ selection: ManifestSelection? = nil,
        to name: String = "out", change: (inout BundleExport.Options) -> Void = { _ in }
    ) throws -> (entries: UInt64, leftOut: UInt64) {
        let view = try archive.view()
        let selection = selection ?? .range(from: 0, to: view.size)
        var options = BundleExport.Options()
        options.signer = try archive.archive.keyFiles.signer(.signer, passphrase: nil)
        change(&options)
        return try SingleExport.write(
            format, view, labels: try ExportLabels(view, selection), selection: selection, since: nil,
            options: options, to: RawPath(archive.folder(name)), name: name, report: { _ in })
    }

    private func text(_ archive: RecordedArchive, _ name: String = "out") throws -> String {
        String(decoding: try archive.folder.read(name), as: UTF8.self)
    }

    private func json<Value: Decodable>(_ archive: RecordedArchive, _ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(try archive.folder.read("out")))
    }

    @Test(arguments: SingleFormat.allCases)
    func `Each format takes every entry, is told by its beginning, and is written again to the same bytes`(
        _ format: SingleFormat
    ) throws {
        let archive = try RecordedArchive(posts: 3)
        for name in ["out", "again"] {
            let (entries, leftOut) = try write(format, of: archive, to: name)
            #expect(entries == 4 && leftOut == 0)
        }
        #expect(format.isFolder == (format == .bagit) && format.isSigned == (format == .intoto))
        if format.isFolder {
            let files = archive.folder.files(below: "out")
            #expect(archive.folder.files(below: "again") == files)
            for name in files {
                #expect(try archive.folder.read("out/" + name) == archive.folder.read("again/" + name))
            }
            return
        }
        let bytes = try archive.folder.read("out")
        #expect(try archive.folder.read("again") == bytes)
        if let beginning = format.beginning {
            #expect(bytes.starts(with: beginning))
            let others = SingleFormat.allCases.filter { $0 != format }.compactMap(\.beginning)
            #expect(!others.contains { bytes.starts(with: $0) })
        }
    }

    @Test(arguments: SingleFormat.allCases)
    func `A part that cannot be written is none, and nothing else is left`(_ format: SingleFormat) throws {
        let archive = try RecordedArchive(posts: 1)
        try archive.folder.write("in the way", to: "file")
        let problem = #expect(throws: Problem.self) { try write(format, of: archive, to: "file/out") }
        #expect(problem?.status == .environment)
        #expect(archive.folder.files(below: "").filter { !$0.hasPrefix("archive/") } == ["file"])
    }

    // MARK: sha256sum

    @Test func `sha256sum checks the posts at their places, odd names too`() throws {
        let archive = try RecordedArchive(posts: 2)
        for (number, name) in ["_posts/a b.md", "_posts/back\\slash.md", "_posts/new\nline.md", "_posts/日.md"]
            .enumerated()
        {
            try archive.write(SampleLog.post(10 + number), to: name)
        }
        try archive.add()
        #expect(try write(.sha256sum, of: archive).leftOut == 0)
        func check() throws -> Ended {
            try run(
                "sha256sum", arguments: ["--check", "--strict", archive.folder("out")],
                folder: archive.folder("archive"))
        }
        let whole = try check()
        #expect(whole.status == 0 && whole.stdout.split(separator: "\n").count == 6, "\(whole)")
        try archive.write(SampleLog.post(0, body: "other words"), to: RecordedArchive.path(0))
        #expect(try check().status == 1)
    }

    @Test func `A post is listed where it was seen last and stands; one at no place in the archive is left out`() throws
    {
        let archive = try RecordedArchive(posts: 2)
        let (zero, one) = (RecordedArchive.path(0), RecordedArchive.path(1))
        // Entry 0 stands at two places; entry 1 moved, and its first place holds another post now.
        try archive.write(SampleLog.post(0), to: "_posts/copy.md")
        try archive.move(one, to: "_posts/moved.md")
        try archive.write(SampleLog.post(7), to: one)
        try archive.folder.write(SampleLog.post(8), to: "outside/8.md")
        try archive.add(["_posts", "../outside"])
        #expect(try write(.sha256sum, of: archive).leftOut == 1)
        func paths() throws -> [String] { try text(archive).split(separator: "\n").map { String($0.dropFirst(66)) } }
        #expect(try paths() == [zero, "_posts/copy.md", "_posts/moved.md", one])
        // Where none of its places stands, the last one is named, so that it is found missing.
        for path in [zero, "_posts/copy.md"] { try archive.remove(path) }
        #expect(try write(.sha256sum, of: archive).leftOut == 1)
        #expect(try paths() == ["_posts/copy.md", "_posts/moved.md", one])
    }

    // MARK: BagIt

    @Test func `A bag holds each post once under its digest, with lists that are true`() throws {
        let archive = try RecordedArchive(posts: 2)
        try archive.append([try archive.entries()[0]])
        let result = try write(.bagit, of: archive) { $0.date = "2026-11-25" }
        #expect(result.entries == 4 && result.leftOut == 0)
        let posts = (0..<2).map { SampleLog.post($0) }
        let payload = posts.map { "data/" + BundleLayout.payloadName(SHA256.hash($0)) }
        #expect(
            Set(archive.folder.files(below: "out"))
                == Set(
                    payload + [
                        "SHA256SUMS", "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt",
                    ]))
        for list in ["manifest-sha256.txt", "tagmanifest-sha256.txt", "SHA256SUMS"] {
            let ended = try run(
                "sha256sum", arguments: ["--check", "--strict", list], folder: archive.folder("out"))
            #expect(ended.status == 0, "\(ended)")
        }
        let octets = posts.reduce(0) { $0 + $1.count }
        #expect(
            try text(archive, "out/bag-info.txt")
                == "Bag-Software-Agent: provenance\nBagging-Date: 2026-11-25\nPayload-Oxum: \(octets).2\n")
        let again = #expect(throws: Problem.self) { try write(.bagit, of: archive) }
        #expect(again?.code == "E-OUTPUT-EXISTS")
        try archive.remove(RecordedArchive.path(1))
        #expect(try write(.bagit, of: archive, to: "other").leftOut == 1)
        #expect(archive.folder.files(below: "other/data").count == 1)
    }

    // MARK: in-toto

    private struct Envelope: Decodable {
        struct Signature: Decodable {
            let keyid: String
            let sig: String
        }
        let payload: String
        let payloadType: String
        let signatures: [Signature]
    }

    private struct Statement: Decodable {
        struct Subject: Decodable { let digest: [String: String] }
        struct Predicate: Decodable {
            struct Post: Decodable {
                let index: Int
                let sha256: String
            }
            let checkpoint: String
            let posts: [Post]
        }
        let subject: [Subject]
        let predicate: Predicate
    }

    @Test func `A statement is signed by the signer over its type and its bytes`() throws {
        let archive = try RecordedArchive(posts: 2)
        _ = try write(.intoto, of: archive)
        let envelope = try json(archive, Envelope.self)
        let payload = try #require(Base64.decode(Array(envelope.payload.utf8)))
        let signature = try #require(envelope.signatures.first)
        let message =
            Array(
                "DSSEv1 28 application/vnd.in-toto+json \(payload.count) ".utf8) + payload
        let key = try archive.keys.signerKey()
        #expect(envelope.payloadType == "application/vnd.in-toto+json" && signature.keyid == key.keyIDText)
        let bytes = try #require(Base64.decode(Array(signature.sig.utf8)))
        #expect(Ed25519PublicKey.rawVerdict(key: key.publicKey, signature: bytes, message: message))
        #expect(
            !Ed25519PublicKey.rawVerdict(key: key.publicKey, signature: bytes, message: message.flipping(bit: 300)))
        let statement = try JSONDecoder().decode(Statement.self, from: Data(payload))
        let digests = (0..<2).map { SHA256.hash(SampleLog.post($0)).hex }
        #expect(statement.subject.map(\.digest) == digests.map { ["sha256": $0] })
        #expect(statement.predicate.posts.map(\.index) == [0, 1])
        #expect(statement.predicate.posts.map(\.sha256) == digests)
        #expect(statement.predicate.checkpoint == String(decoding: try archive.view().note, as: UTF8.self))
    }

    @Test func `Without the signer's key, and for more posts than one statement holds, there is none`() throws {
        let archive = try RecordedArchive(posts: 1)
        let unsigned = #expect(throws: Problem.self) { try write(.intoto, of: archive) { $0.signer = nil } }
        #expect(unsigned?.code == "E-KEY")
        let stranger = #expect(throws: Problem.self) {
            try write(.intoto, of: archive) { $0.signer = ("archive.example/else", archive.keys.signer) }
        }
        #expect(stranger?.code == "E-KEY", "a key that the archive does not publish")
        let many = #expect(throws: Problem.self) {
            try write(.intoto, of: archive, .range(from: 0, to: UInt64(Statements.maxPosts) + 1))
        }
        #expect(many?.code == "E-USAGE")
        #expect(!FileManager.default.fileExists(atPath: archive.folder("out")))
    }

    @Test func `A statement that is full is handed out, and the next one goes on`() throws {
        let archive = try RecordedArchive(posts: 1)
        let view = try archive.view()
        let header = EvidenceHeader(
            checkpoint: view.note, origin: RecordedArchive.origin, size: 2, selection: .range(from: 0, to: 1),
            date: nil, keys: [])
        let record = try #require(ManifestEncoder.record(try archive.entries()[0][...]))
        var statements = Statements(header, key: archive.keys.signer, keyID: "00000000")
        var full: [Int] = []
        for number in 0...Statements.maxPosts {
            let entry = EvidenceEntry(
                index: UInt64(number), note: [], proof: [], record: record, labels: ManifestLabels())
            if try statements.add(entry) != nil { full.append(number) }
        }
        #expect(full == [Statements.maxPosts - 1])
        let rest = try JSONDecoder().decode(Envelope.self, from: Data(try #require(try statements.finish())))
        let payload = try #require(Base64.decode(Array(rest.payload.utf8)))
        let statement = try JSONDecoder().decode(Statement.self, from: Data(payload))
        #expect(statement.predicate.posts.map(\.index) == [Statements.maxPosts] && statement.subject.count == 1)
        #expect(try statements.finish() == nil, "nothing is left")
    }

    // MARK: Frictionless, CSV, the page

    @Test func `A data package names each post with its size and hash; those not at hand are left out`() throws {
        struct Package: Decodable {
            struct Resource: Decodable {
                let bytes: Int
                let hash: String
                let name: String
                let path: String
                let title: String?
            }
            let profile: String
            let resources: [Resource]
        }
        let archive = try RecordedArchive(posts: 3)
        try archive.remove(RecordedArchive.path(1))
        let result = try write(.datapackage, of: archive)
        #expect(result.entries == 4 && result.leftOut == 1)
        let package = try json(archive, Package.self)
        #expect(package.profile == "data-package" && package.resources.map(\.name) == ["post-0", "post-2"])
        for (resource, number) in zip(package.resources, [0, 2]) {
            let post = SampleLog.post(number)
            let digest = SHA256.hash(post)
            #expect(resource.bytes == post.count && resource.hash == "sha256:\(digest.hex)")
            #expect(resource.path == "data/" + BundleLayout.payloadName(digest))
            #expect(resource.title == "Post \(number)")
        }
    }

    @Test func `A table has a line for each entry, and no field that a spreadsheet would compute`() throws {
        let archive = try RecordedArchive(posts: 1)
        let odd = String(decoding: SampleLog.post(3), as: UTF8.self).replacing("Post 3", with: "=1+1 'and' more, so")
        try archive.write(odd, to: "_posts/say \"x\".md")
        try archive.add()
        _ = try write(.csv, of: archive)
        let lines = try text(archive).components(separatedBy: "\r\n")
        #expect(lines[0] == "index,kind,sha256,size,source,dated,published,recorded,title,path,signer")
        let digests = [SampleLog.post(0), Array(odd.utf8)].map { SHA256.hash($0).hex }
        let signer = "\"\(RecordedArchive.origin)/signer\""
        #expect(
            lines[1]
                == "0,post,\(digests[0]),\(SampleLog.post(0).count),\"https://news.example/a/0\",\"2022-02-10T05:52:00.000Z\","
                + "1644472310000,\(RecordedArchive.start),\"Post 0\",\"_posts/0.md\",\(signer)")
        #expect(lines[2] == "1,other,,,,,,,,,")
        #expect(lines[3].hasPrefix("2,post,\(digests[1]),"))
        #expect(lines[3].hasSuffix("\"'=1+1 'and' more, so\",\"_posts/say \"\"x\"\".md\",\(signer)"))
        #expect(lines.count == 6 && lines[5].isEmpty, "the last line ends too")
    }

    @Test func `The page alone is one of ours, with the selection as its data`() throws {
        let archive = try RecordedArchive(posts: 2)
        _ = try write(.html, of: archive, .filter(indexes: [1], description: [:]))
        let page = try text(archive)
        let start = try #require(page.firstRange(of: "id=\"bundle-data\">")).upperBound
        let end = try #require(page[start...].firstRange(of: "</script>")).lowerBound
        #expect(page[start..<end].hasPrefix("{\"entries\":1,\"manifest\":{\"$format\":\"provenance/manifest@v1\""))
        #expect(page[start..<end].hasSuffix(",\"posts\":1}"))
        let without = page[..<start] + page[end...]
        #expect(Array(without.utf8) == Verifiers.page)
    }
}

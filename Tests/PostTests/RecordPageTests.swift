import Foundation
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// Documentation/formats/record.md: its known answers were made with other programs, and this code gives the same.
@Suite struct RecordPageTests {
    private let page: [UInt8]

    init() throws {
        let path = Shared.packageFolder + "/Documentation/formats/record.md"
        let data = try #require(FileManager.default.contents(atPath: path))
        page = [UInt8](data)
    }

    /// The lines of the page's code block of a name, each with its LF.
    private func block(_ name: String) throws -> [UInt8] {
        let fence = Array("\n```".utf8)
        let open = fence + Array(name.utf8) + [0x0A]
        let before = try #require(page.indices.first { page[$0...].starts(with: open) })
        let start = before + open.count
        let end = try #require(page[start...].indices.first { page[$0...].starts(with: fence) })
        return Array(page[start...end])
    }

    private func values() throws -> [String: String] {
        var values: [String: String] = [:]
        for line in String(decoding: try block("values"), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: "  ", maxSplits: 1)
            values[String(words[0])] = words[1].trimmingCharacters(in: .whitespaces)
        }
        return values
    }

    private func record(_ bytes: [UInt8]) throws -> PostRecord {
        let post = try Post(parsing: bytes)
        let digests = PostDigests.compute(bytes, post)
        return PostRecord(post, digests, signer: "archive.example/news/signer", recorded: 1_735_689_600_000)
    }

    @Test func `the post has these parts and nothing odd`() throws {
        let post = try Post(parsing: try block("post"))
        let values = try values()
        #expect(post.form == .rss && post.warnings.isEmpty)
        #expect(values["front"] == "\(post.frontMatterRange)")
        #expect(values["head"] == "\(post.headRange)")
        #expect(values["body"] == "\(post.bodyRange)")
    }

    @Test func `the post has these passages`() throws {
        let bytes = try block("post")
        let passages = Passages.list(of: bytes[try Post(parsing: bytes).bodyRange])
        #expect(passages == (try block("passages")).split(separator: 0x0A).map(Array.init))
    }

    @Test func `the post's record and signature are these`() throws {
        let values = try values()
        let seed = SHA256.hash(Array("provenance test signer".utf8)).bytes
        #expect(values["seed"] == seed.hex)
        let key = try Ed25519PrivateKey(seed: seed)
        #expect(key.publicKey.raw.hex == values["public key"])
        let verifier = try VerifierKey(
            name: "archive.example/news/signer", kind: .ed25519, publicKey: key.publicKey.raw)
        #expect(verifier.description == values["vkey"])
        #expect(verifier.keyIDText == values["key id"])

        let text = try record(try block("post")).encoded()
        var signer = try Ed25519Signer(key)
        let note = SignedNote(
            text: text,
            signatures: [
                NoteSignature(name: verifier.name, keyID: verifier.keyID, signature: try signer.sign(text))
            ])
        let entry = try block("entry")
        #expect(note.encoded() == entry)
        #expect(SHA256.hash(entry).hex == values["entry"])
        #expect(MerkleHash.leaf(entry).hex == values["leaf"])
        #expect(try Ed25519PublicKey.load(pem: try block("pem")).raw == key.publicKey.raw)
    }

    @Test func `the entry reads as the record`() throws {
        let note = try SignedNote(parsing: try block("entry"))
        #expect(EntryKind(of: try block("entry")) == .post)
        #expect(try PostRecord(parsing: note.text) == record(try block("post")))
    }

    @Test func `the stub's record is this`() throws {
        let bytes = Array(try block("stub").dropLast())
        #expect(try record(bytes).encoded() == (try block("record")))
        #expect(try PostRecord(parsing: try block("record")).published == nil)
    }

    struct Body: Decodable {
        var body: String?
        var body64: String?
        var passages: [String]
        var root: String
    }

    @Test func `the bodies have these passages and roots`() throws {
        let lines = try block("bodies").split(separator: 0x0A)
        #expect(lines.count >= 7)
        for line in lines {
            let item = try JSONDecoder().decode(Body.self, from: Data(line))
            let body = item.body.map { Array($0.utf8) } ?? [UInt8](Data(base64Encoded: item.body64 ?? "") ?? Data())
            #expect(Passages.list(of: body[...]) == item.passages.map { Array($0.utf8) })
            #expect(Passages(of: body[...]).root.hex == item.root)
        }
    }

    @Test func `every code is on the page, or on that of version 2`() throws {
        let path = Shared.packageFolder + "/Documentation/formats/post-v2.md"
        let text = String(decoding: page, as: UTF8.self) + (try String(contentsOfFile: path, encoding: .utf8))
        let codes =
            PostError.Code.all.map(\.rawValue) + PostWarning.Code.all.map(\.rawValue)
            + RecordError.Code.all.map(\.rawValue)
            + PostRecord.Field.allCases.map(\.code) + PostRecord.Part.allCases.map(\.code)
        for code in codes { #expect(text.contains("`\(code)`"), "\(code)") }
    }

    @Test func `every difference of fields has a code of its own`() {
        #expect(Set(PostRecord.Field.allCases.map(\.code)).count == PostRecord.Field.allCases.count)
    }
}

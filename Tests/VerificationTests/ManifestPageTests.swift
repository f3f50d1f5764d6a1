import Foundation
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestStores
import TestSupport
import Testing

/// Documentation/formats/manifest.md: the writer writes its known answers, and the Python program printed there, which
/// shares no code with this one, agrees with the verifier.
@Suite("The page about manifests")
struct ManifestPageTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func block(_ name: String, of page: String) throws -> [UInt8] {
        let path = Shared.packageFolder + "/Documentation/formats/\(page).md"
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        let start = try #require(text.range(of: "\n```\(name)\n")).upperBound
        let end = try #require(text.range(of: "\n```\n", range: text.index(before: start)..<text.endIndex)).lowerBound
        return end < start ? [] : Array(text[start..<end].utf8)
    }

    private func key(_ name: String) throws -> Ed25519PrivateKey {
        try Ed25519PrivateKey(seed: SHA256.hash(Array("provenance test \(name)".utf8)).bytes)
    }

    /// The page's log: the entry of the page about records, and the record of its stub.
    private func log() throws -> (reader: LogReader, notes: [[UInt8]], keys: [VerifierKey]) {
        let origin = "archive.example/news"
        var signer = try NoteSigner(name: origin + "/signer", key: try key("signer"))
        let stub = try block("stub", of: "record")
        let post = try Post(parsing: stub)
        let digests = PostDigests.compute(stub, post)
        let record = PostRecord(post, digests, signer: signer.verifierKey.name, recorded: 1_735_689_600_000)
        let entries = [try block("entry", of: "record") + [0x0a], try signer.sign(record.encoded())]
        let storage = MemoryStore()
        let logSigner = CheckpointSigner(try NoteSigner(name: origin, key: try key("log")))
        let writer = try LogWriter(empty: origin, store: storage, signer: logSigner)
        var notes: [[UInt8]] = []
        for entry in entries {
            try writer.append(entry, leaf: MerkleHash.leaf(entry))
            try writer.commit()
            notes.append(try #require(writer.note))
        }
        return (try LogReader(storage, writer.checkpoint), notes, [logSigner.verifierKey, signer.verifierKey])
    }

    private func manifest(since: Bool) throws -> [UInt8] {
        let (reader, notes, keys) = try log()
        var bytes: [UInt8] = []
        _ = try ManifestWriter.write(
            reader: reader, checkpoint: notes[1], selection: .range(from: since ? 1 : 0, to: 2),
            since: since ? notes[0] : nil, keys: keys,
            labels: { index, _ in
                guard index == 0 else { return ManifestLabels(placements: [(".", "archived/x.md")]) }
                return ManifestLabels(
                    placements: [(".", "_posts/2024-03-05-ferry.md")], title: "The ferry \"Linden\" runs again")
            },
            to: { bytes += $0 })
        return bytes
    }

    @Test("the known answers are what is written")
    func knownAnswers() throws {
        let (reader, _, keys) = try log()
        let values = [
            "seed      " + (SHA256.hash(Array("provenance test log".utf8)).hex),
            "vkey      \(keys[0])",
            "root      " + reader.checkpoint.root.hex,
            "manifest  " + (SHA256.hash(try manifest(since: false)).hex),
            "since 1   " + (SHA256.hash(try manifest(since: true)).hex),
        ].joined(separator: "\n")
        #expect(String(decoding: try block("values", of: "manifest"), as: UTF8.self) == values)
        let shown = String(decoding: try block("manifest", of: "manifest"), as: UTF8.self)
        #expect(shown == String(decoding: try manifest(since: false), as: UTF8.self))
    }

    @Test("the page's program accepts what verifies and nothing else")
    func byHand() throws {
        guard (try? run("python3", "--version"))?.status == 0 else {
            try skip("no python3 to run the program of manifest.md")
            return
        }
        let program = try folder.write(try block("python", of: "manifest"), to: "verify.py")
        let logKey = try folder.write(try key("log").publicKey.pem(), to: "log.pub.pem")
        let signerKey = try folder.write(try key("signer").publicKey.pem(), to: "signer.pub.pem")
        func status(_ bytes: [UInt8]) throws -> Int32 {
            try run("python3", program, try folder.write(bytes, to: "manifest.json"), logKey, signerKey).status
        }
        for since in [false, true] {
            let bytes = try manifest(since: since)
            #expect(try status(bytes) == 0)
            var document = try #require(CanonicalJSON.decode(bytes)?.members)
            let elements = try #require(document["entries"]?.array)
            document["entries"] = .array(Array(elements.dropLast()))
            #expect(try status(CanonicalJSON.encode(.object(document))) != 0)
            #expect(try status(Array(bytes.dropLast()) + [0x20, 0x7d]) != 0)
        }
    }
}

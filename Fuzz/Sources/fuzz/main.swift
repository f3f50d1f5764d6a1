import ProvenanceEncoding
import ProvenanceRecord
import CFuzzer
import ProvenanceSystem
import Glibc
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceVerification

/// Readers of bytes from outside, by name. A reader may refuse, but must not trap, hang, or accept what it would encode
/// differently: `encode(parse(x)) == x`.
let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "note": { bytes in
        guard let note = try? SignedNote(parsing: bytes) else { return }
        expect(note.encoded() == bytes, "a note is read back as it was")
    },
    "checkpoint": { bytes in
        guard let checkpoint = try? Checkpoint(parsing: bytes) else { return }
        expect(
            checkpoint.text().elementsEqual(bytes) || bytes.count > checkpoint.text().count, "but for extension lines")
    },
    "vkey": { bytes in
        guard let text = String(validating: bytes, as: UTF8.self), let key = try? VerifierKey(parsing: text) else {
            return
        }
        expect(key.description.utf8.elementsEqual(bytes), "a vkey is read back as it was")
    },
    "policy": { bytes in
        guard let policy = try? Policy(parsing: bytes) else { return }
        expect(!policy.accepts([], origin: "example.org"), "no signature satisfies no policy")
    },
    "proof": { bytes in
        guard let proof = try? TlogProof(parsing: bytes) else { return }
        expect(proof.encoded() == bytes, "a proof is read back as it was")
    },
    "entries": { bytes in
        for count in [0, 1, 2, 5, 256] {
            guard let entries = EntryBundle.entries(bytes, count: count) else { continue }
            var again: [UInt8] = []
            for entry in entries { expect(EntryBundle.append(entry, to: &again), "an entry fits") }
            expect(again == bytes, "a bundle is read back as it was")
        }
    },
    "tilepath": { bytes in
        guard let text = String(validating: bytes, as: UTF8.self), let tile = Tile(path: text) else { return }
        expect(tile.path.utf8.elementsEqual(bytes), "a tile's path is read back as it was")
    },
    "record": { bytes in
        guard let record = try? PostRecord(parsing: bytes) else { return }
        expect(record.encoded() == bytes, "a record is read back as it was")
    },
    "accession": { bytes in
        guard let record = try? AccessionRecord(parsing: bytes) else { return }
        expect(record.encoded() == bytes, "an accession is read back as it was")
    },
    "statement": { bytes in
        let rules = ReadingRules(
            sourceKeys: ["url", "from"], datedKeys: ["date", "created"], acceptsPlain: bytes.count % 2 == 0,
            recordsV2: true)
        guard let statement = try? PostStatement(of: bytes, by: rules) else { return }
        let record = statement.record(of: bytes, signer: "example.org/signer", log: "example.org", recorded: 0)
        expect((try? PostRecord(parsing: record.encoded())) == record, "what a writer states is a record")
        let rebuilt = try? record.rebuilt(from: bytes)
        expect(rebuilt.map { record.differences(from: $0).isEmpty } ?? false, "a verifier rebuilds what a writer states")
        _ = record.warnings(over: bytes)
    },
    "entry": { bytes in
        guard var examiner = try? EntryExaminer(signers: [], origin: "example.org") else { return }
        expect(examiner.examine(bytes[...], index: 0).signature.standing != .proven, "nothing is pinned")
    },
    "register": { bytes in
        guard let line = RegisterLine(parsing: bytes) else { return }
        var again: [UInt8] = []
        line.append(to: &again)
        expect(again == bytes, "a register's line is read back as it was")
    },
    "json": { bytes in
        guard let value = CanonicalJSON.decode(bytes) else { return }
        expect(CanonicalJSON.encode(value) == bytes, "canonical JSON is read back as it was")
    },
    "manifest": { bytes in
        let path: RawPath = "/dev/shm/provenance-fuzz-manifest"
        path.withCString { name in
            let file = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
            _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            close(file)
        }
        guard let stream = try? FileStream(path) else { return }
        let report = try? ManifestVerifier.verify(source: stream, place: "fuzz", trust: .nothing, report: { _ in })
        expect(report?.status != .verified, "nothing is pinned")
    },
    "post": { bytes in
        guard let post = try? Post(parsing: bytes) else { return }
        expect(
            post.frontMatterRange.lowerBound == 0 && post.bodyRange.upperBound == bytes.count, "the parts are the file")
        expect(post.frontMatterRange.upperBound == post.headRange.lowerBound, "the head follows the front matter")
        expect(post.headRange.upperBound == post.bodyRange.lowerBound, "the body follows the head")
    },
    "passages": { bytes in
        for passage in Passages.list(of: bytes[...]) {
            expect(!passage.isEmpty && passage.first != 0x20 && passage.last != 0x20, "a passage is trimmed")
            expect(String(validating: passage, as: UTF8.self) != nil, "a passage is UTF-8")
        }
        let root = Passages(of: bytes[...])
        expect(root.count == Passages.list(of: bytes[...]).count, "both ways count the same")
    },
]

func expect(_ condition: Bool, _ words: String) {
    guard !condition else { return }
    let line = "does not hold: \(words)\n"
    _ = line.utf8CString.withUnsafeBytes { write(2, $0.baseAddress, $0.count - 1) }
    abort()
}

let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
guard let target = targets[name] else {
    print(targets.keys.sorted().joined(separator: "\n"))
    exit(name.isEmpty ? 0 : 2)
}
nonisolated(unsafe) let chosen = target
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
    withUnsafeMutablePointer(to: &arguments) { pointer in
        pointer.withMemoryRebound(to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1) { list in
            LLVMFuzzerRunDriver(&count, list) { data, size in
                chosen(data.map { Array(UnsafeBufferPointer(start: $0, count: size)) } ?? [])
                return 0
            }
        }
    })

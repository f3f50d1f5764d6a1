import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification
import TestStores
import TestSupport

/// The keys of a made-up archive: determined by the seed.
package struct SampleKeys {
    package static let origin = "archive.example/news"

    package let log: Ed25519PrivateKey
    package let signer: Ed25519PrivateKey

    package init(seed: UInt8 = 1) throws {
        log = try Ed25519PrivateKey(seed: Array(repeating: seed, count: 32))
        signer = try Ed25519PrivateKey(seed: Array(repeating: seed &+ 100, count: 32))
    }

    package func logKey() throws -> VerifierKey {
        try VerifierKey(name: SampleKeys.origin, kind: .ed25519, publicKey: log.publicKey.raw)
    }

    package func signerKey() throws -> VerifierKey {
        try VerifierKey(
            name: SampleKeys.origin + "/signer", kind: .ed25519, publicKey: signer.publicKey.raw)
    }

    /// The folder in the form that `--keys` takes.
    package func trust() throws -> Trust {
        let folder = try TemporaryFolder()
        try folder.write("\(try logKey())\n", to: "log.vkey")
        try folder.write("\(try signerKey())\n", to: "signer.vkey")
        return try Trust.folder(RawPath(folder.path))
    }
}

/// A log of made-up posts, with an accession, an entry of an unknown kind and one that is no text among them.
package struct SampleLog {
    package let keys: SampleKeys
    package let storage = MemoryStore()
    /// The posts by the index of their record.
    package private(set) var posts: [UInt64: [UInt8]] = [:]
    package private(set) var entries: [[UInt8]] = []
    /// The checkpoint notes by size.
    package private(set) var notes: [UInt64: [UInt8]] = [:]

    /// An entry of a kind that no version knows, and one that is not even text.
    package static let unknown = Array("somebody/else@v9\nwith \"quotes\", a \\ and a tab\t\n".utf8)
    package static let noText: [UInt8] = [0xff, 0xfe, 0x00, 0x0a, 0x80]

    /// A log of `size` entries with checkpoints at the given sizes and at its own.
    package init(_ size: Int, checkpoints: Set<Int> = [], keys: SampleKeys, posts given: [Int: [UInt8]] = [:]) throws {
        self.keys = keys
        var note = try NoteSigner(name: SampleKeys.origin + "/signer", key: keys.signer)
        var made: [[UInt8]] = []
        for index in 0..<size {
            let text: [UInt8]
            switch index % 100 {
            case 2:
                text = AccessionRecord(
                    signer: note.verifierKey.name, log: SampleKeys.origin, recorded: 1_644_000_000_000, version: "1.0",
                    first: max(0, index - 2), posts: 2, known: 0, refused: 0, unchanged: 0, register: .zero, lines: 3
                ).encoded()
            case 3:
                made.append(SampleLog.unknown)
                continue
            case 4:
                made.append(SampleLog.noText)
                continue
            default:
                let post = given[index] ?? SampleLog.post(index)
                posts[UInt64(index)] = post
                text = try record(of: post, signer: note.verifierKey.name, recorded: Int64(index)).encoded()
            }
            made.append(try note.sign(text))
        }
        try append(made, checkpoints: checkpoints)
    }

    /// A log of exactly these entries.
    package init(entries: [[UInt8]], checkpoints: Set<Int> = [], keys: SampleKeys) throws {
        self.keys = keys
        try append(entries, checkpoints: checkpoints)
    }

    private mutating func append(_ made: [[UInt8]], checkpoints: Set<Int>) throws {
        entries = made
        let signer = CheckpointSigner(try NoteSigner(name: SampleKeys.origin, key: keys.log))
        let writer = try LogWriter(empty: SampleKeys.origin, store: storage, signer: signer)
        for (index, entry) in made.enumerated() {
            try writer.append(entry, leaf: MerkleHash.leaf(entry))
            if checkpoints.contains(index + 1) || index + 1 == made.count {
                try writer.commit()
                notes[writer.size] = writer.note
            }
        }
    }

    /// A made-up post.
    package static func post(_ number: Int, body: String = "words") -> [UInt8] {
        let lines = [
            "---", "title: \"Post \(number)\"", "date: 2022-02-10T05:52:00.000Z",
            "from: https://news.example/a/\(number)", "---", "<!--16444723\(10_000 + number)-->",
            "[Post \(number)](https://news.example/a/\(number))", "------", "", "<p>Some \(body) of \(number).</p>",
        ]
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    package var size: UInt64 { UInt64(entries.count) }
    package var note: [UInt8] { notes[size] ?? [] }

    package func reader() throws -> LogReader {
        try LogReader(storage, try Checkpoint(parsing: try SignedNote(parsing: note).text))
    }

    /// A manifest of this log, labels and keys included.
    package func manifest(
        _ selection: ManifestSelection, since: UInt64? = nil,
        labels: ((UInt64, PostRecord?) -> ManifestLabels)? = nil
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try ManifestWriter.write(
            reader: try reader(), checkpoint: note, selection: selection, since: since.flatMap { notes[$0] },
            keys: [try keys.logKey(), try keys.signerKey()],
            labels: { index, record in labels?(index, record) ?? SampleLog.labels(index, record) },
            to: { piece in bytes += piece })
        return bytes
    }

    package static func path(_ index: UInt64) -> String { "_posts/\(index)-日.md" }

    /// Two placements, one of them not UTF-8, and a title.
    package static func labels(_ index: UInt64, _ record: PostRecord?) -> ManifestLabels {
        guard record != nil else { return ManifestLabels() }
        let odd: [UInt8] = Array("archived/".utf8) + [0xff, 0xfe]
        return ManifestLabels(
            placements: [(".", RawPath(path(index))), ("../old", RawPath(odd))], title: "Post \(index)")
    }

    package func range() throws -> [UInt8] { try manifest(.range(from: 0, to: size)) }

    package func filter(_ indexes: [UInt64]) throws -> [UInt8] {
        try manifest(
            .filter(
                indexes: indexes,
                description: ["url": .string("https://news.example/"), "paths": .array([.string("a"), .string("b")])]))
    }
}

private func record(of bytes: [UInt8], signer: String, recorded: Int64) throws -> PostRecord {
    let post = try Post(parsing: bytes)
    let digests = PostDigests.compute(bytes, post)
    return PostRecord(post, digests, signer: signer, recorded: 1_644_472_320_000 + recorded)
}

/// What verifying came to, whether it returned or threw.
package struct Outcome {
    package var status: ExitStatus
    package var problems: [Problem]
    package var report: ManifestReport?

    /// Whether some offender's place holds one of these words.
    package func names(_ words: [String]) -> Bool {
        problems.contains { problem in words.contains { problem.place.contains($0) } }
    }

    package var codes: [String] { problems.map(\.code) }
}

/// Verifies the bytes of a manifest as a file.
package func verify(
    _ manifest: [UInt8], trust: Trust, posts: String? = nil, requiresContent: Bool = false, in folder: TemporaryFolder
) throws -> Outcome {
    let path = try folder.write(manifest, to: "manifest-\(UInt64.random(in: 0...UInt64.max)).json")
    defer { try? DurableFile.remove(RawPath(path)) }
    var problems: [Problem] = []
    do throws(Problem) {
        let source: FileStream
        do { source = try FileStream(RawPath(path)) } catch { throw Problem(.storage, path, "\(error)") }
        let report = try ManifestVerifier.verify(
            source: source, place: "manifest.json", trust: trust, posts: posts.map { RawPath($0) },
            requiresContent: requiresContent,
            report: { problems.append($0) })
        return Outcome(status: report.status, problems: problems, report: report)
    } catch {
        return Outcome(status: error.status, problems: problems + [error], report: nil)
    }
}

extension ClaimCounts {
    /// All counts, for comparing two outcomes.
    package var table: [String: UInt64] {
        var table: [String: UInt64] = [:]
        for subject in Claim.Subject.allCases {
            for standing in Standing.allCases {
                table["\(subject.rawValue) \(standing.rawValue)"] = count(subject, standing)
            }
        }
        return table
    }
}

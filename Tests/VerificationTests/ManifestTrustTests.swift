import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestSupport
import Testing

@Suite("Whom a manifest's verifier trusts")
struct ManifestTrustTests {
    let keys: SampleKeys
    let trust: Trust
    let folder: TemporaryFolder

    init() throws {
        keys = try SampleKeys()
        trust = try keys.trust()
        folder = try TemporaryFolder()
    }

    /// No claim of the tree or of a key is proven.
    private func expectNothingProven(_ outcome: Outcome) throws {
        #expect(outcome.status == .inconclusive)
        let counts = try #require(outcome.report?.counts)
        for subject in Claim.Subject.allCases { #expect(counts.count(subject, .proven) == 0, "\(subject)") }
    }

    @Test("a log rewritten under new keys does not verify with the old keys pinned")
    func rewritten() throws {
        let forged = try SampleLog(
            5, keys: try SampleKeys(seed: 50), posts: [1: SampleLog.post(1, body: "other words")])
        let outcome = try verify(try forged.range(), trust: trust, in: folder)
        try expectNothingProven(outcome)
        #expect(outcome.codes.contains("E-KEY-NOT-PINNED"))
    }

    @Test("with nothing pinned nothing is proven, whatever keys the manifest shows")
    func nothingPinned() throws {
        let log = try SampleLog(257, checkpoints: [200], keys: keys)
        for manifest in [
            try log.range(), try log.filter([1, 5]), try log.manifest(.range(from: 200, to: 257), since: 200),
        ] {
            let outcome = try verify(manifest, trust: .nothing, in: folder)
            try expectNothingProven(outcome)
            #expect(outcome.problems.contains { $0.place == "checkpoint" && $0.advice != nil })
            #expect(outcome.report?.keysShown.count == 2)
            // One problem says it for all entries.
            #expect(outcome.problems.count < 5)
        }
    }

    @Test("a log key that is pinned vouches for the tree, not for a signer that is not")
    func otherSigner() throws {
        let stranger = try SampleKeys(seed: 60)
        var note = try NoteSigner(name: SampleKeys.origin + "/signer", key: stranger.signer)
        let record = try SampleLog(1, keys: keys).entries[0]
        let text = try SignedNote(parsing: record).text
        let log = try SampleLog(entries: [try note.sign(text)], keys: keys)
        let outcome = try verify(try log.range(), trust: trust, in: folder)
        #expect(outcome.status == .inconclusive)
        let counts = try #require(outcome.report?.counts)
        #expect(counts.count(.inclusion, .proven) == 1)
        #expect(counts.count(.signature, .unknown) == 1)
        #expect(outcome.problems.contains { $0.place.hasPrefix("entry 0 (") })
    }

    @Test("a logged record whose signature is not the pinned signer's fails and is named")
    func badSignature() throws {
        var entries = try SampleLog(5, keys: keys).entries
        let note = try SignedNote(parsing: entries[1])
        var signature = note.signatures[0].signature
        signature[63] ^= 1
        entries[1] = SignedNote(
            text: note.text,
            signatures: [
                NoteSignature(name: note.signatures[0].name, keyID: note.signatures[0].keyID, signature: signature)
            ]
        ).encoded()
        let log = try SampleLog(entries: entries, keys: keys)
        let outcome = try verify(try log.range(), trust: trust, in: folder)
        #expect(outcome.status == .failed)
        #expect(outcome.problems.contains { $0.code == "E-SIGNATURE-INVALID" && $0.place.hasPrefix("entry 1 (") })
        #expect(outcome.report?.counts.count(.completeness, .proven) == 1)
    }

    @Test("a logged entry of a known kind that is not what it must be fails")
    func malformed() throws {
        var entries = try SampleLog(5, keys: keys).entries
        entries[1] = Array("provenance/post@v1\nand nothing more\n".utf8)
        let log = try SampleLog(entries: entries, keys: keys)
        let outcome = try verify(try log.range(), trust: trust, in: folder)
        #expect(outcome.status == .failed)
        #expect(outcome.problems.contains { $0.code == "E-ENTRY-MALFORMED" && $0.place.hasPrefix("entry 1") })
        #expect(outcome.report?.entries.malformed == 1)
    }

    @Test("an unreadable key-life entry makes every signature of the log unknown", arguments: [0, 2, 5])
    func keyLife(place: Int) throws {
        var entries = try SampleLog(5, keys: keys).entries
        entries.insert(Array("provenance/key@v7\nrevoke everything\n".utf8), at: place)
        let log = try SampleLog(entries: entries, keys: keys)
        let outcome = try verify(try log.range(), trust: trust, in: folder)
        #expect(outcome.status == .inconclusive)
        #expect(outcome.problems.contains { $0.code == "E-KEY-LIFE-UNREADABLE" && $0.place == "entry \(place)" })
        let counts = try #require(outcome.report?.counts)
        #expect(counts.count(.signature, .proven) == 0)
        // Four signatures by pinned keys, the key-life entry's own, and that of the entry of an unknown kind.
        #expect(counts.count(.signature, .unknown) == 6)
        #expect(counts.count(.inclusion, .proven) == 6)
    }

    @Test("a quorum of witnesses that is not met leaves the tree unproven")
    func quorum() throws {
        let witness = try VerifierKey(
            name: "witness.example", kind: .cosignature,
            publicKey: try Ed25519PrivateKey(seed: Array(repeating: 77, count: 32)).publicKey.raw)
        let pinned = try TemporaryFolder()
        try pinned.write("log \(try keys.logKey())\nwitness w \(witness)\nquorum w\n", to: "policy")
        try pinned.write("\(try keys.signerKey())\n", to: "signer.vkey")
        let outcome = try verify(
            try SampleLog(5, keys: keys).range(), trust: try Trust.folder(RawPath(pinned.path)), in: folder)
        #expect(outcome.status == .inconclusive)
        #expect(outcome.codes == ["E-QUORUM"])
        let counts = try #require(outcome.report?.counts)
        #expect(counts.count(.inclusion, .unknown) == 5)
        #expect(counts.count(.completeness, .unknown) == 1)
        #expect(counts.count(.signature, .proven) == 3)
    }

    @Test("a range that is empty, below or above what is here fails, whatever its ends", arguments: [0, 1, 5, 9])
    func emptyRange(place: UInt64) throws {
        let log = try SampleLog(5, keys: keys)
        for entries in [UInt64(0)..<5, 1..<5, 3..<4] {
            let manifest = try log.manifest(.range(from: entries.lowerBound, to: entries.upperBound))
            var members = try #require(CanonicalJSON.decode(manifest)?.members)
            var selection = try #require(members["selection"]?.members)
            selection["from"] = .number(place)
            selection["to"] = .number(place)
            members["selection"] = .object(selection)
            let outcome = try verify(CanonicalJSON.encode(.object(members)), trust: trust, in: folder)
            #expect(outcome.status == .failed)
            #expect(outcome.codes.contains("E-INCOMPLETE"))
            #expect(outcome.report?.counts.count(.completeness, .failed) == 1)
        }
    }

    @Test("with several pinned sets the worst verdict counts, in whatever order they are read")
    func severalSets() throws {
        let log = try SampleLog(5, keys: keys)
        let stranger = try SampleKeys(seed: 50)
        let note = try SignedNote(parsing: log.note)
        // The stranger's signature line is present and does not verify.
        let wrong = SignedNote(
            text: note.text,
            signatures: note.signatures + [
                NoteSignature(
                    name: SampleKeys.origin, keyID: try stranger.logKey().keyID,
                    signature: Array(repeating: 1, count: 64))
            ]
        ).encoded()
        let witness = try VerifierKey(
            name: "witness.example", kind: .cosignature,
            publicKey: try Ed25519PrivateKey(seed: Array(repeating: 77, count: 32)).publicKey.raw)
        let own = "log \(try keys.logKey())\n"
        let sets = [
            "proven": own + "quorum none\n", "quorum": own + "witness w \(witness)\nquorum w\n",
            "unknown": "log \(try SampleKeys(seed: 51).logKey())\nquorum none\n",
            "failed": "log \(try stranger.logKey())\nquorum none\n",
        ]
        let rising: [(name: String, standing: Standing, code: String?)] = [
            ("proven", .proven, nil), ("quorum", .unknown, "E-QUORUM"), ("unknown", .unknown, "E-KEY-NOT-PINNED"),
            ("failed", .failed, "E-CHECKPOINT-INVALID"),
        ]
        for better in rising.indices {
            for worse in rising.indices where worse > better {
                for (one, other) in [(better, worse), (worse, better)] {
                    let store = try TemporaryFolder()
                    try store.write(try #require(sets[rising[one].name]), to: "a/policy")
                    try store.write(try #require(sets[rising[other].name]), to: "b/policy")
                    let trust = try Trust.store(RawPath(store.path))
                    let claim = try trust.check(checkpoint: wrong, place: "checkpoint").claim
                    #expect(claim.standing == rising[worse].standing, "\(rising[one].name), \(rising[other].name)")
                    #expect(claim.code == rising[worse].code, "\(rising[one].name), \(rising[other].name)")
                }
            }
        }
    }

    @Test("entries of an unknown kind are logged, their meaning unknown")
    func unknownKinds() throws {
        let log = try SampleLog(entries: [SampleLog.unknown, SampleLog.noText], keys: keys)
        let outcome = try verify(try log.range(), trust: trust, in: folder)
        #expect(outcome.status == .inconclusive)
        #expect(outcome.codes == ["E-NOTHING-CHECKED"])
        #expect(outcome.report?.entries.unknown == 2)
        #expect(outcome.report?.counts.count(.inclusion, .proven) == 2)
    }

    @Test("an earlier checkpoint of another log, of a fork, or that no pinned key signed, links nothing")
    func since() throws {
        let log = try SampleLog(257, checkpoints: [5], keys: keys)
        let manifest = try #require(CanonicalJSON.decode(try log.manifest(.range(from: 5, to: 257), since: 5)))
        func outcome(_ note: [UInt8]) throws -> Outcome {
            var members = try #require(manifest.members)
            var link = try #require(members["consistency"]?.members)
            link["checkpoint"] = .string(String(decoding: note, as: UTF8.self))
            members["consistency"] = .object(link)
            return try verify(CanonicalJSON.encode(.object(members)), trust: trust, in: folder)
        }
        let fork = try SampleLog(5, keys: keys, posts: [0: SampleLog.post(0, body: "fork")])
        #expect(try outcome(fork.note).codes.contains("E-CONSISTENCY-INVALID"))
        #expect(try outcome(fork.note).status == .failed)
        let unsigned = try SampleLog(257, checkpoints: [5], keys: try SampleKeys(seed: 70))
        let forged = try #require(unsigned.notes[5])
        #expect(try outcome(forged).status != .verified)
        // The same tree, signed by a key that is not pinned.
        var signer = try NoteSigner(name: SampleKeys.origin, key: try SampleKeys(seed: 71).log)
        let stranger = try signer.sign(try SignedNote(parsing: try #require(log.notes[5])).text)
        let unpinned = try outcome(stranger)
        #expect(unpinned.status == .inconclusive)
        #expect(unpinned.report?.counts.count(.consistency, .unknown) == 1)
    }
}

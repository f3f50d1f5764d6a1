import ProvenanceMerkle
import ProvenanceNote
import TestSupport
import Testing

@Suite("Notes and keys that other projects made") struct ForeignNoteTests {
    struct Examples: Decodable {
        enum CodingKeys: String, CodingKey {
            case note = "signed_note"
            case checkpoint = "checkpoint_shape"
        }
        struct Note: Decodable {
            let vkey: String
            let note: String
        }
        struct Shape: Decodable {
            enum CodingKeys: String, CodingKey {
                case note
                case time = "cosignature_timestamp"
            }
            let note: String
            let time: UInt64
        }
        let note: Note
        let checkpoint: Shape
    }

    @Test("the signed note and the checkpoint printed in the C2SP documents")
    func specification() throws {
        let file = "vectors/C2SP-spec-examples/examples.json"
        guard let examples = try Shared.json(Examples.self, file) else { return }
        let key = try VerifierKey(parsing: examples.note.vkey)
        #expect(key.name == "example.com/foo")
        #expect(key.keyIDText == "530d903a")
        #expect(key.description == examples.note.vkey)
        let note = try SignedNote(parsing: Array(examples.note.note.utf8))
        #expect(try ReusedNoteVerifier().verify(note, [key]).map(\.key) == [key])
        #expect(note.encoded() == Array(examples.note.note.utf8))

        let bytes = Array(examples.checkpoint.note.utf8)
        let signed = try SignedNote(parsing: bytes)
        #expect(signed.encoded() == bytes)
        let checkpoint = try Checkpoint(parsing: signed.text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.text() == signed.text)
        let stamp = try #require(signed.signatures.last).signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(stamp == examples.checkpoint.time)
    }

    struct Sigsum: Decodable {
        enum CodingKeys: String, CodingKey {
            case key = "log_public_key_hex"
            case note
            case cosignature
        }
        struct Cosigned: Decodable {
            enum CodingKeys: String, CodingKey {
                case body = "checkpoint_body"
                case key = "witness_public_key_hex"
                case timestamp
                case valid = "valid_line"
                case invalid = "invalid_lines"
            }
            struct Invalid: Decodable {
                let line: String
                let why: String
            }
            let body: String
            let key: String
            let timestamp: UInt64
            let valid: String
            let invalid: [Invalid]
        }
        let key: String
        let note: String
        let cosignature: Cosigned
    }

    @Test("sigsum's checkpoint verifies")
    func sigsumCheckpoint() throws {
        guard let sigsum = try Shared.json(Sigsum.self, "vectors/sigsum-go/checkpoint.json") else { return }
        let note = try SignedNote(parsing: Array(sigsum.note.utf8))
        let checkpoint = try Checkpoint(parsing: note.text)
        #expect(checkpoint.size == 10)
        let raw = try #require([UInt8](hex: sigsum.key))
        let key = try VerifierKey(name: checkpoint.origin, kind: .ed25519, publicKey: raw)
        #expect(try ReusedNoteVerifier().verify(note, [key]) == ReusedNoteVerifier().verify(note, [key]))
        #expect(try ReusedNoteVerifier().verify(note, [key]).count == 1)
        #expect(note.encoded() == Array(sigsum.note.utf8))
    }

    @Test("sigsum's cosignature verifies with its time, and its invalid ones do not")
    func sigsumCosignature() throws {
        guard let sigsum = try Shared.json(Sigsum.self, "vectors/sigsum-go/checkpoint.json") else { return }
        let item = sigsum.cosignature
        let raw = try #require([UInt8](hex: item.key))
        let key = try VerifierKey(name: "example.org/witness", kind: .cosignature, publicKey: raw)
        let note = try SignedNote(parsing: Array((item.body + "\n" + item.valid).utf8))
        let verified = try ReusedNoteVerifier().verify(note, [key])
        #expect(verified.map(\.time) == [item.timestamp])
        #expect(verified.map(\.key) == [key])
        #expect(item.invalid.count == 3)
        for invalid in item.invalid {
            let bytes = Array((item.body + "\n" + invalid.line).utf8)
            #expect(throws: NoteError.self, "\(invalid.why)") {
                try ReusedNoteVerifier().verify(try SignedNote(parsing: bytes), [key])
            }
        }
    }

    @Test("the vkey of transparency-dev/formats whose key ID is wrong is refused")
    func wrongKeyID() throws {
        guard let bytes = try Shared.bytes("vectors/transparency-dev-formats/mldsa44-vkey.txt") else { return }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
        do {
            _ = try VerifierKey(parsing: text)
            Issue.record("the key was read")
        } catch {
            #expect(error == NoteError(.keyMalformed, ""))
            #expect(error.reason == "the key ID is 31236897, not 5893dc2c as it says")
        }
        let right = text.replacing("+5893dc2c+", with: "+31236897+")
        #expect(try VerifierKey(parsing: right).description == right)
    }

    struct MLDSA: Decodable {
        let vkey: String
        let note: String
    }

    @Test("torchwood's ML-DSA-44 checkpoint is carried unchanged, and its key counts as unknown")
    func mldsa() throws {
        let file = "vectors/FiloSottile-torchwood/mldsa44-log-checkpoint.json"
        guard let item = try Shared.json(MLDSA.self, file) else { return }
        let key = try VerifierKey(parsing: item.vkey)
        #expect(key.kind == .unsupported(0x06))
        #expect(key.publicKey.count == 1312)
        #expect(key.description == item.vkey)
        let note = try SignedNote(parsing: Array(item.note.utf8))
        #expect(note.encoded() == Array(item.note.utf8))
        #expect(note.signatures.map(\.signature.count) == [8 + 2420])
        #expect(note.signatures.allSatisfy { key.matches($0) })
        #expect(throws: NoteError(.keyUnknown, "")) { try ReusedNoteVerifier().verify(note, [key]) }
        let checkpoint = try Checkpoint(parsing: note.text)
        #expect(checkpoint.origin == "example.com/mldsa-log")
        #expect(checkpoint.size == 1)

        // Beside it, a signature that this version does know still counts.
        let own = try ReusedNoteSigner("example.com/own")
        let both = SignedNote(text: note.text, signatures: note.signatures + [try own.signature(note.text)])
        #expect(try ReusedNoteVerifier().verify(both, [key, own.verifierKey]).map(\.key) == [own.verifierKey])
    }
}

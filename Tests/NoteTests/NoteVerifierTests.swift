import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Verifying notes") struct NoteVerifierTests {
    static let text = "a text\n\nof three lines\n"

    private func verify(_ note: SignedNote, _ keys: [VerifierKey]) throws -> [String] {
        try ReusedNoteVerifier().verify(note, keys).map(\.key.name)
    }

    @Test("known signatures are returned, in the order of their lines; unknown ones are ignored")
    func known() throws {
        let note = try TestKey.note(Self.text, signedBy: "a", "b", "c")
        let (a, b, c) = try (TestKey.verifierKey("a"), TestKey.verifierKey("b"), TestKey.verifierKey("c"))
        let d = try TestKey.verifierKey("d")
        #expect(try verify(note, [a]) == ["a"])
        #expect(try verify(note, [b]) == ["b"])
        #expect(try verify(note, [c, b, a]) == ["a", "b", "c"])
        #expect(try verify(note, [d, c]) == ["c"])
        #expect(try ReusedNoteVerifier().verify(note, [a]).map(\.time) == [nil])
        // One verifier for many notes and keys.
        let verifier = try ReusedNoteVerifier()
        for key in [a, b, c, a, c] { #expect(try verifier.verify(note, [key]).map(\.key) == [key]) }
    }

    @Test("no known key rejects")
    func unknown() throws {
        let note = try TestKey.note(Self.text, signedBy: "a", "b")
        #expect(throws: NoteError(.keyUnknown, "")) { try verify(note, []) }
        #expect(throws: NoteError(.keyUnknown, "")) { try verify(note, [try TestKey.verifierKey("z")]) }
    }

    @Test("a known key that fails rejects the whole note, wherever its line stands")
    func invalid() throws {
        let good = try TestKey.note(Self.text, signedBy: "a", "b")
        let keys = try [TestKey.verifierKey("a"), TestKey.verifierKey("b")]
        for place in 0..<2 {
            for bit in stride(from: 0, to: 512, by: 31) {
                var signatures = good.signatures
                let old = signatures[place]
                signatures[place] = NoteSignature(
                    name: old.name, keyID: old.keyID, signature: old.signature.flipping(bit: bit))
                let note = SignedNote(text: good.text, signatures: signatures)
                #expect(throws: NoteError(.signatureInvalid, "")) { try verify(note, keys) }
                #expect(throws: NoteError(.signatureInvalid, "")) { try verify(note, [keys[place]]) }
                // To a verifier without that key it is an unknown signature beside a good one.
                #expect(try verify(note, [keys[1 - place]]) == [keys[1 - place].name])
            }
        }
    }

    @Test("the signature of one known key does not pass as another's")
    func swapped() throws {
        let note = try TestKey.note(Self.text, signedBy: "a", "b")
        let (a, b) = (note.signatures[0], note.signatures[1])
        let swapped = SignedNote(
            text: note.text,
            signatures: [
                NoteSignature(name: a.name, keyID: a.keyID, signature: b.signature),
                NoteSignature(name: b.name, keyID: b.keyID, signature: a.signature),
            ])
        let keys = try [TestKey.verifierKey("a"), TestKey.verifierKey("b")]
        #expect(throws: NoteError(.signatureInvalid, "")) { try verify(swapped, keys) }
        // One key's signature twice, the second time under the other's name, after the first was verified.
        let borrowed = SignedNote(
            text: note.text,
            signatures: [a, NoteSignature(name: b.name, keyID: b.keyID, signature: a.signature)])
        #expect(throws: NoteError(.signatureInvalid, "")) { try verify(borrowed, keys) }
    }

    @Test("name and ID must both match, byte for byte")
    func halfMatches() throws {
        let key = try TestKey.verifierKey("caf\u{e9}")
        let signature = try ReusedNoteSigner("caf\u{e9}").signature(Array(Self.text.utf8))
        func note(_ name: String, _ keyID: UInt32) -> SignedNote {
            let line = NoteSignature(name: name, keyID: keyID, signature: signature.signature)
            return SignedNote(text: Array(Self.text.utf8), signatures: [line])
        }
        #expect(try verify(note(key.name, key.keyID), [key]) == [key.name])
        #expect(throws: NoteError(.keyUnknown, "")) { try verify(note(key.name, key.keyID ^ 1), [key]) }
        #expect(throws: NoteError(.keyUnknown, "")) { try verify(note("cafe", key.keyID), [key]) }
        // Equal for String's ==, but different bytes.
        #expect("cafe\u{301}" == key.name)
        #expect(throws: NoteError(.keyUnknown, "")) { try verify(note("cafe\u{301}", key.keyID), [key]) }
    }

    @Test("any change of one bit of a signed note leaves nothing verified")
    func mutation() throws {
        let key = try TestKey.verifierKey("a")
        let bytes = try TestKey.note(Self.text, signedBy: "a").encoded()
        #expect(try verify(try SignedNote(parsing: bytes), [key]) == ["a"])
        let verifier = try ReusedNoteVerifier()
        var codes: Set<NoteError.Code> = []
        for bit in 0..<(8 * bytes.count) {
            do {
                _ = try verifier.verify(try SignedNote(parsing: bytes.flipping(bit: bit)), [key])
                Issue.record("bit \(bit) may be turned")
            } catch {
                codes.insert(error.code)
            }
        }
        #expect(codes == [.noteMalformed, .keyUnknown, .signatureInvalid])
        for count in 0..<bytes.count {
            #expect(throws: NoteError.self) {
                try verifier.verify(try SignedNote(parsing: Array(bytes.prefix(count))), [key])
            }
        }
    }

    @Test("nothing but the exact text verifies")
    func otherTexts() throws {
        let note = try TestKey.note(Self.text, signedBy: "a")
        let key = try TestKey.verifierKey("a")
        for text in [Self.text + "\n", String(Self.text.dropLast()), "\n" + Self.text, Self.text + "x\n", ""] {
            let other = SignedNote(text: Array(text.utf8), signatures: note.signatures)
            #expect(throws: NoteError(.signatureInvalid, "")) { try verify(other, [key]) }
        }
    }

    @Test("a note without signatures is never verified")
    func noSignature() throws {
        let note = SignedNote(text: Array(Self.text.utf8), signatures: [])
        #expect(throws: NoteError(.keyUnknown, "")) { try verify(note, [try TestKey.verifierKey("a")]) }
    }
}

@Suite("Signing notes") struct NoteSignerTests {
    @Test("what is signed is read, verifies, and is the same each time")
    func sign() throws {
        let signer = try ReusedNoteSigner("example.com/log")
        let text = Array("one\n\ntwo\n".utf8)
        let bytes = try signer.sign(text)
        #expect(try signer.sign(text) == bytes)
        let note = try SignedNote(parsing: bytes)
        #expect(note.text == text)
        #expect(try ReusedNoteVerifier().verify(note, [signer.verifierKey]).count == 1)
        #expect(signer.verifierKey.kind == .ed25519)
    }

    @Test("openssl pkeyutl verifies the signature over the text")
    func pkeyutl() throws {
        let key = try TestKey.privateKey("example.com/log")
        let note = try SignedNote(parsing: try ReusedNoteSigner("example.com/log").sign(Array("text\n".utf8)))
        let folder = try TemporaryFolder()
        let ended = try run(
            "openssl", "pkeyutl", "-verify", "-rawin", "-pubin",
            "-inkey", try folder.write(try key.publicKey.pem(), to: "pub.pem"),
            "-sigfile", try folder.write(note.signatures[0].signature, to: "signature"),
            "-in", try folder.write(note.text, to: "text"))
        #expect(ended.status == 0, "\(ended)")
    }

    @Test(
        "a text that no note may have is not signed",
        arguments: [
            [], Array("no newline".utf8), Array("tab\t\n".utf8), Array("cr\r\n".utf8), [0, 0x0a], [0xff, 0x0a],
        ])
    func refusedTexts(text: [UInt8]) throws {
        let signer = try ReusedNoteSigner("example.com/log")
        #expect(throws: NoteError(.noteMalformed, "")) { try signer.sign(text) }
        #expect(throws: NoteError(.noteMalformed, "")) { try signer.signature(text) }
    }

    @Test("a name that no key may have makes no signer", arguments: ["", "a b", "a+b", "a\nb"])
    func refusedNames(name: String) throws {
        #expect(throws: NoteError(.keyMalformed, "")) { try ReusedNoteSigner(name) }
    }
}

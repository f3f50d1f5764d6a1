import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Timestamped Ed25519 cosignatures") struct CosignatureTests {
    static let text = Array(
        "example.com/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nextension\n".utf8)
    static let name = "witness.example.com/w1"

    private func verify(_ signature: NoteSignature, over text: [UInt8] = text) throws -> [UInt64?] {
        let key = try TestKey.verifierKey(Self.name, .cosignature)
        let note = SignedNote(text: text, signatures: [signature])
        return try ReusedNoteVerifier().verify(note, [key]).map(\.time)
    }

    @Test("the signed message is the one of tlog-cosignature")
    func message() {
        let wanted =
            "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
            + "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        let text = wanted.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).joined(separator: "\n")
        #expect(Cosignature.message(time: 1_679_315_147, text: Array(text.utf8)) == Array(wanted.utf8))
    }

    @Test("verifies with its time", arguments: [0, 1, 1_679_315_147, UInt64(Int64.max)])
    func good(time: UInt64) throws {
        #expect(try verify(try TestKey.cosignature(Self.name, time: time, over: Self.text)) == [time])
    }

    @Test("a time above 2^63-1 is refused, even when signed", arguments: [1 << 63, UInt64.max])
    func hugeTime(time: UInt64) throws {
        let signature = try TestKey.cosignature(Self.name, time: time, over: Self.text)
        #expect(throws: NoteError(.signatureInvalid, "")) { try verify(signature) }
    }

    @Test("time, signature and every line of the text are covered")
    func mutation() throws {
        let good = try TestKey.cosignature(Self.name, time: 1_679_315_147, over: Self.text)
        for bit in 0..<(8 * good.signature.count) {
            let other = NoteSignature(
                name: good.name, keyID: good.keyID, signature: good.signature.flipping(bit: bit))
            #expect(throws: NoteError(.signatureInvalid, ""), "bit \(bit)") { try verify(other) }
        }
        for bit in 0..<(8 * Self.text.count) {
            #expect(throws: NoteError(.signatureInvalid, "")) { try verify(good, over: Self.text.flipping(bit: bit)) }
        }
    }

    @Test("other lengths are refused", arguments: [0, 1, 7, 8, 63, 64, 71, 73, 144])
    func length(count: Int) throws {
        let good = try TestKey.cosignature(Self.name, time: 5, over: Self.text)
        let bytes = Array((good.signature + good.signature).prefix(count))
        let other = NoteSignature(name: good.name, keyID: good.keyID, signature: bytes)
        #expect(throws: NoteError(.signatureInvalid, "")) { try verify(other) }
    }

    @Test("a plain signature is no cosignature, nor the other way round")
    func kinds() throws {
        let plain = try TestKey.verifierKey(Self.name)
        let timed = try TestKey.verifierKey(Self.name, .cosignature)
        #expect(plain.keyID != timed.keyID)
        #expect(plain != timed)
        let plainLine = try ReusedNoteSigner(Self.name).signature(Self.text)
        let timedLine = try TestKey.cosignature(Self.name, time: 5, over: Self.text)
        // Under its own ID each is unknown to the other key.
        let verifier = try ReusedNoteVerifier()
        let note = SignedNote(text: Self.text, signatures: [plainLine])
        #expect(throws: NoteError(.keyUnknown, "")) { try verifier.verify(note, [timed]) }
        // Under the other's ID it does not verify.
        let forged = NoteSignature(name: Self.name, keyID: timed.keyID, signature: plainLine.signature)
        #expect(throws: NoteError(.signatureInvalid, "")) { try verify(forged) }
        let bare = NoteSignature(name: Self.name, keyID: plain.keyID, signature: Array(timedLine.signature[8...]))
        let bareNote = SignedNote(text: Self.text, signatures: [bare])
        #expect(throws: NoteError(.signatureInvalid, "")) { try verifier.verify(bareNote, [plain]) }
        // Both on one note, one key pair, two keys.
        let both = SignedNote(text: Self.text, signatures: [plainLine, timedLine])
        #expect(try verifier.verify(both, [timed, plain]).map(\.time) == [nil, 5])
    }

    @Test("a text that itself reads like the message's head does not move the time")
    func confusedText() throws {
        let inner = Array("time 7\n".utf8) + Self.text
        let signature = try TestKey.cosignature(Self.name, time: 5, over: inner)
        #expect(try verify(signature, over: inner) == [5])
        #expect(throws: NoteError(.signatureInvalid, "")) { try verify(signature) }
    }
}

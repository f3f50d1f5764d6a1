import ProvenanceNote
import Testing

@Suite("Note errors") struct NoteErrorTests {
    @Test("error codes are stable, unlike one another, and equality is theirs")
    func codes() {
        let names = NoteError.Code.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(
            names == [
                "E-NOTE-MALFORMED", "E-KEY-MALFORMED", "E-CHECKPOINT-MALFORMED", "E-PROOF-MALFORMED",
                "E-POLICY-MALFORMED", "E-KEY-ROLE", "E-SIGNATURE-INVALID", "E-KEY-UNKNOWN", "E-CRYPTO",
            ])
        #expect(NoteError(.noteMalformed, "one", line: 1) == NoteError(.noteMalformed, "other"))
        #expect(NoteError(.noteMalformed, "one") != NoteError(.keyMalformed, "one"))
        #expect(NoteError(.noteMalformed, "what", line: 3).description == "line 3: what")
        #expect(NoteError(.noteMalformed, "what").description == "what")
    }
}

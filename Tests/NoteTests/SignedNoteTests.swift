import ProvenanceEncoding
import ProvenanceNote
import TestSupport
import Testing

@Suite("Signed notes") struct SignedNoteTests {
    /// A signature line; no signature is verified here.
    static func line(_ name: String = "key", _ seed: UInt8 = 7, count: Int = 68) -> String {
        "— \(name) \(Base64.encode([UInt8](repeating: seed, count: count)))\n"
    }

    static let texts = [
        "one line\n", "\n", "\n\n", "a\n\nb\n", "a\n\n\n\nb\n", "\na\n", "a\n\n", "é 密 🗞\n", "— not a signature\n",
        "trailing space \n", "a\u{85}\u{a0}b\n", "a\u{7f}b\n",
    ]

    @Test("text and signatures are told apart at the last empty line", arguments: texts)
    func text(text: String) throws {
        for count in [1, 2, 16] {
            let lines = (0..<count).map { Self.line("key\($0)", UInt8($0)) }
            let bytes = Array((text + "\n" + lines.joined()).utf8)
            let note = try SignedNote(parsing: bytes)
            #expect(note.text == Array(text.utf8))
            #expect(note.signatures.map(\.name) == (0..<count).map { "key\($0)" })
            #expect(note.signatures.map(\.keyID) == (0..<count).map { 0x0101_0101 * UInt32($0) })
            #expect(note.signatures.allSatisfy { $0.signature.count == 64 })
            #expect(note.encoded() == bytes)
            // A slice of a larger array.
            #expect(try SignedNote(parsing: (Array("xx\n\n".utf8) + bytes)[4...]) == note)
        }
    }

    static let refused: [(what: String, note: String)] = [
        ("nothing", ""), ("a newline", "\n"), ("two newlines", "\n\n"), ("text alone", "text\n"),
        ("text without a newline", "text"), ("no signature", "text\n\n"),
        ("two empty lines, no signature", "text\n\n\n"),
        ("no empty line", "text\n" + line()), ("no text", line()), ("empty line first, no text", "\n" + line()),
        ("no final newline", "text\n\n" + line().dropLast()),
        ("final text after the signatures", "text\n\n" + line() + "x\n"),
        ("a line between signatures", "text\n\n" + line() + "Unexpected line.\n" + line("b")),
        ("an empty line at the end", "text\n\n" + line() + "\n"),
        ("CR LF throughout", ("text\n\n" + line()).replacing("\n", with: "\r\n")),
        ("CR in the text", "te\rxt\n\n" + line()), ("tab in the text", "te\txt\n\n" + line()),
        ("NUL in the text", "te\0xt\n\n" + line()), ("0x01 before", "\u{1}text\n\n" + line()),
        ("0x1f in the name", "text\n\n" + line("k\u{1f}")),
        ("CR after the signature", "text\n\n" + line().dropLast() + "\r\n"),
        ("a hyphen for the dash", "text\n\n-" + line().dropFirst()), ("an en dash", "text\n\n–" + line().dropFirst()),
        ("no space after the dash", "text\n\n—key" + line().dropFirst(5)),
        ("two spaces after the dash", "text\n\n—  " + line().dropFirst(2)),
        ("a space before the dash", "text\n\n " + line()), ("a space in the name", "text\n\n" + line("Bad Name")),
        ("a plus in the name", "text\n\n" + line("a+b")), ("no name", "text\n\n" + line("")),
        ("a no-break space in the name", "text\n\n" + line("a\u{a0}b")),
        ("a next-line character in the name", "text\n\n" + line("a\u{85}b")),
        ("an ideographic space in the name", "text\n\n" + line("a\u{3000}b")),
        ("two spaces before the base64", "text\n\n— key  AAAABBBB\n"),
        ("a space after the base64", "text\n\n— key AAAABBBB \n"),
        ("no base64", "text\n\n— key\n"), ("empty base64", "text\n\n— key \n"), ("dash alone", "text\n\n— \n"),
        ("three bytes", "text\n\n— key AAAA\n"), ("a key ID alone", "text\n\n" + line(count: 4)),
        ("unpadded base64", "text\n\n— key AAAABBBBCC\n"), ("URL-safe base64", "text\n\n— key AAAABBB_\n"),
        ("unused bits in the base64", "text\n\n— key AAAABBB=\n"),
        ("the same line twice", "text\n\n" + line() + line()),
        ("the same name and ID with another signature", "text\n\n— key BwcHBwE=\n— key BwcHBwI=\n"),
    ]

    @Test("what is no note", arguments: refused)
    func refuse(what: String, note: String) {
        #expect(throws: NoteError(.noteMalformed, "")) { try SignedNote(parsing: Array(note.utf8)) }
    }

    @Test(
        "invalid UTF-8 is refused wherever it stands",
        arguments: [[0xff], [0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80]] as [[UInt8]])
    func invalidUTF8(bad: [UInt8]) {
        let good = Array(("text\n\n" + Self.line()).utf8)
        for place in [0, 2, 4, 10, 12, good.count - 1] {
            let note = Array(good[..<place]) + bad + Array(good[place...])
            #expect(throws: NoteError(.noteMalformed, "")) { try SignedNote(parsing: note) }
        }
    }

    @Test("every control character below U+0020 but LF is refused, in text and signatures; U+007F and above are not")
    func controlCharacters() throws {
        let good = Array(("text\n\n" + Self.line()).utf8)
        for byte in UInt8(0)..<0x20 where byte != 0x0a {
            for place in [0, 2, 8, 12, 20, good.count - 1] {
                let note = Array(good[..<place]) + [byte] + Array(good[place...])
                #expect(throws: NoteError(.noteMalformed, ""), "\(byte) at \(place)") { try SignedNote(parsing: note) }
            }
        }
        for text in ["te\u{7f}xt\n\n", "te\u{80}xt\n\n", "te\u{9f}xt\n\n"] {
            #expect(try SignedNote(parsing: Array((text + Self.line()).utf8)).signatures.count == 1)
        }
    }

    @Test("an error names the line it is about")
    func errorLines() {
        func errorLine(_ note: String) -> Int? {
            do { _ = try SignedNote(parsing: Array(note.utf8)) } catch { return error.line }
            return -1
        }
        #expect(errorLine("a\nb\tc\n\n" + Self.line()) == 2)
        #expect(errorLine("a\nb\n\n" + Self.line() + "x\n") == 5)
        #expect(errorLine("a\n\nb\n\n" + Self.line() + Self.line("c") + Self.line()) == 7)
        #expect(errorLine("a\n\n") == 3)
    }

    @Test("names that differ only in their ID, or IDs only in their name, are two keys")
    func halves() throws {
        let note = try SignedNote(parsing: Array("t\n\n— key BwcHBwE=\n— key BwcHCAE=\n— kez BwcHBwE=\n".utf8))
        #expect(note.signatures.count == 3)
        // Canonically equivalent names are different bytes, and so different names.
        let equivalent = "t\n\n— \u{e9} BwcHBwE=\n— e\u{301} BwcHBwE=\n"
        #expect(try SignedNote(parsing: Array(equivalent.utf8)).encoded() == Array(equivalent.utf8))
        #expect(
            NoteSignature(name: "\u{e9}", keyID: 1, signature: [1])
                != NoteSignature(name: "e\u{301}", keyID: 1, signature: [1]))
    }

    @Test("64 signatures are read, 65 are not; 16 of 5 kB each are")
    func signatureCap() throws {
        func note(_ count: Int, _ size: Int) -> [UInt8] {
            Array(("text\n\n" + (0..<count).map { Self.line("key\($0)", UInt8($0), count: size) }.joined()).utf8)
        }
        #expect(try SignedNote(parsing: note(64, 68)).signatures.count == 64)
        #expect(throws: NoteError(.noteMalformed, "")) { try SignedNote(parsing: note(65, 68)) }
        #expect(try SignedNote(parsing: note(16, 5000)).encoded() == note(16, 5000))
    }

    @Test("1,000,000 bytes are read, one more is not")
    func sizeCap() throws {
        let end = Array(("\n\n" + Self.line()).utf8)
        let largest = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000 - end.count) + end
        #expect(try SignedNote(parsing: largest).encoded() == largest)
        #expect(throws: NoteError(.noteMalformed, "")) { try SignedNote(parsing: [UInt8(ascii: "a")] + largest) }
        // Only newlines, at the size limit: refused quickly.
        #expect(throws: NoteError(.noteMalformed, "")) {
            try SignedNote(parsing: [UInt8](repeating: 0x0a, count: 1_000_000))
        }
    }

    @Test("whatever is accepted is written back byte for byte")
    func mutatedRoundTrip() {
        let note = "a\n\nb — é\n\n" + Self.line("one") + Self.line("two/ö", 9, count: 76)
        var accepted = 0
        for mutant in mutants(of: Array(note.utf8), count: 20_000, seed: 6) {
            guard let parsed = try? SignedNote(parsing: mutant) else { continue }
            accepted += 1
            if parsed.encoded() != mutant { Issue.record("\(mutant) is written back otherwise") }
        }
        #expect(accepted > 1000)
    }
}

import ProvenanceNote
import TestSupport
import Testing

/// The notes and keys of golang.org/x/mod's own tests.
struct GoVectors: Decodable {
    enum CodingKeys: String, CodingKey {
        case validKeys = "vkeys_valid"
        case invalidKeys = "vkeys_invalid"
        case text
        case lines = "sig_lines"
        case tree = "go_sumdb_tree"
    }

    struct InvalidKey: Decodable { let vkey: String? }
    struct Tree: Decodable { let text: String }

    let validKeys: [String]
    let invalidKeys: [InvalidKey]
    let text: String
    let lines: [String: String]
    let tree: Tree

    static func load() throws -> GoVectors? {
        try Shared.json(GoVectors.self, "vectors/golang-mod/note-and-tlog.json")
    }
}

@Suite("Notes and keys of golang.org/x/mod") struct GoNoteTests {
    private func open(_ note: String, _ key: String) throws -> Int {
        try ReusedNoteVerifier().verify(
            try SignedNote(parsing: Array(note.utf8)), [try VerifierKey(parsing: key)]
        ).count
    }

    @Test("valid keys are read and written back")
    func validKeys() throws {
        guard let go = try GoVectors.load() else { return }
        #expect(go.validKeys.count == 2)
        for text in go.validKeys {
            let key = try VerifierKey(parsing: text)
            #expect(key.description == text)
            #expect(key.kind == .ed25519)
            #expect(key.ed25519 != nil)
            #expect(text.hasPrefix("\(key.name)+\(key.keyIDText)+"))
        }
    }

    @Test("of the invalid keys the wrong length is refused; the unknown algorithm is carried, and verifies nothing")
    func invalidKeys() throws {
        guard let go = try GoVectors.load() else { return }
        let keys = go.invalidKeys.compactMap(\.vkey)
        #expect(keys.count == 2)
        #expect(throws: NoteError(.keyMalformed, "")) { try VerifierKey(parsing: keys[0]) }
        // x/mod refuses what it does not know. signed-note: "verifiers MUST ignore signatures from unknown keys".
        let unknown = try VerifierKey(parsing: keys[1])
        #expect(unknown.kind == .unsupported(0x65))
        #expect(unknown.ed25519 == nil)
        let note = go.text + "\n" + (go.lines["PeterNeumann"] ?? "")
        #expect(throws: NoteError(.keyUnknown, "")) { try open(note, keys[1]) }
    }

    @Test("every proper substring of a key, and every key with one byte raised by one, is refused")
    func brokenKeys() throws {
        guard let go = try GoVectors.load() else { return }
        for text in go.validKeys {
            let bytes = Array(text.utf8)
            for start in bytes.indices {
                for end in start...bytes.count where end - start < bytes.count {
                    let part = String(decoding: bytes[start..<end], as: UTF8.self)
                    if (try? VerifierKey(parsing: part)) != nil { Issue.record("\(part) was read") }
                }
            }
            for place in bytes.indices {
                var mutant = bytes
                mutant[place] += 1
                let other = String(decoding: mutant, as: UTF8.self)
                #expect(throws: NoteError(.keyMalformed, ""), "\(other)") { try VerifierKey(parsing: other) }
            }
        }
    }

    @Test("notes open, and fail to, as there")
    func opening() throws {
        guard let go = try GoVectors.load() else { return }
        let peter = try #require(go.lines["PeterNeumann"])
        let enoch = try #require(go.lines["EnochRoot"])
        let key = go.validKeys[0]
        let start = go.text + "\n"
        #expect(try open(start + peter + enoch, key) == 1)
        #expect(try open(start + enoch + peter, key) == 1)
        #expect(try open(start + peter, key) == 1)
        #expect(throws: NoteError(.keyUnknown, "")) { try open(start + enoch, key) }

        let malformed = [
            start + String(repeating: peter, count: 101), go.text, start, String((start + peter).dropLast()),
            "\u{1}" + start + peter, start + peter + "Unexpected line.\n",
            start + peter.replacing("PeterNeumann", with: "Bad Name"),
        ]
        for note in malformed { #expect(throws: NoteError(.noteMalformed, "")) { try open(note, key) } }
        let notUTF8 = [0xff] + Array((start + peter).utf8)
        #expect(throws: NoteError(.noteMalformed, "")) { try SignedNote(parsing: notUTF8) }

        // "ABCD" put in at byte 60 of the line: a signature of another length.
        let bytes = Array(peter.utf8)
        let longer = String(decoding: bytes[..<60] + Array("ABCD".utf8) + bytes[60...], as: UTF8.self)
        #expect(throws: NoteError(.signatureInvalid, "")) { try open(start + longer, key) }
    }

    @Test("repeated signature lines, which x/mod drops, are refused")
    func duplicates() throws {
        guard let go = try GoVectors.load() else { return }
        let peter = try #require(go.lines["PeterNeumann"])
        let enoch = try #require(go.lines["EnochRoot"])
        let note = go.text + "\n" + peter + peter + enoch + enoch + enoch
        #expect(throws: NoteError(.noteMalformed, "")) { try open(note, go.validKeys[0]) }
    }

    @Test("the checksum database's tree note is a checkpoint")
    func tree() throws {
        guard let go = try GoVectors.load() else { return }
        let checkpoint = try Checkpoint(parsing: Array(go.tree.text.utf8))
        #expect(checkpoint.origin == "go.sum database tree")
        #expect(checkpoint.size == 123_456_789_012)
        #expect(checkpoint.text() == Array(go.tree.text.utf8))
    }
}

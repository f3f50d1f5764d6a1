import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote
import TestSupport
import Testing

@Suite("Checkpoints") struct CheckpointTests {
    static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    static let emptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    @Test(
        "what is a checkpoint is read and written back",
        arguments: [
            "example.com/log\n1\n\(root)\n", "example.com/log\n0\n\(emptyRoot)\n",
            "example.com/log\n9223372036854775807\n\(root)\n", "go.sum database tree\n5\n\(root)\n",
            "a+b c\n1\n\(root)\n",
            "密 é e\u{301}\n1\n\(root)\n", "example.com/log\n1\n\(root)\nextension\n",
            "example.com/log\n1\n\(root)\none\n two \n— three\n", "0\n1\n\(root)\n",
            "example.com/log\n1\n\(emptyRoot)\n",
            String(repeating: "o", count: 255) + "\n1\n\(root)\n",
        ])
    func roundTrip(text: String) throws {
        let checkpoint = try Checkpoint(parsing: Array(text.utf8))
        #expect(checkpoint.text() == Array(text.utf8))
        let lines = text.split(separator: "\n").map(String.init)
        #expect(Bytes.isSame(checkpoint.origin, lines[0]))
        #expect(String(checkpoint.size) == lines[1])
        #expect(Base64.encode(checkpoint.root.bytes) == lines[2])
        #expect(checkpoint.extensions == Array(lines[3...]))
        let again = Checkpoint(
            origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root, extensions: checkpoint.extensions)
        #expect(again == checkpoint)
    }

    static let refused: [(what: String, text: String)] = [
        ("nothing", ""), ("a newline", "\n"), ("no final newline", "example.com/log\n1\n\(root)"),
        ("origin alone", "o\n"),
        ("no root", "o\n1\n"), ("no origin", "\n1\n\(root)\n"), ("origin missing", "1\n\(root)\n"),
        ("a long origin", String(repeating: "o", count: 256) + "\n1\n\(root)\n"), ("empty size", "o\n\n\(root)\n"),
        ("leading zero", "o\n01\n\(root)\n"), ("two zeros", "o\n00\n\(emptyRoot)\n"), ("plus", "o\n+1\n\(root)\n"),
        ("minus", "o\n-1\n\(root)\n"), ("space before", "o\n 1\n\(root)\n"), ("space after", "o\n1 \n\(root)\n"),
        ("hexadecimal", "o\n0x1\n\(root)\n"), ("other digits", "o\n１\n\(root)\n"),
        ("2^63", "o\n9223372036854775808\n\(root)\n"),
        ("2^64", "o\n18446744073709551616\n\(root)\n"), ("size 0 with another root", "o\n0\n\(root)\n"),
        ("empty root", "o\n1\n\n"), ("no padding", "o\n1\n\(root.dropLast())\n"),
        ("unused bits", "o\n1\n\(root.dropLast(2))J=\n"),
        ("31 bytes", "o\n1\n\(Base64.encode([UInt8](repeating: 1, count: 31)))\n"),
        ("33 bytes", "o\n1\n\(Base64.encode([UInt8](repeating: 1, count: 33)))\n"),
        ("hex root", "o\n1\n" + String(repeating: "ab", count: 32) + "\n"),
        ("space after the root", "o\n1\n\(root) \n"), ("empty extension line", "o\n1\n\(root)\n\n"),
        ("empty line among extensions", "o\n1\n\(root)\na\n\nb\n"), ("CR LF", "o\r\n1\r\n\(root)\r\n"),
        ("tab", "o\t\n1\n\(root)\n"), ("NUL in an extension", "o\n1\n\(root)\na\0\n"),
        ("an empty line first", "\no\n1\n\(root)\n"),
    ]

    @Test("what is none", arguments: refused)
    func refuse(what: String, text: String) {
        #expect(throws: NoteError(.checkpointMalformed, "")) { try Checkpoint(parsing: Array(text.utf8)) }
    }

    @Test("bytes that are no UTF-8 are refused, in extension lines too")
    func invalidUTF8() {
        for line in 0...3 {
            var lines = ["o", "1", Self.root, "extension"].map { Array($0.utf8) }
            lines[line].insert(0xff, at: 1)
            let text = [UInt8](lines.map { $0 + [0x0a] }.joined())
            #expect(throws: NoteError(.checkpointMalformed, "")) { try Checkpoint(parsing: text) }
        }
    }

    @Test("errors name their line")
    func errorLines() {
        func line(_ text: String) -> Int? {
            do { _ = try Checkpoint(parsing: Array(text.utf8)) } catch { return error.line }
            return -1
        }
        #expect(line("\n1\n\(Self.root)\n") == 1)
        #expect(line("o\n01\n\(Self.root)\n") == 2)
        #expect(line("o\n1\nroot\n") == 3)
        #expect(line("o\n0\n\(Self.root)\n") == 3)
        #expect(line("o\n1\n\(Self.root)\na\n\nb\n") == 5)
    }

    @Test("origins that only look the same are different origins")
    func equality() throws {
        let root = MerkleHash.emptyRoot
        let composed = Checkpoint(origin: "caf\u{e9}", size: 0, root: root)
        let decomposed = Checkpoint(origin: "cafe\u{301}", size: 0, root: root)
        #expect(composed != decomposed)
        #expect(composed == composed)
        #expect(
            Checkpoint(origin: "o", size: 0, root: root, extensions: ["\u{e9}"])
                != Checkpoint(origin: "o", size: 0, root: root, extensions: ["e\u{301}"]))
        #expect(Checkpoint(origin: "o", size: 0, root: root) != Checkpoint(origin: "o", size: 1, root: root))
    }

    @Test("what may be the origin of a log of ours")
    func origins() {
        #expect(Checkpoint.isOrigin("archive.example.org/news"))
        #expect(!Checkpoint.isOrigin(""))
        #expect(!Checkpoint.isOrigin("two words"))
        #expect(!Checkpoint.isOrigin("a+b"))
        #expect(!Checkpoint.isOrigin("a\nb"))
    }

    @Test("whatever is accepted is written back byte for byte")
    func mutatedRoundTrip() {
        let text = "example.com/é\n20852163\n\(Self.root)\nextension\nmore\n"
        var accepted = 0
        for mutant in mutants(of: Array(text.utf8), count: 10_000, seed: 8) {
            guard let checkpoint = try? Checkpoint(parsing: mutant) else { continue }
            accepted += 1
            if checkpoint.text() != mutant { Issue.record("\(mutant) is written back otherwise") }
        }
        #expect(accepted > 500)
    }
}

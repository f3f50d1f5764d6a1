import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Proofs in a file (tlog-proof)") struct TlogProofTests {
    static let header = "c2sp.org/tlog-proof@v1\n"
    static let hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    static let note = "example.com/log\n5\n\(hash)\n— example.com/log Az3grlgtzPICa5OS\n"

    private static func hashes(_ count: Int) -> String { String(repeating: hash, count: count) }

    @Test("what is a proof is read and written back", arguments: [0, 1, 2, 62, 63])
    func roundTrip(count: Int) throws {
        let extras: [[UInt8]?] = [
            nil, [], [1, 2, 3], Array("a note\n\n— x y\n".utf8), [UInt8](repeating: 7, count: 100_000),
        ]
        for extra in extras {
            for index: UInt64 in [0, 1, 4, UInt64(Int64.max)] {
                let line = extra.map { "extra \(Base64.encode($0))\n" } ?? ""
                let text = Self.header + line + "index \(index)\n" + Self.hashes(count) + "\n" + Self.note
                let proof = try TlogProof(parsing: Array(text.utf8))
                #expect(proof.extra == extra)
                #expect(proof.index == index)
                #expect(proof.hashes.count == count)
                #expect(proof.checkpoint == Array(Self.note.utf8))
                #expect(proof.encoded() == Array(text.utf8))
                let again = TlogProof(extra: extra, index: index, hashes: proof.hashes, checkpoint: proof.checkpoint)
                #expect(again == proof)
            }
        }
    }

    static let refused: [(what: String, text: String)] = [
        ("nothing", ""), ("header alone", header), ("header without newline", "c2sp.org/tlog-proof@v1"),
        ("another version", "c2sp.org/tlog-proof@v2\nindex 0\n\n" + note),
        ("a space after the header", "c2sp.org/tlog-proof@v1 \nindex 0\n\n" + note),
        ("no header", "index 0\n\n" + note), ("an empty line first", "\n" + header + "index 0\n\n" + note),
        ("a byte order mark", "\u{feff}" + header + "index 0\n\n" + note), ("no index", header + "\n" + note),
        ("no index but hashes", header + hash + "\n" + note),
        ("no index after extra", header + "extra AAAA\n\n" + note),
        ("leading zero", header + "index 01\n\n" + note), ("plus", header + "index +1\n\n" + note),
        ("minus", header + "index -1\n\n" + note), ("no number", header + "index \n\n" + note),
        ("no space", header + "index0\n\n" + note),
        ("two spaces", header + "index  0\n\n" + note), ("space after", header + "index 0 \n\n" + note),
        ("upper case", header + "Index 0\n\n" + note), ("2^63", header + "index 9223372036854775808\n\n" + note),
        ("2^64", header + "index 18446744073709551616\n\n" + note),
        ("index twice", header + "index 0\nindex 0\n\n" + note),
        ("extra after index", header + "index 0\nextra AAAA\n\n" + note),
        ("extra twice", header + "extra AAAA\nextra AAAA\nindex 0\n\n" + note),
        ("extra without space", header + "extra\nindex 0\n\n" + note),
        ("unpadded extra", header + "extra AAA\nindex 0\n\n" + note),
        ("unused bits in extra", header + "extra AAB=\nindex 0\n\n" + note),
        ("text extra", header + "extra hello there\nindex 0\n\n" + note),
        ("64 hashes", header + "index 0\n" + hashes(64) + "\n" + note),
        ("1000 hashes", header + "index 0\n" + hashes(1000) + "\n" + note),
        ("unused bits in a hash", header + "index 0\n" + hash.replacing("I=", with: "J=") + "\n" + note),
        ("a hash of 31 bytes", header + "index 0\n" + Base64.encode([UInt8](repeating: 1, count: 31)) + "\n\n" + note),
        ("a hash in hexadecimal", header + "index 0\n" + String(repeating: "ab", count: 32) + "\n\n" + note),
        ("a space after a hash", header + "index 0\n" + hash.dropLast() + " \n\n" + note),
        ("another line", header + "index 0\n# comment\n\n" + note),
        ("no empty line", header + "index 0\n" + hash + note), ("no checkpoint", header + "index 0\n" + hash + "\n"),
        ("end in the index line", header + "index 0"), ("end in a hash", header + "index 0\n" + hash.dropLast()),
        ("CR LF", (header + "index 0\n" + hash + "\n" + note).replacing("\n", with: "\r\n")),
        ("CR after the header", "c2sp.org/tlog-proof@v1\r\nindex 0\n\n" + note),
        ("CR after the index", header + "index 0\r\n\n" + note),
        ("CR after a hash", header + "index 0\n" + hash.dropLast() + "\r\n\n" + note),
        ("CR in the empty line", header + "index 0\n\r\n" + note),
        ("CR after extra", header + "extra AAAA\r\nindex 0\n\n" + note),
    ]

    @Test("what is none", arguments: refused)
    func refuse(what: String, text: String) {
        #expect(throws: NoteError(.proofMalformed, "")) { try TlogProof(parsing: Array(text.utf8)) }
    }

    @Test("the checkpoint part is kept verbatim, whatever it is")
    func verbatim() throws {
        for part in ["x", "\n", "\n\n\n", "\r\n", "two\n\nblank\n\nlines\n", "no newline at the end"] {
            let proof = try TlogProof(parsing: Array((Self.header + "index 0\n\n" + part).utf8))
            #expect(proof.checkpoint == Array(part.utf8))
            #expect(throws: NoteError.self) { try SignedNote(parsing: proof.checkpoint) }
        }
    }

    @Test("a file above the cap is refused before it is read")
    func cap() {
        let long = Array((Self.header + "index 0\n\n").utf8) + [UInt8](repeating: 0x61, count: 1_200_000)
        #expect(throws: NoteError(.proofMalformed, "")) { try TlogProof(parsing: long) }
    }

    @Test("a proof made of a small tree verifies from the file, and with any one bit changed it does not")
    func endToEnd() throws {
        let entries = (0..<5).map { Array("entry \($0)".utf8) }
        var leaves: [Digest] = []
        for entry in entries { leaves.append(MerkleHash.leaf(entry)) }
        let left = MerkleHash.node(MerkleHash.node(leaves[0], leaves[1]), MerkleHash.node(leaves[2], leaves[3]))
        let root = MerkleHash.node(left, leaves[4])
        let proofHashes = [leaves[3], MerkleHash.node(leaves[0], leaves[1]), leaves[4]]

        let signer = try ReusedNoteSigner("example.com/log")
        let checkpoint = Checkpoint(origin: "example.com/log", size: 5, root: root)
        let file = TlogProof(
            extra: nil, index: 2, hashes: proofHashes, checkpoint: try signer.sign(checkpoint.text())
        ).encoded()

        /// Everything that tlog-proof requires, with the leaf hash computed from the entry itself.
        func verify(_ bytes: [UInt8]) throws {
            let proof = try TlogProof(parsing: bytes)
            let note = try SignedNote(parsing: proof.checkpoint)
            _ = try ReusedNoteVerifier().verify(note, [signer.verifierKey])
            let head = try Checkpoint(parsing: note.text)
            try InclusionProof(index: proof.index, size: head.size, hashes: proof.hashes)
                .verify(leaf: MerkleHash.leaf(entries[2]), root: head.root)
        }
        try verify(file)
        for bit in 0..<(8 * file.count) {
            #expect(throws: (any Error).self, "bit \(bit)") { try verify(file.flipping(bit: bit)) }
        }
        for count in 0..<file.count {
            #expect(throws: (any Error).self) { try verify(Array(file.prefix(count))) }
        }
    }

    @Test("whatever is accepted is written back byte for byte")
    func mutatedRoundTrip() {
        let text = Self.header + "extra AAAA\nindex 4\n" + Self.hashes(3) + "\n" + Self.note
        var accepted = 0
        for mutant in mutants(of: Array(text.utf8), count: 10_000, seed: 9) {
            guard let proof = try? TlogProof(parsing: mutant) else { continue }
            accepted += 1
            if proof.encoded() != mutant { Issue.record("\(mutant) is written back otherwise") }
        }
        #expect(accepted > 500)
    }
}

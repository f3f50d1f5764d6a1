import ProvenanceMerkle
import ProvenanceOpenSSL
import Testing

@Suite("Hash functions of RFC 6962 §2.1") struct MerkleHashTests {
    @Test("known answers: empty tree, empty leaf, a leaf and a node of the CT reference tree")
    func knownAnswers() throws {
        #expect(
            MerkleHash.emptyRoot.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            MerkleHash.leaf([]).hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(
            MerkleHash.leaf([0x00]).hex == "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7")
        #expect(
            MerkleHash.node(MerkleHash.leaf([]), MerkleHash.leaf([0x00])).hex
                == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")
    }

    @Test("a leaf is told from a node, and every kind of bytes gives the same hash")
    func domains() throws {
        let left = MerkleHash.leaf([1])
        let right = MerkleHash.leaf([2])
        #expect(MerkleHash.leaf(left.bytes + right.bytes) != MerkleHash.node(left, right))
        #expect(MerkleHash.node(left, right) != MerkleHash.node(right, left))
        #expect(MerkleHash.node(left, right) == SHA256.hash([0x01] + left.bytes + right.bytes))

        let entry = Array("entry".utf8)
        let expected = SHA256.hash([0x00] + entry)
        #expect(MerkleHash.leaf(entry) == expected)
        #expect(MerkleHash.leaf((entry + entry)[5...]) == expected)
        #expect(entry.withUnsafeBytes { MerkleHash.leaf($0) } == expected)
        #expect(SHA256.hash((entry + entry)[..<5]) == SHA256.hash(entry))
    }
}

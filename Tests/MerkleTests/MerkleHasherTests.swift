import Merkle
import OpenSSL
import Testing

@Suite("Hash functions of RFC 6962 §2.1") struct MerkleHasherTests {
    @Test("known answers: empty tree, empty leaf, a leaf and a node of the CT reference tree")
    func knownAnswers() throws {
        let hasher = try ReusedMerkleHasher()
        #expect(
            MerkleHasher.emptyRoot.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            try hasher.leaf([]).hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(
            try hasher.leaf([0x00]).hex == "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7")
        #expect(
            try hasher.node(hasher.leaf([]), hasher.leaf([0x00])).hex
                == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")
    }

    @Test("a leaf is told from a node, and every kind of bytes gives the same hash")
    func domains() throws {
        let hasher = try ReusedMerkleHasher()
        let left = try hasher.leaf([1])
        let right = try hasher.leaf([2])
        #expect(try hasher.leaf(left.bytes + right.bytes) != hasher.node(left, right))
        #expect(try hasher.node(left, right) != hasher.node(right, left))
        #expect(try hasher.node(left, right) == SHA256.hash([0x01] + left.bytes + right.bytes))

        let entry = Array("entry".utf8)
        let expected = try SHA256.hash([0x00] + entry)
        #expect(try hasher.leaf(entry) == expected)
        #expect(try hasher.leaf((entry + entry)[5...]) == expected)
        #expect(try entry.withUnsafeBytes { try hasher.leaf($0) } == expected)
        #expect(try hasher.sha256(entry) == SHA256.hash(entry))
        #expect(try hasher.sha256((entry + entry)[..<5]) == SHA256.hash(entry))
    }
}

import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import TestSupport
import Testing

/// Trees too large for any disk: their proofs need only the hashes beside one path, so those are made up.
@Suite("Trees of nearly 2^63 leaves") struct HugeTreeTests {
    static let sizes: [UInt64] = [
        (1 << 62) - 1, 1 << 62, (1 << 62) + 1, (1 << 63) - 2, largestTreeSize, 0x5555_5555_5555_5555,
    ]

    private static func madeUp(_ count: Int) throws -> [Digest] {
        (0..<count).map { SHA256.hash(Array("sibling \($0)".utf8)) }
    }

    @Test("inclusion proofs of the right length are accepted, of another refused", arguments: sizes)
    func inclusion(size: UInt64) throws {
        let leaf = MerkleHash.leaf([1])
        for index: UInt64 in [0, 1, size / 3, size / 2, size - 2, size - 1, (1 << 61) + 5] {
            let path = try #require(Subtree.inclusionPath(index: index, size: size))
            #expect(path.count <= maxProofHashes)
            let hashes = try Self.madeUp(path.count)
            let root = try #require(try NaiveVerifier.root(leaf, index, size, hashes[...]))
            let proof = InclusionProof(index: index, size: size, hashes: hashes)
            #expect(proof.isAccepted(leaf: leaf, root: root))
            #expect(!proof.isAccepted(leaf: root, root: leaf))
            for count in [0, path.count - 1, path.count + 1, 63, 64, 1000] where count != path.count {
                let other = InclusionProof(index: index, size: size, hashes: try Self.madeUp(count))
                #expect(throws: ProofError.wrongLength) { try other.verify(leaf: leaf, root: root) }
            }
        }
    }

    @Test("consistency proofs of the right length are accepted, of another refused", arguments: sizes)
    func consistency(second: UInt64) throws {
        let whole = MerkleHash.leaf([1])
        for first: UInt64 in [1, 2, 3, second / 3, second / 2, second - 1, 1 << 61, (1 << 61) - 1] {
            let path = try #require(Subtree.consistencyPath(first: first, second: second))
            let hashes = try Self.madeUp(path.count)
            let roots = try #require(try NaiveVerifier.roots(first, second, hashes[...], whole: whole))
            let proof = ConsistencyProof(first: first, second: second, hashes: hashes)
            #expect(proof.isAccepted(firstRoot: roots.first, secondRoot: roots.second) == (path.count <= 63))
            for count in [0, path.count - 1, path.count + 1, 64, 1000] where count != path.count {
                let other = ConsistencyProof(first: first, second: second, hashes: try Self.madeUp(count))
                #expect(throws: ProofError.wrongLength) {
                    try other.verify(firstRoot: roots.first, secondRoot: roots.second)
                }
            }
        }
    }

    @Test("sizes from 2^63 on are refused, whatever the proof", arguments: [UInt64(1) << 63, .max - 1, .max])
    func tooLarge(size: UInt64) throws {
        let leaf = MerkleHash.leaf([1])
        for count in [0, 1, 62, 63, 64] {
            let hashes = try Self.madeUp(count)
            for index: UInt64 in [0, size / 2, size - 1] {
                let proof = InclusionProof(index: index, size: size, hashes: hashes)
                #expect(throws: ProofError.outOfRange) { try proof.verify(leaf: leaf, root: leaf) }
            }
            for first: UInt64 in [1, size / 2, size] {
                let proof = ConsistencyProof(first: first, second: size, hashes: hashes)
                #expect(throws: ProofError.outOfRange) { try proof.verify(firstRoot: leaf, secondRoot: leaf) }
            }
        }
    }

    @Test("random numbers agree with the recursive verifier")
    func random() throws {
        var random = FixedRandom(seed: 3)
        let leaf = MerkleHash.leaf([1])
        for _ in 0..<300 {
            let size = UInt64.random(in: 1...(1 << UInt64.random(in: 1...62, using: &random)), using: &random)
            let index = UInt64.random(in: 0..<size, using: &random)
            let path = try #require(Subtree.inclusionPath(index: index, size: size))
            let hashes = try Self.madeUp(path.count)
            let root = try #require(try NaiveVerifier.root(leaf, index, size, hashes[...]))
            let proof = InclusionProof(index: index, size: size, hashes: hashes)
            #expect(proof.isAccepted(leaf: leaf, root: root))

            let first = index + 1
            let steps = try Self.madeUp(try #require(Subtree.consistencyPath(first: first, second: size)).count)
            let roots = try #require(try NaiveVerifier.roots(first, size, steps[...], whole: leaf))
            let extended = ConsistencyProof(first: first, second: size, hashes: steps)
            #expect(extended.isAccepted(firstRoot: roots.first, secondRoot: roots.second))
        }
    }
}

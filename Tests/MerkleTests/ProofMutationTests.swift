import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import TestSupport
import Testing

/// Proofs altered in every way.
///
/// Where the recursive verifier accepts an altered *size*, acceptance is right: a root does not state the number of its
/// leaves, which is why a checkpoint signs both. Every other alteration must be refused.
@Suite("Altered proofs") struct ProofMutationTests {
    static let sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70, 255, 256, 257]

    private static func flipped(_ digest: Digest, _ bit: Int) throws -> Digest {
        try #require(Digest(bytes: digest.bytes.flipping(bit: bit)))
    }

    /// The hash list with one hash flipped, dropped, repeated, swapped or added, each at every place.
    private static func altered(_ hashes: [Digest], _ other: Digest) throws -> [[Digest]] {
        var lists: [[Digest]] = []
        for place in hashes.indices {
            for bit in [0, 7, 64, 128, 255] {
                var list = hashes
                list[place] = try flipped(hashes[place], bit)
                lists.append(list)
            }
            var list = hashes
            list.remove(at: place)
            lists.append(list)
            list = hashes
            list.insert(hashes[place], at: place)
            lists.append(list)
            if place > 0 {
                list = hashes
                list.swapAt(place, place - 1)
                lists.append(list)
            }
        }
        lists.append(hashes + [other])
        lists.append([other] + hashes)
        if hashes.count > 1 { lists.append(hashes.reversed()) }
        if !hashes.isEmpty { lists.append([]) }
        return lists
    }

    private static func otherNumbers(_ number: UInt64) -> [UInt64] {
        var numbers: [UInt64] = [0, 1, number / 2, number &+ 1, number &- 1, number &* 2, .max, 1 << 63]
        for bit: UInt64 in [0, 1, 2, 3, 7, 8, 32, 62, 63] { numbers.append(number ^ 1 << bit) }
        return Set(numbers).subtracting([number]).sorted()
    }

    @Test("inclusion: no altered hash, leaf, root or index passes", arguments: sizes)
    func inclusion(size: Int) throws {
        let tree = try NaiveTree(count: size)
        let root = try tree.root(size)
        let other = MerkleHash.leaf([0xff])
        for index in stride(from: 0, to: size, by: max(1, size / 40)) {
            let proof = try tree.inclusion(index, size)
            let leaf = tree.leaves[index]
            #expect(proof.isAccepted(leaf: leaf, root: root))
            for hashes in try Self.altered(proof.hashes, other) {
                let mutant = InclusionProof(index: proof.index, size: proof.size, hashes: hashes)
                #expect(!mutant.isAccepted(leaf: leaf, root: root))
            }
            for bit in 0..<256 where bit % 37 == 0 {
                #expect(!proof.isAccepted(leaf: try Self.flipped(leaf, bit), root: root))
                #expect(!proof.isAccepted(leaf: leaf, root: try Self.flipped(root, bit)))
            }
            for number in Self.otherNumbers(proof.index) {
                let mutant = InclusionProof(index: number, size: proof.size, hashes: proof.hashes)
                #expect(!mutant.isAccepted(leaf: leaf, root: root), "index \(index) as \(number) in \(size)")
            }
            for number in Self.otherNumbers(proof.size) {
                let mutant = InclusionProof(index: proof.index, size: number, hashes: proof.hashes)
                let follows = try NaiveVerifier.accepts(mutant, leaf: leaf, root: root)
                #expect(mutant.isAccepted(leaf: leaf, root: root) == (follows && number <= largestTreeSize))
            }
        }
    }

    @Test("consistency: no altered hash or root passes, and sizes only where the definition says so", arguments: sizes)
    func consistency(second: Int) throws {
        let tree = try NaiveTree(count: second)
        let secondRoot = try tree.root(second)
        let other = MerkleHash.leaf([0xff])
        for first in stride(from: 1, through: second, by: max(1, second / 40)) {
            let proof = try tree.consistency(first, second)
            let firstRoot = try tree.root(first)
            #expect(proof.isAccepted(firstRoot: firstRoot, secondRoot: secondRoot))
            for hashes in try Self.altered(proof.hashes, other) {
                let mutant = ConsistencyProof(first: proof.first, second: proof.second, hashes: hashes)
                #expect(!mutant.isAccepted(firstRoot: firstRoot, secondRoot: secondRoot))
            }
            for bit in 0..<256 where bit % 37 == 0 {
                let badFirst = try Self.flipped(firstRoot, bit)
                let badSecond = try Self.flipped(secondRoot, bit)
                #expect(!proof.isAccepted(firstRoot: badFirst, secondRoot: secondRoot))
                #expect(!proof.isAccepted(firstRoot: firstRoot, secondRoot: badSecond))
            }
            if first != second {
                #expect(!proof.isAccepted(firstRoot: secondRoot, secondRoot: firstRoot))
            }
            let mutants =
                Self.otherNumbers(proof.first).map {
                    ConsistencyProof(first: $0, second: proof.second, hashes: proof.hashes)
                }
                + Self.otherNumbers(proof.second).map {
                    ConsistencyProof(first: proof.first, second: $0, hashes: proof.hashes)
                }
            for mutant in mutants {
                let follows = try NaiveVerifier.accepts(mutant, firstRoot: firstRoot, secondRoot: secondRoot)
                let verdict = mutant.isAccepted(firstRoot: firstRoot, secondRoot: secondRoot)
                let what = "\(first) to \(second) as \(mutant.first) to \(mutant.second)"
                #expect(verdict == (follows && mutant.second <= largestTreeSize), "\(what)")
            }
        }
    }

    @Test("each failure has its name")
    func names() throws {
        let tree = try NaiveTree(count: 7)
        let other = MerkleHash.leaf([0xff])
        let leaf = tree.leaves[3]
        let root = try tree.root(7)
        let good = try tree.inclusion(3, 7)
        func inclusion(_ index: UInt64, _ size: UInt64, _ hashes: [Digest]) -> InclusionProof {
            InclusionProof(index: index, size: size, hashes: hashes)
        }
        func consistency(_ first: UInt64, _ second: UInt64, _ hashes: [Digest]) -> ConsistencyProof {
            ConsistencyProof(first: first, second: second, hashes: hashes)
        }
        #expect(throws: ProofError.outOfRange) {
            try inclusion(7, 7, good.hashes).verify(leaf: leaf, root: root)
        }
        #expect(throws: ProofError.outOfRange) { try inclusion(0, 0, []).verify(leaf: leaf, root: root) }
        #expect(throws: ProofError.wrongLength) {
            try inclusion(3, 7, good.hashes.dropLast()).verify(leaf: leaf, root: root)
        }
        #expect(throws: ProofError.wrongLength) {
            try inclusion(3, 7, good.hashes + [other]).verify(leaf: leaf, root: root)
        }
        #expect(throws: ProofError.rootMismatch) { try good.verify(leaf: other, root: root) }

        let steps = try tree.consistency(3, 7)
        let first = try tree.root(3)
        #expect(throws: ProofError.nothingToCompare) {
            try consistency(0, 7, []).verify(firstRoot: MerkleHash.emptyRoot, secondRoot: root)
        }
        #expect(throws: ProofError.nothingToCompare) {
            let empty = MerkleHash.emptyRoot
            try consistency(0, 0, []).verify(firstRoot: empty, secondRoot: empty)
        }
        #expect(throws: ProofError.outOfRange) {
            try consistency(7, 3, steps.hashes).verify(firstRoot: root, secondRoot: first)
        }
        #expect(throws: ProofError.wrongLength) {
            try consistency(3, 7, []).verify(firstRoot: first, secondRoot: root)
        }
        #expect(throws: ProofError.wrongLength) {
            try consistency(7, 7, [other]).verify(firstRoot: root, secondRoot: root)
        }
        #expect(throws: ProofError.rootMismatch) {
            try consistency(7, 7, []).verify(firstRoot: other, secondRoot: root)
        }
        #expect(throws: ProofError.firstRootMismatch) {
            try steps.verify(firstRoot: other, secondRoot: root)
        }
        #expect(throws: ProofError.rootMismatch) { try steps.verify(firstRoot: first, secondRoot: other) }
    }
}

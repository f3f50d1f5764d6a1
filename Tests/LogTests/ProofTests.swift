import ProvenanceLog
import ProvenanceMerkle
import TestStores
import TestSupport
import Testing

/// Proofs that the reader makes, checked by Merkle's verifier against roots of the plain tree.
@Suite struct ProofTests {
    static let sizes: [Int] = [1, 2, 3, 4, 5, 7, 8, 31, 127, 128, 254, 255, 256, 257, 258, 300]

    @Test("every index has an inclusion proof that verifies", arguments: sizes)
    func inclusion(_ size: Int) throws {
        let storage = try SampleLog.storage(committedAt: [size])
        let reader = try LogReader(storage, SampleLog.checkpoint(storage))
        let naive = try naiveTree(size)
        let root = try digest(naive.root(0..<size))
        for index in 0..<size {
            let proof = try reader.inclusionProof(UInt64(index))
            let leaf = try digest(naive.root(index..<(index + 1)))
            try proof.verify(leaf: leaf, root: root)
            #expect(try reader.leafHash(UInt64(index)) == leaf)
            let isSame = try reader.entry(UInt64(index)) == SampleLog.entry(index)
            #expect(isSame, "entry \(index)")
        }
    }

    @Test("every pair of sizes to 300 has a consistency proof that verifies")
    func consistency() throws {
        let most = 300
        let storage = try SampleLog.storage(committedAt: Array(1...most))
        let naive = try naiveTree(most)
        let roots = try (0...most).map { try digest(naive.root(0..<$0)) }
        for second in 1...most {
            // The partial tiles of earlier sizes have been removed by now, so these readers fall back to full tiles.
            let checkpoint = SampleLog.checkpoint(size: UInt64(second), root: roots[second])
            let reader = try LogReader(storage, checkpoint)
            for first in 1...second {
                let proof = try reader.consistencyProof(from: UInt64(first))
                try proof.verify(firstRoot: roots[first], secondRoot: roots[second])
            }
            #expect(try reader.root(at: UInt64(second / 2)) == roots[second / 2])
        }
    }

    @Test("proofs in a log of 70,000 verify and take a read a tile level, and no more")
    func large() throws {
        let log = try IntactLog.large.get()
        let naive = try naiveTree(log.size)
        let root = try digest(naive.root(0..<log.size))
        #expect(root == log.checkpoint.root)
        var random = FixedRandom(seed: 1)
        let edges = [0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]
        for index in edges + (0..<40).map({ _ in Int.random(in: 0..<log.size, using: &random) }) {
            let leaf = try digest(naive.root(index..<(index + 1)))
            let storage = log.storage()
            let reader = try LogReader(storage, log.checkpoint)
            try reader.inclusionProof(UInt64(index)).verify(leaf: leaf, root: root)
            // Three edge tiles, then at most one full tile a level.
            #expect(storage.takeReads().count <= 3 + 2)

            let isSame = try LogReader(storage, log.checkpoint).entry(UInt64(index)) == SampleLog.entry(index)
            #expect(isSame)
            #expect(storage.takeReads().count <= 3 + 2 + 1)

            let first = index + 1
            let other = try LogReader(storage, log.checkpoint)
            let proof = try other.consistencyProof(from: UInt64(first))
            try proof.verify(firstRoot: digest(naive.root(0..<first)), secondRoot: root)
            #expect(storage.takeReads().count <= 3 + 2 * 2)
            #expect(try other.root(at: UInt64(first)).bytes == naive.root(0..<first))
        }
    }

    @Test("what is not in the tree is out of range")
    func outOfRange() throws {
        let reader = try IntactLog.small(257).reader()
        let outside = LogError(.outOfRange, "")
        for index in [257, 258, 1 << 32, UInt64(Int64.max), .max] {
            #expect(throws: outside) { try reader.inclusionProof(index) }
            #expect(throws: outside) { try reader.entry(index) }
            #expect(throws: outside) { try reader.leafHash(index) }
            #expect(throws: outside) { try reader.entries(bundle: index) }
            #expect(throws: outside) { try reader.root(at: index + (index == .max ? 0 : 1)) }
            #expect(throws: outside) { try reader.consistencyProof(from: index == 257 ? 258 : index) }
        }
        #expect(throws: outside) { try reader.consistencyProof(from: 0) }
        #expect(throws: outside) { try reader.entries(bundle: 2) }
        #expect(try reader.entries(bundle: 1).count == 1)
        #expect(try reader.consistencyProof(from: 257).hashes.isEmpty)
        #expect(try reader.root(at: 0) == MerkleHash.emptyRoot)
        // These ranges are not subtrees of any tree; refusing them must not walk through all leaves.
        let crooked = try #require(Subtree(start: 1, end: 257))
        #expect(throws: outside) { try reader.hash(of: crooked) }
        let backwards = try #require(Subtree(start: .max - 3, end: .max))
        #expect(throws: outside) { try reader.hash(of: backwards) }
    }

    @Test("an empty log has a root and nothing else")
    func empty() throws {
        let storage = try SampleLog.storage(committedAt: [0])
        #expect(storage.files.keys.sorted() == ["checkpoint"])
        let checkpoint = try SampleLog.checkpoint(storage)
        #expect(checkpoint.size == 0)
        #expect(checkpoint.root == MerkleHash.emptyRoot)
        let reader = try LogReader(storage, checkpoint)
        #expect(throws: LogError(.outOfRange, "")) { try reader.inclusionProof(0) }
        #expect(throws: LogError(.outOfRange, "")) { try reader.consistencyProof(from: 0) }
        #expect(throws: LogError(.outOfRange, "")) { try reader.entry(0) }
        #expect(try SampleLog.audit(storage, checkpoint).findings.isEmpty)
        let wrong = SampleLog.checkpoint(size: 0, root: .zero)
        #expect(try SampleLog.audit(storage, wrong).findings == [LogError(.root, "")])
    }

    @Test(
        "a checkpoint of any size with nothing behind it is refused, and at once",
        arguments: [
            1, 255, 256, 70_000, 1 << 40, 1 << 56, (1 << 62) + 1, UInt64(Int64.max),
        ] as [UInt64])
    func nothingBehind(_ size: UInt64) throws {
        let storage = MemoryStore()
        let checkpoint = SampleLog.checkpoint(size: size, root: .zero)
        let reader = try LogReader(storage, checkpoint)
        let missing = LogError(.tileMissing, "")
        #expect(throws: missing) { try reader.entry(0) }
        #expect(throws: missing) { try reader.entry(size - 1) }
        #expect(throws: missing) { try reader.inclusionProof(size / 2) }
        #expect(throws: missing) { try reader.root(at: size) }
        if size > 1 { #expect(throws: missing) { try reader.consistencyProof(from: size / 2) } }
        #expect(throws: missing) { try SampleLog.writer(storage, continuing: checkpoint) }
        #expect(storage.takeReads().count < 20)

        let findings = try SampleLog.audit(storage, checkpoint).findings
        #expect(findings.contains(missing))
        #expect(findings.count <= LogAudit.maxFindings + 2 * LogAudit.window + 20)
        #expect(findings.first?.entries?.lowerBound == 0)
        if size > 1 << 30 { #expect(findings.last?.entries?.upperBound == size) }
    }

    private func naiveTree(_ size: Int) throws -> NaiveTree {
        let tree = NaiveTree()
        for index in 0..<size { try tree.append(SampleLog.entry(index)) }
        return tree
    }
}

import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import Testing

@Suite("Proofs over all indexes and sizes up to 260") struct ExhaustiveProofTests {
    static let largest = 260

    private static func ranges(_ subtrees: [Subtree]?) -> [Range<Int>]? {
        subtrees?.map { Int($0.start)..<Int($0.end) }
    }

    @Test("every inclusion proof is the one of the definition, and verifies")
    func inclusion() throws {
        let tree = try NaiveTree(count: Self.largest)
        var failures: [String] = []
        var count = 0
        for size in 1...Self.largest {
            let root = try tree.root(size)
            for index in 0..<size {
                let wanted = tree.path(index, 0..<size)
                let found = Self.ranges(Subtree.inclusionPath(index: UInt64(index), size: UInt64(size)))
                let proof = try tree.inclusion(index, size)
                if found != wanted || !proof.isAccepted(leaf: tree.leaves[index], root: root) {
                    failures.append("\(index) in \(size)")
                }
                count += 1
            }
        }
        #expect(failures.isEmpty)
        #expect(count == 33_930)
    }

    @Test("every consistency proof is the one of the definition, and verifies")
    func consistency() throws {
        let tree = try NaiveTree(count: Self.largest)
        var failures: [String] = []
        var count = 0
        for second in 1...Self.largest {
            let secondRoot = try tree.root(second)
            for first in 1...second {
                let wanted = tree.subproof(first, 0..<second, true)
                let found = Self.ranges(Subtree.consistencyPath(first: UInt64(first), second: UInt64(second)))
                let proof = try tree.consistency(first, second)
                let verifies = proof.isAccepted(firstRoot: try tree.root(first), secondRoot: secondRoot)
                if found != wanted || !verifies { failures.append("\(first) to \(second)") }
                count += 1
            }
        }
        #expect(failures.isEmpty)
        #expect(count == 33_930)
    }

    @Test("subtrees of the paths have hashes that tiles can give: halves end in perfect subtrees")
    func halves() throws {
        let tree = try NaiveTree(count: Self.largest)
        func hash(_ subtree: Subtree) throws -> Digest {
            if subtree.perfectHeight != nil { return try tree.hash(Int(subtree.start)..<Int(subtree.end)) }
            let (left, right) = try #require(subtree.halves)
            #expect(left.perfectHeight != nil)
            return MerkleHash.node(try hash(left), try hash(right))
        }
        for size in 1...Self.largest {
            let whole = try #require(Subtree(start: 0, end: UInt64(size)))
            #expect(try hash(whole) == tree.root(size))
            #expect(whole.count == UInt64(size))
        }
    }
}

@Suite("Subtree") struct SubtreeTests {
    @Test("empty and backward runs are none")
    func empty() {
        #expect(Subtree(start: 0, end: 0) == nil)
        #expect(Subtree(start: 5, end: 5) == nil)
        #expect(Subtree(start: 6, end: 5) == nil)
        #expect(Subtree(start: .max, end: 0) == nil)
    }

    @Test("perfect means a power of two, aligned to itself")
    func perfect() {
        #expect(Subtree(start: 0, end: 1)?.perfectHeight == 0)
        #expect(Subtree(start: 7, end: 8)?.perfectHeight == 0)
        #expect(Subtree(start: 256, end: 512)?.perfectHeight == 8)
        #expect(Subtree(start: 128, end: 384)?.perfectHeight == nil)
        #expect(Subtree(start: 0, end: 3)?.perfectHeight == nil)
        #expect(Subtree(start: 0, end: 1 << 63)?.perfectHeight == 63)
        #expect(Subtree(start: 0, end: .max)?.perfectHeight == nil)
    }

    @Test("halves split at the largest power of two below the count")
    func halves() throws {
        #expect(Subtree(start: 4, end: 5)?.halves == nil)
        for count: UInt64 in [2, 3, 4, 5, 255, 256, 257, 1 << 62, (1 << 62) + 1, 1 << 63, (1 << 63) + 1, .max] {
            let (left, right) = try #require(Subtree(start: 0, end: count)?.halves)
            #expect(left.count == NaiveTree.split(count))
            #expect(left.end == right.start)
            #expect(right.end == count)
        }
    }

    @Test("no path for what is not in a tree")
    func noPath() {
        #expect(Subtree.inclusionPath(index: 0, size: 0) == nil)
        #expect(Subtree.inclusionPath(index: 5, size: 5) == nil)
        #expect(Subtree.inclusionPath(index: 0, size: largestTreeSize + 1) == nil)
        #expect(Subtree.inclusionPath(index: .max, size: .max) == nil)
        #expect(Subtree.consistencyPath(first: 0, second: 0) == nil)
        #expect(Subtree.consistencyPath(first: 0, second: 5) == nil)
        #expect(Subtree.consistencyPath(first: 6, second: 5) == nil)
        #expect(Subtree.consistencyPath(first: 1, second: largestTreeSize + 1) == nil)
        #expect(Subtree.consistencyPath(first: 5, second: 5) == [])
        #expect(Subtree.inclusionPath(index: 0, size: 1) == [])
    }

    @Test("peaks are the binary digits of the size, in order, without a gap")
    func peaks() {
        #expect(Subtree.peaks(size: 0).isEmpty)
        for size: UInt64 in [1, 2, 3, 255, 256, 257, 70_000, 1 << 62, largestTreeSize, 1 << 63, .max] {
            let peaks = Subtree.peaks(size: size)
            #expect(peaks.count == size.nonzeroBitCount)
            #expect(peaks.first?.start == 0)
            #expect(peaks.last?.end == size)
            #expect(peaks.allSatisfy { $0.perfectHeight != nil })
            #expect(zip(peaks, peaks.dropFirst()).allSatisfy { $0.end == $1.start && $0.count > $1.count })
        }
    }
}

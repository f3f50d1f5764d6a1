import ProvenanceMerkle
import ProvenanceOpenSSL
import Testing

@Suite("Compact range") struct CompactRangeTests {
    @Test("the root of every size up to 1,025 is that of the definition")
    func roots() throws {
        let tree = try NaiveTree(count: 1025)
        var range = CompactRange()
        #expect(try range.root == tree.root(0))
        #expect(range.root == MerkleHash.emptyRoot)
        for (index, leaf) in tree.leaves.enumerated() {
            range.append(leaf)
            #expect(range.size == UInt64(index) + 1)
            #expect(try range.root == tree.root(index + 1))
            let peaks = try Subtree.peaks(size: range.size).map { try tree.hash(Int($0.start)..<Int($0.end)) }
            #expect(range.peaks == peaks)
            #expect(CompactRange(size: range.size, peaks: peaks) == range)
        }
    }

    @Test("going on from stored peaks is the same as never having stopped", arguments: [0, 1, 2, 3, 7, 100, 255, 256])
    func resume(at size: Int) throws {
        let tree = try NaiveTree(count: 300)
        let peaks = try Subtree.peaks(size: UInt64(size)).map { try tree.hash(Int($0.start)..<Int($0.end)) }
        var range = try #require(CompactRange(size: UInt64(size), peaks: peaks))
        for leaf in tree.leaves[size...] { range.append(leaf) }
        #expect(try range.root == tree.root(300))
    }

    @Test("another number of peaks than the size has one-bits is refused")
    func peakCount() throws {
        let hash = SHA256.hash([])
        for size: UInt64 in [0, 1, 2, 3, 255, 256, largestTreeSize] {
            let right = size.nonzeroBitCount
            #expect(CompactRange(size: size, peaks: Array(repeating: hash, count: right)) != nil)
            #expect(CompactRange(size: size, peaks: Array(repeating: hash, count: right + 1)) == nil)
            if right > 0 {
                #expect(CompactRange(size: size, peaks: Array(repeating: hash, count: right - 1)) == nil)
            }
        }
    }

    @Test("a size that a further leaf could overflow is refused")
    func tooLarge() throws {
        let hash = SHA256.hash([])
        #expect(CompactRange(size: .max, peaks: Array(repeating: hash, count: 64)) == nil)
        #expect(CompactRange(size: 1 << 63, peaks: [hash]) == nil)
        var range = try #require(CompactRange(size: largestTreeSize, peaks: Array(repeating: hash, count: 63)))
        range.append(hash)
        #expect(range.size == 1 << 63)
        #expect(range.peaks.count == 1)
    }
}

import ProvenanceLog
import ProvenanceMerkle
import TestStores
import Testing

@Suite struct EntryBundleTests {
    @Test(
        "bundles that are read",
        arguments: [
            ([], 0, []),
            ([0, 0], 1, [[]]),
            ([0, 1, 7], 1, [[7]]),
            ([0, 0, 0, 0], 2, [[], []]),
            ([0, 2, 1, 2, 0, 0, 0, 1, 9], 3, [[1, 2], [], [9]]),
            ([1, 0] + [UInt8](repeating: 5, count: 256), 1, [[UInt8](repeating: 5, count: 256)]),
        ] as [([UInt8], Int, [[UInt8]])])
    func read(_ bundle: [UInt8], _ count: Int, _ wanted: [[UInt8]]) throws {
        let entries = try #require(EntryBundle.entries(bundle, count: count))
        #expect(entries.map(Array.init) == wanted)
        var written: [UInt8] = []
        for entry in wanted { #expect(EntryBundle.append(entry, to: &written)) }
        #expect(written == bundle)
    }

    @Test(
        "bytes that are no bundle of that many entries",
        arguments: [
            ([0], 0), ([0, 0], 0), ([], 1), ([0], 1), ([0, 1], 1), ([0, 2, 1], 1), ([0xff, 0xff], 1),
            ([0xff, 0xff, 1], 1),
            ([0, 0, 0], 1), ([0, 0, 0], 2), ([0, 0, 0, 0], 1), ([0, 1, 7], 2), ([0, 1, 7, 8], 1), ([0, 0, 0, 1], 2),
        ] as [([UInt8], Int)])
    func refused(_ bundle: [UInt8], _ count: Int) {
        #expect(EntryBundle.entries(bundle, count: count) == nil)
    }

    @Test("an entry of 65,535 bytes fits, one more does not, and the writer goes on")
    func longest() throws {
        let storage = MemoryStore()
        let writer = try SampleLog.writer(storage)
        let fits = [UInt8](repeating: 1, count: 65_535)
        let tooLong = [UInt8](repeating: 1, count: 65_536)
        #expect(try writer.append(fits, leaf: MerkleHash.leaf(fits)) == 0)
        #expect(throws: LogError(.entryTooLong, "")) { try writer.append(tooLong, leaf: .zero) }
        #expect(try writer.append([], leaf: MerkleHash.leaf([])) == 1)
        try writer.commit()
        let reader = try LogReader(storage, SampleLog.checkpoint(storage))
        let isSame = try reader.entry(0) == fits
        #expect(isSame)
        #expect(try reader.entry(1) == [])
        #expect(reader.size == 2)

        // 256 entries of maximal length make the largest possible bundle.
        var bundle: [UInt8] = []
        for _ in 0..<256 { #expect(EntryBundle.append(fits, to: &bundle)) }
        #expect(bundle.count == EntryBundle.maxBytes)
        let kept = bundle.count
        #expect(!EntryBundle.append(tooLong, to: &bundle))
        #expect(bundle.count == kept)
    }
}

import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceRecord

extension Passages {
    /// Computes the passages of a body with any bytes, in linear time and with one buffer.
    public init(of body: ArraySlice<UInt8>) {
        let bytes = body.span
        var reader = PassageReader()
        var range = CompactRange()
        var passage: [UInt8] = []
        passage.reserveCapacity(1_024)
        var count = 0
        while reader.next(of: bytes, into: &passage) {
            range.append(MerkleHash.leaf(passage))
            count += 1
        }
        self.init(root: range.root, count: count)
    }

    /// The texts of the passages in order, each in UTF-8.
    public static func list(of body: ArraySlice<UInt8>) -> [[UInt8]] {
        let bytes = body.span
        var reader = PassageReader()
        var passages: [[UInt8]] = []
        var passage: [UInt8] = []
        while reader.next(of: bytes, into: &passage) { passages.append(passage) }
        return passages
    }
}

import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceRecord

extension Passages {
    /// Computes the passages of a body with any bytes, in linear time and with one buffer.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - version: The version of the record: `text@v1` for version 1, `text@v2` for version 2.
    public init(of body: ArraySlice<UInt8>, _ version: PostRecord.Version = .v1) {
        let bytes = body.span
        var reader = PassageReader(version)
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
    public static func list(of body: ArraySlice<UInt8>, _ version: PostRecord.Version = .v1) -> [[UInt8]] {
        let bytes = body.span
        var reader = PassageReader(version)
        var passages: [[UInt8]] = []
        var passage: [UInt8] = []
        while reader.next(of: bytes, into: &passage) { passages.append(passage) }
        return passages
    }
}

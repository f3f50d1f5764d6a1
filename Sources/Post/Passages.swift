import ProvenanceEncoding
import ProvenanceMerkle

/// The passages of a body, `text@v1`: their number and their Merkle root, a claim of similarity beside the raw digest.
///
/// Equal roots mean "words unchanged"; links, images, embeds and scripts may differ. The steps are those of
/// Documentation/formats/record.md, "Passages"; the passages themselves come from `PassageReader`.
public struct Passages: Hashable, Sendable {
    /// RFC 6962 root over the passages, each a leaf: SHA-256(0x00 ‖ passage in UTF-8).
    ///
    /// Without passages it is the SHA-256 of nothing.
    public let root: Digest
    /// The number of passages.
    public let count: Int

    /// A claim about passages, as a record states it.
    public init(root: Digest, count: Int) {
        self.root = root
        self.count = count
    }

    /// Reads the passages of a body, whatever its bytes, in linear time and with one buffer.
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
        root = range.root
        self.count = count
    }

    /// The passages themselves, in order, each in UTF-8.
    public static func list(of body: ArraySlice<UInt8>) -> [[UInt8]] {
        let bytes = body.span
        var reader = PassageReader()
        var passages: [[UInt8]] = []
        var passage: [UInt8] = []
        while reader.next(of: bytes, into: &passage) { passages.append(passage) }
        return passages
    }
}

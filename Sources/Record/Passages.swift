import ProvenanceEncoding

/// The passages of a body, `text@v1`, as their number and Merkle root: a claim of equal words, beside the digest of the
/// bytes.
///
/// Equal roots mean "words unchanged"; links, images, embeds and scripts may differ. The steps are those of
/// Documentation/formats/record.md, "Passages"; the passages themselves come from `PassageReader` in the room Post.
public struct Passages: Hashable, Sendable {
    /// RFC 6962 root over the passages, each a leaf: SHA-256(0x00 ‖ passage in UTF-8).
    ///
    /// Without passages it is the SHA-256 of the empty string.
    public let root: Digest
    /// The number of passages.
    public let count: Int

    /// A claim from its parts, as a record states it.
    public init(root: Digest, count: Int) {
        self.root = root
        self.count = count
    }
}

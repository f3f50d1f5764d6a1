import ProvenanceEncoding

/// The digests that a record states about a post, computed from its bytes.
///
/// A verifier always computes them from the post it is given, and never takes them from a record.
public struct PostDigests: Hashable, Sendable {
    /// SHA-256 of the whole file.
    public let whole: Digest
    /// The number of bytes of the file.
    public let size: Int
    /// SHA-256 of the front matter, from the first byte to the newline after its closing line, inclusive; `nil` in a form
    /// without front matter.
    public let front: Digest?
    /// SHA-256 of the body.
    public let body: Digest
    /// The passages of the body.
    public let text: Passages

    /// Digests from their parts; `compute`, in the room Post, makes them from a post.
    public init(whole: Digest, size: Int, front: Digest?, body: Digest, text: Passages) {
        self.whole = whole
        self.size = size
        self.front = front
        self.body = body
        self.text = text
    }
}

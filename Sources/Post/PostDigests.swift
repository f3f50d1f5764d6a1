import Merkle
import OpenSSL

/// Every digest of a post that a record states, computed from the post in hand.
///
/// A verifier always rebuilds them from the post in hand: it never reads them out of a record and believes them.
public struct PostDigests: Hashable, Sendable {
    /// SHA-256 of the whole file.
    public let whole: Digest
    /// The number of bytes of the file.
    public let size: Int
    /// SHA-256 of the front matter, from the first byte to the newline after the closing `---`, inclusive.
    public let front: Digest
    /// SHA-256 of the body.
    public let body: Digest
    /// The passages of the body.
    public let text: Passages

    /// Computes the digests of a post that was read from these bytes.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - post: What was read from it.
    ///   - known: The digest of the whole file, where the caller has just computed it from these bytes.
    ///   - sha: A hasher to use; empty before and after.
    ///   - hasher: A hasher for the passages.
    /// - Returns: The digests, with the size beside them.
    /// - Throws: `OpenSSLError` when hashing fails.
    public static func compute(
        _ bytes: [UInt8], _ post: Post, whole known: Digest? = nil, _ sha: inout SHA256, _ hasher: inout MerkleHasher
    ) throws(OpenSSLError) -> PostDigests {
        // The ranges were made from these very bytes; clamping keeps a caller who mixes two posts from a crash.
        let front = bytes[post.frontMatterRange.clamped(to: 0..<bytes.count)]
        let body = bytes[post.bodyRange.clamped(to: 0..<bytes.count)]
        let whole: Digest
        if let known {
            whole = known
        } else {
            sha.update(bytes)
            whole = try sha.finish()
        }
        sha.update(front)
        let frontDigest = try sha.finish()
        sha.update(body)
        let bodyDigest = try sha.finish()
        return PostDigests(
            whole: whole, size: bytes.count, front: frontDigest, body: bodyDigest,
            text: try Passages(of: body, &hasher))
    }
}

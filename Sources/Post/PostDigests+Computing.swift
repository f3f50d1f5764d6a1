import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceRecord

extension PostDigests {
    /// Computes the digests of a post that was parsed from these bytes.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - post: The post parsed from them.
    ///   - known: The digest of the whole file, if the caller has already computed it from these bytes.
    /// - Returns: The digests, with the size beside them.
    public static func compute(_ bytes: [UInt8], _ post: Post, whole known: Digest? = nil) -> PostDigests {
        // The ranges come from these same bytes; clamping avoids a crash if a caller mixes two posts.
        let front = bytes[post.frontMatterRange.clamped(to: 0..<bytes.count)]
        let body = bytes[post.bodyRange.clamped(to: 0..<bytes.count)]
        return PostDigests(
            whole: known ?? SHA256.hash(bytes), size: bytes.count, front: SHA256.hash(front), body: SHA256.hash(body),
            text: Passages(of: body))
    }
}

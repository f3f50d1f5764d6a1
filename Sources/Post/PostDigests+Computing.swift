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
        compute(bytes, front: post.frontMatterRange, body: post.bodyRange, .v1, whole: known)
    }

    /// Computes the digests of a file whose parts are known.
    static func compute(
        _ bytes: [UInt8], front: Range<Int>?, body: Range<Int>, _ version: PostRecord.Version, whole known: Digest?
    ) -> PostDigests {
        // The ranges come from these same bytes; clamping avoids a crash if a caller mixes two posts.
        let front = front.map { bytes[$0.clamped(to: 0..<bytes.count)] }
        let body = bytes[body.clamped(to: 0..<bytes.count)]
        return PostDigests(
            whole: known ?? SHA256.hash(bytes), size: bytes.count, front: front.map { SHA256.hash($0) },
            body: SHA256.hash(body), text: Passages(of: body, version))
    }
}

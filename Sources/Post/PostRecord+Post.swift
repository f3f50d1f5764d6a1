import ProvenanceRecord

extension PostRecord {
    /// States what a post and its digests are.
    ///
    /// - Parameters:
    ///   - post: The post as read.
    ///   - digests: Its digests, from `PostDigests.compute`.
    ///   - signer: The name of the key that will sign; the caller has it from a key, so it is a valid name.
    ///   - recorded: The clock, in milliseconds since 1970; a clock before 1970 counts as 0.
    public init(_ post: Post, _ digests: PostDigests, signer: String, recorded: Int64) {
        self.init(
            digests, source: post.source, dated: post.dated, published: post.epoch, signer: signer, recorded: recorded)
    }
}

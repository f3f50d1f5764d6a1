import ProvenanceRecord

extension PostRecord {
    /// A record of a post and its digests.
    ///
    /// - Parameters:
    ///   - post: The parsed post.
    ///   - digests: Its digests, from `PostDigests.compute`.
    ///   - signer: The name of the key that will sign; taken from a key, so a valid name.
    ///   - recorded: The clock, in milliseconds since 1970; a clock before 1970 counts as 0.
    public init(_ post: Post, _ digests: PostDigests, signer: String, recorded: Int64) {
        self.init(
            digests, source: post.source, dated: post.dated, published: post.epoch, signer: signer, recorded: recorded)
    }
}

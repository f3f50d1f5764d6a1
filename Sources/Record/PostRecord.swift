import ProvenanceEncoding

/// The signed statement about one post, `provenance/post@v1` (Documentation/formats/record.md).
///
/// Its text with the signer's signature is one entry of the log. It holds no content, not even the title: only digests,
/// the source, the times and the size.
public struct PostRecord: Hashable, Sendable {
    /// The first line of the text.
    public static let kind = "provenance/post@v1"

    /// The name of the signing key.
    public let signer: ExactText
    /// SHA-256 of the whole file.
    public let sha256: Digest
    /// The number of bytes of the file.
    public let size: Int
    /// The value of `from`.
    public let source: ExactText
    /// The value of `date` as written.
    public let dated: ExactText
    /// The epoch comment, at most 16 digits; `nil` when the post has no epoch or it is `NaN`.
    public let published: Int64?
    /// The operator's clock when the post was recorded, in milliseconds since 1970, never negative.
    public let recorded: Int64
    /// SHA-256 of the front matter.
    public let front: Digest
    /// SHA-256 of the body.
    public let body: Digest
    /// The passages of the body.
    public let text: Passages

    /// A record from its statements.
    ///
    /// - Parameters:
    ///   - digests: Digests, size and passages of the post.
    ///   - source: The value of `from`.
    ///   - dated: The value of `date` as written.
    ///   - published: The epoch comment, if there is one.
    ///   - signer: The name of the key that will sign; taken from a key, so a valid name.
    ///   - recorded: The clock, in milliseconds since 1970; a clock before 1970 counts as 0.
    public init(
        _ digests: PostDigests, source: ExactText, dated: ExactText, published: Int64?, signer: String, recorded: Int64
    ) {
        self.signer = ExactText(signer)
        sha256 = digests.whole
        size = digests.size
        self.source = source
        self.dated = dated
        self.published = published
        self.recorded = max(0, recorded)
        front = digests.front
        body = digests.body
        text = digests.text
    }

    /// Parses the text of a record strictly: `PostRecord(parsing: x).encoded() == x` for every accepted text.
    ///
    /// - Parameter text: The note's text with its final LF, without the empty line and the signatures.
    /// - Throws: `RecordError` naming the line.
    public init(parsing text: [UInt8]) throws(RecordError) {
        var lines = try RecordLines(text, kind: PostRecord.kind)
        signer = try lines.name("signer")
        sha256 = try lines.digest("sha256")
        size = try lines.count("size")
        source = try lines.text("source", limit: EntryText.maxSource, .source)
        dated = try lines.text("dated", limit: EntryText.maxDate, .dated)
        // "The date must name a day, or a time with a zone" (record.md): posts with any other date are never recorded.
        guard PostDate.milliseconds(dated.string) != nil else {
            throw RecordError(
                .dated, line: lines.line, found: excerpt(dated.utf8), wanted: "a day, or a time with a zone")
        }
        published = lines.isNext("published") ? try lines.epoch("published") : nil
        recorded = Int64(try lines.count("recorded"))
        front = try lines.digest("front")
        body = try lines.digest("body")
        let passages = try lines.digestAndCount("text")
        self.text = Passages(root: passages.digest, count: passages.count)
        try lines.end()
    }

    /// The text of the record, as it is signed: every line ends in LF, the last one too.
    public func encoded() -> [UInt8] {
        var writer = RecordWriter(kind: PostRecord.kind, capacity: 512 + source.utf8.count)
        writer.line("signer", signer)
        writer.line("sha256", sha256)
        writer.line("size", size)
        writer.line("source", source)
        writer.line("dated", dated)
        if let published { writer.line("published", published) }
        writer.line("recorded", recorded)
        writer.line("front", front)
        writer.line("body", body)
        writer.line("text", text.root, text.count)
        return writer.bytes
    }
}

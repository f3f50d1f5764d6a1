import ProvenanceEncoding

/// The signed statement about one post, `provenance/post@v1` or `provenance/post@v2` (Documentation/formats/record.md and
/// post-v2.md).
///
/// Its text with the signer's signature is one entry of the log. It holds no content, not even the title: only digests,
/// the source, the times and the size. A writer uses version 1 whenever that can say it; version 2 states which reading
/// of the bytes it speaks of, and may leave out what the post does not state.
public struct PostRecord: Hashable, Sendable {
    /// The versions of the text.
    public enum Version: Hashable, Sendable {
        /// `provenance/post@v1`: a post with `title`, `date` and `from`.
        case v1
        /// `provenance/post@v2`: any file, by the form that the record states.
        case v2
    }

    /// The first line of the text of version 1.
    public static let kind = "provenance/post@v1"
    /// The first line of the text of version 2.
    public static let kind2 = "provenance/post@v2"

    /// The version of the text.
    public let version: Version
    /// The name of the signing key.
    public let signer: ExactText
    /// The origin of the log; `nil` in version 1, which does not state it.
    public let log: ExactText?
    /// The form in which the bytes are read; `nil` in version 1, whose bytes have one reading only.
    public let form: PostForm?
    /// SHA-256 of the whole file.
    public let sha256: Digest
    /// The number of bytes of the file.
    public let size: Int
    /// The address that the post states; `nil` when the record states none, which says nothing about the post.
    public let source: ExactText?
    /// The key of the front matter that holds the source, as version 2 states it.
    public let sourceKey: ExactText?
    /// The date as written; `nil` when the record states none.
    public let dated: ExactText?
    /// The key of the front matter that holds the date, as version 2 states it.
    public let datedKey: ExactText?
    /// The epoch comment, at most 16 digits; `nil` when the post has no epoch or it is `NaN`.
    public let published: Int64?
    /// The operator's clock when the post was recorded, in milliseconds since 1970, never negative.
    public let recorded: Int64
    /// SHA-256 of the front matter; `nil` in a form without.
    public let front: Digest?
    /// SHA-256 of the body.
    public let body: Digest
    /// The passages of the body: `text@v1` in version 1, `text@v2` in version 2.
    public let text: Passages

    /// A record of version 1 from its statements.
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
        version = .v1
        self.signer = ExactText(signer)
        log = nil
        form = nil
        sha256 = digests.whole
        size = digests.size
        self.source = source
        sourceKey = nil
        self.dated = dated
        datedKey = nil
        self.published = published
        self.recorded = max(0, recorded)
        front = digests.front
        body = digests.body
        text = digests.text
    }

    /// A record of version 2 from its statements; ``encoded()`` writes those that its form has.
    ///
    /// - Parameters:
    ///   - form: The form in which the bytes are read.
    ///   - digests: Digests, size and passages, as that form divides the bytes.
    ///   - source: The address, and the key of the front matter that holds it.
    ///   - dated: The date as written, and the key that holds it.
    ///   - published: The epoch comment, if there is one.
    ///   - signer: The name of the key that will sign; taken from a key, so a valid name.
    ///   - log: The origin of the log.
    ///   - recorded: The clock, in milliseconds since 1970; a clock before 1970 counts as 0.
    public init(
        form: PostForm, _ digests: PostDigests, source: KeyedText?, dated: KeyedText?, published: Int64?,
        signer: String, log: String, recorded: Int64
    ) {
        version = .v2
        self.signer = ExactText(signer)
        self.log = ExactText(log)
        self.form = form
        sha256 = digests.whole
        size = digests.size
        self.source = source?.text
        sourceKey = source?.key
        self.dated = dated?.text
        datedKey = dated?.key
        self.published = published
        self.recorded = max(0, recorded)
        front = digests.front
        body = digests.body
        text = digests.text
    }

    /// A text of a post, and the key of the front matter that holds it.
    public struct KeyedText: Hashable, Sendable {
        /// The text.
        public let text: ExactText
        /// The key; `nil` for a text that stands outside the front matter.
        public let key: ExactText?

        /// A text and its key.
        public init(_ text: ExactText, key: ExactText?) {
            self.text = text
            self.key = key
        }
    }

    /// The source, or an empty text where the record states none: no stated source is empty.
    public var sourceText: String { source?.string ?? "" }
    /// The date as written, or an empty text where the record states none.
    public var datedText: String { dated?.string ?? "" }
    /// The key of the front matter that holds the source: `from` in version 1.
    public var keyOfSource: ExactText? { version == .v1 ? "from" : sourceKey }
    /// The key of the front matter that holds the date: `date` in version 1.
    public var keyOfDate: ExactText? { version == .v1 ? "date" : datedKey }

    /// Parses the text of a record strictly: `PostRecord(parsing: x).encoded() == x` for every accepted text.
    ///
    /// - Parameter text: The note's text with its final LF, without the empty line and the signatures.
    /// - Throws: `RecordError` naming the line.
    public init(parsing text: [UInt8]) throws(RecordError) {
        if PostRecord.isVersion2(text) {
            self = try PostRecord(parsingVersion2: text)
            return
        }
        var lines = try RecordLines(text, kind: PostRecord.kind)
        version = .v1
        (log, form, sourceKey, datedKey) = (nil, nil, nil, nil)
        signer = try lines.name("signer")
        sha256 = try lines.digest("sha256")
        size = try lines.count("size")
        source = try lines.text("source", limit: EntryText.maxSource, .source)
        let dated = try lines.text("dated", limit: EntryText.maxDate, .dated)
        // "The date must name a day, or a time with a zone" (record.md): posts with any other date are never recorded.
        guard PostDate.milliseconds(dated.string) != nil else {
            throw RecordError(
                .dated, line: lines.line, found: excerpt(dated.utf8), wanted: "a day, or a time with a zone")
        }
        self.dated = dated
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
        var writer = RecordWriter(
            kind: version == .v1 ? PostRecord.kind : PostRecord.kind2, capacity: 640 + (source?.utf8.count ?? 0))
        writer.line("signer", signer)
        if let log { writer.line("log", log) }
        if let form { writer.line("form", form.word) }
        writer.line("sha256", sha256)
        writer.line("size", size)
        if let source { writer.line("source", source) }
        if let sourceKey { writer.line("source-key", sourceKey) }
        if let dated { writer.line("dated", dated) }
        if let datedKey { writer.line("dated-key", datedKey) }
        if let published { writer.line("published", published) }
        writer.line("recorded", recorded)
        if let front { writer.line("front", front) }
        writer.line("body", body)
        writer.line("text", text.root, text.count)
        return writer.bytes
    }
}

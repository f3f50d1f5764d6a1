import ProvenanceEncoding
import ProvenanceRecord

/// The parts that a file has in one form of `provenance/post@v2`.
///
/// "Beside [plain] the bytes allow **one form at most**, by what they begin with after an optional U+FEFF: `---` rss, html
/// or stub; a head … headed; `[` linked."
public struct PostParts: Sendable {
    /// The form.
    public let form: PostForm
    /// The front matter, from byte 0 to the end of its closing line; `nil` in a form without.
    public let frontMatterRange: Range<Int>?
    /// The body: the whole file in the forms linked and plain.
    public let bodyRange: Range<Int>
    /// The head's epoch; `nil` when there is no head, or it is `NaN`.
    public let epoch: Int64?
    /// The address of the link line: the source in the forms headed and linked.
    public let link: ExactText?
    /// The text of the link line.
    public let linkText: ExactText?
    let keys: FrontMatterKeys

    /// What the bytes of a file begin with.
    enum Beginning {
        case frontMatter, head, link, none
    }

    /// The number of bytes of a leading U+FEFF: 3 or 0.
    private static func mark(_ bytes: [UInt8]) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

    static func beginning(of bytes: [UInt8]) -> Beginning {
        let start = mark(bytes)
        let rest = bytes[start...]
        if rest.starts(with: "---".utf8) { return .frontMatter }
        if rest.first == 0x5B { return .link }
        return Head.begins(at: start, of: bytes) ? .head : .none
    }

    /// Reads the one form that the bytes allow.
    ///
    /// - Parameter bytes: The whole file.
    /// - Throws: `PostError`: `E-NO-FORM` when they begin like none, else what is wrong in the form with which they begin.
    public init(parsing bytes: [UInt8]) throws(PostError) {
        guard bytes.count <= Post.maxSize else {
            throw PostError(
                .tooLarge, line: 0, column: 0, found: "\(bytes.count) bytes", wanted: "at most \(Post.maxSize)")
        }
        let start = PostParts.mark(bytes)
        switch PostParts.beginning(of: bytes) {
        case .frontMatter: try self.init(frontMatterFrom: start, of: bytes)
        case .head:
            let head = try Head(at: start, of: bytes, statesSource: true)
            self.init(form: .headed, body: head.range.upperBound..<bytes.count, head: head)
        case .link:
            var lines = FileLines(bytes, from: start)
            let line = try LinkLine(lines.next()?.range ?? start..<start, of: bytes)
            self.init(form: .linked, body: 0..<bytes.count, link: line.address, linkText: line.text)
        case .none:
            throw PostError(
                .noForm, line: 1, column: 1, found: bytes.isEmpty ? "an empty file" : "\(excerpt(bytes)) on line 1",
                wanted: "`---` of a front matter, the head of a post, or one link")
        }
    }

    /// Reads a file as *plain*: "the weakest statement, body = whole file, no source, dated, published, front".
    public init(plain bytes: [UInt8]) {
        self.init(form: .plain, body: 0..<bytes.count)
    }

    private init(frontMatterFrom start: Int, of bytes: [UInt8]) throws(PostError) {
        let delimiters = try Delimiters(from: start, of: bytes)
        try Post.requireText(delimiters.whole, of: bytes)
        let keys = try FrontMatterKeys(delimiters.content, of: bytes)
        let end = delimiters.whole.upperBound
        guard Head.begins(at: end, of: bytes) else {
            // "A *stub* has an empty body, *html* has not."
            self.init(
                form: end == bytes.count ? .stub : .html, front: delimiters.whole, body: end..<bytes.count, keys: keys)
            return
        }
        let head = try Head(at: end, of: bytes, statesSource: false)
        self.init(
            form: .rss, front: delimiters.whole, body: head.range.upperBound..<bytes.count, head: head, keys: keys)
    }

    private init(
        form: PostForm, front: Range<Int>? = nil, body: Range<Int>, head: Head? = nil, link: ExactText? = nil,
        linkText: ExactText? = nil, keys: FrontMatterKeys? = nil
    ) {
        self.form = form
        frontMatterRange = front
        bodyRange = body
        epoch = head?.epoch
        self.link = link ?? head?.linkURL
        self.linkText = linkText ?? head?.linkText
        self.keys = keys ?? FrontMatterKeys(entries: [])
    }

    /// The digests of a file that these are the parts of.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - known: The digest of the whole file, if the caller has already computed it from these bytes.
    /// - Returns: The digests, with passages of `text@v2`.
    public func digests(of bytes: [UInt8], whole known: Digest? = nil) -> PostDigests {
        PostDigests.compute(bytes, front: frontMatterRange, body: bodyRange, .v2, whole: known)
    }
}

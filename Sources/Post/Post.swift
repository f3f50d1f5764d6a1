import ProvenanceEncoding
import ProvenanceRecord

/// A parsed post: the values of its front matter and head, and the range of each part of the file.
///
/// Reading never changes a byte: a post is the file's bytes and ranges into them. The forms, the end of the front matter
/// and the start of the body are those of Documentation/formats/record.md, "Form".
///
/// ```swift
/// let bytes = Array(
///     "---\ntitle: Hello\ndate: 2022-02-10\nfrom: https://example.org/1\n---\n<p>Hello.</p>\n".utf8)
/// let post = try Post(parsing: bytes)
/// // post.form == .html, post.source == "https://example.org/1"
///
/// let record = PostRecord(
///     post, PostDigests.compute(bytes, post), signer: "example.org/key", recorded: 1_735_689_600_000)
/// ```
public struct Post: Sendable {
    /// The largest file that is read as a post, in bytes: 16 MiB, 24 times the largest real one (678,995 bytes).
    ///
    /// Several files are held at once, one for each thread, within 128 MiB.
    public static let maxSize = 16 << 20

    /// The three forms of posts.
    public enum Form: String, Hashable, Sendable {
        /// Epoch comment, link line, `------` and an empty line between front matter and body.
        case rss
        /// The body right after the front matter.
        case html
        /// Front matter alone.
        case stub
    }

    /// The form.
    public let form: Form
    /// Every key of the front matter.
    public let frontMatter: FrontMatter
    /// The value of `title`, untrimmed, possibly empty.
    public let title: ExactText
    /// The value of `from`, opaque.
    public let source: ExactText
    /// The value of `date` as written.
    public let dated: ExactText
    /// The instant that `date` names, in milliseconds since 1970-01-01T00:00:00Z; a date alone means midnight UTC.
    public let dateMilliseconds: Int64
    /// The head of an rss post.
    public let head: Head?
    /// The number of bytes of the file.
    public let size: Int
    /// First byte of the file to the newline after the closing `---`, inclusive.
    public let frontMatterRange: Range<Int>
    /// The part between front matter and body: empty unless the form is rss.
    public let headRange: Range<Int>
    /// The rest of the file.
    public let bodyRange: Range<Int>
    /// Inconsistencies that are no reason to refuse the post.
    public let warnings: [PostWarning]

    /// The epoch comment's value: the publication time that the record states.
    ///
    /// It is in milliseconds since 1970 if it has 13 digits, and `nil` when there is no epoch or it is `NaN`.
    public var epoch: Int64? { head?.epoch }

    /// The value of `author`, if present and a scalar.
    public var author: ExactText? { frontMatter.scalar("author") }
    /// The value of `layout`, if present and a scalar.
    public var layout: ExactText? { frontMatter.scalar("layout") }
    /// The value of `comments` as written, if present and a scalar.
    public var comments: ExactText? { frontMatter.scalar("comments") }
    /// The items of `tags`.
    public var tags: [ExactText] { frontMatter.list("tags") }
    /// The items of `categories`.
    public var categories: [ExactText] { frontMatter.list("categories") }

    /// Parses a post.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - path: A label for error messages; nothing is opened.
    /// - Throws: `PostError` with the reason to refuse the file and its position.
    public init(parsing bytes: [UInt8], path: String? = nil) throws(PostError) {
        do throws(PostError) {
            try self.init(bytes)
        } catch {
            throw error.at(path: path)
        }
    }

    private init(_ bytes: [UInt8]) throws(PostError) {
        guard bytes.count <= Post.maxSize else {
            throw PostError(
                .tooLarge, line: 0, column: 0, found: "\(bytes.count) bytes", wanted: "at most \(Post.maxSize)")
        }
        let delimiters = try FrontMatterLines(bytes)
        try Post.requireText(delimiters.whole, of: bytes)
        let frontMatter: FrontMatter
        if let plain = PlainFrontMatter.read(bytes[delimiters.content]) {
            frontMatter = plain
        } else {
            frontMatter = try YAMLFrontMatter.read(delimiters.content, of: bytes)
        }
        let title = try Post.required("title", frontMatter, bytes)
        let date = try Post.required("date", frontMatter, bytes)
        let from = try Post.required("from", frontMatter, bytes)
        let milliseconds = try Post.instant(date, bytes)
        try Post.check(from, .source, limit: EntryText.maxSource, wanted: "an address", bytes)

        let head = try Head(after: delimiters.whole.upperBound, of: bytes)
        let bodyStart = head?.range.upperBound ?? delimiters.whole.upperBound
        if head != nil { try Post.requireText(delimiters.whole.upperBound..<bodyStart, of: bytes) }

        self.frontMatter = frontMatter
        self.title = title.text
        self.dated = date.text
        self.source = from.text
        self.dateMilliseconds = milliseconds
        self.head = head
        size = bytes.count
        frontMatterRange = delimiters.whole
        headRange = delimiters.whole.upperBound..<bodyStart
        bodyRange = bodyStart..<bytes.count
        form = head != nil ? .rss : bodyStart == bytes.count ? .stub : .html
        var warnings: [PostWarning] = []
        if let head {
            head.warn(&warnings, title: title.text, source: from.text, date: milliseconds, line: delimiters.lines + 1)
        }
        BodyText.warn(&warnings, bodyStart..<bytes.count, of: bytes)
        self.warnings = warnings
    }

    /// A required key: its text and the position of its value.
    private struct Required {
        let text: ExactText
        let offset: Int
    }

    private static func required(
        _ key: ExactText, _ frontMatter: FrontMatter, _ bytes: [UInt8]
    ) throws(PostError) -> Required {
        guard let entry = frontMatter.entry(key) else { throw Post.missing(key, frontMatter, bytes) }
        guard case .scalar(let text) = entry.value else {
            let place = SourcePosition(of: entry.valueOffset, in: bytes)
            throw PostError(
                .valueNotScalar, line: place.line, column: place.column, found: "a list as the value of `\(key)`",
                wanted: "one scalar")
        }
        return Required(text: text, offset: entry.valueOffset)
    }

    /// The error for a key that is missing, or is spelled with an invisible character.
    private static func missing(_ key: ExactText, _ frontMatter: FrontMatter, _ bytes: [UInt8]) -> PostError {
        for entry in frontMatter.entries {
            guard let visible = Invisible.removed(from: entry.key), visible.text == key else { continue }
            let place = SourcePosition(of: entry.keyOffset, in: bytes)
            return PostError(
                .keyMissing, line: place.line, column: place.column, found: "no key `\(key)` in the front matter",
                wanted: "`title`, `date` and `from`",
                advice: "the key on line \(place.line) looks like it and has \(Invisible.name(of: visible.first)) in it"
            )
        }
        return PostError(
            .keyMissing, line: 1, column: 1, found: "no key `\(key)` in the front matter",
            wanted: "`title`, `date` and `from`", cause: cause(lacking: key, frontMatter))
    }

    /// What files lack, and which of their keys hold an address.
    private static func cause(lacking key: ExactText, _ frontMatter: FrontMatter) -> String {
        let addresses = frontMatter.entries.filter { entry in
            guard case .scalar(let text) = entry.value else { return false }
            return text.string.hasPrefix("https://") || text.string.hasPrefix("http://")
        }
        guard key == "from", !addresses.isEmpty else { return "lack `\(key)`" }
        return "lack `from`; they have " + addresses.map { "`\($0.key)`" }.sorted().joined(separator: ", ")
    }

    private static func check(
        _ value: Required, _ code: PostError.Code, limit: Int, wanted: String, _ bytes: [UInt8]
    ) throws(PostError) {
        guard let fault = EntryText.fault(in: value.text.string, limit: limit) else { return }
        let place = SourcePosition(of: value.offset, in: bytes)
        let rules = "\(wanted) of 1 to \(limit) bytes, without white space at its ends or control characters in it"
        throw PostError(
            code, line: place.line, column: place.column + fault.scalar, found: fault.found, wanted: rules)
    }

    private static func instant(_ date: Required, _ bytes: [UInt8]) throws(PostError) -> Int64 {
        try check(date, .date, limit: EntryText.maxDate, wanted: "a date", bytes)
        if let milliseconds = PostDate.milliseconds(date.text.string) { return milliseconds }
        let place = SourcePosition(of: date.offset, in: bytes)
        throw PostError(
            .date, line: place.line, column: place.column, found: excerpt(date.text.utf8),
            wanted: "a date such as `2022-02-10T05:52:00.000Z`, `2019-07-26T13:17:47+01:00` or `2020-07-20`",
            advice: "a time needs a zone")
    }

    /// Refuses invalid UTF-8 and NUL before the body.
    static func requireText(_ range: Range<Int>, of bytes: [UInt8]) throws(PostError) {
        guard let fault = BodyText.firstFault(range, of: bytes) else { return }
        let place = SourcePosition(of: fault.offset, in: bytes)
        switch fault.kind {
        case .nul:
            throw PostError(
                .nul, line: place.line, column: place.column, found: "a NUL at byte \(fault.offset)",
                wanted: "text without NUL before the body")
        case .invalid:
            throw PostError(
                .invalidUTF8, line: place.line, column: place.column,
                found: "the invalid byte 0x\(String(bytes[fault.offset], radix: 16)) at byte \(fault.offset)",
                wanted: "UTF-8 before the body")
        }
    }
}

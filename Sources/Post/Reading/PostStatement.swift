import ProvenanceEncoding
import ProvenanceRecord

/// What a writer states of a file, by the rules in force: the version of the record, and its statements but for digests,
/// signer and time.
///
/// "A writer uses v1 whenever v1's rules take the file and, in v1's own reading, `from` and `date` are the first keys of
/// the rules in force that are there and not empty; else v2."
///
/// ```swift
/// let statement = try PostStatement(of: bytes, by: rules)
/// let record = statement.record(
///     of: bytes, signer: "example.org/signer", log: "example.org", recorded: 1_735_689_600_000)
/// ```
public struct PostStatement: Sendable {
    private enum Reading: Sendable {
        case v1(Post)
        case v2(PostParts, source: PostRecord.KeyedText?, dated: PostRecord.KeyedText?)
    }

    /// A key that the rules prefer, and why it was passed over.
    public struct PassedOver: Hashable, Sendable {
        /// The key.
        public let key: ExactText
        /// Why: a code of ``PostError``, or words.
        public let reason: String
    }

    private let reading: Reading
    /// The title, for people; empty when the post has none. No record states it.
    public let title: ExactText
    /// What is odd about the post, or is not stated though the post holds it.
    public let warnings: [PostWarning]
    /// Keys that are there and could not be stated, in the order of the rules.
    public let passedOver: [PassedOver]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - rules: The rules in force.
    ///   - path: A label for error messages; nothing is opened.
    /// - Throws: `PostError` with the reason to refuse the file and its position.
    public init(of bytes: [UInt8], by rules: ReadingRules, path: String? = nil) throws(PostError) {
        do throws(PostError) { try self.init(bytes, rules) } catch { throw error.at(path: path) }
    }

    private init(_ bytes: [UInt8], _ rules: ReadingRules) throws(PostError) {
        guard rules.recordsV2 else {
            self.init(try Post(parsing: bytes))
            return
        }
        if let post = try? Post(parsing: bytes), rules.prefersV1(post.frontMatter) {
            self.init(post, warnings: PostWarnings.source(post.source))
            return
        }
        let parts = try PostStatement.parts(of: bytes, rules)
        var source = parts.link.map { PostRecord.KeyedText($0, key: nil) }
        var dated: PostRecord.KeyedText?
        var passed: [PassedOver] = []
        if parts.form.hasFrontMatter {
            source = parts.keys.choose(
                rules.sourceKeys, limit: EntryText.maxSource, requiresAddress: rules.requiresAddress, &passed)
            dated = parts.keys.choose(rules.datedKeys, limit: EntryText.maxDate, requiresAddress: false, &passed)
        }
        var warnings = passed.map { passed in
            PostWarning(
                .keyPassedOver, line: 1, "`\(passed.key)` is passed over: \(passed.reason)", of: passed.key)
        }
        warnings += PostWarnings.of(
            parts, sourceKey: source?.key, source: source?.text, isDated: dated != nil, in: bytes)
        BodyText.warn(&warnings, parts.bodyRange, of: bytes)
        self.init(
            .v2(parts, source: source, dated: dated), title: parts.title(rules.titleKeys), warnings, passed)
    }

    /// The parts in the form that the bytes take, else as *plain* where the rules accept that.
    private static func parts(of bytes: [UInt8], _ rules: ReadingRules) throws(PostError) -> PostParts {
        do throws(PostError) {
            let parts = try PostParts(parsing: bytes)
            // "one of the rules' keys twice refuses the file"
            for key in rules.sourceKeys + rules.datedKeys { try parts.keys.requireOne(key, of: bytes) }
            return parts
        } catch {
            guard rules.acceptsPlain, error.code != .tooLarge else { throw error }
            return PostParts(plain: bytes)
        }
    }

    private init(_ post: Post, warnings: [PostWarning] = []) {
        self.init(.v1(post), title: post.title, post.warnings + warnings, [])
    }

    private init(_ reading: Reading, title: ExactText, _ warnings: [PostWarning], _ passedOver: [PassedOver]) {
        self.reading = reading
        self.title = title
        self.warnings = warnings
        self.passedOver = passedOver
    }

    /// The version of the record.
    public var version: PostRecord.Version {
        if case .v1 = reading { .v1 } else { .v2 }
    }

    /// The form in which the bytes are read; `nil` in version 1, whose record does not state it.
    public var form: PostForm? {
        if case .v2(let parts, _, _) = reading { parts.form } else { nil }
    }

    /// Where the body begins, in bytes from the start of the file.
    public var bodyStart: Int {
        switch reading {
        case .v1(let post): post.bodyRange.lowerBound
        case .v2(let parts, _, _): parts.bodyRange.lowerBound
        }
    }

    /// The record of the file.
    ///
    /// - Parameters:
    ///   - bytes: The whole file, the same as was read.
    ///   - whole: Its digest, if the caller has already computed it from these bytes.
    ///   - signer: The name of the key that will sign; taken from a key, so a valid name.
    ///   - log: The origin of the log.
    ///   - recorded: The clock, in milliseconds since 1970; a clock before 1970 counts as 0.
    /// - Returns: The record, of the version that ``version`` says.
    public func record(
        of bytes: [UInt8], whole: Digest? = nil, signer: String, log: String, recorded: Int64
    ) -> PostRecord {
        switch reading {
        case .v1(let post):
            PostRecord(post, PostDigests.compute(bytes, post, whole: whole), signer: signer, recorded: recorded)
        case .v2(let parts, let source, let dated):
            PostRecord(
                form: parts.form, parts.digests(of: bytes, whole: whole), source: source, dated: dated,
                published: parts.epoch, signer: signer, log: log, recorded: recorded)
        }
    }
}

extension ReadingRules {
    /// Whether `from` and `date` are "the first keys of the rules in force that are there and not empty" in version 1's
    /// reading.
    fileprivate func prefersV1(_ frontMatter: FrontMatter) -> Bool {
        func first(_ keys: [ExactText]) -> ExactText? {
            keys.first { key in frontMatter[key].map { $0 != .scalar("") } ?? false }
        }
        return first(sourceKeys) == "from" && first(datedKeys) == "date"
    }
}

extension FrontMatterKeys {
    fileprivate func requireOne(_ key: ExactText, of bytes: [UInt8]) throws(PostError) {
        let found = entries(of: key)
        guard found.count > 1, let second = found.dropFirst().first else { return }
        let place = SourcePosition(of: second.offset, in: bytes)
        throw PostError(
            .duplicateKey, line: place.line, column: place.column, found: "the key `\(key)` \(found.count) times",
            wanted: "each key of the rules once")
    }

    /// "the first key of the rules that is there, a bare scalar, not empty, and keeps the rules of its line, the source an
    /// http(s) address besides unless the rules say otherwise. Others before it are passed over and said".
    fileprivate func choose(
        _ keys: [ExactText], limit: Int, requiresAddress: Bool, _ passed: inout [PostStatement.PassedOver]
    ) -> PostRecord.KeyedText? {
        for key in keys {
            guard let entry = entries.first(where: { $0.key == key }) else { continue }
            let reason: String
            switch entry.value {
            case .anchored, .alias: reason = PostError.Code.yamlAlias.rawValue
            case .tagged: reason = PostError.Code.yamlTag.rawValue
            case .list, .map: reason = PostError.Code.valueNotScalar.rawValue
            case .scalar(let text):
                if text.isEmpty { continue }
                if let fault = EntryText.fault(in: text.string, limit: limit) {
                    reason = fault.kind
                } else if EntryText.fault(in: key.string, limit: EntryText.maxKey) != nil {
                    reason = "no key that a record can name"
                } else if requiresAddress, !Address.isWeb(text) {
                    reason = "no address"
                } else {
                    return PostRecord.KeyedText(text, key: key)
                }
            }
            passed.append(PostStatement.PassedOver(key: key, reason: reason))
        }
        return nil
    }
}

extension PostParts {
    /// The first of some keys whose value is a scalar and not empty; the link line's text where there is no front matter.
    func title(_ titleKeys: [ExactText]) -> ExactText {
        guard form.hasFrontMatter else { return linkText ?? "" }
        for key in titleKeys {
            if let text = keys.entries(of: key).first?.text, !text.isEmpty { return text }
        }
        return ""
    }
}

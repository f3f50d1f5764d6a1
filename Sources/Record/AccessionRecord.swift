import ProvenanceEncoding

/// The signed statement at the end of an `add`, `provenance/accession@v1`: counts of the files it recorded and saw, and
/// the root of the register that lists them.
public struct AccessionRecord: Hashable, Sendable {
    /// The first line of the text.
    public static let kind = "provenance/accession@v1"

    /// The name of the signing key.
    public let signer: ExactText
    /// The origin of the log.
    public let log: ExactText
    /// The operator's clock, in milliseconds since 1970.
    public let recorded: Int64
    /// The version of the program: the text after `provenance/`.
    public let version: ExactText
    /// Index of the first post entry; if no post was recorded, the log's size before the accession.
    public let first: Int
    /// Posts recorded: the entries `first` to `first + posts - 1`.
    public let posts: Int
    /// Known bytes at a new placement.
    public let known: Int
    /// Files newly refused.
    public let refused: Int
    /// All other files it saw.
    public let unchanged: Int
    /// RFC 6962 root over the register's lines.
    public let register: Digest
    /// The number of the register's lines.
    public let lines: Int

    /// A statement from its parts.
    ///
    /// - Parameters:
    ///   - signer: The name of the key that will sign.
    ///   - log: The origin of the log.
    ///   - recorded: The clock, in milliseconds since 1970; a clock before 1970 counts as 0.
    ///   - version: The program's version: printable ASCII without spaces.
    ///   - first: Index of the first post entry.
    ///   - posts: Posts recorded.
    ///   - known: Known bytes at a new placement.
    ///   - refused: Files newly refused.
    ///   - unchanged: All other files.
    ///   - register: Root over the register's lines.
    ///   - lines: Number of the register's lines.
    public init(
        signer: String, log: String, recorded: Int64, version: String, first: Int, posts: Int, known: Int,
        refused: Int, unchanged: Int, register: Digest, lines: Int
    ) {
        self.signer = ExactText(signer)
        self.log = ExactText(log)
        self.recorded = max(0, recorded)
        self.version = ExactText(version)
        self.first = first
        self.posts = posts
        self.known = known
        self.refused = refused
        self.unchanged = unchanged
        self.register = register
        self.lines = lines
    }

    /// Parses the text of an accession strictly: `AccessionRecord(parsing: x).encoded() == x` for every accepted text.
    ///
    /// - Parameter text: The note's text with its final LF, without the empty line and the signatures.
    /// - Throws: `RecordError` naming the line.
    public init(parsing text: [UInt8]) throws(RecordError) {
        var reader = try RecordLines(text, kind: AccessionRecord.kind)
        signer = try reader.name("signer")
        log = try reader.name("log")
        recorded = Int64(try reader.count("recorded"))
        let tool = try reader.value("tool")
        version = try AccessionRecord.version(tool, line: reader.line)
        first = try reader.count("first")
        posts = try reader.count("posts")
        known = try reader.count("known")
        refused = try reader.count("refused")
        unchanged = try reader.count("unchanged")
        let register = try reader.digestAndCount("register")
        self.register = register.digest
        lines = register.count
        try reader.end()
    }

    /// "tool provenance/<version>": a version is one word of printable ASCII, at most 64 bytes.
    private static func version(_ value: ArraySlice<UInt8>, line: Int) throws(RecordError) -> ExactText {
        let prefix = "provenance/".utf8
        let version = value.dropFirst(prefix.count)
        guard value.starts(with: prefix), (1...64).contains(version.count),
            version.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw RecordError(.tool, line: line, found: excerpt(value), wanted: "`provenance/<version>`")
        }
        return ExactText(String(decoding: version, as: UTF8.self))
    }

    /// The text of the accession, as it is signed.
    public func encoded() -> [UInt8] {
        var writer = RecordWriter(kind: AccessionRecord.kind, capacity: 512)
        writer.line("signer", signer)
        writer.line("log", log)
        writer.line("recorded", recorded)
        writer.line("tool", ExactText("provenance/" + version.string))
        writer.line("first", first)
        writer.line("posts", posts)
        writer.line("known", known)
        writer.line("refused", refused)
        writer.line("unchanged", unchanged)
        writer.line("register", register, lines)
        return writer.bytes
    }
}

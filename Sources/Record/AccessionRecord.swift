import ProvenanceEncoding

/// The signed statement at the end of an `add`, `provenance/accession@v1` or `provenance/accession@v2`: counts of the files
/// it recorded and saw, and the root of the register that lists them.
public struct AccessionRecord: Hashable, Sendable {
    /// The first line of the text of version 1.
    public static let kind = "provenance/accession@v1"
    /// The first line of the text of version 2.
    public static let kind2 = "provenance/accession@v2"

    /// Whether the text is of version 2, whose register lines may have `replaces`.
    public let isVersion2: Bool
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
    /// SHA-256 of the rules in force; `nil` while they are the defaults, and in version 1.
    public let rules: Digest?
    /// Attached files; 0 in version 1.
    public let attached: Int
    /// Ignored files; 0 in version 1.
    public let ignored: Int
    /// The key entry, the anchor and the disposition that count below it; empty in version 1.
    public let state: StateBlock

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
    ///   - rules: SHA-256 of the rules in force, unless they are the defaults.
    ///   - attached: Attached files.
    ///   - ignored: Ignored files.
    ///   - state: What counts below the entry.
    ///   - hasReplacements: Whether a line of the register has `replaces`.
    ///
    /// "A writer writes v1, byte for byte as now, iff none of this is used."
    public init(
        signer: String, log: String, recorded: Int64, version: String, first: Int, posts: Int, known: Int,
        refused: Int, unchanged: Int, register: Digest, lines: Int, rules: Digest? = nil, attached: Int = 0,
        ignored: Int = 0, state: StateBlock = StateBlock(), hasReplacements: Bool = false
    ) {
        isVersion2 = rules != nil || attached > 0 || ignored > 0 || !state.isEmpty || hasReplacements
        self.rules = rules
        self.attached = attached
        self.ignored = ignored
        self.state = state
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
        isVersion2 = text.starts(with: AccessionRecord.kind2.utf8)
        let limit = isVersion2 ? RecordLines.maxInteger : .max
        var reader = try RecordLines(text, kind: isVersion2 ? AccessionRecord.kind2 : AccessionRecord.kind)
        signer = try isVersion2 ? reader.controlName("signer") : reader.name("signer")
        log = try isVersion2 ? reader.controlName("log") : reader.name("log")
        recorded = Int64(try reader.count("recorded", upTo: limit))
        let tool = try reader.value("tool")
        version = try AccessionRecord.version(tool, line: reader.line)
        first = try reader.count("first", upTo: limit)
        posts = try reader.count("posts", upTo: limit)
        known = try reader.count("known", upTo: limit)
        refused = try reader.count("refused", upTo: limit)
        unchanged = try reader.count("unchanged", upTo: limit)
        let register = try reader.digestAndCount("register", upTo: limit)
        self.register = register.digest
        lines = register.count
        rules = isVersion2 && reader.isNext("rules") ? try reader.digest("rules") : nil
        attached = try AccessionRecord.files("attached", isVersion2, &reader)
        ignored = try AccessionRecord.files("ignored", isVersion2, &reader)
        state = isVersion2 ? try StateBlock(&reader) : StateBlock()
        try reader.end()
    }

    /// "`attached <n>` and `ignored <n>` (files, ≥ 1 …)": 0 where the line is absent.
    private static func files(
        _ word: StaticString, _ isVersion2: Bool, _ reader: inout RecordLines
    ) throws(RecordError) -> Int {
        guard isVersion2, reader.isNext(word) else { return 0 }
        let count = try reader.count(word, upTo: RecordLines.maxInteger)
        guard count > 0 else {
            throw RecordError(.integer, line: reader.line, found: "0", wanted: "at least 1, or no such line")
        }
        return count
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
        var writer = RecordWriter(kind: isVersion2 ? AccessionRecord.kind2 : AccessionRecord.kind, capacity: 512)
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
        if let rules { writer.line("rules", rules) }
        if attached > 0 { writer.line("attached", attached) }
        if ignored > 0 { writer.line("ignored", ignored) }
        state.append(to: &writer)
        return writer.bytes
    }
}

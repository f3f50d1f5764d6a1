import ProvenanceEncoding

/// Which keys of a front matter state the source and the date of a post, and which files are posts: the rules by which a
/// writer reads a file before it is recorded.
///
/// A verifier needs no rules: a record states its reading, "the verifier repeats that reading and no other".
///
/// ```swift
/// let rules = ReadingRules(sourceKeys: ["original_url", "url"], datedKeys: ["date"], recordsV2: true)
/// ```
public struct ReadingRules: Hashable, Sendable {
    /// The keys that may state the source, the preferred one first; `from` unless stated otherwise.
    public var sourceKeys: [ExactText]
    /// The keys that may state the date, the preferred one first; `date` unless stated otherwise.
    public var datedKeys: [ExactText]
    /// The keys that may hold the title, the preferred one first; `title` unless stated otherwise. No record states it.
    public var titleKeys: [ExactText]
    /// Whether a file that takes no other form is recorded as *plain*, its bytes without source and date.
    ///
    /// `false` unless stated otherwise: such a file is refused. It counts only with ``recordsV2``.
    public var acceptsPlain: Bool
    /// Whether the chosen source must be an `http://` or `https://` address; `true` unless stated otherwise.
    ///
    /// "the source an http(s) address besides unless the rules say otherwise". A source that `provenance/post@v1` states
    /// is not asked.
    public var requiresAddress: Bool
    /// Whether a file that `provenance/post@v1` cannot state is recorded as `provenance/post@v2`.
    ///
    /// `false` unless stated otherwise: such a file is refused for the reason that version 1 has, as if there were no
    /// other version.
    public var recordsV2: Bool

    /// The rules of an archive that states none: those of `provenance/post@v1`, with `title`, `date` and `from`.
    public static let v1 = ReadingRules()

    /// Rules from their parts.
    public init(
        sourceKeys: [ExactText] = ["from"], datedKeys: [ExactText] = ["date"], titleKeys: [ExactText] = ["title"],
        acceptsPlain: Bool = false, requiresAddress: Bool = true, recordsV2: Bool = false
    ) {
        self.sourceKeys = sourceKeys
        self.datedKeys = datedKeys
        self.titleKeys = titleKeys
        self.acceptsPlain = acceptsPlain
        self.requiresAddress = requiresAddress
        self.recordsV2 = recordsV2
    }
}

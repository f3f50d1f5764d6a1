import ProvenanceEncoding

/// The last lines of a control entry: for key entries, anchors and dispositions the highest one below it that counts.
///
/// "The block is at once the chain of each kind … and a statement of the state at that place"; each line "is absent where
/// there is none".
public struct StateBlock: Hashable, Sendable {
    /// An entry that a line names.
    public struct Link: Hashable, Sendable {
        /// Its index.
        public let index: Int
        /// Its leaf hash.
        public let leaf: Digest

        /// A link from its parts.
        public init(index: Int, leaf: Digest) {
            self.index = index
            self.leaf = leaf
        }
    }

    /// The highest key entry that counts.
    public let key: Link?
    /// The highest anchor that counts.
    public let anchor: Link?
    /// The highest disposition that counts.
    public let disposition: Link?

    /// A block from its lines.
    public init(key: Link? = nil, anchor: Link? = nil, disposition: Link? = nil) {
        self.key = key
        self.anchor = anchor
        self.disposition = disposition
    }

    /// Whether it has no line.
    public var isEmpty: Bool { links.isEmpty }

    /// Its lines, each with the beginning of the first line of the entries that it may name.
    public var links: [(kind: String, link: Link)] {
        zip(StateBlock.kinds, [key, anchor, disposition]).compactMap { kind, link in link.map { (kind, $0) } }
    }

    /// The beginnings of the first lines of entries that a block may name: key entries, anchors, dispositions.
    public static let kinds = ["provenance/key@", "provenance/anchor@", "provenance/disposition@"]

    init(_ lines: inout RecordLines) throws(RecordError) {
        key = try StateBlock.link("last-key", &lines)
        anchor = try StateBlock.link("last-anchor", &lines)
        disposition = try StateBlock.link("last-disposition", &lines)
    }

    private static func link(_ word: StaticString, _ lines: inout RecordLines) throws(RecordError) -> Link? {
        guard lines.isNext(word) else { return nil }
        let (index, leaf) = try lines.countAndDigest(word, upTo: RecordLines.maxInteger)
        return Link(index: index, leaf: leaf)
    }

    func append(to writer: inout RecordWriter) {
        if let key { writer.line("last-key", key.index, key.leaf) }
        if let anchor { writer.line("last-anchor", anchor.index, anchor.leaf) }
        if let disposition { writer.line("last-disposition", disposition.index, disposition.leaf) }
    }
}

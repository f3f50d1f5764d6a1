import ProvenanceEncoding

/// A row about an entry.
public struct IndexEntry: Sendable, Equatable {
    /// The entry's index in the log.
    public let index: UInt64
    /// SHA-256 of the post.
    public let sha256: Digest
    /// The address that the record states; empty where it states none.
    public let source: String
    /// The date as the post writes it; empty where the record states none.
    public let dated: String
    /// The epoch of the post, in milliseconds since 1970.
    public let published: Int64?
    /// The operator's clock, in milliseconds since 1970.
    public let recorded: Int64
    /// The title, if the post was available: a label, which a record does not state.
    public let title: String?

    /// A row from its columns.
    public init(
        index: UInt64, sha256: Digest, source: String, dated: String, published: Int64?, recorded: Int64, title: String?
    ) {
        self.index = index
        self.sha256 = sha256
        self.source = source
        self.dated = dated
        self.published = published
        self.recorded = recorded
        self.title = title
    }
}

/// A row about a place where an entry's bytes were seen.
public struct Placement: Sendable, Equatable {
    /// The register's root: `.` for the archive's folder.
    public let root: String
    /// The path relative to the root.
    public let path: RawPath
    /// The entry that was seen there.
    public let entry: UInt64
    /// The accession that saw it.
    public let accession: UInt64

    /// A row from its columns.
    public init(root: String, path: RawPath, entry: UInt64, accession: UInt64) {
        self.root = root
        self.path = path
        self.entry = entry
        self.accession = accession
    }
}

/// The tree that an index was built from: its first `size` entries, whose Merkle root is `root`.
public struct IndexState: Sendable, Equatable {
    /// The number of entries.
    public let size: UInt64
    /// The RFC 6962 root over them.
    public let root: Digest

    /// The state of an index that holds the first `size` entries.
    public init(size: UInt64, root: Digest) {
        self.size = size
        self.root = root
    }
}

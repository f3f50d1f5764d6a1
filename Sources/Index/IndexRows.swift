import ProvenanceEncoding
import ProvenanceRecord

/// Rows for an index, stored flat, without an object or an array for each, since thousands are held.
///
/// Lines of registers belong to the accession begun last (``begin(accession:roots:)``).
public struct IndexRows: Sendable {
    /// A recorded file, as a line of a register lists it. Its texts are in `bytes`, one after the other.
    public struct Line: Sendable {
        /// Where the first of its texts, the path, begins.
        public let start: Int
        /// The entry that the line names.
        public let entry: UInt64
        /// SHA-256 of a new entry's post.
        public let sha256: Digest
        /// Whether the entry is new, rather than seen at one more place.
        public let isNew: Bool
        /// The epoch of a new entry's post.
        public let published: Int64?
        /// The time at which a new entry was recorded.
        public let recorded: Int64
        /// Index into the roots of its accession.
        public let root: Int
        /// Bytes of the path.
        public let path: UInt32
        /// Bytes of the address; none where the record states none.
        public let source: UInt32
        /// Bytes of the date; none where the record states none.
        public let dated: UInt32
        /// Bytes of the title.
        public let title: UInt32
    }

    /// Consecutive lines of one register.
    public struct Section: Sendable {
        /// The accession's index in the log, or a lower bound for it.
        public var accession: UInt64
        /// The roots that its lines name by their index.
        public let roots: [String]
        /// The first of its ``lines``.
        public let firstLine: Int
        /// The first of its ``refusals``.
        public let firstRefusal: Int
    }

    /// Recorded files.
    public private(set) var lines: [Line] = []
    /// Files that are not posts, with the index into the roots of their accession.
    public private(set) var refusals: [(line: RegisterLine, root: Int)] = []
    /// The texts of the lines.
    public private(set) var bytes: [UInt8] = []
    /// How many lines are about new entries.
    public private(set) var new = 0
    /// The accessions to which the lines belong.
    public private(set) var sections: [Section] = []
    /// Records of posts without a line, as read by a scan of the log.
    public private(set) var posts: [(index: UInt64, record: PostRecord)] = []
    /// Accessions.
    public private(set) var accessions: [(index: UInt64, record: AccessionRecord)] = []
    /// Entries that this version cannot read although a verdict depends on them.
    public private(set) var critical: [(index: UInt64, kind: String)] = []
    /// Titles of entries that have a row.
    public private(set) var titles: [(index: UInt64, title: String)] = []

    /// No rows.
    public init() {}

    /// The number of rows to be written, including refusals.
    public var count: Int {
        lines.count + refusals.count + posts.count + accessions.count + critical.count + titles.count
    }

    /// Begins the lines of an accession.
    public mutating func begin(accession: UInt64, roots: [String]) {
        sections.append(
            Section(accession: accession, roots: roots, firstLine: lines.count, firstRefusal: refusals.count))
    }

    /// Begins lines of one root of an accession, unless the previous lines already belong to it.
    public mutating func `continue`(accession: UInt64, root: String) {
        if let last = sections.last, last.accession == accession, last.roots == [root] { return }
        begin(accession: accession, roots: [root])
    }

    /// Sets the index of the accession begun last, once it is known.
    public mutating func setAccession(_ accession: UInt64) {
        guard !sections.isEmpty else { return }
        sections[sections.count - 1].accession = accession
    }

    /// Adds a register's line, and the record that it names if that is new.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - fresh: The record, for the first line that names it.
    ///   - root: Index into the roots of the accession begun last, if it differs from the line's own.
    public mutating func add(_ line: RegisterLine, _ fresh: FreshRecord?, root: Int? = nil) {
        let root = root ?? line.root
        // A line that names no root of its accession says nothing about a place.
        guard let section = sections.last, section.roots.indices.contains(root) else { return }
        guard let entry = line.entry else {
            refusals.append((line, root))
            return
        }
        let start = bytes.count
        let path = append(line.path.bytes)
        guard let fresh else {
            lines.append(
                Line(
                    start: start, entry: entry, sha256: .zero, isNew: false, published: nil, recorded: 0,
                    root: root, path: path, source: 0, dated: 0, title: 0))
            return
        }
        let record = fresh.record
        new += 1
        lines.append(
            Line(
                start: start, entry: entry, sha256: record.sha256, isNew: true, published: record.published,
                recorded: record.recorded, root: root, path: path, source: append(record.sourceText.utf8),
                dated: append(record.datedText.utf8), title: append(fresh.title.utf8)))
    }

    /// Adds the record of a post whose line comes later, or not at all.
    public mutating func add(_ index: UInt64, _ record: PostRecord) { posts.append((index, record)) }

    /// Adds an accession.
    public mutating func add(_ index: UInt64, _ record: AccessionRecord) { accessions.append((index, record)) }

    /// Adds an entry of a kind that this version cannot read although a verdict depends on it.
    public mutating func add(_ index: UInt64, critical kind: String) { critical.append((index, kind)) }

    /// Sets the title of an entry.
    public mutating func setTitle(_ title: String, of index: UInt64) { titles.append((index, title)) }

    private mutating func append(_ text: some Collection<UInt8>) -> UInt32 {
        bytes.append(contentsOf: text)
        return UInt32(clamping: text.count)
    }

    /// Removes all rows; their memory is kept for the next ones.
    public mutating func removeAll() {
        lines.removeAll(keepingCapacity: true)
        refusals.removeAll()
        bytes.removeAll(keepingCapacity: true)
        new = 0
        sections.removeAll()
        posts.removeAll(keepingCapacity: true)
        accessions.removeAll()
        critical.removeAll()
        titles.removeAll()
    }
}

/// The record of a new post with its title, for the index; a class, since it is passed on several times.
public final class FreshRecord: Sendable {
    /// What the entry states.
    public let record: PostRecord
    /// The post's title.
    public let title: String

    /// A record and the title of its post.
    public init(_ record: PostRecord, title: String) {
        self.record = record
        self.title = title
    }
}

extension RegisterLine {
    /// The entry that the line names; `nil` for a file that was refused.
    public var entry: UInt64? {
        switch fate {
        case .recorded(let entry), .known(let entry): entry
        case .refused: nil
        }
    }
}

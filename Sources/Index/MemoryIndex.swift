import ProvenanceEncoding
import ProvenanceRecord
import Synchronization

/// An index in memory: for readers without an index for their checkpoint, and the reference that other engines are
/// compared with.
public final class MemoryIndex: ArchiveIndex {
    fileprivate struct Contents: Sendable {
        var state: IndexState?
        var entries: [UInt64: IndexEntry] = [:]
        var placements: [Placement] = []
        var byEntry: [UInt64: [Int]] = [:]
        var refusals: [(line: RegisterLine, root: String, accession: UInt64)] = []
    }

    private let contents = Mutex(Contents())

    /// An index without rows.
    public init() {}

    /// The state that was written last.
    public func state() -> IndexState? { contents.withLock(\.state) }

    /// Rows about some entries.
    public func entries(_ indexes: [UInt64]) -> [IndexEntry?] {
        contents.withLock { contents in indexes.map { contents.entries[$0] } }
    }

    /// Where the bytes of some entries were seen.
    public func placements(of entries: [UInt64]) -> [[Placement]] {
        contents.withLock { contents in
            entries.map { (contents.byEntry[$0] ?? []).map { contents.placements[$0] } }
        }
    }

    /// What was seen at a path.
    public func placements(root: String, path: RawPath) -> [Placement] {
        contents.withLock { contents in
            contents.placements.filter { $0.path == path && $0.root.utf8.elementsEqual(root.utf8) }
        }
    }

    /// Entries that record a digest.
    public func entries(of digest: Digest) -> [UInt64] {
        contents.withLock { $0.entries.values.filter { $0.sha256 == digest }.map(\.index).sorted() }
    }

    /// Entries that state an address.
    public func entries(source: String) -> [IndexEntry] {
        contents.withLock { contents in
            contents.entries.values.filter { $0.source.utf8.elementsEqual(source.utf8) }.sorted { $0.index < $1.index }
        }
    }

    /// Adds rows, and sets the state if one is given.
    public func write(_ rows: IndexRows, to state: IndexState?) throws(IndexError) {
        try contents.withLock { (contents) throws(IndexError) in
            if let old = contents.state, let state, state.size < old.size {
                throw IndexError(.changed, "the index holds \(old.size) entries, more than \(state.size)")
            }
            contents.add(rows)
            if let state { contents.state = state }
        }
    }

    /// Removes rows that no state covers.
    public func dropUnfinished(from size: UInt64) {
        contents.withLock { contents in
            contents.rebuild(
                entries: contents.entries.values.filter { $0.index < size },
                placements: contents.placements.filter { $0.accession < size })
            contents.refusals.removeAll { $0.accession >= size }
        }
    }

    /// Removes all rows.
    public func clear() { contents.withLock { $0 = Contents() } }

    /// Does nothing: rows are visible as soon as they are written.
    public func publish() {}

    /// Whether the rows can be read from end to end.
    public func isSound() -> Bool { true }

    /// How many posts have a row that differs from their record.
    public func differences(
        _ entries: Range<UInt64>, _ posts: [(index: UInt64, record: PostRecord)], _ key: MarkKey
    ) -> (count: Int, keys: EntryKeys) {
        contents.withLock { contents in
            var keys = EntryKeys()
            for entry in contents.entries.values where entries.contains(entry.index) {
                keys.digests.add(key.mark(IndexKey.of(entry.sha256), entry.index))
                keys.sources.add(key.mark(IndexKey.of(entry.source.utf8), entry.index))
            }
            let different = posts.filter { post in
                guard let entry = contents.entries[post.index] else { return true }
                let record = post.record
                return entry.sha256 != record.sha256 || !entry.source.utf8.elementsEqual(record.sourceText.utf8)
                    || entry.published != record.published || entry.recorded != record.recorded
            }
            return (different.count, keys)
        }
    }

    /// Sums over all rows.
    public func sums(_ key: MarkKey, size: UInt64) -> IndexSums {
        contents.withLock { contents in
            var sums = IndexSums()
            for (id, placement) in contents.placements.enumerated() {
                sums.lines.add(
                    key.mark(root: Array(placement.root.utf8), path: placement.path.bytes, entry: placement.entry))
                sums.placementRows.add(key.mark(IndexKey.of(placement.path.bytes), UInt64(clamping: id)))
            }
            // Rows are found by the values themselves here, so a key cannot be missing.
            sums.placementKeys = sums.placementRows
            for refusal in contents.refusals { sums.lines.add(key.mark(refusal.line, root: refusal.root)) }
            for entry in contents.entries.values where entry.index < size {
                sums.entries.digests.add(key.mark(IndexKey.of(entry.sha256), entry.index))
                sums.entries.sources.add(key.mark(IndexKey.of(entry.source.utf8), entry.index))
            }
            return sums
        }
    }
}

extension MemoryIndex.Contents {
    fileprivate mutating func add(_ rows: IndexRows) {
        for (section, end) in rows.ranges {
            for line in rows.lines[section.firstLine..<end.line] {
                var texts = rows.bytes[line.start...]
                let path = texts.prefix(Int(line.path))
                texts = texts.dropFirst(Int(line.path))
                if line.isNew {
                    let source = texts.prefix(Int(line.source))
                    texts = texts.dropFirst(Int(line.source))
                    let dated = texts.prefix(Int(line.dated))
                    let title = texts.dropFirst(Int(line.dated)).prefix(Int(line.title))
                    insert(
                        IndexEntry(
                            index: line.entry, sha256: line.sha256, source: String(decoding: source, as: UTF8.self),
                            dated: String(decoding: dated, as: UTF8.self), published: line.published,
                            recorded: line.recorded, title: String(decoding: title, as: UTF8.self)))
                }
                guard section.roots.indices.contains(line.root) else { continue }
                insert(
                    Placement(
                        root: section.roots[line.root], path: RawPath(path), entry: line.entry,
                        accession: section.accession))
            }
            for (line, root) in rows.refusals[section.firstRefusal..<end.refusal]
            where section.roots.indices.contains(root) {
                refusals.append((line, section.roots[root], section.accession))
            }
        }
        for (index, record) in rows.posts {
            insert(
                IndexEntry(
                    index: index, sha256: record.sha256, source: record.sourceText, dated: record.datedText,
                    published: record.published, recorded: record.recorded, title: nil))
        }
        for (index, title) in rows.titles {
            guard let entry = entries[index] else { continue }
            entries[index] = IndexEntry(
                index: index, sha256: entry.sha256, source: entry.source, dated: entry.dated,
                published: entry.published, recorded: entry.recorded, title: title)
        }
    }

    private mutating func insert(_ entry: IndexEntry) { entries[entry.index] = entry }

    private mutating func insert(_ placement: Placement) {
        byEntry[placement.entry, default: []].append(placements.count)
        placements.append(placement)
    }

    fileprivate mutating func rebuild(entries kept: [IndexEntry], placements seen: [Placement]) {
        entries = [:]
        (placements, byEntry) = ([], [:])
        for entry in kept { insert(entry) }
        for placement in seen { insert(placement) }
    }
}

extension IndexRows {
    /// Each section with the positions at which the next one begins.
    public var ranges: [(section: Section, end: (line: Int, refusal: Int))] {
        sections.indices.map { place in
            let next = place + 1 < sections.count ? sections[place + 1] : nil
            return (sections[place], (next?.firstLine ?? lines.count, next?.firstRefusal ?? refusals.count))
        }
    }
}

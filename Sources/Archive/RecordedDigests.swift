import Files
import Log
import Merkle
import Note
import OpenSSL
import Post
import Synchronization

/// The digests that the log's records state, read from its entry bundles and from nothing else but what was noted of them.
///
/// `add` must not believe an index that says "never recorded": a file that rotted would have the same bytes recorded
/// twice. The other answer costs nothing, for the entry that a row names is read before it counts. A "no" is compared
/// with the log itself: entries, authenticated against the checkpoint, are read once, and what they state is noted in
/// `.provenance/digests`; from then on only those that came since are read. Eight bytes an entry are kept.
///
/// Measured: 3 µs an entry that is read.
final class RecordedDigests: Sendable {
    private let archive: ArchiveFolder
    private let checkpoint: Checkpoint
    private let seal: Seal
    /// The first eight bytes of each digest, sorted; `nil` until somebody asks.
    private let marks = Mutex<[Int64]?>(nil)

    /// Where the marks stand; `nil` unless the index was found to lack one.
    private let places = Mutex<[Place]?>(nil)
    private let wrong = Atomic(false)

    private struct Place {
        let mark: Int64
        let entry: UInt64
    }

    private let mostNotNoted: UInt64

    /// Entries that are read each time rather than noted: some 10 ms.
    static let mostNotNoted: UInt64 = 4_096

    /// The digests of the log as of a checkpoint.
    ///
    /// - Parameters:
    ///   - archive: The archive.
    ///   - checkpoint: Its log's, authenticated.
    ///   - seal: The one of `seal(_:)`.
    ///   - mostNotNoted: Entries that are read each time.
    init(
        _ archive: ArchiveFolder, _ checkpoint: Checkpoint, _ seal: Seal,
        mostNotNoted: UInt64 = RecordedDigests.mostNotNoted
    ) {
        self.seal = seal
        self.archive = archive
        self.checkpoint = checkpoint
        self.mostNotNoted = mostNotNoted
    }

    /// The seal of what an archive's signer notes.
    static func seal(_ signer: Ed25519PrivateKey) throws(OpenSSLError) -> Seal {
        try Seal(signer, purpose: "digests")
    }

    /// How many entries state a digest as records do; the first call reads the log.
    ///
    /// Digests that share eight bytes count as one, and an entry that is no record but looks like one counts: both cost
    /// a look into the log, no more.
    func count(_ digest: Digest) throws(LogError) -> Int {
        guard checkpoint.size > 0 else { return 0 }
        // Several workers may come here at once; one of them reads.
        return try marks.withLock { marks throws(LogError) in
            if let marks { return RecordedDigests.count(Index.key(digest), in: marks) }
            let known = try load()
            marks = known
            return RecordedDigests.count(Index.key(digest), in: known)
        }
    }

    /// Whether no entry states a digest, as far as that is known without reading anything.
    func isMissing(_ digest: Digest) -> Bool {
        marks.withLock { marks in marks.map { RecordedDigests.count(Index.key(digest), in: $0) == 0 } ?? false }
    }

    /// Reads what is noted and the entries behind it, and notes it anew when these are many.
    ///
    /// For the lock holder.
    private func load() throws(LogError) -> [Int64] {
        let noted = try noted()
        let fresh = try read(from: noted?.size ?? 0)
        guard let noted else { return note(fresh) }
        let all = fresh.isEmpty ? noted.marks : RecordedDigests.merged(noted.marks, fresh)
        return checkpoint.size - noted.size > mostNotNoted ? note(all) : all
    }

    /// What was noted, if it was of the entries that this log begins with.
    private func noted() throws(LogError) -> DigestsFile? {
        let limit = DigestsFile.limit(checkpoint.size)
        guard let bytes = try? readFile(archive.digests, limit: limit).bytes, let file = DigestsFile(bytes, seal),
            file.size <= checkpoint.size
        else { return nil }
        let reader = try LogReader(archive.storage, checkpoint)
        return try reader.root(at: file.size) == file.root ? file : nil
    }

    /// Notes the digests of the whole log; what cannot be written is read again the next time.
    private func note(_ marks: [Int64]) -> [Int64] {
        let file = DigestsFile(size: checkpoint.size, root: checkpoint.root, marks: marks)
        if checkpoint.size > mostNotNoted, marks.count <= DigestsFile.mostMarks,
            let bytes = try? file.encoded(seal)
        {
            try? DurableFile.replace(archive.digests, with: bytes)
        }
        return marks
    }

    private static func merged(_ left: [Int64], _ right: [Int64]) -> [Int64] {
        var merged: [Int64] = []
        merged.reserveCapacity(left.count + right.count)
        var next = right[...]
        for mark in left {
            while let first = next.first, first < mark { merged.append(next.removeFirst()) }
            merged.append(mark)
        }
        return merged + next
    }

    /// The entries that state a digest, earliest first, found without the index: for one that the index lacks.
    ///
    /// The first call reads the log, and keeps sixteen bytes an entry.
    func entries(_ digest: Digest) throws(LogError) -> [UInt64] {
        guard checkpoint.size > 0 else { return [] }
        let mark = Index.key(digest)
        return try places.withLock { places throws(LogError) in
            let known: [Place]
            if let places { known = places } else { known = try locate() }
            places = known
            let first = known.partitioningIndex { $0.mark >= mark }
            return known[first...].prefix { $0.mark == mark }.map(\.entry)
        }
    }

    private func locate() throws(LogError) -> [Place] {
        try scan(from: 0) { (mark, entry) in Place(mark: mark, entry: entry) }
            .sorted { ($0.mark, $0.entry) < ($1.mark, $1.entry) }
    }

    /// Whether the index lacks a record that the log has: it is to be built again.
    var isIndexWrong: Bool { wrong.load(ordering: .relaxed) }

    /// Notes that a valid record was found which the index does not lead to.
    func noteWrongIndex() { wrong.store(true, ordering: .relaxed) }

    /// Number of times that a mark stands in a sorted list.
    private static func count(_ mark: Int64, in list: [Int64]) -> Int {
        list[list.partitioningIndex { $0 >= mark }...].prefix { $0 == mark }.count
    }

    private func read(from size: UInt64) throws(LogError) -> [Int64] {
        try scan(from: size) { (mark, _) in mark }.sorted()
    }

    /// Reads the entries from an index on, each core its share of the bundles; what it made of them is in their order.
    private func scan<Found: Sendable>(
        from size: UInt64, _ make: @Sendable (_ mark: Int64, _ entry: UInt64) -> Found
    ) throws(LogError) -> [Found] {
        guard size < checkpoint.size else { return [] }
        let width = UInt64(Tile.fullWidth)
        let firstBundle = size / width
        let bundles = Int(clamping: (checkpoint.size - 1) / width + 1 - firstBundle)
        let (storage, checkpoint) = (archive.storage, checkpoint)
        let parts = try overSlices(bundles) { (range) throws(LogError) in
            let reader = try LogReader(storage, checkpoint)
            var found: [Found] = []
            found.reserveCapacity(range.count * Tile.fullWidth)
            for number in range {
                let bundle = firstBundle + UInt64(number)
                var index = bundle * width
                for entry in try reader.entries(bundle: bundle) {
                    if index >= size, let digest = RecordedDigests.statedDigest(entry) {
                        found.append(make(Index.key(digest), index))
                    }
                    index += 1
                }
            }
            return found
        }
        return parts.flatMap { $0 }
    }

    /// The digest in an entry that says it is a post's record: its third line, "sha256 <64 lowercase hex>".
    private static func statedDigest(_ entry: ArraySlice<UInt8>) -> Digest? {
        var rest = entry
        guard rest.starts(with: first) else { return nil }
        rest = rest.dropFirst(first.count)
        guard let end = rest.firstIndex(of: Text.newline) else { return nil }
        rest = rest[(end + 1)...]
        guard rest.starts(with: word) else { return nil }
        return Digest(hex: rest.dropFirst(word.count).prefix(2 * Digest.byteCount))
    }

    private static let first = Array((PostRecord.kind + "\n").utf8)
    private static let word = Array("sha256 ".utf8)
}

extension Array {
    /// The first place from which on a condition holds, in an array where it holds behind that place only.
    fileprivate func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

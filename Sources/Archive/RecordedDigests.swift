import Files
import Log
import Merkle
import Note
import OpenSSL
import Post
import Synchronization

/// The digests that the log's records state, read from its entry bundles and from nothing else.
///
/// `add` must not believe an index that says "never recorded": a file that rotted, or that somebody wrote, would have the
/// same bytes recorded twice. The other answer costs nothing, for the entry that a row names is read before it counts. A
/// "no" is compared with the log itself: each entry, authenticated against the checkpoint, is read once an `add`, and
/// only by one that meets bytes it does not know. Eight bytes an entry are kept. The index is then compared as a whole, so
/// that one which lacks something is found before anything is recorded beside it.
///
/// Measured: 3 µs an entry, where to read, digest and look up a post that is known takes some 20.
final class RecordedDigests: Sendable {
    private let archive: ArchiveFolder
    private let checkpoint: Checkpoint
    /// The first eight bytes of each digest, sorted; `nil` until somebody asks.
    private let keys = Mutex<[Int64]?>(nil)

    /// The digests of the log as of a checkpoint.
    init(_ log: SignedLog) {
        archive = log.archive
        checkpoint = log.reader.checkpoint
    }

    /// How many records state a digest; the first call reads the log, and compares the index with it.
    ///
    /// Digests that share eight bytes count as one: it takes an effort to make such posts, and an index built again.
    ///
    /// - Throws: `Problem` with E-INDEX when the index does not have the log's digests and no others.
    func count(_ digest: Digest, _ lookup: IndexLookup) throws -> Int {
        guard checkpoint.size > 0 else { return 0 }
        let key = Index.key(digest)
        if let known = keys.withLock({ keys in keys.map { RecordedDigests.count(key, in: $0) } }) { return known }
        // Several workers may come here at once; what they read is the same.
        guard let stated = try lookup.digestKeys(below: checkpoint.size) else { throw RecordedDigests.isNotTheLogs }
        var list = try read(RecordedDigests.statedDigest)
        // An entry that says what a record says and is none has no row; such a log is read with more care.
        if list != stated { list = try read(RecordedDigests.recordedDigest) }
        guard list == stated else { throw RecordedDigests.isNotTheLogs }
        keys.withLock { $0 = list }
        return RecordedDigests.count(key, in: list)
    }

    /// What is wrong with an index that has not the records of the log.
    static var isNotTheLogs: Problem {
        Problem(
            .index, ".provenance/index.sqlite", "it does not have the records of the log and no others",
            advice: "delete the file, or run `provenance reindex`: it is built again from the log")
    }

    /// Number of times that a key stands in a sorted list.
    private static func count(_ key: Int64, in list: [Int64]) -> Int {
        var (low, high) = (0, list.count)
        while low < high {
            let middle = low + (high - low) / 2
            if list[middle] < key { low = middle + 1 } else { high = middle }
        }
        return list[low...].prefix { $0 == key }.count
    }

    /// Reads all bundles, each core its share.
    private func read(_ digest: @Sendable (ArraySlice<UInt8>) -> Digest?) throws(LogError) -> [Int64] {
        let bundles = Int(clamping: (checkpoint.size - 1) / UInt64(Tile.fullWidth) + 1)
        let (storage, checkpoint) = (archive.storage, checkpoint)
        let parts = try overSlices(bundles) { (range) throws(LogError) in
            let reader = try LogReader(storage, checkpoint)
            var keys: [Int64] = []
            keys.reserveCapacity(range.count * Tile.fullWidth)
            for bundle in range {
                for entry in try reader.entries(bundle: UInt64(bundle)) {
                    if let digest = digest(entry) { keys.append(Index.key(digest)) }
                }
            }
            return keys
        }
        return parts.flatMap { $0 }.sorted()
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

    /// The digest in an entry that is a post's record.
    private static func recordedDigest(_ entry: ArraySlice<UInt8>) -> Digest? {
        guard statedDigest(entry) != nil, let text = History.noteText(entry) else { return nil }
        return (try? PostRecord(parsing: text))?.sha256
    }

    private static let first = Array((PostRecord.kind + "\n").utf8)
    private static let word = Array("sha256 ".utf8)
}

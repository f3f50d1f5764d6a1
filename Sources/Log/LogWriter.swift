import Merkle
import Note
import OpenSSL

/// Appends entries to a log and publishes checkpoints; the one writer, under the archive's lock.
///
/// Order of a commit: bundles and tiles, durable; then the checkpoint, by atomic replacement. Only the checkpoint makes
/// an entry real: what a crash left beyond it is overwritten by the next append. A full tile that a checkpoint covers
/// is never written again.
public final class LogWriter {
    /// The last published checkpoint.
    public private(set) var checkpoint: Checkpoint
    /// The last published checkpoint note, `nil` before the first.
    public private(set) var note: [UInt8]?
    /// Entries appended, published or not.
    public private(set) var size: UInt64

    private let storage: any LogStorage
    private let signer: CheckpointSigner
    private var hasher: MerkleHasher
    private var bundle: [UInt8] = []
    private var levels: [[Digest]]
    private var files: [(path: String, bytes: [UInt8])] = []
    private var completed: [Tile] = []

    /// Continues the log that `reader` has authenticated.
    public init(
        continuing reader: LogReader, note: [UInt8], storage: any LogStorage, signer: CheckpointSigner
    ) throws(LogError) {
        self.storage = storage
        self.signer = signer
        self.note = note
        checkpoint = reader.checkpoint
        size = reader.size
        hasher = try LogReader.makeHasher()
        levels = try reader.edgeHashes()
        for entry in try reader.edgeEntries() { _ = EntryBundle.append(entry, to: &bundle) }
        // A crash between a checkpoint and the collection of partials leaves them; collect them now.
        if size >= UInt64(Tile.fullWidth), let last = Tile(kind: .entries, number: size / UInt64(Tile.fullWidth) - 1) {
            completed.append(last)
        }
    }

    /// Starts an empty log.
    public init(empty origin: String, storage: any LogStorage, signer: CheckpointSigner) throws(LogError) {
        self.storage = storage
        self.signer = signer
        note = nil
        checkpoint = Checkpoint(origin: origin, size: 0, root: MerkleHasher.emptyRoot)
        size = 0
        hasher = try LogReader.makeHasher()
        levels = []
    }

    /// Appends an entry; it is real after the next `commit()`.
    ///
    /// - Parameters:
    ///   - entry: At most 65,535 bytes.
    ///   - leaf: Its leaf hash, where the caller has it already.
    /// - Returns: the entry's index.
    @discardableResult
    public func append(_ entry: some Collection<UInt8>, leaf: Digest) throws(LogError) -> UInt64 {
        guard EntryBundle.append(entry, to: &bundle) else {
            throw LogError(
                .entryTooLong, "an entry of \(entry.count) bytes; at most \(EntryBundle.longestEntry) fit")
        }
        let index = size
        size += 1
        if size % UInt64(Tile.fullWidth) == 0, let tile = Tile(kind: .entries, number: index / UInt64(Tile.fullWidth)) {
            files.append((tile.path, bundle))
            completed.append(tile)
            bundle.removeAll(keepingCapacity: true)
        }
        var hash = leaf
        var level = 0
        while true {
            if level == levels.count { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count == Tile.fullWidth else { break }
            let number = Tile.hashCount(level: level, size: size) / UInt64(Tile.fullWidth) - 1
            if let tile = Tile(kind: .hashes(level: level), number: number) {
                files.append((tile.path, LogWriter.bytes(levels[level])))
                completed.append(tile)
            }
            do { hash = try LogReader.root(of: levels[level][...], &hasher) } catch { throw LogError(error) }
            levels[level].removeAll(keepingCapacity: true)
            level += 1
        }
        return index
    }

    private static func bytes(_ hashes: [Digest]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { hash.append(to: &bytes) }
        return bytes
    }

    /// The root over everything appended.
    private func root() throws(LogError) -> Digest {
        var peaks: [Digest] = []
        do throws(OpenSSLError) {
            for hashes in levels.reversed() {
                for peak in Subtree.peaks(size: UInt64(hashes.count)) {
                    peaks.append(try LogReader.root(of: hashes[Int(peak.start)..<Int(peak.end)], &hasher))
                }
            }
            guard let range = CompactRange(size: size, peaks: peaks) else {
                throw OpenSSLError("compact range", reason: "the peaks do not fit the size")
            }
            return try range.root(&hasher)
        } catch {
            throw LogError(error)
        }
    }

    /// Publishes everything appended since the last commit; durable when it returns.
    public func commit() throws(LogError) {
        guard size > checkpoint.size || note == nil else { return }
        let width = Int(size % UInt64(Tile.fullWidth))
        if width > 0, let tile = Tile(kind: .entries, number: size / UInt64(Tile.fullWidth), width: width) {
            files.append((tile.path, bundle))
        }
        for (level, hashes) in levels.enumerated() where !hashes.isEmpty {
            let count = Tile.hashCount(level: level, size: size)
            // An edge tile that did not grow has been written by the commit that grew it.
            if count == Tile.hashCount(level: level, size: checkpoint.size) { continue }
            let number = count / UInt64(Tile.fullWidth)
            if let tile = Tile(kind: .hashes(level: level), number: number, width: hashes.count) {
                files.append((tile.path, LogWriter.bytes(hashes)))
            }
        }
        try storage.write(files)
        files.removeAll(keepingCapacity: true)
        let next = Checkpoint(origin: checkpoint.origin, size: size, root: try root())
        let signed: [UInt8]
        do { signed = try signer.sign(next) } catch { throw LogError(.checkpoint, "\(error)") }
        try storage.replaceCheckpoint(expecting: note, with: signed)
        checkpoint = next
        note = signed
        // Collected only now: until the checkpoint stands, readers of the old one may want the partials.
        for tile in completed { try storage.removePartials(of: tile) }
        completed.removeAll(keepingCapacity: true)
    }
}

/// Signs checkpoints with the log key.
public final class CheckpointSigner {
    private var signer: NoteSigner

    /// A signer whose key name is the origin.
    public init(_ signer: consuming NoteSigner) { self.signer = signer }

    /// The public half.
    public var verifierKey: VerifierKey { signer.verifierKey }

    /// The signed note of a checkpoint.
    public func sign(_ checkpoint: Checkpoint) throws(NoteError) -> [UInt8] {
        try signer.sign(checkpoint.text())
    }
}

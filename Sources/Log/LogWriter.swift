import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote

/// Appends entries to a log and publishes checkpoints; the one writer, under the archive's lock.
///
/// Order of a commit: bundles and tiles, durable; then the checkpoint, by atomic replacement. Only the checkpoint makes
/// an entry real: what a crash left beyond it is overwritten by the next append. A full tile that a checkpoint covers
/// is never written again.
///
/// A failure is final: after an fsync that failed nobody knows what is on the disk, so every later call throws the same
/// error, and a new writer starts from what the log then says.
public final class LogWriter {
    /// The last published checkpoint.
    public private(set) var checkpoint: Checkpoint
    /// The last published checkpoint note, `nil` before the first.
    public private(set) var note: [UInt8]?
    /// Entries appended, published or not.
    public private(set) var size: UInt64
    /// Why partial tiles that are no longer needed could not be removed after the last commit; they do no harm.
    public private(set) var collectionFailure: LogError?

    private let storage: any LogStorage
    private let signer: CheckpointSigner
    private var bundle: [UInt8] = []
    private var levels: [[Digest]]
    private var files: [(path: String, bytes: [UInt8])] = []
    private var completed: [Tile] = []
    private var failure: LogError?

    /// Bundles and level-0 tiles before the edge whose partials a new writer looks for: a writer that died between a
    /// checkpoint and the collection left them, within what one commit of 16,384 entries completes.
    private static let lookedBack: UInt64 = 64

    /// Continues the log that `reader` has authenticated.
    public init(
        continuing reader: LogReader, note: [UInt8], storage: any LogStorage, signer: CheckpointSigner
    ) throws(LogError) {
        self.storage = storage
        self.signer = signer
        self.note = note
        checkpoint = reader.checkpoint
        size = reader.size
        levels = try reader.edgeHashes()
        for entry in try reader.edgeEntries() { _ = EntryBundle.append(entry, to: &bundle) }
        completed = LogWriter.recentTiles(size)
    }

    /// Starts an empty log.
    public init(empty origin: String, storage: any LogStorage, signer: CheckpointSigner) throws(LogError) {
        self.storage = storage
        self.signer = signer
        note = nil
        checkpoint = Checkpoint(origin: origin, size: 0, root: MerkleHash.emptyRoot)
        size = 0
        levels = []
    }

    private static func recentTiles(_ size: UInt64) -> [Tile] {
        var tiles: [Tile] = []
        var level = 0
        while Tile.hashCount(level: level, size: size) >= UInt64(Tile.fullWidth) {
            let full = Tile.hashCount(level: level, size: size) / UInt64(Tile.fullWidth)
            for number in (full - min(full, level == 0 ? lookedBack : 1))..<full {
                let kinds: [Tile.Kind] = level == 0 ? [.entries, .hashes(level: 0)] : [.hashes(level: level)]
                tiles += kinds.compactMap { Tile(kind: $0, number: number) }
            }
            level += 1
        }
        return tiles
    }

    /// Appends an entry; it is real after the next `commit()`.
    ///
    /// - Parameters:
    ///   - entry: At most 65,535 bytes.
    ///   - leaf: Its leaf hash.
    /// - Returns: the entry's index.
    /// - Throws: `E-LOG-ENTRY-TOO-LONG`, after which the writer goes on; any other error is final.
    @discardableResult
    public func append(_ entry: some Collection<UInt8>, leaf: Digest) throws(LogError) -> UInt64 {
        if let failure { throw failure }
        guard size < largestTreeSize else {
            throw LogError(.outOfRange, "a log has at most \(largestTreeSize) entries")
        }
        guard EntryBundle.append(entry, to: &bundle) else {
            throw LogError(
                .entryTooLong, "an entry of \(entry.count) bytes; at most \(EntryBundle.longestEntry) fit")
        }
        let index = size
        size += 1
        if size % UInt64(Tile.fullWidth) == 0, let tile = Tile(kind: .entries, number: index / UInt64(Tile.fullWidth)) {
            files.append((tile.path, bundle))
            completed.append(tile)
            bundle = []
            bundle.reserveCapacity(files.last?.bytes.count ?? 0)
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
            hash = try root(ofFull: levels[level])
            levels[level].removeAll(keepingCapacity: true)
            level += 1
        }
        return index
    }

    private func root(ofFull hashes: [Digest]) throws(LogError) -> Digest {
        guard let root = TileTree(hashes).root else {
            throw fail(LogError(.outOfRange, "\(hashes.count) hashes in a full tile"))
        }
        return root
    }

    private static func bytes(_ hashes: [Digest]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { hash.append(to: &bytes) }
        return bytes
    }

    /// The root over everything appended.
    private func root() throws(LogError) -> Digest {
        let peaks = levels.reversed().flatMap { TileTree($0).peaks }
        guard let range = CompactRange(size: size, peaks: peaks) else {
            throw LogError(.outOfRange, "the peaks do not fit the size \(size)")
        }
        return range.root
    }

    /// Publishes everything appended since the last commit; durable when it returns.
    ///
    /// - Throws: `LogError`, after which either the old checkpoint stands or the new one; the writer is done for.
    public func commit() throws(LogError) {
        if let failure { throw failure }
        guard size > checkpoint.size || note == nil else { return }
        do throws(LogError) {
            try storage.write(files + edgeFiles())
            files.removeAll(keepingCapacity: true)
            let next = Checkpoint(origin: checkpoint.origin, size: size, root: try root())
            let signed: [UInt8]
            do { signed = try signer.sign(next) } catch { throw LogError(.checkpoint, "\(error)") }
            try storage.replaceCheckpoint(expecting: note, with: signed)
            checkpoint = next
            note = signed
        } catch {
            throw fail(error)
        }
        collect()
    }

    private func fail(_ error: LogError) -> LogError {
        failure = error
        return error
    }

    /// The partial tiles and the partial bundle of the size to be published.
    private func edgeFiles() -> [(path: String, bytes: [UInt8])] {
        var files: [(path: String, bytes: [UInt8])] = []
        let width = Int(size % UInt64(Tile.fullWidth))
        if size > checkpoint.size,
            let tile = Tile(kind: .entries, number: size / UInt64(Tile.fullWidth), width: width)
        {
            files.append((tile.path, bundle))
        }
        for (level, hashes) in levels.enumerated() {
            let count = Tile.hashCount(level: level, size: size)
            // An edge tile that did not grow has been written by the commit that grew it.
            if count == Tile.hashCount(level: level, size: checkpoint.size) { continue }
            let number = count / UInt64(Tile.fullWidth)
            if let tile = Tile(kind: .hashes(level: level), number: number, width: hashes.count) {
                files.append((tile.path, LogWriter.bytes(hashes)))
            }
        }
        return files
    }

    /// Removes the partial forms of completed tiles, and only now: until the new checkpoint stands, readers of the old
    /// one may want them. What cannot be removed is tried again after the next commit.
    private func collect() {
        collectionFailure = nil
        var kept: [Tile] = []
        for tile in completed {
            do {
                try storage.removePartials(of: tile)
            } catch {
                collectionFailure = error
                kept.append(tile)
            }
        }
        completed = kept
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

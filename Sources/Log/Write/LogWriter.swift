import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote

/// Appends entries to a log and publishes checkpoints. A log has one writer, which holds the archive's lock.
///
/// Order of a commit: `stage` makes bundles and tiles durable, the caller signs, `publish` replaces the checkpoint.
/// Between the two the caller makes durable whatever must be on disk before the new tree is visible. Only a checkpoint
/// makes an entry part of the log: files that a crash left beyond it are overwritten by the next append. A full tile
/// that a checkpoint covers is never written again.
///
/// A failure is final: after a failed fsync the contents of the disk are unknown, so every later call throws the same
/// error. A new writer starts from the published checkpoint.
public final class LogWriter {
    /// The last published checkpoint.
    public private(set) var checkpoint: Checkpoint
    /// The last published checkpoint note, `nil` before the first.
    public private(set) var note: [UInt8]?
    /// Entries appended, published or not.
    public private(set) var size: UInt64
    /// Why obsolete partial tiles could not be removed after the last commit; leftovers are harmless.
    public private(set) var collectionFailure: LogError?

    private let store: any ArchiveStore
    private let signer: CheckpointSigner
    /// The published checkpoint's state in the store, `nil` before the first.
    private var token: VersionToken?
    private var bundle: [UInt8] = []
    private var levels: [[Digest]]
    private var files: [(path: StorePath, bytes: [UInt8])] = []
    /// Tiles that have become full and of which partial forms may have been published.
    private var completed: [Tile] = []
    /// The tree that is durable but not published, and how many of `completed` it has.
    private var staged: (checkpoint: Checkpoint, completed: Int)?
    /// Partial tiles and bundles that were written, by their full tile; they are removed when that one is published. At
    /// most 255 per tile, and one tile per level.
    private var partials: [Tile: [StorePath]] = [:]
    private var failure: LogError?

    /// How many bundles and level-0 tiles before the right edge a new writer searches for leftover partials. A writer
    /// that crashed between publishing and removing left them within what one commit of 16,384 entries completes.
    private static let lookedBack: UInt64 = 64

    /// Continues the log that `reader` has authenticated.
    ///
    /// - Parameters:
    ///   - reader: The log as of its published checkpoint.
    ///   - published: The checkpoint's note, and its state in the store.
    ///   - store: Where the log is.
    ///   - signer: The log key.
    /// - Throws: `LogError` where the right edge does not match the checkpoint.
    public init(
        continuing reader: LogReader, published: (note: [UInt8], token: VersionToken), store: any ArchiveStore,
        signer: CheckpointSigner
    ) throws(LogError) {
        self.store = store
        self.signer = signer
        note = published.note
        token = published.token
        checkpoint = reader.checkpoint
        size = reader.size
        levels = try reader.edgeHashes()
        for entry in try reader.edgeEntries() { _ = EntryBundle.append(entry, to: &bundle) }
        completed = LogWriter.recentTiles(size)
        notePartials(of: size)
    }

    /// Starts an empty log.
    public init(empty origin: String, store: any ArchiveStore, signer: CheckpointSigner) throws(LogError) {
        self.store = store
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

    /// Appends an entry, which the next commit publishes.
    ///
    /// - Parameters:
    ///   - entry: At most 65,535 bytes.
    ///   - leaf: Its leaf hash.
    /// - Returns: the entry's index.
    /// - Throws: `E-LOG-ENTRY-TOO-LONG`, after which the writer can still be used; any other error is final.
    @discardableResult
    public func append(_ entry: some Collection<UInt8>, leaf: Digest) throws(LogError) -> UInt64 {
        if let failure { throw failure }
        guard size < largestTreeSize else {
            throw LogError(.outOfRange, "a log has at most \(largestTreeSize) entries")
        }
        guard EntryBundle.append(entry, to: &bundle) else {
            throw LogError(
                .entryTooLong, "an entry of \(entry.count) bytes; at most \(EntryBundle.maxEntryBytes) fit")
        }
        let index = size
        size += 1
        if size % UInt64(Tile.fullWidth) == 0, let tile = Tile(kind: .entries, number: index / UInt64(Tile.fullWidth)) {
            files.append((StorePath(tile), bundle))
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
                files.append((StorePath(tile), LogWriter.bytes(levels[level])))
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

    /// Makes the tiles and bundles of everything appended durable; readers do not see them yet.
    ///
    /// - Returns: The checkpoint to sign and publish, over everything appended.
    /// - Throws: `LogError`; the old checkpoint then stands, and the writer cannot be used any more.
    public func stage() throws(LogError) -> Checkpoint {
        if let failure { throw failure }
        if let staged, staged.checkpoint.size == size { return staged.checkpoint }
        guard hasNews else { return checkpoint }
        do throws(LogError) {
            do { try store.write(files + edgeFiles(), .replace) } catch { throw LogError(error) }
            files.removeAll(keepingCapacity: true)
            let next = Checkpoint(origin: checkpoint.origin, size: size, root: try root())
            staged = (next, completed.count)
            notePartials(of: size)
            return next
        } catch {
            throw fail(error)
        }
    }

    /// Publishes what was staged last, replacing the checkpoint that this writer knows; durable when it returns. Then
    /// removes the partial tiles that readers no longer need.
    ///
    /// - Parameter note: The staged checkpoint, signed.
    /// - Throws: `LogError`; either the old or the new checkpoint then stands, and the writer cannot be used any more.
    public func publish(_ note: [UInt8]) throws(LogError) {
        if let failure { throw failure }
        guard let staged else { return }
        do throws(LogError) {
            guard (try? SignedNote(parsing: note))?.text == staged.checkpoint.text() else {
                throw LogError(
                    .checkpoint, path: StorePath.checkpoint.text, "the note is not of the tree that was staged")
            }
            token = try replaceCheckpoint(with: note)
        } catch {
            throw fail(error)
        }
        checkpoint = staged.checkpoint
        self.note = note
        self.staged = nil
        collect(staged.completed)
    }

    private func replaceCheckpoint(with note: [UInt8]) throws(LogError) -> VersionToken {
        do { return try store.replace(.checkpoint, expecting: token, with: note) } catch {
            guard error.kind == .changed else { throw LogError(error) }
            throw LogError(
                .changed, path: StorePath.checkpoint.text,
                "the checkpoint was replaced since it was read; nothing was published")
        }
    }

    /// Stages, signs and publishes everything appended since the last commit, for callers without work between these
    /// steps; durable when it returns.
    ///
    /// - Throws: `LogError`; either the old or the new checkpoint then stands, and the writer cannot be used any more.
    public func commit() throws(LogError) {
        if let failure { throw failure }
        guard hasNews else { return }
        let next = try stage()
        let signed: [UInt8]
        do { signed = try signer.sign(next) } catch { throw fail(LogError(.checkpoint, "\(error)")) }
        try publish(signed)
    }

    /// Whether there is anything to publish.
    private var hasNews: Bool { size > checkpoint.size || note == nil }

    private func fail(_ error: LogError) -> LogError {
        failure = error
        return error
    }

    /// The partial tiles and the partial bundle of the size to be published.
    private func edgeFiles() -> [(path: StorePath, bytes: [UInt8])] {
        var files: [(path: StorePath, bytes: [UInt8])] = []
        let width = Int(size % UInt64(Tile.fullWidth))
        if size > checkpoint.size,
            let tile = Tile(kind: .entries, number: size / UInt64(Tile.fullWidth), width: width)
        {
            files.append((StorePath(tile), bundle))
        }
        for (level, hashes) in levels.enumerated() {
            let count = Tile.hashCount(level: level, size: size)
            // An edge tile that did not grow was written by the commit that last grew it.
            if count == Tile.hashCount(level: level, size: checkpoint.size) { continue }
            let number = count / UInt64(Tile.fullWidth)
            if let tile = Tile(kind: .hashes(level: level), number: number, width: hashes.count) {
                files.append((StorePath(tile), LogWriter.bytes(hashes)))
            }
        }
        return files
    }

    /// Records the partial tiles and the partial bundle that a tree of this size has.
    private func notePartials(of size: UInt64) {
        var level = 0
        while Tile.hashCount(level: level, size: size) > 0 {
            let (number, width) = Tile.hashCount(level: level, size: size)
                .quotientAndRemainder(dividingBy: UInt64(Tile.fullWidth))
            let kinds: [Tile.Kind] = level == 0 ? [.entries, .hashes(level: 0)] : [.hashes(level: level)]
            for tile in kinds.compactMap({ Tile(kind: $0, number: number, width: Int(width)) }) {
                let path = StorePath(tile)
                if partials[tile.full]?.last != path { partials[tile.full, default: []].append(path) }
            }
            level += 1
        }
    }

    /// Removes the partial forms of completed tiles, once the new checkpoint is published: until then readers of the
    /// old one may request them. A removal that fails is tried again after the next commit.
    ///
    /// - Parameter count: How many of the completed tiles the published tree has.
    private func collect(_ count: Int) {
        collectionFailure = nil
        var kept: [Tile] = []
        for tile in completed.prefix(count) {
            do {
                try store.remove(partials[tile] ?? [], below: .partials(of: tile))
                partials[tile] = nil
            } catch {
                collectionFailure = LogError(error)
                kept.append(tile)
            }
        }
        completed = kept + completed.dropFirst(count)
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

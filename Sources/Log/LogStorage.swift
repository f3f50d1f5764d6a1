import Glibc
import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceSystem
import Synchronization

/// Where a log's static files are: the seam behind which a folder, or object storage, stands.
///
/// A writer needs no more than these five calls; everything a crash can leave is decided by their order.
public protocol LogStorage: Sendable {
    /// The bytes under a path below the log, `nil` when nothing is there.
    ///
    /// - Throws: `E-LOG-TILE-MALFORMED`, or `E-LOG-CHECKPOINT` for the checkpoint, when they are more than `limit`.
    func read(_ path: String, limit: Int) throws(LogError) -> [UInt8]?
    /// Puts files, which no checkpoint covers yet, in place; all are durable when this returns.
    func write(_ files: [(path: String, bytes: [UInt8])]) throws(LogError)
    /// Replaces the checkpoint if it is still `expected`, durably and atomically.
    func replaceCheckpoint(expecting expected: [UInt8]?, with bytes: [UInt8]) throws(LogError)
    /// Removes all partial forms of a tile whose full form is committed.
    func removePartials(of tile: Tile) throws(LogError)
    /// Words for the place, for messages.
    var place: String { get }
}

/// Longest checkpoint that is read.
let longestCheckpoint = 1_000_000

/// A log in a folder, laid out as C2SP tlog-tiles says, so that any static web server can serve it.
public struct FolderStorage: LogStorage {
    let folder: RawPath
    private let synced = SyncedFolders()

    /// Folders whose names this process has made durable. One that an `add` made before it died may be there for all to
    /// see, and yet be on no disk.
    private final class SyncedFolders: Sendable {
        let paths = Mutex<Set<RawPath>>([])
    }

    /// The log in `folder`.
    public init(_ folder: RawPath) { self.folder = folder }

    /// The folder.
    public var place: String { folder.description }

    /// The bytes of a file; a link, a folder or a device in its place is `E-IO`.
    public func read(_ path: String, limit: Int) throws(LogError) -> [UInt8]? {
        do { return try readFileIfPresent(folder.appending(path), limit: limit) } catch {
            // Too long for what it should be: the file is wrong, the disk is not.
            guard error.number != EFBIG else {
                throw LogError(path == "checkpoint" ? .checkpoint : .tileMalformed, path: path, error.reason)
            }
            throw LogError(
                .storage, path: path, "\(error)", isDenied: error.number == EACCES || error.number == EPERM,
                system: error.number)
        }
    }

    /// Writes files under temporary names, renames them, and flushes the folders.
    public func write(_ files: [(path: String, bytes: [UInt8])]) throws(LogError) {
        var batch = WriteBatch()
        var path = ""
        do throws(FileError) {
            for file in files {
                path = file.path
                try batch.write(folder.appending(path), file.bytes)
            }
            path = ""
            try batch.commit()
            try syncFolders(above: files.map(\.path))
        } catch {
            throw LogError(.storage, path: path, "\(error)", system: error.number)
        }
    }

    /// Makes the names of all folders on the way to some files durable, each once: the folders that hold the files are
    /// flushed with them, those above only when somebody made them.
    private func syncFolders(above files: [String]) throws(FileError) {
        var folders: Set<RawPath> = [folder]
        for file in files {
            var path = RawPath(file).parent.parent
            while path != ".", path != "/", folders.insert(folder.appending(path)).inserted { path = path.parent }
        }
        let wanted = folders.subtracting(synced.paths.withLock { $0 })
        for path in wanted.sorted() { try DurableFile.syncDirectory(path) }
        synced.paths.withLock { $0.formUnion(wanted) }
    }

    /// Makes sure of what an `add` that died has left: the checkpoint that stands is durable, and no unfinished file is
    /// where the next one writes. For the lock holder, before it answers anything.
    ///
    /// - Parameter size: The size that the checkpoint states.
    /// - Throws: `E-IO` for what cannot be looked at, removed or made durable.
    public func settle(size: UInt64) throws(LogError) {
        do throws(FileError) {
            var folders: Set<RawPath> = [folder]
            for tile in FolderStorage.edge(size) {
                let path = folder.appending(RawPath(tile.full.path))
                folders.insert(path.parent)
            }
            for place in folders { try FolderStorage.removeUnfinished(in: place) }
            try DurableFile.syncDirectory(folder)
        } catch {
            throw LogError(.storage, path: "checkpoint", "\(error)", system: error.number)
        }
    }

    /// Removes files that have not got their name, here and in the folders of partial tiles here.
    ///
    /// - Returns: How many.
    @discardableResult
    private static func removeUnfinished(in place: RawPath) throws(FileError) -> Int {
        guard let status = try FileStatus.of(place), status.kind == .directory else { return 0 }
        var count = 0
        for name in try listFolder(place, followsLink: false) {
            if GrowingFile.isTemporary(name) {
                try DurableFile.remove(place.appending(name))
                count += 1
            } else if name.bytes.suffix(2).elementsEqual(".p".utf8) {
                count += try removeUnfinished(in: place.appending(name))
            }
        }
        return count
    }

    /// One tile or bundle for each folder that a commit upon a tree of this size may begin to write in: tlog-tiles puts a
    /// thousand into one, and no batch has as many as would reach a third.
    private static func edge(_ size: UInt64) -> [Tile] {
        var tiles: [Tile] = []
        var level = 0
        repeat {
            let first = Tile.hashCount(level: level, size: size) / UInt64(Tile.fullWidth)
            for number in [first, first + 1_000] {
                let kinds: [Tile.Kind] = level == 0 ? [.entries, .hashes(level: 0)] : [.hashes(level: level)]
                tiles += kinds.compactMap { Tile(kind: $0, number: number) }
            }
            level += 1
        } while Tile.hashCount(level: level, size: size) > 0 || level < 2
        return tiles
    }

    /// Replaces the checkpoint; one writer holds the lock, so reading and replacing need not be one step.
    public func replaceCheckpoint(expecting expected: [UInt8]?, with bytes: [UInt8]) throws(LogError) {
        guard try read("checkpoint", limit: longestCheckpoint) == expected else {
            throw LogError(
                .changed, path: "checkpoint", "the checkpoint was replaced since it was read; nothing was published")
        }
        do { try DurableFile.replace(folder.appending("checkpoint"), with: bytes) } catch {
            throw LogError(.storage, path: "checkpoint", "\(error)", system: error.number)
        }
    }

    /// Removes the folder of a tile's partials and all that is in it.
    public func removePartials(of tile: Tile) throws(LogError) {
        let path = tile.full.path + ".p"
        let partials = folder.appending(path)
        do throws(FileError) {
            // What a link leads to is not ours to remove.
            let names = try listFolder(partials, followsLink: false)
            for name in names { try DurableFile.remove(partials.appending(name)) }
            try DurableFile.removeDirectory(partials)
        } catch {
            throw LogError(.storage, path: path, "\(error)", system: error.number)
        }
    }
}

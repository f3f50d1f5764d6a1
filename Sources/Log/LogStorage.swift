import Files
import Glibc
import Merkle

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
    private let folder: RawPath

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
            throw LogError(.storage, path: path, "\(error)")
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
        } catch {
            throw LogError(.storage, path: path, "\(error)")
        }
    }

    /// Replaces the checkpoint; one writer holds the lock, so reading and replacing need not be one step.
    public func replaceCheckpoint(expecting expected: [UInt8]?, with bytes: [UInt8]) throws(LogError) {
        guard try read("checkpoint", limit: longestCheckpoint) == expected else {
            throw LogError(
                .changed, path: "checkpoint", "the checkpoint was replaced since it was read; nothing was published")
        }
        do { try DurableFile.replace(folder.appending("checkpoint"), with: bytes) } catch {
            throw LogError(.storage, path: "checkpoint", "\(error)")
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
            throw LogError(.storage, path: path, "\(error)")
        }
    }
}

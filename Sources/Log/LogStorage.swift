import Files
import Merkle

/// Where a log's static files are: the seam behind which a folder, or object storage, stands.
///
/// A writer needs no more than these five calls; everything a crash can leave is decided by their order.
public protocol LogStorage: Sendable {
    /// The bytes under a path below the log, `nil` when nothing is there. Longer than `limit` is an error.
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

    public var place: String { folder.description }

    public func read(_ path: String, limit: Int) throws(LogError) -> [UInt8]? {
        do { return try readFileIfPresent(folder.appending(path), limit: limit) } catch { throw LogError(error) }
    }

    public func write(_ files: [(path: String, bytes: [UInt8])]) throws(LogError) {
        var batch = WriteBatch()
        do throws(FileError) {
            for file in files { try batch.write(folder.appending(file.path), file.bytes) }
            try batch.commit()
        } catch {
            batch.abandon()
            throw LogError(error)
        }
    }

    public func replaceCheckpoint(expecting expected: [UInt8]?, with bytes: [UInt8]) throws(LogError) {
        guard try read("checkpoint", limit: longestCheckpoint) == expected else {
            throw LogError(
                .changed, path: "checkpoint", "the checkpoint was replaced since it was read; nothing was published")
        }
        do { try DurableFile.replace(folder.appending("checkpoint"), with: bytes) } catch { throw LogError(error) }
    }

    public func removePartials(of tile: Tile) throws(LogError) {
        let partials = folder.appending(tile.full.path + ".p")
        do throws(FileError) {
            let names = try listFolder(partials)
            for name in names { try DurableFile.remove(partials.appending(name)) }
            try DurableFile.removeDirectory(partials)
        } catch {
            throw LogError(error)
        }
    }
}

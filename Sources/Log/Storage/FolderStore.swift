import Glibc
import ProvenanceEncoding
import ProvenanceSystem
import Synchronization

/// A store in a folder: object paths are file paths, so that any static web server can serve it.
///
/// An archive has one store for each folder, the log's and the registers', as an object store has one for each prefix
/// with its own access rule. The paths of a log are therefore the same below `log/`, in a copy and on a web server:
/// those of C2SP tlog-tiles.
///
/// One writer at a time holds the archive's lock. Reading and replacing therefore need not be one step, and the bytes
/// that were read serve as the token. `.mustMatch` is not for tiles: a writer that crashed leaves partial tiles of
/// entries that were never published, and the next one writes other bytes under the same names.
public struct FolderStore: ArchiveStore {
    let folder: RawPath
    let contents: Contents
    private let synced = SyncedFolders()

    /// What a folder holds, which decides where unfinished files can be.
    enum Contents: Sendable {
        /// A log's checkpoint, tiles and entry bundles.
        case log
        /// Objects beside each other, each written in pieces.
        case flat
    }

    /// The name from which a pending object's temporary name is made, and which messages use.
    let pendingName: RawPath

    /// Folders whose names this process has made durable. A folder made by an `add` that crashed may be visible and yet
    /// not be on disk.
    private final class SyncedFolders: Sendable {
        let paths = Mutex<Set<RawPath>>([])
    }

    /// The log in a folder.
    public init(_ folder: RawPath) {
        self.folder = folder
        contents = .log
        pendingName = "object"
    }

    /// A store of objects that lie side by side in a folder, each written in pieces.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - name: What an object is called while it has no name of its own.
    public init(flat folder: RawPath, pending name: RawPath) {
        self.folder = folder
        contents = .flat
        pendingName = name
    }

    /// The folder.
    public var place: String { folder.description }

    func file(_ path: StorePath) -> RawPath { folder.appending(path.text) }

    // MARK: Reading

    /// The bytes of a file, which are its token as well.
    public func read(_ path: StorePath, limit: Int) throws(StoreError) -> (bytes: [UInt8], token: VersionToken)? {
        do {
            guard let bytes = try readFileIfPresent(file(path), limit: limit) else { return nil }
            return (bytes, VersionToken(bytes))
        } catch {
            throw StoreError(reading: error, path)
        }
    }

    /// A part of a file.
    public func read(_ path: StorePath, from offset: UInt64, upTo count: Int) throws(StoreError) -> [UInt8]? {
        do throws(FileError) {
            let found = try PlacedFile(file(path))
            // Allocates no more than the bytes that exist.
            guard offset < found.size, count > 0 else { return [] }
            return try found.read(at: offset, upTo: Int(clamping: min(UInt64(count), found.size - offset)))
        } catch {
            if error.isMissing { return nil }
            throw StoreError(reading: error, path)
        }
    }

    /// The pieces of a file, which is opened once.
    public func pieces(of path: StorePath, upTo count: Int) throws(StoreError) -> (any ObjectPieces)? {
        do throws(FileError) { return FilePieces(try FileStream(file(path)), path, upTo: count) } catch {
            if error.isMissing { return nil }
            throw StoreError(reading: error, path)
        }
    }

    // MARK: Writing

    /// Writes files under temporary names, renames them, and flushes the folders.
    public func write(_ objects: [(path: StorePath, bytes: [UInt8])], _ present: IfPresent) throws(StoreError) {
        let all = objects.map(\.path)
        let objects = present == .mustMatch ? try absent(objects) : objects
        var batch = WriteBatch()
        var path: StorePath?
        do throws(FileError) {
            for object in objects {
                path = object.path
                try batch.write(file(object.path), object.bytes)
            }
            path = nil
            try batch.commit()
            try syncFolders(above: all)
        } catch {
            throw StoreError(writing: error, path)
        }
    }

    /// The objects that do not exist yet; one that does must have the same bytes, and its name is made durable.
    private func absent(
        _ objects: [(path: StorePath, bytes: [UInt8])]
    ) throws(StoreError) -> [(path: StorePath, bytes: [UInt8])] {
        var missing: [(path: StorePath, bytes: [UInt8])] = []
        var folders: Set<RawPath> = []
        for object in objects {
            let found: [UInt8]?
            do { found = try read(object.path, limit: object.bytes.count)?.bytes } catch {
                guard error.kind == .tooLarge else { throw error }
                throw StoreError(.differs, object.path, "it is there with other bytes", cause: error.cause)
            }
            guard let found else {
                missing.append(object)
                continue
            }
            guard found == object.bytes else {
                throw StoreError(.differs, object.path, "it is there with other bytes")
            }
            folders.insert(file(object.path).parent)
        }
        do throws(FileError) {
            for folder in folders.sorted() { try DurableFile.syncDirectory(folder) }
        } catch {
            throw StoreError(writing: error, nil)
        }
        return missing
    }

    /// Makes the names of all folders above some files durable, once per process. The folders that hold the files are
    /// flushed with the files; those above them change only when a folder is made.
    private func syncFolders(above files: [StorePath]) throws(FileError) {
        var folders: Set<RawPath> = [folder]
        for file in files {
            var path = RawPath(file.text).parent.parent
            while path != ".", path != "/", folders.insert(folder.appending(path)).inserted { path = path.parent }
        }
        let wanted = folders.subtracting(synced.paths.withLock { $0 })
        for path in wanted.sorted() { try DurableFile.syncDirectory(path) }
        synced.paths.withLock { $0.formUnion(wanted) }
    }

    /// Begins a file under a temporary name, and makes the folder if need be.
    public func begin(below folder: StorePath?) throws(StoreError) -> any PendingObject {
        let place = folder.map { file($0) } ?? self.folder
        do throws(FileError) {
            try DurableFile.createDirectories(place)
            return PendingFile(try GrowingFile(for: place.appending(pendingName)), in: self)
        } catch {
            throw StoreError(writing: error, folder)
        }
    }

    /// The largest object that can be replaced; only checkpoints are.
    static let maxReplaced = maxCheckpointSize

    /// Reads a file, compares it with the token, and replaces it: one writer holds the lock.
    public func replace(
        _ path: StorePath, expecting expected: VersionToken?, with bytes: [UInt8]
    ) throws(StoreError) -> VersionToken {
        guard try read(path, limit: FolderStore.maxReplaced)?.bytes == expected?.opaque else {
            throw StoreError(.changed, path, "it was replaced since it was read; nothing was written")
        }
        do { try DurableFile.replace(file(path), with: bytes) } catch { throw StoreError(writing: error, path) }
        return VersionToken(bytes)
    }

    /// Removes files; with a folder, all that is in it and the folder itself.
    public func remove(_ paths: [StorePath], below folder: StorePath?) throws(StoreError) {
        var current = folder
        do throws(FileError) {
            for path in paths {
                if let folder, path.isBelow(folder) { continue }
                current = path
                try DurableFile.remove(file(path))
            }
            guard let folder else { return }
            current = folder
            let place = file(folder)
            // The target of a link is not ours to remove.
            let names = try listFolder(place, followsLink: false)
            for name in names { try DurableFile.remove(place.appending(name)) }
            try DurableFile.removeDirectory(place)
        } catch {
            throw StoreError(removing: error, current)
        }
    }
}

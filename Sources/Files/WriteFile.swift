import CFiles
import Glibc

/// Writes files so that a crash at any point leaves the old file, the new one, or a leftover temporary name, never a
/// torn one.
///
/// The sequence for a replaced file, as strace shows it: `openat(O_CREAT|O_EXCL)` of a temporary name in the same
/// folder, `write`, `fsync`, `close`, `rename`, `fsync` of the folder. Known gap: a file system that lies about
/// fsync.
public enum DurableFile {
    /// Ending of temporary names; the walk and the log's readers never look at them.
    static let temporarySuffix = ".provenance-tmp"

    /// Replaces or creates a file and makes it durable.
    public static func replace(_ path: RawPath, with bytes: [UInt8], mode: UInt32 = 0o644) throws(FileError) {
        var batch = WriteBatch()
        try batch.write(path, bytes, mode: mode)
        try batch.commit()
    }

    /// Creates a file that must not exist and makes it durable; an existing file is left alone (`EEXIST`).
    public static func create(_ path: RawPath, with bytes: [UInt8], mode: UInt32 = 0o644) throws(FileError) {
        let temporary = RawPath(path.bytes + Array(temporarySuffix.utf8))
        unlinkQuietly(temporary)
        try writeSynced(temporary, bytes, mode: mode)
        let status = temporary.withCString { from in
            path.withCString { to in cfiles_rename_new(AT_FDCWD, from, AT_FDCWD, to) }
        }
        guard status == 0 else {
            let error = FileError("create", path)
            unlinkQuietly(temporary)
            throw error
        }
        try syncDirectory(path.parent)
    }

    static func writeSynced(_ path: RawPath, _ bytes: [UInt8], mode: UInt32) throws(FileError) {
        let number = path.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        guard number >= 0 else { throw FileError("create", path) }
        let file = Descriptor(number, path)
        do {
            try file.write(bytes)
            try file.sync()
        } catch {
            unlinkQuietly(path)
            throw error
        }
    }

    static func unlinkQuietly(_ path: RawPath) {
        _ = path.withCString { unlink($0) }
    }

    /// Gives a file that is on the disk its name, replacing what is there, and makes the name durable.
    public static func move(_ from: RawPath, to path: RawPath) throws(FileError) {
        try rename(from, to: path)
        try syncDirectory(path.parent)
    }

    /// Gives a file a name, replacing what is there; what a power loss leaves of it is not said.
    public static func rename(_ from: RawPath, to path: RawPath) throws(FileError) {
        let status = from.withCString { old in path.withCString { new in Glibc.rename(old, new) } }
        guard status == 0 else { throw FileError("rename", path) }
    }

    /// Makes the names in a folder durable.
    public static func syncDirectory(_ path: RawPath) throws(FileError) {
        let number = path.withCString { cfiles_open_directory(AT_FDCWD, $0, 1) }
        guard number >= 0 else { throw FileError("open", path) }
        let folder = Descriptor(number, path)
        try folder.sync()
    }

    /// Creates a folder and its parents; new names are made durable in their parents.
    public static func createDirectories(_ path: RawPath) throws(FileError) {
        var number = makeDirectory(path)
        // Tried once more only: in a working folder that was deleted every name is missing for ever.
        if number == ENOENT, path.parent != path, !path.bytes.isEmpty {
            try createDirectories(path.parent)
            number = makeDirectory(path)
        }
        switch number {
        case 0: try syncDirectory(path.parent)
        case EEXIST:
            guard let status = try FileStatus.of(path) else { return }
            // A link to a folder is the operator's own arrangement; a file in the way is an error.
            if status.kind == .regular || status.kind == .special {
                throw FileError("create", path, number: ENOTDIR, detail: "a file is in the way of a folder")
            }
        default: throw FileError("create", path, number: number)
        }
    }

    private static func makeDirectory(_ path: RawPath) -> Int32 {
        path.withCString { mkdir($0, 0o755) } == 0 ? 0 : errno
    }

    /// Removes what a `replace` that died has left of a file.
    public static func removeUnfinished(_ path: RawPath) throws(FileError) {
        try remove(RawPath(path.bytes + Array(temporarySuffix.utf8)))
    }

    /// Removes a file; nothing there is no error.
    public static func remove(_ path: RawPath) throws(FileError) {
        if path.withCString({ unlink($0) }) != 0, errno != ENOENT { throw FileError("remove", path) }
    }

    /// Removes an empty folder; nothing there is no error.
    public static func removeDirectory(_ path: RawPath) throws(FileError) {
        if path.withCString({ rmdir($0) }) != 0, errno != ENOENT { throw FileError("remove", path) }
    }
}

/// Several files that become durable together: one pass of fsync for a batch, not one for each file.
///
/// What is let go before `commit` leaves nothing behind.
public struct WriteBatch: ~Copyable {
    private struct Pending {
        let temporary: RawPath
        let path: RawPath
        let number: Int32
    }

    private var pending: [Pending] = []
    /// How many of the pending files are on the disk and closed.
    private var synced = 0
    private static let suffix = Array(DurableFile.temporarySuffix.utf8)
    /// Files open at a time.
    private static let mostOpen = 64

    /// An empty batch.
    public init() {}

    deinit { WriteBatch.discard(pending, synced) }

    /// Writes a file's bytes under a temporary name; nothing is visible or durable yet.
    public mutating func write(_ path: RawPath, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(FileError) {
        if pending.count - synced >= WriteBatch.mostOpen { try sync() }
        let temporary = RawPath(path.bytes + WriteBatch.suffix)
        let number = try WriteBatch.create(temporary, path, mode)
        pending.append(Pending(temporary: temporary, path: path, number: number))
        try Descriptor.write(bytes, to: number, temporary)
    }

    private static func create(_ temporary: RawPath, _ path: RawPath, _ mode: UInt32) throws(FileError) -> Int32 {
        var number = temporary.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        if number < 0, errno == ENOENT {
            try DurableFile.createDirectories(path.parent)
            number = temporary.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        } else if number < 0, errno == EEXIST {
            // Left by a crash: one writer holds the lock, so nobody else's.
            DurableFile.unlinkQuietly(temporary)
            number = temporary.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        }
        guard number >= 0 else { throw FileError("create", temporary) }
        return number
    }

    /// Flushes what is written. All at once, because the first flush makes the file system commit most of what the
    /// others need: measured, half the time of flushing each file after writing it.
    private mutating func sync() throws(FileError) {
        for file in pending[synced...] { cfiles_start_writeback(file.number) }
        while synced < pending.count {
            let file = Descriptor(pending[synced].number, pending[synced].temporary)
            synced += 1
            try file.sync()
        }
    }

    /// Makes every file durable and gives it its name, and makes the names durable.
    public mutating func commit() throws(FileError) {
        try sync()
        var folders: Set<RawPath> = []
        for file in pending {
            try DurableFile.rename(file.temporary, to: file.path)
            folders.insert(file.path.parent)
        }
        pending.removeAll()
        synced = 0
        for folder in folders.sorted() { try DurableFile.syncDirectory(folder) }
    }

    /// Removes what was written and not committed.
    public mutating func abandon() {
        WriteBatch.discard(pending, synced)
        pending.removeAll()
        synced = 0
    }

    private static func discard(_ pending: [Pending], _ synced: Int) {
        for file in pending[synced...] { close(file.number) }
        for file in pending { DurableFile.unlinkQuietly(file.temporary) }
    }
}

/// A new file that is written in pieces and gets its name at the end: registers, manifests.
///
/// Removed when it is let go before `finish`, so that an error on the way leaves nothing behind.
public final class GrowingFile {
    private let file: Descriptor
    private let place: TemporaryPlace
    private var temporary: RawPath { place.path }
    private var buffer: [UInt8] = []
    private var isNamed = false
    private static let bufferSize = 1 << 18

    /// Starts a file beside `path`, under a temporary name that no other process uses.
    public init(for path: RawPath, mode: UInt32 = 0o644) throws(FileError) {
        place = TemporaryPlace(GrowingFile.temporaryPath(for: path))
        let temporary = place.path
        DurableFile.unlinkQuietly(temporary)
        let number = temporary.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        guard number >= 0 else { throw FileError("create", path) }
        file = Descriptor(number, temporary)
        // Whoever finds it without this lock may remove it.
        _ = cfiles_try_lock(number)
    }

    /// A name that no other process uses for a file before it is finished; an `add` removes what one that died left so.
    public static func temporaryPath(for path: RawPath) -> RawPath {
        RawPath(path.bytes + Array(".\(getpid())\(DurableFile.temporarySuffix)".utf8))
    }

    /// Whether a name is one that a file has before it is finished.
    public static func isTemporary(_ name: RawPath) -> Bool {
        name.bytes.suffix(DurableFile.temporarySuffix.utf8.count).elementsEqual(DurableFile.temporarySuffix.utf8)
    }

    /// Appends bytes.
    public func write(_ bytes: some Collection<UInt8>) throws(FileError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= GrowingFile.bufferSize { try flush() }
    }

    private func flush() throws(FileError) {
        try file.write(buffer)
        // On its way to the disk while the rest is written: the flush at the end is then a short one.
        cfiles_start_writeback(file.number)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Makes the file durable under `path`, replacing what is there.
    public func finish(as path: RawPath) throws(FileError) {
        try flush()
        try file.sync()
        try DurableFile.rename(temporary, to: path)
        isNamed = true
        place.keep()
        try DurableFile.syncDirectory(path.parent)
    }

    /// Drops the file, unless it has its name.
    public func abandon() {
        if !isNamed { DurableFile.unlinkQuietly(temporary) }
    }
}

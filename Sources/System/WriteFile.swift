import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// Writes files so that a crash at any point leaves the old file, the new one, or a leftover temporary name, never a
/// torn one.
///
/// The sequence for a replaced file, as strace shows it: `openat(O_CREAT|O_EXCL)` of a temporary name in the same
/// folder, `write`, `fsync`, `close`, `rename`, `fsync` of the folder. Known gap: a file system that reports an fsync
/// it has not done.
public enum DurableFile {
    /// Replaces or creates a file and makes it durable.
    public static func replace(_ path: RawPath, with bytes: [UInt8], mode: UInt32 = 0o644) throws(FileError) {
        var batch = WriteBatch()
        try batch.write(path, bytes, mode: mode)
        try batch.commit()
    }

    /// Creates a file that must not exist and makes it durable; an existing file is not changed (`EEXIST`).
    public static func create(_ path: RawPath, with bytes: [UInt8], mode: UInt32 = 0o644) throws(FileError) {
        try create(path, with: bytes, mode: mode, isPrivate: false)
    }

    /// Creates a file that only its owner can access, from the first byte on.
    ///
    /// - Throws: `FileError`, `EEXIST` for an existing file; with the operation `protect` when the file system keeps no
    ///   permissions, before anything is written.
    public static func createPrivate(_ path: RawPath, with bytes: [UInt8]) throws(FileError) {
        try create(path, with: bytes, mode: privateMode, isPrivate: true)
    }

    /// The mode of private files.
    private static let privateMode: UInt32 = 0o600

    private static func create(
        _ path: RawPath, with bytes: [UInt8], mode: UInt32, isPrivate: Bool
    ) throws(FileError) {
        let temporary = TemporaryName.path(for: path)
        unlinkQuietly(temporary)
        try writeSynced(temporary, bytes, mode: mode, isPrivate: isPrivate)
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

    private static func writeSynced(
        _ path: RawPath, _ bytes: [UInt8], mode: UInt32, isPrivate: Bool
    ) throws(FileError) {
        let number = path.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        guard number >= 0 else { throw FileError("create", path) }
        do {
            // Closed before it is unlinked: some file systems keep an open file under another name.
            let file = Descriptor(number, path)
            if isPrivate { try requirePrivate(file) }
            try file.write(bytes)
            try file.sync()
        } catch {
            unlinkQuietly(path)
            throw error
        }
    }

    private static func requirePrivate(_ file: borrowing Descriptor) throws(FileError) {
        var status = cfiles_status()
        guard cfiles_status_of(file.number, &status) == 0 else { throw FileError("stat", file.path) }
        guard status.mode & 0o077 != 0 else { return }
        throw FileError(
            "protect", file.path, number: ENOTSUP,
            detail: "this file system keeps no permissions: a new file has mode \(String(status.mode, radix: 8))")
    }

    /// Checks, by making and removing a file, that a folder can hold files that only their owner can access.
    ///
    /// - Parameter path: The folder; if it does not exist, its nearest existing ancestor is tested.
    /// - Throws: `FileError` with the operation `protect` when the file system keeps no permissions. No error when no
    ///   file can be made at all.
    public static func requirePermissions(in path: RawPath) throws(FileError) {
        // No file has a path that long, and walking up one takes minutes; creating it later reports the error.
        guard path.bytes.count < Int(PATH_MAX) else { return }
        var folder = path
        while folder.parent != folder, (try? FileStatus.following(folder))??.kind != .directory {
            folder = folder.parent
        }
        let probe = TemporaryName.path(for: folder.appending(".permissions"), tag: "\(getpid())")
        let number = probe.withCString { cfiles_create_new(AT_FDCWD, $0, privateMode) }
        guard number >= 0 else { return }
        defer { unlinkQuietly(probe) }
        let file = Descriptor(number, path)
        try requirePrivate(file)
    }

    static func unlinkQuietly(_ path: RawPath) {
        _ = path.withCString { unlink($0) }
    }

    /// Renames a file whose bytes are durable, replacing the target, and makes the new name durable.
    public static func move(_ from: RawPath, to path: RawPath) throws(FileError) {
        try rename(from, to: path)
        try syncDirectory(path.parent)
    }

    /// Renames a file, replacing the target; not durable.
    public static func rename(_ from: RawPath, to path: RawPath) throws(FileError) {
        let status = from.withCString { old in path.withCString { new in Glibc.rename(old, new) } }
        guard status == 0 else { throw FileError("rename", path) }
    }

    /// Makes the names in a folder durable.
    public static func syncDirectory(_ path: RawPath) throws(FileError) {
        let number = path.withCString { cfiles_open_directory(AT_FDCWD, $0, 1) }
        guard number >= 0 else { throw FileError("open", path) }
        let folder = Descriptor(number, path)
        guard cfiles_sync_folder(folder.number) == 0 else { throw FileError("fsync", path) }
    }

    /// Creates a folder and its parents; new names are made durable in their parents.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - mode: The permissions of the folder when it is made; its parents get the usual ones.
    /// - Throws: `FileError`; `ENOTDIR` where a file is in the way.
    public static func createDirectories(_ path: RawPath, mode: UInt32 = 0o755) throws(FileError) {
        var number = makeDirectory(path, mode)
        // Retried only once: in a working folder that was deleted, every name stays missing.
        if number == ENOENT, path.parent != path, !path.bytes.isEmpty {
            try createDirectories(path.parent)
            number = makeDirectory(path, mode)
        }
        switch number {
        case 0: try syncDirectory(path.parent)
        case EEXIST:
            guard let status = try FileStatus.of(path) else { return }
            // A link to a folder is the operator's choice; a file in the way is an error.
            if status.kind == .regular || status.kind == .special {
                throw FileError("create", path, number: ENOTDIR, detail: "a file is in the way of a folder")
            }
        default: throw FileError("create", path, number: number)
        }
    }

    private static func makeDirectory(_ path: RawPath, _ mode: UInt32) -> Int32 {
        path.withCString { mkdir($0, mode) } == 0 ? 0 : errno
    }

    /// Removes the temporary file of a `replace` that crashed.
    public static func removeUnfinished(_ path: RawPath) throws(FileError) {
        try remove(TemporaryName.path(for: path))
    }

    /// Removes a file; a missing one is no error.
    public static func remove(_ path: RawPath) throws(FileError) {
        if path.withCString({ unlink($0) }) != 0, errno != ENOENT { throw FileError("remove", path) }
    }

    /// Removes an empty folder; a missing one is no error.
    public static func removeDirectory(_ path: RawPath) throws(FileError) {
        if path.withCString({ rmdir($0) }) != 0, errno != ENOENT { throw FileError("remove", path) }
    }
}

/// Several files that become durable together: one pass of fsync for a batch, not one for each file.
///
/// Dropping the batch uncommitted removes its temporary files.
public struct WriteBatch: ~Copyable {
    private struct Pending {
        let temporary: RawPath
        let path: RawPath
        let number: Int32
    }

    private var pending: [Pending] = []
    /// The number of pending files that are durable and closed.
    private var synced = 0
    /// The most files open at a time.
    private static let maxOpen = 64

    /// An empty batch.
    public init() {}

    deinit { WriteBatch.discard(pending, synced) }

    /// Writes a file's bytes under a temporary name; nothing is visible or durable yet.
    public mutating func write(_ path: RawPath, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(FileError) {
        if pending.count - synced >= WriteBatch.maxOpen { try sync() }
        let temporary = TemporaryName.path(for: path)
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
            // Left by a crash: the lock admits one writer, so no other process is using it.
            DurableFile.unlinkQuietly(temporary)
            number = temporary.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        }
        guard number >= 0 else { throw FileError("create", temporary) }
        return number
    }

    /// Flushes the written files, all at once, because the first flush makes the file system commit most of what the
    /// others need: measured, half the time of flushing each file after writing it.
    private mutating func sync() throws(FileError) {
        for file in pending[synced...] { cfiles_start_writeback(file.number) }
        while synced < pending.count {
            let file = Descriptor(pending[synced].number, pending[synced].temporary)
            synced += 1
            try file.sync()
        }
    }

    /// Makes every file durable, gives it its final name, and makes the names durable.
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

    /// Removes the files that are written and not committed.
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

/// A new file that is written in pieces and gets its final name at the end: registers, manifests.
///
/// Removed if it is released before `finish`, so that an error leaves nothing behind.
public final class GrowingFile {
    private let place: TemporaryPlace
    private var temporary: RawPath { place.path }
    /// The open file, -1 once it is closed.
    private var number: Int32
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
        self.number = number
        // Other processes may remove the file when it is not locked.
        _ = cfiles_try_lock(number)
    }

    deinit { abandon() }

    /// The path of an unfinished file, unique to the process; an `add` removes those that crashed processes left.
    public static func temporaryPath(for path: RawPath, process: Int32 = getpid()) -> RawPath {
        TemporaryName.path(for: path, tag: "\(process)")
    }

    /// Whether a name is that of an unfinished file.
    public static func isTemporary(_ name: RawPath) -> Bool {
        name.bytes.suffix(TemporaryName.suffix.utf8.count).elementsEqual(TemporaryName.suffix.utf8)
    }

    /// Appends bytes.
    public func write(_ bytes: some Collection<UInt8>) throws(FileError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= GrowingFile.bufferSize { try flush() }
    }

    private func flush() throws(FileError) {
        try Descriptor.write(buffer, to: number, temporary)
        // Starts writing to the disk now, so that the flush at the end is short.
        cfiles_start_writeback(number)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Makes the file durable under `path`, replacing the target.
    public func finish(as path: RawPath) throws(FileError) {
        try flush()
        try Descriptor.sync(number, temporary)
        closeFile()
        try DurableFile.rename(temporary, to: path)
        isNamed = true
        place.keep()
        try DurableFile.syncDirectory(path.parent)
    }

    /// Removes the file, unless it has its final name.
    public func abandon() {
        // Closed first: some file systems keep an open file under another name, and its folder then cannot be removed.
        closeFile()
        if !isNamed { DurableFile.unlinkQuietly(temporary) }
    }

    private func closeFile() {
        if number >= 0 { close(number) }
        number = -1
    }
}

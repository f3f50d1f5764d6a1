import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// Creates a folder completely or not at all: it is written under another name, synced once, then renamed.
public enum FolderTree {
    /// Makes a folder; an existing one is no error.
    public static func make(_ path: RawPath) throws(FileError) {
        if path.withCString({ mkdir($0, 0o755) }) != 0, errno != EEXIST { throw FileError("create", path) }
    }

    /// Writes a new file, which is not durable before `sync`.
    ///
    /// - Throws: `FileError`; `EEXIST` where there is one.
    public static func write(_ path: RawPath, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(FileError) {
        var number = path.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        if number < 0, errno == ENOENT {
            try make(path.parent.parent)
            try make(path.parent)
            number = path.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        }
        guard number >= 0 else { throw FileError("create", path) }
        let file = Descriptor(number, path)
        try file.write(bytes)
    }

    /// Makes everything on the folder's file system durable in one pass; a sync for each of thousands of files would
    /// take minutes.
    public static func sync(_ path: RawPath) throws(FileError) {
        let number = path.withCString { cfiles_open_directory(AT_FDCWD, $0, 1) }
        guard number >= 0 else { throw FileError("open", path) }
        let folder = Descriptor(number, path)
        guard cfiles_sync_file_system(folder.number) == 0 else { throw FileError("sync", path) }
    }

    /// Renames a folder; the new name must be free.
    public static func rename(_ from: RawPath, to path: RawPath) throws(FileError) {
        let status = from.withCString { old in
            path.withCString { new in cfiles_rename_new(AT_FDCWD, old, AT_FDCWD, new) }
        }
        guard status == 0 else { throw FileError("rename", path) }
    }

    /// Removes a folder with everything in it and does not follow links; a missing folder is no error.
    public static func remove(_ path: RawPath) throws(FileError) {
        guard let status = try FileStatus.of(path) else { return }
        guard status.kind == .directory else { return try DurableFile.remove(path) }
        for name in try listFolder(path, followsLink: false) { try remove(path.appending(name)) }
        try DurableFile.removeDirectory(path)
    }
}

/// A new file, written in pieces and not made durable.
public final class NewFile {
    private let file: Descriptor

    /// Creates the file.
    ///
    /// - Throws: `FileError`; `EEXIST` where there is one.
    public init(_ path: RawPath, mode: UInt32 = 0o600) throws(FileError) {
        let number = path.withCString { cfiles_create_new(AT_FDCWD, $0, mode) }
        guard number >= 0 else { throw FileError("create", path) }
        file = Descriptor(number, path)
    }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws(FileError) { try file.write(bytes) }
}

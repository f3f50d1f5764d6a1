import CFiles
import Glibc

/// An open file or folder; closed when it goes out of scope.
public struct Descriptor: ~Copyable, Sendable {
    let number: Int32
    let path: RawPath

    init(_ number: Int32, _ path: RawPath) {
        self.number = number
        self.path = path
    }

    deinit { close(number) }

    /// Flushes the file or folder to the disk.
    ///
    /// A failure is final: the page cache may hold data that is not on disk, so nothing is tried again.
    func sync() throws(FileError) { try Descriptor.sync(number, path) }

    static func sync(_ number: Int32, _ path: RawPath) throws(FileError) {
        while fsync(number) != 0 {
            if errno != EINTR { throw FileError("fsync", path) }
        }
    }

    /// Writes all bytes at the descriptor's place.
    func write(_ bytes: [UInt8]) throws(FileError) { try Descriptor.write(bytes, to: number, path) }

    static func write(_ bytes: [UInt8], to number: Int32, _ path: RawPath) throws(FileError) {
        let failure = bytes.withUnsafeBytes { buffer -> FileError? in
            var rest = buffer
            while let base = rest.baseAddress, rest.count > 0 {
                let written = Glibc.write(number, base, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return FileError("write", path)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// Reads up to the buffer's length; 0 at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        while true {
            let count = Glibc.read(number, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError("read", path) }
        }
    }
}

/// What a name stands for.
public struct FileStatus: Equatable, Sendable {
    /// What kind of thing a name stands for.
    public enum Kind: Int32, Sendable {
        /// A regular file.
        case regular = 0
        /// A folder.
        case directory = 1
        /// A symbolic link: never followed.
        case link = 2
        /// A device, FIFO or socket: never opened.
        case special = 3
    }

    /// The kind.
    public let kind: Kind
    /// Bytes.
    public let size: UInt64
    /// Time of the last change, nanoseconds since 1970.
    public let modified: Int64
    /// Time of the last change of bytes, name or permissions, nanoseconds since 1970; programs cannot set it.
    public let changed: Int64
    /// Permission bits.
    public let mode: UInt32
    /// The owner's number.
    public let owner: UInt32
    /// Whether it is a pipe or a socket.
    let isPipe: Bool
    let device: UInt64
    let inode: UInt64

    init(_ status: cfiles_status) {
        kind = Kind(rawValue: status.kind) ?? .special
        size = status.size
        modified = status.modified_ns
        changed = status.changed_ns
        mode = status.mode
        owner = status.owner
        isPipe = status.is_pipe != 0
        device = status.device
        inode = status.inode
    }

    /// Whether two names are one file.
    public func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// The status of a path, a link in its place not followed.
    ///
    /// - Returns: `nil` when nothing is there.
    public static func of(_ path: RawPath) throws(FileError) -> FileStatus? {
        var status = cfiles_status()
        if path.withCString({ cfiles_status_at(AT_FDCWD, $0, &status) }) == 0 { return FileStatus(status) }
        let error = FileError("stat", path)
        if error.isMissing { return nil }
        throw error
    }

    /// The status of what a path leads to, links followed to their end.
    ///
    /// - Returns: `nil` when nothing is there.
    public static func followed(_ path: RawPath) throws(FileError) -> FileStatus? {
        var status = cfiles_status()
        if path.withCString({ cfiles_status_followed($0, &status) }) == 0 { return FileStatus(status) }
        let error = FileError("stat", path)
        if error.isMissing { return nil }
        throw error
    }
}

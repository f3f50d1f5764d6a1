import CProvenanceSystem
import Glibc
import ProvenanceEncoding

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

    /// Reads to the end of the file or up to `capacity`, after the bytes of `start`, into one allocation, so that a
    /// secret can be wiped.
    func readAll(_ capacity: Int, after start: [UInt8] = []) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(capacity, start.count)) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.copyBytes(from: start)
            count = start.count
            do throws(FileError) {
                while count < raw.count {
                    let read = try self.read(into: UnsafeMutableRawBufferPointer(rebasing: raw[count...]))
                    if read == 0 { break }
                    count += read
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all bytes at the descriptor's current offset.
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
            if errno == EAGAIN {
                // A pipe opened without waiting for a writer, or a standard input that another program made
                // non-blocking.
                var wanted = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
                _ = poll(&wanted, 1, -1)
                continue
            }
            if errno != EINTR { throw FileError("read", path) }
        }
    }
}

/// Occupies the descriptors of a closed standard input, output or error. Call it at the start of a program, before
/// anything is opened.
///
/// Otherwise the first file that is opened gets that number, and a verdict is written into it. The placeholder is
/// opened in the opposite direction, so that reading standard input and writing to the others fail as on a closed
/// descriptor.
public func occupyStandardDescriptors() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 {
        if Glibc.open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY) == -1, Glibc.open("/", O_RDONLY) == -1 { exit(2) }
    }
}

/// What a path names: kind, size, times, owner and permissions.
public struct FileStatus: Equatable, Sendable {
    /// The kind of a file.
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
    /// Whether it is a pipe, named or not; its kind is `special`.
    public let isPipe: Bool
    /// The owner's number.
    public let owner: UInt32
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

    /// Whether two names are the same file, by device and inode.
    public func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// Whether two files lie on one file system.
    public func isOnFileSystem(of other: FileStatus) -> Bool { device == other.device }

    /// The status of a path; a link in its last element is not followed.
    ///
    /// - Returns: `nil` when nothing is there.
    public static func of(_ path: RawPath) throws(FileError) -> FileStatus? {
        var status = cfiles_status()
        if path.withCString({ cfiles_status_at(AT_FDCWD, $0, &status) }) == 0 { return FileStatus(status) }
        let error = FileError("stat", path)
        if error.isMissing { return nil }
        throw error
    }

    /// The status of the target of a path that the user gave: links are followed.
    ///
    /// - Returns: `nil` when nothing is there.
    public static func following(_ path: RawPath) throws(FileError) -> FileStatus? {
        var status = cfiles_status()
        if path.withCString({ cfiles_status_named($0, &status) }) == 0 { return FileStatus(status) }
        let error = FileError("stat", path)
        if error.isMissing { return nil }
        throw error
    }
}

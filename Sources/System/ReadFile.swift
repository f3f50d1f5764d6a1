import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// A file's bytes from one read, and its status at that time.
public struct FileContent: Sendable {
    /// The bytes.
    public let bytes: [UInt8]
    /// Status at opening.
    public let status: FileStatus
}

/// Reads a whole regular file once, so that hashing, parsing and recording all see the same bytes.
///
/// A link in the last element, a device or a FIFO is refused without being opened. A file that grows, shrinks or is
/// written to during the read is refused too.
///
/// - Parameters:
///   - path: The file.
///   - limit: Most bytes that are read; a larger file fails with `EFBIG` before anything is allocated.
///   - isListedRegular: Whether a listing of its folder has just reported it as a regular file; saves one `stat`.
/// - Returns: The bytes, and the status at opening.
/// - Throws: `FileError`; `EBUSY` for a file that changed while it was read.
public func readFile(
    _ path: RawPath, limit: Int, isListedRegular: Bool = false
) throws(FileError) -> FileContent {
    if !isListedRegular { try requireRegular(path) }
    return try readWhole(try open(path), path, limit: limit)
}

/// A folder kept open for reading the files below it, so that the path to the folder is resolved once.
///
/// Its files are those of the folder that was opened, even if its name refers to another folder by now.
public final class OpenFolder: Sendable {
    /// The folder.
    public let path: RawPath
    private let folder: Descriptor

    /// Opens a folder; links in its path, the last element included, are followed.
    public init(_ path: RawPath) throws(FileError) {
        self.path = path
        let number = path.withCString { cfiles_open_place($0) }
        guard number >= 0 else { throw FileError("open", path) }
        folder = Descriptor(number, path)
    }

    /// Reads a file below the folder that a listing has just reported as regular, as `readFile` does.
    ///
    /// No link below the folder is followed, even if one has replaced a listed name since.
    ///
    /// - Parameters:
    ///   - name: The file's path relative to the folder.
    ///   - limit: As for `readFile`.
    /// - Returns: The bytes, and the status at opening.
    /// - Throws: `FileError`, with the whole path.
    public func readListed(_ name: RawPath, limit: Int) throws(FileError) -> FileContent {
        do throws(FileError) {
            // A name without a slash has no folders to resolve.
            let isDeep = name.bytes.contains(UInt8(ascii: "/"))
            let number = name.withCString {
                isDeep ? cfiles_open_regular_beneath(folder.number, $0) : cfiles_open_regular(folder.number, $0)
            }
            if number < 0, errno == ENOSYS { return try readFile(below: path, name, limit: limit) }
            guard number >= 0 else { throw FileError("open", name) }
            return try readWhole(Descriptor(number, name), name, limit: limit)
        } catch {
            throw FileError(error.operation, path.appending(name), number: error.number, detail: error.detail)
        }
    }
}

/// Like `readFile`, for a path below a folder, and never outside it.
///
/// Each folder of the path is opened separately and never through a link, so that nothing outside of `root` is opened
/// even if a folder is replaced during the call.
///
/// - Parameters:
///   - root: The folder; links in its own path are followed, since the user gave that path.
///   - relative: The file's path below it: plain names only, no `..`.
///   - limit: As for `readFile`.
/// - Returns: The bytes, and the status at opening.
/// - Throws: `FileError`; `EINVAL` for a path that is not plain, `ELOOP` or `ENOTDIR` for a link in it.
public func readFile(below root: RawPath, _ relative: RawPath, limit: Int) throws(FileError) -> FileContent {
    let whole = root.appending(relative)
    guard relative.isPlainRelative else {
        throw FileError("open", whole, number: EINVAL, detail: "not a path of plain names below a folder")
    }
    var folder = try openFolder(AT_FDCWD, root.bytes.isEmpty ? "." : root, root, follow: true)
    let names = relative.elements
    var path = root
    for name in names.dropLast() {
        path = path.appending(RawPath(name))
        let next = try openFolder(folder.number, RawPath(name), path, follow: false)
        folder = next
    }
    let name = relative.lastElement
    var named = cfiles_status()
    guard name.withCString({ cfiles_status_at(folder.number, $0, &named) }) == 0 else {
        throw FileError("open", whole)
    }
    try requireRegular(FileStatus(named), whole)
    let number = name.withCString { cfiles_open_regular(folder.number, $0) }
    guard number >= 0 else { throw FileError("open", whole) }
    return try readWhole(Descriptor(number, whole), whole, limit: limit)
}

private func openFolder(
    _ at: Int32, _ name: RawPath, _ path: RawPath, follow: Bool
) throws(FileError) -> Descriptor {
    let number = name.withCString { cfiles_open_directory(at, $0, follow ? 1 : 0) }
    guard number >= 0 else { throw FileError("open", path) }
    return Descriptor(number, path)
}

func readWhole(
    _ file: consuming Descriptor, _ path: RawPath, limit: Int
) throws(FileError) -> FileContent {
    let before = try status(file)
    // Checked again on the open file: the name may refer to something else by now.
    try requireRegular(before, path)
    guard before.size <= UInt64(max(0, limit)) else {
        throw FileError(
            "read", path, number: EFBIG, detail: "\(before.size) bytes; at most \(limit) are read")
    }
    let wanted = Int(before.size)
    var failure: FileError?
    var count = 0
    // One byte more than expected, to detect a file that grew.
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted + 1) { buffer, initialized in
        do throws(FileError) {
            let raw = UnsafeMutableRawBufferPointer(buffer)
            while count < raw.count {
                let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: raw[count...]))
                count += read
                // A short read of a regular file means its end; the status below detects growth.
                if read == 0 || count == wanted { break }
            }
        } catch {
            failure = error
        }
        initialized = min(count, wanted)
    }
    if let failure { throw failure }
    let after = try status(file)
    guard count == wanted, after.modified == before.modified, after.size == before.size else {
        throw FileError("read", path, number: EBUSY, detail: "the file changed while it was read")
    }
    return FileContent(bytes: bytes, status: before)
}

/// Like `readFile`, but returns `nil` when there is no such file.
public func readFileIfPresent(_ path: RawPath, limit: Int) throws(FileError) -> [UInt8]? {
    do { return try readFile(path, limit: limit).bytes } catch {
        if error.isMissing { return nil }
        throw error
    }
}

/// Opens a regular file; anything else is refused without being opened, since opening a device can have effects.
private func openRegular(_ path: RawPath) throws(FileError) -> Descriptor {
    try requireRegular(path)
    let file = try open(path)
    try requireRegular(try status(file), path)
    return file
}

private func open(_ path: RawPath) throws(FileError) -> Descriptor {
    let number = path.withCString { cfiles_open_regular(AT_FDCWD, $0) }
    guard number >= 0 else { throw FileError("open", path) }
    return Descriptor(number, path)
}

private func requireRegular(_ path: RawPath) throws(FileError) {
    guard let named = try FileStatus.of(path) else { throw FileError("open", path, number: ENOENT) }
    try requireRegular(named, path)
}

func requireRegular(_ status: FileStatus, _ path: RawPath) throws(FileError) {
    switch status.kind {
    case .regular: return
    case .link:
        throw FileError("open", path, number: ELOOP, detail: "a symbolic link; links are never followed")
    case .directory: throw FileError("open", path, number: EISDIR, detail: "a folder, not a file")
    case .special: throw FileError("open", path, number: EINVAL, detail: "not a regular file; it is not opened")
    }
}

private func status(_ file: borrowing Descriptor) throws(FileError) -> FileStatus {
    var status = cfiles_status()
    guard cfiles_status_of(file.number, &status) == 0 else { throw FileError("stat", file.path) }
    return FileStatus(status)
}

/// Reads a whole file that the user named: a link is followed, and a pipe or a device is read to its end.
///
/// Use it for paths on a command line. Use `readFile` for names that the program finds in a folder, a list or one of
/// its own files: the author of such a name must not choose what is opened.
///
/// - Parameters:
///   - path: The file.
///   - limit: The most bytes that are read, few enough to hold in memory; a longer file fails with `EFBIG`.
/// - Returns: The bytes.
/// - Throws: `FileError`; `EBUSY` for a regular file that changed while it was read.
public func readNamedFile(_ path: RawPath, limit: Int) throws(FileError) -> [UInt8] {
    try FileStream(named: path).readAll(limit: limit)
}

/// Resolves a path that the user gave: the target if it is a link, else the path itself.
///
/// For folders, and for files that are read from several places. A link without a target, or to an unnamed pipe, is
/// returned as it is and later refused as a link.
public func namedPlace(_ path: RawPath) -> RawPath {
    guard let status = try? FileStatus.of(path), status.kind == .link else { return path }
    return path.real ?? path
}

extension RawPath {
    /// The absolute path without links; `nil` when nothing exists there.
    public var real: RawPath? {
        guard let real = withCString({ realpath($0, nil) }) else { return nil }
        defer { free(real) }
        return RawPath(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    }
}

/// Reads a file in pieces, for files of any size: manifests, registers.
public final class FileStream {
    private let file: Descriptor
    /// The status at opening; `nil` for standard input.
    private let opened: FileStatus?
    /// Bytes that `peek` has read and `read` has not returned yet.
    private var ahead: [UInt8] = []

    /// The file's size when it was opened; 0 for files without a size, such as pipes.
    public var size: UInt64 { opened.map { $0.kind == .regular ? $0.size : 0 } ?? 0 }

    /// Opens a regular file, never through a link.
    public init(_ path: RawPath) throws(FileError) {
        let file = try openRegular(path)
        opened = try status(file)
        self.file = file
    }

    /// Opens a file that the user named: links are followed, and pipes and devices are opened too. See `readNamedFile`.
    ///
    /// - Throws: `FileError`; also for a folder, and for a pipe without a writer, which would read as an empty file.
    public init(named path: RawPath) throws(FileError) {
        let number = path.withCString { cfiles_open_named($0) }
        guard number >= 0 else { throw FileError("open", path) }
        let file = Descriptor(number, path)
        let status = try status(file)
        if status.kind == .directory { try requireRegular(status, path) }
        if status.isPipe { ahead = try firstByte(file) }
        opened = status
        self.file = file
    }

    /// Reads from standard input.
    public init(standardInput: Void) {
        opened = nil
        file = Descriptor(dup(0), "-")
    }

    /// The next piece, empty at the end.
    public func read(upTo count: Int) throws(FileError) -> [UInt8] {
        guard ahead.isEmpty else {
            let piece = Array(ahead.prefix(count))
            ahead.removeFirst(piece.count)
            return piece
        }
        var failure: FileError?
        let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(FileError) {
                initialized = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
                initialized = 0
            }
        }
        if let failure { throw failure }
        return piece
    }

    /// The next bytes, without consuming them; fewer than `count` only at the end of the file.
    public func peek(_ count: Int) throws(FileError) -> [UInt8] {
        while ahead.count < count {
            let known = ahead
            ahead = []
            let piece: [UInt8]
            do throws(FileError) { piece = try read(upTo: count - known.count) } catch {
                ahead = known
                throw error
            }
            ahead = known + piece
            if piece.isEmpty { break }
        }
        return Array(ahead.prefix(count))
    }

    /// Reads the rest of the file into one allocation, so that a secret can be wiped.
    ///
    /// - Parameter limit: The most bytes that are read, few enough to hold in memory.
    /// - Returns: The bytes.
    /// - Throws: `FileError`; `EFBIG` above the limit, `EBUSY` for a regular file that changed while it was read.
    public func readAll(limit: Int) throws(FileError) -> [UInt8] {
        let tooLarge = FileError("read", file.path, number: EFBIG, detail: "more than \(limit) bytes; no more are read")
        guard size <= UInt64(max(0, limit)) else { throw tooLarge }
        let isRegular = opened?.kind == .regular
        // One byte more than is allowed, to detect a file over the limit.
        let (capacity, isOver) = (isRegular ? Int(size) : limit).addingReportingOverflow(1)
        guard !isOver, ahead.count <= capacity else { throw tooLarge }
        let start = ahead
        ahead = []
        let bytes = try file.readAll(capacity, after: start)
        if isRegular, let opened {
            let now = try status(file)
            guard UInt64(bytes.count) <= size, now.modified == opened.modified, now.size == opened.size else {
                throw FileError("read", file.path, number: EBUSY, detail: "the file changed while it was read")
            }
        }
        guard bytes.count <= limit else { throw tooLarge }
        return bytes
    }
}

/// Reads at most one byte from a pipe that was just opened.
///
/// Linux reports no event at all on a named pipe that has had no writer since it was opened; that is not an empty file.
private func firstByte(_ file: borrowing Descriptor) throws(FileError) -> [UInt8] {
    var wanted = pollfd(fd: file.number, events: Int16(POLLIN), revents: 0)
    guard poll(&wanted, 1, 0) == 0 else { return [] }
    var byte: UInt8 = 0
    switch Glibc.read(file.number, &byte, 1) {
    case 0: throw FileError("read", file.path, number: EPIPE, detail: "a pipe that nobody writes to")
    case 1: return [byte]
    default: return []
    }
}

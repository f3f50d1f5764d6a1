import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// A file that holds a secret. Links are followed, and the checks apply to their target.
public struct SecretFile: ~Copyable {
    private let file: Descriptor
    private let path: RawPath
    private let status: FileStatus
    private let isLink: Bool
    /// Whether the bytes come from a pipe or from a descriptor that the caller opened: then the permissions of a name
    /// do not show who can read them.
    private let isInherited: Bool

    /// Opens a secret.
    ///
    /// - Parameters:
    ///   - path: The file; a link is followed.
    ///   - acceptsStreams: Whether it may also be a pipe, `/dev/fd/N`, `/dev/stdin`, or `-` for standard input.
    /// - Throws: `FileError`; a folder or a device is never opened.
    public init(_ path: RawPath, acceptsStreams: Bool = false) throws(FileError) {
        let opened = try SecretFile.open(path, acceptsStreams)
        let file = Descriptor(opened.number, path)
        let status = try SecretFile.status(of: file)
        // Checked again on the open file: the name may refer to something else by now.
        if opened.isPipe {
            guard status.isPipe else {
                throw FileError("open", path, number: EBUSY, detail: "it changed while it was opened")
            }
        } else if !opened.isInherited {
            try requireRegular(status, path)
        }
        self.file = file
        self.path = path
        self.status = status
        isLink = opened.isLink
        isInherited = opened.isInherited || opened.isPipe
    }

    private static func open(
        _ path: RawPath, _ acceptsStreams: Bool
    ) throws(FileError) -> (number: Int32, isLink: Bool, isInherited: Bool, isPipe: Bool) {
        if acceptsStreams, let number = inherited(path) {
            let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { throw FileError("open", path) }
            return (copy, false, true, false)
        }
        guard let named = try FileStatus.of(path) else { throw FileError("open", path, number: ENOENT) }
        guard let end = try FileStatus.following(path) else {
            throw FileError("open", path, number: ENOENT, detail: "a link that leads nowhere")
        }
        let isPipe = acceptsStreams && end.isPipe
        if !isPipe { try requireRegular(end, path) }
        let number = path.withCString { cfiles_open_named($0) }
        guard number >= 0 else { throw FileError("open", path) }
        if isPipe, cfiles_await(number, patience) != 0 {
            let detail =
                errno == ETIMEDOUT ? "a pipe that nobody writes to; it was waited for \(patience / 1000) s" : nil
            let error = FileError("read", path, detail: detail)
            close(number)
            throw error
        }
        return (number, named.kind == .link, false, isPipe)
    }

    /// Milliseconds to wait for a named pipe: longer than the writing program takes to start, and short enough for a
    /// scheduled job whose writer never starts.
    private static let patience: Int32 = 5_000

    private static func status(of file: borrowing Descriptor) throws(FileError) -> FileStatus {
        var status = cfiles_status()
        guard cfiles_status_of(file.number, &status) == 0 else { throw FileError("stat", file.path) }
        return FileStatus(status)
    }

    /// The inherited descriptor that a name such as `/dev/fd/3` means.
    private static func inherited(_ path: RawPath) -> Int32? {
        guard let text = path.text else { return nil }
        if text == "-" || text == "/dev/stdin" { return 0 }
        for folder in ["/dev/fd/", "/proc/self/fd/"] where text.hasPrefix(folder) {
            return Int32(text.dropFirst(folder.count))
        }
        return nil
    }

    /// The permission bits of the file; for a link, of its target.
    public var mode: UInt32 { status.mode }

    /// Which other users can access the file, and what to do about it; `nil` when only its owner can, or when its
    /// permissions do not apply (a pipe or an inherited descriptor).
    public var exposure: (reason: String, advice: String)? {
        if isInherited { return nil }
        if mode & 0o077 != 0 {
            let reads = mode & 0o044 != 0
            let verb = mode & 0o022 != 0 ? (reads ? "read and write" : "write") : (reads ? "read" : "run")
            return (
                "others than its owner may \(verb) it (mode \(String(mode, radix: 8)))",
                "chmod 600 \(path); if others could have read it, treat it as stolen"
            )
        }
        if isLink, status.owner != geteuid(), status.owner != 0 {
            return (
                "it is a link to a file that belongs to another user (number \(status.owner))",
                "let it lead to a file of your own"
            )
        }
        return nil
    }

    /// Reads the whole file. The result is the only copy, so wiping it wipes the secret.
    ///
    /// - Throws: `FileError`; `EFBIG` above `limit` bytes.
    public consuming func read(limit: Int) throws(FileError) -> [UInt8] {
        if !isInherited { return try readWhole(file, path, limit: limit).bytes }
        let (capacity, isOver) = limit.addingReportingOverflow(1)
        guard !isOver else { throw FileError("read", path, number: EFBIG) }
        let bytes = try file.readAll(capacity)
        guard bytes.count <= limit else {
            throw FileError("read", path, number: EFBIG, detail: "over \(limit) bytes")
        }
        return bytes
    }
}

import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// A regular file that is read at any offset.
public final class PlacedFile {
    private let file: Descriptor
    /// The file's size when it was opened.
    public let size: UInt64

    /// Opens a regular file, never through a link in its last element.
    ///
    /// - Throws: `FileError`; `EINVAL` for anything but a regular file.
    public init(_ path: RawPath) throws(FileError) {
        let number = path.withCString { cfiles_open_regular(AT_FDCWD, $0) }
        guard number >= 0 else { throw FileError("open", path) }
        file = Descriptor(number, path)
        var found = cfiles_status()
        guard cfiles_status_of(number, &found) == 0 else { throw FileError("stat", path) }
        let status = FileStatus(found)
        guard status.kind == .regular else {
            throw FileError("open", path, number: EINVAL, detail: "not a regular file; it is not opened")
        }
        size = status.size
    }

    /// Reads `count` bytes from an offset; fewer only at the end of the file.
    public func read(at place: UInt64, upTo count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            while initialized < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: raw[initialized...])
                let found = cfiles_read_at(file.number, rest.baseAddress, rest.count, place &+ UInt64(initialized))
                guard found >= 0 else {
                    failure = FileError("read", file.path)
                    break
                }
                if found == 0 { break }
                initialized += found
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

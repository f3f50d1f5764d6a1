import Glibc
import ProvenanceEncoding
import ProvenanceSystem

/// The pieces of a file that is open.
final class FilePieces: ObjectPieces {
    private let stream: FileStream
    private let path: StorePath
    private let count: Int

    init(_ stream: FileStream, _ path: StorePath, upTo count: Int) {
        self.stream = stream
        self.path = path
        // A short file is read at once, into a buffer of its size.
        self.count = max(1, min(count, Int(clamping: stream.size).addingReportingOverflow(1).partialValue))
    }

    func next() throws(StoreError) -> [UInt8] {
        do { return try stream.read(upTo: count) } catch { throw StoreError(reading: error, path) }
    }
}

/// A file under a temporary name until it is finished.
final class PendingFile: PendingObject {
    private let file: GrowingFile
    private let store: FolderStore

    init(_ file: GrowingFile, in store: FolderStore) {
        self.file = file
        self.store = store
    }

    func append(_ bytes: [UInt8]) throws(StoreError) {
        do { try file.write(bytes) } catch { throw StoreError(writing: error, nil) }
    }

    func finish(as path: StorePath) throws(StoreError) {
        do { try file.finish(as: store.file(path)) } catch { throw StoreError(writing: error, path) }
    }

    func abandon() { file.abandon() }
}

extension StoreError {
    /// A file that could not be read.
    init(reading error: FileError, _ path: StorePath?) {
        switch error.number {
        // Longer than allowed: the file is wrong, not the disk.
        case EFBIG: self.init(.tooLarge, path, error.reason, cause: error)
        case EACCES, EPERM, ELOOP, EISDIR, EINVAL: self.init(.denied, path, "\(error)", cause: error)
        default: self.init(.failed, path, "\(error)", cause: error)
        }
    }

    /// Files that could not be written. Nothing is visible before the first rename, and temporary files are removed; a
    /// rename or a flush that failed may have taken effect nevertheless.
    init(writing error: FileError, _ path: StorePath?) {
        let kind: Kind
        switch error.operation {
        case "create", "write", "stat": kind = error.number == EACCES || error.number == EPERM ? .denied : .failed
        default: kind = .unknown
        }
        self.init(kind, path, "\(error)", cause: error)
    }

    /// Files that could not be listed or removed; removing them again is harmless.
    init(removing error: FileError, _ path: StorePath?) {
        let kind: Kind = error.number == EACCES || error.number == EPERM ? .denied : .failed
        self.init(kind, path, "\(error)", cause: error)
    }
}

import Glibc
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceSystem

/// An archive's index in one file, beside which SQLite keeps its own files.
public struct SQLiteIndexFile: IndexLocation {
    private let path: RawPath

    /// The index at a path, whether or not the file exists.
    public init(_ path: RawPath) { self.path = path }

    /// Opens the file for writing, or begins one.
    public func openForWriting(isNewLog: Bool) throws(IndexError) -> any ArchiveIndex {
        try IndexError.wrapping { try isNewLog ? SQLiteIndex.forNewLog(path) : SQLiteIndex.forWriting(path) }
    }

    /// Opens the file for reading.
    public func openForReading() -> (any ArchiveIndex)? { SQLiteIndex.forReading(path) }

    /// Two connections to the same file.
    public func openTwiceForReading() -> (one: any ArchiveIndex, other: any ArchiveIndex)? {
        guard let before = try? FileStatus.of(path), let one = SQLiteIndex.forReading(path),
            let other = SQLiteIndex.forReading(path), let after = try? FileStatus.of(path), before.isSameFile(as: after)
        else { return nil }
        return (one, other)
    }

    /// Whether there is a file.
    public func exists() throws(IndexError) -> Bool {
        try IndexError.wrapping { try FileStatus.of(path) != nil }
    }

    /// Removes the file and the files that SQLite keeps beside it.
    public func remove() throws(IndexError) {
        try IndexError.wrapping {
            for ending in SQLiteIndex.fileEndings { try DurableFile.remove(RawPath(path.bytes + Array(ending.utf8))) }
        }
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceRecord
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification

/// The registers that the log here names, each with its root and its number of lines: bytes that have them are the
/// logged ones, wherever they come from.
struct LoggedRegisters {
    private let archive: ArchiveFolder
    private let lines: [Digest: Int]

    /// Reads the log; `nil` where that fails.
    init?(_ archive: ArchiveFolder) {
        self.archive = archive
        do {
            guard let note = try LogReader.checkpointFile(archive.storage) else { return nil }
            let checkpoint = try Checkpoint(parsing: try SignedNote(parsing: note).text)
            var lines: [Digest: Int] = [:]
            for accession in try LoggedAccession.all(try LogReader(archive.storage, checkpoint), archive) {
                lines[accession.record.register] = accession.record.lines
            }
            self.lines = lines
        } catch {
            return nil
        }
    }

    /// The root that a register's file is named by: `<64 digits>.jsonl`.
    static func root(_ path: RawPath) -> Digest? {
        let name = path.lastElement.bytes
        guard name.suffix(6).elementsEqual(".jsonl".utf8) else { return nil }
        return Digest(hex: name.dropLast(6))
    }

    /// Whether an accession names it.
    func names(_ root: Digest) -> Bool { lines[root] != nil }

    /// Whether a store has the logged lines of it. A file that cannot be read has not.
    func isAuthentic(_ root: Digest, in store: (any ArchiveStore)? = nil) -> Bool {
        guard let count = lines[root] else { return false }
        let outcome = try? RegisterReader.read(
            from: store ?? archive.registers, root: root, count: count, line: { _ in })
        guard case .authentic = outcome else { return false }
        return true
    }
}

/// The tiles here that no commit replaces or takes away: those of the entries that the shared repository was known to
/// hold, of which the log here is checked.
struct GitKeptTiles {
    /// Entries that both logs have.
    private let common: UInt64
    /// Entries in the other log.
    private let size: UInt64
    private let prefix: [UInt8]

    init(_ archive: ArchiveFolder, _ repository: GitRepository, _ log: RawPath) throws(Problem) {
        prefix = repository.prefix.bytes + Array("log/".utf8)
        func size(_ note: [UInt8]?) throws -> UInt64 {
            try note.map { try Checkpoint(parsing: try SignedNote(parsing: $0).text).size } ?? 0
        }
        do {
            common = try size(try readFileIfPresent(archive.published, limit: Trust.maxKeyFileBytes))
            self.size = try size(try repository.blob(log, "log/checkpoint", limit: Trust.maxKeyFileBytes))
        } catch {
            throw Problem(any: error)
        }
    }

    /// Whether it is such a tile. Partial ones give way as the log grows.
    func contains(_ path: RawPath) -> Bool {
        guard path.bytes.starts(with: prefix),
            let tile = Tile(path: String(decoding: path.bytes.dropFirst(prefix.count), as: UTF8.self))
        else { return false }
        return tile.leastSize <= common && (tile.isFull || common == size)
    }
}

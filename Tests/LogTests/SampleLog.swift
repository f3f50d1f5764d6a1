import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import TestStores

/// Logs with the same key and the same entries in every test.
enum SampleLog {
    static let origin = "example.org/known-answers"

    static func seed() throws -> [UInt8] { SHA256.hash(Array("provenance test log".utf8)).bytes }

    static func signer() throws -> CheckpointSigner {
        CheckpointSigner(try NoteSigner(name: origin, key: Ed25519PrivateKey(seed: seed())))
    }

    /// Entry number `index`: most are short, one is empty, one has the maximal length.
    static func entry(_ index: Int) -> [UInt8] {
        switch index {
        case 3: []
        case 130: [UInt8](repeating: 0xa5, count: EntryBundle.maxEntryBytes)
        default: Array("entry \(index)".utf8) + [UInt8](repeating: UInt8(index & 0xff), count: index * 7919 % 23)
        }
    }

    /// A writer that continues what the storage has, or begins.
    static func writer(_ storage: any ArchiveStore) throws -> LogWriter {
        guard let published = try LogReader.publishedNote(storage) else {
            return try LogWriter(empty: origin, store: storage, signer: signer())
        }
        return try writer(storage, continuing: opened(published.note), published)
    }

    static func writer(
        _ storage: any ArchiveStore, continuing checkpoint: Checkpoint,
        _ published: (note: [UInt8], token: VersionToken) = ([], VersionToken([]))
    ) throws -> LogWriter {
        try LogWriter(
            continuing: LogReader(storage, checkpoint), published: published, store: storage, signer: signer())
    }

    static func checkpoint(size: UInt64, root: Digest) -> Checkpoint {
        Checkpoint(origin: origin, size: size, root: root)
    }

    /// The checkpoint of a note, its signature checked.
    static func opened(_ note: [UInt8]) throws -> Checkpoint {
        let signed = try SignedNote(parsing: note)
        var verifier = try NoteVerifier()
        _ = try verifier.verify(signed, keys: [signer().verifierKey])
        return try Checkpoint(parsing: signed.text)
    }

    /// The checkpoint that a storage has, its signature checked.
    static func checkpoint(_ storage: any ArchiveStore) throws -> Checkpoint {
        guard let note = try LogReader.checkpointFile(storage) else { throw LogError(.missing, "no checkpoint") }
        return try opened(note)
    }

    static func append(_ indexes: Range<Int>, to writer: LogWriter) throws {
        for index in indexes {
            let entry = entry(index)
            let place = try writer.append(entry, leaf: MerkleHash.leaf(entry))
            guard place == UInt64(index) else { throw LogError(.outOfRange, "entry \(index) got index \(place)") }
        }
    }

    /// A log in memory that was committed at these sizes.
    static func storage(committedAt sizes: [Int]) throws -> MemoryStore {
        let storage = MemoryStore()
        let writer = try writer(storage)
        var size = 0
        for next in sizes {
            try append(size..<next, to: writer)
            try writer.commit()
            size = next
        }
        _ = storage.takeReads()
        return storage
    }

    /// What an audit says is wrong.
    static func audit(_ storage: any ArchiveStore, _ checkpoint: Checkpoint) throws -> LogAudit.Result {
        var counted = 0
        let result = try LogAudit.run(
            storage, checkpoint, examine: { (_, entries) throws(LogError) in entries.count },
            consume: { count, _ in counted += count })
        guard UInt64(counted) == result.entries else { throw LogError(.outOfRange, "entries were not passed on") }
        return result
    }
}

/// A digest from bytes that a test computed.
func digest(_ bytes: [UInt8]) throws -> Digest {
    guard let digest = Digest(bytes: bytes) else { throw LogError(.crypto, "\(bytes.count) bytes are no digest") }
    return digest
}

/// A log that is read but never changed, made once for all tests.
final class IntactLog: Sendable {
    let size: Int
    let files: [String: [UInt8]]
    let checkpoint: Checkpoint

    init(_ sizes: Int...) throws {
        size = sizes.last ?? 0
        let storage = try SampleLog.storage(committedAt: sizes)
        checkpoint = try SampleLog.checkpoint(storage)
        files = storage.files
    }

    /// A storage with these files replaced, or dropped where `nil`.
    func storage(changing changes: [String: [UInt8]?] = [:]) -> MemoryStore {
        var files = files
        for (path, bytes) in changes { files[path] = bytes }
        return MemoryStore(files)
    }

    func reader(changing changes: [String: [UInt8]?] = [:]) throws -> LogReader {
        try LogReader(storage(changing: changes), checkpoint)
    }

    func bytes(_ path: String) throws -> [UInt8] {
        guard let bytes = files[path] else { throw LogError(.missing, path: path, "not in the sample") }
        return bytes
    }

    /// 273 full bundles and one of 112; a full tile and one of 17 above; one of 1 at the top.
    static let large = Swift.Result { try IntactLog(70_000) }
    static let small: [Int: Swift.Result<IntactLog, any Error>] = [
        1: Swift.Result { try IntactLog(1) },
        5: Swift.Result { try IntactLog(5) },
        256: Swift.Result { try IntactLog(256) },
        257: Swift.Result { try IntactLog(257) },
    ]

    static func small(_ size: Int) throws -> IntactLog {
        guard let log = small[size] else { throw LogError(.missing, "no sample of \(size)") }
        return try log.get()
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceVerification

/// Gives entries the indexes that an `add` would give them, and writes nothing: neither the log nor a lock.
///
/// It refuses what an `add` refuses: a log that was rolled back, keys that are not here.
struct DryRunSequencer: Sequencer {
    private let archive: ArchiveFolder
    private let passphrase: Secret?
    private let defersMemory: Bool

    /// A sequencer for anybody who may read the private keys.
    init(_ archive: ArchiveFolder, passphrase: Secret?, defersMemory: Bool) {
        self.archive = archive
        self.passphrase = passphrase
        self.defersMemory = defersMemory
    }

    func begin() throws(Problem) -> any SequencerSession {
        DryRunSession(try SignedLog(archive, passphrase: passphrase, defersMemory: defersMemory))
    }
}

/// A session that counts.
private final class DryRunSession: SequencerSession {
    private let log: SignedLog
    private(set) var size: UInt64

    init(_ log: SignedLog) {
        self.log = log
        size = log.reader.size
    }

    var base: LogReader { log.reader }
    var signer: (name: String, key: Ed25519PrivateKey) { (log.signerName, log.signerKey) }

    func order(
        _ entries: [FreshEntry], closing: ((_ indexes: [UInt64], _ index: UInt64) throws -> Closing?)?
    ) throws -> (indexes: [UInt64], closing: UInt64?) {
        let indexes = entries.indices.map { size + UInt64($0) }
        size += UInt64(entries.count)
        guard try closing?(indexes, size) != nil else { return (indexes, nil) }
        size += 1
        return (indexes, size - 1)
    }

    /// The checkpoint that is published already.
    func publish() throws -> Checkpoint { log.reader.checkpoint }
}

/// The registers of an archive, to which nothing is written.
struct DiscardedRegisters: ArchiveStore {
    /// The store that is read.
    let base: any ArchiveStore

    var place: String { base.place }

    func read(_ path: StorePath, limit: Int) throws(StoreError) -> (bytes: [UInt8], token: VersionToken)? {
        try base.read(path, limit: limit)
    }

    func read(_ path: StorePath, from offset: UInt64, upTo count: Int) throws(StoreError) -> [UInt8]? {
        try base.read(path, from: offset, upTo: count)
    }

    func write(_ objects: [(path: StorePath, bytes: [UInt8])], _ present: IfPresent) throws(StoreError) {}

    func begin(below folder: StorePath?) throws(StoreError) -> any PendingObject { DiscardedObject() }

    func replace(
        _ path: StorePath, expecting expected: VersionToken?, with bytes: [UInt8]
    ) throws(StoreError) -> VersionToken {
        throw StoreError(.denied, path, "nothing is written in a dry run")
    }

    func remove(_ paths: [StorePath], below folder: StorePath?) throws(StoreError) {}

    func list(below folder: StorePath?, after last: StorePath?) throws(StoreError) -> [StorePath] {
        try base.list(below: folder, after: last)
    }

    func settle(around size: UInt64) throws(StoreError) {}
}

/// An object that is never written.
private final class DiscardedObject: PendingObject {
    func append(_ bytes: [UInt8]) throws(StoreError) {}
    func finish(as path: StorePath) throws(StoreError) {}
    func abandon() {}
}

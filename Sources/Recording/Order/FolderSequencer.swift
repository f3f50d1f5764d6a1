import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceVerification

/// Orders the entries of an archive with one writer, who holds its lock: the checkpoint fixes the order.
struct FolderSequencer: Sequencer {
    private let archive: ArchiveFolder
    private let passphrase: Secret?

    /// A sequencer for the holder of the archive's lock, who keeps it as long as a session lasts.
    init(_ archive: ArchiveFolder, passphrase: Secret?) {
        self.archive = archive
        self.passphrase = passphrase
    }

    func begin() throws(Problem) -> any SequencerSession {
        let log = try SignedLog(archive, passphrase: passphrase)
        try log.settle()
        do { try archive.registers.settle(around: log.reader.size) } catch { throw Problem(error) }
        return FolderSession(log)
    }
}

/// A session of the one writer.
private final class FolderSession: SequencerSession {
    private let log: SignedLog

    init(_ log: SignedLog) { self.log = log }

    var base: Checkpoint { log.reader.checkpoint }
    var signer: (name: String, key: Ed25519PrivateKey) { (log.signerName, log.signerKey) }
    var size: UInt64 { log.writer.size }

    func order(
        _ entries: [FreshEntry], closing: ((_ fates: [EntryOrder], _ index: UInt64) throws -> Closing?)?
    ) throws -> (fates: [EntryOrder], closing: UInt64?) {
        var fates: [EntryOrder] = []
        fates.reserveCapacity(entries.count)
        for entry in entries { fates.append(.numbered(try log.writer.append(entry.note, leaf: entry.leaf))) }
        guard let last = try closing?(fates, log.writer.size) else { return (fates, nil) }
        return (fates, try log.writer.append(last.note, leaf: last.leaf))
    }

    /// Publishes, then notes durably what was signed: the order that an `add` had from the first version on.
    func publish() throws -> Checkpoint {
        try log.writer.commit()
        try log.rememberSigned()
        return log.writer.checkpoint
    }
}

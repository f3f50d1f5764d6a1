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
    private let defersMemory: Bool

    /// A sequencer for the holder of the archive's lock, who keeps it as long as a session lasts.
    init(_ archive: ArchiveFolder, passphrase: Secret?, defersMemory: Bool = false) {
        self.archive = archive
        self.passphrase = passphrase
        self.defersMemory = defersMemory
    }

    func begin() throws(Problem) -> any SequencerSession {
        let log = try SignedLog(archive, passphrase: passphrase, defersMemory: defersMemory)
        try log.settle()
        do { try archive.registers.settle(around: log.reader.size) } catch { throw Problem(error) }
        return FolderSession(log)
    }
}

/// A session of the one writer.
private final class FolderSession: SequencerSession {
    private let log: SignedLog
    /// The error of the step that failed.
    private var failure: (any Error)?

    init(_ log: SignedLog) { self.log = log }

    var base: LogReader { log.reader }
    var signer: (name: String, key: Ed25519PrivateKey) { (log.signerName, log.signerKey) }
    var size: UInt64 { log.writer.size }

    func order(
        _ entries: [FreshEntry], closing: ((_ indexes: [UInt64], _ index: UInt64) throws -> Closing?)?
    ) throws -> (indexes: [UInt64], closing: UInt64?) {
        try whileSound {
            var indexes: [UInt64] = []
            indexes.reserveCapacity(entries.count)
            for entry in entries { indexes.append(try log.writer.append(entry.note, leaf: entry.leaf)) }
            guard let last = try closing?(indexes, log.writer.size) else { return (indexes, nil) }
            return (indexes, try log.writer.append(last.note, leaf: last.leaf))
        }
    }

    /// Publishes, then notes durably what was signed: the order of both is that of the first version.
    func publish() throws -> Checkpoint {
        try whileSound {
            try log.writer.commit()
            try log.rememberSigned()
            return log.writer.checkpoint
        }
    }

    /// Does a step unless one has failed: what a failed step left in memory must not be published.
    private func whileSound<Result>(_ step: () throws -> Result) throws -> Result {
        if let failure { throw failure }
        do { return try step() } catch {
            failure = error
            throw error
        }
    }
}

import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// The archive's own log, opened for appending under the lock after a check that it was not rolled back.
package final class SignedLog {
    package let archive: ArchiveFolder
    /// A reader of the tree as of opening.
    package let reader: LogReader
    package let writer: LogWriter
    /// The signer's name and key, from which each worker makes its own `NoteSigner`.
    package let signerName: String
    package let signerKey: Ed25519PrivateKey
    private let files: KeyFiles
    /// Whether somebody else saves what was signed, once it is published.
    private let defersMemory: Bool

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - archive: The archive.
    ///   - passphrase: Of the private keys.
    ///   - defersMemory: Whether the caller saves the last signed checkpoint, once it is published.
    /// - Throws: `Problem` if a key or the log is missing, the log key did not sign the checkpoint, the log was
    ///   rolled back (`E-LOG-ROLLED-BACK`), or it ends in entries that may have to be dropped (`E-PUBLISH`).
    package init(_ archive: ArchiveFolder, passphrase: Secret?, defersMemory: Bool = false) throws(Problem) {
        self.archive = archive
        self.defersMemory = defersMemory
        files = archive.keyFiles
        if !defersMemory, try SignedMemory.isUnpublished(archive) { throw SignedMemory.unpublished }
        let (signerName, signerKey) = try files.signer(.signer, passphrase: passphrase)
        let (logName, logKey) = try files.signer(.log, passphrase: passphrase)
        self.signerName = signerName
        self.signerKey = signerKey
        guard signerKey.publicKey.raw != logKey.publicKey.raw else {
            throw Problem(
                .keyRole, "keys/signer.vkey", "the log and the signer have one key; nothing was signed",
                advice: KeyRoles.advice)
        }
        guard Bytes.isSame(logName, archive.origin) else {
            throw Problem(
                .key, "keys/log.vkey", "the log key's name is \(logName), the archive's origin \(archive.origin)")
        }
        do {
            let storage = archive.storage
            guard let published = try LogReader.publishedNote(storage) else {
                throw Problem(
                    code: LogError.Code.missing.name, place: "log/checkpoint", reason: "the log has no checkpoint",
                    advice:
                        "`provenance repair --from` takes it from a copy of the archive, or restore log/ from a backup; see Documentation/when-things-go-wrong.md",
                    status: .environment)
            }
            let signer = CheckpointSigner(try NoteSigner(name: logName, key: logKey))
            let note = published.note
            let checkpoint = try SignedLog.own(note, signer.verifierKey, place: "log/checkpoint")
            reader = try LogReader(storage, checkpoint)
            try SignedLog.checkNotRolledBack(archive, files, reader, note, signer.verifierKey)
            writer = try LogWriter(continuing: reader, published: published, store: storage, signer: signer)
        } catch {
            throw Problem(any: error)
        }
    }

    /// Parses a checkpoint and checks that this log's key signed it.
    package static func own(_ bytes: [UInt8], _ key: VerifierKey, place: String) throws(Problem) -> Checkpoint {
        do {
            let note = try SignedNote(parsing: bytes)
            var verifier = try NoteVerifier()
            _ = try verifier.verify(note, keys: [key])
            return try Checkpoint(parsing: note.text)
        } catch {
            throw Problem(.checkpoint, place, "\(error.description); it is no checkpoint of this archive's log key")
        }
    }

    // MARK: Rollback

    /// "Before it signs, the log checks that the new tree extends log/checkpoint, .provenance/last-signed (also kept
    /// beside the private log key) and the newest checkpoint in Manifests/."
    private static func checkNotRolledBack(
        _ archive: ArchiveFolder, _ files: KeyFiles, _ reader: LogReader, _ note: [UInt8], _ key: VerifierKey
    ) throws {
        for path in [archive.lastSigned, files.lastSigned] {
            guard let bytes = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes), bytes != note else { continue }
            let place = archive.relative(path)?.description ?? path.description
            try check(reader, extends: try own(bytes, key, place: place), place: place)
        }
        for (place, checkpoint) in try ExportedCheckpoints(archive).all(signedBy: key) {
            try check(reader, extends: checkpoint, place: place)
        }
    }

    private static func check(_ reader: LogReader, extends earlier: Checkpoint, place: String) throws {
        let relation = try reader.relation(to: earlier)
        if let error = RollbackCheck.error(relation, reader.size, signed: earlier.size, place) { throw error }
    }

    /// Completes what an interrupted `add` left, before anything is reported.
    ///
    /// Makes the current checkpoint durable, saves it as the last signed one unless the caller does, and removes unfinished
    /// files.
    package func settle() throws(Problem) {
        do throws(StoreError) { try archive.storage.settle(around: reader.size) } catch {
            throw Problem(LogError(error))
        }
        guard try !isNoted(), !defersMemory else { return }
        try rememberSigned()
    }

    /// Removes unfinished files and returns whether the current checkpoint is saved as the last signed one.
    private func isNoted() throws(Problem) -> Bool {
        do throws(FileError) {
            for path in archive.formerNotes { try DurableFile.remove(path) }
            for folder in [archive.local, archive.keys] {
                for name in try listFolder(folder) where GrowingFile.isTemporary(name) {
                    try DurableFile.remove(folder.appending(name))
                }
            }
            try DurableFile.removeUnfinished(files.lastSigned)
            // An interrupted `init` may have left these; other files in the root are the user's.
            for name in [".gitignore", ".gitattributes"] {
                try DurableFile.removeUnfinished(archive.root.appending(RawPath(name)))
            }
            for path in [archive.lastSigned, files.lastSigned] {
                guard let status = try FileStatus.of(path), status.kind == .regular,
                    try readFile(path, limit: Trust.maxKeyFileBytes).bytes == writer.note
                else { return false }
            }
        } catch {
            throw Problem(error)
        }
        return true
    }

    /// Saves the published checkpoint durably as the last signed one, unless the caller does.
    package func rememberSigned() throws(Problem) {
        guard !defersMemory, let note = writer.note else { return }
        var batch = WriteBatch()
        do {
            try batch.write(archive.lastSigned, note)
            try batch.write(files.lastSigned, note)
            try batch.commit()
        } catch {
            batch.abandon()
            throw Problem(error)
        }
    }
}

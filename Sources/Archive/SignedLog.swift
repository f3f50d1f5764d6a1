import Files
import Log
import Merkle
import Note
import OpenSSL

/// The archive's own log, opened for appending under the lock, after it has proven not to be rolled back.
final class SignedLog {
    let archive: ArchiveFolder
    /// The tree as it stood when the log was opened.
    let reader: LogReader
    let writer: LogWriter
    /// The signer's name and key: each worker makes its own `NoteSigner` of them.
    let signerName: String
    let signerKey: Ed25519PrivateKey
    private let files: KeyFiles

    /// Opens the log.
    ///
    /// - Throws: `Problem`: no key, no log, a checkpoint our key did not sign, or `E-LOG-ROLLED-BACK`.
    init(_ archive: ArchiveFolder, passphrase: Secret?) throws(Problem) {
        self.archive = archive
        files = KeyFiles(archive.keys)
        let (signerName, signerKey) = try files.signer(.signer, passphrase: passphrase)
        let (logName, logKey) = try files.signer(.log, passphrase: passphrase)
        self.signerName = signerName
        self.signerKey = signerKey
        guard Text.isSame(logName, archive.origin) else {
            throw Problem(
                .key, "keys/log.vkey", "the log key's name is \(logName), the archive's origin \(archive.origin)")
        }
        do {
            let storage = archive.storage
            guard let note = try LogReader.checkpointFile(storage) else {
                throw Problem(
                    code: LogError.Code.missing.name, place: "log/checkpoint", reason: "the log has no checkpoint",
                    advice: "restore log/ from a backup or a mirror; see Documentation/when-things-go-wrong.md",
                    status: .environment)
            }
            let signer = CheckpointSigner(try NoteSigner(name: logName, key: logKey))
            let checkpoint = try SignedLog.own(note, signer.verifierKey, place: "log/checkpoint")
            reader = try LogReader(storage, checkpoint)
            try SignedLog.checkNotRolledBack(archive, files, reader, note, signer.verifierKey)
            writer = try LogWriter(continuing: reader, note: note, storage: storage, signer: signer)
        } catch {
            throw Problem(any: error)
        }
    }

    /// A checkpoint that our own log key signed.
    static func own(_ bytes: [UInt8], _ key: VerifierKey, place: String) throws(Problem) -> Checkpoint {
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
            guard let bytes = try readFileIfPresent(path, limit: Trust.longestKeyFile), bytes != note else { continue }
            let place = archive.relative(path)?.description ?? path.description
            try check(reader, extends: try own(bytes, key, place: place), place: place)
        }
        do { try checkManifests(archive, reader, key) } catch {
            // What was noted of the manifests is derived, and may be damaged: they themselves decide.
            try? DurableFile.remove(archive.manifestsSeen)
            try checkManifests(archive, reader, key)
        }
    }

    private static func checkManifests(_ archive: ArchiveFolder, _ reader: LogReader, _ key: VerifierKey) throws {
        guard let newest = try ManifestsSeen(archive).newest(signedBy: key) else { return }
        try check(reader, extends: newest.checkpoint, place: newest.place)
    }

    private static func check(_ reader: LogReader, extends earlier: Checkpoint, place: String) throws {
        guard earlier.origin.utf8.elementsEqual(reader.checkpoint.origin.utf8) else { return }
        guard earlier.size <= reader.size else {
            throw LogError(
                .rolledBack, path: "checkpoint",
                "the log has \(reader.size) entries; \(place) shows that it signed \(earlier.size) already")
        }
        guard try reader.root(at: earlier.size) == earlier.root else {
            throw LogError(
                .rolledBack, path: "checkpoint",
                "the log is another one than it was at size \(earlier.size), which \(place) shows that it signed")
        }
    }

    /// Makes sure of what an `add` that died has left, before anything is answered: the checkpoint that stands is durable,
    /// it is noted as the last that was signed, and unfinished files are gone.
    func settle() throws(Problem) {
        do throws(LogError) { try archive.storage.settle(size: reader.size) } catch { throw Problem(error) }
        guard try !isNoted() else { return }
        try rememberSigned()
    }

    /// Removes unfinished files, and says whether the checkpoint that stands is noted as the last that was signed.
    private func isNoted() throws(Problem) -> Bool {
        do throws(FileError) {
            for folder in [archive.local, archive.keys] {
                for name in try listFolder(folder) where GrowingFile.isTemporary(name) {
                    try DurableFile.remove(folder.appending(name))
                }
            }
            // An `init` that died may have left these; other names in the root are not ours.
            for name in [".gitignore", ".gitattributes"] {
                try DurableFile.removeUnfinished(archive.root.appending(RawPath(name)))
            }
            for path in [archive.lastSigned, files.lastSigned] {
                guard let status = try FileStatus.of(path), status.kind == .regular,
                    try readFile(path, limit: Trust.longestKeyFile).bytes == writer.note
                else { return false }
            }
        } catch {
            throw Problem(error)
        }
        return true
    }

    /// Notes durably what was published last.
    func rememberSigned() throws(Problem) {
        guard let note = writer.note else { return }
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

/// The newest checkpoint of our log among the exported manifests; each manifest is read once and remembered.
struct ManifestsSeen {
    private let archive: ArchiveFolder

    init(_ archive: ArchiveFolder) { self.archive = archive }

    /// Reads the beginnings of new manifests and finds the newest checkpoint that `key` signed.
    ///
    /// A file is passed over only when it was read and has no signature line of `key`: what cannot be read, or names
    /// the key and does not verify, may be what shows that the log was rolled back.
    ///
    /// - Parameters:
    ///   - key: Our log key.
    ///   - remembers: Whether what was noted of manifests read before is used, and noted for the next time; for the lock
    ///     holder. An audit reads them all: notes are derived, and may be damaged.
    /// - Returns: The checkpoint of most entries and the manifest it is in, `nil` without any.
    /// - Throws: `Problem` or `FileError` for what cannot be read or is not what our key signed.
    func newest(
        signedBy key: VerifierKey, remembers: Bool = true
    ) throws -> (checkpoint: Checkpoint, place: String)? {
        var remembered: [String: (stamp: String, size: UInt64, root: Digest)] = [:]
        let memory = remembers ? (try? readFile(archive.manifestsSeen, limit: 1 << 24).bytes) ?? [] : []
        for line in String(decoding: memory, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            // What another key signed says nothing of this one.
            guard fields.count == 5, fields[2] == key.keyIDText, let size = UInt64(fields[3]),
                let root = Digest(hex: String(fields[4]))
            else { continue }
            remembered[String(fields[0])] = (String(fields[1]), size, root)
        }
        var lines: [String] = []
        var newest: (checkpoint: Checkpoint, place: String)?
        let names = try listFolder(archive.manifests)
        for name in names where name.bytes.suffix(5).elementsEqual(Array(".json".utf8)) {
            let path = archive.manifests.appending(name)
            guard let status = try FileStatus.of(path), status.kind == .regular else { continue }
            let id = Base64.encode(name.bytes)
            let stamp = "\(status.size):\(status.modified)"
            let checkpoint: Checkpoint
            if let known = remembered[id], known.stamp == stamp {
                checkpoint = Checkpoint(origin: key.name, size: known.size, root: known.root)
            } else if let found = try read(path, key) {
                checkpoint = found
            } else {
                // Not a manifest of ours: somebody else's file must not stop the archive.
                continue
            }
            lines.append("\(id) \(stamp) \(key.keyIDText) \(checkpoint.size) \(checkpoint.root.hex)")
            if checkpoint.size > newest?.checkpoint.size ?? 0 {
                newest = (checkpoint, "Manifests/\(name)")
            }
        }
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        if remembers, bytes != memory { try? DurableFile.replace(archive.manifestsSeen, with: bytes) }
        return newest
    }

    /// The checkpoint of a manifest; `nil` for a file without a signature line of our key.
    private func read(_ path: RawPath, _ key: VerifierKey) throws(Problem) -> Checkpoint? {
        guard let bytes = try note(of: path), let note = try? SignedNote(parsing: bytes),
            note.signatures.contains(where: { key.matches($0) })
        else { return nil }
        let place = archive.relative(path)?.description ?? path.description
        do {
            var verifier = try NoteVerifier()
            _ = try verifier.verify(note, keys: [key])
            return try Checkpoint(parsing: note.text)
        } catch {
            throw Problem(
                .checkpoint, place, "it names this archive's log key, but: \(error.description)",
                advice: "restore the manifest from a copy, or move it out of Manifests/ if it is not yours")
        }
    }

    /// The checkpoint note in a file, unverified; `nil` when the file was read and holds none.
    private func note(of path: RawPath) throws(Problem) -> [UInt8]? {
        do {
            let stream = try FileStream(path)
            if try FileStream(path).read(upTo: 1) == [UInt8(ascii: "{")] {
                return try ManifestHeader.read(stream, place: path.description).checkpoint
            }
            guard stream.size <= UInt64(SignedNote.longestNote) else { return nil }
            return try readFile(path, limit: SignedNote.longestNote).bytes
        } catch let error as FileError {
            // Removed since the folder was listed: as if it had not been there.
            if error.isMissing { return nil }
            throw Problem(error)
        } catch let error as Problem {
            if error.code == Problem.Code.manifest.name { return nil }
            throw error
        } catch {
            throw Problem(any: error)
        }
    }
}

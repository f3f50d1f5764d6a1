import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// Makes a new archive in a folder.
public struct Initialization {
    /// What was made.
    public struct Outcome: Sendable {
        /// The archive.
        public let archive: ArchiveFolder
        /// The log's public key.
        public let log: VerifierKey
        /// The signer's public key.
        public let signer: VerifierKey
        /// Where the user's store pins the keys; `nil` if they were not pinned.
        public let pinned: RawPath?
        /// Why the keys were not pinned, if they were not. The archive is made anyway.
        public let notPinned: Problem?
        /// Whether existing keys were kept.
        public let keptKeys: Bool
    }

    /// Makes keys, an empty signed log, and the files for git; writing `.provenance/config` last makes it an archive.
    ///
    /// Running it again finishes an interrupted `init`; existing keys are kept.
    ///
    /// - Parameters:
    ///   - folder: The archive's folder.
    ///   - origin: The log's name.
    ///   - passphrase: Encrypts the private keys.
    ///   - privateKeys: The folder of the private keys, if it is not the archive's `keys/`.
    ///   - engines: Other places for published data and the index.
    ///   - environment: Clock, folders and store.
    /// - Returns: What was made.
    /// - Throws: `Problem` with `E-ARCHIVE-EXISTS` if the folder is an archive already. Predictable failures are
    ///   reported before anything is made: other keys pinned for this log, or a file system without permissions.
    public static func run(
        _ folder: RawPath, origin: String, passphrase: Secret?, privateKeys: RawPath? = nil,
        engines: ArchiveEngines? = nil, _ environment: Environment
    ) throws(Problem) -> Outcome {
        guard Checkpoint.isOrigin(origin), Bytes.isKeyName(ArchiveFolder.signerName(origin)) else {
            throw Problem(
                .usage, "--origin \(origin)", "an origin is a name without spaces and '+', at most 248 bytes",
                advice: "use an address without scheme that you control, such as archive.example.org/news")
        }
        // tlog-checkpoint: "The origin … SHOULD be a schema-less URL"; the log keeps its origin for ever.
        guard !origin.contains("://") else {
            throw Problem(
                .usage, "--origin \(origin)", "an origin has no scheme",
                advice: "leave out what stands before the name, as in archive.example.org/news")
        }
        var archive = ArchiveFolder(root: folder, origin: origin)
        archive.engines = engines
        archive.privateKeys = privateKeys ?? environment.privateKeys.map { environment.absolute($0) }
        let files = archive.keyFiles
        let store: KeyStore?
        var notPinned: Problem?
        do {
            if try FileStatus.of(archive.config) != nil {
                throw Problem(
                    .archiveExists, folder.description, "there is an archive here already; nothing was changed")
            }
            let kept = try keptKeys(files, origin, passphrase)
            if let log = kept.log { try refuseLostLog(archive, files, log) }
            (store, notPinned) = try pinnable(kept, archive, environment)
            try files.makeFolders()
            for path in [archive.local, archive.log, archive.accessions, archive.manifests] {
                try DurableFile.createDirectories(path)
            }
        } catch {
            throw Problem(any: error)
        }
        let lock = try archive.takeLock(timeout: 0)
        defer { withExtendedLifetime(lock) {} }
        let keptLog = try files.hasPrivate(.log)
        let keptSigner = try files.hasPrivate(.signer)
        let log = try make(files, .log, origin, passphrase, kept: keptLog)
        let signer = try make(files, .signer, ArchiveFolder.signerName(origin), passphrase, kept: keptSigner)
        try files.writePolicy(log: log, signer: signer)
        try writeGitFiles(folder)
        var pinned: RawPath?
        if let store {
            do throws(Problem) {
                // Asked again, since the archive's folder may not have existed the first time.
                notPinned = store.remark(testing: [archive.root])
                if notPinned == nil {
                    pinned = try store.pin(log: log, signers: [signer], policy: nil, origin: origin)
                }
            } catch {
                notPinned = error
            }
        }
        let (name, key) = try files.signer(.log, passphrase: passphrase)
        do {
            if try LogReader.checkpointFile(archive.storage) == nil {
                let writer = try LogWriter(
                    empty: origin, store: archive.storage,
                    signer: CheckpointSigner(try NoteSigner(name: name, key: key)))
                try writer.commit()
            }
            try DurableFile.replace(archive.config, with: archive.configBytes)
        } catch let error as LogError {
            throw Problem(error)
        } catch let error as NoteError {
            throw Problem(error, place: name)
        } catch let error as FileError {
            throw Problem(error)
        } catch {
            throw Problem(.storage, folder.description, "\(error)")
        }
        return Outcome(
            archive: archive, log: log, signer: signer, pinned: pinned, notPinned: notPinned,
            keptKeys: keptLog || keptSigner)
    }

    /// Refuses kept keys whose log is not here: an empty tree would be a second log of the same key.
    ///
    /// "The log key signs only a tree that extends what it signed before": `last-signed`, in the archive or beside the key,
    /// and the manifests in Manifests/ say what that was.
    private static func refuseLostLog(_ archive: ArchiveFolder, _ files: KeyFiles, _ key: VerifierKey) throws {
        guard try LogReader.checkpointFile(archive.storage) == nil else { return }
        var signed: [(place: String, checkpoint: Checkpoint)] = []
        for path in [archive.lastSigned, files.lastSigned] {
            guard let bytes = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) else { continue }
            let place = archive.relative(path)?.description ?? path.description
            signed.append((place, try SignedLog.own(bytes, key, place: place)))
        }
        if try FileStatus.of(archive.manifests) != nil {
            signed += try ExportedCheckpoints(archive).all(signedBy: key)
        }
        for (place, checkpoint) in signed
        where checkpoint.size > 0 && Bytes.isSame(checkpoint.origin, archive.origin) {
            throw Problem(
                code: LogError.Code.rolledBack.name, place: "log/checkpoint",
                reason: "the log is not here; \(place) shows that this key signed \(checkpoint.size) entries of it",
                advice: "restore log/ and .provenance/config from a backup or a clone; a new log needs keys of its own",
                status: .failed)
        }
    }

    /// The public keys of existing private keys.
    private static func keptKeys(
        _ files: KeyFiles, _ origin: String, _ passphrase: Secret?
    ) throws -> (log: VerifierKey?, signer: VerifierKey?) {
        func kept(_ role: KeyFiles.Role, _ name: String) throws -> VerifierKey? {
            guard try files.hasPrivate(role) else { return nil }
            let key = try files.load(role, passphrase: passphrase).publicKey
            return try VerifierKey(name: name, kind: .ed25519, publicKey: key.raw)
        }
        let (log, signer) = (try kept(.log, origin), try kept(.signer, ArchiveFolder.signerName(origin)))
        if let log, log.publicKey == signer?.publicKey {
            throw Problem(
                .keyRole, files.privatePath(.signer).description,
                "the log and the signer have one key; nothing was made",
                advice: "move one of the two away: a new one is made in its place")
        }
        return (log, signer)
    }

    /// The store to pin the new keys in, or the reason why there is none.
    ///
    /// - Throws: `Problem` with `E-KEY-EXISTS` or `E-KEY-ROLE` if the store has other keys for this log, or these keys
    ///   in another role. `init` then makes nothing.
    private static func pinnable(
        _ kept: (log: VerifierKey?, signer: VerifierKey?), _ archive: ArchiveFolder, _ environment: Environment
    ) throws(Problem) -> (store: KeyStore?, reason: Problem?) {
        guard let path = environment.keyStore else {
            return (nil, Problem(.notPinned, "XDG_CONFIG_HOME", environment.keyStoreReason))
        }
        do throws(Problem) {
            if let remark = KeyStore.remark(path, testing: [archive.root]) { return (nil, remark) }
            let store = KeyStore(path)
            try store.refuseAnother(than: kept.log, origin: archive.origin)
            try store.refuseRoles(
                log: kept.log, signers: kept.signer.map { [$0] } ?? [], policy: nil, origin: archive.origin)
            return (store, nil)
        } catch {
            if [Problem.Code.keyExists.name, Problem.Code.keyRole.name].contains(error.code) { throw error }
            return (nil, error)
        }
    }

    private static func make(
        _ files: KeyFiles, _ role: KeyFiles.Role, _ name: String, _ passphrase: Secret?, kept: Bool
    ) throws(Problem) -> VerifierKey {
        guard kept else { return try files.generate(role, name: name, passphrase: passphrase) }
        let key = try files.load(role, passphrase: passphrase)
        return try files.writePublic(role, name: name, key: key.publicKey)
    }

    /// Lines of `.gitignore` and `.gitattributes`: git leaves out secrets and local files, and converts no hashed byte.
    static let ignored = [
        // In folders too: an ended log is put aside with its keys.
        "**/.provenance/*", "!**/.provenance/config", "*.key.pem", "*.last-signed", "*.provenance-tmp",
    ]
    static let attributes = [
        "*.md -text", "/log/** -text", "/keys/** -text", "/accessions/** -text", "/Manifests/** -text",
        "/.provenance/config -text",
    ]

    private static func writeGitFiles(_ folder: RawPath) throws(Problem) {
        for (name, wanted) in [(".gitignore", ignored), (".gitattributes", attributes)] {
            let path = folder.appending(name)
            do {
                var bytes = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) ?? []
                let present = Set(bytes.split(separator: Bytes.newline).map(Array.init))
                let missing = wanted.filter { !present.contains(Array($0.utf8)) }
                if missing.isEmpty { continue }
                if let last = bytes.last, last != Bytes.newline { bytes.append(Bytes.newline) }
                bytes += Array("# provenance: what git must leave out, or leave as it is\n".utf8)
                for line in missing { bytes += Array("\(line)\n".utf8) }
                try DurableFile.replace(path, with: bytes)
            } catch {
                throw Problem(error)
            }
        }
    }
}

import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// The key files of an archive: made once, never overwritten.
///
/// Public keys are in `keys/`; private keys are in the same folder or in one elsewhere.
public struct KeyFiles: Sendable {
    /// The purpose of a key. Each public key has one role, under one name.
    public enum Role: String, Sendable, CaseIterable {
        /// Signs checkpoints; its name is the origin.
        case log
        /// Signs records and accessions.
        case signer
    }

    private let folder: RawPath
    /// The folder of the private keys and of `log.last-signed`.
    private let privateFolder: RawPath
    /// Permissions of a new folder for private keys.
    private static let privateFolderMode: UInt32 = 0o700

    /// The key files of a folder.
    ///
    /// - Parameters:
    ///   - folder: The folder of the public keys.
    ///   - privateKeys: The folder of the private keys, if it is another.
    public init(_ folder: RawPath, privateKeys: RawPath? = nil) {
        self.folder = folder
        privateFolder = privateKeys ?? folder
    }

    func privatePath(_ role: Role) -> RawPath { privateFolder.appending("\(role.rawValue).key.pem") }
    /// The last signed checkpoint, kept beside the log key so that both are restored or lost together.
    package var lastSigned: RawPath { privateFolder.appending("log.last-signed") }

    /// Makes the key folders.
    ///
    /// - Throws: `Problem` with `E-KEY` if the file system of the private keys has no permissions; nothing is made
    ///   then.
    public func makeFolders() throws(Problem) {
        do {
            try DurableFile.requirePermissions(in: privateFolder)
            if privateFolder != folder {
                try DurableFile.createDirectories(privateFolder, mode: KeyFiles.privateFolderMode)
            }
            try DurableFile.createDirectories(folder)
        } catch {
            throw KeyFiles.problem(error, privateFolder)
        }
    }

    /// The problem for a private key's file or folder that could not be made.
    private static func problem(_ error: FileError, _ place: RawPath) -> Problem {
        guard error.operation == "protect" else { return Problem(error) }
        return Problem(.key, place.description, error.reason, advice: elsewhere)
    }

    /// The advice for a file system that leaves private keys readable by others whatever their mode.
    private static let elsewhere =
        "keep the private keys on another file system: --keys-from FOLDER, or PROVENANCE_KEYS_FROM; or mount this one with "
        + "umask=077"

    /// Makes a key pair: `<role>.key.pem`, `<role>.pub.pem`, `<role>.vkey`.
    ///
    /// - Throws: `Problem` with `E-KEY-EXISTS` if there is a private key already.
    @discardableResult
    public func generate(_ role: Role, name: String, passphrase: Secret?) throws(Problem) -> VerifierKey {
        if try !hasPrivate(role) {
            for ending in ["vkey", "pub.pem"] { try refusePublic(folder.appending("\(role.rawValue).\(ending)")) }
        }
        keepSecrets()
        let key: Ed25519PrivateKey
        var pem: [UInt8]
        do {
            key = try Ed25519PrivateKey.generate()
            pem = try key.pem(passphrase: passphrase)
        } catch {
            throw Problem(error)
        }
        defer { wipe(&pem) }
        let path = privatePath(role)
        do { try DurableFile.createPrivate(path, with: pem) } catch {
            guard error.isExisting else { throw KeyFiles.problem(error, path) }
            throw Problem(
                .keyExists, path.description, "there is a private key already; keys are never overwritten",
                advice: "move it away first if you mean to replace it, and keep it: old records need its public half")
        }
        return try writePublic(role, name: name, key: key.publicKey)
    }

    /// Throws if the public half of another key is already there.
    private func refusePublic(_ path: RawPath) throws(Problem) {
        let isThere: Bool
        do { isThere = try FileStatus.of(path) != nil } catch { throw Problem(error) }
        guard isThere else { return }
        throw Problem(
            .keyExists, path.description, "there is the public half of another key; keys are never overwritten",
            advice: "move it away first if you mean to replace it, and keep it: old records need it")
    }

    /// Writes `<role>.pub.pem` and `<role>.vkey` beside the private key.
    ///
    /// - Throws: `Problem` with `E-KEY-EXISTS` if the existing vkey names another key.
    func writePublic(_ role: Role, name: String, key: Ed25519PublicKey) throws(Problem) -> VerifierKey {
        let vkey: VerifierKey
        do { vkey = try VerifierKey(name: name, kind: .ed25519, publicKey: key.raw) } catch {
            throw Problem(error, place: name)
        }
        let pem: [UInt8]
        do { pem = try key.pem() } catch { throw Problem(error) }
        do {
            let path = folder.appending("\(role.rawValue).vkey")
            if let present = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes),
                try !Trust.keys(present, place: path.description).contains(vkey)
            {
                throw Problem(
                    .keyExists, path.description,
                    "it is not the public half of \(vkey.name)'s private key; it was left as it is",
                    advice: "restore the pair together, or move the file away if you mean to replace it")
            }
        } catch let error as FileError {
            throw Problem(error)
        } catch let error as Problem {
            throw error
        } catch {
            throw Problem(any: error)
        }
        do {
            try DurableFile.replace(folder.appending("\(role.rawValue).pub.pem"), with: pem)
            try DurableFile.replace(folder.appending("\(role.rawValue).vkey"), with: Array("\(vkey)\n".utf8))
        } catch {
            throw Problem(error)
        }
        return vkey
    }

    /// Whether the role's private key exists.
    public func hasPrivate(_ role: Role) throws(Problem) -> Bool {
        do { return try FileStatus.of(privatePath(role)) != nil } catch { throw Problem(error) }
    }

    /// Whether the role's private key is encrypted.
    public func isLocked(_ role: Role) throws(Problem) -> Bool {
        var pem = try readSecret(role)
        defer { wipe(&pem) }
        return Ed25519PrivateKey.isEncrypted(pem: pem)
    }

    /// The bytes of a private key's file, or of the file that a link there leads to.
    ///
    /// The caller holds the only copy, so wiping it removes the secret from memory.
    ///
    /// - Throws: `Problem` with `E-KEY` if the file is missing or accessible to others.
    private func readSecret(_ role: Role) throws(Problem) -> [UInt8] {
        let path = privatePath(role)
        keepSecrets()
        do {
            let file = try SecretFile(path)
            if let exposure = file.exposure {
                throw KeyFiles.refusal(path, exposure, elsewhere: KeyFiles.elsewhere)
            }
            return try file.read(limit: Trust.maxKeyFileBytes)
        } catch let error as FileError {
            guard error.isMissing else { throw Problem(error) }
            throw Problem(
                .key, path.description, "the \(role.rawValue)'s private key is not here",
                advice: "put it there, or see Documentation/when-things-go-wrong.md, \"lost \(role.rawValue) key\"")
        } catch {
            throw Problem(any: error)
        }
    }

    /// The refusal of a secret file that others may read or write.
    ///
    /// The advice is `chmod` only if the file system keeps permissions.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - exposure: The result of `SecretFile`'s check.
    ///   - elsewhere: The advice for a file system without permissions.
    /// - Returns: The problem, `E-KEY`.
    public static func refusal(
        _ path: RawPath, _ exposure: (reason: String, advice: String), elsewhere: String
    ) -> Problem {
        do { try DurableFile.requirePermissions(in: (path.real ?? path).parent) } catch {
            return Problem(.key, path.description, "\(exposure.reason), and \(error.reason)", advice: elsewhere)
        }
        return Problem(.key, path.description, exposure.reason, advice: exposure.advice)
    }

    /// Loads a private key.
    ///
    /// - Throws: `Problem` with `E-KEY` if the key is missing, readable by others, encrypted without a passphrase
    ///   given, or not Ed25519.
    public func load(_ role: Role, passphrase: Secret?) throws(Problem) -> Ed25519PrivateKey {
        let path = privatePath(role)
        var pem = try readSecret(role)
        defer { wipe(&pem) }
        if Ed25519PrivateKey.isEncrypted(pem: pem), passphrase == nil {
            throw Problem(
                .key, path.description, "the key is encrypted and no passphrase was given",
                advice: "give --passphrase-file FILE")
        }
        do { return try Ed25519PrivateKey.load(pem: pem, passphrase: passphrase) } catch {
            if Ed25519PrivateKey.isEncrypted(pem: pem) {
                throw Problem(
                    .key, path.description, "the passphrase does not open this key, or the file is damaged",
                    advice: "the passphrase is the first line of the file that --passphrase-file names")
            }
            throw Problem(.key, path.description, "\(error)")
        }
    }

    /// A signer of notes from the role's private key and the name in its `.vkey`.
    ///
    /// - Throws: `Problem` with `E-KEY` if the published key does not match the private key.
    public func signer(_ role: Role, passphrase: Secret?) throws(Problem) -> (name: String, key: Ed25519PrivateKey) {
        let published = try publishedKey(role)
        let key = try load(role, passphrase: passphrase)
        guard key.publicKey.raw == published.publicKey else {
            throw Problem(
                .key, privatePath(role).description,
                "it is not the private half of \(folder.lastElement)/\(role.rawValue).vkey",
                advice: "restore the pair together; nothing was signed")
        }
        return (published.name, key)
    }

    /// The key in `<role>.vkey`.
    public func publishedKey(_ role: Role) throws(Problem) -> VerifierKey {
        let path = folder.appending("\(role.rawValue).vkey")
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: Trust.maxKeyFileBytes).bytes } catch { throw Problem(error) }
        guard let key = try Trust.keys(bytes, place: path.description).first else {
            throw Problem(.key, path.description, "no vkey in this file")
        }
        return key
    }

    /// The public key in `<role>.pub.pem`, 32 bytes; `nil` when there is no such file.
    package func publishedPEM(_ role: Role) throws(Problem) -> [UInt8]? {
        let path = folder.appending("\(role.rawValue).pub.pem")
        let bytes: [UInt8]?
        do { bytes = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) } catch { throw Problem(error) }
        guard let bytes else { return nil }
        do { return try Ed25519PublicKey.load(pem: bytes).raw } catch {
            throw Problem(.key, path.description, "\(error)")
        }
    }

    /// The keys that `signers` lists.
    package func publishedSigners() throws(Problem) -> [VerifierKey] {
        let path = folder.appending("signers")
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: Trust.maxKeyFileBytes).bytes } catch { throw Problem(error) }
        return try Trust.keys(bytes, place: path.description)
    }

    /// Writes the files `policy` and `signers`, which the archive publishes beside the keys.
    func writePolicy(log: VerifierKey, signer: VerifierKey) throws(Problem) {
        let policy =
            "# Which log, and which witnesses must have cosigned (C2SP tlog-policy).\nlog \(log)\nquorum none\n"
        let signers = "# Who signs records, one vkey a line.\n\(signer)\n"
        do {
            try DurableFile.replace(folder.appending("policy"), with: Array(policy.utf8))
            try DurableFile.replace(folder.appending("signers"), with: Array(signers.utf8))
        } catch {
            throw Problem(error)
        }
    }
}

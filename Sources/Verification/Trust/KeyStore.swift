import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem

/// The user's store of pinned keys: a folder for each log, in the form of an archive's `keys/`.
public struct KeyStore: Sendable {
    private let folder: RawPath

    /// The store in a folder, usually `$XDG_CONFIG_HOME/provenance/keys`.
    public init(_ folder: RawPath) { self.folder = folder }

    /// The folder of a log's keys.
    ///
    /// Every byte of the origin except letters, digits, `.`, `-` and `_` is written `%xx`, so that an origin cannot
    /// name a place outside the store. If that exceeds the limit for a name, the name is `%sha256-` and the digest of
    /// the origin, a form that no other origin can take.
    ///
    /// - Throws: `Problem` with `E-CRYPTO`.
    public func place(of origin: String) throws(Problem) -> RawPath {
        var name: [UInt8] = []
        for byte in origin.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): name.append(byte)
            case UInt8(ascii: ".") where !name.isEmpty: name.append(byte)
            default:
                let digits = String(byte, radix: 16)
                name += Array("%\(digits.count == 1 ? "0" : "")\(digits)".utf8)
            }
        }
        guard name.count > KeyStore.maxNameBytes else { return folder.appending(RawPath(name)) }
        return folder.appending("%sha256-\(SHA256.hash(Array(origin.utf8)).hex)")
    }

    /// NAME_MAX of Linux: the most bytes that a folder's name may have.
    private static let maxNameBytes = 255

    /// Refuses an origin for which a different log key is pinned; without a new key, any pinned key is different.
    ///
    /// - Throws: `Problem` with `E-KEY-EXISTS`: a key that could not be pinned must not be made.
    package func refuseAnother(than log: VerifierKey?, origin: String) throws(Problem) {
        let path = try place(of: origin).appending("log.vkey")
        let present: [UInt8]?
        do { present = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) } catch { throw Problem(error) }
        guard let present else { return }
        if let log, present == Array("\(log)\n".utf8) { return }
        throw KeyStore.another(path, origin)
    }

    private static func another(_ path: RawPath, _ origin: String) -> Problem {
        Problem(
            .keyExists, path.description, "another log key is pinned for \(origin); it was left as it is",
            advice: "compare both with what the operator publishes; remove the old file to pin the new")
    }

    /// Checks that keys can be pinned without giving a public key two roles, or two names, in the store.
    ///
    /// - Parameters:
    ///   - log: The log's key.
    ///   - signers: The signers to add to those that are pinned.
    ///   - policy: The policy that is to be pinned with them.
    ///   - origin: The log.
    /// - Throws: `Problem` with `E-KEY-ROLE` or `E-KEY`; nothing is written.
    package func refuseRoles(log: VerifierKey?, signers: [VerifierKey], policy: Policy?, origin: String) throws(Problem)
    {
        let place = try place(of: origin)
        var roles = KeyRoles()
        var known: [VerifierKey] = []
        for set in try Trust.store(folder).sets {
            try roles.take(set)
            if set.place == place.description { known = set.signers }
        }
        let pinned = Set(known)
        let set = PinnedKeys(
            policy: policy ?? Policy(logs: log.map { [$0] } ?? []),
            signers: known + signers.filter { !pinned.contains($0) },
            place: place.description)
        try Trust.checked(set)
        try roles.take(set)
    }

    /// Pins a log key and signers for an origin; keys that are pinned already stay.
    ///
    /// - Throws: `Problem` with `E-KEY-EXISTS` when another log key is pinned for this origin: a person decides about a
    ///   change of the log key, so nothing is replaced. With `E-KEY-ROLE` when a public key has another role in the
    ///   store; nothing is written then.
    public func pin(log: VerifierKey?, signers: [VerifierKey], policy: [UInt8]?, origin: String) throws(Problem)
        -> RawPath
    {
        let place = try place(of: origin)
        do {
            try refuseRoles(
                log: log, signers: signers, policy: try policy.map { try Policy(parsing: $0) }, origin: origin)
            try write(log: log, signers: signers, policy: policy, origin: origin, to: place)
        } catch let error as FileError {
            throw Problem(error)
        } catch let error as NoteError {
            throw Problem(error, place: place.description)
        } catch let error as Problem {
            throw error
        } catch {
            throw Problem(.storage, place.description, "\(error)")
        }
        return place
    }

    private func write(
        log: VerifierKey?, signers: [VerifierKey], policy: [UInt8]?, origin: String, to place: RawPath
    ) throws {
        try DurableFile.createDirectories(place)
        if let log {
            let path = place.appending("log.vkey")
            if let present = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) {
                guard present == Array("\(log)\n".utf8) else { throw KeyStore.another(path, origin) }
            } else {
                try DurableFile.create(path, with: Array("\(log)\n".utf8))
            }
        }
        if let policy {
            let path = place.appending("policy")
            if let present = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes), present != policy {
                throw Problem(
                    .keyExists, path.description, "another policy is pinned for \(origin); it was left as it is",
                    advice: "remove the old file to pin the new one")
            }
            try DurableFile.replace(path, with: policy)
        }
        let path = place.appending("signers")
        let present = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) ?? []
        let known = Set(try Trust.keys(present, place: path.description))
        var bytes = present
        for signer in signers where !known.contains(signer) { bytes += Array("\(signer)\n".utf8) }
        if bytes != present { try DurableFile.replace(path, with: bytes) }
    }
}

extension KeyStore {
    /// Pins everything in a folder of public keys, under the origin that its log key names.
    ///
    /// - Parameters:
    ///   - folder: The folder of public keys.
    ///   - folders: The archive that publishes these keys, when they lie in one.
    /// - Returns: Where they are pinned, and the keys.
    /// - Throws: `Problem` with `E-KEY` when the folder names no log, or several, or when the store lies in one of
    ///   `folders`.
    public func pin(folder: RawPath, publishedBy folders: [RawPath]) throws(Problem) -> (
        place: RawPath, keys: [VerifierKey]
    ) {
        guard let set = try Trust.folder(folder).sets.first else {
            throw Problem(.key, folder.description, "no public keys here")
        }
        guard let log = set.policy.logs.first, set.policy.logs.count == 1 else {
            throw Problem(
                .key, folder.description, "it names \(set.policy.logs.count) logs; keys are pinned for one at a time",
                advice: "give --keys \(folder) to the verifying command instead")
        }
        if let remark = remark(testing: folders) {
            throw Problem(.key, remark.place, remark.reason, advice: remark.advice)
        }
        let policy: [UInt8]?
        do { policy = try readFileIfPresent(folder.appending("policy"), limit: Trust.maxKeyFileBytes) } catch {
            throw Problem(error)
        }
        let place = try pin(log: log, signers: set.signers, policy: policy, origin: log.name)
        return (place, [log] + set.signers)
    }
}

// MARK: Ownership of the store

extension KeyStore {
    /// Why keys in a folder of the store are ignored: the folder lies inside what is under test.
    ///
    /// The maker of the archive or the bundle made these keys too. Folders are compared by their real location,
    /// whatever path leads to them.
    package static func remark(_ path: RawPath, testing folders: [RawPath]) -> Problem? {
        let store = RealPlace(of: path, followsLast: true)
        for folder in folders where store.relative(to: RealPlace(of: folder, followsLast: true)) != nil {
            return Problem(
                .notPinned, path.description,
                "these keys lie inside \(folder), which they are to vouch for: they came with it and count for nothing",
                advice:
                    "set XDG_CONFIG_HOME to a folder outside of it and run `provenance key pin FOLDER` with keys that "
                    + "you got elsewhere, or give --keys FOLDER")
        }
        return nil
    }

    /// Why the whole store is ignored when one of these folders is under test.
    package func remark(testing folders: [RawPath]) -> Problem? {
        KeyStore.remark(folder, testing: folders)
    }

    /// Refuses a folder or file of the store that others than its owner can write to: they could decide which keys are
    /// trusted.
    ///
    /// - Throws: `Problem` with `E-KEY`. A missing file is accepted.
    static func refuseWritable(_ path: RawPath) throws(Problem) {
        let status: FileStatus?
        do { status = try FileStatus.following(path) } catch { throw Problem(error) }
        guard let status, status.mode & 0o022 != 0 else { return }
        throw Problem(
            .key, path.description,
            "others than its owner may write it (mode \(String(status.mode, radix: 8))), and so decide whom you trust",
            advice: "chmod go-w \(path), and compare the keys with what the operator published; where the file system "
                + "keeps no permissions, give --keys FOLDER or set XDG_CONFIG_HOME")
    }
}

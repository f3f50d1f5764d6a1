import Files
import Note

/// The user's store of pinned keys: a folder for each log, in the form of an archive's `keys/`.
public struct KeyStore: Sendable {
    private let folder: RawPath

    /// The store in a folder, usually `$XDG_CONFIG_HOME/provenance/keys`.
    public init(_ folder: RawPath) { self.folder = folder }

    /// The folder of a log's keys.
    ///
    /// Every byte of the origin but letters, digits, `.`, `-` and `_` is written `%xx`, so that no origin names a place
    /// outside the store.
    public func place(of origin: String) -> RawPath {
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
        return folder.appending(RawPath(name))
    }

    /// Whether another log key than this one is pinned for an origin; any other, when there is no key yet.
    ///
    /// - Throws: `Problem` with `E-KEY-EXISTS`: nothing is to be made that could not be pinned.
    func refuseAnother(than log: VerifierKey?, origin: String) throws(Problem) {
        let path = place(of: origin).appending("log.vkey")
        let present: [UInt8]?
        do { present = try readFileIfPresent(path, limit: Trust.longestKeyFile) } catch { throw Problem(error) }
        guard let present else { return }
        if let log, present == Array("\(log)\n".utf8) { return }
        throw KeyStore.another(path, origin)
    }

    private static func another(_ path: RawPath, _ origin: String) -> Problem {
        Problem(
            .keyExists, path.description, "another log key is pinned for \(origin); it was left as it is",
            advice: "compare both with what the operator publishes; remove the old file to pin the new")
    }

    /// Pins a log key and signers for an origin; keys that are there stay.
    ///
    /// - Throws: `Problem` with `E-KEY-EXISTS` when another log key is pinned for this origin: a change of the log key
    ///   is for a person to decide, so nothing is replaced.
    public func pin(log: VerifierKey?, signers: [VerifierKey], policy: [UInt8]?, origin: String) throws(Problem)
        -> RawPath
    {
        let place = place(of: origin)
        do {
            try DurableFile.createDirectories(place)
            if let log {
                let path = place.appending("log.vkey")
                if let present = try readFileIfPresent(path, limit: Trust.longestKeyFile) {
                    guard present == Array("\(log)\n".utf8) else { throw KeyStore.another(path, origin) }
                } else {
                    try DurableFile.create(path, with: Array("\(log)\n".utf8))
                }
            }
            if let policy {
                let path = place.appending("policy")
                if let present = try readFileIfPresent(path, limit: Trust.longestKeyFile), present != policy {
                    throw Problem(
                        .keyExists, path.description, "another policy is pinned for \(origin); it was left as it is",
                        advice: "remove the old file to pin the new one")
                }
                try DurableFile.replace(path, with: policy)
            }
            let path = place.appending("signers")
            let present = try readFileIfPresent(path, limit: Trust.longestKeyFile) ?? []
            let known = try Trust.keys(present, place: path.description)
            var bytes = present
            for signer in signers where !known.contains(signer) { bytes += Array("\(signer)\n".utf8) }
            if bytes != present { try DurableFile.replace(path, with: bytes) }
        } catch let error as FileError {
            throw Problem(error)
        } catch let error as Problem {
            throw error
        } catch {
            throw Problem(.storage, place.description, "\(error)")
        }
        return place
    }
}

extension KeyStore {
    /// Pins everything in a folder of public keys, under the origin that its log key names.
    ///
    /// - Throws: `Problem` with `E-KEY` when the folder names no log, or several.
    public func pin(folder: RawPath) throws(Problem) -> (place: RawPath, keys: [VerifierKey]) {
        guard let set = try Trust.folder(folder).sets.first else {
            throw Problem(.key, folder.description, "no public keys here")
        }
        guard let log = set.policy.logs.first, set.policy.logs.count == 1 else {
            throw Problem(
                .key, folder.description, "it names \(set.policy.logs.count) logs; keys are pinned for one at a time",
                advice: "give --keys \(folder) to the verifying command instead")
        }
        let policy: [UInt8]?
        do { policy = try readFileIfPresent(folder.appending("policy"), limit: Trust.longestKeyFile) } catch {
            throw Problem(error)
        }
        let place = try pin(log: log, signers: set.signers, policy: policy, origin: log.name)
        return (place, [log] + set.signers)
    }
}

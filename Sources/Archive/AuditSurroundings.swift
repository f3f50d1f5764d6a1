import Files
import Log
import Merkle
import Note
import OpenSSL

extension ArchiveAudit.Report {
    /// Checks the public keys that the archive publishes: each well-formed, and all in agreement with each other and
    /// with what is pinned.
    ///
    /// They prove nothing about the log. But whoever takes a wrong one from here can verify nothing with it.
    public mutating func checkKeys(_ view: LogView, _ trust: Trust) {
        do {
            guard try FileStatus.of(view.archive.keys) != nil else {
                remarks.append("keys/ is not here: this copy of the archive publishes no keys")
                return
            }
        } catch {
            problems.append(Problem(error))
            return
        }
        do {
            _ = try Trust.folder(view.archive.keys)
            let files = KeyFiles(view.archive.keys)
            for role in KeyFiles.Role.allCases { try checkKey(role, files, view, trust) }
        } catch {
            problems.append(error)
        }
    }

    private mutating func checkKey(
        _ role: KeyFiles.Role, _ files: KeyFiles, _ view: LogView, _ trust: Trust
    ) throws(Problem) {
        let key = try files.publishedKey(role)
        let place = "keys/\(role.rawValue).vkey"
        if role == .log, !key.name.utf8.elementsEqual(view.archive.origin.utf8) {
            throw Problem(.key, place, "the key's name is \(key.name), the archive's origin \(view.archive.origin)")
        }
        if let pem = try files.publishedPEM(role), pem != key.publicKey {
            throw Problem(.key, "keys/\(role.rawValue).pub.pem", "it is another key than \(place) beside it")
        }
        if role == .signer, !(try files.publishedSigners()).contains(key) {
            throw Problem(.key, "keys/signers", "the key of \(place) is not listed")
        }
        let pinned = trust.sets(for: view.archive.origin)
        let isPinned = pinned.contains { role == .log ? $0.policy.logs.contains(key) : $0.signers.contains(key) }
        if !pinned.isEmpty, !isPinned {
            problems.append(
                Problem(
                    .notPinned, place, "the archive publishes another key than the one that is pinned for it",
                    advice: "ask the operator, elsewhere than through this archive, which is right"))
        }
    }

    /// Compares the log with what its key is known to have signed: a restored backup is found here before the next
    /// `add` refuses to go on.
    public mutating func checkNotRolledBack(_ view: LogView) {
        let files = KeyFiles(view.archive.keys)
        guard let key = try? files.publishedKey(.log) else { return }
        for path in [view.archive.lastSigned, files.lastSigned] {
            let place = view.archive.relative(path)?.description ?? path.description
            do {
                guard let bytes = try readFileIfPresent(path, limit: Trust.longestKeyFile), bytes != view.note else {
                    continue
                }
                try checkExtends(try SignedLog.own(bytes, key, place: place), place, view)
            } catch let error as LogError where !problems.isEmpty {
                // What is wrong with the log's files has been said.
                _ = error
            } catch {
                problems.append(Problem(any: error))
            }
        }
        do {
            guard let newest = try ManifestsSeen(view.archive).newest(signedBy: key, remembers: false) else { return }
            try checkExtends(newest.checkpoint, newest.place, view)
        } catch let error as LogError where !problems.isEmpty {
            _ = error
        } catch {
            problems.append(Problem(any: error))
        }
    }

    private mutating func checkExtends(_ earlier: Checkpoint, _ place: String, _ view: LogView) throws {
        guard earlier.origin.utf8.elementsEqual(view.archive.origin.utf8) else { return }
        guard earlier.size <= view.size else {
            // An `add` may have gone on since this audit began; the checkpoint is written before anything else says so.
            if try LogView(view.archive, trust: .nothing).size >= earlier.size { return }
            problems.append(
                Problem(
                    LogError(
                        .rolledBack, path: "checkpoint",
                        "the log has \(view.size) entries; \(place) shows that it signed \(earlier.size) already")))
            return
        }
        guard try view.reader.root(at: earlier.size) == earlier.root else {
            problems.append(
                Problem(
                    LogError(
                        .rolledBack, path: "checkpoint",
                        "the log is another one than it was at size \(earlier.size), which \(place) shows that it signed"
                    )))
            return
        }
    }
}

import ProvenanceArchive
import ProvenanceSystem
import ProvenanceVerification

extension ArchiveAudit.Report {
    /// Checks the public keys in the archive: each must be well-formed, and agree with the others and with the pinned
    /// keys.
    ///
    /// They prove nothing about the log, but a user who takes a wrong key from here can verify nothing with it.
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
            let files = view.archive.keyFiles
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

    /// Compares the log with the checkpoints that its key signed, to find a restored backup before the next `add`
    /// refuses it.
    public mutating func checkNotRolledBack(_ view: LogView) {
        problems += RollbackCheck.problems(view, hasOthers: !problems.isEmpty)
    }
}

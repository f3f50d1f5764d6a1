import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// What is remembered of the checkpoints that a log key signed, for a run that publishes them in a shared repository.
///
/// Such a run saves `last-signed` after the repository has accepted a checkpoint: until then nobody has seen it, and
/// the entries that it adds may be dropped and recorded again.
package struct SignedMemory {
    private let archive: ArchiveFolder
    /// The log's public key, of which the private half is at hand.
    private let key: VerifierKey

    /// - Throws: `Problem` where the log's private key is not at hand.
    package init(_ archive: ArchiveFolder, passphrase: Secret?) throws(Problem) {
        self.archive = archive
        let (name, key) = try archive.keyFiles.signer(.log, passphrase: passphrase)
        do { self.key = try VerifierKey(name: name, kind: .ed25519, publicKey: key.publicKey.raw) } catch {
            throw Problem(any: error)
        }
    }

    /// Parses a checkpoint of this log, signed by its key.
    package func checkpoint(_ note: [UInt8], place: String) throws(Problem) -> Checkpoint {
        let checkpoint = try SignedLog.own(note, key, place: place)
        guard Bytes.isSame(checkpoint.origin, archive.origin) else {
            throw Problem(.checkpoint, place, "it is of the log \(checkpoint.origin), not of \(archive.origin)")
        }
        return checkpoint
    }

    /// The last signed checkpoints, in the archive and beside the key.
    package func signed() throws(Problem) -> [(place: String, checkpoint: Checkpoint)] {
        var found: [(String, Checkpoint)] = []
        for path in [archive.lastSigned, archive.keyFiles.lastSigned] {
            let place = archive.relative(path)?.description ?? path.description
            guard let note = try read(path) else { continue }
            found.append((place, try checkpoint(note, place: place)))
        }
        return found
    }

    /// The newest checkpoint that the shared repository is known to hold.
    package func published() throws(Problem) -> Checkpoint? {
        guard let note = try read(archive.published) else { return nil }
        return try checkpoint(note, place: ".provenance/published")
    }

    private func read(_ path: RawPath) throws(Problem) -> [UInt8]? {
        do { return try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) } catch { throw Problem(any: error) }
    }

    /// Whether the log may end in entries that no push has brought to the shared repository.
    package static func isUnpublished(_ archive: ArchiveFolder) throws(Problem) -> Bool {
        do { return try FileStatus.of(archive.unpublished) != nil } catch { throw Problem(error) }
    }

    /// Why nothing but a run that publishes may add to the log: it could not be told any more what may be dropped.
    package static let unpublished = Problem(
        .publish, ".provenance/unpublished",
        "the log may end in entries that the shared repository has not accepted, and that another clone's may replace",
        advice: "run `provenance maintain --publish git` again; see Documentation/publishing.md")

    /// What somebody should know who records in a clone that publishes, without publishing; `nil` in any other.
    package static func remark(_ archive: ArchiveFolder) -> Remark? {
        guard (try? FileStatus.of(archive.published)) != nil else { return nil }
        return Remark(
            .publish,
            "this clone publishes its log: record with `provenance maintain --publish git` alone, or another clone that is "
                + "faster signs a log of its own")
    }

    /// Notes that entries follow which are not published.
    package func begin() throws(Problem) {
        let words = "Entries may follow that are not published: provenance maintain --publish git\n"
        do { try DurableFile.replace(archive.unpublished, with: Array(words.utf8)) } catch { throw Problem(error) }
    }

    /// Saves a checkpoint that the shared repository holds, as published and as last signed.
    ///
    /// - Parameters:
    ///   - note: The checkpoint.
    ///   - isWhole: Whether the log has no entries beyond it.
    /// - Throws: `Problem` where it is no checkpoint of this log, or cannot be saved.
    package func accept(_ note: [UInt8], isWhole: Bool) throws(Problem) {
        let accepted = try checkpoint(note, place: "log/checkpoint")
        var batch = WriteBatch()
        do {
            if try read(archive.published) != note { try batch.write(archive.published, note) }
            for path in [archive.lastSigned, archive.keyFiles.lastSigned] {
                if let old = try read(path) {
                    let signed = try checkpoint(old, place: path.description)
                    guard old != note, signed.size <= accepted.size else { continue }
                }
                try batch.write(path, note)
            }
            try batch.commit()
            if isWhole { try DurableFile.remove(archive.unpublished) }
        } catch {
            batch.abandon()
            throw Problem(any: error)
        }
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// A checkpoint note of the archive's log that a pinned log key signed, with the place where it was found.
struct SignedCheckpoint {
    /// The kind of place a checkpoint comes from.
    enum Kind {
        /// `log/checkpoint`.
        case own
        /// A `last-signed` file.
        case lastSigned
        /// A manifest in `Manifests/`.
        case manifest
        /// The source of the repair.
        case source
    }

    let kind: Kind
    let place: String
    let note: [UInt8]
    let checkpoint: Checkpoint

    /// Reads a checkpoint, without requiring witnesses.
    ///
    /// - Throws: `Problem` if the note is no checkpoint, is of another log, or has no signature of a pinned key.
    init(_ note: [UInt8], _ kind: Kind, _ place: String, _ archive: ArchiveFolder, _ trust: Trust) throws(Problem) {
        let checked = try trust.check(checkpoint: note, place: place)
        guard Bytes.isSame(checked.checkpoint.origin, archive.origin) else {
            throw Problem(.checkpoint, place, "it is of the log \(checked.checkpoint.origin), not of \(archive.origin)")
        }
        guard checked.claim.standing == .proven || checked.claim.code == Problem.Code.quorum.name else {
            throw Problem(
                code: checked.claim.code ?? Problem.Code.checkpoint.name, place: place, reason: checked.claim.detail,
                status: checked.claim.status)
        }
        self.kind = kind
        self.place = place
        self.note = SignedCheckpoint.vouched(checked.note, trust.sets(for: archive.origin))
        checkpoint = checked.checkpoint
    }

    /// The note with only the signatures of pinned keys: others prove nothing, and a copy could add a megabyte of them
    /// to every proof.
    private static func vouched(_ note: SignedNote, _ sets: [PinnedKeys]) -> [UInt8] {
        let keys = sets.flatMap { $0.policy.logs + $0.policy.witnesses.map(\.key) }
        let kept = note.signatures.filter { signature in keys.contains { $0.matches(signature) } }
        return SignedNote(text: note.text, signatures: kept).encoded()
    }

    /// A tree: size and root.
    struct Tree: Hashable {
        let size: UInt64
        let root: Digest
    }

    /// The tree that the checkpoint states.
    var tree: Tree { Tree(size: checkpoint.size, root: checkpoint.root) }
}

/// Every checkpoint of the archive's log that a repair can use and that a pinned log key signed.
struct KnownCheckpoints {
    /// `log/checkpoint`; `nil` if it is damaged or missing.
    private(set) var own: SignedCheckpoint?
    /// Why `own` is `nil`.
    private(set) var failure: Problem?
    /// The archive's other checkpoints: the last signed ones, then those of manifests.
    private(set) var kept: [SignedCheckpoint] = []
    /// Problems of the archive's checkpoints that cannot be used: any of them may show that the log was longer.
    private(set) var unusable: [Problem] = []
    /// The checkpoint of the source, which is untrusted.
    private(set) var source: SignedCheckpoint?
    /// Why the source's checkpoint cannot be used.
    private(set) var sourceFailure: Problem?

    /// Reads them all.
    ///
    /// - Throws: `Problem` for a source that cannot be read.
    init(_ archive: ArchiveFolder, _ trust: Trust, _ from: RepairSources.Kind, name: String) throws(Problem) {
        do {
            if let note = try LogReader.checkpointFile(archive.storage) {
                own = try SignedCheckpoint(note, .own, "log/checkpoint", archive, trust)
            } else {
                failure = Problem(.checkpoint, "log/checkpoint", "it is not here")
            }
        } catch {
            let problem = Problem(any: error)
            failure = problem
            // It may be intact, so no other checkpoint replaces it.
            if (error as? LogError)?.isDenied == true { unusable.append(problem) }
        }
        for path in [archive.lastSigned, archive.keyFiles.lastSigned] {
            let place = archive.relative(path)?.description ?? path.description
            do {
                guard let note = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes) else { continue }
                kept.append(try SignedCheckpoint(note, .lastSigned, place, archive, trust))
            } catch {
                unusable.append(Problem(any: error))
            }
        }
        readManifests(archive, trust)
        let place = "\(name): checkpoint"
        guard let note = try KnownCheckpoints.note(of: from, name: name) else { return }
        do { source = try SignedCheckpoint(note, .source, place, archive, trust) } catch { sourceFailure = error }
    }

    private mutating func readManifests(_ archive: ArchiveFolder, _ trust: Trust) {
        var keys: [VerifierKey] = []
        for key in trust.sets(for: archive.origin).flatMap(\.policy.logs) where Bytes.isSame(key.name, archive.origin) {
            if !keys.contains(key) { keys.append(key) }
        }
        var trees = Set(kept.map(\.tree))
        var faults = Set(unusable)
        for key in keys {
            let found = ExportedCheckpoints(archive).notes(signedBy: key)
            unusable += found.problems.filter { faults.insert($0).inserted }
            for (place, bytes, _) in found.notes {
                do {
                    let signed = try SignedCheckpoint(bytes, .manifest, place, archive, trust)
                    // Most manifests of an archive share a few trees.
                    if trees.insert(signed.tree).inserted { kept.append(signed) }
                } catch {
                    if faults.insert(error).inserted { unusable.append(error) }
                }
            }
        }
    }

    /// The checkpoint note of a source; `nil` if it has none.
    private static func note(of from: RepairSources.Kind, name: String) throws(Problem) -> [UInt8]? {
        switch from {
        case .copy(let copy): return copy.checkpoint
        case .bundle(let folder): return LogCopy(folder).checkpoint
        case .manifest(let path):
            let stream: FileStream
            do { stream = try FileStream(path) } catch { throw Problem(.unreadable, name, error.reason) }
            return try ManifestHeader.read(stream, place: name).checkpoint
        }
    }

    /// The checkpoint to compare with: `log/checkpoint`, or if that is damaged the largest of the archive's own. The
    /// source's is used only if it is larger still, or there is no other.
    var newest: SignedCheckpoint? {
        if let own { return own }
        let local = kept.max { $0.checkpoint.size < $1.checkpoint.size }
        guard let local, let source else { return local ?? source }
        return source.checkpoint.size > local.checkpoint.size ? source : local
    }
}

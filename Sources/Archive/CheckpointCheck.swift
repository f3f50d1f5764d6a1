import Note

/// A checkpoint that has been read, and what the pinned keys say of it.
public struct CheckedCheckpoint: Sendable {
    /// Origin, size and root.
    public let checkpoint: Checkpoint
    /// The note, for its signatures.
    public let note: SignedNote
    /// The checkpoint claim.
    public let claim: Claim
}

extension Trust {
    /// Reads a checkpoint note and judges it.
    ///
    /// Any one pinned log key of the origin must have signed, a pinned signature that fails rejects the note, and the
    /// policy's quorum must be met. With several pinned sets that know the origin, each must be satisfied: one does not
    /// excuse another.
    ///
    /// - Throws: `Problem` when the bytes are no checkpoint at all.
    public func check(checkpoint bytes: [UInt8], place: String) throws(Problem) -> CheckedCheckpoint {
        let note: SignedNote
        let checkpoint: Checkpoint
        do {
            note = try SignedNote(parsing: bytes)
            checkpoint = try Checkpoint(parsing: note.text)
        } catch {
            throw Problem(.checkpoint, place, error.description)
        }
        return CheckedCheckpoint(checkpoint: checkpoint, note: note, claim: try judge(note, checkpoint, place))
    }

    private func judge(_ note: SignedNote, _ checkpoint: Checkpoint, _ place: String) throws(Problem) -> Claim {
        let sets = sets(for: checkpoint.origin)
        guard !sets.isEmpty else {
            return Claim(
                .checkpoint, .unknown, "no key of the log \(checkpoint.origin) is pinned (\(self.place))",
                code: .notPinned)
        }
        var verifier: NoteVerifier
        do { verifier = try NoteVerifier() } catch { throw Problem(error, place: place) }
        var words: [String] = []
        for set in sets {
            let keys = set.policy.keys(origin: checkpoint.origin)
            do {
                let verified = try verifier.verify(note, keys: keys)
                guard let log = verified.first(where: { set.policy.logs.contains($0.key) })?.key else {
                    return Claim(
                        .checkpoint, .unknown, "witnesses signed, but no pinned key of the log did", code: .notPinned)
                }
                guard set.policy.isSatisfied(by: verified) else {
                    return Claim(
                        .checkpoint, .unknown,
                        "the log signed, the quorum \(set.policy.quorumName) of \(set.place) is not met",
                        code: .quorum)
                }
                words.append(
                    "size \(checkpoint.size), log key \(log.keyIDText), pinned, quorum \(set.policy.quorumName)")
            } catch  where error.code == .keyUnknown {
                return Claim(
                    .checkpoint, .unknown, "signed by none of the keys that are pinned for \(checkpoint.origin)",
                    code: .notPinned)
            } catch {
                return Claim(.checkpoint, .failed, error.reason, code: .checkpoint)
            }
        }
        return Claim(.checkpoint, .proven, words.first ?? "")
    }
}

import ProvenanceEncoding
import ProvenanceNote

/// A checkpoint that has been read, and the result of checking it against the pinned keys.
public struct CheckedCheckpoint: Sendable {
    /// Origin, size and root.
    public let checkpoint: Checkpoint
    /// The note, for its signatures.
    public let note: SignedNote
    /// The checkpoint claim.
    public let claim: Claim
}

extension Problem {
    /// Why a log's own checkpoint is not proven, with the file to look at.
    public init(checkpoint claim: Claim) {
        self.init(
            code: claim.code ?? Code.checkpoint.name, place: "log/checkpoint", reason: claim.detail,
            advice: claim.code == Code.notPinned.name
                ? "if the log's key has not changed, restore the file from a copy: `provenance repair --from COPY`"
                : nil,
            status: claim.status)
    }
}

extension Trust {
    /// The largest number of keys named in a message; the rest are counted.
    private static let maxNamed = 4

    /// Reads a checkpoint note and checks it against the pinned keys.
    ///
    /// Any one pinned log key of the origin must have signed, a pinned signature that fails rejects the note, and the
    /// policy's quorum must be met. With several pinned sets that know the origin, each must be satisfied: one does not
    /// excuse another.
    ///
    /// - Throws: `Problem` when the bytes are not a checkpoint.
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
        // Every set is checked: one that lacks a key must not hide a failure that another finds.
        var worst: Claim?
        for set in sets {
            let claim = Trust.judge(note, checkpoint, set, &verifier)
            if worst.map({ Trust.badness($0) < Trust.badness(claim) }) ?? true { worst = claim }
        }
        return worst ?? Claim(.checkpoint, .unknown, "no set of keys is pinned", code: .notPinned)
    }

    /// The order failed, unknown, proven; an unmet quorum ranks below a missing log key.
    private static func badness(_ claim: Claim) -> Int {
        switch claim.standing {
        case .failed: 3
        case .unknown: claim.code == Problem.Code.quorum.name ? 1 : 2
        case .proven, .asserted: 0
        }
    }

    private static func judge(
        _ note: SignedNote, _ checkpoint: Checkpoint, _ set: PinnedKeys, _ verifier: inout NoteVerifier
    ) -> Claim {
        let (policy, origin) = (set.policy, checkpoint.origin)
        do {
            let verified = try verifier.verify(note, keys: policy.keys(origin: origin))
            let log = verified.first { signature in
                policy.logs.contains { $0 == signature.key && Bytes.isSame($0.name, origin) }
            }
            guard let log = log?.key else {
                return Claim(
                    .checkpoint, .unknown, "witnesses signed, but no pinned key of the log did", code: .notPinned)
            }
            guard policy.accepts(verified, origin: origin) else {
                return Claim(
                    .checkpoint, .unknown, "the log signed, the quorum \(policy.quorumName) of \(set.place) is not met",
                    code: .quorum)
            }
            return Claim(
                .checkpoint, .proven,
                "size \(checkpoint.size), log key \(log.keyIDText), pinned, quorum \(policy.quorumName)")
        } catch  where error.code == .keyUnknown {
            let found = note.signatures.prefix(maxNamed).map { "\($0.name)+\($0.keyIDText)" }
            let wanted = policy.logs.filter { Bytes.isSame($0.name, origin) }.map { "\($0.name)+\($0.keyIDText)" }
            return Claim(
                .checkpoint, .unknown,
                "signed by none of the keys that are pinned for \(origin): its signature lines name "
                    + "\(found.joined(separator: ", "))\(note.signatures.count > maxNamed ? " and others" : ""); "
                    + "pinned is \(wanted.prefix(maxNamed).joined(separator: ", "))", code: .notPinned)
        } catch {
            return Claim(.checkpoint, .failed, error.reason, code: .checkpoint)
        }
    }
}

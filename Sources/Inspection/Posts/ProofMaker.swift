import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// Makes C2SP tlog-proofs of posts.
public enum ProofMaker {
    /// A proof, with the record it proves.
    public struct Made: Sendable {
        /// The file's bytes.
        public let bytes: [UInt8]
        /// The entry it proves.
        public let index: UInt64
        /// The record.
        public let record: PostRecord
    }

    /// Makes the proof of a post's record, with the record in the unauthenticated `extra` line.
    ///
    /// - Throws: `Problem` with `E-NOT-RECORDED`, or the problem of the post, its record or the log: a proof that would
    ///   not verify is not made.
    public static func make(_ view: LogView, place: RawPath, name: String) throws(Problem) -> Made {
        let verdicts = try PostVerifier(view).verify([(place, name, nil, nil)])
        guard let verdict = verdicts.first, let index = verdict.index, let record = verdict.record else {
            throw verdicts.first?.problems.first
                ?? Problem(.notRecorded, name, "these bytes are in no record of the log")
        }
        if let problem = verdict.problems.first { throw problem }
        // A proof must verify, so a wrong signature or checkpoint prevents it too.
        if let failed = verdict.claims.first(where: { $0.standing == .failed }) {
            throw refusal(failed, name)
        }
        return try make(view, index, record)
    }

    /// Makes the proof of an entry that is a post's record; the post need not be at hand.
    ///
    /// - Throws: `Problem` with `E-NOT-RECORDED` for an entry of another kind, or the problem of the record or the log: a
    ///   proof that would not verify is not made.
    public static func make(_ view: LogView, entry index: UInt64) throws(Problem) -> Made {
        let name = "entry \(index)"
        let entry: [UInt8]
        do { entry = try view.reader.entry(index) } catch { throw Problem(error) }
        var examiner = try EntryExaminer(signers: view.signers, origin: view.archive.origin)
        let examination = examiner.examine(entry[...], index: index)
        if case .malformed(let problem) = examination.kind { throw problem }
        guard let record = examination.post else {
            throw Problem(.notRecorded, name, "it is not the record of a post, and a proof is of one")
        }
        for claim in [examination.signature, view.checked.claim] where claim.standing == .failed {
            throw refusal(claim, name)
        }
        return try make(view, index, record)
    }

    private static func refusal(_ failed: Claim, _ name: String) -> Problem {
        Problem(
            code: failed.code ?? Problem.Code.signature.name, place: name,
            reason: "its \(failed.subject.rawValue) would not verify: \(failed.detail)", status: .failed)
    }

    private static func make(_ view: LogView, _ index: UInt64, _ record: PostRecord) throws(Problem) -> Made {
        try view.wrapped {
            let entry = try view.reader.entry(index)
            let proof = try view.reader.inclusionProof(index)
            try proof.verify(leaf: MerkleHash.leaf(entry), root: view.checked.checkpoint.root)
            let file = TlogProof(extra: entry, index: index, hashes: proof.hashes, checkpoint: view.note)
            return Made(bytes: file.encoded(), index: index, record: record)
        }
    }
}

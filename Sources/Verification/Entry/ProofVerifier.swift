import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost

/// Verifies posts against C2SP tlog-proofs, without a log.
public enum ProofVerifier {
    /// The longest entry that a log can hold.
    public static let maxEntryBytes = EntryBundle.maxEntryBytes

    /// Verifies a post against a proof file and pinned keys; no log is needed.
    ///
    /// The leaf is the entry that is given, else the record in the `extra` line, which C2SP leaves optional. It is
    /// unauthenticated until it has been hashed into the checkpoint, and it counts only for a post from which all its
    /// digests are rebuilt.
    ///
    /// - Parameters:
    ///   - proof: The file's bytes.
    ///   - name: Its name.
    ///   - entry: The entry's bytes, where they lie in a file of their own.
    ///   - post: The post's bytes and name; without one, only record, inclusion and checkpoint are judged.
    ///   - trust: The pinned keys.
    /// - Returns: The verdict.
    /// - Throws: `Problem` when the file is no proof.
    public static func verify(
        _ proof: [UInt8], name: String, entry: [UInt8]? = nil, post: (bytes: [UInt8], name: String)?, trust: Trust
    ) throws(Problem) -> PostVerdict {
        do { return try judge(proof, name, entry, post, trust) } catch { throw Problem(any: error) }
    }

    private static func judge(
        _ bytes: [UInt8], _ name: String, _ given: [UInt8]?, _ post: (bytes: [UInt8], name: String)?,
        _ trust: Trust
    ) throws -> PostVerdict {
        let file: TlogProof
        do { file = try TlogProof(parsing: bytes) } catch { throw Problem(error, place: name) }
        var verdict = PostVerdict(path: post?.name ?? name)
        guard let entry = given ?? file.extra else {
            throw Problem(
                .usage, name, "found a proof without its entry (no extra line); wanted the entry's bytes beside it",
                advice: "provenance verify --proof \(name) --entry ENTRYFILE [POST], where ENTRYFILE is what "
                    + "`provenance show --raw INDEX` prints")
        }
        let checked = try trust.check(checkpoint: file.checkpoint, place: name)
        var examiner = try EntryExaminer(
            signers: trust.signers(for: checked.checkpoint.origin), origin: checked.checkpoint.origin)
        let examination = examiner.examine(entry[...], index: file.index)
        verdict.index = file.index
        verdict.record = examination.post
        if let record = examination.post, let post {
            if SHA256.hash(post.bytes) == record.sha256 {
                let (claims, problems) = PostComparison.claims(post.bytes, record, path: post.name)
                if problems.isEmpty { verdict.warnings = record.warnings(over: post.bytes) }
                verdict.claims += claims
                verdict.problems += problems
            } else {
                let problems = PostComparison.changes(
                    post.bytes, from: record, place: post.name, entry: file.index)
                verdict.problems += problems
                verdict.claims += problems.prefix(1).map { Claim(.content, .failed, problem: $0) }
            }
        } else if let record = examination.post {
            verdict.claims += [
                PostComparison.source(record, .asserted), PostComparison.published(record, .asserted),
                Claim(.recorded, .asserted, "\(UTCTime.text(record.recorded)), the operator's clock"),
            ]
        } else if let problem = mismatch(examination.kind, file.index, name, hasPost: post != nil) {
            verdict.problems.append(problem)
        }
        verdict.claims.append(examination.signature)
        let inclusion = EntryCheck.inclusion(named: entry, at: file.index, by: file.hashes, in: checked)
        if inclusion.standing == .failed { verdict.problems.append(Problem(.inclusion, name, inclusion.detail)) }
        verdict.claims.append(inclusion)
        verdict.claims.append(checked.claim)
        return verdict
    }

    /// Why an entry that is no post's record proves less than was asked for; `nil` for an accession without a post,
    /// which is verified as in a manifest.
    private static func mismatch(
        _ kind: EntryExamination.Kind, _ index: UInt64, _ name: String, hasPost: Bool
    ) -> Problem? {
        switch kind {
        case .post: nil
        case .accession where !hasPost: nil
        case .accession:
            Problem(
                .contentNotCompared, name, "entry \(index) is an accession: it records no post",
                advice: "name the proof of the post, or leave the post out")
        case .unknown(let line), .critical(let line):
            Problem(
                .kindUnknown, name, "entry \(index) is of a kind that this version does not know: \(line)",
                advice: "use a newer version to read it")
        case .malformed(let problem): problem
        }
    }
}

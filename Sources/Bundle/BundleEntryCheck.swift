import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// The result of checking one entry of a bundle by itself.
struct CheckedBundleEntry: Sendable {
    let index: UInt64
    let kind: EntryExamination.Kind
    let claims: [Claim]
}

/// Checks entries independently of each other, against the checkpoint, the pinned signers and the entry's own files.
struct BundleEntryCheck: Sendable {
    let folder: RawPath
    /// The checkpoint's file.
    let note: [UInt8]
    /// The checkpoint in it; `nil` when it is malformed.
    let checkpoint: Checkpoint?
    /// Whether a pinned log key signed it; otherwise nothing in the tree is proven.
    let isCheckpointProven: Bool
    let signers: [VerifierKey]
    /// Whether posts are in the bundle.
    let hasPosts: Bool

    /// Checks a run of entries.
    ///
    /// - Parameter entries: Indexes, and whether each has a proof.
    /// - Returns: The result for each.
    /// - Throws: `Problem` when libcrypto fails.
    func check(_ entries: ArraySlice<(index: UInt64, hasProof: Bool)>) throws(Problem) -> [CheckedBundleEntry] {
        var examiner = try EntryExaminer(signers: signers, origin: checkpoint?.origin)
        var results: [CheckedBundleEntry] = []
        for entry in entries {
            results.append(check(entry.index, entry.hasProof, &examiner))
        }
        return results
    }

    private func check(_ index: UInt64, _ hasProof: Bool, _ examiner: inout EntryExaminer) -> CheckedBundleEntry {
        let entry: [UInt8]
        do {
            entry = try readFile(below: folder, RawPath(BundleLayout.note(index)), limit: EntryBundle.maxEntryBytes)
                .bytes
        } catch {
            let words = "the record cannot be an entry: \(error.reason)"
            let problem = Problem(.entryMalformed, "entry \(index)", words)
            return CheckedBundleEntry(
                index: index, kind: .malformed(problem),
                claims: [
                    Claim(.inclusion, .failed, words, code: .inclusion), Claim(.signature, .failed, problem: problem),
                ])
        }
        let examination = examiner.examine(entry[...], index: index)
        var claims = [inclusion(of: entry, index, hasProof), examination.signature]
        switch examination.kind {
        case .post(let record):
            let content = hasPosts ? content(record) : nil
            if let content { claims.append(content) }
            claims += PostComparison.stated(record, isRebuilt: content?.standing == .proven)
            claims.append(Claim(.recorded, .asserted, "by the operator's clock"))
        case .accession(let record):
            if examination.signature.standing != .failed, let problem = stateProblem(record.state, of: index) {
                claims[1] = Claim(.signature, .failed, problem: problem)
            }
            claims.append(Claim(.recorded, .asserted, "by the operator's clock"))
        case .unknown, .critical, .malformed: break
        }
        return CheckedBundleEntry(index: index, kind: examination.kind, claims: claims)
    }

    /// What is false in an accession's state block, as far as the bundle holds what it names.
    private func stateProblem(_ block: StateBlock, of index: UInt64) -> Problem? {
        StateBlockCheck.problem(in: block, of: index) { named in
            try? readFile(below: folder, RawPath(BundleLayout.note(named)), limit: EntryBundle.maxEntryBytes).bytes
        }
    }

    // MARK: Inclusion

    /// "the proof is a tlog-proof of that index, its checkpoint part equals the file `checkpoint` byte for byte, and
    /// leaf and path lead to the root".
    private func inclusion(of entry: [UInt8], _ index: UInt64, _ hasProof: Bool) -> Claim {
        func failed(_ words: String) -> Claim { Claim(.inclusion, .failed, words, code: .inclusion) }
        guard let checkpoint else {
            return Claim(.inclusion, .unknown, "there is no checkpoint to lead to", code: .notPinned)
        }
        guard hasProof else { return failed("it has no proof") }
        let proof: TlogProof
        do {
            proof = try TlogProof(
                parsing: readFile(below: folder, RawPath(BundleLayout.proof(index)), limit: TlogProof.maxBytes).bytes)
        } catch let error as NoteError {
            return failed("its proof: \(error.description)")
        } catch {
            return failed("its proof cannot be read: \(Problem(any: error).reason)")
        }
        guard proof.index == index else { return failed("the proof is of entry \(proof.index)") }
        guard proof.extra == nil else { return failed("the proof has an extra line") }
        guard proof.checkpoint == note else { return failed("the proof does not end in the file checkpoint") }
        return EntryCheck.inclusion(
            of: entry, at: index, by: proof.hashes, in: checkpoint, isCheckpointProven: isCheckpointProven)
    }

    // MARK: Content

    /// "the post has the recorded size and digest and all that the verifier rebuilds is equal; else E-ALTERED when the
    /// bytes differ, E-RECORD-MISMATCH when the record states something else of them".
    private func content(_ record: PostRecord) -> Claim {
        let path = "data/" + BundleLayout.payloadName(record.sha256)
        let bytes: [UInt8]
        do { bytes = try readFile(below: folder, RawPath(path), limit: Post.maxSize).bytes } catch {
            if error.isMissing {
                return Claim(.content, .unknown, "its post is not in the bundle", code: .contentNotCompared)
            }
            return Claim(.content, .failed, "\(path): \(error.reason)", code: .altered)
        }
        let whole = SHA256.hash(bytes)
        guard whole == record.sha256 else {
            return Claim(.content, .failed, "\(path): not the recorded bytes", code: .altered)
        }
        let rebuilt: PostRecord
        do { rebuilt = try PostComparison.rebuild(bytes, for: record, whole: whole) } catch {
            return Claim(
                .content, .failed, "\(path): its bytes are no post: \(error.description)", code: .recordMismatch)
        }
        let differences = record.differences(from: rebuilt)
        guard differences.isEmpty else {
            return Claim(
                .content, .failed, "\(path): \(PostComparison.words(differences))", code: .recordMismatch)
        }
        return Claim(.content, .proven, "every statement rebuilt from the post")
    }
}

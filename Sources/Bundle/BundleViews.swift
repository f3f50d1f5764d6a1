import ProvenanceEncoding
import ProvenanceNote
import ProvenanceVerification

/// Checks the signature over a bundle's lists, and so over everything beside its records and proofs (bundle.md, step
/// 4).
struct BundleViews {
    let folder: RawPath
    /// The folder's name as typed, for messages.
    let name: String
    let files: BundleFiles
    let version: BundleVersion

    /// The claim about the views.
    func check(
        _ checkpoint: Checkpoint?, _ information: BagInformation?, _ signers: [VerifierKey]
    ) throws(Problem) -> Claim {
        func failed(_ words: String) -> Claim { Claim(.views, .failed, words, code: .bundleNote) }
        guard files.has(BundleVerifier.noteName) else {
            if information?.signer != nil {
                return failed("bag-info.txt has a Provenance-Signer, and there is no note")
            }
            return Claim(.views, .unknown, "nobody signed the lists")
        }
        guard
            let bytes = try BundleVerifier.read(
                BundleVerifier.noteName, of: folder, name, limit: SignedNote.maxNoteBytes)
        else {
            return failed("over \(SignedNote.maxNoteBytes) bytes")
        }
        let note: SignedNote
        do { note = try SignedNote(parsing: bytes) } catch { return failed(error.description) }
        guard let text = BundleNote(parsing: note.text), text.version == version else {
            return failed("its text is not that of \(version.kind)")
        }
        let digest: Digest
        do {
            let found = BundleVerifier.digests([(BundleLayout.lists.tags, 0, .zero)], below: folder)
            guard let first = found.first else { return failed("the tag manifest was not read") }
            digest = try first.get()
        } catch {
            throw Problem(any: error)
        }
        guard text.tagManifest == digest else { return failed("it signs another tagmanifest-sha256.txt") }
        guard let checkpoint, text.origin.utf8.elementsEqual(checkpoint.origin.utf8), text.size == checkpoint.size
        else {
            return failed("it is of another log or size than the checkpoint")
        }
        guard information == nil || information?.signer == text.signer else {
            return failed("bag-info.txt names another signer, or none")
        }
        guard note.signatures.contains(where: { $0.name.utf8.elementsEqual(text.signer.utf8) }) else {
            return failed("it names the signer \(text.signer), no signature line does")
        }
        return judge(note, text.signer, signers)
    }

    private func judge(_ note: SignedNote, _ signer: String, _ signers: [VerifierKey]) -> Claim {
        do {
            var verifier = try NoteVerifier()
            let verified = try verifier.verify(note, keys: signers)
            guard let key = verified.first(where: { Bytes.isSame($0.key.name, signer) })?.key else {
                return Claim(.views, .unknown, "\(signer), who signed the lists, is not pinned", code: .notPinned)
            }
            return Claim(.views, .proven, "listed and signed by \(key.name), key \(key.keyIDText), pinned")
        } catch  where error.code == .keyUnknown {
            return Claim(.views, .unknown, "\(signer), who signed the lists, is not pinned", code: .notPinned)
        } catch {
            return Claim(.views, .failed, error.reason, code: .bundleNote)
        }
    }
}

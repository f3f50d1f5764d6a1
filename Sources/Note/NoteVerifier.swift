import ProvenanceEncoding
import ProvenanceOpenSSL

/// A signature that has verified.
public struct VerifiedSignature: Equatable, Sendable {
    /// The key that made it.
    public let key: VerifierKey
    /// The time of a cosignature in POSIX seconds; other types state no time.
    public let time: UInt64?
}

/// Verifies notes under known keys with one reused context; for one thread at a time.
public struct NoteVerifier: ~Copyable {
    private var verifier: Ed25519Verifier

    /// - Throws: `NoteError` when libcrypto has no memory.
    public init() throws(NoteError) {
        do { verifier = try Ed25519Verifier() } catch { throw NoteError(.crypto, "\(error)") }
    }

    /// Verifies a note and returns the signatures made by known keys.
    ///
    /// signed-note: unknown (name, ID) pairs are ignored; one invalid signature of a known pair rejects the whole note,
    /// and so does the absence of any valid one. Keys of an unsupported type count as unknown.
    ///
    /// - Throws: `NoteError` with `E-SIGNATURE-INVALID` or `E-KEY-UNKNOWN`; a result has at least one signature.
    public mutating func verify(
        _ note: SignedNote, keys: some Collection<VerifierKey>
    ) throws(NoteError) -> [VerifiedSignature] {
        var verified: [VerifiedSignature] = []
        for signature in note.signatures {
            for key in keys where key.matches(signature) {
                guard let publicKey = key.ed25519 else { continue }
                switch key.kind {
                case .ed25519:
                    guard
                        signature.signature.count == Ed25519Signer.signatureByteCount,
                        verifier.verify(signature: signature.signature, of: note.text, under: publicKey)
                    else { throw NoteVerifier.invalid(key) }
                    verified.append(VerifiedSignature(key: key, time: nil))
                case .cosignature:
                    guard let time = try verifyCosignature(signature, note.text, publicKey) else {
                        throw NoteVerifier.invalid(key)
                    }
                    verified.append(VerifiedSignature(key: key, time: time))
                case .unsupported: continue
                }
            }
        }
        guard !verified.isEmpty else {
            let found = note.signatures.map { "\($0.name) (\(VerifierKey.hex($0.keyID)))" }.joined(separator: ", ")
            throw NoteError(.keyUnknown, "signed by \(found); none of them is a known key")
        }
        return verified
    }

    /// tlog-cosignature: the signature is "u64 timestamp ‖ 64 bytes" over "cosignature/v1\ntime <t>\n<note text>".
    private mutating func verifyCosignature(
        _ signature: NoteSignature, _ text: [UInt8], _ key: Ed25519PublicKey
    ) throws(NoteError) -> UInt64? {
        guard signature.signature.count == 8 + Ed25519Signer.signatureByteCount else { return nil }
        let time = signature.signature[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard time <= UInt64(Int64.max) else { return nil }
        let message = Cosignature.message(time: time, text: text)
        return verifier.verify(signature: signature.signature[8...], of: message, under: key) ? time : nil
    }

    private static func invalid(_ key: VerifierKey) -> NoteError {
        NoteError(.signatureInvalid, "the signature of \(key.name) (\(key.keyIDText)) does not verify")
    }
}

/// The signed message of a timestamped Ed25519 cosignature.
public enum Cosignature {
    /// "cosignature/v1\ntime <decimal seconds>\n" and the whole note text, extension lines included.
    public static func message(time: UInt64, text: [UInt8]) -> [UInt8] {
        var message = Array("cosignature/v1\ntime \(time)\n".utf8)
        message.append(contentsOf: text)
        return message
    }
}

/// Signs notes under one name with one reused context; for one thread at a time.
public struct NoteSigner: ~Copyable {
    /// The public key, in the form that auditors pin.
    public let verifierKey: VerifierKey
    private var signer: Ed25519Signer

    /// - Throws: `NoteError` when the name is not a valid key name or libcrypto fails.
    public init(name: String, key: Ed25519PrivateKey) throws(NoteError) {
        let verifierKey = try VerifierKey(name: name, kind: .ed25519, publicKey: key.publicKey.raw)
        signer = try NoteSigner.signer(key)
        self.verifierKey = verifierKey
    }

    private static func signer(_ key: Ed25519PrivateKey) throws(NoteError) -> Ed25519Signer {
        do { return try Ed25519Signer(key) } catch { throw NoteError(.crypto, "\(error)") }
    }

    /// Signs a note's text and returns the signature line.
    ///
    /// - Throws: `NoteError` with `E-NOTE-MALFORMED` for an invalid note text, since no reader would accept the note.
    public mutating func signature(_ text: [UInt8]) throws(NoteError) -> NoteSignature {
        guard Bytes.isNoteText(text) else {
            throw NoteError(.noteMalformed, "a note's text ends in a newline, is UTF-8 and has no control characters")
        }
        do {
            return NoteSignature(
                name: verifierKey.name, keyID: verifierKey.keyID, signature: try signer.sign(text))
        } catch {
            throw NoteError(.crypto, "\(error)")
        }
    }

    /// Signs a text and returns the whole note: text, empty line, signature line.
    public mutating func sign(_ text: [UInt8]) throws(NoteError) -> [UInt8] {
        SignedNote(text: text, signatures: [try signature(text)]).encoded()
    }
}

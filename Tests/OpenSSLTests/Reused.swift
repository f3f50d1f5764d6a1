import ProvenanceEncoding
import ProvenanceOpenSSL

// `#expect` evaluates its operands separately and cannot hold noncopyable values: these keep one context each.

final class ReusedHasher {
    private var hasher = SHA256()
    func update(_ bytes: [UInt8]) { hasher.update(bytes) }
    func update(_ bytes: ArraySlice<UInt8>) { hasher.update(bytes) }
    func update(_ byte: UInt8) { hasher.update(byte) }
    func update(_ digest: Digest) { hasher.update(digest) }
    func update(_ bytes: UnsafeRawBufferPointer) { hasher.update(bytes) }
    func finish() -> Digest { hasher.finish() }
}

final class ReusedSigner {
    private var signer: Ed25519Signer
    init(_ key: Ed25519PrivateKey) throws { signer = try Ed25519Signer(key) }
    func sign(_ message: some MessageBytes) throws -> [UInt8] { try signer.sign(message) }
}

final class ReusedVerifier {
    private var verifier: Ed25519Verifier
    init() throws { verifier = try Ed25519Verifier() }
    func verify(
        signature: some MessageBytes, of message: some MessageBytes, under key: Ed25519PublicKey
    ) -> Bool {
        verifier.verify(signature: signature, of: message, under: key)
    }
}

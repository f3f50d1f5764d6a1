import COpenSSL

/// HMAC-SHA256 under a secret that nobody has but the holder of a private key: says of a file of the holder's own that
/// nobody else wrote it. Not for others to verify.
public struct Seal: Sendable {
    private let secret: Secret

    /// A seal for one purpose.
    ///
    /// - Parameters:
    ///   - key: The private key; its signature over the purpose, which is never given away, is the secret.
    ///   - purpose: What is sealed, in words that no signed text begins with.
    /// - Throws: `OpenSSLError` when libcrypto does not sign.
    public init(_ key: Ed25519PrivateKey, purpose: String) throws(OpenSSLError) {
        var signer = try Ed25519Signer(key)
        secret = Secret(try signer.sign(Array("provenance/seal@v1\n\(purpose)\n".utf8)))
    }

    /// The code of some bytes.
    public func code(_ bytes: ArraySlice<UInt8>) throws(OpenSSLError) -> Digest {
        var code = [UInt8](repeating: 0, count: Digest.byteCount)
        var length = UInt32(code.count)
        var key = secret.bytes
        defer { wipe(&key) }
        let made = bytes.withUnsafeBufferPointer { bytes in
            HMAC(EVP_sha256(), key, Int32(clamping: key.count), bytes.baseAddress, bytes.count, &code, &length)
        }
        guard made != nil, let digest = Digest(bytes: code.prefix(Int(length))) else {
            throw OpenSSLError(draining: "HMAC")
        }
        return digest
    }
}

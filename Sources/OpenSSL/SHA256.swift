import COpenSSL

/// SHA-256 with a state that is used again and again; for one thread at a time.
///
/// An instance starts empty and is empty again after each `finish()`. A post has some seventy digests of a few dozen bytes:
/// libcrypto's `SHA256_*` calls, unlike EVP, neither allocate nor look anything up for each of them.
public struct SHA256: ~Copyable {
    private var state = SHA256_CTX()
    private var failed = false

    /// - Throws: `OpenSSLError` when libcrypto cannot start SHA-256.
    public init() throws(OpenSSLError) {
        guard SHA256_Init(&state) == 1 else { throw OpenSSLError(draining: "SHA256_Init") }
    }

    /// Adds bytes to the message.
    ///
    /// A failure inside libcrypto is kept and reported by `finish()`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        if SHA256_Update(&state, base, bytes.count) != 1 { failed = true }
    }

    /// Adds bytes to the message.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds bytes to the message.
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds one byte to the message.
    public mutating func update(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { update($0) }
    }

    /// Adds the 32 bytes of a digest to the message.
    public mutating func update(_ digest: Digest) {
        withUnsafeBytes(of: digest.words) { update($0) }
    }

    /// Ends the message, returns its digest and starts an empty one.
    ///
    /// - Throws: `OpenSSLError` when any step since the last `finish()` failed; the value is never returned then.
    public mutating func finish() throws(OpenSSLError) -> Digest {
        var digest = Digest()
        let final = withUnsafeMutableBytes(of: &digest.words) { buffer in
            SHA256_Final(buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
        }
        let again = SHA256_Init(&state)
        guard !failed, final == 1, again == 1 else {
            failed = again != 1
            throw OpenSSLError(draining: "SHA-256")
        }
        return digest
    }

    /// The digest of one message, with a context of its own; for places that hash once.
    public static func hash(_ bytes: [UInt8]) throws(OpenSSLError) -> Digest {
        var hasher = try SHA256()
        hasher.update(bytes)
        return try hasher.finish()
    }
}

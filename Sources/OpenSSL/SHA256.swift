import COpenSSL

/// The SHA-256 implementation, fetched once: `EVP_sha256()` in a loop costs 2.6 times as much and contends.
final class DigestAlgorithm: @unchecked Sendable {
    // EVP_MD is immutable after the fetch and reference-counted by libcrypto, so it may be shared between threads.
    let pointer: OpaquePointer?

    static let sha256 = DigestAlgorithm(name: "SHA256")

    private init(name: String) {
        pointer = EVP_MD_fetch(nil, name, nil)
    }

    deinit { EVP_MD_free(pointer) }
}

/// SHA-256 through EVP with one context that is used again and again; for one thread at a time.
///
/// An instance starts empty and is empty again after each `finish()`.
public struct SHA256: ~Copyable {
    private let context: OpaquePointer
    private var failed = false

    /// - Throws: `OpenSSLError` when libcrypto has no SHA-256 or no memory.
    public init() throws(OpenSSLError) {
        guard let algorithm = DigestAlgorithm.sha256.pointer else {
            throw OpenSSLError("EVP_MD_fetch", reason: "this libcrypto offers no SHA-256")
        }
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError(draining: "EVP_MD_CTX_new") }
        guard EVP_DigestInit_ex2(context, algorithm, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw OpenSSLError(draining: "EVP_DigestInit_ex2")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes to the message.
    ///
    /// A failure inside libcrypto is kept and reported by `finish()`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        if EVP_DigestUpdate(context, base, bytes.count) != 1 { failed = true }
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
        var length: UInt32 = 0
        let final = withUnsafeMutableBytes(of: &digest.words) { buffer in
            EVP_DigestFinal_ex(context, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
        }
        let again = EVP_DigestInit_ex2(context, nil, nil)
        guard !failed, final == 1, again == 1, length == UInt32(Digest.byteCount) else {
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

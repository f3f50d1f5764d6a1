import CProvenanceOpenSSL
import ProvenanceEncoding

/// SHA-256 of whole messages and of messages in pieces. It cannot fail.
///
/// libcrypto's `SHA256_*` calls, unlike EVP, neither allocate nor look anything up, so their result does not depend on
/// the state of the process. `check()` compares a known answer once, at the start of a program, and callers have no
/// error to handle. A post has some seventy digests of a few dozen bytes each.
public struct SHA256: ~Copyable {
    private var state = SHA256_CTX()

    /// An empty message.
    public init() { SHA256_Init(&state) }

    /// Adds bytes to the message.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        SHA256_Update(&state, base, bytes.count)
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
    public mutating func finish() -> Digest {
        let digest = Digest { buffer in
            SHA256_Final(buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
        }
        SHA256_Init(&state)
        return digest
    }

    /// The digest of a whole message.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finish()
    }

    /// The digest of a whole message.
    public static func hash(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { hash($0) } }

    /// The digest of a whole message.
    public static func hash(_ bytes: ArraySlice<UInt8>) -> Digest { bytes.withUnsafeBytes { hash($0) } }

    /// Compares the digest of "abc", whole and in pieces, with the one in FIPS 180-4.
    ///
    /// - Throws: `OpenSSLError` when this libcrypto computes another digest; it must not be used then.
    public static func check() throws(OpenSSLError) {
        let known = Digest(hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        var pieces = SHA256()
        pieces.update(UInt8(ascii: "a"))
        pieces.update(Array("bc".utf8))
        guard hash(Array("abc".utf8)) == known, pieces.finish() == known else {
            throw OpenSSLError("SHA-256", reason: "libcrypto's digest of \"abc\" is not the one of FIPS 180-4")
        }
    }
}

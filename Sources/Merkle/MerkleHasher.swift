import OpenSSL

/// The two hash functions of RFC 6962 §2.1 over SHA-256, with one reused context; for one thread at a time.
///
/// "MTH({d(0)}) = SHA-256(0x00 || d(0))" and "MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))".
public struct MerkleHasher: ~Copyable {
    private var sha: SHA256

    /// - Throws: `OpenSSLError` when libcrypto cannot start SHA-256.
    public init() throws(OpenSSLError) { sha = try SHA256() }

    /// The leaf hash of an entry.
    public mutating func leaf(_ entry: UnsafeRawBufferPointer) throws(OpenSSLError) -> Digest {
        if entry.count < MerkleHasher.copied {
            // One call costs less than two, and passages are short.
            withUnsafeTemporaryAllocation(byteCount: MerkleHasher.copied, alignment: 8) { buffer in
                buffer[0] = 0x00
                let copy = UnsafeMutableRawBufferPointer(rebasing: buffer[1..<(1 + entry.count)])
                copy.copyMemory(from: entry)
                sha.update(UnsafeRawBufferPointer(rebasing: buffer[..<(1 + entry.count)]))
            }
        } else {
            sha.update(0x00 as UInt8)
            sha.update(entry)
        }
        return try sha.finish()
    }

    /// Entries shorter than this are hashed from a copy behind their prefix.
    private static let copied = 512

    /// The leaf hash of an entry.
    public mutating func leaf(_ entry: [UInt8]) throws(OpenSSLError) -> Digest {
        try entry.withUnsafeBufferPointer { (bytes) throws(OpenSSLError) in try leaf(UnsafeRawBufferPointer(bytes)) }
    }

    /// The leaf hash of an entry.
    public mutating func leaf(_ entry: ArraySlice<UInt8>) throws(OpenSSLError) -> Digest {
        try entry.withUnsafeBufferPointer { (bytes) throws(OpenSSLError) in try leaf(UnsafeRawBufferPointer(bytes)) }
    }

    /// The hash of an inner node.
    public mutating func node(_ left: Digest, _ right: Digest) throws(OpenSSLError) -> Digest {
        // One call with 65 bytes costs half of three calls.
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { buffer in
            buffer[0] = 0x01
            left.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            right.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[33..<65]).copyMemory(from: $0) }
            sha.update(UnsafeRawBufferPointer(buffer))
        }
        return try sha.finish()
    }

    /// The plain SHA-256 of bytes, for digests beside the tree.
    public mutating func sha256(_ bytes: ArraySlice<UInt8>) throws(OpenSSLError) -> Digest {
        sha.update(bytes)
        return try sha.finish()
    }

    /// The plain SHA-256 of bytes, for digests beside the tree.
    public mutating func sha256(_ bytes: [UInt8]) throws(OpenSSLError) -> Digest {
        sha.update(bytes)
        return try sha.finish()
    }

    /// The root of the empty tree: "The hash of an empty list is the hash of an empty string" (RFC 6962 §2.1).
    public static let emptyRoot: Digest =
        Digest(hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") ?? .zero
}

import ProvenanceEncoding
import ProvenanceOpenSSL

/// The two hash functions of RFC 6962 §2.1 over SHA-256.
///
/// "MTH({d(0)}) = SHA-256(0x00 || d(0))" and "MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))".
public enum MerkleHash {
    /// The leaf hash of an entry.
    public static func leaf(_ entry: UnsafeRawBufferPointer) -> Digest {
        guard entry.count < maxCopied else {
            var sha = SHA256()
            sha.update(0x00 as UInt8)
            sha.update(entry)
            return sha.finish()
        }
        // Hashing one buffer costs less than two updates, and passages are short.
        return withUnsafeTemporaryAllocation(byteCount: maxCopied, alignment: 8) { buffer in
            buffer[0] = 0x00
            let copy = UnsafeMutableRawBufferPointer(rebasing: buffer[1..<(1 + entry.count)])
            copy.copyMemory(from: entry)
            return SHA256.hash(UnsafeRawBufferPointer(rebasing: buffer[..<(1 + entry.count)]))
        }
    }

    /// Entries shorter than this are copied after their prefix and hashed in one call.
    private static let maxCopied = 512

    /// The leaf hash of an entry.
    public static func leaf(_ entry: [UInt8]) -> Digest { entry.withUnsafeBytes { leaf($0) } }

    /// The leaf hash of an entry.
    public static func leaf(_ entry: ArraySlice<UInt8>) -> Digest { entry.withUnsafeBytes { leaf($0) } }

    /// The hash of an inner node.
    public static func node(_ left: Digest, _ right: Digest) -> Digest {
        // One call with 65 bytes costs half of three calls.
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { buffer in
            buffer[0] = 0x01
            left.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            right.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[33..<65]).copyMemory(from: $0) }
            return SHA256.hash(UnsafeRawBufferPointer(buffer))
        }
    }

    /// The root of the empty tree: "The hash of an empty list is the hash of an empty string" (RFC 6962 §2.1).
    public static let emptyRoot: Digest =
        Digest(hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") ?? .zero
}

import Merkle
import OpenSSL

/// One hasher for many proofs; `#expect` cannot hold a value that is not copied.
final class ReusedMerkleHasher {
    private var hasher: MerkleHasher

    init() throws { hasher = try MerkleHasher() }

    func leaf(_ entry: [UInt8]) throws -> Digest { try hasher.leaf(entry) }
    func leaf(_ entry: ArraySlice<UInt8>) throws -> Digest { try hasher.leaf(entry) }
    func leaf(_ entry: UnsafeRawBufferPointer) throws -> Digest { try hasher.leaf(entry) }
    func node(_ left: Digest, _ right: Digest) throws -> Digest { try hasher.node(left, right) }
    func sha256(_ bytes: [UInt8]) throws -> Digest { try hasher.sha256(bytes) }
    func sha256(_ bytes: ArraySlice<UInt8>) throws -> Digest { try hasher.sha256(bytes) }

    func append(_ leaf: Digest, to range: inout CompactRange) throws { try range.append(leaf, &hasher) }
    func root(_ range: CompactRange) throws -> Digest { try range.root(&hasher) }

    func verify(_ proof: InclusionProof, leaf: Digest, root: Digest) throws(ProofError) {
        try proof.verify(leaf: leaf, root: root, &hasher)
    }

    func verify(_ proof: ConsistencyProof, firstRoot: Digest, secondRoot: Digest) throws(ProofError) {
        try proof.verify(firstRoot: firstRoot, secondRoot: secondRoot, &hasher)
    }

    func accepts(_ proof: InclusionProof, leaf: Digest, root: Digest) -> Bool {
        do { try verify(proof, leaf: leaf, root: root) } catch { return false }
        return true
    }

    func accepts(_ proof: ConsistencyProof, firstRoot: Digest, secondRoot: Digest) -> Bool {
        do { try verify(proof, firstRoot: firstRoot, secondRoot: secondRoot) } catch { return false }
        return true
    }
}

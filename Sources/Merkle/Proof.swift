import ProvenanceEncoding

/// Why a proof does not verify. Each kind of failure has its own case.
public enum ProofError: Error, Equatable, Sendable {
    /// The index is not below the tree size, or the first size is above the second.
    case outOfRange
    /// The earlier tree of a consistency proof is empty: nothing is compared, so it never counts as verified.
    case nothingToCompare
    /// The number of hashes is not the one that the sizes require.
    case wrongLength
    /// The hashes lead to another root than the one stated.
    case rootMismatch
    /// The hashes lead to another root of the first, smaller tree.
    case firstRootMismatch
}

/// The largest tree size in any format here: other implementations hold sizes in signed 64-bit integers.
public let largestTreeSize = UInt64(Int64.max)

/// The most hashes that a reader accepts in a proof (tlog-proof: "0…63"); a tree of 2^63 leaves needs as many.
public let maxProofHashes = 63

/// An RFC 6962 §2.1.1 inclusion proof ("audit path"): sibling hashes from the leaf up.
///
/// A tree of two leaves, and the proof that the second is in it:
///
/// ```swift
/// let (first, second) = (MerkleHash.leaf(Array("first".utf8)), MerkleHash.leaf(Array("second".utf8)))
/// let root = MerkleHash.node(first, second)
/// let proof = InclusionProof(index: 1, size: 2, hashes: [first])
/// try proof.verify(leaf: second, root: root)  // returns
/// try proof.verify(leaf: first, root: root)  // throws ProofError.rootMismatch
/// ```
public struct InclusionProof: Equatable, Sendable {
    /// The leaf's index.
    public let index: UInt64
    /// The tree's size.
    public let size: UInt64
    /// The sibling hashes, from the leaf's sibling up.
    public let hashes: [Digest]

    /// A proof from its parts; nothing is checked before `verify`.
    public init(index: UInt64, size: UInt64, hashes: [Digest]) {
        self.index = index
        self.size = size
        self.hashes = hashes
    }

    /// Checks that `leaf` is at the index in the tree of this size and `root` (RFC 9162 §2.1.3.2).
    ///
    /// - Throws: `ProofError` unless the proof verifies.
    public func verify(leaf: Digest, root: Digest) throws(ProofError) {
        // "Compare leaf_index against tree_size. If leaf_index is greater than or equal to tree_size, then fail."
        guard index < size, size <= largestTreeSize else { throw .outOfRange }
        guard hashes.count <= maxProofHashes else { throw .wrongLength }
        // "Set fn to leaf_index and sn to tree_size - 1."
        var fn = index
        var sn = size - 1
        var hash = leaf
        for sibling in hashes {
            // "If sn is 0, then stop the iteration and fail the proof verification."
            guard sn != 0 else { throw .wrongLength }
            // "If LSB(fn) is set, or if fn is equal to sn, then: Set r to HASH(0x01 || p || r)."
            if fn & 1 == 1 || fn == sn {
                hash = MerkleHash.node(sibling, hash)
                // "If LSB(fn) is not set, then right-shift both fn and sn equally until either LSB(fn) is set or fn
                // is 0."
                while fn & 1 == 0, fn != 0 {
                    fn >>= 1
                    sn >>= 1
                }
            } else {
                // "Otherwise: Set r to HASH(0x01 || r || p)."
                hash = MerkleHash.node(hash, sibling)
            }
            // "Finally, right-shift both fn and sn one time."
            fn >>= 1
            sn >>= 1
        }
        // "Compare sn to 0. Compare r against the root_hash."
        guard sn == 0 else { throw .wrongLength }
        guard hash == root else { throw .rootMismatch }
    }
}

/// An RFC 6962 §2.1.2 consistency proof: that the tree of `first` leaves is a prefix of the tree of `second`.
public struct ConsistencyProof: Equatable, Sendable {
    /// Size of the earlier tree.
    public let first: UInt64
    /// Size of the later tree.
    public let second: UInt64
    /// The hashes in the order of RFC 6962.
    public let hashes: [Digest]

    /// A proof from its parts; nothing is checked before `verify`.
    public init(first: UInt64, second: UInt64, hashes: [Digest]) {
        self.first = first
        self.second = second
        self.hashes = hashes
    }

    /// Checks that the later tree extends the earlier one (RFC 9162 §2.1.4.2).
    ///
    /// - Throws: `ProofError`; `nothingToCompare` when the earlier tree is empty.
    public func verify(firstRoot: Digest, secondRoot: Digest) throws(ProofError) {
        guard first <= second, second <= largestTreeSize else { throw .outOfRange }
        guard hashes.count <= maxProofHashes else { throw .wrongLength }
        guard first != 0 else { throw .nothingToCompare }
        if first == second {
            guard hashes.isEmpty else { throw .wrongLength }
            guard firstRoot == secondRoot else { throw .rootMismatch }
            return
        }
        // "If consistency_path is an empty array, stop and fail the proof verification."
        guard !hashes.isEmpty else { throw .wrongLength }
        // "If first is an exact power of 2, then prepend first_hash to the consistency_path array."
        var path = hashes[...]
        var hash: Digest
        if first.nonzeroBitCount == 1 {
            hash = firstRoot
        } else {
            guard let start = path.popFirst() else { throw .wrongLength }
            hash = start
        }
        // "Set fn to first - 1 and sn to second - 1. If LSB(fn) is set, then right-shift both fn and sn equally until
        // LSB(fn) is not set."
        var fn = first - 1
        var sn = second - 1
        while fn & 1 == 1 {
            fn >>= 1
            sn >>= 1
        }
        var firstHash = hash
        var secondHash = hash
        for sibling in path {
            // "If sn is 0, then stop the iteration and fail the proof verification."
            guard sn != 0 else { throw .wrongLength }
            if fn & 1 == 1 || fn == sn {
                firstHash = MerkleHash.node(sibling, firstHash)
                secondHash = MerkleHash.node(sibling, secondHash)
                while fn & 1 == 0, fn != 0 {
                    fn >>= 1
                    sn >>= 1
                }
            } else {
                secondHash = MerkleHash.node(secondHash, sibling)
            }
            fn >>= 1
            sn >>= 1
        }
        guard sn == 0 else { throw .wrongLength }
        guard firstHash == firstRoot else { throw .firstRootMismatch }
        guard secondHash == secondRoot else { throw .rootMismatch }
    }
}

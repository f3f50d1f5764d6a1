import ProvenanceEncoding

/// A growing RFC 6962 tree that keeps only the roots of its perfect subtrees, in O(log n) memory.
public struct CompactRange: Sendable, Equatable {
    /// Leaves appended so far.
    public private(set) var size: UInt64
    /// Roots of the perfect subtrees that the binary digits of `size` name, largest first.
    public private(set) var peaks: [Digest]

    /// The empty tree.
    public init() {
        size = 0
        peaks = []
    }

    /// A tree of `size` leaves from its peaks.
    ///
    /// - Returns: `nil` unless there is one peak for every one-bit of `size`, and for a size above `largestTreeSize`.
    public init?(size: UInt64, peaks: [Digest]) {
        guard size <= largestTreeSize, peaks.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.peaks = peaks
    }

    /// Adds a leaf by its leaf hash.
    public mutating func append(_ leaf: Digest) {
        var hash = leaf
        var bits = size
        while bits & 1 == 1, let left = peaks.popLast() {
            hash = MerkleHash.node(left, hash)
            bits >>= 1
        }
        peaks.append(hash)
        size += 1
    }

    /// The root over all leaves so far: the peaks folded from the right.
    public var root: Digest {
        guard var root = peaks.last else { return MerkleHash.emptyRoot }
        for peak in peaks.dropLast().reversed() { root = MerkleHash.node(peak, root) }
        return root
    }
}

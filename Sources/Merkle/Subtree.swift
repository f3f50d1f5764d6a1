/// A run of leaves `[start, end)` whose hash a proof needs: a subtree as RFC 6962 §2.1 divides a tree.
public struct Subtree: Hashable, Sendable {
    /// First leaf.
    public let start: UInt64
    /// One past the last leaf; above `start`.
    public let end: UInt64

    /// A run of leaves; `nil` when it is empty or backwards.
    public init?(start: UInt64, end: UInt64) {
        guard start < end else { return nil }
        self.start = start
        self.end = end
    }

    init(unchecked start: UInt64, _ end: UInt64) {
        self.start = start
        self.end = end
    }

    /// Number of leaves.
    public var count: UInt64 { end - start }

    /// Height of the subtree when it is perfect (2^height leaves, aligned to its size), else `nil`.
    public var perfectHeight: Int? {
        guard count.nonzeroBitCount == 1, start % count == 0 else { return nil }
        return count.trailingZeroBitCount
    }

    /// The two halves that RFC 6962 §2.1 hashes together: "k is the largest power of two smaller than n".
    ///
    /// - Returns: `nil` for a single leaf.
    public var halves: (left: Subtree, right: Subtree)? {
        guard count > 1 else { return nil }
        let middle = start + Subtree.split(count)
        return (Subtree(unchecked: start, middle), Subtree(unchecked: middle, end))
    }

    /// Largest power of two smaller than `count`, for `count` of at least 2.
    static func split(_ count: UInt64) -> UInt64 {
        1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }

    /// The subtrees whose hashes make up the inclusion proof of a leaf, leaf sibling first (RFC 6962 §2.1.1 PATH).
    ///
    /// - Returns: `nil` when the index is not in the tree or the size is above `largestTreeSize`.
    public static func inclusionPath(index: UInt64, size: UInt64) -> [Subtree]? {
        guard index < size, size <= largestTreeSize else { return nil }
        var path: [Subtree] = []
        var here = Subtree(unchecked: 0, size)
        while let (left, right) = here.halves {
            if index < left.end {
                path.append(right)
                here = left
            } else {
                path.append(left)
                here = right
            }
        }
        return path.reversed()
    }

    /// The subtrees whose hashes make up the consistency proof, in the order of RFC 6962 §2.1.2 PROOF.
    ///
    /// - Returns: empty when the sizes are equal; `nil` for an empty first tree or sizes out of order.
    public static func consistencyPath(first: UInt64, second: UInt64) -> [Subtree]? {
        guard first > 0, first <= second, second <= largestTreeSize else { return nil }
        var path: [Subtree] = []
        var here = Subtree(unchecked: 0, second)
        // "SUBPROOF(m, D[m], true) = {}": the verifier already has this hash, the first tree's root.
        var isFirstTree = true
        while here.end > first, let (left, right) = here.halves {
            if first <= left.end {
                path.append(right)
                here = left
            } else {
                path.append(left)
                here = right
                isFirstTree = false
            }
        }
        // "SUBPROOF(m, D[m], false) = {MTH(D[m])}".
        if !isFirstTree { path.append(here) }
        return path.reversed()
    }

    /// The perfect subtrees of a tree of `size` leaves, largest first: the peaks of its compact range.
    public static func peaks(size: UInt64) -> [Subtree] {
        var peaks: [Subtree] = []
        var start: UInt64 = 0
        var rest = size
        while rest != 0 {
            let width: UInt64 = 1 << UInt64(63 - rest.leadingZeroBitCount)
            peaks.append(Subtree(unchecked: start, start + width))
            start += width
            rest -= width
        }
        return peaks
    }
}

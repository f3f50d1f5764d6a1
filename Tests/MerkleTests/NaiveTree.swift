import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL

/// RFC 6962 §2.1 written as its recursive definitions stand, to check the iterative code against.
///
/// The two share only SHA-256. Hashes of leaf ranges are cached, since the tests ask for all of them.
final class NaiveTree {
    let leaves: [Digest]
    private var known: [Range<Int>: Digest] = [:]

    /// The tree over `count` different entries: entry i is the text of i.
    init(count: Int) throws {
        leaves = (0..<count).map { SHA256.hash([0x00] + NaiveTree.entry($0)) }
    }

    static func entry(_ index: Int) -> [UInt8] { Array("entry \(index)".utf8) }

    static func node(_ left: Digest, _ right: Digest) throws -> Digest {
        SHA256.hash([0x01] + left.bytes + right.bytes)
    }

    /// "the largest power of two smaller than n".
    static func split(_ count: UInt64) -> UInt64 {
        var power: UInt64 = 1
        while power < count - power { power *= 2 }
        return power
    }

    /// MTH(D[range]).
    func hash(_ range: Range<Int>) throws -> Digest {
        if let hash = known[range] { return hash }
        let hash: Digest
        switch range.count {
        case 0: hash = SHA256.hash([])
        case 1: hash = leaves[range.lowerBound]
        default:
            let middle = range.lowerBound + Int(NaiveTree.split(UInt64(range.count)))
            hash = try NaiveTree.node(
                self.hash(range.lowerBound..<middle), self.hash(middle..<range.upperBound))
        }
        known[range] = hash
        return hash
    }

    func root(_ size: Int) throws -> Digest { try hash(0..<size) }

    /// The leaf ranges whose hashes are PATH(index, D[range]).
    func path(_ index: Int, _ range: Range<Int>) -> [Range<Int>] {
        if range.count == 1 { return [] }
        let middle = range.lowerBound + Int(NaiveTree.split(UInt64(range.count)))
        return index < middle
            ? path(index, range.lowerBound..<middle) + [middle..<range.upperBound]
            : path(index, middle..<range.upperBound) + [range.lowerBound..<middle]
    }

    /// The leaf ranges whose hashes are SUBPROOF(first, D[range], whole), `first` counted from the range's start.
    func subproof(_ first: Int, _ range: Range<Int>, _ whole: Bool) -> [Range<Int>] {
        if first == range.count { return whole ? [] : [range] }
        let split = Int(NaiveTree.split(UInt64(range.count)))
        let middle = range.lowerBound + split
        return first <= split
            ? subproof(first, range.lowerBound..<middle, whole) + [middle..<range.upperBound]
            : subproof(first - split, middle..<range.upperBound, false) + [range.lowerBound..<middle]
    }

    func inclusion(_ index: Int, _ size: Int) throws -> InclusionProof {
        InclusionProof(index: UInt64(index), size: UInt64(size), hashes: try path(index, 0..<size).map(hash))
    }

    func consistency(_ first: Int, _ second: Int) throws -> ConsistencyProof {
        ConsistencyProof(
            first: UInt64(first), second: UInt64(second), hashes: try subproof(first, 0..<second, true).map(hash))
    }
}

/// The verification that the recursive definitions imply: consumes the proof from its end.
enum NaiveVerifier {
    /// The root that an inclusion proof leads to; `nil` for another number of hashes than PATH has.
    static func root(_ leaf: Digest, _ index: UInt64, _ size: UInt64, _ proof: ArraySlice<Digest>) throws -> Digest? {
        guard index < size else { return nil }
        if size == 1 { return proof.isEmpty ? leaf : nil }
        guard let last = proof.last else { return nil }
        let split = NaiveTree.split(size)
        if index < split {
            return try root(leaf, index, split, proof.dropLast()).map { try NaiveTree.node($0, last) }
        }
        return try root(leaf, index - split, size - split, proof.dropLast()).map { try NaiveTree.node(last, $0) }
    }

    /// The two roots that a consistency proof leads to; `nil` for another number of hashes than PROOF has.
    static func roots(
        _ first: UInt64, _ second: UInt64, _ proof: ArraySlice<Digest>, whole: Digest?
    ) throws -> (first: Digest, second: Digest)? {
        guard first > 0, first <= second else { return nil }
        if first == second {
            if let whole { return proof.isEmpty ? (whole, whole) : nil }
            guard proof.count == 1, let only = proof.first else { return nil }
            return (only, only)
        }
        guard let last = proof.last else { return nil }
        let split = NaiveTree.split(second)
        if first <= split {
            guard let below = try roots(first, split, proof.dropLast(), whole: whole) else { return nil }
            return (below.first, try NaiveTree.node(below.second, last))
        }
        guard let below = try roots(first - split, second - split, proof.dropLast(), whole: nil) else { return nil }
        return (try NaiveTree.node(last, below.first), try NaiveTree.node(last, below.second))
    }

    static func accepts(_ proof: InclusionProof, leaf: Digest, root: Digest) throws -> Bool {
        try self.root(leaf, proof.index, proof.size, proof.hashes[...]) == root
    }

    static func accepts(_ proof: ConsistencyProof, firstRoot: Digest, secondRoot: Digest) throws -> Bool {
        let roots = try roots(proof.first, proof.second, proof.hashes[...], whole: firstRoot)
        return roots?.first == firstRoot && roots?.second == secondRoot
    }
}

import Foundation
import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import TestSupport
import Testing

/// The JSON vectors of transparency-dev/merkle.
///
/// A digest there may have any length; ours has 32 bytes, so a value of another length cannot be built and counts as
/// refused, as the verification demands ("every hash exactly 32 bytes").
private let folder = "vectors/transparency-dev-merkle/testdata/"

private func digest(_ base64: String?) -> Digest? {
    base64.flatMap { Data(base64Encoded: $0) }.flatMap { Digest(bytes: $0) }
}

private func digests(_ list: [String]?) -> [Digest]? {
    let found = (list ?? []).map { digest($0) }
    return found.contains { $0 == nil } ? nil : found.compactMap { $0 }
}

@Suite("Inclusion proofs of transparency-dev/merkle") struct InclusionVectorTests {
    struct Case: Decodable {
        let leafIdx: UInt64
        let treeSize: UInt64
        let root: String?
        let leafHash: String?
        let proof: [String]?
        let wantErr: Bool
    }

    static let files = Shared.files(in: folder + "inclusion", suffix: ".json")

    @Test("all 98 are at hand") func count() throws {
        guard try Shared.path(folder + "inclusion") != nil else { return }
        #expect(Self.files.count == 98)
    }

    @Test("ends as the vector says", arguments: files)
    func vector(file: String) throws {
        let item = try #require(try Shared.json(Case.self, folder + "inclusion/" + file))
        var accepted = false
        if let root = digest(item.root), let leaf = digest(item.leafHash), let hashes = digests(item.proof) {
            let proof = InclusionProof(index: item.leafIdx, size: item.treeSize, hashes: hashes)
            accepted = proof.isAccepted(leaf: leaf, root: root)
            #expect(try NaiveVerifier.accepts(proof, leaf: leaf, root: root) == accepted)
        }
        #expect(accepted == !item.wantErr)
    }
}

@Suite("Consistency proofs of transparency-dev/merkle") struct ConsistencyVectorTests {
    struct Case: Decodable {
        let size1: UInt64
        let size2: UInt64
        let root1: String?
        let root2: String?
        let proof: [String]?
        let wantErr: Bool
    }

    /// Vectors with another outcome here, and the reason.
    static let exceptions = [
        // wantErr false, but both roots are the 12 bytes "don't care 2": no digest can hold them.
        "additional/sizes-are-equal-one-and-proof-is-empty.json"
    ]

    static let files = Shared.files(in: folder + "consistency", suffix: ".json")

    @Test("all 98 are at hand") func count() throws {
        guard try Shared.path(folder + "consistency") != nil else { return }
        #expect(Self.files.count == 98)
        #expect(Self.exceptions.allSatisfy(Self.files.contains))
    }

    @Test("ends as the vector says", arguments: files)
    func vector(file: String) throws {
        let item = try #require(try Shared.json(Case.self, folder + "consistency/" + file))
        var accepted = false
        if let first = digest(item.root1), let second = digest(item.root2), let hashes = digests(item.proof) {
            let proof = ConsistencyProof(first: item.size1, second: item.size2, hashes: hashes)
            accepted = proof.isAccepted(firstRoot: first, secondRoot: second)
            #expect(try NaiveVerifier.accepts(proof, firstRoot: first, secondRoot: second) == accepted)
        }
        #expect(accepted == (!item.wantErr && !Self.exceptions.contains(file)))
    }

    @Test("the excepted one is accepted with roots of 32 bytes")
    func excepted() throws {
        let root = MerkleHash.leaf(Array("don't care 2".utf8))
        let proof = ConsistencyProof(first: 1, second: 1, hashes: [])
        #expect(proof.isAccepted(firstRoot: root, secondRoot: root))
    }
}

/// A subtree `[start, end)` that begins at a multiple of a large enough power of two is a tree of its own.
@Suite("Subtree inclusion proofs of transparency-dev/merkle") struct SubtreeInclusionVectorTests {
    struct Case: Decodable {
        let leafIdx: UInt64
        let start: UInt64
        let end: UInt64
        let root: String?
        let leafHash: String?
        let proof: [String]?
        let wantErr: Bool
    }

    static let files = Shared.files(in: folder + "subtreeinclusion", suffix: ".json")

    @Test("all 204 are at hand") func count() throws {
        guard try Shared.path(folder + "subtreeinclusion") != nil else { return }
        #expect(Self.files.count == 204)
    }

    @Test("ends as the vector says", arguments: files)
    func vector(file: String) throws {
        let item = try #require(try Shared.json(Case.self, folder + "subtreeinclusion/" + file))
        var accepted = false
        // draft-ietf-plants-merkle-tree-certs §4.1: start is a multiple of the smallest power of two ≥ end - start.
        if item.start < item.end, item.leafIdx >= item.start, isAligned(item.start, item.end - item.start),
            let root = digest(item.root), let leaf = digest(item.leafHash), let hashes = digests(item.proof)
        {
            let proof = InclusionProof(
                index: item.leafIdx - item.start, size: item.end - item.start, hashes: hashes)
            accepted = proof.isAccepted(leaf: leaf, root: root)
        }
        #expect(accepted == !item.wantErr)
    }

    private func isAligned(_ start: UInt64, _ count: UInt64) -> Bool {
        if start == 0 { return true }
        let bits = 64 - (count - 1).leadingZeroBitCount
        return start.trailingZeroBitCount >= bits
    }
}

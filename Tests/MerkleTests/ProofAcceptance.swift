import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL

extension InclusionProof {
    /// Whether `verify` returns.
    func isAccepted(leaf: Digest, root: Digest) -> Bool {
        do { try verify(leaf: leaf, root: root) } catch { return false }
        return true
    }
}

extension ConsistencyProof {
    /// Whether `verify` returns.
    func isAccepted(firstRoot: Digest, secondRoot: Digest) -> Bool {
        do { try verify(firstRoot: firstRoot, secondRoot: secondRoot) } catch { return false }
        return true
    }
}

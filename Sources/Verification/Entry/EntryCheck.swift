import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote

/// The claims that can be made of one entry, wherever it is found: in a manifest or a bundle.
package enum EntryCheck {
    /// The claim that an entry is in a checkpoint's tree.
    ///
    /// "compute the leaf hash … and check that the path leads to the root" (RFC 6962 §2.1.1); it is proven only under a
    /// checkpoint that a pinned log key signed.
    ///
    /// - Parameters:
    ///   - entry: The entry, byte for byte.
    ///   - index: The index that is claimed.
    ///   - hashes: The audit path, the leaf's sibling first.
    ///   - checkpoint: The checkpoint whose tree holds the entry.
    ///   - isCheckpointProven: Whether a pinned log key signed the checkpoint.
    /// - Returns: Proven, unknown under a checkpoint that is not proven, or failed.
    package static func inclusion(
        of entry: [UInt8], at index: UInt64, by hashes: [Digest], in checkpoint: Checkpoint, isCheckpointProven: Bool
    ) -> Claim {
        do {
            try InclusionProof(index: index, size: checkpoint.size, hashes: hashes)
                .verify(leaf: MerkleHash.leaf(entry), root: checkpoint.root)
        } catch {
            let words =
                switch error {
                case .outOfRange: "there is no entry \(index) in a tree of \(checkpoint.size)"
                case .wrongLength, .nothingToCompare:
                    "\(hashes.count) hashes are not the proof for a tree of \(checkpoint.size)"
                case .rootMismatch, .firstRootMismatch: "entry and proof do not lead to the checkpoint's root"
                }
            return Claim(.inclusion, .failed, words, code: .inclusion)
        }
        return isCheckpointProven
            ? Claim(.inclusion, .proven, "leads to the checkpoint's root")
            : Claim(.inclusion, .unknown, "leads to the root of a checkpoint that is not proven", code: .notPinned)
    }

    /// The same claim in the words of a verdict about one entry, which name it.
    package static func inclusion(
        named entry: [UInt8], at index: UInt64, by hashes: [Digest], in checked: CheckedCheckpoint
    ) -> Claim {
        let claim = inclusion(
            of: entry, at: index, by: hashes, in: checked.checkpoint,
            isCheckpointProven: checked.claim.standing == .proven)
        let name = "entry \(index) of \(checked.checkpoint.size)"
        switch claim.standing {
        case .proven: return Claim(.inclusion, .proven, name)
        case .failed: return Claim(.inclusion, .failed, "\(name): \(claim.detail)", code: .inclusion)
        default:
            return Claim(
                .inclusion, .unknown, "\(name), under a checkpoint that no pinned key vouches for", code: .notPinned)
        }
    }

    /// The claim about all signatures that pinned keys made, once every entry was seen.
    ///
    /// - Parameter critical: The first key-life entry that this version cannot read; with one, any signer may have been
    ///   replaced.
    /// - Returns: Proven, or unknown where a signer may have been replaced.
    package static func signatures(critical: String?) -> Claim {
        critical.map { Claim(.signature, .unknown, "\($0) cannot be read", code: .keyLife) }
            ?? Claim(.signature, .proven, "by pinned keys")
    }
}

import ProvenanceEncoding
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// One entry as all formats of an export see it: what the log holds of it, and the post where it is at hand.
public struct EvidenceEntry: Sendable {
    /// The entry's place in the log.
    let index: UInt64
    /// The entry, byte for byte.
    let note: [UInt8]
    /// Its inclusion proof's hashes, the leaf's sibling first.
    let proof: [Digest]
    /// The record, when it is a post's.
    let record: PostRecord?
    /// Places and title, as the index has them.
    let labels: ManifestLabels
}

/// What all formats of an export share.
struct EvidenceHeader: Sendable {
    /// The checkpoint note, as it is in the log.
    let checkpoint: [UInt8]
    /// The log's origin.
    let origin: String
    /// The checkpoint's size.
    let size: UInt64
    /// Which entries.
    let selection: ManifestSelection
    /// The day that `--at` names, `YYYY-MM-DD`.
    let date: String?
    /// The archive's public keys.
    let keys: [VerifierKey]

    /// Entries in all.
    var count: UInt64 {
        switch selection {
        case .range(let from, let to): to - from
        case .filter(let indexes, _): UInt64(indexes.count)
        }
    }
}

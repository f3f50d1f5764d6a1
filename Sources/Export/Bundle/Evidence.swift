import ProvenanceEncoding
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// One entry as input for all formats of an export: what the log holds, and labels for finding its post.
public struct EvidenceEntry: Sendable {
    /// The entry's place in the log.
    let index: UInt64
    /// The entry, byte for byte.
    let note: [UInt8]
    /// Its inclusion proof's hashes, the leaf's sibling first.
    let proof: [Digest]
    /// The record, if the entry is a post's.
    let record: PostRecord?
    /// Its places from the registers, and its title from the index.
    let labels: ManifestLabels
}

/// The values that all formats of an export share.
struct EvidenceHeader: Sendable {
    /// The checkpoint note, as it is in the log.
    let checkpoint: [UInt8]
    /// The log's origin.
    let origin: String
    /// The checkpoint's size.
    let size: UInt64
    /// The entries selected.
    let selection: ManifestSelection
    /// The day that `--at` names, `YYYY-MM-DD`.
    let date: String?
    /// The archive's public keys.
    let keys: [VerifierKey]

    /// Total number of entries.
    var count: UInt64 {
        switch selection {
        case .range(let from, let to): to - from
        case .filter(let indexes, _): UInt64(indexes.count)
        }
    }
}

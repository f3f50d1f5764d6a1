import ProvenanceEncoding

/// Names of a bundle's files, shared by its writers and readers (Documentation/formats/bundle.md).
package enum BundleLayout {
    /// The lists of digests: `SHA256SUMS` of every file, BagIt's tag manifest, and BagIt's manifest of the payload.
    package static let lists = (
        sums: "SHA256SUMS", tags: "tagmanifest-sha256.txt", payload: "manifest-sha256.txt"
    )

    /// The file of an entry, byte for byte as it is in the log.
    package static func note(_ index: UInt64) -> String { "records/\(index).note" }

    /// The file of an entry's proof.
    package static func proof(_ index: UInt64) -> String { "proofs/\(index).tlog-proof" }

    /// The name of a post in every format: `sha256/ab/<64 hex>.md`, in a bundle below `data/`.
    package static func payloadName(_ digest: Digest) -> String {
        let hex = digest.hex
        return "sha256/\(hex.prefix(2))/\(hex).md"
    }
}

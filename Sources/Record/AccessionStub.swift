import ProvenanceEncoding

/// Until accessions of version 2 are read: none names rules.
extension AccessionRecord {
    package var rules: Digest? { nil }
    package init(
        signer: String, log: String, recorded: Int64, version: String, first: Int, posts: Int, known: Int,
        refused: Int, unchanged: Int, register: Digest, lines: Int, rules: Digest?, ignored: Int
    ) {
        self.init(
            signer: signer, log: log, recorded: recorded, version: version, first: first, posts: posts, known: known,
            refused: refused, unchanged: unchanged, register: register, lines: lines)
    }
}

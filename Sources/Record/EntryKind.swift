import ProvenanceEncoding

/// The kind of a log entry, decided by its first line alone.
public enum EntryKind: Hashable, Sendable {
    /// `provenance/post@v1` or `provenance/post@v2`: it must parse as a ``PostRecord``, else the entry is *failed*.
    case post
    /// `provenance/accession@v1` or `provenance/accession@v2`: it must parse as an ``AccessionRecord``, else the entry is
    /// *failed*.
    case accession
    /// A kind that this version does not know and must not ignore.
    ///
    /// `provenance/key@` entries change which keys are valid: a reader that cannot parse one no longer knows the
    /// signers of that log.
    case critical(ExactText)
    /// Any other first line: logged, of unknown meaning. `nil` if it is not UTF-8.
    case unknown(ExactText?)

    /// The kind of an entry with any bytes.
    public init(of entry: some Collection<UInt8>) {
        let line = entry.prefix { $0 != 0x0A }
        if line.elementsEqual(PostRecord.kind.utf8) || line.elementsEqual(PostRecord.kind2.utf8) {
            self = .post
        } else if line.elementsEqual(AccessionRecord.kind.utf8) || line.elementsEqual(AccessionRecord.kind2.utf8) {
            self = .accession
        } else if line.starts(with: "provenance/key@".utf8) {
            self = .critical(ExactText(String(decoding: line, as: UTF8.self)))
        } else {
            self = .unknown(ExactText(validating: line))
        }
    }
}

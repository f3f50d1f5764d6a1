import ProvenanceEncoding

/// What an entry of the log is, told by its first line alone.
public enum EntryKind: Hashable, Sendable {
    /// `provenance/post@v1`: it must parse as a ``PostRecord``, else the entry is *failed*.
    case post
    /// `provenance/accession@v1`: it must parse as an ``AccessionRecord``, else the entry is *failed*.
    case accession
    /// A kind this version does not know but must not pass over.
    ///
    /// `provenance/key@` speaks of the life of keys: a reader that cannot read one knows no signer of that log any more.
    case critical(ExactText)
    /// Any other first line: logged, meaning unknown. `nil` for one that is not UTF-8.
    case unknown(ExactText?)

    /// Tells the kind of an entry from its bytes, whatever they are.
    public init(of entry: some Collection<UInt8>) {
        let line = entry.prefix { $0 != 0x0A }
        if line.elementsEqual(PostRecord.kind.utf8) {
            self = .post
        } else if line.elementsEqual(AccessionRecord.kind.utf8) {
            self = .accession
        } else if line.starts(with: "provenance/key@".utf8) {
            self = .critical(ExactText(String(decoding: line, as: UTF8.self)))
        } else {
            self = .unknown(ExactText(validating: line))
        }
    }
}

import ProvenanceNote

/// What an archive's log key is known to have signed, kept where setting the log back does not set it back as well.
public protocol SignedMemory: Sendable {
    /// Every remembered checkpoint note, with a description of where it is kept.
    func all() throws(StoreError) -> [(note: [UInt8], place: String)]
    /// Remembers a note; durable when it returns. The remembered size never decreases. That the note extends all others
    /// is for the caller to check before signing.
    func remember(_ note: [UInt8], of checkpoint: Checkpoint) throws(StoreError)
}

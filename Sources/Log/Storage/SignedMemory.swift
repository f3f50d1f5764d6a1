import ProvenanceNote

/// What an archive's log key is known to have signed, kept where a log that was set back cannot take it back as well.
public protocol SignedMemory: Sendable {
    /// Every checkpoint note that is remembered, with words for its place.
    func all() throws(StoreError) -> [(note: [UInt8], place: String)]
    /// Remembers a note; durable when it returns. It never goes back in size. That the note extends all others is for the
    /// caller to check, before it signs.
    func remember(_ note: [UInt8], of checkpoint: Checkpoint) throws(StoreError)
}

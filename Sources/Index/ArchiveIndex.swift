import ProvenanceEncoding
import ProvenanceRecord

/// The index of an archive: rows derived from log and registers, for `list` and for titles.
///
/// It is a convenience and never evidence. No verdict, no exit status and no decision to record takes a row from here: those
/// read the log and its registers. Deleting an index loses no more than the titles of posts that are not at hand.
///
/// One writer, who holds the archive's lock; any number of readers. The protocol is crossed once for a list or a
/// transaction, never once for a row, so that an engine on another machine stays usable.
public protocol ArchiveIndex: AnyObject, Sendable {
    /// The tree whose entries are all in it, `nil` while there is none. Rows beyond may be there.
    func state() throws(IndexError) -> IndexState?
    /// Rows about some entries, in the order asked; `nil` where there is none.
    func entries(_ indexes: [UInt64]) throws(IndexError) -> [IndexEntry?]
    /// Where the bytes of some entries were seen, oldest first, for each entry asked.
    func placements(of entries: [UInt64]) throws(IndexError) -> [[Placement]]
    /// What was seen at a path, oldest first.
    func placements(root: String, path: RawPath) throws(IndexError) -> [Placement]
    /// Entries that record a digest, oldest first.
    func entries(of digest: Digest) throws(IndexError) -> [UInt64]
    /// Entries that state an address, oldest first.
    func entries(source: String) throws(IndexError) -> [IndexEntry]

    /// Adds rows, and sets the state they lead to, in one transaction: both or neither.
    ///
    /// - Parameters:
    ///   - rows: What to add. Later calls may reuse them.
    ///   - state: The tree that is whole in the index afterwards; `nil` leaves the state as it was, for rows come before the
    ///     accession that closes them.
    /// - Throws: `IndexError`; `.changed` for a state that is smaller than the one it has.
    func write(_ rows: IndexRows, to state: IndexState?) throws(IndexError)
    /// Removes rows that no state covers: an `add` wrote them and died before it could close them.
    ///
    /// - Parameter size: The size of the state.
    /// - Throws: `IndexError`.
    func dropUnfinished(from size: UInt64) throws(IndexError)
    /// Removes all rows. What is written until the next state is a rebuild, which an engine may do in its own way.
    func clear() throws(IndexError)
    /// Ends the work of a writer; an index that was begun for a new log can be opened by readers from here on.
    func publish() throws(IndexError)

    /// Whether the rows can be read from end to end, as far as the engine can tell without a log.
    func isSound() -> Bool
    /// How many of some posts have another row than their record says, or none; and the sums of the rows' keys.
    ///
    /// - Parameters:
    ///   - entries: A range of entries.
    ///   - posts: The records of the posts among them, in their order.
    ///   - key: Makes the marks that are summed.
    /// - Returns: The number, and the sums.
    /// - Throws: `IndexError`.
    func differences(
        _ entries: Range<UInt64>, _ posts: [(index: UInt64, record: PostRecord)], _ key: MarkKey
    ) throws(IndexError) -> (count: Int, keys: EntryKeys)
    /// Sums over all rows, which an audit compares with sums over log and registers.
    func sums(_ key: MarkKey, size: UInt64) throws(IndexError) -> IndexSums
}

/// Where an archive keeps its index, and how one is opened.
public protocol IndexLocation: Sendable {
    /// Opens the index to write, or begins one. For the holder of the archive's lock.
    ///
    /// - Parameter isNewLog: Whether the log has no entries yet, so that an engine may begin without a journal.
    /// - Returns: The index, with the rows that it had.
    /// - Throws: `.damaged` for one that has to be removed and built again.
    func openForWriting(isNewLog: Bool) throws(IndexError) -> any ArchiveIndex
    /// The index for reading; `nil` when there is none that can be opened, or it is not one of ours.
    func openForReading() -> (any ArchiveIndex)?
    /// Two sessions on one and the same index, for work on two threads; `nil` as above.
    func openTwiceForReading() -> (one: any ArchiveIndex, other: any ArchiveIndex)?
    /// Whether something is there under the index's name, sound or not.
    func exists() throws(IndexError) -> Bool
    /// Removes what is there.
    func remove() throws(IndexError)
}

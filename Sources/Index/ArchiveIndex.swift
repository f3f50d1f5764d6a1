import ProvenanceEncoding
import ProvenanceRecord

/// The index of an archive: rows derived from log and registers, for `list` and for titles.
///
/// Only a convenience, never evidence: verdicts, exit statuses and decisions to record read the log and its registers,
/// and take no rows from here. Deleting an index loses only the titles of posts that are no longer available.
///
/// One writer, which holds the archive's lock; any number of readers. `list` and writers call it
/// once for many rows; an export asks for the title of each entry.
public protocol ArchiveIndex: AnyObject, Sendable {
    /// The tree whose entries are all in the index, `nil` while there is none. Rows beyond that may exist.
    func state() throws(IndexError) -> IndexState?
    /// Rows about some entries, in the order requested; `nil` where there is none.
    func entries(_ indexes: [UInt64]) throws(IndexError) -> [IndexEntry?]
    /// Where the bytes of some entries were seen, oldest first, for each entry requested.
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
    ///   - rows: What to add. The caller may reuse them afterwards.
    ///   - state: The tree that is complete in the index afterwards; `nil` leaves the state unchanged, since rows come
    ///     before the accession that closes them.
    /// - Throws: `IndexError`; `.changed` for a state that is smaller than the present one.
    func write(_ rows: IndexRows, to state: IndexState?) throws(IndexError)
    /// Removes rows beyond the state: an `add` wrote them and ended before it could close them.
    ///
    /// - Parameter size: The size of the state.
    /// - Throws: `IndexError`.
    func dropUnfinished(from size: UInt64) throws(IndexError)
    /// Removes all rows. Writes until the next state are a rebuild, which an engine may optimize.
    func clear() throws(IndexError)
    /// Ends the work of a writer; readers can open an index that was begun for a new log from here on.
    func publish() throws(IndexError)

    /// Whether the rows can be read from end to end, as far as the engine can tell without a log.
    func isSound() -> Bool
    /// How many of some posts have a row that differs from their record, or no row; and the sums of the rows' keys.
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

/// Where an archive keeps its index, and how to open it.
public protocol IndexLocation: Sendable {
    /// Opens the index for writing, or begins one. For the holder of the archive's lock.
    ///
    /// - Parameter isNewLog: Whether the log has no entries yet, so that an engine may begin without a journal.
    /// - Returns: The index, with its existing rows.
    /// - Throws: `.damaged` for an index that has to be removed and rebuilt.
    func openForWriting(isNewLog: Bool) throws(IndexError) -> any ArchiveIndex
    /// The index for reading; `nil` when there is none that can be opened, or it is not ours.
    func openForReading() -> (any ArchiveIndex)?
    /// Two sessions on the same index, for work on two threads; `nil` as above.
    func openTwiceForReading() -> (one: any ArchiveIndex, other: any ArchiveIndex)?
    /// Whether anything exists under the index's name, sound or not.
    func exists() throws(IndexError) -> Bool
    /// Removes the index, sound or not.
    func remove() throws(IndexError)
}

import ProvenancePost
import ProvenanceRecord

extension LogView {
    /// Entries read between two calls of `each`; limits the memory of a scan.
    private static let entriesAtOnce: UInt64 = 256 * 256

    /// Calls `each` with each matching record of a post, in log order, from authenticated entries.
    ///
    /// - Parameters:
    ///   - passes: Returns whether a record is wanted; called on several threads.
    ///   - each: Receives each record with its entry's index.
    /// - Throws: `Problem` of the log, or what `each` throws.
    public func records(
        passing passes: @Sendable (PostRecord) -> Bool, _ each: (UInt64, PostRecord) throws -> Void
    ) throws {
        var first: UInt64 = 0
        while first < size {
            let end = min(size, first + LogView.entriesAtOnce)
            let found = try EntryScan.run(
                archive.storage, checked.checkpoint, in: first..<end, start: [(index: UInt64, record: PostRecord)]()
            ) { entry, index, found in
                guard case .post = EntryBeginning(entry), let record = PostRecord(entry: entry), passes(record) else {
                    return
                }
                found.append((index, record))
            }
            for (index, record) in found.joined() { try each(index, record) }
            first = end
        }
    }
}

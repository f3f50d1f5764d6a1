import ProvenancePost
import ProvenanceRecord

extension LogView {
    /// Entries read between two calls of `each`; limits the memory of a scan.
    private static let entriesAtOnce: UInt64 = 256 * 256

    /// Calls `each` with each matching record of a post, in log order or the newest first, from authenticated entries.
    ///
    /// - Parameters:
    ///   - newestFirst: Whether the last entry comes first.
    ///   - passes: Returns whether a record is wanted; called on several threads.
    ///   - each: Receives each record with its entry's index.
    /// - Throws: `Problem` of the log, or what `each` throws.
    public func records(
        newestFirst: Bool = false, passing passes: @Sendable (PostRecord) -> Bool,
        _ each: (UInt64, PostRecord) throws -> Void
    ) throws {
        let parts = size / LogView.entriesAtOnce + 1
        for number in 0..<parts {
            let first = (newestFirst ? parts - 1 - number : number) * LogView.entriesAtOnce
            let found = try EntryScan.run(
                archive.storage, checked.checkpoint, in: first..<min(size, first + LogView.entriesAtOnce),
                start: [(index: UInt64, record: PostRecord)]()
            ) { entry, index, found in
                guard case .post = EntryBeginning(entry), let record = PostRecord(entry: entry), passes(record) else {
                    return
                }
                found.append((index, record))
            }
            if newestFirst {
                for (index, record) in found.joined().reversed() { try each(index, record) }
            } else {
                for (index, record) in found.joined() { try each(index, record) }
            }
        }
    }
}

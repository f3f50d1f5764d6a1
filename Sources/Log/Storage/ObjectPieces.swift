/// An object that is read piece by piece, from beginning to end; for one thread at a time.
public protocol ObjectPieces: AnyObject {
    /// The next piece; empty at the end.
    func next() throws(StoreError) -> [UInt8]
}

/// The pieces of an object in a store that reads any part of it, one call for each piece.
final class RangedPieces: ObjectPieces {
    private let store: any ArchiveStore
    private let path: StorePath
    private let count: Int
    private var offset: UInt64 = 0
    /// The first piece, which was read to find out whether the object exists.
    private var first: [UInt8]?

    /// Begins reading an object; `nil` where there is none.
    init?(_ store: any ArchiveStore, _ path: StorePath, upTo count: Int) throws(StoreError) {
        guard let first = try store.read(path, from: 0, upTo: count) else { return nil }
        self.store = store
        self.path = path
        self.count = count
        self.first = first
    }

    func next() throws(StoreError) -> [UInt8] {
        let piece: [UInt8]
        if let first {
            piece = first
            self.first = nil
        } else if let read = try store.read(path, from: offset, upTo: count) {
            piece = read
        } else {
            throw StoreError(.failed, path, "it was removed while it was read")
        }
        offset = offset.addingReportingOverflow(UInt64(piece.count)).partialValue
        return piece
    }
}

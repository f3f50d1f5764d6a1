/// What becomes of an object that is there already.
public enum IfPresent: Sendable {
    /// It is replaced, and not read before: a later step, such as the checkpoint under a lock, decides what counts. For the
    /// one writer of a folder and for repair.
    case replace
    /// The same bytes are success; others are `.differs`, and end the writer. For writers whose order was fixed before: all of
    /// them write the same bytes under one name, or one of them is wrong.
    case mustMatch
}

/// Where an archive's published data is: a folder, or an object store.
///
/// A store holds objects by path and knows nothing of what they mean. A writer relies on two promises alone: what `write`
/// returned from is durable, and `replace` is atomic. Everything that a crash can leave is decided by the order of the calls.
///
/// Calls block, and may come from several threads. Where there may be many objects a call takes a list, so that a store behind
/// a network can have them under way together.
public protocol ArchiveStore: Sendable {
    /// Words for the place, for messages.
    var place: String { get }

    /// Reads a whole object.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - limit: Most bytes that are read; a longer object is `.tooLarge`.
    /// - Returns: The bytes and the state they are of; `nil` only where the store says that there is no such object.
    /// - Throws: `StoreError`; `.denied` for a link, a folder or a device, which is never opened.
    func read(_ path: StorePath, limit: Int) throws(StoreError) -> (bytes: [UInt8], token: VersionToken)?

    /// Reads several objects, together where that helps; one after the other unless the store does better.
    ///
    /// - Parameters:
    ///   - paths: The objects.
    ///   - limit: Most bytes of each.
    /// - Returns: As many as there are paths, in their order, `nil` for what is not there.
    /// - Throws: `StoreError` of the first that cannot be read.
    func read(_ paths: [StorePath], limit: Int) throws(StoreError) -> [[UInt8]?]

    /// Reads a part of an object of any length. Nothing read is believed before its hash is.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - offset: The first byte wanted.
    ///   - count: Most bytes that are read; fewer come only at the object's end, none beyond it.
    /// - Returns: The bytes; `nil` where there is no such object.
    /// - Throws: `StoreError`; `.denied` as above.
    func read(_ path: StorePath, from offset: UInt64, upTo count: Int) throws(StoreError) -> [UInt8]?

    /// Reads an object of any length from beginning to end; by the call above unless the store does better. A folder opens
    /// the file once, so that all pieces are of one file.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - count: Bytes of a piece, at most.
    /// - Returns: The pieces; `nil` where there is no such object.
    /// - Throws: `StoreError`; `.denied` as above.
    func pieces(of path: StorePath, upTo count: Int) throws(StoreError) -> (any ObjectPieces)?

    /// Puts objects in place. All are durable, their names included, when this returns; a crash leaves each whole or absent.
    /// No order among them is promised: what must come later is a later call. The store is flushed once a call, however many
    /// objects there are.
    ///
    /// - Parameters:
    ///   - objects: The objects.
    ///   - present: What becomes of objects that are there.
    /// - Throws: `StoreError`; `.differs` for an object that must match and does not.
    func write(_ objects: [(path: StorePath, bytes: [UInt8])], _ present: IfPresent) throws(StoreError)

    /// Begins an object that is written in pieces and whose name is known at the end: a register is named by its root.
    ///
    /// - Parameter folder: Where it will be, `nil` for the store's root. A process writes one object at a time there.
    /// - Returns: The object, empty.
    /// - Throws: `StoreError` where none can be begun.
    func begin(below folder: StorePath?) throws(StoreError) -> any PendingObject

    /// Replaces an object if it still is in the state that a token names; durable and atomic.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - expected: Its state; `nil` when it must not exist yet.
    ///   - bytes: The new bytes.
    /// - Returns: The new state.
    /// - Throws: `StoreError`; `.changed` when it is in another state. `.unknown` is never success.
    func replace(
        _ path: StorePath, expecting expected: VersionToken?, with bytes: [UInt8]
    ) throws(StoreError) -> VersionToken

    /// Removes objects; one that is gone is no error.
    ///
    /// - Parameters:
    ///   - paths: The objects.
    ///   - folder: A folder whose objects all may go. A store of files removes whatever lies in it, for a crash may have left
    ///     forms that nobody published; an object store removes the exact paths alone, and never lists.
    /// - Throws: `StoreError`, after which some may be gone.
    func remove(_ paths: [StorePath], below folder: StorePath?) throws(StoreError)

    /// The objects below a folder, sorted by the bytes of their paths, a page at a time. For repair, copies and audits: no
    /// decision to record rests on it.
    ///
    /// - Parameters:
    ///   - folder: The folder, `nil` for the whole store.
    ///   - last: The last object of the page before.
    /// - Returns: A page of objects, none when there are no more.
    /// - Throws: `StoreError` for a folder that cannot be listed.
    func list(below folder: StorePath?, after last: StorePath?) throws(StoreError) -> [StorePath]

    /// Makes sure of what a writer that died has left: what stands is durable, unfinished files are gone. For the lock holder,
    /// before it answers anything. A store without files asks here whether it is fit to be written to.
    ///
    /// - Parameter size: The size that the log's checkpoint states.
    /// - Throws: `StoreError`, after which nothing is to be written.
    func settle(around size: UInt64) throws(StoreError)
}

extension ArchiveStore {
    /// Reads several objects, one after the other.
    public func read(_ paths: [StorePath], limit: Int) throws(StoreError) -> [[UInt8]?] {
        var objects: [[UInt8]?] = []
        objects.reserveCapacity(paths.count)
        for path in paths { objects.append(try read(path, limit: limit)?.bytes) }
        return objects
    }

    /// Reads an object part by part.
    public func pieces(of path: StorePath, upTo count: Int) throws(StoreError) -> (any ObjectPieces)? {
        try RangedPieces(self, path, upTo: count)
    }
}

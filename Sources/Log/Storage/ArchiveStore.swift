/// What to do when an object exists already.
public enum IfPresent: Sendable {
    /// Replace it without reading it: a later step, such as the checkpoint under a lock, decides what counts. For the
    /// one writer of a folder, and for repair.
    case replace
    /// Accept the same bytes; other bytes are `.differs`, and end the writer. For writers whose order was fixed before:
    /// either all of them write the same bytes under a name, or one of them is wrong.
    case mustMatch
}

/// Where an archive's published data is stored: a folder, or an object store.
///
/// A store holds objects by path and does not interpret them. A writer relies on two promises alone: an object is
/// durable when `write` returns, and `replace` is atomic. What a crash can leave follows from the order of the calls.
///
/// Calls block, and may come from several threads. A call that may concern many objects takes a list, so that a store
/// behind a network can process them concurrently.
public protocol ArchiveStore: Sendable {
    /// A description of the place, for messages.
    var place: String { get }

    /// Reads a whole object.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - limit: The largest number of bytes to read; a longer object is `.tooLarge`.
    /// - Returns: The bytes and a token of their state; `nil` only where the store reports that there is no such
    ///   object.
    /// - Throws: `StoreError`; `.denied` for a link, a folder or a device, none of which is ever opened.
    func read(_ path: StorePath, limit: Int) throws(StoreError) -> (bytes: [UInt8], token: VersionToken)?

    /// Reads several objects; one after the other unless the store can read them concurrently.
    ///
    /// - Parameters:
    ///   - paths: The objects.
    ///   - limit: The largest number of bytes of each.
    /// - Returns: As many as there are paths, in their order, `nil` for what is not there.
    /// - Throws: `StoreError` of the first that cannot be read.
    func read(_ paths: [StorePath], limit: Int) throws(StoreError) -> [[UInt8]?]

    /// Reads a part of an object of any length. The bytes are unauthenticated until their hash has been checked.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - offset: The first byte wanted.
    ///   - count: The largest number of bytes; fewer are returned only at the object's end, none beyond it.
    /// - Returns: The bytes; `nil` where there is no such object.
    /// - Throws: `StoreError`; `.denied` as above.
    func read(_ path: StorePath, from offset: UInt64, upTo count: Int) throws(StoreError) -> [UInt8]?

    /// Reads an object of any length from beginning to end, by the call above unless the store has a better way. A
    /// folder opens the file once, so that all pieces come from one file.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - count: The largest number of bytes of a piece.
    /// - Returns: The pieces; `nil` where there is no such object.
    /// - Throws: `StoreError`; `.denied` as above.
    func pieces(of path: StorePath, upTo count: Int) throws(StoreError) -> (any ObjectPieces)?

    /// Writes objects. All are durable, their names included, when this returns; a crash leaves each whole or absent.
    /// The order among them is unspecified: what must come later is a later call. The store is flushed once per call,
    /// however many objects there are.
    ///
    /// - Parameters:
    ///   - objects: The objects.
    ///   - present: What to do when an object exists already.
    /// - Throws: `StoreError`; `.differs` for an object that must match and does not.
    func write(_ objects: [(path: StorePath, bytes: [UInt8])], _ present: IfPresent) throws(StoreError)

    /// Begins an object that is written in pieces and whose name is known at the end: a register is named by its root.
    ///
    /// - Parameter folder: Where it will be, `nil` for the store's root. A process writes one object at a time there.
    /// - Returns: The object, empty.
    /// - Throws: `StoreError` where none can be begun.
    func begin(below folder: StorePath?) throws(StoreError) -> any PendingObject

    /// Replaces an object if it is still in the state that a token identifies; durable and atomic.
    ///
    /// - Parameters:
    ///   - path: The object.
    ///   - expected: Its state; `nil` when it must not exist yet.
    ///   - bytes: The new bytes.
    /// - Returns: The new state.
    /// - Throws: `StoreError`; `.changed` when it is in another state. `.unknown` never means success.
    func replace(
        _ path: StorePath, expecting expected: VersionToken?, with bytes: [UInt8]
    ) throws(StoreError) -> VersionToken

    /// Removes objects; a missing object is not an error.
    ///
    /// - Parameters:
    ///   - paths: The objects.
    ///   - folder: A folder all of whose objects may be removed. A store of files removes whatever lies in it, since a
    ///     crash may have left unpublished forms; an object store removes exactly the paths and never lists.
    /// - Throws: `StoreError`; some of the objects may then be gone.
    func remove(_ paths: [StorePath], below folder: StorePath?) throws(StoreError)

    /// The objects below a folder, sorted by the bytes of their paths, a page at a time. For repair, copies and audits;
    /// no decision to record depends on it.
    ///
    /// - Parameters:
    ///   - folder: The folder, `nil` for the whole store.
    ///   - last: The last object of the previous page.
    /// - Returns: A page of objects; empty when there are no more.
    /// - Throws: `StoreError` for a folder that cannot be listed.
    func list(below folder: StorePath?, after last: StorePath?) throws(StoreError) -> [StorePath]

    /// Cleans up after a writer that crashed: makes what is published durable and removes unfinished files. The lock
    /// holder calls it before anything else. A store without files checks here whether it is fit to be written to.
    ///
    /// - Parameter size: The size that the log's checkpoint states.
    /// - Throws: `StoreError`; nothing must be written then.
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

/// An object that is being written; it is not visible before it is finished. For one thread at a time.
///
/// Releasing it unfinished removes what was written.
public protocol PendingObject: AnyObject {
    /// Appends bytes.
    func append(_ bytes: [UInt8]) throws(StoreError)
    /// Gives the object its path, durably. The same bytes already being there is success: the path is derived from what
    /// was written, so nothing else can be there.
    func finish(as path: StorePath) throws(StoreError)
    /// Drops the object, unless it is finished.
    func abandon()
}

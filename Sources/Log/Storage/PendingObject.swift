/// An object that is being written; nobody sees it before it is finished. For one thread at a time.
///
/// One that is let go unfinished leaves nothing behind.
public protocol PendingObject: AnyObject {
    /// Appends bytes.
    func append(_ bytes: [UInt8]) throws(StoreError)
    /// Gives the object its path, durably. The same bytes under that path already are success: the path is made of what was
    /// written, so that nothing else can be there.
    func finish(as path: StorePath) throws(StoreError)
    /// Drops the object, unless it is finished.
    func abandon()
}

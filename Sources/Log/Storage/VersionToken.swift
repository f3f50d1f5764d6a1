/// One state of an object, as its store names it: for compare-and-replace.
///
/// Opaque: an object store's is what it answered (an ETag, a generation), a folder's is the bytes that were read. So it is never
/// made of an object's content by anybody but the store, and says nothing outside of it.
public struct VersionToken: Sendable {
    /// The store's own words for the state.
    public let opaque: [UInt8]

    /// A token as a store made it.
    public init(_ opaque: [UInt8]) { self.opaque = opaque }
}

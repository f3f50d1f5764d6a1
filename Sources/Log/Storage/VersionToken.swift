/// One state of an object, as its store names it: for compare-and-replace.
///
/// Opaque: an object store uses what it answered (an ETag, a generation), a folder the bytes that were read. Only the
/// store makes tokens, and they have no meaning outside of it.
public struct VersionToken: Sendable {
    /// The store's own representation of the state.
    public let opaque: [UInt8]

    /// A token as the store made it.
    public init(_ opaque: [UInt8]) { self.opaque = opaque }
}

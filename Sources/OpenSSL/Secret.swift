import CProvenanceOpenSSL

/// Secret bytes, such as a passphrase, in one shared copy that is overwritten when the last reference is released.
///
/// The description and the mirror omit the bytes, so that no message or log can show them.
public final class Secret: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // Only `deinit` writes to it.
    private var storage: [UInt8]

    /// Takes ownership of the bytes; the caller keeps no copy.
    public init(_ bytes: consuming [UInt8]) { storage = bytes }

    /// The bytes, for libcrypto; code that copies them wipes the copy.
    var bytes: [UInt8] { storage }

    deinit { wipe(&storage) }

    /// A fixed text without the bytes.
    public var description: String { "a secret" }

    /// An empty mirror, so that `dump` does not show the bytes either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

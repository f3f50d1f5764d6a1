import CProvenanceOpenSSL

/// Bytes that are nobody else's business, such as a passphrase: one copy, shared, and overwritten when its last owner lets
/// go. They have no description, so that no message and no log can show them.
public final class Secret: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // Written to by `deinit` alone.
    private var storage: [UInt8]

    /// Takes the bytes over; the caller keeps none.
    public init(_ bytes: consuming [UInt8]) { storage = bytes }

    /// The bytes, for libcrypto; whoever makes a copy wipes it.
    var bytes: [UInt8] { storage }

    deinit { wipe(&storage) }

    /// Says nothing of the bytes.
    public var description: String { "a secret" }

    /// Shows nothing of the bytes, to `dump` neither.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

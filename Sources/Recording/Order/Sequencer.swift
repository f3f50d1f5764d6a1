import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceVerification

/// An entry that has no index yet.
public struct FreshEntry: Sendable {
    /// SHA-256 of the post: the caller orders each key once.
    public let key: Digest
    /// The signed note, byte for byte as it is logged.
    public let note: [UInt8]
    /// The note's leaf hash.
    public let leaf: Digest

    /// An entry to be ordered.
    public init(key: Digest, note: [UInt8], leaf: Digest) {
        self.key = key
        self.note = note
        self.leaf = leaf
    }
}

/// The entry that closes a run of others: an accession, whose register is durable before it is ordered.
public struct Closing: Sendable {
    /// The signed note of the accession.
    public let note: [UInt8]
    /// The note's leaf hash.
    public let leaf: Digest

    /// An accession to be ordered.
    public init(note: [UInt8], leaf: Digest) {
        self.note = note
        self.leaf = leaf
    }
}

/// Decides in which order entries of a log follow one another.
///
/// The log key signs only a tree whose order is fixed and is the only one possible. Where one writer holds a lock, the
/// checkpoint itself fixes the order; where several write, a store or a database fixes it before a tile is written.
public protocol Sequencer: Sendable {
    /// Begins to order: proves that the log is not older than what its key signed, and finishes what a dead writer began.
    ///
    /// - Throws: `E-LOG-ROLLED-BACK`, or `Problem` of keys, log or store. Nothing is signed then.
    func begin() throws(Problem) -> any SequencerSession
}

/// The right to order entries, until it is released with its last reference.
///
/// For one thread at a time.
public protocol SequencerSession: AnyObject {
    /// Reads the tree as of which look-ups are made, authenticated; for the thread that has the session.
    var base: LogReader { get }
    /// The key that signs entries, and its name.
    var signer: (name: String, key: Ed25519PrivateKey) { get }
    /// Entries that are ordered, published or not: the least index that the next one gets.
    var size: UInt64 { get }
    /// Fixes the order of new entries, which follow one another, the closing one behind them.
    ///
    /// - Parameters:
    ///   - entries: The new entries, each key once.
    ///   - closing: Makes the entry that closes them, from their indexes and from its own; `nil` from it orders none. Called
    ///     at most once.
    /// - Returns: The indexes of the entries, in their order, and of the closing one.
    /// - Throws: `Problem`, or what `closing` throws; the session orders and publishes nothing any more then.
    func order(
        _ entries: [FreshEntry], closing: ((_ indexes: [UInt64], _ index: UInt64) throws -> Closing?)?
    ) throws -> (indexes: [UInt64], closing: UInt64?)
    /// Publishes what is ordered: everything is in a durable checkpoint when it returns, and only then is recorded.
    ///
    /// - Returns: The checkpoint.
    func publish() throws -> Checkpoint
}

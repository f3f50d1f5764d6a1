import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceVerification

/// An entry that has no index yet.
public struct FreshEntry: Sendable {
    /// SHA-256 of the post: entries of one key are one entry.
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

/// What ordering an entry came to.
public enum EntryOrder: Sendable, Equatable {
    /// It has this index, which is fixed and not published yet.
    case numbered(UInt64)
    /// Another writer ordered an entry of this key since the session's base. No verdict: the entry there is read first.
    case taken(UInt64)
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
    /// The authenticated tree as of which look-ups are made.
    var base: Checkpoint { get }
    /// The key that signs entries, and its name.
    var signer: (name: String, key: Ed25519PrivateKey) { get }
    /// Entries that are ordered, published or not: the least index that the next one gets.
    var size: UInt64 { get }
    /// Fixes the order of new entries, those of equal keys once.
    ///
    /// - Parameters:
    ///   - entries: The new entries.
    ///   - closing: Makes the entry that closes them, from what became of each, and the least index that the closing one
    ///     gets; `nil` from it orders none. May be called again with other fates where another writer was faster.
    /// - Returns: What became of each entry, in their order, and the index of the closing one.
    /// - Throws: `Problem`, after which the session orders and publishes nothing any more.
    func order(
        _ entries: [FreshEntry], closing: ((_ fates: [EntryOrder], _ index: UInt64) throws -> Closing?)?
    ) throws -> (fates: [EntryOrder], closing: UInt64?)
    /// Publishes what is ordered: everything is in a durable checkpoint when it returns, and only then is recorded.
    ///
    /// - Returns: The checkpoint.
    func publish() throws -> Checkpoint
}

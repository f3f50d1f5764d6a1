import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification

/// An entry that no command of this version would write, signed with the archive's own keys, as a later version or a thief of
/// the keys can.
struct HandMadeEntry {
    private let archive: CommandLineArchive

    init(_ archive: CommandLineArchive) { self.archive = archive }

    /// Appends a note with this text, signed by the signer.
    func append(_ text: String) throws {
        let signer = try Ed25519PrivateKey.load(pem: try archive.read("keys/signer.key.pem"), passphrase: nil)
        var entrySigner = try NoteSigner(name: ArchiveFolder.signerName(CommandLineArchive.origin), key: signer)
        try append(entry: try entrySigner.sign(Array(text.utf8)))
    }

    /// Appends a note with this text, signed by another key; by the signer's name unless another is given.
    func append(_ text: String, signedBy key: Ed25519PrivateKey, named name: String? = nil) throws {
        var signer = try NoteSigner(name: name ?? ArchiveFolder.signerName(CommandLineArchive.origin), key: key)
        try append(entry: try signer.sign(Array(text.utf8)))
    }

    /// Appends bytes as they are.
    func append(entry: [UInt8]) throws {
        let log = try Ed25519PrivateKey.load(pem: try archive.read("keys/log.key.pem"), passphrase: nil)
        let storage = FolderStore(RawPath(archive("log")))
        guard let published = try LogReader.publishedNote(storage) else { throw LogError(.missing, "no checkpoint") }
        let reader = try LogReader(storage, try Checkpoint(parsing: try SignedNote(parsing: published.note).text))
        let writer = try LogWriter(
            continuing: reader, published: published, store: storage,
            signer: CheckpointSigner(try NoteSigner(name: CommandLineArchive.origin, key: log)))
        try writer.append(entry, leaf: MerkleHash.leaf(entry))
        try writer.commit()
    }
}

import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestSupport

/// An archive on disk with one post and one accession that an `add` would have made.
struct SampleArchive {
    static let origin = SampleKeys.origin
    static let post = "_posts/d/a.md"

    let folder: TemporaryFolder
    let keys: SampleKeys
    /// The name of the accession's register, with the folder.
    let register: String
    /// The checkpoint note.
    let note: [UInt8]

    /// Makes the archive.
    ///
    /// - Parameters:
    ///   - keys: The keys of log and signer.
    ///   - extra: Entries after the accession.
    ///   - signer: Who signs the entries, when not the pinned signer.
    ///   - withheld: Whether the register's only line is withheld.
    ///   - signatureFlipped: Whether one bit of the record's signature is flipped.
    /// - Throws: Any error while making it.
    init(
        keys: SampleKeys, extra: [[UInt8]] = [], signer: SampleKeys? = nil, withheld: Bool = false,
        signatureFlipped: Bool = false
    ) throws {
        folder = try TemporaryFolder()
        self.keys = keys
        let bytes = SampleLog.post(0)
        try folder.write(bytes, to: SampleArchive.post)
        try folder.write("provenance/archive@v1\norigin \(SampleArchive.origin)\n", to: ".provenance/config")
        let line = RegisterLine(
            root: 0, path: RawPath(SampleArchive.post), sha256: SHA256.hash(bytes), size: UInt64(bytes.count),
            fate: .recorded(0), salt: Array(repeating: 7, count: RegisterLine.saltCount))
        var text: [UInt8] = []
        line.append(to: &text)
        let roots = Array("{\"roots\":[\".\"]}".utf8)
        let leaf = MerkleHash.leaf(text)
        var range = CompactRange()
        range.append(MerkleHash.leaf(roots))
        range.append(leaf)
        let root = range.root
        register = "accessions/\(root.hex).jsonl"
        let shown = withheld ? Array("\"\(leaf.hex)\"".utf8) : text
        try folder.write(roots + [10] + shown + [10], to: register)

        var noteSigner = try NoteSigner(
            name: ArchiveFolder.signerName(SampleArchive.origin), key: (signer ?? keys).signer)
        let record = try SignedNote(parsing: try SampleLog(1, keys: keys, posts: [0: bytes]).entries[0]).text
        let accession = AccessionRecord(
            signer: noteSigner.verifierKey.name, log: SampleArchive.origin, recorded: 1_644_000_000_000,
            version: "1.0", first: 0, posts: 1, known: 0, refused: 0, unchanged: 0, register: root, lines: 2
        ).encoded()
        var signature = try noteSigner.signature(record)
        if signatureFlipped {
            var bytes = signature.signature
            bytes[63] ^= 1
            signature = NoteSignature(name: signature.name, keyID: signature.keyID, signature: bytes)
        }
        let first = SignedNote(text: record, signatures: [signature]).encoded()
        let entries = [first, try noteSigner.sign(accession)] + extra
        let writer = try LogWriter(
            empty: SampleArchive.origin, store: FolderStore(RawPath(folder("log"))),
            signer: CheckpointSigner(try NoteSigner(name: SampleArchive.origin, key: keys.log)))
        for entry in entries { try writer.append(entry, leaf: MerkleHash.leaf(entry)) }
        try writer.commit()
        note = writer.note ?? []
    }

    func view(_ trust: Trust) throws -> LogView {
        let environment = Environment.ofProcess()
        return try LogView(try ArchiveFolder.find(given: RawPath(folder.path), environment), trust: trust)
    }
}

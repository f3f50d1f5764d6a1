import Foundation
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
import TestSupport

/// An accession that no `add` would write, signed with the archive's own keys, as a thief of them can.
struct HandMadeAccession {
    private let archive: CommandLineArchive
    private let version: String

    init(_ archive: CommandLineArchive, version: String = "0.0.0") {
        self.archive = archive
        self.version = version
    }

    /// Appends an accession whose register says that the entry `index` was seen at each of the paths.
    func append(placing index: UInt64, at paths: [String]) throws {
        let signer = try Ed25519PrivateKey.load(pem: try archive.read("keys/signer.key.pem"), passphrase: nil)
        let log = try Ed25519PrivateKey.load(pem: try archive.read("keys/log.key.pem"), passphrase: nil)
        let storage = FolderStore(RawPath(archive("log")))
        guard let published = try LogReader.publishedNote(storage) else { throw LogError(.missing, "no checkpoint") }
        let reader = try LogReader(storage, try Checkpoint(parsing: try SignedNote(parsing: published.note).text))
        let record = try PostRecord(parsing: try SignedNote(parsing: try reader.entry(index)).text)

        var lines: [[UInt8]] = [Array("{\"roots\":[\".\"]}".utf8)]
        for path in paths {
            let line = RegisterLine(
                root: 0, path: RawPath(path), sha256: record.sha256, size: UInt64(record.size), fate: .known(index),
                salt: [UInt8](repeating: 7, count: RegisterLine.saltCount))
            var bytes: [UInt8] = []
            line.append(to: &bytes)
            lines.append(bytes)
        }
        var range = CompactRange()
        for line in lines { range.append(MerkleHash.leaf(line)) }
        let root = range.root
        try archive.folder.write(
            Array(lines.map { $0 + [0x0a] }.joined()), to: "archive/accessions/" + RegisterReader.name(root))

        let name = ArchiveFolder.signerName(CommandLineArchive.origin)
        let accession = AccessionRecord(
            signer: name, log: CommandLineArchive.origin, recorded: 1_700_000_000_000, version: version,
            first: Int(clamping: reader.size), posts: 0, known: paths.count, refused: 0, unchanged: 0, register: root,
            lines: lines.count)
        var entrySigner = try NoteSigner(name: name, key: signer)
        let entry = try entrySigner.sign(accession.encoded())
        let writer = try LogWriter(
            continuing: reader, published: published, store: storage,
            signer: CheckpointSigner(try NoteSigner(name: CommandLineArchive.origin, key: log)))
        try writer.append(entry, leaf: MerkleHash.leaf(entry))
        try writer.commit()
    }
}

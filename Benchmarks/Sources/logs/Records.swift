import ProvenanceEncoding
import ProvenanceArchive
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceVerification

/// Signed records of posts that do not exist, in an archive's log.
struct Records {
    private let archive: ArchiveFolder
    private let log: LogWriter
    private let signer: (name: String, key: Ed25519PrivateKey)

    /// Records made and signed between two commits, on all cores.
    private static let batch = 16_384

    init(_ folder: RawPath) throws {
        archive = try ArchiveFolder.find(given: folder, Environment.ofProcess())
        let keys = KeyFiles(archive.keys)
        signer = try keys.signer(.signer, passphrase: nil)
        let logKey = try keys.signer(.log, passphrase: nil)
        guard let published = try LogReader.publishedNote(archive.storage) else {
            throw Wrong("\(folder): no checkpoint")
        }
        let checkpoint = try Checkpoint(parsing: try SignedNote(parsing: published.note).text)
        let reader = try LogReader(archive.storage, checkpoint)
        log = try LogWriter(
            continuing: reader, published: published, store: archive.storage,
            signer: CheckpointSigner(try NoteSigner(name: logKey.name, key: logKey.key)))
    }

    func append(_ count: Int) throws {
        let start = Logs.seconds()
        var bytes = 0
        for first in stride(from: 0, to: count, by: Records.batch) {
            let wanted = min(Records.batch, count - first)
            let (name, key) = signer
            let slices = try concurrentMap(wanted) { range in
                try Records.make((first + range.lowerBound)..<(first + range.upperBound), name, key)
            }
            for (entry, leaf) in slices.joined() {
                try log.append(entry, leaf: leaf)
                bytes += entry.count
            }
            try log.commit()
        }
        print("seconds \(Logs.seconds() - start)")
        print("entry-bytes \(bytes)")
    }

    private static func make(
        _ numbers: Range<Int>, _ name: String, _ key: Ed25519PrivateKey
    ) throws -> [(entry: [UInt8], leaf: Digest)] {
        var signer = try NoteSigner(name: name, key: key)
        return try numbers.map { number in
            let bytes = post(number)
            let post = try Post(parsing: bytes)
            let digests = PostDigests.compute(bytes, post)
            let record = PostRecord(post, digests, signer: name, recorded: 1_700_000_000_000 + Int64(number))
            let entry = try signer.sign(record.encoded())
            return (entry, MerkleHash.leaf(entry))
        }
    }

    private static func post(_ number: Int) -> [UInt8] {
        let link = "https://news.example/\(number)"
        return Array(
            """
            ---
            layout: post
            title: "Made up \(number)"
            date: 2023-11-14T22:13:20.000Z
            from: \(link)
            ---
            <!--1700000000000-->
            [Made up \(number)](\(link))
            ------

            <p>Nobody has this post.</p>

            """.utf8)
    }
}

import Glibc
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem

/// Prints lines of a name and a number, for Benchmarks/run:
///
///     logs append FOLDER ENTRIES BATCH    appends entries of 300 bytes, a durable commit for each batch
///     logs audit FOLDER                   rebuilds the tree of such a log from its entries, without any signature of theirs
///     logs records ARCHIVE ENTRIES        appends signed records of made-up posts to an archive that `init` has made
@main
enum Logs {
    static func main() {
        do {
            let words = CommandLine.arguments
            switch (words.dropFirst().first, words.count) {
            case ("append", 5): try append(RawPath(words[2]), entries: try count(words[3]), batch: try count(words[4]))
            case ("audit", 3): try audit(RawPath(words[2]))
            case ("records", 4): try Records(RawPath(words[2])).append(try count(words[3]))
            default: throw Wrong("logs append FOLDER ENTRIES BATCH | audit FOLDER | records ARCHIVE ENTRIES")
            }
        } catch {
            let line = Array("logs: \(error)\n".utf8)
            _ = write(2, line, line.count)
            exit(2)
        }
    }

    private static func count(_ word: String) throws -> Int {
        guard let number = Int(word), number > 0 else { throw Wrong("\(word): a number above 0 is wanted") }
        return number
    }

    /// Bytes of an entry, as in comparisons of transparency logs.
    private static let entrySize = 300

    private static let origin = "bench.example/log"

    private static func entry(_ number: Int) -> [UInt8] {
        var bytes = Array("entry \(number) ".utf8)
        while bytes.count < entrySize { bytes.append(UInt8(truncatingIfNeeded: 97 &+ (bytes.count &* number) % 26)) }
        return bytes
    }

    private static func append(_ folder: RawPath, entries count: Int, batch: Int) throws {
        let entries = (0..<count).map(entry)
        guard mkdir(folder.description, 0o755) == 0 || errno == EEXIST else { throw Wrong("\(folder): no folder") }
        let key = try Ed25519PrivateKey.generate()
        let signer = CheckpointSigner(try NoteSigner(name: origin, key: key))
        let log = try LogWriter(empty: origin, store: FolderStore(folder), signer: signer)
        var commits: [Double] = []
        let start = seconds()
        var before = start
        for (number, entry) in entries.enumerated() {
            try log.append(entry, leaf: MerkleHash.leaf(entry))
            guard (number + 1) % batch == 0 || number + 1 == count else { continue }
            try log.commit()
            let now = seconds()
            commits.append(now - before)
            before = now
        }
        let all = seconds() - start
        commits.sort()
        print("entries-per-second \(Double(count) / all)")
        print("median-commit-milliseconds \(commits[commits.count / 2] * 1e3)")
    }

    private static func audit(_ folder: RawPath) throws {
        let storage = FolderStore(folder)
        guard let note = try LogReader.checkpointFile(storage) else { throw Wrong("\(folder): no checkpoint") }
        let checkpoint = try Checkpoint(parsing: try SignedNote(parsing: note).text)
        let start = seconds()
        let result = try LogAudit.run(storage, checkpoint) { (_, entries) in
            entries.count
        } consume: { _, _ in
        }
        let all = seconds() - start
        guard result.findings.isEmpty, result.entries == checkpoint.size else {
            throw Wrong("\(folder): \(result.entries) entries, \(result.findings.count) findings")
        }
        print("entries-per-second \(Double(result.entries) / all)")
    }

    /// The monotonic clock.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The problem, in words.
struct Wrong: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

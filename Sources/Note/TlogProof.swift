import ProvenanceEncoding
import ProvenanceMerkle

/// A C2SP tlog-proof: an inclusion proof and the checkpoint it leads to, in one file (`.tlog-proof`).
public struct TlogProof: Equatable, Sendable {
    /// The "extra" line, NOT authenticated. Proofs written here carry the record in it, so that a verifier needs only
    /// post, proof and keys.
    public let extra: [UInt8]?
    /// The entry's index.
    public let index: UInt64
    /// The inclusion proof's hashes, leaf sibling first.
    public let hashes: [Digest]
    /// The checkpoint note, verbatim.
    public let checkpoint: [UInt8]

    static let header = Array("c2sp.org/tlog-proof@v1".utf8)

    /// The longest file that is accepted: an entry of 65,535 bytes in base64, 63 hashes and a note of the largest size.
    public static let maxBytes = 1_200_000

    /// A proof from its parts.
    public init(extra: [UInt8]?, index: UInt64, hashes: [Digest], checkpoint: [UInt8]) {
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// Parses a proof strictly; the checkpoint is kept verbatim and not parsed.
    ///
    /// - Throws: `NoteError` with `E-PROOF-MALFORMED` and the line.
    public init(parsing bytes: [UInt8]) throws(NoteError) {
        func fail(_ reason: String, _ line: Int) -> NoteError { NoteError(.proofMalformed, reason, line: line) }
        guard bytes.count <= TlogProof.maxBytes else {
            throw fail("\(bytes.count) bytes; a proof has at most \(TlogProof.maxBytes)", 1)
        }
        var rest = bytes[...]
        var number = 0
        func next() -> ArraySlice<UInt8>? {
            guard let end = rest.firstIndex(of: Bytes.newline) else { return nil }
            defer { rest = rest[(end + 1)...] }
            number += 1
            return rest[..<end]
        }
        guard let first = next(), first.elementsEqual(TlogProof.header) else {
            throw fail("no tlog-proof: one begins with 'c2sp.org/tlog-proof@v1'", 1)
        }
        guard var line = next() else { throw fail("no index line", 2) }
        if line.starts(with: Array("extra ".utf8)) {
            guard let data = Base64.decode(line.dropFirst(6)) else {
                throw fail("the extra data are not canonical base64", number)
            }
            extra = data
            guard let following = next() else { throw fail("no index line", number + 1) }
            line = following
        } else {
            extra = nil
        }
        guard
            line.starts(with: Array("index ".utf8)),
            let index = Bytes.decimal(line.dropFirst(6), upTo: largestTreeSize)
        else { throw fail("the index line is not 'index <decimal>'", number) }
        var hashes: [Digest] = []
        while true {
            guard let line = next() else { throw fail("no empty line before the checkpoint", number + 1) }
            if line.isEmpty { break }
            guard hashes.count < maxProofHashes else {
                throw fail("more than \(maxProofHashes) hashes", number)
            }
            guard let hash = Base64.digest(line) else {
                throw fail("a hash line is not the canonical base64 of 32 bytes", number)
            }
            hashes.append(hash)
        }
        guard !rest.isEmpty else { throw fail("no checkpoint", number + 1) }
        self.index = index
        self.hashes = hashes
        checkpoint = Array(rest)
    }

    /// The file's bytes.
    public func encoded() -> [UInt8] {
        var bytes = TlogProof.header
        bytes.append(Bytes.newline)
        if let extra {
            bytes.append(contentsOf: "extra ".utf8)
            Base64.append(extra, to: &bytes)
            bytes.append(Bytes.newline)
        }
        bytes.append(contentsOf: "index \(index)\n".utf8)
        for hash in hashes {
            Base64.append(hash.bytes, to: &bytes)
            bytes.append(Bytes.newline)
        }
        bytes.append(Bytes.newline)
        bytes.append(contentsOf: checkpoint)
        return bytes
    }
}

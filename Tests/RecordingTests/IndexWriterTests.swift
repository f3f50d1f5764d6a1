import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceOpenSSL
import ProvenanceRecord
import Testing

@testable import ProvenanceRecording

/// Rows that an `add` hands to the index.
@Suite struct IndexWriterTests {
    private func line(_ path: String, _ digest: Digest, _ entry: UInt64) -> RegisterLine {
        RegisterLine(
            root: 0, path: RawPath(path), sha256: digest, size: 1, fate: .known(entry),
            salt: Array(repeating: 0, count: RegisterLine.saltCount))
    }

    @Test("a thread of its own writes them, and what it failed with is told")
    func writer() throws {
        let index = MemoryIndex()
        let writer = IndexWriter(index, roots: ["."])
        let digests = (0..<5_000).map { SHA256.hash([UInt8($0 & 255), UInt8($0 >> 8)]) }
        for (place, digest) in digests.enumerated() {
            writer.add(line("\(place).md", digest, UInt64(place)), nil)
            if place % 1_000 == 999 { try writer.writeIfDue(size: UInt64(place) + 1) }
        }
        try writer.close(nil, size: 5_000, root: digests[0])
        #expect(index.state()?.size == 5_000)
        for place in [0, 2_047, 2_999, 4_999] {
            let placements = index.placements(root: ".", path: RawPath("\(place).md"))
            #expect(placements.map(\.entry) == [UInt64(place)])
        }
    }
}

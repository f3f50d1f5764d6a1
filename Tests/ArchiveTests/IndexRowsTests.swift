import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification
import TestSupport
import Testing

@testable import ProvenanceArchive

/// Rows that an `add` has put into the index.
@Suite struct IndexRowsTests {
    @Test(
        "new, known and refused files come out of the index as they went in, through transactions that reuse the rows")
    func roundTrip() throws {
        let index = try Index.inMemory()
        let first = try IndexFixture.record("https://a.example/1", title: "", epoch: false)
        let second = try IndexFixture.record("https://b.example/字", title: "題名 two", epoch: true)
        var rows = IndexRows()
        rows.add(IndexFixture.line("a.md", first.record.sha256, .recorded(5)), first)
        rows.add(IndexFixture.line("broken.md", nil, .refused("E-POST")), nil)
        rows.add(IndexFixture.line("b.md", second.record.sha256, .recorded(6)), second)
        rows.add(IndexFixture.line("深/c.md", first.record.sha256, .known(5), root: 1), nil)
        #expect(rows.count == 4)
        try index.write { try $0.add(rows, roots: [".", "/else"], accession: 9) }
        rows.removeAll()
        #expect(rows.count == 0)
        rows.add(IndexFixture.line("d.md", second.record.sha256, .known(6)), nil)
        try index.write { try $0.add(rows, roots: [".", "/else"], accession: 10) }

        try index.read { lookup in
            let one = try #require(try lookup.row(5))
            #expect(one.sha256 == first.record.sha256 && one.source == "https://a.example/1" && one.title == "")
            #expect(one.published == nil && one.recorded == 7 && one.dated == "2016-10-15T11:27:21.492Z")
            let two = try #require(try lookup.row(6))
            #expect(two.source == "https://b.example/字" && two.title == "題名 two")
            #expect(two.published == 1_476_530_841_492)
            #expect(try lookup.entries(second.record.sha256) == [6])
            #expect(try lookup.entries(source: "https://b.example/字").map(\.index) == [6])
            #expect(
                try lookup.placements(of: 5) == [
                    Index.Placement(root: ".", path: "a.md", entry: 5, accession: 9),
                    Index.Placement(root: "/else", path: "深/c.md", entry: 5, accession: 9),
                ])
            #expect(
                try lookup.placements(of: 6) == [
                    Index.Placement(root: ".", path: "b.md", entry: 6, accession: 9),
                    Index.Placement(root: ".", path: "d.md", entry: 6, accession: 10),
                ])
            let refusal = try lookup.statement("SELECT path, error, sha256 IS NULL FROM refusal").first { row in
                (row.blob(0), row.string(1), row.integer(2))
            }
            #expect(refusal?.0 == Array("broken.md".utf8) && refusal?.1 == "E-POST" && refusal?.2 == 1)
            #expect(
                try lookup.differences(0..<9, [(5, first.record), (6, second.record)], MarkKey()).0 == 0
                    && lookup.differences(
                        0..<9, [(5, second.record), (6, second.record), (7, first.record)], MarkKey()
                    ).0 == 2)
        }
    }

    @Test("a separate thread writes them, and its error is reported")
    func writer() throws {
        let index = try Index.inMemory()
        let writer = IndexWriter(index, roots: ["."])
        let digests = (0..<5_000).map { SHA256.hash([UInt8($0 & 255), UInt8($0 >> 8)]) }
        for (place, digest) in digests.enumerated() {
            writer.add(IndexFixture.line("\(place).md", digest, .known(UInt64(place))), nil)
            if place % 1_000 == 999 { try writer.writeIfDue(size: UInt64(place) + 1) }
        }
        try writer.close(nil, size: 5_000, root: digests[0])
        #expect(try index.state()?.size == 5_000)
        try index.read { lookup in
            for place in [0, 2_047, 2_999, 4_999] {
                let placements = try lookup.placements(root: ".", path: RawPath("\(place).md"))
                #expect(placements.map(\.entry) == [UInt64(place)])
            }
        }
    }
}

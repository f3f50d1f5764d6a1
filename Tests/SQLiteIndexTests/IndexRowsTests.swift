import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import TestSupport
import Testing

@testable import ProvenanceSQLiteIndex

/// Rows that an `add` has put into the index.
@Suite struct IndexRowsTests {
    @Test(
        "new, known and refused files come out of the index as they went in, through transactions that reuse the rows")
    func roundTrip() throws {
        let index = try SQLiteIndex.inMemory()
        let first = try IndexFixture.record("https://a.example/1", title: "", epoch: false)
        let second = try IndexFixture.record("https://b.example/字", title: "題名 two", epoch: true)
        var rows = IndexRows()
        rows.begin(accession: 9, roots: [".", "/else"])
        rows.add(IndexFixture.line("a.md", first.record.sha256, .recorded(5)), first)
        rows.add(IndexFixture.line("broken.md", nil, .refused("E-POST")), nil)
        rows.add(IndexFixture.line("b.md", second.record.sha256, .recorded(6)), second)
        rows.add(IndexFixture.line("深/c.md", first.record.sha256, .known(5), root: 1), nil)
        #expect(rows.count == 4)
        try index.write(rows, to: nil)
        rows.removeAll()
        #expect(rows.count == 0)
        rows.begin(accession: 10, roots: [".", "/else"])
        rows.add(IndexFixture.line("d.md", second.record.sha256, .known(6)), nil)
        try index.write(rows, to: nil)

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
                    Placement(root: ".", path: "a.md", entry: 5, accession: 9),
                    Placement(root: "/else", path: "深/c.md", entry: 5, accession: 9),
                ])
            #expect(
                try lookup.placements(of: 6) == [
                    Placement(root: ".", path: "b.md", entry: 6, accession: 9),
                    Placement(root: ".", path: "d.md", entry: 6, accession: 10),
                ])
            let refusal = try lookup.statement("SELECT path, error, sha256 IS NULL FROM refusal").first { row in
                (row.blob(0), row.string(1), row.integer(2))
            }
            #expect(refusal?.0 == Array("broken.md".utf8) && refusal?.1 == "E-POST" && refusal?.2 == 1)
            #expect(
                try lookup.differences(0..<9, [(5, first.record), (6, second.record)], MarkKey()).count == 0
                    && lookup.differences(
                        0..<9, [(5, second.record), (6, second.record), (7, first.record)], MarkKey()
                    ).count == 2)
        }
    }
}

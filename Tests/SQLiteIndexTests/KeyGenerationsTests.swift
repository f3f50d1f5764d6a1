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

/// The keys by which rows are found, in a large table and a recent one.
@Suite struct KeyGenerationsTests {
    private let folder: TemporaryFolder
    private let path: RawPath

    init() throws {
        folder = try TemporaryFolder()
        path = RawPath(folder("index.sqlite"))
    }

    /// Adds a post for each entry, seen at a place of its own, all of one address, as an `add` does.
    private func add(_ entries: Range<UInt64>, to index: SQLiteIndex, accession: UInt64, closes: Bool = true) throws {
        var rows = IndexRows()
        rows.begin(accession: accession, roots: ["."])
        for entry in entries {
            let fresh = try record(entry)
            rows.add(IndexFixture.line("\(entry).md", fresh.record.sha256, .recorded(entry)), fresh)
        }
        let state = IndexState(size: entries.upperBound, root: SHA256.hash([]))
        try index.write(rows, to: closes ? state : nil)
    }

    private func record(_ entry: UInt64) throws -> FreshRecord {
        try IndexFixture.record("https://a.example/", title: "post \(entry)")
    }

    private func digest(_ entry: UInt64) throws -> Digest { try record(entry).record.sha256 }

    /// Whether each entry is found, and only once, by its digest, its address and its place.
    private func check(_ index: SQLiteIndex, _ entries: Range<UInt64>) throws {
        try index.read { (lookup) throws in
            for entry in entries {
                #expect(try lookup.entries(digest(entry)) == [entry])
                #expect(try lookup.placements(root: ".", path: RawPath("\(entry).md")).map(\.entry) == [entry])
            }
            #expect(try lookup.entries(source: "https://a.example/").map(\.index) == Array(entries), "oldest first")
        }
    }

    /// Rows of the large tables and of the recent ones: digests, addresses, paths.
    private func counts() throws -> [[Int64?]] {
        let connection = try SQLiteConnection(path, .reading)
        return try [KeyTable.all.map(\.name), KeyTable.all.map(\.recent)].map { names in
            try names.map { try connection.statement("SELECT count(*) FROM \($0)").first { $0.integer(0) } }
        }
    }

    @Test("keys are moved when the recent ones are an eighth, and more than a few")
    func merge() throws {
        let index = try SQLiteIndex.forWriting(path, recent: 16)
        try add(0..<16, to: index, accession: 16)
        #expect(try counts() == [[0, 0, 0], [16, 16, 16]])
        try check(index, 0..<16)
        try add(16..<17, to: index, accession: 17)
        #expect(try counts()[0][0] == 17 && counts()[1][0] == 0)
        try add(17..<200, to: index, accession: 200)
        #expect(try counts() == [[200, 200, 200], [0, 0, 0]])
        try add(200..<224, to: index, accession: 224)
        #expect(try counts()[0][0] == 200 && counts()[1][0] == 24, "more than a few, and less than an eighth")
        try check(index, 0..<224)
        try add(224..<226, to: index, accession: 226)
        #expect(try counts() == [[226, 226, 226], [0, 0, 0]])
        try check(index, 0..<226)
        #expect(index.isSound())
    }

    @Test("a row whose key is in both tables is found once, and a stale key leads nowhere")
    func both() throws {
        let index = try SQLiteIndex.forWriting(path, recent: 4)
        try add(0..<6, to: index, accession: 6)
        let damage = try SQLiteConnection(path, .writing)
        for table in KeyTable.all {
            try damage.execute("INSERT INTO \(table.recent) SELECT * FROM \(table.name)")
            // Pointing to the row after the right one, and to one that does not exist.
            for other in ["\(table.row) + 1", "\(table.row) + 1000"] {
                try damage.execute("INSERT OR IGNORE INTO \(table.recent) SELECT key, \(other) FROM \(table.name)")
            }
        }
        try check(index, 0..<6)
        try add(6..<12, to: index, accession: 12)
        try check(index, 0..<12)
        #expect(try counts()[1] == [0, 0, 0], "moved, whatever was there")
    }

    @Test("an entry that is written again with another post is found by that one only")
    func replaced() throws {
        let index = try SQLiteIndex.forWriting(path)
        try add(0..<3, to: index, accession: 3)
        let (old, new) = (try record(1), try IndexFixture.record("https://b.example/", title: "new"))
        for _ in 0..<2 { try index.write { try $0.add(1, new.record) } }
        try index.read { (lookup) throws in
            #expect(try lookup.entries(old.record.sha256) == [])
            #expect(try lookup.entries(new.record.sha256) == [1])
            #expect(try lookup.entries(source: "https://b.example/").map(\.index) == [1])
            #expect(try lookup.entries(source: "https://a.example/").map(\.index) == [0, 2])
        }
    }

    @Test("what an add wrote that did not live to close goes with its keys, moved or not", arguments: [4, 1_000])
    func unfinished(recent: UInt64) throws {
        do {
            let index = try SQLiteIndex.forWriting(path, recent: recent)
            try add(0..<10, to: index, accession: 10)
            try add(11..<30, to: index, accession: 11, closes: false)
            try add(30..<33, to: index, accession: 11, closes: false)
        }
        #expect(try counts()[0][0] ?? 0 > 10 || recent == 1_000)
        let index = try SQLiteIndex.forWriting(path, recent: recent)
        try index.dropUnfinished(from: 11)
        try check(index, 0..<10)
        #expect(try zip(counts()[0], counts()[1]).allSatisfy { ($0 ?? 0) + ($1 ?? 0) == 10 })
        try index.dropUnfinished(from: 11)
        // As the next `add` does, with as many rows again.
        try add(11..<41, to: index, accession: 41)
        try index.read { (lookup) throws in
            for entry in UInt64(11)..<41 { #expect(try lookup.entries(digest(entry)) == [entry]) }
        }
        #expect(try zip(counts()[0], counts()[1]).allSatisfy { ($0 ?? 0) + ($1 ?? 0) == 40 })
    }

    @Test("an index made anew has all keys in the large tables; one of a new log moves them like any other")
    func madeAnew() throws {
        do {
            let index = try SQLiteIndex.forNewLog(path, recent: 4)
            try add(0..<3, to: index, accession: 3)
            try add(3..<8, to: index, accession: 8)
            try check(index, 0..<8)
            try index.nameFile()
        }
        #expect(try counts() == [[8, 8, 8], [0, 0, 0]])
        let index = try SQLiteIndex.forWriting(path)
        try index.clear()
        #expect(try counts() == [[0, 0, 0], [0, 0, 0]])
        var rows = IndexRows()
        for entry in UInt64(0)..<8 { rows.add(entry, try record(entry).record) }
        try index.write(rows, to: nil)
        rows.removeAll()
        rows.begin(accession: 9, roots: ["."])
        for entry in UInt64(0)..<8 {
            rows.add(IndexFixture.line("\(entry).md", try record(entry).record.sha256, .recorded(entry)), nil)
        }
        try index.write(rows, to: IndexState(size: 8, root: SHA256.hash([])))
        #expect(try counts() == [[8, 8, 8], [0, 0, 0]])
        try check(index, 0..<8)
    }

    @Test(
        "a mark of what was moved that cannot be moves keys too early or never, and loses none",
        arguments: ["0, 0", "-5, -5", "'x', x'00'", "9223372036854775807, 9223372036854775807"])
    func wrongMark(values: String) throws {
        let index = try SQLiteIndex.forWriting(path, recent: 4)
        try add(0..<6, to: index, accession: 6)
        try SQLiteConnection(path, .writing).execute("INSERT OR REPLACE INTO merged VALUES (0, \(values))")
        try add(6..<9, to: index, accession: 9)
        try index.dropUnfinished(from: 10)
        try check(index, 0..<9)
    }

    @Test("what the keys come to is the same before they are moved and after, and another for any change")
    func sums() throws {
        let index = try SQLiteIndex.forWriting(path, recent: 100)
        try add(0..<20, to: index, accession: 20)
        let key = MarkKey()
        func sums() throws -> [LineSum] {
            try index.read { (lookup) throws in
                let rows = try lookup.differences(0..<20, [], key).1
                let paths = try lookup.lines(key).keys
                #expect(paths == LineSum() || paths.differences(LineSum()) == 20)
                return [rows.digests, rows.sources, paths]
                    .enumerated().map { place, sum in
                        let found = try? lookup.keys(KeyTable.all[place], key)
                        #expect(found != nil)
                        return found.map { sum == $0 ? LineSum() : $0 } ?? sum
                    }
            }
        }
        let right = [LineSum(), LineSum(), LineSum()]
        #expect(try sums() == right)
        let damage = try SQLiteConnection(path, .writing)
        for table in KeyTable.all {
            try damage.execute("INSERT INTO \(table.name) SELECT * FROM \(table.recent) WHERE \(table.row) > 7")
            try damage.execute("DELETE FROM \(table.recent) WHERE \(table.row) > 7")
        }
        #expect(try sums() == right, "moved")
        for table in KeyTable.all {
            for change in [
                "DELETE FROM \(table.name) WHERE \(table.row) = 9", "UPDATE \(table.name) SET key = key + 1",
                "UPDATE \(table.recent) SET \(table.row) = 'x' WHERE \(table.row) = 3",
                "INSERT INTO \(table.recent) SELECT * FROM \(table.name) WHERE \(table.row) = 9",
            ] {
                try damage.begin()
                try damage.execute(change)
                try damage.commit()
                #expect(try sums() != right, "\(change)")
                try damage.execute("DELETE FROM \(table.name); DELETE FROM \(table.recent)")
                try damage.execute(
                    "INSERT INTO \(table.name) SELECT \(table.expression), id FROM \(table.row)")
                #expect(try sums() == right)
                try damage.execute("INSERT INTO \(table.recent) SELECT * FROM \(table.name) WHERE \(table.row) < 8")
                try damage.execute("DELETE FROM \(table.name) WHERE \(table.row) < 8")
            }
        }
    }
}

import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSQLiteIndex
import TestSupport
import Testing

/// What every engine of an index must do: the same calls give the same answers, whatever stands behind the seam.
@Suite struct IndexContractTests {
    /// The engines.
    enum Engine: CaseIterable, Sendable {
        case memory
        case newFile
        case file

        func make(_ folder: TemporaryFolder) throws -> any ArchiveIndex {
            switch self {
            case .memory: MemoryIndex()
            case .newFile: try SQLiteIndexFile(RawPath(folder("index"))).openForWriting(isNewLog: true)
            case .file: try SQLiteIndexFile(RawPath(folder("index"))).openForWriting(isNewLog: false)
            }
        }
    }

    private static let root = SHA256.hash(Array("a root".utf8))

    private func fresh(_ number: Int, source: String? = nil) throws -> FreshRecord {
        let address = source ?? "https://news.example/\(number)"
        let bytes = Array(
            "---\ntitle: \"Post \(number)\"\ndate: 2022-02-10T05:52:00.000Z\nfrom: \(address)\n---\n<p>\(number)</p>\n"
                .utf8)
        let post = try Post(parsing: bytes)
        let record = PostRecord(
            post, PostDigests.compute(bytes, post), signer: "x.example/signer", recorded: Int64(number))
        return FreshRecord(record, title: post.title.string)
    }

    private func line(
        _ path: String, _ record: FreshRecord?, _ fate: RegisterLine.Fate, root: Int = 0
    ) -> RegisterLine {
        RegisterLine(
            root: root, path: RawPath(path), sha256: record?.record.sha256, size: 1, fate: fate,
            salt: Array(repeating: 0, count: RegisterLine.saltCount))
    }

    /// Two entries at three places, and a refusal, of accession 9.
    private func rows() throws -> (rows: IndexRows, one: FreshRecord, two: FreshRecord) {
        let (one, two) = (try fresh(1), try fresh(2, source: "https://news.example/1"))
        var rows = IndexRows()
        rows.begin(accession: 9, roots: [".", "/else"])
        rows.add(line("a.md", one, .recorded(5)), one)
        rows.add(line("b.md", two, .recorded(6)), two)
        rows.add(line("深/c.md", one, .known(5), root: 1), nil)
        rows.add(line("none.md", nil, .refused("E-POST")), nil)
        return (rows, one, two)
    }

    @Test(arguments: Engine.allCases)
    func `Rows come back as they were written, by entry, digest, address and place`(_ engine: Engine) throws {
        let folder = try TemporaryFolder()
        let index = try engine.make(folder)
        #expect(try index.state() == nil)
        let (rows, one, two) = try rows()
        let state = IndexState(size: 10, root: IndexContractTests.root)
        try index.write(rows, to: state)
        if engine != .newFile { #expect(try index.state() == state) }
        try index.publish()
        let reader = try reopened(index, engine, folder)
        #expect(try reader.state() == state)
        let found = try reader.entries([6, 5, 7])
        #expect(found.map { $0?.index } == [6, 5, nil])
        #expect(found[1]?.sha256 == one.record.sha256 && found[1]?.title == "Post 1" && found[1]?.recorded == 1)
        #expect(found[0]?.dated == "2022-02-10T05:52:00.000Z" && found[0]?.published == nil)
        #expect(try reader.entries(of: two.record.sha256) == [6])
        #expect(try reader.entries(source: "https://news.example/1").map(\.index) == [5, 6], "oldest first")
        #expect(
            try reader.placements(of: [5, 6, 7]) == [
                [
                    Placement(root: ".", path: "a.md", entry: 5, accession: 9),
                    Placement(root: "/else", path: "深/c.md", entry: 5, accession: 9),
                ], [Placement(root: ".", path: "b.md", entry: 6, accession: 9)], [],
            ])
        #expect(try reader.placements(root: "/else", path: "深/c.md").map(\.entry) == [5])
        #expect(try reader.placements(root: ".", path: "深/c.md").isEmpty)
        #expect(reader.isSound())
    }

    /// A file without a name is closed when it gets one, so what was written is read from the file.
    private func reopened(
        _ index: any ArchiveIndex, _ engine: Engine, _ folder: TemporaryFolder
    ) throws -> any ArchiveIndex {
        guard engine != .memory else { return index }
        return try #require(SQLiteIndexFile(RawPath(folder("index"))).openForReading())
    }

    @Test(arguments: [Engine.memory, .file])
    func `Rows that no state covers are dropped, and those below it stay`(_ engine: Engine) throws {
        let folder = try TemporaryFolder()
        let index = try engine.make(folder)
        let (first, one, _) = try rows()
        try index.write(first, to: IndexState(size: 10, root: IndexContractTests.root))
        let late = try fresh(3)
        var rows = IndexRows()
        rows.begin(accession: 11, roots: ["."])
        rows.add(line("late.md", late, .recorded(10)), late)
        rows.add(line("again.md", one, .known(5)), nil)
        try index.write(rows, to: nil)
        #expect(try index.state()?.size == 10 && index.entries([10])[0] != nil)
        try index.dropUnfinished(from: 10)
        #expect(try index.entries([10, 5]).map { $0?.index } == [nil, 5])
        #expect(try index.placements(of: [5])[0].map(\.path) == ["a.md", "深/c.md"])
        #expect(
            try index.entries(of: late.record.sha256).isEmpty && index.placements(root: ".", path: "late.md").isEmpty)
    }

    @Test(arguments: [Engine.memory, .file])
    func `A state smaller than the last is refused, and nothing of it is written`(_ engine: Engine) throws {
        let folder = try TemporaryFolder()
        let index = try engine.make(folder)
        let (rows, _, _) = try rows()
        try index.write(rows, to: IndexState(size: 10, root: IndexContractTests.root))
        var other = IndexRows()
        let late = try fresh(4)
        other.add(12, late.record)
        let error = #expect(throws: IndexError.self) {
            try index.write(other, to: IndexState(size: 9, root: IndexContractTests.root))
        }
        #expect(error?.kind == .changed)
        #expect(try index.state()?.size == 10 && index.entries([12])[0] == nil)
    }

    @Test(arguments: [Engine.memory, .file])
    func `After clear it is built anew, titles last, and found by every key`(_ engine: Engine) throws {
        let folder = try TemporaryFolder()
        let index = try engine.make(folder)
        let (first, _, _) = try rows()
        try index.write(first, to: IndexState(size: 10, root: IndexContractTests.root))
        try index.clear()
        #expect(try index.state() == nil && index.entries([5])[0] == nil)
        let one = try fresh(1)
        var rows = IndexRows()
        rows.add(5, one.record)
        try index.write(rows, to: nil)
        rows.removeAll()
        rows.continue(accession: 9, root: "?")
        rows.add(line("a.md", one, .recorded(5), root: 3), nil, root: 0)
        rows.add(line("no.md", nil, .refused("E-POST"), root: 3), nil, root: 0)
        rows.setTitle("標題", of: 5)
        rows.add(7, critical: "provenance/key@v9")
        try index.write(rows, to: IndexState(size: 10, root: IndexContractTests.root))
        #expect(try index.entries([5])[0]?.title == "標題")
        #expect(try index.entries(of: one.record.sha256) == [5])
        #expect(try index.placements(root: "?", path: "a.md").map(\.entry) == [5])
    }

    @Test(arguments: [Engine.memory, .file])
    func `Sums and differences are those of the rows, and another record differs`(_ engine: Engine) throws {
        let folder = try TemporaryFolder()
        let index = try engine.make(folder)
        let (rows, one, two) = try rows()
        try index.write(rows, to: IndexState(size: 10, root: IndexContractTests.root))
        let key = MarkKey()
        let same = try index.differences(0..<10, [(5, one.record), (6, two.record)], key)
        #expect(same.count == 0)
        #expect(try index.differences(0..<10, [(5, two.record), (6, two.record), (7, one.record)], key).count == 2)
        let sums = try index.sums(key, size: 10)
        #expect(sums.entries == same.keys)
        #expect(sums.placementRows == sums.placementKeys && sums.placementRows.count == 3)
        var lines = LineSum()
        lines.add(key.mark(line("a.md", one, .recorded(5)), root: "."))
        lines.add(key.mark(line("b.md", two, .recorded(6)), root: "."))
        lines.add(key.mark(line("深/c.md", one, .known(5)), root: "/else"))
        lines.add(key.mark(line("none.md", nil, .refused("E-POST")), root: "."))
        #expect(sums.lines == lines)
        let reference = MemoryIndex()
        try reference.write(rows, to: nil)
        #expect(reference.sums(key, size: 10).lines == lines)
    }

    @Test func `What is no index is not opened for reading, damaged for writing, and removed by name`() throws {
        let folder = try TemporaryFolder()
        let file = SQLiteIndexFile(RawPath(folder("index")))
        #expect(try !file.exists() && file.openForReading() == nil && file.openTwiceForReading() == nil)
        try folder.write("no database, whatever it is called, and long enough to be looked at as one", to: "index")
        #expect(try file.exists() && file.openForReading() == nil)
        let error = #expect(throws: IndexError.self) { try file.openForWriting(isNewLog: false) }
        #expect(error?.kind == .damaged)
        try file.remove()
        #expect(try !file.exists())
        try file.openForWriting(isNewLog: false).write(
            IndexRows(), to: IndexState(size: 1, root: IndexContractTests.root))
        let both = try #require(file.openTwiceForReading())
        #expect(try both.one.state() == both.other.state() && both.one.state()?.size == 1)
    }
}

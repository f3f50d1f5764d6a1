import CProvenanceSQLite
import Dispatch
import Glibc
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceOpenSSL
import ProvenanceSystem
import Synchronization
import TestSupport
import Testing

@testable import ProvenanceSQLiteIndex

/// The index is a file that others can write, read and damage.
@Suite struct SQLiteIndexTests {
    private let folder: TemporaryFolder
    private let path: RawPath

    init() throws {
        folder = try TemporaryFolder()
        path = RawPath(folder("index.sqlite"))
    }

    private struct Refused: Error {}

    private static let digest = Digest(bytes: Array(repeating: 7, count: Digest.byteCount))

    private func digest() throws -> Digest { try #require(SQLiteIndexTests.digest) }

    /// Makes an index with a state.
    private func makeIndex(size: UInt64 = 3) throws {
        let digest = try digest()
        try SQLiteIndex.forWriting(path).write { try $0.setState(size: size, root: digest) }
    }

    /// Runs SQL that the program itself does not use.
    private func damage(_ sql: String) throws { try SQLiteConnection(path, .writing).execute(sql) }

    /// The names in the folder, sorted.
    private func names() throws -> [String] {
        try run("ls", "-A", folder.path).stdout.split(separator: "\n").map(String.init)
    }

    // MARK: Files that are not an index

    @Test(
        "a file that is no database, or a broken one, is not read, and is refused for writing",
        arguments: ["text", "header", "pages", "end", "empty", "folder"])
    func damagedFile(kind: String) throws {
        try makeIndex()
        var bytes = try folder.read("index.sqlite")
        switch kind {
        case "text": bytes = Array(repeating: 0x20, count: 4_096)
        case "header": bytes.replaceSubrange(16..<100, with: repeatElement(0xff, count: 84))
        case "pages": bytes.replaceSubrange(100..<bytes.count, with: repeatElement(0xaa, count: bytes.count - 100))
        case "end": bytes.removeLast(bytes.count - 1_000)
        case "empty": bytes = []
        default: break
        }
        try DurableFile.remove(path)
        if kind == "folder" {
            try folder.write(bytes, to: "index.sqlite/x")
        } else {
            try folder.write(bytes, to: "index.sqlite")
        }
        #expect(SQLiteIndex.forReading(path) == nil)
        switch kind {
        case "empty": #expect(try SQLiteIndex.forWriting(path).state() == nil, "as good as none")
        case "folder": #expect(throws: DamagedIndex.self) { try SQLiteIndex.forWriting(path) }
        default:
            let error = #expect(throws: SQLiteError.self) { try SQLiteIndex.forWriting(path) }
            #expect([SQLITE_NOTADB, SQLITE_CORRUPT].contains(error?.primaryCode), "\(String(describing: error))")
        }
    }

    @Test(
        "other tables than ours are not read, and are refused for writing",
        arguments: [
            """
            DROP TABLE entry; CREATE VIEW entry AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c)
            SELECT id, x'00' AS sha256 FROM c
            """,
            "CREATE TRIGGER t AFTER INSERT ON placement BEGIN DELETE FROM placement; END",
            // Only names with the prefix "sqlite_" are SQLite's own; these merely resemble it.
            "CREATE TRIGGER sqlitex AFTER INSERT ON placement BEGIN DELETE FROM placement; END",
            "CREATE TABLE \"sqlite-notes\" (id)", "ANALYZE",
            "DROP TABLE refusal", "CREATE TABLE more (id)", "PRAGMA user_version = 2",
            "DROP TABLE digest_key_recent", "DROP TABLE path_key",
            "DROP TABLE source_key; CREATE VIEW source_key AS SELECT id AS key, id AS entry FROM entry",
            "CREATE INDEX more ON digest_key (entry)",
        ])
    func otherTables(sql: String) throws {
        try makeIndex()
        #expect(try SQLiteIndex.forReading(path)?.state()?.size == 3)
        try damage(sql)
        #expect(SQLiteIndex.forReading(path) == nil)
        #expect(throws: DamagedIndex.self) { try SQLiteIndex.forWriting(path) }
    }

    @Test("a tree as deep as the file has pages is looked through, and is not sound")
    func deepTree() throws {
        let connection = try SQLiteConnection(path, .writing)
        let version = "PRAGMA user_version = \(SQLiteSchema.version)"
        for sql in ["PRAGMA page_size = 512"] + SQLiteSchema.statements + [version] { try connection.execute(sql) }
        let root = try connection.statement("SELECT rootpage FROM sqlite_master WHERE name = 'critical'")
            .first { $0.integer(0) }
        connection.close()
        var bytes = try folder.read("index.sqlite")
        // "0x05: interior table b-tree page … the right-most pointer", without any cell; a page of 512 bytes each.
        func page(leadingTo next: Int) -> [UInt8] {
            let head: [UInt8] = [5, 0, 0, 0, 0, 2, 0, 0] + withUnsafeBytes(of: UInt32(next).bigEndian) { Array($0) }
            return head + [UInt8](repeating: 0, count: 512 - head.count)
        }
        let first = bytes.count / 512 + 1
        let levels = 60_000
        let start = (Int(try #require(root)) - 1) * 512
        bytes.replaceSubrange(start..<(start + 512), with: page(leadingTo: first))
        for level in 0..<levels { bytes += page(leadingTo: first + level + 1) }
        bytes += [0x0D, 0, 0, 0, 0, 2, 0, 0] + [UInt8](repeating: 0, count: 504)
        // "The in-header database size" is valid where the two change counters are equal, as here.
        bytes.replaceSubrange(28..<32, with: withUnsafeBytes(of: UInt32(bytes.count / 512).bigEndian) { Array($0) })
        try folder.write(bytes, to: "index.sqlite")
        let index = try #require(SQLiteIndex.forReading(path))
        #expect(!index.isSound(), "a tree of more than twenty levels cannot be read")
    }

    @Test("placement ids that no log comes to make it an index to be made again", arguments: ["1 << 62", "-1"])
    func placementIDs(id: String) throws {
        try makeIndex()
        try damage("INSERT INTO placement (id, root, path, entry, accession) VALUES (\(id), '.', x'61', 0, 1)")
        #expect(throws: DamagedIndex.self) { try SQLiteIndex.forWriting(path) }
    }

    @Test("a column of another type is nothing, a text that is not UTF-8 shows as far as it is")
    func columns() throws {
        let connection = try SQLiteConnection(nil, .writing)
        let sql = "SELECT 'text', x'ff00', -5, 7.0, NULL, CAST(x'61ff62' AS TEXT), x'', '', 9223372036854775807"
        let isRead = try connection.statement(sql).first { row in
            #expect((0...8).map { row.integer($0) } == [nil, nil, -5, nil, nil, nil, nil, nil, .max])
            #expect((0...8).map { row.index($0) } == [nil, nil, nil, nil, nil, nil, nil, nil, UInt64(Int64.max)])
            #expect((0...8).map { row.string($0) } == ["text", nil, nil, nil, nil, "a\u{fffd}b", nil, "", nil])
            #expect((0...8).map { row.text($0) }[5] == [0x61, 0xff, 0x62])
            #expect((0...8).map { row.blob($0) } == [nil, [0xff, 0], nil, nil, nil, nil, [], nil, nil])
            #expect((0...9).allSatisfy { row.digest($0) == nil })
            #expect(row.isText(0, "text") && !row.isText(0, "tex") && !row.isText(0, "texts"))
            #expect(!row.isText(1, "\u{ff}") && row.isText(7, "") && !row.isText(6, "") && !row.isText(4, ""))
            #expect(row.isInteger(2, -5) && !row.isInteger(3, 7) && row.isInteger(4, nil) && !row.isInteger(2, nil))
            return true
        }
        #expect(isRead == true)
    }

    @Test("a value that is longer than any of ours is refused, and so is a schema that is longer than ours")
    func limits() throws {
        let connection = try SQLiteConnection(nil, .writing)
        let error = #expect(throws: SQLiteError.self) {
            try connection.statement("SELECT zeroblob(40000000)").first { $0.blob(0) }
        }
        #expect(error?.primaryCode == SQLITE_TOOBIG)
        let comment = String(repeating: " ", count: 20_000)
        #expect(throws: SQLiteError.self) { try connection.execute("SELECT 1 \(comment)") }
        #expect(throws: SQLiteError.self) { try connection.execute("ATTACH DATABASE ':memory:' AS other") }
    }

    // MARK: Statements

    @Test("a statement whose rows are being read, and a connection that is closed, are refused")
    func misuse() throws {
        let connection = try SQLiteConnection(nil, .writing)
        try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)")
        let sql = "SELECT id FROM t"
        var seen: [Int64?] = []
        try connection.statement(sql).rows { row in
            seen.append(row.integer(0))
            let error = #expect(throws: SQLiteError.self) { try connection.statement(sql) }
            #expect(error?.code == SQLITE_MISUSE)
        }
        #expect(seen == [1, 2, 3])
        // A statement whose body threw is reset: it can be used again, and does not keep a transaction open.
        #expect(throws: Refused.self) { try connection.statement(sql).rows { _ in throw Refused() } }
        try connection.writing { try connection.execute("DROP TABLE t") }
        let late = try connection.statement("SELECT 1")
        connection.close()
        connection.close()
        #expect(try late.first { $0.integer(0) } == 1, "the connection waits for it")
        #expect(throws: SQLiteError.self) { try connection.statement("SELECT 1") }
        #expect(throws: SQLiteError.self) { try connection.execute("SELECT 1") }
        #expect(throws: SQLiteError.self) { try connection.begin() }
    }

    // MARK: Transactions

    @Test("what was written before an error was thrown is not there, and the next transaction is")
    func rollback() throws {
        let digest = try digest()
        for index in [try SQLiteIndex.inMemory(), try SQLiteIndex.forWriting(path)] {
            #expect(throws: Refused.self) {
                try index.write { update in
                    try update.setState(size: 9, root: digest)
                    throw Refused()
                }
            }
            #expect(try index.state() == nil)
            #expect(throws: Refused.self) { try index.read { _ in throw Refused() } }
            try index.write { try $0.setState(size: 1, root: digest) }
            #expect(try index.state()?.size == 1)
            try index.clear()
            #expect(try index.state() == nil && index.isSound())
        }
    }

    @Test("a writer that is busy is waited for, and readers read meanwhile")
    func busy() throws {
        try makeIndex()
        let index = try SQLiteIndex.forWriting(path)
        let other = try SQLiteConnection(path, .writing)
        try other.begin()
        try other.execute("UPDATE state SET size = 8")
        let error = #expect(throws: SQLiteError.self) { try SQLiteConnection(path, .writing).begin() }
        #expect(error?.primaryCode == SQLITE_BUSY && error?.description.contains("locked") == true)
        #expect(try index.state()?.size == 3 && SQLiteIndex.forReading(path)?.state()?.size == 3)
        let isBegun = DispatchSemaphore(value: 0)
        let thread = SerialThread()
        thread.async {
            isBegun.signal()
            usleep(200_000)
            try? other.commit()
        }
        isBegun.wait()
        let digest = try digest()
        try index.write { try $0.add(5, critical: "provenance/key@v9") }
        #expect(try index.state()?.size == 8)
        try index.write { try $0.setState(size: 4, root: digest) }
        #expect(try index.read { try $0.critical() } == "provenance/key@v9")
    }

    @Test("threads read at the same time, beside one that writes, and see what was there when they began")
    func readersBesideWriter() throws {
        try makeIndex()
        let index = try SQLiteIndex.forWriting(path)
        let digest = try digest()
        let (areIn, isWritten) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let done = DispatchGroup()
        let seen = Mutex<[String?]>([])
        let threads = (0..<3).map { _ in SerialThread() }
        for thread in threads {
            done.enter()
            thread.async {
                defer { done.leave() }
                // All three sessions overlap, which is possible only with a connection for each.
                let words = try? index.read { lookup in
                    let before = try lookup.critical()
                    areIn.signal()
                    isWritten.wait()
                    return [before, try lookup.critical()]
                }
                seen.withLock { $0 += words ?? ["failed"] }
            }
        }
        for _ in 0..<3 { #expect(areIn.wait(timeout: .now() + 20) == .success) }
        try index.write { update in
            try update.add(5, critical: "provenance/key@v9")
            #expect(try index.read { try $0.critical() } == nil, "not committed")
        }
        try index.write { try $0.setState(size: 4, root: digest) }
        #expect(try index.read { try $0.critical() } != nil)
        for _ in 0..<3 { isWritten.signal() }
        #expect(done.wait(timeout: .now() + 20) == .success)
        #expect(seen.withLock { $0 } == Array(repeating: nil, count: 6))
    }

    @Test("several threads share the one connection of an index in memory")
    func sharedConnection() throws {
        let index = try SQLiteIndex.inMemory()
        let digest = try digest()
        let failures = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<200 {
                do {
                    if thread == 0 {
                        try index.write { try $0.setState(size: UInt64(round), root: digest) }
                    } else {
                        _ = try index.read { try $0.entries(digest) }
                    }
                } catch {
                    failures.wrappingAdd(1, ordering: .relaxed)
                }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(try index.state()?.size == 199)
    }

    // MARK: Files

    @Test("the index of a new log has no name before it is given one, and is gone without")
    func naming() throws {
        let digest = try digest()
        do {
            let index = try SQLiteIndex.forNewLog(path)
            try index.write { try $0.setState(size: 1, root: digest) }
        }
        #expect(try names() == [])
        try folder.write("an older one's", to: "index.sqlite-wal")
        let index = try SQLiteIndex.forNewLog(path)
        #expect(throws: Refused.self) { try index.write { _ in throw Refused() } }
        try index.write { try $0.setState(size: 2, root: digest) }
        #expect(try index.state()?.size == 2, "its own transaction sees it")
        #expect(SQLiteIndex.forReading(path) == nil)
        try index.nameFile()
        #expect(throws: IndexError.self) { try index.state() }
        #expect(try names() == ["index.sqlite"])
        #expect(try SQLiteIndex.forReading(path)?.state()?.size == 2)
        #expect(try SQLiteIndex.forWriting(path).state()?.size == 2)
        #expect(try names() == ["index.sqlite"], "the last that closes it leaves one file")
    }

    @Test("a folder whose name is no UTF-8 has an index like any other")
    func rawName() throws {
        let odd = RawPath(path.bytes + [0x2d, 0xff])
        let digest = try digest()
        try SQLiteIndex.forWriting(odd).write { try $0.setState(size: 6, root: digest) }
        #expect(try SQLiteIndex.forReading(odd)?.state()?.size == 6)
        #expect(try FileStatus.of(odd)?.kind == .regular)
    }
}

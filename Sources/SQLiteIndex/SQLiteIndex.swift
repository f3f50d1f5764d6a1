import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceRecord
import ProvenanceSystem
import Synchronization

/// The index of an archive in an SQLite file beside the log.
public final class SQLiteIndex: ArchiveIndex {
    /// The connection for writing, and for reading where there is no other; used by one thread at a time.
    private let connection: Mutex<SQLiteConnection>
    /// Connections for reading, when several may have the file open.
    private let readers: SQLiteReaders?

    /// The temporary and the final path of an index that is begun for a new log.
    private let naming: (unnamed: RawPath, path: RawPath)?

    /// The number of rows up to which keys always stay in the recent tables.
    private let recent: UInt64
    /// Whether the index is being rebuilt: after `clear`, before the next state.
    private let isRebuilding = Atomic(false)

    private init(
        _ connection: SQLiteConnection, readers: SQLiteReaders? = nil, naming: (unnamed: RawPath, path: RawPath)? = nil,
        recent: UInt64 = KeyGenerations.minRecent
    ) {
        self.recent = recent
        self.connection = Mutex(connection)
        self.readers = readers
        self.naming = naming
    }

    deinit {
        readers?.close()
        // Once renamed, the temporary file no longer exists.
        if let naming { try? DurableFile.remove(naming.unnamed) }
    }

    /// Opens the index for the lock holder: for reading and writing, with a write-ahead log so that readers never wait.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - recent: The number of rows up to which keys always stay in the recent tables.
    /// - Returns: The index, with any existing tables of ours.
    /// - Throws: `DamagedIndex`, or SQLite's error, for a file that must be deleted and rebuilt.
    static func forWriting(_ path: RawPath, recent: UInt64 = KeyGenerations.minRecent) throws -> SQLiteIndex {
        guard try allRegularFiles(path) else { throw DamagedIndex() }
        let connection = try SQLiteConnection(path, .writing, busyTimeout: 10_000)
        try connection.distrust()
        let journal = try connection.statement("PRAGMA journal_mode = WAL").first { $0.string(0) }
        guard journal == "wal" else { throw DamagedIndex() }
        // A power loss removes only the newest transactions, which are rebuilt from the log, and leaves the rest
        // consistent.
        try connection.execute("PRAGMA synchronous = NORMAL")
        try connection.execute("PRAGMA cache_size = -4096")
        // Sorting uses a file, not memory, for what exceeds the cache.
        try connection.execute("PRAGMA temp_store = FILE")
        try connection.execute("PRAGMA wal_autocheckpoint = 8000")
        try connection.writing { try migrate(connection) }
        // Checked here, where the index can still be rebuilt before anything is recorded.
        _ = try KeyGenerations.lastPlacement(connection)
        return SQLiteIndex(connection, readers: SQLiteReaders(path), recent: recent)
    }

    /// Begins the index of a log without entries. Until it is renamed it is not readable, and losing it loses nothing.
    /// It therefore needs no journal, and one transaction writes everything: pages go straight to the file.
    ///
    /// - Parameters:
    ///   - path: Its final path, which `nameFile` gives it.
    ///   - recent: As for `forWriting`.
    /// - Returns: An index with empty tables.
    /// - Throws: The error of SQLite or the file system.
    static func forNewLog(_ path: RawPath, recent: UInt64 = KeyGenerations.minRecent) throws -> SQLiteIndex {
        let unnamed = GrowingFile.temporaryPath(for: path)
        try DurableFile.remove(unnamed)
        let connection = try SQLiteConnection(unnamed, .writing)
        let index = SQLiteIndex(connection, naming: (unnamed: unnamed, path: path), recent: recent)
        // The file was just created, so there is nothing to distrust; and a distrusted file cannot be written without a
        // journal.
        try connection.execute("PRAGMA journal_mode = OFF")
        try connection.execute("PRAGMA synchronous = OFF")
        try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try connection.execute("PRAGMA cache_size = -4096")
        try connection.writing { try migrate(connection) }
        return index
    }

    /// Closes an index begun for a new log and gives it its final name; it cannot be used afterwards. Does nothing for
    /// any other index.
    func nameFile() throws {
        guard let (unnamed, path) = naming, try FileStatus.of(unnamed) != nil else { return }
        try connection.withLock { connection in
            if connection.isInTransaction { try connection.commit() }
            connection.close()
        }
        // SQLite would take an older index's journals for this one's.
        for ending in SQLiteIndex.fileEndings { try DurableFile.remove(RawPath(path.bytes + Array(ending.utf8))) }
        try DurableFile.rename(unnamed, to: path)
    }

    /// Opens the index for reading; `nil` when there is none that can be opened, or the file is not ours.
    static func forReading(_ path: RawPath) -> SQLiteIndex? {
        guard (try? allRegularFiles(path)) == true,
            let connection = try? SQLiteConnection(path, .reading, busyTimeout: 2_000),
            (try? connection.distrust()) != nil,
            (try? connection.reading({ try hasOurTables(connection) })) == true
        else { return nil }
        return SQLiteIndex(connection)
    }

    /// The database's file and those that SQLite keeps beside it.
    static let fileEndings = ["", "-wal", "-shm", "-journal"]

    /// Whether each of the index's files is regular or missing: opening a FIFO would block forever.
    private static func allRegularFiles(_ path: RawPath) throws(FileError) -> Bool {
        for ending in fileEndings {
            if let status = try FileStatus.of(RawPath(path.bytes + Array(ending.utf8))), status.kind != .regular {
                return false
            }
        }
        return true
    }

    /// An index in an SQLite database in memory.
    static func inMemory() throws -> SQLiteIndex {
        let connection = try SQLiteConnection(nil, .writing)
        try connection.writing { try migrate(connection) }
        return SQLiteIndex(connection)
    }

    /// Creates the tables of a new index.
    ///
    /// - Throws: `DamagedIndex` where there are tables that this version did not make.
    private static func migrate(_ connection: SQLiteConnection) throws {
        if try hasOurTables(connection) { return }
        guard try connection.statement("SELECT count(*) FROM sqlite_master").first({ $0.integer(0) }) == 0 else {
            throw DamagedIndex()
        }
        for statement in SQLiteSchema.statements { try connection.execute(statement) }
        try connection.execute("PRAGMA user_version = \(SQLiteSchema.version)")
    }

    /// Whether the version and every statement that created the tables are ours: the file is untrusted, and a view in
    /// place of a table might never end.
    private static func hasOurTables(_ connection: SQLiteConnection) throws -> Bool {
        guard try connection.statement("PRAGMA user_version").first({ $0.integer(0) }) == Int64(SQLiteSchema.version)
        else {
            return false
        }
        var found: [String?] = []
        try connection.statement("SELECT sql FROM sqlite_master").rows { row in
            found.append(row.string(0))
        }
        let wanted = SQLiteSchema.statements
        return found.count == wanted.count && Set(found) == Set(wanted)
    }

    /// Whether the file can be read from end to end, as far as SQLite can tell.
    ///
    /// SQLite's check recurses once per level of a tree, and a hostile file may hold a tree with one level per page.
    public func isSound() -> Bool {
        let pages = try? reading { try $0.statement("PRAGMA page_count").first { $0.integer(0) } }
        guard let pages, 0...SQLiteIndex.maxPages ~= pages else { return false }
        let isSound = Mutex(false)
        let isChecked = onThread(withStack: SQLiteIndex.stackBase + Int(pages) * SQLiteIndex.stackOfLevel) { [self] in
            let words = try? reading { try $0.statement("PRAGMA quick_check(1)").first { $0.string(0) } }
            isSound.withLock { $0 = words == "ok" }
        }
        return isChecked && isSound.withLock { $0 }
    }

    /// Stack for everything but the levels.
    private static let stackBase = 1 << 20
    /// Stack per level: in a test, 8 MiB sufficed for 30,000 levels and not for 40,000.
    private static let stackOfLevel = 1_024
    /// The largest number of pages of a file that is checked: 16 GiB of entries, some fifty million posts. The
    /// check then gets 4 GiB of stack, of which a sound file uses little.
    private static let maxPages: Int64 = 1 << 22

    // MARK: State

    /// The state that was written last.
    public func state() throws(IndexError) -> IndexState? {
        try IndexError.wrapping { try reading { try SQLiteIndex.state($0) } }
    }

    static func state(_ connection: SQLiteConnection) throws -> IndexState? {
        try connection.statement("SELECT size, root FROM state WHERE id = 0").first { row in
            guard let size = row.index(0), let root = row.digest(1) else { return nil }
            return IndexState(size: size, root: root)
        }
    }

    // MARK: Writing

    /// Removes rows beyond the state.
    ///
    /// They are the newest rows, since an `add` writes them with a lower bound for the index of its accession.
    public func dropUnfinished(from size: UInt64) throws(IndexError) {
        try IndexError.wrapping {
            try writing { connection in
                let generations = KeyGenerations(connection, fewest: recent)
                try generations.dropUnfinished(from: size)
                let newest = try connection.statement("SELECT accession FROM refusal ORDER BY id DESC LIMIT 1")
                    .first { $0.index(0) ?? .max }
                if let newest, newest >= size { try generations.delete("refusal", where: "accession >= ?", size) }
            }
        }
    }

    /// Adds rows, and sets the state if one is given.
    public func write(_ rows: IndexRows, to state: IndexState?) throws(IndexError) {
        // A rebuilt index gets its keys last: in sorted order, each page is written once.
        let keys: SQLiteUpdate.Keys = !isRebuilding.load(ordering: .relaxed) ? .recent : state == nil ? .later : .all
        try IndexError.wrapping { try write(keys: keys) { try $0.add(rows, state: state) } }
        if state != nil { isRebuilding.store(false, ordering: .relaxed) }
    }

    /// Adds rows in one transaction. A file without its final name has one transaction for all rows, which ends in
    /// `publish`.
    func write(keys: SQLiteUpdate.Keys = .recent, _ update: (SQLiteUpdate) throws -> Void) throws {
        func body(_ connection: SQLiteConnection) throws {
            let rows = try SQLiteUpdate(connection, keys: keys)
            try update(rows)
            try rows.finish(KeyGenerations(connection, fewest: recent))
        }
        guard naming != nil else { return try writing(body) }
        try connection.withLock { connection in
            if !connection.isInTransaction { try connection.begin() }
            try body(connection)
        }
    }

    /// Removes all rows.
    public func clear() throws(IndexError) {
        try IndexError.wrapping {
            try writing { connection in
                for table in SQLiteSchema.tables { try connection.execute("DELETE FROM \(table)") }
            }
        }
        isRebuilding.store(true, ordering: .relaxed)
    }

    /// Ends the work of a writer.
    public func publish() throws(IndexError) { try IndexError.wrapping { try nameFile() } }

    private func writing(_ body: (SQLiteConnection) throws -> Void) throws {
        try connection.withLock { connection in
            // The one transaction of a file without a name is open since the first rows.
            if connection.isInTransaction {
                try body(connection)
            } else {
                try connection.writing { try body(connection) }
            }
        }
    }

    // MARK: Reading

    /// Rows about some entries.
    public func entries(_ indexes: [UInt64]) throws(IndexError) -> [IndexEntry?] {
        try IndexError.wrapping { try read { lookup in try indexes.map { try lookup.row($0) } } }
    }

    /// Where the bytes of some entries were seen.
    public func placements(of entries: [UInt64]) throws(IndexError) -> [[Placement]] {
        try IndexError.wrapping { try read { lookup in try entries.map { try lookup.placements(of: $0) } } }
    }

    /// What was seen at a path.
    public func placements(root: String, path: RawPath) throws(IndexError) -> [Placement] {
        try IndexError.wrapping { try read { try $0.placements(root: root, path: path) } }
    }

    /// Entries that record a digest.
    public func entries(of digest: Digest) throws(IndexError) -> [UInt64] {
        try IndexError.wrapping { try read { try $0.entries(digest) } }
    }

    /// Entries that state an address.
    public func entries(source: String) throws(IndexError) -> [IndexEntry] {
        try IndexError.wrapping { try read { try $0.entries(source: source) } }
    }

    /// How many posts have a row that differs from their record.
    public func differences(
        _ entries: Range<UInt64>, _ posts: [(index: UInt64, record: PostRecord)], _ key: MarkKey
    ) throws(IndexError) -> (count: Int, keys: EntryKeys) {
        try IndexError.wrapping { try read { try $0.differences(entries, posts, key) } }
    }

    /// Sums over all rows.
    public func sums(_ key: MarkKey, size: UInt64) throws(IndexError) -> IndexSums {
        try IndexError.wrapping { try read { try $0.sums(key, size: size) } }
    }

    /// A session of look-ups on one connection; for one thread at a time.
    func read<Result: Sendable>(_ body: (SQLiteLookup) throws -> Result) throws -> Result {
        try reading { try body(SQLiteLookup($0)) }
    }

    private func reading<Result: Sendable>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
        if let readers { return try readers.read(body) }
        return try connection.withLock { connection in try connection.reading { try body(connection) } }
    }
}

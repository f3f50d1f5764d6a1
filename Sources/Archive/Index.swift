import ProvenanceEncoding
import ProvenanceSystem
import Synchronization

/// The derived index: SQLite beside the log, so that entries are found by digest, address, time and place.
///
/// Titles and places for `list`, `show` and the labels of exports. No verdict, no exit status and no decision to record has a
/// way to it: those are taken from `PostFacts` and `RecordedState`. Deleting it loses nothing. One writer, who holds the archive's lock; any number of readers.
public final class Index: Sendable {
    /// The connection that writes, and reads where no other can: one thread at a time has it.
    private let connection: Mutex<IndexConnection>
    /// What reads beside it, in a file that several connections may have open.
    private let readers: IndexReaders?

    /// A row about an entry.
    public struct Entry: Sendable, Equatable {
        /// The entry's index.
        public let index: UInt64
        /// SHA-256 of the post.
        public let sha256: Digest
        /// The address the post states.
        public let source: String
        /// The date as the post writes it.
        public let dated: String
        /// The epoch, ms.
        public let published: Int64?
        /// The operator's clock, ms.
        public let recorded: Int64
        /// The title, when the post was at hand: display data.
        public let title: String?
    }

    /// A row about a placement.
    public struct Placement: Sendable, Equatable {
        /// The register's root: `.` for the archive.
        public let root: String
        /// The path relative to the root.
        public let path: RawPath
        /// The entry seen there.
        public let entry: UInt64
        /// The accession that saw it.
        public let accession: UInt64
    }

    /// Where the file of an index that is being made of nothing stands, and the name that it gets in the end.
    private let naming: (unnamed: RawPath, path: RawPath)?

    /// Rows whose keys stay in the recent tables, at the least.
    private let recent: UInt64

    private init(
        _ connection: IndexConnection, readers: IndexReaders? = nil, naming: (unnamed: RawPath, path: RawPath)? = nil,
        recent: UInt64 = KeyGenerations.fewest
    ) {
        self.recent = recent
        self.connection = Mutex(connection)
        self.readers = readers
        self.naming = naming
    }

    deinit {
        readers?.close()
        // Nothing is there any more if it has got its name.
        if let naming { try? DurableFile.remove(naming.unnamed) }
    }

    /// Opens the index for the lock holder: read and write, write-ahead log so that readers never wait.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - recent: Rows whose keys stay in the recent tables, at the least.
    /// - Returns: The index, with whatever tables of ours there were.
    /// - Throws: `DamagedIndex`, or SQLite's error, for a file that is to be deleted and made again.
    static func forWriting(_ path: RawPath, recent: UInt64 = KeyGenerations.fewest) throws -> Index {
        guard try areRegular(path) else { throw DamagedIndex() }
        let connection = try IndexConnection(path, .writing, busyTimeout: 10_000)
        try connection.distrust()
        let journal = try connection.statement("PRAGMA journal_mode = WAL").first { $0.string(0) }
        guard journal == "wal" else { throw DamagedIndex() }
        // A power loss takes the newest transactions, which are built again from the log, and leaves the rest in order.
        try connection.execute("PRAGMA synchronous = NORMAL")
        try connection.execute("PRAGMA cache_size = -4096")
        // What is sorted goes there, not to memory, beyond what the cache may take.
        try connection.execute("PRAGMA temp_store = FILE")
        try connection.execute("PRAGMA wal_autocheckpoint = 8000")
        try connection.writing { try migrate(connection) }
        // Here, where it can be made again before anything is recorded.
        _ = try KeyGenerations.lastPlacement(connection)
        return Index(connection, readers: IndexReaders(path), recent: recent)
    }

    /// Begins the index of a log that has no entries: nobody can read it, and nothing is lost with it, before it has its
    /// name. So it needs no journal, and one transaction takes it all: pages go to the file once, not to a journal first.
    ///
    /// - Parameters:
    ///   - path: What it is called in the end, by `giveName`.
    ///   - recent: As for `forWriting`.
    /// - Returns: An index with empty tables.
    /// - Throws: What SQLite or the file system says.
    static func forNewLog(_ path: RawPath, recent: UInt64 = KeyGenerations.fewest) throws -> Index {
        let unnamed = GrowingFile.temporaryPath(for: path)
        try DurableFile.remove(unnamed)
        let connection = try IndexConnection(unnamed, .writing)
        let index = Index(connection, naming: (unnamed: unnamed, path: path), recent: recent)
        // Made here, so there is nothing to distrust; and a file that is distrusted cannot be written without a journal.
        try connection.execute("PRAGMA journal_mode = OFF")
        try connection.execute("PRAGMA synchronous = OFF")
        try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try connection.execute("PRAGMA cache_size = -4096")
        try connection.writing { try migrate(connection) }
        return index
    }

    /// Closes an index that was made of nothing and gives it its name; no other index does anything here, and this one
    /// cannot be used any more.
    func giveName() throws {
        guard let (unnamed, path) = naming else { return }
        try connection.withLock { connection in
            if connection.isInTransaction { try connection.commit() }
            connection.close()
        }
        // An older one's journals would be taken for this one's.
        for ending in Index.fileEndings { try DurableFile.remove(RawPath(path.bytes + Array(ending.utf8))) }
        try DurableFile.rename(unnamed, to: path)
    }

    /// Opens the index for reading, or `nil` when there is none that can be opened, or it is not one of ours.
    static func forReading(_ path: RawPath) -> Index? {
        guard (try? areRegular(path)) == true,
            let connection = try? IndexConnection(path, .reading, busyTimeout: 2_000),
            (try? connection.distrust()) != nil,
            (try? connection.reading({ try hasOurTables(connection) })) == true
        else { return nil }
        return Index(connection)
    }

    /// The database's file and those that SQLite keeps beside it.
    static let fileEndings = ["", "-wal", "-shm", "-journal"]

    /// Whether each of the index's files is a regular one or not there: opening a FIFO would wait for ever.
    private static func areRegular(_ path: RawPath) throws(FileError) -> Bool {
        for ending in fileEndings {
            if let status = try FileStatus.of(RawPath(path.bytes + Array(ending.utf8))), status.kind != .regular {
                return false
            }
        }
        return true
    }

    /// An index in memory, for readers that find the one on disk stale.
    static func inMemory() throws -> Index {
        let connection = try IndexConnection(nil, .writing)
        try connection.writing { try migrate(connection) }
        return Index(connection)
    }

    /// Makes the tables of a new index.
    ///
    /// - Throws: `DamagedIndex` where there are tables that this version did not make.
    private static func migrate(_ connection: IndexConnection) throws {
        if try hasOurTables(connection) { return }
        guard try connection.statement("SELECT count(*) FROM sqlite_master").first({ $0.integer(0) }) == 0 else {
            throw DamagedIndex()
        }
        for statement in IndexSchema.statements { try connection.execute(statement) }
        try connection.execute("PRAGMA user_version = \(IndexSchema.version)")
    }

    /// Whether the version and every statement that made the tables are ours: anybody may have written the file, and a
    /// view in a table's place could go on for ever.
    private static func hasOurTables(_ connection: IndexConnection) throws -> Bool {
        guard try connection.statement("PRAGMA user_version").first({ $0.integer(0) }) == Int64(IndexSchema.version)
        else {
            return false
        }
        var found: [String?] = []
        try connection.statement("SELECT sql FROM sqlite_master").rows { row in
            found.append(row.string(0))
        }
        let wanted = IndexSchema.statements
        return found.count == wanted.count && Set(found) == Set(wanted)
    }

    /// Whether the file can be read from end to end, as far as SQLite can tell.
    ///
    /// SQLite's check calls itself for each level of a tree, and whoever wrote the file may have made one of all its pages.
    func isSound() -> Bool {
        let pages = try? reading { try $0.statement("PRAGMA page_count").first { $0.integer(0) } }
        guard let pages, 0...Index.mostPages ~= pages else { return false }
        let isSound = Mutex(false)
        let isChecked = onThread(withStack: Index.stackBase + Int(pages) * Index.stackOfLevel) { [self] in
            let words = try? reading { try $0.statement("PRAGMA quick_check(1)").first { $0.string(0) } }
            isSound.withLock { $0 = words == "ok" }
        }
        return isChecked && isSound.withLock { $0 }
    }

    /// Stack for all but the levels.
    private static let stackBase = 1 << 20
    /// Stack of a level: 8 MiB were seen to do for 30,000 of them and not for 40,000.
    private static let stackOfLevel = 1_024
    /// Pages of a file that is checked: 16 GiB of entries, some fifty million posts, for 4 GiB of stack that nothing sound uses.
    private static let mostPages: Int64 = 1 << 22

    /// FNV-1a over bytes: spreads, no more; equality is checked on the full value.
    static func key(_ bytes: some Sequence<UInt8>) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash = hash &* 0x0000_0100_0000_01b3
        }
        return Int64(bitPattern: hash)
    }

    static func key(_ digest: Digest) -> Int64 {
        digest.withBytes { Int64(bitPattern: $0.loadUnaligned(as: UInt64.self)) }
    }

    // MARK: State

    /// The tree that the index was built from, `nil` when it is empty.
    func state() throws -> (size: UInt64, root: Digest)? {
        try reading { connection in
            try connection.statement("SELECT size, root FROM state WHERE id = 0").first { row in
                guard let size = row.index(0), let root = row.digest(1) else { return nil }
                return (size, root)
            }
        }
    }

    // MARK: Writing

    /// Deletes the rows that an `add` wrote and did not live to close: no register vouches for the places, and the next
    /// `add` must put these files on its own.
    ///
    /// They are the newest rows, for an `add` writes them with the index that its accession will have at the least.
    func dropUnfinished(from size: UInt64) throws {
        try writing { connection in
            let generations = KeyGenerations(connection, fewest: recent)
            try generations.dropUnfinished(from: size)
            let newest = try connection.statement("SELECT accession FROM refusal ORDER BY id DESC LIMIT 1")
                .first { $0.index(0) ?? .max }
            if let newest, newest >= size { try generations.delete("refusal", where: "accession >= ?", size) }
        }
    }

    /// Adds rows in one transaction; all rows of an index without a name are in one, which ends when it gets its name.
    ///
    /// - Parameters:
    ///   - keys: Where the keys go by which the rows are found.
    ///   - update: Adds the rows.
    /// - Throws: What SQLite says, or what `update` throws.
    func write(keys: IndexUpdate.Keys = .recent, _ update: (IndexUpdate) throws -> Void) throws {
        func body(_ connection: IndexConnection) throws {
            let rows = try IndexUpdate(connection, keys: keys)
            try update(rows)
            try rows.finish(KeyGenerations(connection, fewest: recent))
        }
        guard naming != nil else { return try writing(body) }
        try connection.withLock { connection in
            if !connection.isInTransaction { try connection.begin() }
            try body(connection)
        }
    }

    private func writing(_ body: (IndexConnection) throws -> Void) throws {
        try connection.withLock { connection in try connection.writing { try body(connection) } }
    }

    // MARK: Reading

    /// A session of look-ups on one connection; for one thread at a time.
    public func read<Result: Sendable>(_ body: (IndexLookup) throws -> Result) throws -> Result {
        try reading { try body(IndexLookup($0)) }
    }

    private func reading<Result: Sendable>(_ body: (IndexConnection) throws -> Result) throws -> Result {
        if let readers { return try readers.read(body) }
        return try connection.withLock { connection in try connection.reading { try body(connection) } }
    }

    /// Forgets everything.
    func clear() throws {
        try writing { connection in
            for table in IndexSchema.tables {
                try connection.execute("DELETE FROM \(table)")
            }
        }
    }
}

/// The index's file is none that this version made; it is deleted and made again.
struct DamagedIndex: Error, CustomStringConvertible {
    let description = "not an index of this version"
}

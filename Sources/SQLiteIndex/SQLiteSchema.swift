/// The index's tables.
///
/// Entries and placements are found by keys made of hashes: a random integer takes a third of the space of a digest or
/// an address, and the full value in the row is compared afterwards. Random keys touch pages all over a tree, so each
/// kind of key has two tables, as in a log-structured merge tree: `add` writes to the small recent one, and moves its
/// keys to the large one, in sorted order, when it has grown (`KeyGenerations`).
enum SQLiteSchema {
    /// Version of the tables; an index of any other version is rebuilt.
    static let version = 3

    /// Tables that hold the index; a rebuild empties all of them.
    static let tables =
        ["state", "merged", "entry", "placement", "refusal", "accession", "critical"]
        + KeyTable.all.flatMap { [$0.name, $0.recent] }

    /// Every statement that makes a table.
    static let statements =
        [
            "CREATE TABLE critical (id INTEGER PRIMARY KEY, kind TEXT NOT NULL)",
            "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, root BLOB NOT NULL)",
            """
            CREATE TABLE merged (
                id INTEGER PRIMARY KEY CHECK (id = 0), entry INTEGER NOT NULL, placement INTEGER NOT NULL)
            """,
            """
            CREATE TABLE entry (
                id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, source TEXT NOT NULL, dated TEXT NOT NULL,
                published INTEGER, recorded INTEGER NOT NULL, title BLOB)
            """,
            """
            CREATE TABLE placement (
                id INTEGER PRIMARY KEY, root TEXT NOT NULL, path BLOB NOT NULL, entry INTEGER NOT NULL,
                accession INTEGER NOT NULL)
            """,
            "CREATE INDEX placement_entry ON placement (entry)",
            """
            CREATE TABLE refusal (
                id INTEGER PRIMARY KEY, path_key INTEGER NOT NULL, root TEXT NOT NULL, path BLOB NOT NULL, sha256 BLOB,
                error TEXT NOT NULL, accession INTEGER NOT NULL)
            """,
            "CREATE INDEX refusal_path ON refusal (path_key)",
            """
            CREATE TABLE accession (
                id INTEGER PRIMARY KEY, recorded INTEGER NOT NULL, first INTEGER NOT NULL, posts INTEGER NOT NULL,
                known INTEGER NOT NULL, refused INTEGER NOT NULL, unchanged INTEGER NOT NULL, register BLOB NOT NULL,
                lines INTEGER NOT NULL)
            """,
        ] + KeyTable.all.flatMap { [$0.creation($0.name), $0.creation($0.recent)] }
}

/// A kind of key and its two tables.
struct KeyTable: Sendable {
    /// The large table.
    let name: String
    /// The table whose rows the key finds; also the name of the column with their ids.
    let row: String
    /// The key of a row, as SQL over its columns.
    let expression: String

    /// The small table, for the newest rows.
    let recent: String
    /// Adds a row's key to the small table; an existing one stays.
    let insertion: SQLiteInsertion

    private init(_ name: String, of row: String, _ expression: String) {
        self.name = name
        self.row = row
        self.expression = expression
        recent = name + "_recent"
        insertion = SQLiteInsertion("INSERT OR IGNORE INTO \(recent) (key, \(row))", columns: 2)
    }

    fileprivate func creation(_ name: String) -> String {
        "CREATE TABLE \(name) (key INTEGER NOT NULL, \(row) INTEGER NOT NULL, PRIMARY KEY (key, \(row))) WITHOUT ROWID"
    }

    /// A statement that finds the rows of a key in both tables, unsorted, and a row twice if its key is in both: sorted
    /// or distinct rows would cost a temporary table for each look-up.
    func select(_ columns: String) -> String {
        [name, recent].map {
            "SELECT \(columns) FROM \($0) AS keys CROSS JOIN \(row) ON \(row).id = keys.\(row) WHERE keys.key = ?1"
        }
        .joined(separator: " UNION ALL ")
    }

    /// Entries by the digest of the post.
    static let digest = KeyTable("digest_key", of: "entry", "key_of_digest(sha256)")
    /// Entries by the address.
    static let source = KeyTable("source_key", of: "entry", "key_of_text(source)")
    /// Placements by their path.
    static let path = KeyTable("path_key", of: "placement", "key_of_text(path)")

    static let ofEntries = [digest, source]
    static let ofPlacements = [path]
    static let all = ofEntries + ofPlacements
}

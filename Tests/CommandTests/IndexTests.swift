import Foundation
import TestSupport
import Testing

/// The index is derived: deleting it loses nothing, and its contents change no verdict.
@Suite struct IndexTests {
    private static let index = ".provenance/index.sqlite"

    /// Statements that anyone who can write the file could run.
    static let poisons: [(name: String, sql: String)] = [
        (
            "wrong types",
            """
            UPDATE entry SET sha256 = id, source = x'ff', dated = 3.5, recorded = 'x', published = 'y', title = x'80';
            UPDATE placement SET path = 't', entry = 'x', accession = x'00'; UPDATE accession SET recorded = 'z';
            UPDATE digest_key_recent SET entry = 'x'; UPDATE source_key_recent SET key = x'ff';
            UPDATE path_key_recent SET placement = 'y';
            """
        ),
        (
            "negative numbers",
            """
            UPDATE placement SET entry = -5, accession = -1; UPDATE entry SET id = id - 1000;
            UPDATE digest_key_recent SET entry = entry - 1000; UPDATE source_key_recent SET entry = entry - 1000;
            INSERT OR REPLACE INTO merged VALUES (0, -1, -1);
            """
        ),
        (
            "huge numbers",
            """
            UPDATE placement SET entry = 9223372036854775807;
            UPDATE entry SET id = 9223372036854775000 + id, recorded = 9223372036854775807,
            published = -9223372036854775808;
            UPDATE digest_key_recent SET entry = 9223372036854775000 + entry;
            UPDATE source_key_recent SET entry = 9223372036854775000 + entry;
            INSERT OR REPLACE INTO merged VALUES (0, 9223372036854775807, 9223372036854775807);
            """
        ),
        ("the smallest times", "UPDATE entry SET recorded = -9223372036854775807, published = -9223372036854775808"),
        (
            "digests of other entries",
            """
            CREATE TEMP TABLE t AS SELECT * FROM entry;
            UPDATE entry SET sha256 = (SELECT t.sha256 FROM t WHERE t.id = (entry.id + 1) % 14);
            UPDATE digest_key_recent SET entry = (entry + 13) % 14;
            """
        ),
        ("all places at one entry", "UPDATE placement SET entry = 3"),
        ("no rows", "DELETE FROM entry; DELETE FROM placement; DELETE FROM refusal; DELETE FROM accession"),
        ("no keys", "DELETE FROM digest_key_recent; DELETE FROM source_key_recent; DELETE FROM path_key_recent"),
        (
            "keys in both tables",
            """
            INSERT OR IGNORE INTO digest_key SELECT * FROM digest_key_recent;
            INSERT OR IGNORE INTO path_key SELECT * FROM path_key_recent;
            INSERT OR IGNORE INTO source_key SELECT * FROM source_key_recent;
            """
        ),
        (
            "keys of other rows",
            """
            UPDATE digest_key_recent SET entry = (entry + 1) % 14; UPDATE source_key_recent SET entry = 2;
            UPDATE path_key_recent SET placement = 2;
            """
        ),
        ("no tables", "DROP TABLE entry; DROP TABLE placement; DROP TABLE refusal"),
        (
            "a view that never ends",
            """
            DROP TABLE entry; CREATE VIEW entry AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c)
            SELECT id, x'00' AS sha256, 'a' AS source, 'b' AS dated, 1 AS published, 1 AS recorded, 't' AS title FROM c;
            """
        ),
        ("a trigger", "CREATE TRIGGER t AFTER INSERT ON placement BEGIN DELETE FROM placement; END"),
        ("another version", "PRAGMA user_version = 99"),
        ("a larger size", "UPDATE state SET size = 99999"),
        ("a smaller size", "UPDATE state SET size = 3"),
        ("no state", "DELETE FROM state"),
        (
            "a state of other types",
            "DROP TABLE state; CREATE TABLE state (id, size, root); INSERT INTO state VALUES (0, 'x', 5)"
        ),
    ]

    /// Runs SQL on the index through Python's sqlite3; a change of the recent keys is applied to the others too.
    private func poison(_ archive: CommandLineArchive, _ sql: String) throws {
        let both = sql.split(separator: ";").flatMap { statement in
            let words = statement.drop { $0.isWhitespace }
            guard words.hasPrefix("UPDATE") || words.hasPrefix("DELETE"), words.contains("_recent") else {
                return [String(statement)]
            }
            return [String(statement), statement.replacingOccurrences(of: "_recent", with: "")]
        }
        let program =
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit(); c.close()"
        let ended = try TestSupport.run(
            "python3", "-c", program, archive(IndexTests.index), both.joined(separator: ";"))
        try #require(ended.status == 0, "\(ended)")
    }

    private func hasPython() throws -> Bool {
        if (try? TestSupport.run("python3", "-c", "import sqlite3"))?.status == 0 { return true }
        try skip("no python3 with sqlite3 to write the index with")
        return false
    }

    private func digest(_ archive: CommandLineArchive, _ path: String) throws -> String {
        let ended = try TestSupport.run("sha256sum", archive(path))
        return String(ended.stdout.drop { $0 == "\\" }.prefix(64))
    }

    @Test func `A deleted index is built again, and every command says what it said before`() throws {
        let archive = try CommandLineArchive.withSamples()
        let post = try #require(archive.files(below: "_posts").last)
        let lines = [
            ["list"], ["list", "--published-after", "2022-02-01"], ["show", post], ["show", "13"], ["status"],
            ["verify", "_posts", "archived"],
            ["verify", post], ["add", "_posts", "archived"],
        ]
        let wanted = try lines.map { try archive.run($0, exits: 0) }
        for line in lines.indices {
            for ending in ["", "-wal", "-shm"] { try? archive.remove(IndexTests.index + ending) }
            let ended = try archive.run(lines[line], exits: 0)
            #expect(ended.stdout == wanted[line].stdout, "\(lines[line])")
        }
        let rebuilt = try archive.run("reindex", exits: 0)
        #expect(rebuilt.stdout.contains("15 entries"), "\(rebuilt)")
        for line in lines.indices { #expect(try archive.run(lines[line], exits: 0).stdout == wanted[line].stdout) }
    }

    @Test(arguments: poisons.map(\.name))
    func `Poisoned rows change no verdict and end no command`(name: String) throws {
        guard try hasPython() else { return }
        let archive = try CommandLineArchive.withSamples()
        let posts = archive.files(below: "_posts")
        let post = try #require(posts.last)
        let sql = try #require(IndexTests.poisons.first { $0.name == name }?.sql)
        try archive.copy(".provenance", to: "good")
        func poisoned() throws {
            try archive.restore(".provenance", from: "good")
            try poison(archive, sql)
        }
        // What was recorded verifies, each command on the poisoned file.
        for line in [
            ["verify", post], ["verify", "_posts", "archived"], ["status"], ["audit"], ["prove", post, "-o", "p"],
            ["reindex"],
        ] {
            try poisoned()
            try archive.run(line, exits: 0, limit: 30)
        }
        // `show` gives what the log has; `list` and exports may be wrong, but they end.
        for line in [["show", post], ["show", try digest(archive, post)], ["show", "3"]] {
            try poisoned()
            let ended = try archive.run(line, exits: 0, limit: 30)
            if line[1] != "3" {
                #expect(
                    ended.stdout.contains(try digest(archive, post)) || name == "all places at one entry", "\(ended)")
            }
        }
        for line in [["list"], ["list", "--json"], ["export", "-o", "m.json"]] {
            try poisoned()
            try archive.run(line, exits: 0, limit: 30)
        }
        try archive.run("verify", "m.json", "--posts", ".", exits: 0)
        // A file that was never recorded stays unknown, whatever the rows say about it.
        try poisoned()
        try archive.write(samplePost(1), to: "_posts/new.md")
        try archive.run("verify", "_posts/new.md", exits: 3)
        let unrecorded = try archive.json("status", exits: 0)
        #expect(unrecorded["counts"]["unrecorded"].int == 1)
        try poisoned()
        let added = try archive.json("add", "_posts/new.md", exits: 0)
        #expect(added["recorded"].int == 1 && added["known"].int == 0 && added["unchanged"].int == 0, "\(name)")
        try archive.run("verify", "_posts/new.md", exits: 0)
        // An altered post is still altered.
        try archive.run("reindex", exits: 0)
        try archive.copy(".provenance", to: "good")
        try archive.overwrite(post, with: try archive.read(post) + [0x0a])
        for line in [["verify", post], ["verify", "_posts"], ["status"]] {
            try archive.restore(".provenance", from: "good")
            try poison(archive, sql)
            let ended = try archive.run(line, exits: 1, limit: 30)
            #expect(ended.stdout.contains("E-ALTERED"), "\(ended)")
        }
        try archive.run("audit", exits: 0)
    }

    @Test func `Rows that claim an unrecorded file never make add answer known`() throws {
        guard try hasPython() else { return }
        let archive = try CommandLineArchive.withSamples()
        try archive.write(samplePost(1), to: "_posts/new.md")
        let sha = try digest(archive, "_posts/new.md")
        // Every column claims that entry 3 is this file at this place; the keys are those that the program looks up.
        let columns = """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1])
            digest = bytes.fromhex(sys.argv[2])
            path = b"_posts/new.md"
            key = 0xcbf29ce484222325
            for byte in path: key = ((key ^ byte) * 0x100000001b3) & (2**64 - 1)
            signed = lambda n: n - 2**64 if n >= 2**63 else n
            first = signed(int.from_bytes(digest[:8], "little"))
            key = signed(key)
            c.execute("UPDATE entry SET sha256 = ? WHERE id = 3", (digest,))
            for table in ["digest_key", "digest_key_recent"]:
                c.execute(f"INSERT INTO {table} VALUES (?, 3)", (first,))
            row = c.execute("INSERT INTO placement (root, path, entry, accession) VALUES ('.', ?, 3, 14)",
                            (path,)).lastrowid
            c.execute("INSERT INTO path_key_recent VALUES (?, ?)", (key, row))
            c.execute("INSERT INTO refusal (path_key, root, path, sha256, error, accession) "
                      "VALUES (?, '.', ?, ?, 'E-YAML', 14)", (key, path, digest))
            c.commit(); c.close()
            """
        let ended = try TestSupport.run("python3", "-c", columns, archive(IndexTests.index), sha)
        try #require(ended.status == 0, "\(ended)")
        try archive.run("verify", "_posts/new.md", exits: 3)
        try archive.run("show", sha, exits: 3)
        let added = try archive.json("add", "_posts/new.md", exits: 0)
        #expect(added["recorded"].int == 1 && added["known"].int == 0)
        try archive.run("verify", "_posts/new.md", exits: 0)
        #expect(try archive.json("show", sha, exits: 0)["index"].int == 15)
    }

    @Test func `An index of version 2 is built again by the next command that writes, and read by none`() throws {
        guard try hasPython() else { return }
        let archive = try CommandLineArchive.withSamples()
        let wanted = try archive.run("list", exits: 0).stdout
        // The layout of that version, with every row wrong, so that a use of one would show.
        let tables = ["digest_key", "source_key", "path_key"].flatMap { [$0, $0 + "_recent"] }
        try poison(
            archive,
            "CREATE TABLE rows AS SELECT * FROM entry;" + tables.map { "DROP TABLE \($0);" }.joined() + """
                DROP TABLE merged; DROP TABLE entry; DROP TABLE placement;
                CREATE TABLE entry (
                    id INTEGER PRIMARY KEY, digest_key INTEGER NOT NULL, sha256 BLOB NOT NULL,
                    source_key INTEGER NOT NULL, source TEXT NOT NULL, dated TEXT NOT NULL, published INTEGER,
                    recorded INTEGER NOT NULL, title BLOB);
                CREATE INDEX entry_digest ON entry (digest_key); CREATE INDEX entry_source ON entry (source_key);
                INSERT INTO entry SELECT id, 1, zeroblob(32), 1, 'x', 'x', 1, 1, NULL FROM rows;
                CREATE TABLE placement (
                    id INTEGER PRIMARY KEY, path_key INTEGER NOT NULL, root TEXT NOT NULL, path BLOB NOT NULL,
                    entry INTEGER NOT NULL, accession INTEGER NOT NULL);
                CREATE INDEX placement_path ON placement (path_key);
                CREATE INDEX placement_entry ON placement (entry);
                DROP TABLE rows; PRAGMA user_version = 2;
                """)
        #expect(try archive.run("list", exits: 0).stdout == wanted)
        try archive.run("verify", "_posts", "archived", exits: 0)
        let added = try archive.json("add", "_posts", "archived", exits: 0)
        #expect(added["recorded"].int == 0 && added["known"].int == 0, "\(added)")
        let ended = try TestSupport.run("sqlite3", archive(IndexTests.index), "PRAGMA user_version")
        #expect(ended.status != 0 || ended.stdout == "3\n", "\(ended)")
        #expect(try archive.json("audit", exits: 0)["remarks"].items.isEmpty)
        #expect(try archive.run("list", exits: 0).stdout == wanted)
    }

    @Test(arguments: ["garbage", "empty", "header", "pages", "end", "link", "FIFO", "read-only", "log", "text"])
    func `A file that is no index stops nothing`(kind: String) throws {
        let archive = try CommandLineArchive.withSamples()
        let posts = archive.files(below: "_posts")
        let post = try #require(posts.last)
        try archive.copy(".provenance", to: "good")
        func damage() throws {
            try archive.restore(".provenance", from: "good")
            let path = IndexTests.index
            for ending in ["-wal", "-shm"] { try? archive.remove(path + ending) }
            var bytes = try archive.read(path)
            switch kind {
            case "garbage":
                var random = FixedRandom(seed: 7)
                bytes = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            case "empty": bytes = []
            case "header": bytes.replaceSubrange(0..<16, with: Array("SQLite format 9\0".utf8))
            case "pages": for place in 8192..<bytes.count { bytes[place] = 0xaa }
            case "end": bytes.removeLast(bytes.count / 3)
            case "text": bytes = Array(repeating: 0x20, count: 4096)
            case "log": try archive.folder.write(bytes, to: "archive/" + path + "-wal")
            default: break
            }
            switch kind {
            case "link":
                try archive.remove(path)
                try FileManager.default.createSymbolicLink(atPath: archive(path), withDestinationPath: "/dev/zero")
            case "FIFO":
                try archive.remove(path)
                try #require(mkfifo(archive(path), 0o644) == 0)
            case "read-only":
                try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: archive(path))
            default: try archive.overwrite(path, with: bytes)
            }
        }
        for line in [
            ["verify", post], ["verify", "_posts"], ["status"], ["list"], ["show", post], ["audit"],
            ["export", "-o", "m.json"], ["prove", post, "-o", "p"], ["reindex"], ["add", "_posts", "archived"],
        ] {
            try damage()
            try archive.run(line, exits: 0, limit: 30)
        }
        #expect(try archive.size() == 15, "nothing was recorded twice")
        try damage()
        try archive.write(samplePost(1), to: "_posts/new.md")
        #expect(try archive.json("add", "_posts", exits: 0)["recorded"].int == 1)
        try archive.run("verify", "_posts", "archived", exits: 0)
        #expect(try archive.json("status", exits: 0)["counts"]["ok"].int == 16)
        #expect(try archive.json("list", exits: 0)["entries"].items.count == 15)
        try archive.run("audit", exits: 0)
    }

    /// Faults that make writing fail midway, or at the end, in an index that looks like the program's own.
    @Test(arguments: [
        "UPDATE placement SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM placement)",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = "
            + "(SELECT rootpage FROM sqlite_master WHERE name = 'placement') WHERE name = 'entry'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 9999 WHERE name = 'digest_key_recent'",
    ])
    func `An add reports what it recorded, whatever becomes of the index`(sql: String) throws {
        let archive = try CommandLineArchive.withPosts(5)
        try poison(archive, sql)
        try archive.write(samplePost(7), to: "_posts/new.md")
        try archive.write("no post", to: "_posts/bad.md")
        let added = try archive.json("add", "_posts", exits: 2)
        #expect(added["recorded"].int == 1 && added["refused"].int == 1, "\(added)")
        #expect(try archive.size() == 8)
        #expect(try archive.json("add", "_posts", exits: 0)["recorded"].int == 0)
        #expect(try archive.size() == 8, "nothing was recorded twice")
        try archive.run("audit", exits: 0)
        #expect(try archive.json("status", exits: 0)["counts"]["ok"].int == 6)
    }
}

import Foundation
import TestSupport
import Testing

/// Nothing derived decides: every derived file is replaced by every other state of itself, and each command must print,
/// return and record the same as in an archive without these files.
@Suite struct DerivedFilesTests {
    /// Files below `.provenance/` that can be rebuilt or only remember what was said, and those that version 0.1.0 kept
    /// beside them.
    ///
    /// `maintain` and `status --fast` trust size and time of a file, and nothing of these: `FastStatusTests`, `MaintainTests`.
    private static let derived = [
        "index.sqlite", "index.sqlite-wal", "index.sqlite-shm", "index.sqlite-journal", "folders", "mass-changes",
        "mounts", "maintain", "digests", "manifests-seen",
    ]
    private static let tables = [
        "state", "merged", "entry", "placement", "refusal", "accession", "critical", "digest_key", "digest_key_recent",
        "source_key", "source_key_recent", "path_key", "path_key_recent",
    ]

    /// A state that the derived files are put in.
    enum State: CustomStringConvertible {
        /// As they stood after the first of the commands that made the archive.
        case older
        /// As another archive has them, of as many entries.
        case foreign
        /// The index with this SQL run on it, but current for the log.
        case sql(String)
        /// Every file with these bytes.
        case bytes(String)
        /// Every file cut to half.
        case half

        var description: String {
            switch self {
            case .older: "older"
            case .foreign: "another archive's"
            case .sql(let words): words
            case .bytes(let words): "bytes \(words.debugDescription)"
            case .half: "cut to half"
            }
        }
    }

    static let states: [State] =
        // The bytes are base64 of `..` and `.`, of a folder that no register names, and of a hidden one, as `folders` has them.
        [
            .older, .foreign, .half, .bytes(""), .bytes("Li4=\nLg==\n"), .bytes("ZWxzZQ==\n"), .bytes("LmhpZA==\n"),
            .bytes("no such thing\n"),
        ]
        + tables.map { .sql("DELETE FROM \($0)") }
        + [
            // Rows of all tables that say where something stands, or that it does not.
            .sql("DELETE FROM placement WHERE id = (SELECT max(id) FROM placement)"),
            .sql("DELETE FROM path_key; DELETE FROM path_key_recent"),
            .sql("DELETE FROM digest_key; DELETE FROM digest_key_recent"),
            .sql("DELETE FROM source_key; DELETE FROM source_key_recent"),
            .sql("DELETE FROM entry WHERE id = 0"), .sql("DELETE FROM critical; DELETE FROM refusal"),
            // Rows swapped.
            .sql("UPDATE placement SET entry = 1 - entry WHERE entry < 2"),
            .sql(
                """
                UPDATE placement SET path = (SELECT path FROM placement AS other WHERE other.id = 3 - placement.id)
                WHERE id < 3
                """),
            .sql(
                "UPDATE entry SET id = -1 WHERE id = 0; UPDATE entry SET id = 0 WHERE id = 1; UPDATE entry SET id = 1 WHERE id = -1"
            ),
            .sql("UPDATE digest_key_recent SET entry = 1 - entry WHERE entry < 2"),
            .sql("UPDATE path_key_recent SET placement = 3 - placement WHERE placement IN (1, 2)"),
            // Values changed.
            .sql("UPDATE placement SET entry = 0"), .sql("UPDATE placement SET root = 'elsewhere'"),
            .sql("UPDATE entry SET source = 'https://other.example/', recorded = 0, published = 0, title = x'78'"),
            .sql("UPDATE refusal SET error = 'E-OTHER', sha256 = NULL"),
            .sql("INSERT INTO critical VALUES (0, 'provenance/key@v9')"),
            .sql(
                """
                INSERT INTO refusal
                SELECT id + 100, path_key, root, x'5f706f7374732f6e65772e6d64', sha256, error, accession FROM refusal
                """),
            .sql("UPDATE state SET size = size - 1"), .sql("UPDATE state SET root = zeroblob(32)"),
        ]

    /// Commands and what each is run on; none of them changes the archive but the last.
    private static let reading: [[String]] = [
        ["verify", "_posts/0000.md"], ["verify", "_posts/0001.md"], ["verify", "_posts/0002.md"],
        ["verify", "_posts/0003.md"], ["verify", "_posts/0004.md"], ["verify", "_posts/0005.md"],
        ["verify", "_posts/0006.md"], ["verify", "copy.md"], ["verify", "_posts/new.md"], ["verify", "_posts"],
        ["verify", "_posts", "--jsonl"], ["status"], ["status", "--json"], ["audit"], ["show", "_posts/0001.md"],
        ["show", "_posts/0002.md"], ["prove", "_posts/0000.md", "-o", "../proof"],
        ["prove", "_posts/0005.md", "-o", "../proof"],
        ["show", "https://news.example.org/posts/0"], ["show", "HTTPS://news.example.org/posts/1"],
        ["prove", "0", "-o", "../proof"], ["prove", "https://news.example.org/posts/7/", "-o", "../proof"],
        ["export", "-o", "../m.json", "https://news.example.org/posts/3", "4"],
        ["export", "-o", "../m.json", "--url", "https://news.example.org/posts/1"],
        ["export", "-o", "../m.json", "_posts/0001.md"], ["export", "--bundle", "../bundle"],
        ["export", "-o", "../sums", "--format", "sha256sum"], ["list", "--after", "2020-01-01", "--json"],
        ["repair", "--from", "log", "--dry-run"], ["status", "--fast"], ["status", "--max-gap", "48h"],
        ["verify", "Manifests/first.json", "--posts", "."], ["audit", "--since", "Manifests/first.json"],
        ["export", "-o", "../m.json", "--since", "Manifests/first.json"],
    ]

    /// Runs of a scheduler, of which the exit statuses are compared.
    private static let maintaining = [["maintain"], ["maintain", "--quick"], ["maintain", "--full"]]

    /// An archive in which a wrong answer would show: a swapped, a replaced, a reverted, an altered, a missing and a
    /// moved post, two records of one address, and a refused file.
    private static func made(_ odd: Bool) throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for number in 0..<8 { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.write("no post\n", to: "_posts/refused.md")
        try archive.run("add", "_posts", exits: 2)
        try archive.copy(".provenance", to: "older")
        try archive.run("export", "-q", "-o", "Manifests/first.json", exits: 0)
        // 1: replaced. 2: replaced, then reverted to the first version and added. Both state their old address.
        try archive.write(samplePost(1, words: "Other words."), to: postPath(1))
        try archive.write(samplePost(2, words: "Other words."), to: postPath(2))
        try archive.run("add", "_posts", exits: 1)
        try archive.write(samplePost(2), to: postPath(2))
        try archive.run("add", "_posts", exits: 1)
        if odd { try HandMadeEntry(archive).append("provenance/key@v9\nof a later version\n") }
        // After the last add: 3 holds the bytes of 4, 5 is altered, 6 is gone; there is a copy elsewhere.
        try archive.write(samplePost(4), to: postPath(3))
        try archive.write(samplePost(0), to: "copy.md")
        try archive.write(samplePost(5, words: "Altered."), to: postPath(5))
        try archive.remove(postPath(6))
        // In a hidden folder, which is not searched.
        try archive.write(samplePost(6), to: ".hid/6.md")
        // 7 has moved into a folder that no register names.
        try archive.write(samplePost(7), to: "else/7.md")
        try archive.remove(postPath(7))
        try archive.write(samplePost(77), to: "_posts/new.md")
        return archive
    }

    /// Output, exit status and written file of a command, without what differs in every run.
    private static func outcome(_ line: [String], _ archive: CommandLineArchive) throws -> String {
        for name in ["bundle", "m.json", "proof", "sums"] {
            try? FileManager.default.removeItem(atPath: archive.folder(name))
        }
        let ended = try archive.run(line, exits: nil)
        var words = "\(ended.status)\n"
        if line.first != "list" { words += ended.stdout + ended.stderr }
        // Titles and the label of a place come from the index and are no verdict.
        words = words.replacingOccurrences(of: "title +.*\n", with: "", options: .regularExpression)
        words = words.replacingOccurrences(of: "note: the index .*\n", with: "", options: .regularExpression)
        words = words.replacingOccurrences(of: "\n\n", with: "\n")
        words = words.replacingOccurrences(of: "tagmanifest +sha256 .*\n", with: "", options: .regularExpression)
        for name in ["m.json", "proof", "sums"] {
            guard let bytes = FileManager.default.contents(atPath: archive.folder(name)) else { continue }
            words += String(decoding: bytes, as: UTF8.self).replacingOccurrences(
                of: ",?\"title\":\"[^\"]*\"", with: "", options: .regularExpression)
        }
        return words
    }

    /// What an `add` recorded: its register without salts, and what its entry counts.
    private static func recorded(_ archive: CommandLineArchive) throws -> String {
        let before = Set(archive.files(below: "accessions"))
        let size = try archive.size()
        let ended = try archive.run("add", "_posts", "copy.md", exits: nil)
        var words = "\(ended.status) \(try archive.size() - size)\n"
        words += ended.stdout.replacingOccurrences(of: "root [0-9a-f]*", with: "", options: .regularExpression)
        words += ended.stderr
        for path in Set(archive.files(below: "accessions")).subtracting(before).sorted() {
            words += String(decoding: try archive.read(path), as: UTF8.self).replacingOccurrences(
                of: "\"salt\":\"[0-9a-f]*\"", with: "", options: .regularExpression)
        }
        return words
    }

    /// Brings the archive's local folder back, with its derived files in a state.
    private static func set(_ state: State?, _ archive: CommandLineArchive, foreign: CommandLineArchive) throws {
        try archive.restore(".provenance", from: "current")
        let manager = FileManager.default
        func replace(from folder: String) throws {
            for name in derived {
                try? manager.removeItem(atPath: archive(".provenance/" + name))
                if manager.fileExists(atPath: folder + "/" + name) {
                    try manager.copyItem(atPath: folder + "/" + name, toPath: archive(".provenance/" + name))
                }
            }
        }
        switch state {
        case nil: for name in derived { try? manager.removeItem(atPath: archive(".provenance/" + name)) }
        // An index of another log is ignored, so these are made to claim this log.
        case .older, .foreign:
            let isOlder = if case .older = state { true } else { false }
            try replace(from: isOlder ? archive.folder("older") : foreign(".provenance"))
            let sql =
                "ATTACH '\(archive.folder("current"))/index.sqlite' AS now; UPDATE state SET (size, root) = (SELECT size, root FROM now.state)"
            try #require(try runSQL(sql, archive) == 1)
        case .bytes(let text):
            for name in derived.prefix(1) + derived.suffix(3) {
                try archive.overwrite(".provenance/" + name, with: Array(text.utf8))
            }
        case .half:
            for name in derived where manager.fileExists(atPath: archive(".provenance/" + name)) {
                let bytes = try archive.read(".provenance/" + name)
                try archive.overwrite(".provenance/" + name, with: Array(bytes.prefix(bytes.count / 2)))
            }
        case .sql(let sql):
            // A statement that changes no row tests nothing; some tables are empty and stay so.
            let changes = try runSQL(sql, archive)
            try #require(changes > 0 || sql.hasPrefix("DELETE"), "\(sql) changes nothing")
        }
    }

    /// Runs SQL on the archive's index, and tells how many rows it changed.
    private static func runSQL(_ sql: String, _ archive: CommandLineArchive) throws -> Int {
        let program =
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit(); print(c.total_changes)"
        let ended = try TestSupport.run("python3", "-c", program, archive(".provenance/index.sqlite"), sql)
        try #require(ended.status == 0, "\(sql)\n\(ended)")
        return Int(ended.stdout.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    private static func hasPython() throws -> Bool {
        if (try? TestSupport.run("python3", "-c", "import sqlite3"))?.status == 0 { return true }
        try skip("no python3 with sqlite3 to write the index with")
        return false
    }

    /// Brings back the whole archive as it was made, its local folder as it was prepared.
    private static func restore(_ archive: CommandLineArchive) throws {
        for name in ["log", "accessions", "keys"] { try archive.restore(name, from: "made-" + name) }
        try archive.restore(".provenance", from: "prepared")
    }

    /// Where a folder is remembered that no register names, a copy in it is counted; these counts are removed.
    private func counted(_ words: String, _ state: State) -> String {
        guard case .bytes = state else { return words }
        return words.replacingOccurrences(
            of: "\nok +[0-9]+|\"ok\":[0-9]+|\"hashed\":[0-9]+", with: "", options: .regularExpression)
    }

    @Test(arguments: [false, true])
    func `Every state of the derived files gives the verdicts, exit statuses and entries of none`(
        hasUnreadableKeyLife: Bool
    ) throws {
        guard try DerivedFilesTests.hasPython() else { return }
        let archive = try DerivedFilesTests.made(hasUnreadableKeyLife)
        let foreign = try CommandLineArchive.withPosts(12)
        // The index belongs to this checkpoint, so that it is not stale for another reason. An index written by `add`
        // has keys in the recent tables, a rebuilt one in the others.
        if hasUnreadableKeyLife { try archive.run("reindex", exits: 0) }
        try archive.copy(".provenance", to: "current")
        for name in ["log", "accessions", "keys"] { try archive.copy(name, to: "made-" + name) }

        /// The outcome of every command, and what an `add` records.
        func outcomes(_ state: State?) throws -> [String] {
            try DerivedFilesTests.set(state, archive, foreign: foreign)
            try archive.copy(".provenance", to: "prepared")
            var outcomes: [String] = []
            for line in DerivedFilesTests.reading {
                try DerivedFilesTests.restore(archive)
                outcomes.append(try DerivedFilesTests.outcome(line, archive))
            }
            try DerivedFilesTests.restore(archive)
            outcomes.append(try DerivedFilesTests.recorded(archive))
            // What is recorded depends on the remembered folders; what is wrong does not.
            for line in DerivedFilesTests.maintaining {
                try DerivedFilesTests.restore(archive)
                outcomes.append("\(try archive.run(line, exits: nil).status)\n")
            }
            try DerivedFilesTests.restore(archive)
            return outcomes
        }
        let lines = DerivedFilesTests.reading + [["add"]] + DerivedFilesTests.maintaining
        let wanted = try outcomes(nil)
        // Wrong answers would show in this archive.
        #expect(Set(wanted.map { $0.prefix(1) }).isSuperset(of: ["1", "3"]))
        #expect(wanted.contains { $0.contains("E-REPLACED") }, "\(wanted)")
        #expect(wanted.suffix(DerivedFilesTests.maintaining.count).allSatisfy { $0 == "1\n" }, "\(wanted)")
        // With an unreadable key-life entry: the states that could hide it, and a sample of the others.
        let states =
            hasUnreadableKeyLife
            ? DerivedFilesTests.states.filter {
                ["critical", "older", "DELETE FROM path_key", "DELETE FROM digest_key", "UPDATE entry"].contains(
                    where: "\($0)".contains)
            }
            : DerivedFilesTests.states
        for state in states {
            for (line, (found, wanted)) in zip(lines, zip(try outcomes(state), wanted)) {
                #expect(counted(found, state) == counted(wanted, state), "\(line) with derived files: \(state)")
            }
        }
    }
}

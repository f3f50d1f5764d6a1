import Foundation
import TestSupport
import Testing

/// The damaged file is named, intact ones are not accused, and an unreadable one is not called forged.
@Suite struct DamageTests {
    private func codes(_ report: JSON) -> [String] {
        report["problems"].items.map { "\($0["code"].string ?? "?") \($0["place"].string ?? "?")" }
    }

    /// 300 posts in three accessions, so that bundle 0 holds the first accession and bundle 1 the others.
    private func sample() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(200)
        for number in 200..<300 { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.run("add", "_posts", exits: 0)
        try archive.write(samplePost(3), to: "_posts/copy.md")
        try archive.run("add", "_posts", exits: 0)
        return archive
    }

    // MARK: Entry bundles

    @Test(arguments: ["gone", "empty", "length", "post", "accession", "tile too"])
    func `a damaged bundle is named with its entries, and neither a register nor an add is blamed`(
        damage: String
    ) throws {
        let archive = try sample()
        let path = "log/tile/entries/000"
        let bytes = try archive.read(path)
        switch damage {
        case "gone": try archive.remove(path)
        case "empty": try archive.overwrite(path, with: [])
        case "length": try archive.overwrite(path, with: bytes.flipping(bit: 3))
        case "post", "accession":
            // Changes a digit of a digest: the entry is still a record, of other bytes or another register.
            let word = damage == "post" ? "\nsha256 " : "\nregister "
            let text = String(decoding: bytes, as: Unicode.ASCII.self)
            let place = try #require(text.range(of: word)).upperBound
            let offset = text.unicodeScalars.distance(from: text.startIndex, to: place) + 5
            var changed = bytes
            changed[offset] = changed[offset] == 0x30 ? 0x31 : 0x30
            try archive.overwrite(path, with: changed)
        default:
            try archive.overwrite(path, with: bytes.flipping(bit: 3))
            let tile = try archive.read("log/tile/0/000")
            try archive.overwrite("log/tile/0/000", with: tile.flipping(bit: 100))
        }
        let report = try archive.json("audit", exits: 1)
        let found = codes(report)
        #expect(found.contains { $0.hasSuffix(" " + path) }, "\(found)")
        let reasons = report["problems"].items.compactMap { $0["reason"].string }
        #expect(reasons.contains { $0.contains("(entr") }, "\(reasons)")
        #expect(!found.contains { $0.contains("E-REGISTER") || $0.contains("accessions/") }, "\(found)")
        let remarks = report["remarks"].items.compactMap { $0.string }
        #expect(!remarks.contains { $0.contains("interrupted") || $0.contains("did not finish") }, "\(remarks)")
        #expect(!remarks.contains { $0.contains("accessions/") }, "\(remarks)")
    }

    @Test func `a register is not blamed for two neighbouring bundles that are gone`() throws {
        let archive = try CommandLineArchive.withPosts(600)
        for bundle in ["000", "001"] { try archive.remove("log/tile/entries/" + bundle) }
        let found = codes(try archive.json("audit", exits: 1))
        #expect(found.contains { $0.hasSuffix("log/tile/entries/001") }, "\(found)")
        #expect(!found.contains { $0.contains("accessions/") }, "\(found)")
    }

    @Test func `a register whose lines jump to and fro without end is forged`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        let register = try #require(archive.files(below: "accessions").first)
        let lines = String(decoding: try archive.read(register), as: UTF8.self).split(separator: "\n")
        let line = try #require(lines.first { $0.contains("\"entry\":0") })
        let far = line.replacing("\"entry\":0", with: "\"entry\":9007199254740991")
        let jumps = (0..<4_400).map { String($0.isMultiple(of: 2) ? far : line) }
        try archive.overwrite(register, with: Array((["\(lines[0])"] + jumps + [""]).joined(separator: "\n").utf8))
        let found = codes(try archive.json("audit", exits: 1))
        #expect(found.contains("E-REGISTER-FORGED \(register)"), "\(found)")
    }

    @Test func `a forged register is reported although a bundle is damaged elsewhere`() throws {
        let archive = try sample()
        let register = try #require(
            archive.files(below: "accessions").max { one, other in
                ((try? archive.read(one).count) ?? 0) < ((try? archive.read(other).count) ?? 0)
            })
        let bytes = try archive.read(register)
        try archive.overwrite(register, with: bytes.flipping(bit: 8 * (bytes.count - 20)))
        let partial = try #require(
            archive.files(below: "log/tile/entries").first { $0.contains("001.p/\((try? archive.size()) ?? 0 - 256)") }
                ?? archive.files(below: "log/tile/entries").last { $0.contains("001.p/") })
        try archive.remove(partial)
        let found = codes(try archive.json("audit", exits: 1))
        #expect(found.contains("E-REGISTER-FORGED \(register)"), "\(found)")
    }

    // MARK: The checkpoint

    @Test(arguments: ["name", "id"])
    func `a checkpoint signed under another key names the file, the key found and the key wanted`(
        part: String
    ) throws {
        let archive = try CommandLineArchive.withPosts(3)
        let text = String(decoding: try archive.read("log/checkpoint"), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").last.map(String.init))
        let words = line.split(separator: " ").map(String.init)
        try #require(words.count == 3)
        var (name, blob) = (words[1], words[2])
        if part == "name" {
            name = "archive.example.org/other"
        } else {
            blob = (blob.first == "A" ? "B" : "A") + blob.dropFirst()
        }
        try archive.write(text.replacing(line, with: "\(words[0]) \(name) \(blob)"), to: "log/checkpoint")
        let report = try archive.json("audit", exits: 3)
        #expect(codes(report) == ["E-KEY-NOT-PINNED log/checkpoint"])
        let reason = report["problems"].items.first?["reason"].string ?? ""
        let key = String(decoding: try archive.read("keys/log.vkey"), as: UTF8.self).split(separator: "+")
        #expect(reason.contains("\(name)+") && reason.contains("pinned is \(key[0])+\(key[1])"), "\(reason)")
        let ended = try archive.run("audit", exits: 3)
        #expect(ended.stdout.contains("log/checkpoint") && ended.stdout.contains("\nINCONCLUSIVE"), "\(ended)")
    }

    // MARK: The index

    /// Changes of the index that must not change any result: `-` deletes rows, the others change them.
    private static let poisons = [
        "DELETE FROM entry", "DELETE FROM entry WHERE id % 2 = 0", "UPDATE digest_key_recent SET key = key + 1",
        "UPDATE entry SET sha256 = randomblob(32)",
        "UPDATE entry SET id = id + 1000; UPDATE digest_key_recent SET entry = entry + 1000",
        "UPDATE entry SET id = id + 1000",
        "UPDATE digest_key_recent SET key = 0 WHERE entry = 2; UPDATE entry SET sha256 = zeroblob(32) WHERE id = 2",
        "DELETE FROM placement; DELETE FROM entry", "DELETE FROM digest_key_recent",
        "DELETE FROM digest_key_recent WHERE entry % 2 = 0", "UPDATE digest_key_recent SET entry = entry + 1",
        "UPDATE digest_key_recent SET entry = 'x'", "DELETE FROM path_key_recent; DELETE FROM source_key_recent",
        "INSERT INTO digest_key SELECT * FROM digest_key_recent",
        "INSERT OR REPLACE INTO merged VALUES (0, 9223372036854775807, -1)",
    ]

    @Test(arguments: poisons)
    func `whatever stands in the index, no bytes are recorded twice`(sql: String) throws {
        let archive = try CommandLineArchive.withPosts(20)
        let poison = try run("sqlite3", archive(".provenance/index.sqlite"), sql)
        try #require(poison.status == 0, "\(poison)")
        try archive.write(samplePost(30), to: postPath(30))
        let added = try archive.json("add", "_posts", exits: 0)
        #expect(added["recorded"].int == 1, "the new one, and no other")
        let audit = try archive.json("audit", exits: 0)
        #expect(audit["posts"].int == 21)
        let remarks = audit["remarks"].items.compactMap { $0.string }
        #expect(!remarks.contains { $0.contains("repeat") }, "\(remarks)")
    }

    @Test(arguments: [
        "DELETE FROM placement WHERE id = 3", "UPDATE placement SET path = CAST('_posts/0099.md' AS BLOB) WHERE id = 3",
        "UPDATE placement SET entry = 7 WHERE id = 3", "DELETE FROM refusal",
        """
        INSERT INTO placement (root, path, entry, accession)
        SELECT root, path, 1, accession FROM placement WHERE id = 3;
        INSERT INTO path_key_recent SELECT key, last_insert_rowid() FROM path_key_recent WHERE placement = 3
        """,
        "DELETE FROM path_key_recent WHERE placement = 3",
        "UPDATE path_key_recent SET key = key + 1 WHERE placement = 3",
        "UPDATE path_key_recent SET placement = 4 WHERE placement = 3",
        "DELETE FROM digest_key_recent WHERE entry = 3", "UPDATE digest_key_recent SET key = key + 1 WHERE entry = 3",
        "UPDATE digest_key_recent SET entry = 4 WHERE entry = 3",
        "UPDATE digest_key_recent SET entry = 7 - entry WHERE entry IN (3, 4)",
        "INSERT INTO digest_key SELECT * FROM digest_key_recent WHERE entry = 3",
        "DELETE FROM source_key_recent WHERE entry = 3", "UPDATE source_key_recent SET key = 0 WHERE entry = 3",
    ])
    func `an audit finds places and keys in the index that are not those of the log, and builds it again`(sql: String)
        throws
    {
        let archive = try CommandLineArchive.withPosts(10)
        try archive.write("no post\n", to: "_posts/broken.md")
        try archive.run("add", "_posts", exits: 2)
        #expect(try archive.json("audit", exits: 0)["remarks"].items.isEmpty)
        let poison = try run("sqlite3", archive(".provenance/index.sqlite"), sql)
        try #require(poison.status == 0, "\(poison)")
        let remarks = try archive.json("audit", exits: 0)["remarks"].items.compactMap { $0.string }
        #expect(remarks.contains { $0.contains("the index differs") && $0.contains("1 rows") }, "\(remarks)")
        #expect(remarks.contains("the index was built again"))
        #expect(try archive.json("audit", exits: 0)["remarks"].items.isEmpty)
        #expect(try archive.json("add", "_posts", exits: 0)["known"].int == 0)
    }

    @Test(arguments: [
        "DELETE FROM entry WHERE id = 39", "UPDATE entry SET sha256 = randomblob(32) WHERE id = 39",
        "DELETE FROM digest_key_recent WHERE entry = 39",
    ])
    func `an index that lost a row records nothing a second time, and is built again`(sql: String) throws {
        let archive = try CommandLineArchive.withPosts(40)
        let poison = try run(
            "sqlite3", archive(".provenance/index.sqlite"), sql + "; DELETE FROM placement WHERE entry = 39")
        try #require(poison.status == 0, "\(poison)")
        // They sort before the posts that are there.
        for number in 100..<160 { try archive.write(samplePost(number), to: "_earlier/\(number).md") }
        let added = try archive.json("add", "_earlier", "_posts", "--batch", "16", exits: 0)
        // What is recorded, and where, is read from the log and the registers.
        #expect(added["recorded"].int == 60 && added["unchanged"].int == 40 && added["known"].int == 0, "\(added)")
        let remarks = try archive.json("audit", exits: 0)["remarks"].items.compactMap { $0.string }
        #expect(remarks.contains("the index was built again"), "\(remarks)")
        #expect(try archive.json("audit", exits: 0)["remarks"].items.isEmpty)
    }

    // MARK: What cannot be read

    @Test(arguments: ["log/tile", "log/tile/0", "log/tile/entries", "log/tile/entries/000.p/11", "log/tile/0/000.p/11"])
    func `what may not be read is exit status 2, and neither forged nor missing`(path: String) throws {
        guard getuid() == 0 else { return try skip("another user needs root") }
        let archive = try CommandLineArchive.withPosts(10)
        // The whole way to the archive is open to the other user, who is not root.
        for place in [
            archive.folder.path, archive.root, archive(".provenance"), archive("keys"), archive.folder("config"),
        ] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: archive(path))
        let other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for line in [["audit", "--json"], ["verify", "_posts/0001.md", "--json"], ["status", "--json"]] {
            let ended = try archive.run(line, exits: 2, under: other)
            let words = ended.stdout + ended.stderr
            #expect(words.contains("E-IO") && words.contains("log/tile"), "\(line)\n\(ended)")
            #expect(!words.contains("FORGED") && !words.contains("MISSING") && !words.contains("FAILED"), "\(ended)")
        }
        let ended = try archive.run("audit", exits: 2, under: other)
        #expect(ended.stdout.contains("\nERROR: "), "\(ended)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: archive(path))
    }

    // MARK: Left over

    @Test func `an add removes the unfinished files of one that died`() throws {
        let archive = try CommandLineArchive.withPosts(10)
        let left = [
            "log/checkpoint", "log/tile/0/000.p/12", "log/tile/0/000.p/200", "log/tile/entries/000",
            "log/tile/entries/003.p/7",
            "log/tile/1/000", ".provenance/last-signed", "keys/log.last-signed", "accessions/register.77", ".gitignore",
        ]
        for path in left { try archive.write("half", to: path + ".provenance-tmp") }
        try archive.write("mine", to: "notes.provenance-tmp")
        try archive.run("add", "_posts", exits: 0)
        let found = archive.files(below: ".").filter { $0.hasSuffix(".provenance-tmp") }
        #expect(found == ["./notes.provenance-tmp"], "only what is the program's own")
        try archive.run("audit", exits: 0)
    }
}

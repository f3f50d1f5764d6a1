import Foundation
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceSystem
import TestSupport
import Testing

/// Nothing checked is never success: the table of Documentation/verdicts.md, line by line.
@Suite struct NothingCheckedTests {
    /// What the log holds.
    enum Log: Int, CaseIterable {
        case empty, unknown, accessions
    }

    /// The lines of the table: a command, and the status for each kind of log; `nil` where there is nothing to name.
    static func table() throws -> [(command: [String], statuses: [Int32?])] {
        let page = try String(contentsOfFile: Shared.packageFolder + "/Documentation/verdicts.md", encoding: .utf8)
        return page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let command = cells[0].dropFirst().dropLast().split(separator: " ").map(String.init)
            return (command, cells.dropFirst(2).map { Int32($0) })
        }
    }

    private func archive(_ log: Log) throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        switch log {
        case .empty: break
        case .unknown:
            for number in 0..<2 { try HandMadeEntry(archive).append("example.org/note@v1\nnumber \(number)\n") }
        case .accessions:
            for _ in 0..<2 { try archive.run("add", "--heartbeat", exits: 0) }
        }
        try archive.run("export", "-o", "m.json", exits: 0)
        let bundled = try archive.run("export", "--bundle", "bundle", exits: log == .empty ? 3 : 0)
        #expect(bundled.stderr.contains("E-NOTHING-CHECKED") == (log == .empty), "\(bundled)")
        try archive.copy("log", to: "backup")
        try archive.restore("backup", from: "backup")
        if log != .empty { try writeProof(archive) }
        try archive.write(samplePost(0), to: postPath(0))
        try FileManager.default.createDirectory(atPath: archive("nothing"), withIntermediateDirectories: false)
        return archive
    }

    /// The proof of the last entry; `provenance prove` makes them of posts only.
    private func writeProof(_ archive: CommandLineArchive) throws {
        let storage = FolderStore(RawPath(archive("log")))
        let published = try #require(try LogReader.publishedNote(storage))
        let reader = try LogReader(storage, try Checkpoint(parsing: try SignedNote(parsing: published.note).text))
        let proof = try reader.inclusionProof(1)
        let file = TlogProof(
            extra: try reader.entry(1), index: 1, hashes: proof.hashes, checkpoint: published.note)
        try archive.overwrite("p.tlog-proof", with: file.encoded())
    }

    @Test(arguments: Log.allCases)
    func `Each command exits as the table says`(log: Log) throws {
        let archive = try archive(log)
        let table = try NothingCheckedTests.table()
        #expect(table.count >= 14, "the table was read")
        for (command, statuses) in table {
            try #require(statuses.count == Log.allCases.count)
            guard let status = statuses[log.rawValue] else { continue }
            let ended = try archive.run(command, exits: status)
            #expect(ended.stdout.contains("VERIFIED: ") == (status == 0), "\(command)\n\(ended)")
            // The JSON object says the same.
            if command.first != "prove" {
                let object = try JSON.lines(try archive.run(command + ["--json"], exits: status).output)
                #expect(object.last?["status"].string == (status == 0 ? "verified" : "inconclusive"), "\(command)")
            }
        }
    }

    @Test func `With a post on record each of these commands has something to check`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("export", "-o", "m.json", exits: 0)
        try archive.run("export", "--bundle", "bundle", exits: 0)
        try archive.copy("log", to: "backup")
        try archive.restore("backup", from: "backup")
        try archive.run("prove", postPath(0), "-o", "p.tlog-proof", exits: 0)
        for (command, _) in try NothingCheckedTests.table() where !command.contains("nothing") {
            try archive.run(command, exits: 0)
        }
    }

    @Test func `Where nothing was recorded since there is an empty manifest, and no bundle`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("export", "-o", "1.json", exits: 0)
        try archive.run("export", "-o", "2.json", "--since", "1.json", exits: 0)
        try archive.run("verify", "2.json", exits: 3)
        for name in ["bundle", "bundle.zip"] {
            let ended = try archive.run("export", "--bundle", name, "--since", "1.json", exits: 3)
            #expect(ended.stderr.hasPrefix("E-NOTHING-CHECKED  \(name): nothing was recorded"), "\(ended)")
            #expect(!FileManager.default.fileExists(atPath: archive(name)))
        }
    }

    @Test func `A manifest of accessions says that none of its entries records a post`() throws {
        let archive = try archive(.accessions)
        let ended = try archive.run("verify", "m.json", exits: 0)
        #expect(ended.stdout.contains("nothing between them left out; none records a post."), "\(ended)")
    }
}

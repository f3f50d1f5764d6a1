import Foundation
import TestSupport
import Testing

/// The 400 real posts, whole and in their history, through the command.
@Suite struct CorpusTests {
    /// An archive with the corpus unpacked in `corpus/`; `nil`, after a visible message, where it is not available.
    private func unpacked() throws -> CommandLineArchive? {
        guard let posts = try Shared.path("corpus/posts.tar.gz") else { return nil }
        let archive = try CommandLineArchive()
        try FileManager.default.createDirectory(atPath: archive("corpus"), withIntermediateDirectories: false)
        let ended = try TestSupport.run("tar", "-xzf", posts, "-C", archive("corpus"))
        try #require(ended.status == 0, "\(ended)")
        for name in ["README.md"] { try? archive.remove("corpus/" + name) }
        return archive
    }

    private func expected(_ archive: CommandLineArchive) throws -> [JSON] {
        try JSON.anyLines(try archive.read("corpus/expected.jsonl"))
    }

    /// Why a post is refused, according to the corpus.
    private func isRefused(_ post: JSON) -> Bool {
        post["form"].string == "none" || post["yaml"].string == "fallback"
    }

    @Test func `396 of 400 posts are accepted, and stand in list and show as the independent parser read them`() throws
    {
        guard let archive = try unpacked() else { return }
        let posts = try expected(archive)
        try #require(posts.count == 400)
        let added = try archive.json("add", "corpus/posts", exits: 2)
        let (recorded, known) = (try #require(added["recorded"].int), try #require(added["known"].int))
        #expect(recorded + known == 396)
        #expect(added["refused"].int == 4)
        #expect(added["unchanged"].int == 0)
        let codes = added["problems"].items.compactMap { $0["code"].string }
        #expect(codes.sorted() == ["E-NO-FRONT-MATTER", "E-NO-FRONT-MATTER", "E-NO-FRONT-MATTER", "E-YAML"])

        let accepted = posts.filter { !isRefused($0) }
        let entries = try archive.json("list", exits: 0)["entries"].items
        #expect(entries.count == recorded)
        #expect(recorded == Set(accepted.compactMap { $0["sha256"].string }).count)
        var byDigest: [String: JSON] = [:]
        for entry in entries { byDigest[try #require(entry["sha256"].string)] = entry }
        for (number, post) in accepted.enumerated() {
            let path = try #require(post["path"].string)
            let digest = try #require(post["sha256"].string)
            let entry = try #require(byDigest[digest], "\(path)")
            #expect(entry["source"].string == post["from"].string, "\(path)")
            #expect(entry["dated"].string == post["date"].string, "\(path)")
            #expect(entry["published"].int == post["epoch_ms"].int, "\(path)")
            #expect(entry["published"].isNull == post["epoch_ms"].isNull, "\(path)")
            let places = entry["places"].items.compactMap { $0["path"].string }
            #expect(places.contains("corpus/posts/" + path), "\(path)")
            // Each takes a process; every thirtieth is enough to see that `show` agrees with `list`.
            guard number % 30 == 0, let index = entry["index"].int else { continue }
            for name in [String(index), post["sha256"].string ?? "", "corpus/posts/" + path] {
                let record = try archive.json("show", name, exits: 0)["record"]
                #expect(record["sha256"].string == post["sha256"].string, "\(path)")
                #expect(record["size"].int == post["size"].int, "\(path)")
                #expect(record["source"].string == post["from"].string, "\(path)")
                #expect(record["dated"].string == post["date"].string, "\(path)")
                #expect(record["published"].int == post["epoch_ms"].int, "\(path)")
            }
        }
    }

    @Test func `All 396 verify as proven, and their records are what the independent parser read`() throws {
        guard let archive = try unpacked() else { return }
        let posts = try expected(archive)
        try archive.run("add", "corpus/posts", exits: 2)
        let ended = try archive.run("verify", "corpus/posts", "--jsonl", exits: 3)
        var verdicts: [String: JSON] = [:]
        for verdict in try JSON.lines(ended.output) { verdicts[verdict["path"].string ?? "(the whole)"] = verdict }
        #expect(verdicts["(the whole)"]?["checked"].int == 400)
        for post in posts {
            let path = try #require(post["path"].string)
            let verdict = try #require(verdicts["corpus/posts/" + path], "\(path)")
            guard !isRefused(post) else {
                #expect(verdict["status"].string == "inconclusive", "\(path)")
                #expect(verdict["problems"].items.first?["code"].string == "E-NOT-RECORDED", "\(path)")
                continue
            }
            #expect(verdict["status"].string == "verified", "\(path)")
            #expect(verdict["problems"].items.isEmpty, "\(path)")
            for claim in verdict["claims"].items where claim["claim"].string != "recorded" {
                #expect(claim["standing"].string == "proven", "\(path): \(claim)")
            }
            let record = verdict["record"]
            #expect(record["sha256"].string == post["sha256"].string, "\(path)")
            #expect(record["size"].int == post["size"].int, "\(path)")
            #expect(record["source"].string == post["from"].string, "\(path)")
            #expect(record["dated"].string == post["date"].string, "\(path)")
            #expect(record["published"].int == post["epoch_ms"].int, "\(path)")
            if post["form"].string != "rss" {
                // Without a head the body starts right after the front matter.
                #expect(record["body"].string == post["body_sha256"].string, "\(path)")
            }
        }
    }

    @Test func `The register has every post with its digest and what became of it; a second add learns nothing`() throws
    {
        guard let archive = try unpacked() else { return }
        let posts = try expected(archive)
        try archive.run("add", "corpus/posts", exits: 2)
        let registers = archive.files(below: "accessions")
        try #require(registers.count == 1)
        var lines = try JSON.lines(try archive.read(registers[0]))
        #expect(lines.removeFirst()["roots"].items.compactMap(\.string) == ["."])
        #expect(lines.count == 400)
        var byPath: [String: JSON] = [:]
        for line in lines { byPath[line["path"].string ?? ""] = line }
        var entries: [String: Int] = [:]
        for post in posts {
            let path = try #require(post["path"].string)
            let digest = try #require(post["sha256"].string)
            let line = try #require(byPath["corpus/posts/" + path], "\(path)")
            #expect(line["sha256"].string == digest, "\(path)")
            #expect(line["size"].int == post["size"].int, "\(path)")
            #expect(line["root"].int == 0)
            #expect(line["salt"].string?.count == 32)
            switch (line["fate"].string, isRefused(post)) {
            case ("refused", true):
                #expect(line["error"].string == (post["form"].string == "none" ? "E-NO-FRONT-MATTER" : "E-YAML"))
            case ("recorded", false), ("known", false):
                let entry = try #require(line["entry"].int)
                // The same bytes are the same entry, wherever they stand.
                #expect(entries[digest] == nil || entries[digest] == entry, "\(path)")
                entries[digest] = entry
            default: Issue.record("\(path): \(line)")
            }
        }
        let before = try archive.contents()
        let again = try archive.json("add", "corpus/posts", exits: 0)
        #expect(again["recorded"].int == 0 && again["known"].int == 0 && again["refused"].int == 0)
        #expect(again["unchanged"].int == 400)
        #expect(again["accession"].isNull)
        #expect(try archive.contents() == before)
    }

    @Test
    func `Of 22 real changes each altered post is altered, each deleted one missing, and no new add hides one`()
        throws
    {
        guard let archive = try unpacked() else { return }
        // Beside the archive: a copy anywhere inside it would make the post moved, not missing.
        try FileManager.default.moveItem(atPath: archive("corpus"), toPath: archive("../corpus"))
        let pairs = try JSON.anyLines(try archive.read("../corpus/history-pairs.jsonl"))
        try #require(pairs.count == 22)
        // Each pair at its own place, as the file stood in its repository.
        var altered: [String] = []
        var deleted: [String] = []
        func place(_ version: String, at path: String) throws {
            let target = URL(fileURLWithPath: archive("_posts/" + path))
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try? FileManager.default.removeItem(at: target)
            try FileManager.default.copyItem(atPath: archive("../corpus/posts/" + version), toPath: target.path)
        }
        var after: [String: String] = [:]
        for (number, pair) in pairs.enumerated() {
            let path = "\(number)/" + (try #require(pair["path"].string))
            try place(try #require(pair["before"].string), at: path)
            if let version = pair["after"].string {
                after[path] = version
                altered.append("_posts/" + path)
            } else {
                deleted.append("_posts/" + path)
            }
        }
        #expect(altered.count == 18 && deleted.count == 4)
        try archive.run("add", "_posts", exits: 0)
        try archive.run("export", "-o", "Manifests/before.json", exits: 0)
        try archive.run("status", exits: 0)
        for (path, version) in after { try place(version, at: path) }
        for path in deleted { try archive.remove(path) }

        // One post's new version has the bytes of another one's old version; to a manifest those bytes are not gone.
        let before = try pairs.map { try archive.read("../corpus/posts/" + ($0["before"].string ?? "")) }
        let now = Set(try after.values.map { try archive.read("../corpus/posts/" + $0) })
        let gone = before.filter { !now.contains($0) }.count - deleted.count

        // Before they are added again.
        let status = try archive.json("status", exits: 1)
        #expect(status["counts"]["altered"].int == 18 && status["counts"]["missing"].int == 4)
        #expect(status["counts"]["ok"].int == 0)
        try expectStates(status, "altered", altered)
        try expectStates(status, "missing", deleted)
        for item in status["items"].items where item["state"].string == "altered" {
            #expect(item["codes"].items.first?.string == "E-ALTERED")
            #expect(item["codes"].items.count > 1, "says what changed: \(item)")
        }
        let verdicts = try JSON.lines(try archive.run(["verify"] + altered + ["--jsonl"], exits: 1).output).dropLast()
        #expect(verdicts.count == 18)
        for verdict in verdicts {
            #expect(verdict["status"].string == "failed")
            #expect(verdict["problems"].items.first?["code"].string == "E-ALTERED")
        }
        for path in deleted {
            let ended = try archive.run("verify", path, exits: 1)
            #expect(ended.stdout.contains("E-MISSING"), "\(ended)")
        }
        try expectManifest(archive, altered: gone, missing: deleted.count)

        // Adding an altered post does not approve it: `add` and all commands after it report the change.
        let added = try archive.json("add", "_posts", exits: 1)
        #expect((added["recorded"].int ?? 0) + (added["known"].int ?? 0) == 18)
        let found = added["problems"].items
        #expect(found.allSatisfy { $0["code"].string == "E-REPLACED" }, "\(added)")
        #expect(found.compactMap { $0["place"].string }.sorted() == altered.sorted(), "\(added)")
        let later = try archive.json("status", exits: 1)
        #expect(later["counts"]["replaced"].int == 18 && later["counts"]["missing"].int == 4, "\(later["counts"])")
        #expect(later["counts"]["altered"].int == 0 && later["counts"]["ok"].int == 0, "\(later["counts"])")
        try expectStates(later, "replaced", altered)
        try expectStates(later, "missing", deleted)
        for item in later["items"].items where item["state"].string == "replaced" {
            #expect(item["codes"].items.first?.string == "E-REPLACED" && item["codes"].items.count > 1, "\(item)")
        }
        for verdict in try JSON.lines(try archive.run(["verify"] + altered + ["--jsonl"], exits: 3).output).dropLast() {
            #expect(verdict["status"].string == "inconclusive")
            #expect(verdict["problems"].items.contains { $0["code"].string == "E-REPLACED" }, "\(verdict)")
            #expect(verdict["earlier"].items.contains { $0["reason"].string == "same place" }, "\(verdict)")
        }
        try expectManifest(archive, altered: gone, missing: deleted.count)
    }

    private func expectStates(_ status: JSON, _ state: String, _ paths: [String]) throws {
        let found = status["items"].items.filter { $0["state"].string == state }.compactMap { $0["path"].string }
        #expect(found.sorted() == paths.sorted())
    }

    private func expectManifest(_ archive: CommandLineArchive, altered: Int, missing: Int) throws {
        try archive.run("verify", "Manifests/before.json", exits: 0)
        let report = try archive.json("verify", "Manifests/before.json", "--posts", "_posts", exits: 1)
        let codes = report["problems"].items.compactMap { $0["code"].string }
        #expect(codes.filter { $0 == "E-ALTERED" }.count == altered)
        #expect(codes.filter { $0 == "E-MISSING" }.count == missing)
        #expect(codes.count == altered + missing)
    }
}

import Foundation
import TestSupport
import Testing

/// Documentation/json.md has every member that `--json` prints, and no other.
@Suite struct JSONPageTests {
    /// A line of a `shape` block.
    private struct Member {
        let path: String
        let types: Set<String>
        let isOptional: Bool
    }

    /// A value somewhere in an object: `problems[].code` and `string`.
    private struct Found: Hashable {
        let path: String
        let type: String
    }

    private static func shape(_ name: String) throws -> [Member] {
        let page = try String(contentsOfFile: Shared.packageFolder + "/Documentation/json.md", encoding: .utf8)
        let start = try #require(page.range(of: "\n```shape \(name)\n"), "\(name)")
        let end = try #require(page.range(of: "\n```", range: start.upperBound..<page.endIndex))
        return page[start.upperBound..<end.lowerBound].split(separator: "\n").map { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            var types: Set<String> = words.count > 1 ? [words[1]] : []
            if words.count > 2, words[2] == "null?" { types.insert("null") }
            let isOptional = words[0].hasSuffix("?")
            return Member(
                path: isOptional ? String(words[0].dropLast()) : words[0], types: types, isOptional: isOptional)
        }
    }

    private static func flatten(_ value: Any, _ path: String, open: Set<String>, into found: inout Set<Found>) {
        switch value {
        case let object as [String: Any]:
            for (name, member) in object {
                let name = open.contains(path) ? "*" : name
                flatten(member, path.isEmpty ? name : path + "." + name, open: open, into: &found)
            }
        case let array as [Any]:
            for item in array { flatten(item, path + "[]", open: open, into: &found) }
        case is String: found.insert(Found(path: path, type: "string"))
        case is NSNull: found.insert(Found(path: path, type: "null"))
        case let number as NSNumber where String(cString: number.objCType) == "c":
            found.insert(Found(path: path, type: "boolean"))
        case is NSNumber: found.insert(Found(path: path, type: "number"))
        default: found.insert(Found(path: path, type: "\(type(of: value))"))
        }
    }

    private static func check(_ name: String, _ outputs: [Ended]) throws {
        let members = try shape(name)
        let open = Set(members.filter { $0.path.hasSuffix(".*") }.map { String($0.path.dropLast(2)) })
        var found: Set<Found> = []
        for output in outputs {
            let value = try JSONSerialization.jsonObject(with: Data(output.output))
            flatten(value, "", open: open, into: &found)
        }
        for item in found {
            let isKnown = members.contains { $0.path == item.path && $0.types.contains(item.type) }
            #expect(isKnown, "\(name): the page has no \(item.path) of type \(item.type)")
        }
        for member in members where !member.isOptional {
            #expect(found.contains { $0.path == member.path }, "\(name): \(member.path) was not printed")
        }
    }

    private let folder: TemporaryFolder
    /// The store of pinned keys, outside the archive: inside it would be ignored.
    private let config: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        config = try TemporaryFolder()
        for name in ["_posts", "archived", "broken"] {
            _ = try run("cp", "-R", Shared.packageFolder + "/Tests/Samples/" + name, folder(name))
        }
    }

    private func provenance(_ arguments: String..., status: Int32 = 0) throws -> Ended {
        let ended = try run(
            productsFolder + "/provenance", arguments: arguments,
            environment: ["XDG_CONFIG_HOME": config.path, "NO_COLOR": "1"], folder: folder.path)
        #expect(ended.status == status, "\(arguments): \(ended)")
        return ended
    }

    /// What `repair` says of a bundle that is gone, and of a checkpoint that is damaged.
    private func repaired(_ source: String, status: Int32 = 0) throws -> Ended {
        let bundle = "log/tile/entries/000.p/15"
        let (bytes, note) = (try folder.read(bundle), try folder.read("log/checkpoint"))
        try folder.write([], to: bundle)
        try folder.write([], to: "log/checkpoint")
        let ended = try provenance("repair", "--from", source, "--json", status: status)
        try folder.write(bytes, to: bundle)
        try folder.write(note, to: "log/checkpoint")
        return ended
    }

    private func alter(_ post: String) throws {
        try folder.write(try folder.read(post) + Array("<p>more</p>\n".utf8), to: post)
    }

    @Test func `every command prints what the page says`() throws {
        let post = "_posts/2022-02-10-渡口新桥今日通车.md"
        try JSONPageTests.check(
            "failure",
            [
                try provenance("status", "--json", status: 2), try provenance("verify", "--json", status: 2),
            ])
        try JSONPageTests.check("init", [try provenance("init", "--origin", "archive.example.org/news", "--json")])
        var added = [try provenance("add", "_posts", "archived", "broken", "--json", status: 2)]
        added.append(try provenance("add", "_posts", "--json"))
        try JSONPageTests.check("add", added)
        try JSONPageTests.check(
            "list", [try provenance("list", "--json"), try provenance("list", "--url", "https://x.example", "--json")])
        try JSONPageTests.check("find", [try provenance("find", "渡口新桥", "--json")])
        try JSONPageTests.check(
            "show", [try provenance("show", "3", "--json"), try provenance("show", "14", "--json")])
        try JSONPageTests.check("prove", [try provenance("prove", post, "-o", "proof", "--json")])
        try JSONPageTests.check("export", [try provenance("export", "-o", "Manifests/1.json", "--json")])
        try JSONPageTests.check("export-bundle", [try provenance("export", "--bundle", "bundle", "--json")])
        try JSONPageTests.check(
            "export-format", [try provenance("export", "--format", "csv", "-o", "posts.csv", "--json")])
        var bundles = [try provenance("verify", "bundle", "--json")]
        try folder.write(try folder.read("bundle/bag-info.txt") + [0x0a], to: "bundle/bag-info.txt")
        bundles.append(try provenance("verify", "bundle", "--json", status: 1))
        try JSONPageTests.check("verify-bundle", bundles)
        // The posts in it would count as copies of those that are altered below.
        _ = try run("rm", "-r", folder("bundle"))
        var manifests = [try provenance("verify", "Manifests/1.json", "--posts", ".", "--json")]
        try JSONPageTests.check("audit", [try provenance("audit", "--since", "Manifests/1.json", "--json")])
        try JSONPageTests.check(
            "repair",
            [
                try provenance("repair", "--from", "Manifests/1.json", "--json"), try repaired("Manifests/1.json"),
                try repaired("_posts/../log", status: 1),
            ])
        try JSONPageTests.check("reindex", [try provenance("reindex", "--json")])
        try JSONPageTests.check("key-list", [try provenance("key", "list", "--json")])
        try JSONPageTests.check(
            "keys",
            [
                try provenance("key", "show", "--json"), try provenance("key", "pin", "keys", "--json"),
                try provenance("key", "generate", "signer", "--name", "x.example/y", "-o", "other", "--json"),
            ])
        var posts = [
            try provenance("verify", post, "--json"), try provenance("verify", "--proof", "proof", post, "--json"),
        ]
        try alter(post)
        var statuses = [try provenance("status", "--json", status: 1)]
        posts.append(try provenance("verify", "_posts", "--json", status: 1))
        manifests.append(try provenance("verify", "Manifests/1.json", "--posts", ".", "--json", status: 1))
        added.append(try provenance("add", "_posts", "--json", status: 1))
        statuses.append(try provenance("status", "--json", status: 1))
        posts.append(try provenance("verify", post, "--json", status: 3))
        _ = try provenance("export", "-o", "Manifests/2.json", "--since", "Manifests/1.json")
        manifests.append(try provenance("verify", "Manifests/2.json", "--json"))
        _ = try provenance("export", "-o", "url.json", "--url", "https://news.example.org/luting/story20220210-1240117")
        manifests.append(try provenance("verify", "url.json", "--json"))
        try JSONPageTests.check("verify-posts", posts)
        try JSONPageTests.check("verify-manifest", manifests)
        try JSONPageTests.check("status", statuses)
    }

    @Test func `config prints what the page says`() throws {
        _ = try provenance("init", "--origin", "archive.example.org/news")
        try JSONPageTests.check("config-propose", [try provenance("config", "propose", "--json")])
        var shown = [try provenance("config", "--json")]
        try JSONPageTests.check("config-set", [try provenance("config", "ignore", "drafts/", "--json")])
        shown.append(try provenance("config", "ignore", "--json"))
        try JSONPageTests.check(
            "config-approve",
            [try provenance("config", "approve", "--json"), try provenance("config", "approve", "--json")])
        shown.append(try provenance("config", "--json"))
        try JSONPageTests.check("config", shown)
    }

    @Test func `jsonl has an object on each line`() throws {
        _ = try provenance("init", "--origin", "archive.example.org/news")
        _ = try provenance("add", "-q", "_posts")
        let verified = try provenance("verify", "_posts", "--jsonl").output.split(separator: 0x0a)
        #expect(verified.count == 12)
        for line in verified + (try provenance("list", "--jsonl").output.split(separator: 0x0a)) {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line)) }
        }
    }
}

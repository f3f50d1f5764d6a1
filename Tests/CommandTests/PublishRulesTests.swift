import TestSupport
import Testing

/// `maintain --publish git` and the rules that the log approved.
@Suite struct PublishRulesTests {
    private static func clip(_ number: Int) -> String {
        "---\noriginal_url: https://news.example/\(number)\ndate: 2024-03-05\n---\nWords of \(number).\n"
    }

    @Test func `Rules that one clone approved and published are in force in the other`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        try a.run("config", "source", "original_url", "from", exits: 0)
        try a.run("config", "approve", exits: 0)
        try a.publish()
        try a.expectSettled()
        try b.write(PublishRulesTests.clip(1), to: postPath(1))
        #expect(try b.publish()["recorded"].int == 1)
        let listing = try b.run("config", "source", exits: 0).stdout
        #expect(listing.contains("original_url from") && listing.contains("approved"), "\(listing)")
        #expect(try b.run("show", postPath(1), exits: 0).stdout.contains("https://news.example/1"))
        try b.expectSettled()
        // A third clone, from nothing but the shared repository and the keys, has the rules too.
        let c = try shared.clone("c", keysOf: a)
        try c.write(PublishRulesTests.clip(2), to: postPath(2))
        #expect(try c.publish()["recorded"].int == 1)
        try a.publish()
        #expect(try a.run("audit", exits: 0).stdout.contains("VERIFIED"))
    }

    @Test func `A setting that is pushed beside the posts changes nothing, and is told by each clone`() throws {
        let (shared, a) = try SharedRepository.begun()
        let b = try shared.clone("b", keysOf: a)
        try a.run("config", "approve", exits: 0)
        try a.publish()
        try b.publish()
        let other = try shared.clone("other")
        let config = other.text(".provenance/config") ?? ""
        try other.write(
            config.replacing("archive@v1", with: "archive@v2") + "ignore *\n", to: ".provenance/config")
        _ = try other.git("commit", "-qam", "x")
        _ = try other.git("push", "-q")
        try b.write(samplePost(3), to: postPath(3))
        let told = try b.publish(exits: 1)
        #expect(
            told["recorded"].int == 1
                && told["findings"].items.flatMap { $0["codes"].items.map(\.string) } == ["E-RULES-CHANGED"], "\(told)")
        // A file in rules/ that is gone upstream is published again by a clone that has it.
        _ = try other.git("pull", "-q", "--rebase")
        _ = try other.git("rm", "-rq", "rules")
        _ = try other.git("commit", "-qm", "y")
        _ = try other.git("push", "-q")
        try b.write(samplePost(4), to: postPath(4))
        let after = try b.publish(exits: 1)
        #expect(after["recorded"].int == 1, "\(after)")
        #expect(try shared.git(shared.remote, "ls-tree", "-r", "--name-only", "main").contains("rules/"))
    }
}

import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import Testing

/// Which version of a record the rules lead to, and what they leave as it was.
@Suite struct ReadingRulesTests {
    private static let body = "\n<p>The ferry runs again.</p>\n"
    private static let address = "https://gazette.example/2024/03/ferry"

    /// Files that version 1 refuses, each with its reason.
    @Test(arguments: [
        ("<!--1-->\n[a](\(address))\n------\n\nx", PostError.Code.noFrontMatter), ("[a](\(address))\n", .noFrontMatter),
        ("# Ferry\n", .noFrontMatter), ("---\nfrom: \(address)\ndate: 2024-03-05\n---\n", .keyMissing),
        ("---\ntitle: a\nfrom: \(address)\ndate: 2024-03-05 10:00\n---\n", .date),
        ("---\r\ntitle: a\r\nfrom: \(address)\r\ndate: 2024-03-05\r\n---\r\n", .noFrontMatter),
    ])
    func `the rules of version 1 refuse what it refuses`(text: String, code: PostError.Code) {
        let bytes = Array(text.utf8)
        let error = #expect(throws: PostError.self) { try PostStatement(of: bytes, by: .v1) }
        #expect(error?.code == code)
        // Plain is a form of version 2.
        #expect(throws: PostError.self) { try PostStatement(of: bytes, by: ReadingRules(acceptsPlain: true)) }
    }

    @Test func `the rules of version 1 state what version 1 states`() throws {
        let bytes = Array("---\ntitle: a\nfrom: a book\ndate: 2024-03-05\nurl: \(Self.address)\n---\(Self.body)".utf8)
        let post = try Post(parsing: bytes)
        let statement = try PostStatement(of: bytes, by: .v1)
        #expect(
            statement.record(of: bytes, signer: "a", log: "b", recorded: 1)
                == PostRecord(post, PostDigests.compute(bytes, post), signer: "a", recorded: 1))
        #expect(statement.version == .v1 && statement.warnings.isEmpty && statement.title == "a")
    }

    @Test(arguments: [
        ("from", "date", PostRecord.Version.v1), ("original_url from", "date", .v1), ("url from", "date", .v2),
        ("from", "created date", .v2), ("from", "updated date", .v1), ("url", "date", .v2), ("from", "created", .v2),
        ("list from", "date", .v2), ("from", "empty date", .v1),
    ])
    func `version 1 is written where its keys are the first that are there and not empty`(
        sources: String, dates: String, version: PostRecord.Version
    ) throws {
        let text = """
            ---
            title: a
            from: \(Self.address)
            url: https://archive.example/copy/1
            list: [a, b]
            date: 2024-03-05
            created: 2024-03-06
            empty: ""
            ---
            x
            """
        let bytes = Array(text.utf8)
        func keys(_ text: String) -> [ExactText] { text.split(separator: " ").map { ExactText(String($0)) } }
        let rules = ReadingRules(sourceKeys: keys(sources), datedKeys: keys(dates), recordsV2: true)
        #expect(try PostStatement(of: bytes, by: rules).version == version)
    }

    @Test(arguments: [
        ("headline", "The ferry"), ("name headline", "The ferry"), ("title", ""), ("list headline", "The ferry"),
    ])
    func `a title is a label, from the first key that has one`(keys: String, title: String) throws {
        let bytes = Array("---\nname:\nlist: [a]\nheadline: The ferry\n---\nx".utf8)
        let keys = keys.split(separator: " ").map { ExactText(String($0)) }
        let statement = try PostStatement(of: bytes, by: ReadingRules(titleKeys: keys, recordsV2: true))
        #expect(statement.title.string == title)
    }

    @Test func `a source that is no address is stated where the rules say so`() throws {
        let bytes = Array("---\nsource: a book\n---\nx".utf8)
        var rules = ReadingRules(sourceKeys: ["source"], recordsV2: true)
        func source() throws -> ExactText? {
            try PostStatement(of: bytes, by: rules).record(of: bytes, signer: "a", log: "b", recorded: 0).source
        }
        #expect(try source() == nil)
        rules.requiresAddress = false
        #expect(try source() == "a book")
        #expect(try PostStatement(of: bytes, by: rules).warnings.map(\.code) == [.sourceNoAddress])
    }

    @Test func `thousands of addresses are warned of in one pass`() throws {
        var text = "---\n"
        for number in 0..<4_000 { text += "k\(number): http://x\n" }
        let bytes = Array((text + "---\nx").utf8)
        let statement = try PostStatement(of: bytes, by: ReadingRules(recordsV2: true))
        #expect(statement.warnings.count == 4_000)
        #expect(statement.warnings.last?.line == 4_001 && statement.warnings.last?.subject == "k3999")
    }

    /// "it must be whole: html or stub over it is *failed*, and a writer refuses a damaged head".
    @Test(arguments: [
        ("<!--1-->\n[a](https://g.example/1)\n------\n\n", nil as PostError.Code?), ("<!--1-->\n------\n\n", .linkLine),
        ("<!--1-->\n-------\n", .linkLine), ("<!--1-->\n[a\n", .linkLine), ("<!--x-->\n[a](b)\n------\n\n", .epoch),
        ("<!--1-->\n\n[a](b)\n", nil),
    ])
    func `a head that begins after a front matter is whole`(text: String, code: PostError.Code?) {
        let bytes = Array(("---\nurl: https://g.example/1\n---\n" + text).utf8)
        do {
            let parts = try PostParts(parsing: bytes)
            #expect(code == nil)
            #expect(parts.form == (text.hasPrefix("<!--1-->\n[") ? .rss : .html))
        } catch { #expect(error.code == code) }
    }
}

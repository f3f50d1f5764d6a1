import Foundation
import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// Documentation/formats/post-v2.md and accession-v2.md: their known answers were made by another program
/// (`Tests/Interop/pages.py`), and this code gives the same.
@Suite struct Version2PageTests {
    /// The lines of a page's code block of a name, each with its LF.
    private func block(_ name: String, of page: String) throws -> String {
        let text = try String(
            contentsOfFile: Shared.packageFolder + "/Documentation/formats/\(page).md", encoding: .utf8)
        let parts = text.components(separatedBy: "\n```\(name)\n")
        try #require(parts.count == 2, "\(name)")
        return try #require(parts[1].components(separatedBy: "\n```\n").first) + "\n"
    }

    private static let rules = ReadingRules(
        sourceKeys: ["original_url", "url"], acceptsPlain: true, recordsV2: true)

    @Test(arguments: ["html", "rss", "stub", "headed", "linked", "plain"])
    func `a post has the record of the page`(form: String) throws {
        let bytes = Array(try block("post-\(form)", of: "post-v2").utf8)
        let statement = try PostStatement(of: bytes, by: Self.rules)
        let record = statement.record(
            of: bytes, signer: "archive.example/news/signer", log: "archive.example/news",
            recorded: 1_735_689_600_000)
        let wanted = try block("record-\(form)", of: "post-v2")
        #expect(String(decoding: record.encoded(), as: UTF8.self) == wanted)
        let read = try PostRecord(parsing: Array(wanted.utf8))
        #expect(read == record)
        #expect(read.differences(from: try read.rebuilt(from: bytes)).isEmpty)
        #expect(record.form?.word.string == form)
        let warnings = record.warnings(over: bytes)
        #expect(warnings.map(\.code) == (form == "html" ? [.sourceOther] : []))
        #expect(warnings.map(\.subject) == (form == "html" ? ["url"] : []))
    }

    private struct Body: Decodable {
        let body: String
        let passages: [String]
        let root: String
    }

    @Test func `the bodies have these passages and roots`() throws {
        let lines = try block("bodies", of: "post-v2").split(separator: "\n")
        #expect(lines.count >= 8)
        for line in lines {
            let item = try JSONDecoder().decode(Body.self, from: Data(line.utf8))
            let body = Array(item.body.utf8)
            #expect(Passages.list(of: body[...], .v2).map { String(decoding: $0, as: UTF8.self) } == item.passages)
            #expect(Passages(of: body[...], .v2).root.hex == item.root)
        }
    }

    @Test(arguments: ["all", "rules", "none"])
    func `an accession is written as it was read`(name: String) throws {
        let text = Array(try block(name, of: "accession-v2").utf8)
        let record = try AccessionRecord(parsing: text)
        #expect(record.encoded() == text && record.isVersion2 == (name != "none"))
        let made = AccessionRecord(
            signer: "archive.example/news/signer", log: "archive.example/news", recorded: 1_735_689_600_000,
            version: "0.2.0", first: 7, posts: 2, known: 1, refused: 0, unchanged: 40, register: record.register,
            lines: 4, rules: name == "none" ? nil : record.rules, attached: name == "all" ? 3 : 0,
            ignored: name == "all" ? 12 : 0, state: record.state)
        #expect(made == record)
        #expect(record.state.links.map(\.link.index) == (name == "all" ? [0, 5, 6] : []))
    }

    @Test func `a line of a register is written as it was read`() throws {
        let text = Array(try block("line", of: "accession-v2").utf8.dropLast())
        let line = try #require(RegisterLine(parsing: text))
        #expect(line.replaces == 3 && line.accepted == "same-words")
        var again: [UInt8] = []
        line.append(to: &again)
        #expect(again == text)
    }
}

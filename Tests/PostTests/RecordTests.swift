import Foundation
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// The texts of post records and accessions: read strictly, and written back to the same bytes.
@Suite struct RecordTests {
    static let digest = String(repeating: "0123456789abcdef", count: 4)

    static let post: [String] = [
        "provenance/post@v1", "signer archive.example/news/signer", "sha256 \(digest)", "size 8192",
        "source https://news.example/a b/中%?x=1#y", "dated 2022-02-10T05:52:00.000Z", "published 1644472320000",
        "recorded 1700000000000", "front \(digest)", "body \(digest)", "text \(digest) 12",
    ]

    static let accession: [String] = [
        "provenance/accession@v1", "signer archive.example/news/signer", "log archive.example/news",
        "recorded 1700000000000", "tool provenance/1.0.0", "first 0", "posts 396", "known 2", "refused 4",
        "unchanged 0",
        "register \(digest) 403",
    ]

    static func text(_ lines: [String]) -> [UInt8] {
        Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// Reads a text as the kind that its first line names, or as a post record.
    static func encodedAgain(_ text: [UInt8]) throws(RecordError) -> [UInt8] {
        EntryKind(of: text) == .accession
            ? try AccessionRecord(parsing: text).encoded() : try PostRecord(parsing: text).encoded()
    }

    @Test(arguments: [
        post, accession, post.filter { !$0.hasPrefix("published") }, replacing(post, "size", "size 0"),
        replacing(post, "published", "published -1"), replacing(post, "published", "published 0"),
        replacing(post, "published", "published 9999999999999999"), replacing(post, "text", "text \(digest) 0"),
        replacing(post, "source", "source \u{200b}x"), replacing(post, "dated", "dated 2020-07-20"),
        replacing(post, "size", "size 9223372036854775807"), replacing(accession, "tool", "tool provenance/2.0-rc+1"),
        replacing(post, "source", "source " + String(repeating: "a", count: 8_192)),
    ])
    func `a good text comes back byte for byte`(_ lines: [String]) throws {
        #expect(try RecordTests.encodedAgain(RecordTests.text(lines)) == RecordTests.text(lines))
    }

    static func replacing(_ lines: [String], _ word: String, _ new: String) -> [String] {
        lines.map { $0.hasPrefix(word + " ") ? new : $0 }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let lines: [String]
        let code: RecordError.Code
        let line: Int
        let name: String

        init(_ base: [String], _ word: String, _ new: String, _ code: RecordError.Code) {
            lines = RecordTests.replacing(base, word, new)
            self.code = code
            line = (base.firstIndex { $0.hasPrefix(word + " ") } ?? -1) + 1
            name = String(reflecting: new)
        }

        var testDescription: String { name }
    }

    static let bad: [Bad] =
        ["sha256", "front", "body"].flatMap { word in
            [
                Bad(post, word, "\(word) \(digest.uppercased())", .digest),
                Bad(post, word, "\(word) \(digest)0", .digest),
                Bad(post, word, "\(word) \(digest.dropLast())", .digest),
                Bad(post, word, "\(word)  \(digest)", .digest),
                Bad(post, word, "\(word) \(digest) ", .digest), Bad(post, word, "\(word) \(digest)\r", .digest),
                Bad(post, word, "\(word) ", .digest), Bad(post, word, "\(word)", .line),
                Bad(post, word, "\(word)\t\(digest)", .line), Bad(post, word, " \(word) \(digest)", .line),
                Bad(post, word, "\(word) \(digest.dropLast())g", .digest),
            ]
        }
        + ["size", "recorded"].flatMap { word in
            [
                "01", "00", "-1", "+1", "1 ", " 1", "", "1.0", "0x1", "9223372036854775808",
                "99999999999999999999999999", "１", "1\r",
            ]
            .map { Bad(post, word, "\(word) \($0)", .integer) }
        }
        + ["first", "posts", "known", "refused", "unchanged", "recorded"].flatMap { word in
            ["01", "-1", "", "1 ", "9223372036854775808"].map { Bad(accession, word, "\(word) \($0)", .integer) }
        }
        + ["01", "-0", "-01", "+1", "NaN", "", "-", "12345678901234567", "1 "]
        .map { Bad(post, "published", "published \($0)", .integer) }
        + [
            Bad(post, "text", "text \(digest)", .line), Bad(post, "text", "text \(digest)  12", .integer),
            Bad(post, "text", "text \(digest) 012", .integer), Bad(post, "text", "text \(digest) ", .integer),
            Bad(post, "text", "text \(digest) 1 2", .integer), Bad(post, "text", "text 12 \(digest)", .digest),
            Bad(accession, "register", "register \(digest) -1", .integer),
            Bad(accession, "register", "register \(digest.uppercased()) 1", .digest),
            Bad(post, "signer", "signer ", .name), Bad(post, "signer", "signer a b", .name),
            Bad(post, "signer", "signer a+b", .name), Bad(post, "signer", "signer a\u{a0}", .name),
            Bad(accession, "log", "log a b", .name), Bad(accession, "log", "log ", .name),
            Bad(post, "source", "source ", .source), Bad(post, "source", "source  x", .source),
            Bad(post, "source", "source x ", .source), Bad(post, "source", "source x\r", .source),
            Bad(post, "source", "source a\u{7f}b", .source), Bad(post, "source", "source a\u{2028}b", .source),
            Bad(post, "source", "source \u{3000}b", .source), Bad(post, "source", "source a\u{0}b", .source),
            Bad(post, "source", "source " + String(repeating: "a", count: 8_193), .source),
            Bad(post, "dated", "dated ", .dated), Bad(post, "dated", "dated x ", .dated),
            Bad(post, "dated", "dated " + String(repeating: "1", count: 65), .dated),
            Bad(accession, "tool", "tool provenance/", .tool), Bad(accession, "tool", "tool other/1", .tool),
            Bad(accession, "tool", "tool provenance/1 2", .tool), Bad(accession, "tool", "tool provenance/é", .tool),
        ]

    @Test(arguments: bad)
    func `a bad value is refused with its line`(_ item: Bad) {
        do throws(RecordError) {
            _ = try RecordTests.encodedAgain(RecordTests.text(item.lines))
            Issue.record("accepted")
        } catch {
            #expect(error.code == item.code, "\(error)")
            #expect(error.line == item.line, "\(error)")
        }
    }

    @Test(arguments: [post, accession])
    func `lines are neither dropped nor doubled nor swapped`(_ lines: [String]) throws {
        for index in lines.indices {
            var dropped = lines
            dropped.remove(at: index)
            if lines[index].hasPrefix("published ") {
                #expect(try PostRecord(parsing: RecordTests.text(dropped)).published == nil)
            } else {
                #expect(throws: RecordError.self) { try RecordTests.encodedAgain(RecordTests.text(dropped)) }
            }
            var doubled = lines
            doubled.insert(lines[index], at: index)
            #expect(throws: RecordError.self) { try RecordTests.encodedAgain(RecordTests.text(doubled)) }
            for other in lines.indices where other != index {
                var swapped = lines
                swapped.swapAt(index, other)
                #expect(throws: RecordError.self) { try RecordTests.encodedAgain(RecordTests.text(swapped)) }
            }
            for extra in ["", " ", "x y", "published 1", "— a b"] {
                var longer = lines
                longer.insert(extra, at: index + 1)
                let text = RecordTests.text(longer)
                guard extra != "published 1" || !lines[index].hasPrefix("dated") else { continue }
                #expect(throws: RecordError.self) { try RecordTests.encodedAgain(text) }
            }
        }
    }

    @Test(arguments: [post, accession])
    func `a text that is cut is refused`(_ lines: [String]) {
        let text = RecordTests.text(lines)
        for end in text.indices {
            #expect(throws: RecordError.self) { try RecordTests.encodedAgain(Array(text[..<end])) }
        }
    }

    /// Each bit of each byte flipped: the text is refused, or is another record that is written back byte for byte.
    @Test(arguments: [post, accession])
    func `a text that is flipped is refused or another`(_ lines: [String]) {
        let text = RecordTests.text(lines)
        for bit in 0..<(text.count * 8) {
            let flipped = text.flipping(bit: bit)
            do throws(RecordError) {
                #expect(try RecordTests.encodedAgain(flipped) == flipped)
            } catch {
                #expect(RecordError.Code.all.contains(error.code))
            }
        }
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let name: String
        let text: [UInt8]
        let code: RecordError.Code
        var testDescription: String { name }
    }

    static let wrong: [Wrong] = [
        Wrong(name: "nothing", text: [], code: .kind),
        Wrong(name: "an unknown kind", text: Array("provenance/post@v3\n".utf8), code: .kind),
        Wrong(name: "the first line cut", text: Array("provenance/post@v1".utf8), code: .kind),
        Wrong(name: "an empty line first", text: [0x0A] + text(post), code: .kind),
        Wrong(name: "CR LF", text: text(post.map { $0 + "\r" }), code: .kind),
        Wrong(name: "an empty line last", text: text(post + [""]), code: .trailing),
        Wrong(name: "the record twice", text: text(post + post), code: .trailing),
        Wrong(name: "a signature", text: text(post + ["", "— archive.example/signer AAAA"]), code: .trailing),
        Wrong(name: "no LF at the end", text: text(post).dropLast(), code: .line),
        Wrong(name: "a stray byte", text: text(post) + [0xFF], code: .invalidUTF8),
        Wrong(name: "20,000 bytes", text: text(post) + [UInt8](repeating: 0x61, count: 20_000), code: .tooLarge),
    ]

    @Test(arguments: wrong)
    func `a text of the wrong kind, size or encoding is refused`(_ item: Wrong) {
        do throws(RecordError) {
            _ = try PostRecord(parsing: item.text)
            Issue.record("accepted")
        } catch {
            #expect(error.code == item.code, "\(error)")
        }
    }

    @Test func `each kind of record refuses the other`() {
        #expect(throws: RecordError.self) { try PostRecord(parsing: RecordTests.text(RecordTests.accession)) }
        #expect(throws: RecordError.self) { try AccessionRecord(parsing: RecordTests.text(RecordTests.post)) }
    }

    @Test func `every code has a case`() {
        // The form and the keys of version 2 have theirs in `Version2PageTests`.
        let codes = RecordTests.bad.map(\.code) + RecordTests.wrong.map(\.code) + [.form, .key]
        #expect(Set(codes) == Set(RecordError.Code.all))
    }

    struct Kind: Sendable, CustomTestStringConvertible {
        let entry: String
        let kind: EntryKind
        var testDescription: String { String(reflecting: entry) }
    }

    @Test(arguments: [
        Kind(entry: "provenance/post@v1\nx", kind: .post),
        Kind(entry: "provenance/accession@v1\n", kind: .accession),
        Kind(entry: "provenance/key@v1\nx", kind: .critical("provenance/key@v1")),
        Kind(entry: "provenance/key@", kind: .critical("provenance/key@")),
        Kind(entry: "provenance/post@v2\nx", kind: .post), Kind(entry: "provenance/accession@v2\n", kind: .accession),
        Kind(entry: "provenance/post@v3\nx", kind: .unknown("provenance/post@v3")),
        Kind(entry: "provenance/accession@v20\n", kind: .unknown("provenance/accession@v20")),
        Kind(entry: "provenance/post@v1 \n", kind: .unknown("provenance/post@v1 ")),
        Kind(entry: "provenance/post@v1\r\n", kind: .unknown("provenance/post@v1\r")),
        Kind(entry: "provenance/removal@v1\nx", kind: .unknown("provenance/removal@v1")),
        Kind(entry: " provenance/key@v1\n", kind: .unknown(" provenance/key@v1")),
        Kind(entry: "", kind: .unknown("")),
    ])
    func `an entry's first line tells its kind`(_ item: Kind) {
        #expect(EntryKind(of: Array(item.entry.utf8)) == item.kind)
    }

    @Test func `an entry that is not UTF-8 is unknown`() {
        #expect(EntryKind(of: [0xFF, 0x0A]) == .unknown(nil))
    }

    // MARK: What changed

    static func record(_ bytes: [UInt8], recorded: Int64 = 0) throws -> PostRecord {
        let post = try Post(parsing: bytes)
        let digests = PostDigests.compute(bytes, post)
        return PostRecord(post, digests, signer: "a/signer", recorded: recorded)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        let old: String
        let new: String
        let fields: [PostRecord.Field]
        let parts: [PostRecord.Part]
        var testDescription: String { name }
    }

    static let changes: [Change] = [
        Change(name: "nothing", old: "Words", new: "Words", fields: [], parts: []),
        Change(
            name: "a word", old: "Words", new: "Wards", fields: [.sha256, .body, .text], parts: [.body, .words]),
        Change(
            name: "an ad slot", old: "<p>", new: "<p id=ad>", fields: [.sha256, .size, .body], parts: [.body]),
        Change(
            name: "the title", old: "title: \"A", new: "title: \"B", fields: [.sha256, .front], parts: [.frontMatter]),
        Change(
            name: "the source", old: "from: https", new: "from: http", fields: [.sha256, .size, .source, .front],
            parts: [.frontMatter]),
        Change(
            name: "the date", old: "date: 2022", new: "date: 2021", fields: [.sha256, .dated, .front],
            parts: [.frontMatter]),
        Change(name: "the link", old: "[A quiet", new: "[A loud", fields: [.sha256, .size], parts: [.head]),
        Change(
            name: "the epoch", old: "<!--1644472320000", new: "<!--1644472320001", fields: [.sha256, .published],
            parts: [.head]),
        Change(
            name: "the epoch and a word",
            old: "320000-->\n[A quiet day](https://news.example/a/1)\n------\n\n<div>\n<p>W",
            new: "320001-->\n[A quiet day](https://news.example/a/1)\n------\n\n<div>\n<p>S",
            fields: [.sha256, .published, .body, .text], parts: [.head, .body, .words]),
        Change(
            name: "the head taken out",
            old: "<!--1644472320000-->\n[A quiet day](https://news.example/a/1)\n------\n\n",
            new: "", fields: [.sha256, .size, .published], parts: [.head]),
    ]

    @Test(arguments: changes)
    func `a record tells what changed in the post`(_ item: Change) throws {
        let text = String(decoding: Sample.plain, as: UTF8.self)
        let changed = Array(text.replacingFirst(item.old, item.new).utf8)
        let recorded = try RecordTests.record(Sample.plain, recorded: 1)
        let rebuilt = try RecordTests.record(changed, recorded: 2)
        #expect(recorded.differences(from: rebuilt).map(\.field) == item.fields)
        #expect(recorded.changedParts(from: rebuilt) == item.parts)
    }

    @Test func `a difference shows both values`() throws {
        let other = Array(String(decoding: Sample.plain, as: UTF8.self).replacingFirst("1644472320000", "NaN").utf8)
        let differences = try RecordTests.record(Sample.plain).differences(from: RecordTests.record(other))
        let difference = try #require(differences.first { $0.field == .published })
        #expect(difference.recorded == "1644472320000" && difference.found == "none")
        #expect(difference.field.code == "E-PUBLISHED-CHANGED")
    }

    @Test func `texts that only look the same differ`() throws {
        let composed = try RecordTests.record(Sample.post(front: Sample.title, Sample.date, "from: é"))
        let decomposed = try RecordTests.record(Sample.post(front: Sample.title, Sample.date, "from: e\u{301}"))
        #expect(composed != decomposed)
        #expect(composed.differences(from: decomposed).map(\.field).contains(.source))
    }
}

extension String {
    fileprivate func replacingFirst(_ old: String, _ new: String) -> String {
        guard let range = range(of: old) else { return self }
        return replacingCharacters(in: range, with: new)
    }
}

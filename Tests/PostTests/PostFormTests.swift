import ProvenanceEncoding
import ProvenancePost
import Testing

/// Which form a file has, where its parts lie, and which oddities are accepted.
@Suite struct PostFormTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let after: String
        let form: Post.Form
        /// The expected body.
        let body: String

        init(_ name: String, _ after: String, _ form: Post.Form, body: String) {
            self.name = name
            self.after = after
            self.form = form
            self.body = body
        }

        var testDescription: String { name }
    }

    private static let head = "<!--1644472320000-->\n[A quiet day](https://news.example/a/1)\n------\n\n"

    static let cases: [Case] = [
        Case("rss", head + "<div>\n</div>\n", .rss, body: "<div>\n</div>\n"),
        Case("rss without body", head, .rss, body: ""),
        Case("rss with rules and dashes in the body", head + "---\n------\n\n", .rss, body: "---\n------\n\n"),
        Case("rss with NaN", "<!--NaN-->\n[t](u)\n------\n\nx", .rss, body: "x"),
        Case("rss before 1970", "<!---1-->\n[t](u)\n------\n\nx", .rss, body: "x"),
        Case("rss with two dashes", "<!---1644472320000-->\n[t](u)\n------\n\nx", .rss, body: "x"),
        Case("rss with an empty link", "<!--1-->\n[]()\n------\n\nx", .rss, body: "x"),
        Case("nothing", "", .stub, body: ""),
        Case("html", "<article>\n", .html, body: "<article>\n"),
        Case("an empty line before html", "\n<article>\n", .html, body: "\n<article>\n"),
        Case("an empty line alone", "\n", .html, body: "\n"),
        Case("a comment and html", "<!--1644472320000-->\n<div>\n", .html, body: "<!--1644472320000-->\n<div>\n"),
        Case("a comment and an empty line", "<!--1-->\n\n[t](u)\n", .html, body: "<!--1-->\n\n[t](u)\n"),
        Case("a comment alone", "<!--1-->\n", .html, body: "<!--1-->\n"),
        Case("a comment at the end", "<!--1-->", .html, body: "<!--1-->"),
        Case("a comment and seven dashes", "<!--1-->\n-------\n", .html, body: "<!--1-->\n-------\n"),
        Case("an empty line before the head", "\n" + head, .html, body: "\n" + head),
        Case("a blank before the comment", " " + head, .html, body: " " + head),
        Case("a blank after the comment", "<!--1--> \n[t](u)\n", .html, body: "<!--1--> \n[t](u)\n"),
        Case("CR LF after the comment", "<!--1-->\r\n[t](u)\n", .html, body: "<!--1-->\r\n[t](u)\n"),
        Case("two comments on a line", "<!--1--><!--2-->\n[t](u)\n", .html, body: "<!--1--><!--2-->\n[t](u)\n"),
        Case("a comment that closes itself", "<!-->\n[t](u)\n", .html, body: "<!-->\n[t](u)\n"),
        Case("a link first", "[t](u)\n------\n\n", .html, body: "[t](u)\n------\n\n"),
    ]

    @Test(arguments: cases)
    func `the form and the body`(_ item: Case) throws {
        let bytes = Sample.post(front: Sample.title, Sample.date, Sample.from, body: item.after)
        let post = try Post(parsing: bytes)
        let frontEnd = bytes.count - item.after.utf8.count
        #expect(post.form == item.form)
        #expect(post.frontMatterRange == 0..<frontEnd)
        #expect(Array(bytes[post.bodyRange]) == Array(item.body.utf8))
        #expect(post.headRange == frontEnd..<post.bodyRange.lowerBound)
        #expect(post.bodyRange.upperBound == bytes.count)
        #expect((post.head == nil) == (item.form != .rss))
    }

    @Test func `front matter may end at the end of the file`() throws {
        let bytes = Array(Sample.post(front: Sample.title, Sample.date, Sample.from, body: "").dropLast())
        let post = try Post(parsing: bytes)
        #expect(post.form == .stub)
        #expect(post.frontMatterRange == 0..<bytes.count)
        #expect(post.bodyRange == bytes.count..<bytes.count)
    }

    @Test func `the first closing line counts`() throws {
        let bytes = Sample.post(front: Sample.title, Sample.date, Sample.from, body: "a\n---\nb: c\n---\n")
        #expect(try Post(parsing: bytes).bodyRange.count == 15)
    }

    @Test func `the link's text goes to the last bracket`() throws {
        let line = "[a [b](c) ](https://news.example/x)"
        let head = try #require(try Post(parsing: Sample.rss("<!--1-->", line, "------", "")).head)
        #expect(head.linkText == "a [b](c) ")
        #expect(head.linkURL == "https://news.example/x")
    }

    struct Instant: Sendable, CustomTestStringConvertible {
        let text: String
        let milliseconds: Int64
        var testDescription: String { text }
    }

    static let instants: [Instant] = [
        Instant(text: "2022-02-10T05:52:00.000Z", milliseconds: 1_644_472_320_000),
        Instant(text: "2022-02-10T05:52:00.123Z", milliseconds: 1_644_472_320_123),
        Instant(text: "2022-02-10T05:52:00.1239999Z", milliseconds: 1_644_472_320_123),
        Instant(text: "2022-02-10T05:52:00Z", milliseconds: 1_644_472_320_000),
        Instant(text: "2019-07-26T13:17:47+01:00", milliseconds: 1_564_143_467_000),
        Instant(text: "2019-07-26T13:17:47+00:00", milliseconds: 1_564_147_067_000),
        Instant(text: "2019-07-26T13:17:47-08:30", milliseconds: 1_564_177_667_000),
        Instant(text: "2020-07-20", milliseconds: 1_595_203_200_000),
        Instant(text: "1970-01-01", milliseconds: 0),
        Instant(text: "1969-12-31T23:59:59.999Z", milliseconds: -1),
        Instant(text: "2000-02-29", milliseconds: 951_782_400_000),
        Instant(text: "0000-01-01", milliseconds: -62_167_219_200_000),
        Instant(text: "9999-12-31T23:59:59.999Z", milliseconds: 253_402_300_799_999),
        Instant(text: "2020-07-20 12:00:00 +0800", milliseconds: 1_595_217_600_000),
        Instant(text: "2020-07-20T12:00+08", milliseconds: 1_595_217_600_000),
        Instant(text: "2016-12-31T23:59:60Z", milliseconds: 1_483_228_800_000),
    ]

    @Test(arguments: instants)
    func `a date names an instant and stays as written`(_ item: Instant) throws {
        let post = try Post(parsing: Sample.post(front: Sample.title, "date: " + item.text, Sample.from))
        #expect(post.dateMilliseconds == item.milliseconds)
        #expect(post.dated == ExactText(item.text))
    }

    @Test(arguments: [
        "https://a.example/92%/a-1", "a b c", "http://www.rfi.example//cn/x", "https://a.example/#new_tab", "中文 地址",
        "ftp:?", "not an address", "\u{200b}x", "a\u{301}",
    ])
    func `a source is opaque`(_ source: String) throws {
        let post = try Post(parsing: Sample.post(front: Sample.title, Sample.date, "from: " + source))
        #expect(post.source == ExactText(source))
    }

    @Test func `a source of 8,192 bytes and a date of 64 are accepted`() throws {
        let source = String(repeating: "中", count: 2_730) + "ab"
        let date = "2020-07-20T00:00:00." + String(repeating: "0", count: 43) + "Z"
        let post = try Post(parsing: Sample.post(front: Sample.title, "date: " + date, "from: " + source))
        #expect(post.source.utf8.count == 8_192 && post.dated.utf8.count == 64)
    }

    @Test func `composed and decomposed titles differ`() throws {
        let composed = try Post(parsing: Sample.post(front: "title: \"é\"", Sample.date, Sample.from))
        let decomposed = try Post(parsing: Sample.post(front: "title: \"e\u{301}\"", Sample.date, Sample.from))
        #expect(composed.title != decomposed.title)
        #expect(composed.title.string == decomposed.title.string)
    }

    struct Warned: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let codes: [PostWarning.Code]
        let lines: [Int]
        var testDescription: String { name }
    }

    private static func rss(
        _ comment: String = "1644472320000", text: String = "A quiet day", url: String = "https://news.example/a/1",
        from: String = "https://news.example/a/1", body: [UInt8] = []
    ) -> [UInt8] {
        let lines = ["<!--\(comment)-->", "[\(text)](\(url))", "------", ""].map { $0 + "\n" }.joined()
        return Sample.post(front: Sample.title, Sample.date, "from: " + from, body: lines) + body
    }

    static let warned: [Warned] = [
        Warned(name: "nothing", bytes: Sample.plain, codes: [], lines: []),
        Warned(name: "a later epoch", bytes: rss("1644472320001"), codes: [.epochDate], lines: [6]),
        Warned(name: "NaN", bytes: rss("NaN"), codes: [.epochNaN], lines: [6]),
        Warned(name: "seconds", bytes: rss("1644472320"), codes: [.epochDigits, .epochDate], lines: [6, 6]),
        Warned(name: "16 digits", bytes: rss("-9999999999999999"), codes: [.epochDigits, .epochDate], lines: [6, 6]),
        Warned(name: "13 digits and a sign", bytes: rss("-1644472320000"), codes: [.epochDate], lines: [6]),
        Warned(name: "another title", bytes: rss(text: "A quiet day "), codes: [.titleLinkText], lines: [7]),
        Warned(name: "another address", bytes: rss(url: "https://news.example/a/2"), codes: [.sourceLink], lines: [7]),
        Warned(
            name: "an encoded address",
            bytes: rss(url: "https://a.example/%E4%B8%AD%20x", from: "https://a.example/中 x"),
            codes: [], lines: []),
        Warned(name: "a raw % encoded", bytes: rss(url: "a/80%25%20x", from: "a/80% x"), codes: [], lines: []),
        Warned(name: "an escape encoded again", bytes: rss(url: "a/%2541", from: "a/%41"), codes: [], lines: []),
        Warned(name: "lower-case escapes", bytes: rss(url: "a/%e4", from: "a/%E4"), codes: [], lines: []),
        Warned(name: "a NUL in the body", bytes: rss(body: [0x61, 0x0A, 0x00, 0x00]), codes: [.bodyNUL], lines: [11]),
        Warned(name: "a stray byte in the body", bytes: rss(body: [0x80]), codes: [.bodyUTF8], lines: [10]),
        Warned(
            name: "a stray byte and a NUL in the body", bytes: rss(body: [0xFF, 0x0A, 0x00, 0xC3]),
            codes: [.bodyUTF8, .bodyNUL], lines: [10, 11]),
        Warned(
            name: "a NUL and a cut character in the body", bytes: rss(body: [0x00, 0x0A, 0xE4, 0xB8]),
            codes: [.bodyNUL, .bodyUTF8], lines: [10, 11]),
    ]

    @Test(arguments: warned)
    func `what is odd is reported and accepted`(_ item: Warned) throws {
        let warnings = try Post(parsing: item.bytes).warnings
        #expect(warnings.map(\.code) == item.codes)
        #expect(warnings.map(\.line) == item.lines)
    }

    @Test func `every warning has a case`() {
        // The others are about readings of version 2, whose cases are in `ReadingRulesTests` and `PostVectorTests`.
        let version2: Set<PostWarning.Code> = [
            .sourceOther, .sourceNoAddress, .notStated, .yamlMerge, .formUnknown, .keyPassedOver,
        ]
        #expect(Set(PostFormTests.warned.flatMap(\.codes)) == Set(PostWarning.Code.all).subtracting(version2))
    }

    @Test func `the difference of epoch and date is told`() throws {
        let warning = try #require(try Post(parsing: PostFormTests.rss("1644498420500")).warnings.first)
        #expect(warning.message == "the epoch 1644498420500 and the date 1644472320000 are +7 h 15 min 0.500 s apart")
    }
}

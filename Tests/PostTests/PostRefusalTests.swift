import ProvenancePost
import Testing

/// Every reason to refuse a file, each with its code and its place.
@Suite struct PostRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let code: PostError.Code
        let line: Int
        let column: Int

        init(_ name: String, _ bytes: [UInt8], _ code: PostError.Code, _ line: Int, _ column: Int) {
            self.name = name
            self.bytes = bytes
            self.code = code
            self.line = line
            self.column = column
        }

        var testDescription: String { "\(code.rawValue): \(name)" }
    }

    private static let rule = "------"
    private static let comment = "<!--1644472320000-->"
    private static let link = "[A quiet day](https://news.example/a/1)"

    /// A post with another `date`, or another `from`.
    private static func date(_ line: String) -> [UInt8] { Sample.post(front: Sample.title, line, Sample.from) }
    private static func from(_ line: String) -> [UInt8] { Sample.post(front: Sample.title, Sample.date, line) }

    /// A good post with bytes replaced.
    private static func replacing(_ old: String, with new: [UInt8]) -> [UInt8] {
        var bytes = Sample.plain
        for start in bytes.indices where bytes[start...].starts(with: old.utf8) {
            bytes.replaceSubrange(start..<(start + old.utf8.count), with: new)
            break
        }
        return bytes
    }

    /// Brackets in brackets, each closed.
    private static func brackets(_ count: Int) -> String {
        String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }

    static let frontMatter: [Case] = [
        Case("over the size limit", [UInt8](repeating: 0x2D, count: Post.maxSize + 1), .tooLarge, 0, 0),
        Case("an empty file", [], .noFrontMatter, 1, 1),
        Case("the bare form", Sample.file(comment, link, rule, "", "<div>"), .noFrontMatter, 1, 1),
        Case("a blank after `---`", Sample.file("--- ", Sample.title, "---"), .noFrontMatter, 1, 1),
        Case("CR LF after `---`", Sample.file("---\r", Sample.title, "---\r"), .noFrontMatter, 1, 1),
        Case("an empty line first", [0x0A] + Sample.plain, .noFrontMatter, 1, 1),
        Case("a byte order mark", [0xEF, 0xBB, 0xBF] + Sample.plain, .byteOrderMark, 1, 1),
        Case("`---` alone", Array("---".utf8), .frontMatterUnclosed, 1, 1),
        Case("no closing line", Sample.file("---", Sample.title, "----", "-- -"), .frontMatterUnclosed, 1, 1),
        Case(
            "more than 64 KiB of it", Sample.post(front: "x: " + String(repeating: "a", count: 65_534)),
            .frontMatterTooLarge, 3, 1),
        Case("a stray byte in it", replacing("quiet", with: [0x71, 0xFF]), .invalidUTF8, 2, 12),
        Case("a surrogate in it", replacing("quiet", with: [0xED, 0xA0, 0x80]), .invalidUTF8, 2, 11),
        Case("a NUL in it", replacing("quiet", with: [0x71, 0x00]), .nul, 2, 12),
    ]

    static let yaml: [Case] = [
        Case("an unknown escape", Sample.post(front: #"title: "智\力""#), .yaml, 2, 10),
        Case("bare quotes inside quotes", Sample.post(front: #"title: "a "b" c""#), .yaml, 2, 12),
        Case("a quote that is not closed", Sample.post(front: "title: \"a", Sample.date), .yaml, 4, 1),
        Case("a colon in a plain scalar", Sample.post(front: "title: a: b"), .yaml, 2, 9),
        Case("a second document", Sample.post(front: Sample.title, "--- ", Sample.date), .yaml, 3, 1),
        Case("a control character", Sample.post(front: "title: 中\u{8}"), .yaml, 2, 9),
        Case("a tab before a key", Sample.post(front: Sample.title, "\tdate: x"), .yaml, 3, 1),
        Case("an anchor", Sample.post(front: "title: &a x"), .yamlAlias, 2, 8),
        Case("an anchor on a key", Sample.post(front: Sample.title, "&a date: x"), .yamlAlias, 3, 1),
        Case("an alias", Sample.post(front: "title: &a x", "date: *a"), .yamlAlias, 2, 8),
        Case("an alias of nothing", Sample.post(front: Sample.title, "date: *a"), .yamlAlias, 3, 7),
        Case("an anchor in a list", Sample.post(front: Sample.title, "tags: [ x, &a y ]"), .yamlAlias, 3, 12),
        Case("a tag", Sample.post(front: Sample.title, "date: !!str 2020-07-20"), .yamlTag, 3, 7),
        Case("a tag on a quoted scalar", Sample.post(front: #"title: !!str "x""#), .yamlTag, 2, 8),
        Case("the tag `!`", Sample.post(front: "title: ! x"), .yamlTag, 2, 8),
        Case("a tag on the root", Sample.post(front: "!!map", Sample.title), .yamlTag, 2, 1),
        Case("a tag on a list", Sample.post(front: Sample.title, "tags: !!seq [ x ]"), .yamlTag, 3, 7),
        Case("a list", Sample.post(front: "- title", "- date"), .notAMapping, 2, 1),
        Case("a scalar", Sample.post(front: "title"), .notAMapping, 2, 1),
        Case("nothing", Sample.post(), .notAMapping, 2, 1),
        Case("comments alone", Sample.post(front: "# nothing"), .notAMapping, 2, 1),
        Case("a key twice", Sample.post(front: Sample.title, Sample.date, "title: b"), .duplicateKey, 4, 1),
        Case("a key twice, once quoted", Sample.post(front: Sample.title, "\"title\": b"), .duplicateKey, 3, 1),
        Case("a key twice on one line", Sample.post(front: "{ a: b, c: d, \"a\": e }"), .duplicateKey, 2, 15),
        Case("a list as a key", Sample.post(front: Sample.title, "[ a ]: b"), .valueNotScalar, 3, 1),
        Case("keys in keys", Sample.post(front: String(repeating: "? ", count: 30_000)), .valueNotScalar, 2, 3),
        Case("a mapping as a value", Sample.post(front: Sample.title, "x: { a: b }"), .nested, 3, 4),
        Case("a block mapping as a value", Sample.post(front: Sample.title, "x:", "  a: b"), .nested, 4, 3),
        Case("a list in a list", Sample.post(front: Sample.title, "x: [ a, [ b ] ]"), .nested, 3, 9),
        Case("a mapping in a list", Sample.post(front: Sample.title, "x:", "- a: b"), .nested, 4, 3),
        Case(
            "brackets in brackets", Sample.post(front: "x: " + brackets(100), Sample.title, "y: *a"), .nested, 2, 5),
        Case("too many of them", Sample.post(front: "x: " + brackets(101)), .yaml, 2, 104),
        Case("the first of several", Sample.post(front: "x: !t a", "y: &a b", "y: { a: b }"), .yamlTag, 2, 4),
        Case("several, and no YAML", Sample.post(front: "x: !t a", "y: *b", "z: a: b"), .yaml, 4, 5),
        Case(
            "several, and no YAML in a second document", Sample.post(front: "x: !t a", "--- ", "a: b: c"), .yaml, 3, 1),
    ]

    static let values: [Case] = [
        Case("no title", Sample.post(front: Sample.date, Sample.from), .keyMissing, 1, 1),
        Case("no date", Sample.post(front: Sample.title, Sample.from), .keyMissing, 1, 1),
        Case("no from", Sample.post(front: Sample.title, Sample.date), .keyMissing, 1, 1),
        Case("From for from", Sample.post(front: Sample.title, Sample.date, "From: x"), .keyMissing, 1, 1),
        Case("a list as title", Sample.post(front: "title: [ a ]", Sample.date, Sample.from), .valueNotScalar, 2, 8),
        Case("a list as date", date("date: [ 2020-07-20 ]"), .valueNotScalar, 3, 7),
        Case("a mapping as from", from("from: { a: b }"), .nested, 4, 7),
        Case("an empty date", date("date: \"\""), .date, 3, 7),
        Case("a date of nothing", date("date:"), .date, 3, 6),
        Case("no date at all", date("date: yesterday"), .date, 3, 7),
        Case("a time without a zone", date("date: 2022-02-10T05:52:00"), .date, 3, 7),
        Case("day 30 of February", date("date: 2020-02-30"), .date, 3, 7),
        Case("day 29 of February 1900", date("date: 1900-02-29"), .date, 3, 7),
        Case("month 13", date("date: 2020-13-01"), .date, 3, 7),
        Case("hour 24", date("date: 2020-01-01T24:00:00Z"), .date, 3, 7),
        Case("a fraction without digits", date("date: 2020-01-01T23:00:00.Z"), .date, 3, 7),
        Case("a zone of 24 hours", date("date: 2020-01-01T23:00:00+24:00"), .date, 3, 7),
        Case("something after the zone", date("date: 2020-01-01T23:00:00Z!"), .date, 3, 7),
        Case("a date with a blank", date("date: \"2020-07-20 \""), .date, 3, 17),
        Case(
            "a date of 65 bytes", date("date: 2020-07-20T00:00:00." + String(repeating: "0", count: 44) + "Z"), .date,
            3, 7),
        Case("an empty from", from("from: \"\""), .source, 4, 7),
        Case("a from of nothing", from("from:"), .source, 4, 6),
        Case("a from of 8,193 bytes", from("from: " + String(repeating: "a", count: 8_193)), .source, 4, 7),
        Case("a blank before from", from("from: \" x\""), .source, 4, 7),
        Case("a no-break space after from", from("from: x\u{a0}"), .source, 4, 8),
        Case("an ideographic space before from", from("from: \u{3000}x"), .source, 4, 7),
        Case("a newline in from", from("from: \"a\\nb\""), .source, 4, 8),
        Case("a DEL in from", from("from: \"a\\x7fb\""), .source, 4, 8),
        Case("a C1 control in from", from("from: \"ab\\x9f\""), .source, 4, 9),
        Case("a NUL in from", from("from: \"a\\0\""), .source, 4, 8),
        Case("U+2028 in from", from("from: \"a\\Lb\""), .source, 4, 8),
        Case("U+2029 in from", from("from: \"a\\Pb\""), .source, 4, 8),
    ]

    static let head: [Case] = [
        Case("letters in the comment", Sample.rss("<!--abc-->", link, rule, ""), .epoch, 6, 5),
        Case("an empty comment", Sample.rss("<!---->", link, rule, ""), .epoch, 6, 5),
        Case("blanks in the comment", Sample.rss("<!-- 1644472320000 -->", link, rule, ""), .epoch, 6, 5),
        Case("17 digits", Sample.rss("<!--12345678901234567-->", link, rule, ""), .epoch, 6, 5),
        Case("a plus sign", Sample.rss("<!--+1644472320000-->", link, rule, ""), .epoch, 6, 5),
        Case("a decimal point", Sample.rss("<!--1644472320.5-->", link, rule, ""), .epoch, 6, 5),
        Case("nan", Sample.rss("<!--nan-->", link, rule, ""), .epoch, 6, 5),
        Case("full-width digits", Sample.rss("<!--１６-->", link, rule, ""), .epoch, 6, 5),
        Case("no link line", Sample.rss(comment, rule, ""), .linkLine, 7, 1),
        Case("a link without address", Sample.rss(comment, "[A quiet day]", rule, ""), .linkLine, 7, 1),
        Case("a link over two lines", Sample.rss(comment, "[A quiet", "day](x)", rule, ""), .linkLine, 7, 1),
        Case("something after the link", Sample.rss(comment, link + " ", rule, ""), .linkLine, 7, 1),
        Case("CR LF after the link", Sample.rss(comment, link + "\r", rule, ""), .linkLine, 7, 1),
        Case("no rule", Sample.rss(comment, link, "", "<div>"), .rule, 8, 1),
        Case("five dashes", Sample.rss(comment, link, "-----", ""), .rule, 8, 1),
        Case("seven dashes", Sample.rss(comment, link, "-------", ""), .rule, 8, 1),
        Case("the end after the link", Sample.rss(comment, link), .rule, 8, 1),
        Case("no newline after the rule", Array(Sample.rss(comment, link, rule).dropLast()), .rule, 8, 1),
        Case("the end after the rule", Sample.rss(comment, link, rule), .headBlankLine, 9, 1),
        Case("no empty line", Sample.rss(comment, link, rule, "<div>"), .headBlankLine, 9, 1),
        Case("a blank in the empty line", Sample.rss(comment, link, rule, " ", "<div>"), .headBlankLine, 9, 1),
        Case("a stray byte in it", replacing("[A quiet", with: [0x5B, 0xC3]), .invalidUTF8, 7, 2),
        Case("a NUL in it", replacing("[A quiet", with: [0x5B, 0x00]), .nul, 7, 2),
    ]

    @Test(arguments: frontMatter + yaml + values + head)
    func `a file is refused with the code and the place`(_ item: Case) {
        do throws(PostError) {
            _ = try Post(parsing: item.bytes, path: "_posts/x.md")
            Issue.record("accepted")
        } catch {
            #expect(error.code == item.code, "\(error)")
            #expect(error.line == item.line, "\(error)")
            #expect(error.column == item.column, "\(error)")
            #expect(error.path == "_posts/x.md")
            #expect(!error.found.isEmpty && !error.wanted.isEmpty)
        }
    }

    @Test func `every code has a case`() {
        let cases = PostRefusalTests.frontMatter + PostRefusalTests.yaml + PostRefusalTests.values
        let codes = Set((cases + PostRefusalTests.head).map(\.code))
        // No file is refused so by version 1; `ReadingRulesTests` has the cases.
        #expect(codes.union([.noForm]) == Set(PostError.Code.all))
        #expect(PostError.Code.all.count == Set(PostError.Code.all.map(\.rawValue)).count)
    }

    @Test func `a key that stands twice is named with both lines`() {
        do throws(PostError) {
            _ = try Post(parsing: Sample.post(front: Sample.title, Sample.date, Sample.from, "date: 2020-07-20"))
            Issue.record("accepted")
        } catch {
            #expect(error.found == "the key `date` on lines 3 and 5")
        }
    }

    @Test func `an error reads as a sentence`() {
        do throws(PostError) {
            _ = try Post(parsing: Array("<!--1-->\n".utf8), path: "a.md")
            Issue.record("accepted")
        } catch {
            #expect(
                error.description
                    == "a.md:1:1: E-NO-FRONT-MATTER: found `<!--1-->` on line 1, wanted `---` "
                    + "(a post in the bare form, without metadata, is not recorded)")
        }
    }
}

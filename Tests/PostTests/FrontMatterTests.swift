import CProvenanceYAML
import ProvenanceEncoding
import ProvenancePost
import TestSupport
import Testing

/// Front matter as YAML reads it; the quick reader always agrees.
@Suite struct FrontMatterTests {
    /// Earlier versions read some texts differently, and what is read is signed.
    @Test func `libyaml is 0.2.5 or later`() {
        var version: (major: Int32, minor: Int32, patch: Int32) = (0, 0, 0)
        yaml_get_version(&version.major, &version.minor, &version.patch)
        #expect(version >= (0, 2, 5), "\(version)")
    }

    /// The lines between the two `---` of a file.
    static func content(of bytes: [UInt8]) -> Range<Int>? {
        guard bytes.starts(with: Array("---\n".utf8)) else { return nil }
        var start = 4
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            if bytes[start..<end].elementsEqual("---".utf8) { return 4..<start }
            start = end + 1
        }
        return nil
    }

    struct Value: Sendable, CustomTestStringConvertible {
        let line: String
        let value: FrontMatter.Value

        init(_ line: String, _ text: ExactText) {
            self.line = line
            value = .scalar(text)
        }

        init(_ line: String, _ items: [ExactText]) {
            self.line = line
            value = .list(items)
        }

        var testDescription: String { String(reflecting: line) }
    }

    static let values: [Value] = [
        Value("key: plain", "plain"),
        Value("key: Timothy Grose ", "Timothy Grose"),
        Value("key:   wide", "wide"),
        Value("key: two  blanks", "two  blanks"),
        Value("key: True", "True"),
        Value("key: 007", "007"),
        Value("key: 2020-07-20", "2020-07-20"),
        Value("key: ~", "~"),
        Value("key:", ""),
        Value("key: https://a.example/?q=1&r=2#top", "https://a.example/?q=1&r=2#top"),
        Value("key: a # comment", "a"),
        Value("key: a#b", "a#b"),
        Value("key: 12:30", "12:30"),
        Value("key: it's", "it's"),
        Value("key: say \"so\"", "say \"so\""),
        Value("key: \u{a0}nbsp\u{a0}", "\u{a0}nbsp\u{a0}"),
        Value("key: 好\u{200b}事\u{1f600}", "好\u{200b}事\u{1f600}"),
        Value("key: \u{FEFF}mark", "\u{FEFF}mark"),
        Value("key: \"\u{FEFF}\u{FEFF}ma\u{FEFF}rk\u{E000}\"", "\u{FEFF}\u{FEFF}ma\u{FEFF}rk\u{E000}"),
        Value("key: '\u{FEFF}mark'", "\u{FEFF}mark"),
        Value("key: \"\\uFEFFm\\xe4rk\"", "\u{FEFF}m\u{E4}rk"),
        Value("key: \"\\\n  \\U0000feffmark \\ue000 \u{FEFF}\"", "\u{FEFF}mark \u{E000} \u{FEFF}"),
        Value("key: \"\\\\uFEFFmark\"", "\\uFEFFmark"),
        Value("key: |\n  \u{FEFF}mark\n", "\u{FEFF}mark\n"),
        Value("key: [ \u{FEFF}a, \"\\ufeffb\", c ]", ["\u{FEFF}a", "\u{FEFF}b", "c"]),
        Value("key: folded\n  over lines", "folded over lines"),
        Value("key: \"\"", ""),
        Value("key: \" outer \"", " outer "),
        Value("key: \"a: b # c\"", "a: b # c"),
        Value("key: \"&amp; <b> %\"", "&amp; <b> %"),
        Value("key: \"a \\\"quoted\\\" word\"", "a \"quoted\" word"),
        Value("key: \"\\u4e2d\\x41\\t\\0\"", "中A\t\0"),
        Value("key: \"over\n\n  lines\n\n\"", "over\nlines\n"),
        Value("key: \"e\u{301} and é\"", "e\u{301} and é"),
        Value("key: 'it''s \\n'", "it's \\n"),
        Value("key: |\n  block\n  text\n", "block\ntext\n"),
        Value("key: >-\n  folded\n  text\n", "folded text"),
        Value("\"key\": quoted key", "quoted key"),
        Value("key: [ 李天豪 ]", ["李天豪"]),
        Value("key: [  李天豪 ]", ["李天豪"]),
        Value("key: [a,b , \"c, d\", 'e']", ["a", "b", "c, d", "e"]),
        Value("key: [ two words, 3 ]", ["two words", "3"]),
        Value("key: []", []),
        Value("key: [ a,\n  b ]", ["a", "b"]),
        Value("key:\n- a\n- b c", ["a", "b c"]),
        Value("key:\n  - \"a\"\n  - ", ["a", ""]),
    ]

    @Test(arguments: values)
    func `a value is the scalar's text`(_ item: Value) throws {
        let bytes = Sample.post(front: Sample.title, Sample.date, item.line, Sample.from)
        let post = try Post(parsing: bytes)
        #expect(post.frontMatter["key"] == item.value)
        #expect(post.source == "https://news.example/a/1")
        #expect(post.frontMatter.entries.map(\.key.string) == ["title", "date", "key", "from"])
    }

    @Test(arguments: values)
    func `the quick reader agrees on each value`(_ item: Value) throws {
        let bytes = Sample.post(front: item.line)
        let content = try #require(FrontMatterTests.content(of: bytes))
        let yaml = try YAMLFrontMatter.read(content, of: bytes)
        #expect(yaml["key"] == item.value)
        if let quick = PlainFrontMatter.read(bytes[content]) { #expect(quick == yaml) }
    }

    @Test func `places are those of the file`() throws {
        let bytes = Sample.post(front: "title: \"x\"", "key:  [ a ]", "other: 'v'")
        let content = try #require(FrontMatterTests.content(of: bytes))
        let entries = try YAMLFrontMatter.read(content, of: bytes).entries
        #expect(entries.map(\.keyOffset) == [4, 15, 27])
        #expect(entries.map(\.valueOffset) == [11, 21, 34])
    }

    @Test func `a byte order mark at the start of a line is a character of the key or the item`() throws {
        let bytes = Sample.post(
            front: "\u{FEFF}title: x", "\u{FEFF}key: [ a,\n\u{FEFF}b ]\r\u{FEFF}\u{FEFF}: '\n\u{FEFF}'")
        let content = try #require(FrontMatterTests.content(of: bytes))
        let entries = try YAMLFrontMatter.read(content, of: bytes).entries
        #expect(entries.map(\.key) == ["\u{FEFF}title", "\u{FEFF}key", "\u{FEFF}\u{FEFF}"])
        #expect(entries.map(\.value) == [.scalar("x"), .list(["a", "\u{FEFF}b"]), .scalar(" \u{FEFF}")])
        #expect(entries.map(\.keyOffset) == [4, 16, 36])
    }

    @Test func `question marks and stars in values are text, however many`() throws {
        let texts = (0..<100).map { "k\($0): 'why? *\($0) &\($0) \(String(repeating: "?", count: 50))'" }
        let bytes = Sample.post(front: texts.joined(separator: "\n"))
        let content = try #require(FrontMatterTests.content(of: bytes))
        #expect(try YAMLFrontMatter.read(content, of: bytes).entries.count == 100)
    }

    /// Pieces that mean something in YAML, and some that do not.
    private static let pieces: [String] = [
        ":", ": ", " :", "#", " #", "# ", "- ", "-", "?", "? ", ",", "[", "]", "{", "}", "&", "&a", "*", "*a", "!",
        "!!str ", "|",
        ">", "'", "\"", "\\", "\\\"", "%", "@", "`", " ", "  ", "\t", "\n", "\n ", "\n  ", "\n\n", "\r", "\r\n",
        "\u{1}", "\u{7f}",
        "\u{85}", "\u{a0}", "\u{2028}", "\u{2029}", "\u{200b}", "\u{feff}", "\u{fffd}", "\u{fffe}", "\u{ffff}",
        "\u{1f600}",
        "\u{10ffff}", "中", "é", "~", "null", "a", "key: v", "\nkey: v", "title: x\n", "---", "...", "\n--- ", "\n...\n",
        "<<: ",
        "=", "0", "1e3", "a: b", "://", "( )", "/", "+", ".", "_", "",
    ]

    private static let seeds: [String] = [
        "layout: post\ntitle: \"腾讯 阿里\"\ndate: 2022-02-10T05:52:00.000Z\nauthor: 联合早报\n"
            + "from: https://www.example.com/realtime/story-1?x=1&y=2#z\ntags: [ 联合早报 ]\ncomments: True\ncategories: [ a, b c ]\n",
        "title: \"a\"\ndate: b\nfrom: c\n",
        "key: plain text here\n",
        "tags: [ one, two three ]\n",
        "title: \" quoted text \"\n",
    ]

    /// 40,000 texts made from realistic ones by inserting, removing and doubling pieces.
    @Test(arguments: 0..<8)
    func `the quick reader declines or agrees, whatever the text`(_ part: Int) throws {
        var random = FixedRandom(seed: UInt64(part))
        var decided = 0
        for _ in 0..<5_000 {
            let seed = FrontMatterTests.seeds.randomElement(using: &random) ?? ""
            var scalars = Array(seed.unicodeScalars)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let at = Int.random(in: 0...scalars.count, using: &random)
                let to = min(scalars.count, at + Int.random(in: 0...2, using: &random))
                let piece = FrontMatterTests.pieces.randomElement(using: &random) ?? ""
                scalars.replaceSubrange(at..<to, with: Array(piece.unicodeScalars))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            let bytes = Array(("---\n" + text + "---\n").utf8)
            let content = 4..<(bytes.count - 4)
            guard let quick = PlainFrontMatter.read(bytes[content]) else { continue }
            decided += 1
            let yaml = Result { try YAMLFrontMatter.read(content, of: bytes) }
            guard case .success(quick) = yaml else {
                Issue.record("\(String(reflecting: text)): \(quick.entries), YAML says \(yaml)")
                return
            }
        }
        #expect(decided > 500, "enough texts must be plain, or this compares nothing")
    }

    @Test(arguments: [
        "[", "{", "{a: ", "[a, ", "- ", "? ", "\"", "'", "&a ", "*a ", "!!str ", "a: &a [*a", ": ", "|", "%", "\\",
    ])
    func `hostile front matter is refused, not a crash`(_ piece: String) {
        let text = String(repeating: piece, count: 60_000 / piece.utf8.count)
        let bytes = Sample.post(front: text, Sample.title, Sample.date, Sample.from)
        #expect(throws: PostError.self) { try Post(parsing: bytes) }
    }

    @Test func `a bomb of aliases in keys is refused`() {
        var lines = "a0: &a0 [x, x]\n"
        for level in 1...40 { lines += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        let bytes = Sample.post(front: Sample.title, Sample.date, Sample.from, lines + "? *a40\n: x")
        #expect(throws: PostError.self) { try Post(parsing: bytes) }
        let short = "a: &a [x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: &d [*c,*c,*c]\n? *d\n: x"
        #expect(throws: PostError.self) { try Post(parsing: Sample.post(front: short)) }
    }
}

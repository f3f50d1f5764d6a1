import TestSupport
import Testing

/// Messages about front matter whose fault is invisible in an editor: place and words lead to it.
@Suite struct FrontMatterMessageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        /// `line:column: code`.
        let place: String
        let words: String

        init(_ name: String, _ text: String, _ place: String, _ words: String) {
            self.name = name
            self.text = text
            self.place = place
            self.words = words
        }

        var testDescription: String { name }
    }

    private static let start = "---\ntitle: a\ndate: 2022-03-01\nfrom: https://n.example/1\n"

    /// Front matter with lines after `from`, which is line 4.
    private static func front(_ lines: String) -> String { start + lines + "\n---\nb\n" }

    static let indentation: [Case] = [
        Case("a tab", front("tags:\n\t- x"), "6:1: E-YAML", "line 6 is indented with a tab; YAML wants spaces"),
        Case(
            "a tab behind blanks", front("tags:\n  \t- x"), "6:3: E-YAML",
            "line 6 is indented with a tab; YAML wants spaces"),
        Case("a tab before a key", front("\ttags: x"), "5:1: E-YAML", "line 5 is indented with a tab"),
        Case("a tab in a block of text", front("x: |\n\ty"), "6:1: E-YAML", "line 6 is indented with a tab"),
        Case("a tab behind a dash", front("tags:\n- \tx"), "6:3: E-YAML", "line 6 has a tab before a value"),
        Case(
            "a no-break space", front("tags:\n\u{a0}\u{a0}- x"), "6:1: E-YAML", "U+00A0 where a space is meant"),
        Case(
            "a no-break space behind a blank", front("tags:\n  - x\n \u{a0}- y"), "7:2: E-YAML",
            "U+00A0 where a space is meant"),
        Case(
            "an ideographic space", front("tags:\n\u{3000}- x\n\u{3000}- y\nz: 1"), "6:1: E-YAML",
            "U+3000 where a space is meant"),
        Case("a narrow no-break space", front("tags:\n\u{202f}- x"), "6:1: E-YAML", "U+202F where a space is meant"),
        Case("an em space", front("tags:\n\u{2003}- x"), "6:1: E-YAML", "U+2003 where a space is meant"),
        Case("a zero-width space", front("tags:\n\u{200b}- x"), "6:1: E-YAML", "the invisible character U+200B"),
        Case("a word joiner", front("tags:\n\u{2060}- x"), "6:1: E-YAML", "the invisible character U+2060"),
        Case(
            "a byte order mark inside", front("tags:\n\u{feff}- x"), "6:1: E-YAML", "the invisible character U+FEFF"),
        Case(
            "a line separator", front("tags: x\n\u{2028}other y\nz: 1"), "6:1: E-YAML", "U+2028 where a space is meant"),
    ]

    static let separators: [Case] = [
        Case(
            "a no-break space behind a colon", "---\ntitle: a\ndate:\u{a0}2022-03-01\nfrom: x\n---\nb\n",
            "3:6: E-YAML", "U+00A0 where a space is meant"),
        Case(
            "a no-break space behind the only colon", "---\ntitle:\u{a0}a\n---\nb\n", "2:7: E-NOT-A-MAPPING",
            "U+00A0 where a space is meant"),
        Case(
            "a full-width colon", "---\ntitle\u{ff1a}a\ndate: 2022-03-01\nfrom: x\n---\nb\n", "2:6: E-YAML",
            "U+FF1A where a colon is meant"),
        Case("no blank behind a colon", front("x:y\nz: 1"), "5:1: E-YAML", "with a blank behind the colon"),
        Case(
            "a no-break space before a key", "---\ntitle: a\ndate: 2022-03-01\n\u{a0}from: x\n---\nb\n",
            "4:1: E-KEY-MISSING", "the key on line 4 looks like it and has U+00A0 in it"),
        Case(
            "a byte order mark before a key", "---\n\u{feff}title: a\ndate: 2022-03-01\nfrom: x\n---\nb\n",
            "2:1: E-KEY-MISSING", "the key on line 2 looks like it and has U+FEFF in it"),
    ]

    static let delimiters: [Case] = [
        Case(
            "a blank behind the closing line", start + "--- \nb\n", "5:1: E-FRONT-MATTER-UNCLOSED",
            "line 5 is `--- `, with a blank at its end"),
        Case(
            "a tab behind it", start + "---\t\nb\n", "5:1: E-FRONT-MATTER-UNCLOSED", "with a tab at its end"),
        Case(
            "a no-break space behind it", start + "---\u{a0}\nb\n", "5:1: E-FRONT-MATTER-UNCLOSED",
            "with U+00A0 at its end"),
        Case("a blank before it", start + " ---\nb\n", "5:1: E-FRONT-MATTER-UNCLOSED", "with a blank at its start"),
        Case(
            "a byte order mark before it", start + "\u{feff}---\nb\n", "5:1: E-FRONT-MATTER-UNCLOSED",
            "with U+FEFF at its start"),
        Case(
            "CR LF but in the first line", start.replacing("a\n", with: "a\r\n") + "---\r\nb\r\n",
            "5:1: E-FRONT-MATTER-UNCLOSED", "with a carriage return at its end"),
        Case(
            "a blank behind the opening line", "--- " + start.dropFirst(3) + "---\nb\n", "1:1: E-NO-FRONT-MATTER",
            "line 1 is `--- `, with a blank at its end"),
        Case(
            "a tab behind it", "---\t" + start.dropFirst(3) + "---\nb\n", "1:1: E-NO-FRONT-MATTER",
            "with a tab at its end"),
        Case(
            "an invisible character before it", "\u{200b}" + start + "---\nb\n", "1:1: E-NO-FRONT-MATTER",
            "with U+200B at its start"),
        Case(
            "CR alone", (start + "---\nb\n").replacing("\n", with: "\r"), "1:1: E-NO-FRONT-MATTER",
            "lines end in CR alone"),
        Case(
            "CR LF", (start + "---\nb\n").replacing("\n", with: "\r\n"), "1:1: E-NO-FRONT-MATTER",
            "lines end in CR LF"),
        Case(
            "CR CR LF", (start + "---\nb\n").replacing("\n", with: "\r\r\n"), "1:1: E-NO-FRONT-MATTER",
            "lines end in CR CR LF"),
        Case("a byte order mark", "\u{feff}" + start + "---\nb\n", "1:1: E-BOM", "without a byte order mark"),
    ]

    static let head: [Case] = [
        Case(
            "a blank behind the rule", start + "---\n<!--1-->\n[a](b)\n------ \n\nb\n", "8:1: E-RULE",
            "line 8 is `------ `, with a blank at its end"),
        Case(
            "a no-break space in the empty line", start + "---\n<!--1-->\n[a](b)\n------\n\u{a0}\nb\n",
            "9:1: E-HEAD-BLANK-LINE", "with U+00A0 in it"),
        Case(
            "a tab behind the link", start + "---\n<!--1-->\n[a](b)\t\n------\n\nb\n", "7:1: E-LINK-LINE",
            "line 7 has a tab at its end"),
    ]

    private static let colons = "quote a value with a colon"

    @Test(arguments: indentation + separators + delimiters + head)
    func `what cannot be seen is named with its place`(_ item: Case) throws {
        let archive = try CommandLineArchive()
        try archive.write(item.text, to: "_posts/x.md")
        let ended = try archive.run("add", "-q", "_posts", exits: 2)
        let said = ended.stdout + ended.stderr
        let parts = item.place.split(separator: ": ")
        #expect(parts.count == 2)
        #expect(said.contains("\(parts[1])  _posts/x.md:\(parts[0]): "), "\(ended)")
        #expect(said.contains(item.words), "\(ended)")
        #expect(!said.contains(FrontMatterMessageTests.colons), "\(ended)")
    }

    /// Without an invisible character, each of these texts is refused because of the YAML syntax alone, and the message
    /// says so.
    @Test(arguments: [
        ("title: a: b", "2:9"), ("title: \u{a0}a: b", "2:10"), ("title: @a", "2:8"), ("title: `a`", "2:8"),
        ("title: \"a\u{3000}\"b\" c\"", "2:12"), ("title: [ a\u{a0}b", "3:5"), ("title: - a", "2:8"),
        ("title: |x\n\u{3000}y", "2:9"),
    ])
    func `the hint about colons stays where a sign of YAML is the reason`(_ line: String, place: String) throws {
        let archive = try CommandLineArchive()
        try archive.write("---\n\(line)\ndate: 2022-03-01\nfrom: x\n---\nb\n", to: "_posts/x.md")
        let ended = try archive.run("add", "-q", "_posts", exits: 2)
        let said = ended.stdout + ended.stderr
        #expect(said.contains("E-YAML  _posts/x.md:\(place): "), "\(ended)")
        #expect(said.contains(FrontMatterMessageTests.colons), "\(ended)")
        #expect(!said.contains("where a space is meant"), "\(ended)")
    }

    @Test(arguments: [
        (#"title: "a\q""#, "begins an escape"), (#"title: "a"#, "close the quote"), ("title: 'a", "close the quote"),
    ])
    func `the message about a quoted value does not advise to quote it`(_ line: String, words: String) throws {
        let archive = try CommandLineArchive()
        try archive.write("---\n\(line)\ndate: 2022-03-01\nfrom: x\n---\nb\n", to: "_posts/x.md")
        let ended = try archive.run("add", "-q", "_posts", exits: 2)
        let said = ended.stdout + ended.stderr
        #expect(said.contains("E-YAML") && said.contains(words), "\(ended)")
        #expect(!said.contains(FrontMatterMessageTests.colons), "\(ended)")
    }

    @Test func `tabs and wide spaces that YAML takes are taken`() throws {
        let archive = try CommandLineArchive()
        try archive.write(
            "---\ntitle:\ta\u{a0}b\u{3000}c\ndate:\t2022-03-01\t\nfrom: x\ntags: [\ta,\t\u{3000}b ]\n---\nb\n",
            to: "_posts/x.md")
        try archive.run("add", "-q", "_posts", exits: 0)
    }
}

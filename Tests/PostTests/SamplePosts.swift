import ProvenancePost

/// Posts that are made up, in the forms of real ones.
enum Sample {
    static let title = #"title: "A quiet day""#
    static let date = "date: 2022-02-10T05:52:00.000Z"
    static let from = "from: https://news.example/a/1"

    /// The bytes of a file from its lines; each ends in LF.
    static func file(_ lines: String...) -> [UInt8] {
        Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// A post without head whose front matter has these lines.
    static func post(front: String..., body: String = "<p>Words.</p>\n") -> [UInt8] {
        Array(("---\n" + front.map { $0 + "\n" }.joined() + "---\n" + body).utf8)
    }

    /// An rss post with these lines after the front matter.
    static func rss(_ lines: String...) -> [UInt8] {
        post(front: title, date, from, body: lines.map { $0 + "\n" }.joined())
    }

    /// An rss post without oddities.
    static let plain = rss(
        "<!--1644472320000-->", "[A quiet day](https://news.example/a/1)", "------", "", "<div>", "<p>Words.</p>",
        "</div>")
}

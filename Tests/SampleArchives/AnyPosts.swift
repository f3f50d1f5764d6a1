import ProvenancePost

/// Invented posts of the shapes that `provenance/post@v2` states.
package enum AnyPosts {
    /// A file, and what its record states under ``rules``.
    package struct Post: Sendable, CustomStringConvertible {
        /// Its path in an archive.
        package let path: String
        /// Its text.
        package let text: String
        /// The form in its record; `nil` for one of version 1.
        package let form: String?
        /// The source and its key.
        package let source: (address: String, key: String?)?
        /// The date and its key.
        package let dated: (text: String, key: String)?

        package var description: String { path }
    }

    /// The keys that the posts have.
    package static let rules = ReadingRules(
        sourceKeys: ["original_url", "from", "link"], datedKeys: ["date", "published"], acceptsPlain: true,
        recordsV2: true)

    private static let address = "https://harbour.example/2024/03/linden"
    private static let copy = "https://copies.example/20240306/linden"
    private static let head = "<!--1709623800000-->\n[The Linden](\(address))\n------\n\n"

    package static let all = [
        Post(
            path: "_posts/v1.md", text: "---\ntitle: a\nfrom: \(address)\ndate: 2024-03-05\n---\n<p>v1</p>\n",
            form: nil,
            source: (address, nil), dated: ("2024-03-05", "date")),
        Post(
            path: "_posts/news.md",
            text:
                "---\noriginal_url: \(address)\nurl: \(copy)\ndate: 2024-03-05\ncover:\n  image: /a.png\n---\n\nNews\n",
            form: "html", source: (address, "original_url"), dated: ("2024-03-05", "date")),
        Post(
            path: "_posts/windows.md",
            text: "---\r\nlink: \(address)\r\npublished: 2018-02-06 15:00\r\n---\r\nText\r\n",
            form: "html", source: (address, "link"), dated: ("2018-02-06 15:00", "published")),
        Post(
            path: "_posts/script.md", text: "---\ndate: 2023-12-05T00:00\n---\nText\n", form: "html", source: nil,
            dated: ("2023-12-05T00:00", "date")),
        Post(
            path: "_posts/rss.md", text: "---\nlink: \(address)\n---\n\(head)<p>rss</p>\n", form: "rss",
            source: (address, "link"), dated: nil),
        Post(path: "_posts/stub.md", text: "---\nslurped: 2023-12-05\n...\n", form: "stub", source: nil, dated: nil),
        Post(
            path: "_posts/headed.md", text: "\(head)<p>headed</p>\n", form: "headed", source: (address, nil), dated: nil
        ),
        Post(
            path: "_posts/linked.md", text: "[The Linden](\(address))\n\nIt is back.\n", form: "linked",
            source: (address, nil), dated: nil),
        Post(path: "_posts/plain.md", text: "# The Linden\n\nIt is back.\n", form: "plain", source: nil, dated: nil),
        Post(path: "_posts/odd.md", text: "---\ntitle: a: b\n---\nText\n", form: "plain", source: nil, dated: nil),
    ]
}

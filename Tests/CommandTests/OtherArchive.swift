/// Invented archives in the shapes that other people's have, the odd posts first.
struct OtherArchive: Sendable, CustomStringConvertible {
    /// What kind of archive it is.
    let description: String
    /// The files, by path.
    let files: [(path: String, text: String)]
    /// How many of them state something and are recorded by the proposed rules.
    let recorded: Int
    /// How many of those state a source.
    let sourced: Int
    /// How many of those state a date.
    let dated: Int
    /// A post, and the source that its record states.
    let example: (path: String, source: String?)

    private init(
        _ description: String, refused: Int = 0, sourced: Int, dated: Int, _ example: (String, String?),
        _ files: [(path: String, text: String)]
    ) {
        self.description = description
        self.files = files
        recorded = files.count - refused
        (self.sourced, self.dated) = (sourced, dated)
        self.example = (path: example.0, source: example.1)
    }

    /// All seven.
    static let all = [news, blog, scripts, planet, mirrored, vault, bare]

    private static func front(_ lines: [String], _ body: String) -> String {
        (["---"] + lines + ["---", body]).joined(separator: "\n") + "\n"
    }

    private static let news = OtherArchive(
        "a news site", refused: 2, sourced: 198, dated: 188,
        ("_posts/2019/20.md", "https://gazette.example/2019/20"),
        (0..<200).map { number in
            // YAML refuses the first two titles; ten dates are empty.
            let title =
                ["Ferry \u{08}stops", "Ferry\u{1C} runs"].indices.contains(number)
                ? ["Ferry \u{08}stops", "Ferry\u{1C} runs"][number] : "Ferry \(number)"
            return (
                "_posts/2019/\(number).md",
                front(
                    [
                        "title: \"\(title)\"", "url: https://copies.example/https://gazette.example/2019/\(number)",
                        "original_url: https://gazette.example/2019/\(number)",
                        (10..<20).contains(number) ? "date:" : "date: 2019-06-\(10 + number % 20)",
                    ], "<p>Story \(number)</p>")
            )
        })

    private static let blog = OtherArchive(
        "a blog", sourced: 0, dated: 118, ("_posts/2018-02-06-5.md", nil),
        (0..<120).map { number in
            let date = number < 2 ? [] : ["date: 2018-02-06 15:00" + (number % 2 == 0 ? "" : " +0800")]
            let text = front(
                ["layout: post", "title: Tides \(number)"] + date + ["categories:", "- harbour"],
                "\nRead in [the gazette](https://gazette.example/\(number)).\n\nMore.")
            return (
                "_posts/2018-02-06-\(number).md",
                number % 28 == 3 ? text.replacing("\n", with: "\r\n") : text
            )
        })

    private static let scripts = OtherArchive(
        "scripts of a programme", refused: 1, sourced: 0, dated: 119, ("scripts/7.md", nil),
        (0..<120).map { number in
            (
                "scripts/\(number).md",
                front(
                    [
                        number == 0 ? "title: Harbour: the first" : "title: Harbour \(number)",
                        "date: 2021-04-05T06:07:08Z", "episode: \(number)",
                    ], "Good evening. \(number)")
            )
        })

    private static let planet = OtherArchive(
        "a blog planet", sourced: 110, dated: 110, ("content/9/index.md", "https://planet.example/9"),
        (0..<110).map { number in
            (
                "content/\(number)/index.md",
                front(
                    [
                        "title: '\(number) weeks'", "original_url: https://planet.example/\(number)",
                        "date: '2020-12-14 01:03:\(10 + number % 50)'", "cover:", "  image: a.png", "  alt: ''",
                    ], "Weeks. \(number)")
            )
        })

    private static let mirrored = OtherArchive(
        "mirrored articles", sourced: 100, dated: 0, ("articles/3.md", "https://mirror.example/3"),
        (0..<100).map { number in
            (
                "articles/\(number).md",
                "[渡轮 \(number)](https://mirror.example/\(number))\n\n日期：Tue, 05 Mar 2024 07:30:00 +0800\n\n正文\n"
            )
        })

    private static let vault = OtherArchive(
        "a vault of notes", refused: 6, sourced: 70, dated: 35, ("Clips/11.md", "https://clips.example/11"),
        (0..<6).map { ("Notes/bare \($0).md", "# Note \($0)\n\nWords.\n") }
            + (0..<70).map { number in
                (
                    "Clips/\(number).md",
                    front(
                        ["link: https://clips.example/\(number)"]
                            + (number % 2 == 0 ? ["date: 2023-12-05T00:00"] : [])
                            + [
                                "slurped: 2024-01-01T10:00:00.000Z", "twitter: https://social.example/@a", "tags:",
                                "  - a", "author:", "  name: b",
                            ], "Clip \(number)")
                )
            } + (0..<44).map { ("Notes/\($0).md", front(["aliases: []", "tags: [a, b]"], "Note \($0)")) })

    private static let bare = OtherArchive(
        "bare posts", refused: 1, sourced: 149, dated: 0, ("_posts/30.md", "https://bare.example/30"),
        (0..<150).map { number in
            // The first link line is broken by its title; some posts begin with the link.
            let title = number == 0 ? "Ferry](x) [again" : "Ferry \(number)"
            let link = "[\(title)](https://bare.example/\(number))\n------\n\n<p>\(number)</p>\n"
            return ("_posts/\(number).md", number % 27 == 5 ? link : "<!--\(1_709_623_800_000 + number)-->\n" + link)
        })
}

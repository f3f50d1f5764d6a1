"""Readers of posts: one post with n of something in it."""

from box import Box, Run, case

START = "---\ntitle: x\ndate: 2022-02-10\nfrom: https://news.example/1\n"


def one(box: Box, data: str | bytes, status: int = 0, words: str = "") -> Run:
    box.empty().write("_posts/x.md", data)
    return Run(["add", "_posts"], status, words)


def front(name: str, n: int, lines, status: int = 0, words: str = "", sampled: bool = False):
    """A case of front matter, n lines or signs of it, below the limit of 64 KiB."""
    @case(f"front matter: {name}", n, sampled=sampled)
    def make(box: Box, n: int) -> Run:
        text = lines(n)
        assert len(text.encode()) < 65_000, (name, len(text))
        return one(box, START + text + "\n---\nwords\n", status, words)


front("plain keys", 800, lambda n: "\n".join(f"k{i}: v" for i in range(n)), sampled=True)
front("quoted keys", 800, lambda n: "\n".join(f'"k{i}": "v"' for i in range(n)))
front("one key n times", 1000, lambda n: "k: v\n" * n, 2, "E-DUPLICATE-KEY")
front("items on one line", 2000, lambda n: "tags: [ " + ", ".join(f"t{i % 10}" for i in range(n)) + " ]")
front("items on lines", 2000, lambda n: "tags:\n" + "\n".join(f"- t{i % 10}" for i in range(n)))
front("quoted items", 2000, lambda n: "tags: [ " + ", ".join('"t"' for _ in range(n)) + " ]")
front("comments", 2000, lambda n: "# c\n" * n + "k: v")
front("empty lines", 4000, lambda n: "\n" * n + "k: v")
front("lines of a block", 2000, lambda n: "k: |\n" + "  a\n" * n)
front("folded lines", 2000, lambda n: "k: >\n" + "  a b\n" * n)
front("lines of a plain value", 2000, lambda n: "k: a\n" + "  b c\n" * n)
front("escapes", 2000, lambda n: 'k: "' + "\\u4e2d" * n + '"')
front("one long value", 12000, lambda n: "k: " + "a" * n)
front("one long quoted value", 12000, lambda n: 'k: "' + "a" * n + '\\t"')
front("words of a value", 6000, lambda n: "k: " + "a " * n + "b")
front("byte order marks", 2000, lambda n: "k: '" + "\ufeff" * n + "'", sampled=True)
front("anchors", 1000, lambda n: "\n".join(f"k{i}: &a{i} v" for i in range(n)), 2, "E-YAML-ALIAS")
front("lists in lists", 4000, lambda n: "k:\n " + "- " * n + "x", 2, "E-NESTED")
front("keys in keys", 4000, lambda n: "? " * n + "x", 2, "E-VALUE-NOT-SCALAR")
front("brackets", 4000, lambda n: "k: " + "[" * n, 2, "E-YAML")
front("no-break spaces", 1000, lambda n: "tags:\n" + "\u00a0- x\n" * n, 2, "U+00A0 where a space is meant",
      sampled=True)
front("no-break spaces in values", 1100, lambda n: "\n".join(f"k{i}: a\u00a0b" for i in range(n)) + "\nk: a: b",
      2, "E-YAML")
front("full-width colons", 1000, lambda n: "k\uff1av\n" * n, 2, "U+FF1A where a colon is meant")
front("tabs", 3000, lambda n: "tags:\n" + "\t- x\n" * n, 2, "is indented with a tab")


@case("front matter: lines without an end", 20000)
def unclosed(box: Box, n: int) -> Run:
    return one(box, START + "k: v\n" * n, 2, "E-FRONT-MATTER-UNCLOSED")


@case("front matter: too many lines", 20000)
def too_large(box: Box, n: int) -> Run:
    assert 5 * n > 65_536, "n is too small to be too large"
    return one(box, START + "k: v\n" * n + "---\n", 2, "E-FRONT-MATTER-TOO-LARGE")


@case("head: dashes in its comment", 20000)
def comment(box: Box, n: int) -> Run:
    return one(box, START + "---\n<!--" + "-" * n + "-->\n[a](b)\n------\n\n", 2, "E-EPOCH")


@case("head: brackets in its link", 20000)
def link(box: Box, n: int) -> Run:
    return one(box, START + "---\n<!--1-->\n[a" + "](" * n + ")\n------\n\n", 0, "recorded          1")


def body(name: str, n: int, text, sampled: bool = False):
    @case(f"body: {name}", n, sampled=sampled)
    def make(box: Box, n: int) -> Run:
        content = text(n)
        return one(box, (START + "---\n").encode() + (content if isinstance(content, bytes) else content.encode()))


body("passages", 2000, lambda n: "<p>x" * n, sampled=True)
body("empty passages", 4000, lambda n: "<p>" * n)
body("tags in tags", 4000, lambda n: "<b>" * n + "x" + "</b>" * n)
body("divisions in divisions", 4000, lambda n: "<div>" * n + "x" + "</div>" * n)
body("`<` that begin nothing", 20000, lambda n: "<" * n)
body("tags that never end", 10000, lambda n: "<a " * n, sampled=True)
body("long names of tags", 10000, lambda n: "<" + "a" * n + ">" + "</" + "a" * n + ">")
body("comments that never end", 10000, lambda n: "<!--" * n)
body("comments", 6000, lambda n: "<!---->" * n)
body("dashes in a comment", 20000, lambda n: "<!--" + "-" * n)
body("quotes that never end", 10000, lambda n: "<a b=\"" * n)
body("quotes", 6000, lambda n: "<a b=\"c\">" * n)
body("`=` in a tag", 20000, lambda n: "<a " + "= " * n + ">")
body("scripts that never end", 6000, lambda n: "<script>" * n)
body("scripts", 4000, lambda n: "<script>x</script>" * n)
body("ends of other scripts", 4000, lambda n: "<script>" + "</style>" * n)
body("`&` alone", 20000, lambda n: "&" * n)
body("references", 8000, lambda n: "&amp;&nbsp;" * n, sampled=True)
body("references by number", 8000, lambda n: "&#x41;" * n)
body("digits of one reference", 40000, lambda n: "&#" + "1" * n)
body("references that do not end", 10000, lambda n: "&#1" * n)
body("one long line", 60000, lambda n: "x" * n)
body("white space", 40000, lambda n: " \t\n\u00a0" * (n // 4) + "x")
body("characters of three bytes", 20000, lambda n: "\u4e2d" * n)
body("invalid bytes", 20000, lambda n: b"\xff" * n)
body("NULs", 40000, lambda n: b"\0" * n)

"""Readers of posts: one post with n of something in it."""

from box import Box, Run, case

START = "---\ntitle: x\ndate: 2022-02-10\nfrom: https://news.example/1\n"


def one(box: Box, data: str | bytes, status: int = 0, words: str = "") -> Run:
    box.empty().write("_posts/x.md", data)
    return Run(["add", "_posts"], status, words)


def front(name: str, n: int, lines, status: int = 0, words: str = "", quick: bool = False):
    """A case of front matter, n lines or signs of it, below the limit of 64 KiB."""
    @case(f"front matter: {name}", n, quick=quick)
    def make(box: Box, n: int) -> Run:
        text = lines(n)
        assert len(text.encode()) < 65_000, (name, len(text))
        return one(box, START + text + "\n---\nwords\n", status, words)


front("plain keys", 1000, lambda n: "\n".join(f"k{i}: v" for i in range(n)), quick=True)
front("quoted keys", 800, lambda n: "\n".join(f'"k{i}": "v"' for i in range(n)), quick=True)
front("one key n times", 1000, lambda n: "k: v\n" * n, 2, "E-DUPLICATE-KEY")
front("items on one line", 2000, lambda n: "tags: [ " + ", ".join(f"t{i % 10}" for i in range(n)) + " ]", quick=True)
front("items on lines", 2000, lambda n: "tags:\n" + "\n".join(f"- t{i % 10}" for i in range(n)), quick=True)
front("quoted items", 2000, lambda n: "tags: [ " + ", ".join('"t"' for _ in range(n)) + " ]")
front("comments", 2000, lambda n: "# c\n" * n + "k: v")
front("empty lines", 4000, lambda n: "\n" * n + "k: v")
front("lines of a block", 2000, lambda n: "k: |\n" + "  a\n" * n, quick=True)
front("folded lines", 2000, lambda n: "k: >\n" + "  a b\n" * n)
front("lines of a plain value", 2000, lambda n: "k: a\n" + "  b c\n" * n)
front("escapes", 2000, lambda n: 'k: "' + "\\u4e2d" * n + '"')
front("one long value", 12000, lambda n: "k: " + "a" * n)
front("one long quoted value", 12000, lambda n: 'k: "' + "a" * n + '\\t"')
front("words of a value", 6000, lambda n: "k: " + "a " * n + "b", quick=True)
front("byte order marks", 2000, lambda n: "k: '" + "\ufeff" * n + "'", quick=True)
front("anchors", 1500, lambda n: "\n".join(f"k{i}: &a{i} v" for i in range(n)), 2, "E-YAML-ALIAS")
front("lists in lists", 4000, lambda n: "k:\n " + "- " * n + "x", 2, "E-NESTED")
front("keys in keys", 4000, lambda n: "? " * n + "x", 2, "E-VALUE-NOT-SCALAR")
front("brackets", 4000, lambda n: "k: " + "[" * n, 2, "E-YAML", quick=True)
front("no-break spaces", 2000, lambda n: "tags:\n" + "\u00a0- x\n" * n, 2, "U+00A0 where a space is meant")
front("no-break spaces in values", 2000, lambda n: "\n".join(f"k{i}: a\u00a0b" for i in range(n)) + "\nk: a: b",
      2, "E-YAML")
front("full-width colons", 2000, lambda n: "k\uff1av\n" * n, 2, "U+FF1A where a colon is meant")
front("tabs", 4000, lambda n: "tags:\n" + "\t- x\n" * n, 2, "is indented with a tab")


@case("front matter: lines without an end", 20000)
def unclosed(box: Box, n: int) -> Run:
    return one(box, START + "k: v\n" * n, 2, "E-FRONT-MATTER-UNCLOSED")


@case("front matter: too many lines", 20000, quick=False)
def too_large(box: Box, n: int) -> Run:
    assert 5 * n > 65_536, "n is too small to be too large"
    return one(box, START + "k: v\n" * n + "---\n", 2, "E-FRONT-MATTER-TOO-LARGE")


@case("head: dashes in its comment", 20000, quick=False)
def comment(box: Box, n: int) -> Run:
    return one(box, START + "---\n<!--" + "-" * n + "-->\n[a](b)\n------\n\n", 2, "E-EPOCH")


@case("head: brackets in its link", 20000)
def link(box: Box, n: int) -> Run:
    return one(box, START + "---\n<!--1-->\n[a" + "](" * n + ")\n------\n\n", 0, "recorded          1")


def body(name: str, n: int, text, quick: bool = False):
    @case(f"body: {name}", n, quick=quick)
    def make(box: Box, n: int) -> Run:
        content = text(n)
        return one(box, (START + "---\n").encode() + (content if isinstance(content, bytes) else content.encode()))


body("passages", 2000, lambda n: "<p>x" * n, quick=True)
body("empty passages", 4000, lambda n: "<p>" * n)
body("tags in tags", 4000, lambda n: "<b>" * n + "x" + "</b>" * n, quick=True)
body("divisions in divisions", 4000, lambda n: "<div>" * n + "x" + "</div>" * n)
body("`<` that begin nothing", 20000, lambda n: "<" * n, quick=True)
body("tags that never end", 10000, lambda n: "<a " * n, quick=True)
body("long names of tags", 10000, lambda n: "<" + "a" * n + ">" + "</" + "a" * n + ">")
body("comments that never end", 10000, lambda n: "<!--" * n, quick=True)
body("comments", 6000, lambda n: "<!---->" * n)
body("dashes in a comment", 20000, lambda n: "<!--" + "-" * n)
body("quotes that never end", 10000, lambda n: "<a b=\"" * n, quick=True)
body("quotes", 6000, lambda n: "<a b=\"c\">" * n)
body("`=` in a tag", 20000, lambda n: "<a " + "= " * n + ">")
body("scripts that never end", 6000, lambda n: "<script>" * n, quick=True)
body("scripts", 4000, lambda n: "<script>x</script>" * n)
body("ends of other scripts", 4000, lambda n: "<script>" + "</style>" * n)
body("`&` alone", 20000, lambda n: "&" * n, quick=True)
body("references", 8000, lambda n: "&amp;&nbsp;" * n, quick=True)
body("references by number", 8000, lambda n: "&#x41;" * n)
body("digits of one reference", 40000, lambda n: "&#" + "1" * n, quick=True)
body("references that do not end", 10000, lambda n: "&#1" * n)
body("one long line", 60000, lambda n: "x" * n, quick=True)
body("white space", 40000, lambda n: " \t\n\u00a0" * (n // 4) + "x")
body("characters of three bytes", 20000, lambda n: "\u4e2d" * n)
body("invalid bytes", 20000, lambda n: b"\xff" * n, quick=True)
body("NULs", 40000, lambda n: b"\0" * n)

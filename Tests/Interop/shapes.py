"""Invented posts in every form, and made-up ones of odd fragments."""

import random

SITE = "https://gazette.example"
COPY = "https://archive.example/copy"
MARK = "\ufeff".encode()


def front(*lines: str, opening: str = "---", closing: str = "---", end: str = "\n") -> bytes:
    return "".join(line + end for line in (opening, *lines, closing)).encode()


def head(epoch: str = "1709623800000", link: str = f"[Ferry]({SITE}/ferry)", rule: str = "------", end: str = "\n") -> bytes:
    return f"<!--{epoch}-->{end}{link}{end}{rule}{end}{end}".encode()


BODY = "<p>The ferry runs again.</p>\n<p>Adults 3 &euro;</p>\n".encode()
MARKDOWN = "# Ferry\n\nIt runs again,\nevery 20 minutes.\n\n- Adults: 3\n- Children: 0\n\n> 渡轮复航\n".encode()
SOURCE = f"original_url: {SITE}/2024/03/ferry"
DATE = "date: 2018-02-06 15:00"


def good() -> dict[str, bytes]:
    """By name: the shapes of other people's archives, each form, odd ones among them. Each body is another."""
    posts = {
        "news: two addresses": front("title: Ferry", SOURCE, f"url: {COPY}/1", "date: 2024-03-05") + BODY,
        "news: an empty date": front("title: Ferry", SOURCE, f"url: {COPY}/2", "date:") + BODY,
        "blog: no source": front("layout: post", "title: Ferry", DATE, "tags:", "- a", "- b c") + MARKDOWN,
        "blog: CR LF": front("title: Ferry", DATE, end="\r\n") + MARKDOWN.replace(b"\n", b"\r\n"),
        "blog: a date in words": front("title: Ferry", "date: 5 March 2024") + MARKDOWN,
        "scripts: no source, a date with a zone": front("title: 'Ferry: again'", "date: 2024-03-05T07:30:00Z") + MARKDOWN,
        "planet: a quoted date, a map": front(SOURCE, "date: '2020-12-14 01:03:23'", "cover:", "  image: /a.png",
                                               "  alt: 'x: y'") + BODY,
        "vault: a clip": front(f"link: {SITE}/clip", "date: 2023-12-05T00:00", "slurped: 2024-01-01", "tags: [a, \"b, c\", 'd']",
                               "aliases: []") + MARKDOWN,
        "vault: neither": front("tags: [a/b, c.d, (e) +1]", "up:") + MARKDOWN,
        "stub": front(SOURCE, "date: 2024-03-05"),
        "stub, its last line without an end": front(SOURCE, DATE)[:-1],
        "rss": front(SOURCE, "published: 2024-03-05T07:30") + head() + BODY,
        "rss, CR LF": front(SOURCE, end="\r\n") + head(end="\r\n") + BODY,
        "rss, NaN": front(SOURCE) + head("NaN") + BODY,
        "rss, zeros in front": front(SOURCE) + head("0012"),
        "rss, minus zero": front(SOURCE) + head("-0"),
        "rss, before 1970": front(SOURCE) + head("-1") + b"x",
        "rss, 16 digits": front(SOURCE) + head("9" * 16) + b"x",
        "rss, two links on the line": front(SOURCE) + head(link=f"[a](x]({SITE}/b)"),
        "headed": head() + BODY,
        "headed, NaN and nothing else": head("NaN"),
        "headed, CR LF and a mark": MARK + head(end="\r\n") + b"x\r\n",
        "headed, parentheses": head(link=f"[a [b] c]({SITE}/ferry_(ship))") + b"x\n",
        "linked": f"[Ferry]({SITE}/linked)\n\n日期：Tue, 05 Mar 2024 07:30:00 +0800\n\n正文\n".encode(),
        "linked, a mark and no end": MARK + f"[]({SITE}/x)".encode(),
        "linked, CR LF": f"[Ferry](HTTPS://Gazette.example/)\r\n\r\ntext\r\n".encode(),
        "plain": b"# Ferry\n\nIt runs again.\n",
        "plain, empty": b"",
        "plain, no text": b"\xff\xfe\0x\n\n\xff\0",
        "plain, TOML": b"+++\ntitle = \"Ferry\"\n+++\nText.\n",
        "plain, hyphens": b"----\nx\n---\n",
        "a mark before front matter": MARK + front(SOURCE, DATE) + b"x\n",
        "three dots close": front(SOURCE, closing="...") + b"---\nx: y\n---\n",
        "blanks after the lines": front(SOURCE, DATE, opening="--- \t", closing="---\t ") + b"x\n",
        "comments": front("# one", "", SOURCE, "   ", "#two: x", DATE) + b"x\n",
        "a body that begins with an empty line": front(SOURCE) + b"\n\n\nx\n\n \t\ny",
        "a comment that is no head": front(SOURCE) + b"<!-- more -->\ntext\n",
        "a comment that is not alone": front(SOURCE) + b"<!--1--> x-->\n[a](b)\n",
        "a comment at the end": front(SOURCE) + b"<!--1-->",
        "a CR that ends no line": front(SOURCE) + b"a\r\rb\r\n\r\nc",
        "no text in the body": front(SOURCE) + b"\xff\0\n\n\0\xff <p>\xc3</p>",
        "source is no address": front("source: a book, p. 3", DATE) + b"x\n",
        "from beside the source": front(SOURCE, "from: the editor") + b"x\n",
        "another link": front(SOURCE) + head(link="[x](https://other.example/)") + b"x\n",
        # What takes a reader of YAML.
        "unread: a comment after a value": front(SOURCE + " # of the copy", DATE) + b"x\n",
        "unread: an escape": front('title: "a \\"b\\""', SOURCE) + b"x\n",
        "unread: a folded value": front("original_url: >-", f"  {SITE}/folded", DATE) + b"x\n",
        "unread: a quoted key": front(f'"original_url": {SITE}/q', DATE) + b"x\n",
        "unread: a flow map": front(f"{{original_url: '{SITE}/f', x: [1, {{y: z}}]}}") + b"x\n",
        "unread: maps in lists": front(SOURCE, "x:", "- a: b", "  c: d") + b"x\n",
        "unread: a tab": front(f"original_url:\t{SITE}/t") + b"x\n",
        "unread: an anchor elsewhere": front("x: &a y", "z: *a", SOURCE) + b"x\n",
        "unread: a key with a blank": front(f"the address: {SITE}/k", SOURCE) + b"x\n",
        "unread: another key twice": front(SOURCE, "x: 1", "x: 2") + b"x\n",
        "unread: U+FEFF": front("\ufefftitle: x", SOURCE) + b"x\n",
    }
    return {name: data + f"<p>{name}</p>\n".encode() if data.endswith((b"x\n", BODY)) else data
            for name, data in posts.items()}


KEYS = ("original_url", "link", "source", "url", "date", "published")

# Lines of front matter, from the plain ones to those that YAML refuses.
LINES = (
    SOURCE, f"url: {COPY}/1", f"url: '{COPY}/2'", f'link: "{SITE}/l"', f"from: {SITE}/f", "from: a friend", "source: Medium",
    DATE, "date: 2024-03-05", "date:", 'date: ""', "date: '2020-12-14 01:03:23'", "published: today", "title: Ferry",
    "title: 渡轮复航", "title: a: b", "title: a #b", "title: a:", "title: it's", "title: 'it''s'", "title: \"a\\\"b\"",
    "title: -1", "title: .5", "title: /a/b", "title: _x", "title: (x)", "title: +1", "title: $x", "title: ~", "title: ~ x",
    "title: &a", "title: *a", "title: !x", "title: |", "title: >", "title: %x", "title: @x", "title: `x`", "title: {a: b}",
    "title: [a]", "title: \u00a0x", "title: x\u00a0", "title: x\u0085y", "title: x\u2028y", "title: x\tz", "title:\tx", "title:x",
    "title :x", "x: [a, b]", "x: [a, 'b, c', \"d\"]", "x: []", "x: [ ]", "x: [a,]", "x: [,a]", "x: [a b , c]", "x: [-a]", "x: [-]",
    "x: [- a]", "x: [a, [b]]", "x: [a: b]", "x: ['a'b]", "x: [a", "x: [.]", "x: [a]b", "x:", "tags:", "y:   ", "- a", "- b c",
    "  - a", "  - 'b'", "  -c", "  - [a]", "  - a: b", "   - d", "-  e", "- ", "-", "  a: b", "  c: 'd'", "  a:", "  e: [f]", "   g: h",
    "", "  ", "# c", " # c", "#", "? x", ": y", "<<: *a", '"x": y', "the key: v", "1x: y", "Key: v", "key-1_2: v", "k" * 64 + ": v",
    "k" * 65 + ": v", "x: &a y", "z: *a", "\ufeffx: y", "junk", "... # x", "%YAML 1.1", "x: y\rz: w", "x: \x08", "x: \x7f", "x: \ufffe",
    "x: [a:b]", "x: [\"a\", 'b']", "x: ['a', b c, d]", "x: [--]", "x: [a, -b]", "x: ['a]']", "x: [\"a\", b\"]", "x: a:b", "x: a :b",
    "x: a ? b", "x: a * b", "x: \"\"", "x: ''", "x: \"a\" b", "x: 'a' # c", "x: a  # c", "x: a#b",
)

def fronts() -> list[tuple[str, ...]]:
    """The lines of front matters of one odd line each, below an address, alone, and below a key without a value; and of some that
    only two lines make odd."""
    below = ("  - a", "- a", "  a: b", "   c: 'd'", "  e: [f]", "  -  x ", "# c", "z:")
    return [(), ("# c",), *((SOURCE, line) for line in LINES), *((line,) for line in LINES[:24]),
            *(("x:", line, SOURCE) for line in LINES), *(("x:", one, other, SOURCE) for one in below for other in below)]


OPENINGS = ("---",) * 12 + ("--- ", "---\t", "----", " ---", "--", "--- # c", "\ufeff---")
CLOSINGS = ("---",) * 10 + ("...", "--- \t", "... ", "----", "-- -", "")
HEADS = ("",) * 6 + tuple(
    head(epoch, link, rule).decode()[:end] for epoch, link, rule, end in (
        ("1709623800000", f"[Ferry]({SITE}/h)", "------", None), ("NaN", f"[a]({SITE}/h)", "------", None),
        ("-0012", f"[a]({SITE}/h)", "------", None), ("1", f"[a]({SITE}/h)[b]({COPY})", "------", None),
        ("1", "[a](/x)", "------", None), ("1", f"[a]({SITE}/h)", "-----", None), ("1", "------", "------", None),
        ("+1", f"[a]({SITE}/h)", "------", None), ("1", f"[a]({SITE}/h)", "------", -1), ("1", f"[a]({SITE}/(h)", "------", None),
        ("1", f"[a]({SITE}/h) ", "------", None), ("1", f"[a]({SITE}/h\u3000)", "------", None), ("12345678901234567", "[a](b)", "------", None),
        ("1", f"[a](http:///x)", "------", None), (" toc ", "[a]: /x", "x", None), ("1", f"[\0]({SITE})", "------", None))) + (
    "<!--1-->\n-------\n", "<!-- more -->\n------ x\n", "<!--1-->\n-----\n", "<!--1-->\n\n", "<!--1-->", f"<!--1-->\n[a]({SITE}/h)\n------\n \n", f"<!--1-->\n[a]({SITE}/h)\n------\nx\n", "<!--1-->x\n[a](b)\n")
FIRST_LINES = (
    f"[a]({SITE}/1)", f"[[a] b]({SITE}/1)", f"[]({SITE}/1)", f"[a]({SITE}/1)[b]({COPY}/1)", f"[a]({SITE}/1#](x)", f"[a]({SITE}/1#](x))", f"[a]({SITE}/1) ",
    f"![a]({SITE}/1)", "[a](/1)", "[a](ftp://x.example/)", f"[a](<{SITE}/1>)", f"[a]({SITE}/1 \"t\")", f"[a]({SITE}/a\u00a0b)",
    f"[a]({SITE}/f_(s))", f"[a]({SITE}/1)({COPY})", f"[a]({SITE}/f_(s)", f"[a]({SITE}/\x07)", "[a](HTTP://x)", "[a](https:///x)", "[a](https://)",
    f"[a]({SITE}/1)\r", "[a]", "[", f"[a\0]({SITE})", f"[a]({SITE}/\u0085)", f"[a]({SITE}/\u200b)", f"\ufeff[a]({SITE}/1)", "# Ferry",
    f"[a]({SITE}/" + "x" * 8_200 + ")",
)
BODIES = (
    b"", b"\n", b"x", b"x\n", BODY, MARKDOWN, b"a\n\nb", b"a\n \t\r\x0c\nb", b"a\r\n\r\nb", b"a\r\rb", b"a\n<b>\nb</b>", b"a\n<!-- -->\nb",
    b"a\n\n<b>b\n\nc</b>d", b"a &#10;&#10; b", b"a <\n\n b", b"x<script>\n\n</script>y", b'<p title="\n\n">a</p>', b"a\n\x0b\nb", b"\n\na\n\n\nb\n\n",
    b"a\n\xc2\xa0\nb", b"a\n\n&nbsp;\n\nb", b"<\n\n<!--\n\n-->\n\nx<a\n\n>y\n\n>z", b"\xff\n\n\xfe", b"a\0\n\0\nb\n\n\0", b"&\n\namp;", b"a&lt\n\n;b", b"a\n\xff\nb",
    b"---\nx: y\n---\n", b"a<b\n\n", b"\n", b"\r\n\r\n", b" \n \n x", b"<p>a\n\n</p>\n\n<p\n\n>b",
)


def made_up(count: int, seed: int) -> list[bytes]:
    """Posts of odd fragments, the same for a seed."""
    dice = random.Random(seed)

    def mostly(items: tuple):
        return dice.choice(items)

    posts = []
    for _ in range(count):
        end = "\r\n" if dice.random() < 0.15 else "\n"
        body = mostly(BODIES) + (mostly(BODIES) if dice.random() < 0.3 else b"")
        kind = dice.random()
        mark = "\ufeff" if dice.random() < 0.1 else ""
        if kind < 0.65:
            few = LINES[:14] if dice.random() < 0.7 else LINES
            lines = [mostly(few) for _ in range(dice.randrange(7))]
            if dice.random() < 0.7:
                lines.insert(dice.randrange(len(lines) + 1), SOURCE)
            start = end.join((mark + mostly(OPENINGS), *lines, mostly(CLOSINGS), "")) + mostly(HEADS).replace("\n", end)
            data = start.encode(errors="surrogatepass") + body
            data = data.removesuffix(b"\n") if dice.random() < 0.05 else data
        elif kind < 0.8:
            data = (mark + mostly(HEADS[6:]).replace("\n", end)).encode() + body
        else:
            data = (mark + mostly(FIRST_LINES) + (end if dice.random() < 0.9 else "")).encode() + body
        if dice.random() < 0.05:
            place = dice.randrange(len(data) + 1)
            data = data[:place] + mostly((b"\0", b"\xff", b"\r", b"\n", b"\xe2\x80\xa8", b"\xef\xbb\xbf")) + data[place:]
        posts.append(data)
    return posts

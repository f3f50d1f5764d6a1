"""Made-up posts, the same on every run."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

WORDS = ("ferry lamp harbour tide reed sluice bridge market ledger bell pier rope lantern dyke weir barge "
         "渡口 芦苇 新桥 集市 东码头 灯会 船匠 账本 潮钟 书馆 春汛 河堤").split()


def rss_post(number: int) -> bytes:
    """A post in the rss form, different for each number."""
    dice = random.Random(f"rss {number}")
    title = " ".join(dice.sample(WORDS, 4)) + f" {number}"
    epoch = 1_640_000_000_000 + number * 61_000
    source = f"https://news.example.org/interop/story{number}"
    paragraphs = "\n".join(
        f"<p>{' '.join(dice.choices(WORDS, k=dice.randint(3, 30)))}&nbsp;<b>{number}</b></p>"
        for _ in range(dice.randint(1, 8)))
    return (f'---\nlayout: post\ntitle: "{title}"\ndate: {utc(epoch)}\nauthor: Interop\nfrom: {source}\n'
            f"tags: [ Interop ]\ncategories: [ Interop ]\n---\n<!--{epoch}-->\n[{title}]({source})\n------\n\n"
            f"<div>\n{paragraphs}\n</div>\n").encode()


def html_post(number: int, body: bytes) -> bytes:
    """A post whose body starts right after the front matter."""
    return (f'---\ntitle: "Fuzz {number}"\ndate: 2022-02-10\nfrom: https://fuzz.example.org/{number}\n---\n'.encode()
            + body)


def odd_posts() -> Iterator[bytes]:
    """Posts with unusual addresses, titles and bodies."""
    sources = ["https://x.example/a b", "https://x.example/%zz%", "https://例.example/渡口?q=《》#\u202e",
               "../../etc/passwd", "/etc/passwd", "javascript:alert(1)", "http://[::1", "https://x.example/a..b",
               'https://x.example/"q"\\b', "</script><script>alert(1)</script>", "=HYPERLINK(1)", "a,b;c"]
    titles = ["<b>&amp;</b>", "</script><!--", "]]>", '"quoted", twice', "\U0001f6a2\u2028\ufb33", "-->", "%s%n", "\\"]
    bodies = [b"", b"\xff\xfe\x00", b"<p>\r\n</p>\r\n", b"</script><script>alert(1)</script>", b"---\n", b"\xe4\xb8"]
    for number, source in enumerate(sources):
        title, body = titles[number % len(titles)], bodies[number % len(bodies)]
        quoted = [f"'{text.replace(chr(39), chr(39) * 2)}'" for text in (title, source)]
        yield f"---\ntitle: {quoted[0]}\ndate: 2022-02-10\nfrom: {quoted[1]}\n---\n".encode() + body


def utc(milliseconds: int) -> str:
    """`2022-02-10T05:52:00.000Z`"""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"

"""Posts that are made up, the same on every run."""

import random
from datetime import UTC, datetime

WORDS = ("ferry lamp harbour tide reed sluice bridge market ledger bell pier rope lantern dyke weir barge "
         "渡口 芦苇 新桥 集市 东码头 灯会 船匠 账本 潮钟 书馆 春汛 河堤").split()


def rss_post(number: int) -> bytes:
    """A post in the rss form; each number gives another one."""
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


def utc(milliseconds: int) -> str:
    """`2022-02-10T05:52:00.000Z`"""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"

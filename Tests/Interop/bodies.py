"""Made-up bodies and heads: odd fragments combined at random, and pieces of real posts out of order."""

import random
from html.entities import name2codepoint
from pathlib import Path

from generate import html_post
from passages import BREAKS, RAW_END

OTHER_TAGS = "a b i em span strong img font u center ruby rt h7 h10 scripts pre2 m".split()
TAGS = [*sorted(BREAKS), *sorted(RAW_END) * 4, *OTHER_TAGS]

# ſ and the Kelvin sign are letters that fold to s and k, but not in ASCII; İ grows when lowercased.
NEAR_TAGS = [
    "<\u017fcript>", "</\u017fcript>", "<\u212a>", "</\u017ftyle>", "<\u0130frame>", "</scr\u0131pt>", "<3", "</3>",
    "<>", "</>", "< p>", "<\u2028p>", "<p\u00a0>", "<p\x0bq>", "<p\x0c>", "<P/>", "<p//>", "</p x>", "<br/>", "<hr",
    "<",
]

MARKUP = [
    "<!--", "-->", "--!>", "<!-->", "<!--->", "<!---->", "<!-- a --", "<!doctype html>", "<!", "<!>", "<?", "<?x ?>",
    "<![CDATA[", "]]>", ">", "/>", "'", '"', "=", "= \t\"", "=\n'", "=\x0c\"", "a=b", " a='>' ", ' b=">" ', ' c=">',
    " d='", " = > ", "=\u00a0\"", "=\x0b'",
]

NUMBERS = [
    "0", "00", "9", "32", "38", "60", "65", "127", "128", "160", "173", "8203", "8232", "12288", "65279", "55296",
    "57343", "65533", "65535", "1114111", "1114112", "99999999", "4294967361", "9" * 40, "0" * 50 + "65", "", "1a",
]
HEXES = [
    "0", "41", "26", "3C", "3c", "A0", "ad", "200b", "FEFF", "feff", "D800", "dfff", "10FFFF", "110000", "FFFFFFFFF",
    "F" * 33, "0" * 40 + "41", "", "g", "4 1",
]
NEAR_NAMES = [
    "&Amp;", "&AMP;", "&nbsp", "&nbsp ;", "&apos;", "&hearts", "&amp;lt;", "&amp;#60;", "&#38;lt;", "&#x;", "&#;",
    "&;", "&", "&&amp;", "&rang;", "&lang;", "&bsemi;", "&NewLine;", "&copy", "&notin;", "&not;in;", "&#\u0661;",
    "&#x\uff11;", "&\uff41mp;", "&#+65;", "&#-1;", "&# 65;", "&#x 41;", "&#65", "&#6<b></b>5;", "&am<b>p;",
]

SPACES = [
    " ", "  ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\u00a0", "\u1680", "\u180e",
    "\u2000", "\u2003", "\u200a", "\u200b", "\u200c", "\u200d", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060",
    "\u3000", "\ufeff", "\u00ad", "\u034f", "\x00", "\x7f", "\x9f",
]

WORDS = [
    "word", "x", "渡口", "e\u0301", "\u0301", "\r\n\u0301", "\U0001f469\u200d\U0001f4bb", "\U0001f1e8\U0001f1f3",
    "\uac00\u11a8", "İ", "ß", "\ufffd", "\uffff", "\U0010ffff", "\ue000", "a\u00adb", "a\u200bb", "1", ".", ";", "#",
    "&", "script", "style",
]

BROKEN = [
    b"\xff", b"\x80", b"\xbf", b"\xc3", b"\xc0\xaf", b"\xc1\x81", b"\xe4\xb8", b"\xe4", b"\xe0\x80\x80",
    b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x9f", b"\xf0\x9f\x98", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80",
    b"\xf5\x80", b"\xe4<p>", b"\xc3&amp;", b"&am\xe4p;", b"</scr\xffipt>", b"\xef\xbb", b"\xe2\x80",
]

TAG_ENDS = [" >", "/>", " class='a'>", ' href="x>y">', " a=b>", "\n>", "x>", "", "<", " a= 'b>"]

COMMENTS = [
    "<!--NaN-->", "<!--0-->", "<!---1-->", "<!---->", "<!-->", "<!--->", "<!--1-->-->", "<!--12345678901234567-->",
    "<!--1234567890123456-->", "<!-- 1 -->", "<!--+1-->", "<!--0012-->", "<!---0-->", "<!--nan-->", "<!--1-->x",
    " <!--1-->", "<!--1--", "<!--\u0661-->", "<!--1\r-->", "<!--1-->\r", "<p>", "", "<!--a--b-->", "<!--1e3-->",
]

LINKS = [
    "[]()", "[a](b", "[a]", "a](b)", "[a]b(c)", "[a](b](c)", "[[a]](b)", "[a\rb](c)", "[a](b) ", "[](", "[a]](b)",
    "[(b)", "[](a)", "------", "-----", "", " [a](b)", "[渡口](桥)",
]


def fragment(dice: random.Random) -> bytes:
    """One odd piece."""
    kind = dice.randrange(12)
    if kind < 4:
        name = dice.choice(TAGS)
        name = dice.choice([name, name, name.upper(), name.title()])
        end = dice.choice([">"] * 8 + TAG_ENDS)
        return f"<{dice.choice(['', '/'])}{name}{end}".encode()
    if kind == 4:
        return dice.choice(NEAR_TAGS).encode()
    if kind == 5:
        return dice.choice(MARKUP).encode()
    if kind == 6:
        return f"&{dice.choice(sorted(name2codepoint))}{dice.choice([';', ';', ';', '', ' '])}".encode()
    if kind == 7:
        return dice.choice([f"&#{dice.choice(NUMBERS)};", f"&#{dice.choice('xX')}{dice.choice(HEXES)};"]).encode()
    if kind == 8:
        return dice.choice(NEAR_NAMES).encode()
    if kind == 9:
        return dice.choice(SPACES).encode()
    if kind == 10 and dice.random() < 0.1:
        return dice.choice(BROKEN)
    return dice.choice(WORDS).encode()


def made_up(dice: random.Random) -> bytes:
    """A body of odd pieces."""
    return b"".join(fragment(dice) for _ in range(dice.randint(0, 60)))


def rearranged(dice: random.Random, bodies: list[bytes]) -> bytes:
    """A body of pieces of other bodies, with some bytes changed."""
    pieces = bytearray()
    for _ in range(dice.randint(1, 6)):
        body = dice.choice(bodies)
        start = dice.randrange(len(body) + 1)
        pieces += body[start:start + dice.randint(0, 600)]
        if dice.random() < 0.5:
            pieces += fragment(dice)
    for _ in range(dice.choice([0, 0, 1, 3])):
        if pieces:
            pieces[dice.randrange(len(pieces))] = dice.choice(b"<>&;\"'/=-! \n\xff\x00sS")
    return bytes(pieces)


def head(dice: random.Random, number: int) -> bytes:
    """The text after the front matter of an rss post, usually with something odd in it."""
    comment = dice.choice(["<!--1644472320000-->"] * 5 + COMMENTS)
    link = dice.choice([f"[Title {number}](https://x.example/{number})"] * 5 + LINKS)
    rule = dice.choice(["------"] * 6 + ["-----", "-------", "------ ", "", "------\r", "***"])
    blank = dice.choice([""] * 6 + [" ", "<div>", "\r"])
    lines = [comment, link, rule, blank, "<div>", f"<p>{number}</p>", "</div>", ""]
    text = "\n".join(lines[:dice.choice([8] * 8 + [1, 2, 3, 4])]).encode()
    if dice.random() < 0.05:
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice([b"\xff", b"\x00", b"\xe4\xb8"]) + text[at:]
    return text


def write(folder: Path, samples: list[bytes], bodies: int, heads: int) -> None:
    """Writes posts with such bodies and heads, the same on every run."""
    folder.mkdir()
    dice = random.Random(20220210)
    for number in range(bodies):
        body = rearranged(dice, samples) if number % 3 == 0 else made_up(dice)
        (folder / f"{number:05}.md").write_bytes(html_post(number, body))
    for number in range(bodies, bodies + heads):
        (folder / f"{number:05}.md").write_bytes(html_post(number, head(dice, number)))

"""Made-up front matter: every style of YAML scalar, and what comes between them."""

import random
from pathlib import Path

TEXTS = [
    "Ferry", "渡口新桥今日通车", "Lamp: out", "a: b", "a:b", "x #y", "x#y", "it's", "say \"so\"", "50%", "- item", "-item",
    "? x", "?x", "[a]", "a, b", "{a}", "a]", "*bold*", "&amp;", "!bang", "@you", "`tick`", "| pipe", "a|b",
    "> quote", "%TAG", "~", "null", "True", "0x1F", "1e3", "", " lead", "trail ", "e\u0301", "\u00a0nbsp\u00a0",
    "\u3000wide", "z\u200bw", "\ufeffbom", "mid\ufeffbom", "nel\u0085x", "ls\u2028x", "ps\u2029x", "\U0001f6a2",
    "\ufffd", "\ufffe", "\x7fdel", "\x9fapc", "\x01soh", "tab\tin", "\ttab", "a  b", "back\\slash", "\\", "\\n",
    "---", "...", "--- x", "<<", "=", "日本: x", "日本:x", "：", "a :b", "a : b", ": a", ":a", "a:", "#", "#x", " #x",
    "\u2028", "\u00ad", "\ue000", "q'", "''", '""', '"', "'", "x" * 70, "長" * 30,
]

SOURCES = [
    "https://news.example.org/a", "https://news.example.org/a b", "https://x.example/?q=1#note-2",
    "https://x.example/17%的", "https://x.example/a: b", "https://x.example/a #b", "http://x.example//a", "x",
    "https://x.example/'", "https://x.example/\"", "https://x.example/[a]", "https://x.example/a,b",
    "https://x.example/ ", " https://x.example/", "https://x.example/a\\b", "https://x.example/\u200b",
    "https://x.example/\u00a0", "", "https://x.example/\u3000x", "https://x.example/\x07",
    "\ufeffhttps://x.example/", "https://x.example/\ufeff", "~", "-", "?",
]

DATES = [
    "2022-02-10", "2022-02-10T05:52:00.000Z", "2019-07-26T13:17:47+01:00", "2022-02-10 05:52:00 +0000",
    "2022-02-10T05:52Z", "2022-02-10t05:52:00z", "2022-02-10 05:52:00", "2022-02-30", "2020-02-29", "2100-02-29",
    "0000-01-01", "2022-2-1", "20220210", "2022-02-10T24:00:00Z", "2022-02-10T23:59:60Z", "2022-02-10T05:52:00.Z",
    "2022-02-10T05:52:00,5Z", "2022-02-10T05:52:00+08", "2022-02-10T05:52:00+24:00", "2022-02-10T05:52:00 Z",
    "2022-02-10  05:52:00Z", "2022-13-01", "2022-00-10", "2022-01-00", "today", "-2022-02-10",
    "2022-02-10T05:52:00.123456789Z", "2022-02-10T05:52:00+0800", "2022-02-10T05:52:00+08:0", "\u0662022-02-10",
]

ESCAPES = [
    "\\n", "\\t", "\\\"", "\\\\", "\\/", "\\0", "\\a", "\\b", "\\e", "\\f", "\\r", "\\v", "\\ ", "\\_", "\\N", "\\L",
    "\\P", "\\x41", "\\x0a", "\\xe9", "\\u6e21", "\\u0041", "\\ud83d\\udea2", "\\ud800", "\\U0001f6a2",
    "\\U00110000", "\\u00a0", "\\ufeff", "\\U0000FEFF", "\\'", "\\q", "\\智", "\\x4", "\\u12", "\\\t", "\\\n  ",
    "\\\n", "\\ \n x",
]

BREAKS = [
    "\n ", "\n  ", " \n  ", "\n\n  ", "\n \n\n   ", "\t\n\t", "\n\t", "\n", "\r\n  ", "\r  ", "\u0085  ", "\u2028 ",
    "\n  # ", "\n---\n", "\n...\n ", "\n- ", "\n b: c", "\nb: c",
]

LISTS = [
    "tags: [ a ]", "tags: [ a, 'b', \"c\" ]", "tags: []", "tags: [ a, [ b ] ]", "tags: [ a: b ]", "tags: { a: b }",
    "tags:\n- a\n- b", "tags:\n  - a\n  -b", "tags: [ a,, b ]", "tags: [ a, ]", "tags: [ , a ]", "tags: [a b,c d]",
    "tags: [ a\n, b ]", "tags: [ *a ]", "tags: [ a #b\n ]", "tags: [ 渡口 , x ]", "tags: [ a ] # c", "tags: [ a ]x",
    "tags: [ a:b ]", "tags: [ ?a ]", "tags: [ - ]", "tags: [ \u3000a ]", "tags: [ a\tb ]", "tags: [ + ]",
    "tags: [ a (b) ]", "tags: [ 1/2 ]", "tags: [ -1 ]", "tags: [ .5 ]",
]

ODD_LINES = [
    "", "# comment", " # comment", "\t", "  ", "title: again", "from: again", "junk", "? a\n: b", "...", "%YAML 1.1",
    "\ufeff", "- a", "a: b: c", "a:", "'a':b", "a b: c", "[a]: b", "{a: b}: c", "<<: x", "=: y", "~: z", "12: x",
    "a: &x b", "a: *x", "a: !!str b", "\u0085", "\u2028", "\r", "long" * 300 + ": x", "a\n: b", "\"a\n b\": c",
    ": empty", "a: |\n x\n---x", "? [a]\n: b", "title : x", "\"title\": x",
]


def scalar(dice: random.Random, text: str) -> str:
    """A text as one of YAML's scalars, not always a valid one."""
    style = dice.randrange(20)
    if style < 6:
        return text
    if style < 10:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if style < 12:
        return "'" + text.replace("'", "''") + "'"
    if style == 12:
        return '"' + text + '"'
    if style == 13:
        return "'" + text + "'"
    if style == 14:
        text, at = text.replace('"', ""), dice.choice([0, 2])
        return '"' + text[:at] + dice.choice(ESCAPES) + text[at:] + '"'
    if style == 15:
        rest = dice.choice(["more", "\\x41", "", "\\\n  x", "x\n\n y"])
        return '"' + text[:3].replace('"', "") + dice.choice(BREAKS) + rest + '"'
    if style == 16:
        return "'" + text[:3].replace("'", "") + dice.choice(BREAKS) + "more'"
    if style == 17:
        return text[:8] + dice.choice(BREAKS) + dice.choice(["more", "more text", "#x", "a: b", "- x"])
    if style == 18:
        header = dice.choice(["|", ">", "|-", ">-", "|+", ">+", "|2", ">1-", "| # c", "|x", ">\t"])
        return f"{header}\n  {text}" + dice.choice(["", "\n  more", "\n\n  more\n", "\n   deeper\n  back"])
    before = ["&a ", "*a", "!!str ", "!x ", "! ", "[ ", "{ ", "[", "&", "*", "!", "? ", "- ", "@", "%"]
    return dice.choice(before) + text + dice.choice(["", " ]", " }", ", b ]", ": c }"])


def line(dice: random.Random, key: str, value: str) -> str:
    """One key with its value, with various spacing and quoting."""
    escaped = f'"{key[:1]}\\x{ord(key[1]):02x}{key[2:]}"'
    odd = [f'"{key}"', f"'{key}'", f"{key} ", f" {key}", f"? {key}\n", f"\t{key}", f"\ufeff{key}", escaped]
    shown = dice.choice([key] * 12 + odd)
    colon = dice.choice([": "] * 14 + [":  ", ":\t", ":", " : ", ":\n  ", ":\n", ":\u00a0", ": # c\n  "])
    after = dice.choice([""] * 14 + [" ", "  ", "\t", " # comment", "#x", "\r", " #", "\u00a0", "\u3000"])
    return shown + colon + scalar(dice, value) + after


def front_matter(dice: random.Random) -> str:
    """The lines between the two `---`."""
    lines = [line(dice, "title", dice.choice(TEXTS))]
    # One odd thing is enough for a refusal; two at a time often hide each other.
    lines.append(line(dice, "date", dice.choice(DATES)) if dice.random() < 0.25 else "date: 2022-02-10")
    lines.append(line(dice, "from", dice.choice(SOURCES)) if dice.random() < 0.35 else "from: https://x.example/plain")
    if dice.random() < 0.3:
        key = dice.choice(["author", "layout", "comments", "data", "作者", "k_e-y.2"])
        lines.append(line(dice, key, dice.choice(TEXTS)))
    if dice.random() < 0.3:
        lines.append(dice.choice(LISTS))
    if dice.random() < 0.15:
        lines.append(dice.choice(ODD_LINES))
    dice.shuffle(lines)
    return "\n".join(lines) + dice.choice(["\n"] * 12 + ["\n\n", "\n \n", "\n# end\n", "\r\n"])


def write(folder: Path, count: int) -> None:
    """Writes posts with such front matter, the same on every run."""
    folder.mkdir()
    dice = random.Random(20220211)
    for number in range(count):
        text = f"---\n{front_matter(dice)}---\n<p>{number}</p>\n"
        (folder / f"{number:05}.md").write_bytes(text.encode(errors="surrogatepass"))

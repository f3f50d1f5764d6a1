#!/usr/bin/env python3
"""Passages of a post's body, `text@v1` and `text@v2`: a second implementation, written from the specification alone.

Each rule of the specification is one function or one table below, under the clause it follows. The only
libraries are Python's own, and no knowledge of HTML beyond the clauses is used.

    passages.py [FILE ...]          `<root> <count>` for each file, or for standard input
    passages.py --json [FILE ...]   {"root": ..., "count": ..., "passages": [...]}, one object a line
    passages.py --cases FILE        run a table of cases; exit status 1 when any fails
    passages.py --batch             a body in base64 on each line in, `<root> <count>` on each line out

Every search either moves forward over what it has read or, when it fails, ends the scan ("markup that never
ends runs to the end of the body"), so time is linear in the length of any body.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from html.entities import name2codepoint

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


# The input

def decode(body: bytes) -> str:
    """Bytes to scalars.

    > Input: the body's bytes as UTF-8 (invalid sequences become U+FFFD as in the WHATWG decoder). All steps
    > work on Unicode scalars; letters, digits and case are ASCII

    Python's "replace" puts one U+FFFD for each maximal subpart, as the WHATWG decoder does. A byte order mark
    stays in here as U+FEFF; rule 5 removes it. The result never holds surrogates.
    """
    return body.decode("utf-8", errors="replace")


# Rule 1: text and markup

# > A tag is `<` followed by a letter, by `/` and a letter, by `!` or by `?` [...] Any other `<` is text.
#
# > A tag's name: the letters and digits right after `<` or `</`, lower-cased.
#
# The first group is the `/` of an end tag, the second the name; a tag opened by `<!` or `<?` has neither.
MARKUP = re.compile(r"<(?:(/?)([A-Za-z][A-Za-z0-9]*)|[!?])")

# > white space in tags is U+0009 000A 000C 000D 0020
#
# > it runs to the next `>` that is not inside a quoted attribute value (a quote opens only after `=` and
# > optional white space)
#
# The next thing of interest in a tag, outside quotes: its end, or a quote that opens.
TAG_STOP = re.compile("""[>]|=[\t\n\f\r ]*["']""")


def tag_end(text: str, at: int) -> int:
    """The index after the `>` of the tag whose inside starts at `at`; the text's length if it never ends.

    > it runs to the next `>` that is not inside a quoted attribute value (a quote opens only after `=` and
    > optional white space). Markup that never ends runs to the end of the body.
    """
    while stop := TAG_STOP.search(text, at):
        if stop[0] == ">":
            return stop.end()
        closing = text.find(stop[0][-1], stop.end())
        if closing < 0:
            break
        at = closing + 1
    return len(text)


def comment_end(text: str, at: int) -> int:
    """The index after the `-->` of the comment whose inside starts at `at`, or the text's length.

    > `<!--` runs to the next `-->` sought after those four characters. [...] Markup that never ends runs to
    > the end of the body.
    """
    closing = text.find("-->", at)
    return len(text) if closing < 0 else closing + len("-->")


# Rule 2: what is dropped with its content

# > After a start tag named `script style template noscript iframe svg head`, the input is searched literally
# > for `</name` (any case, not followed by a letter or digit)
#
# Case is ASCII: without re.ASCII, U+017F (long s) would pass for an `s`.
RAW_END = {
    name: re.compile(f"</{name}(?![A-Za-z0-9])", re.IGNORECASE | re.ASCII)
    for name in "script style template noscript iframe svg head".split()
}


def raw_end(text: str, at: int, name: str) -> int:
    """The index after the end tag that closes the content at `at` of the raw tag `name`, or the text's length.

    > everything through that tag's end is dropped, to the end of the body where there is none; a trailing `/`
    > in the start tag changes nothing.
    """
    closing = RAW_END[name].search(text, at)
    return tag_end(text, closing.end()) if closing else len(text)


# Rule 3: what ends a passage

# > These tags, opening or closing, end a passage
BREAKS = frozenset("""
    address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table td th tr ul
""".split())


def joined_runs(text: str, version: int = 1) -> list[str]:
    """The text split into runs and joined again into passages, references decoded, white space as it stands.

    > The body is split once, left to right, into runs of text and markup.

    > Comments, and tags not named in 3, vanish without a trace.
    """
    passages: list[str] = []
    runs: list[str] = []

    def add(run: str) -> None:
        first, *others = BLANK_LINE.split(run) if version == 2 else [run]
        runs.append(decode_references(first))
        for other in others:
            passages.append("".join(runs))
            runs[:] = [decode_references(other)]

    at = 0
    while markup := MARKUP.search(text, at):
        add(text[at:markup.start()])
        if text.startswith("<!--", markup.start()):
            at = comment_end(text, markup.start() + len("<!--"))
            continue
        at = tag_end(text, markup.end())
        name = (markup[2] or "").lower()
        if name in BREAKS:
            passages.append("".join(runs))
            runs.clear()
        elif name in RAW_END and not markup[1]:
            at = raw_end(text, at, name)
    add(text[at:])
    passages.append("".join(runs))
    return passages


# The rule of text@v2, between 3 and 4

# > in a run of text, before references are decoded, LF, then only U+0009 000C 000D 0020, then LF ends a passage
#
# The second LF may be the first one of another such pair; between two of them is nothing that a passage could be made of.
BLANK_LINE = re.compile("\n[\t\f\r ]*\n")


# Rule 4: character references

# > `&#` digits `;`, `&#x` or `&#X` hexadecimal digits `;` (any number of digits [...]), and the 252 names of
# > HTML 4 plus `apos`, case-sensitive, with the semicolon.
#
# The possessive quantifiers keep a long run of digits without a semicolon from being tried at every length.
REFERENCE = re.compile(r"&(?:#([0-9]++)|#[xX]([0-9A-Fa-f]++)|([A-Za-z][A-Za-z0-9]*+));")

NAMES = {name: chr(value) for name, value in name2codepoint.items()} | {"apos": "'"}


def scalar(digits: str, base: int) -> str:
    """The scalar of a numeric reference.

    > (any number of digits; 0, surrogates and values over 10FFFF become U+FFFD)

    10FFFF has seven digits in decimal and six in hexadecimal; what is longer is not worth reading as a number.
    """
    digits = digits.lstrip("0")
    if not 0 < len(digits) <= 7:
        return REPLACEMENT
    value = int(digits, base)
    if 0xD800 <= value <= 0xDFFF or value > 0x10FFFF:
        return REPLACEMENT
    return chr(value)


def decode_reference(match: re.Match[str]) -> str:
    """What one candidate reference stands for.

    > Everything else stays literal.
    """
    decimal, hexadecimal, name = match.groups()
    if decimal:
        return scalar(decimal, 10)
    if hexadecimal:
        return scalar(hexadecimal, 16)
    return NAMES.get(name, match[0])


def decode_references(run: str) -> str:
    """One run of text with its character references decoded.

    > In each run of text, before runs join, character references are decoded once
    """
    return REFERENCE.sub(decode_reference, run)


# Rule 5: white space

# > U+200B, U+FEFF, U+00AD are removed
REMOVED = re.compile("[\u200b\ufeff\u00ad]+")

# > runs of U+0009–000D 0020 0085 00A0 1680 2000–200A 2028 2029 202F 205F 3000
WHITE_SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def tidy(passage: str) -> str:
    """One passage with its white space in order.

    > In each passage: U+200B, U+FEFF, U+00AD are removed; runs of [white space] become one U+0020; trimmed of
    > U+0020. No Unicode normalisation.
    """
    return WHITE_SPACE.sub(" ", REMOVED.sub("", passage)).strip(" ")


def passages_of(body: bytes, version: int = 1) -> list[str]:
    """The passages of a body, by text@v1 or text@v2.

    > Empty passages are dropped.
    """
    return [passage for passage in map(tidy, joined_runs(decode(body), version)) if passage]


# Rule 6: the digest

def leaf(passage: str) -> bytes:
    """
    > Leaf = SHA-256(0x00 ‖ passage in UTF-8)
    """
    return hashlib.sha256(b"\x00" + passage.encode("utf-8")).digest()


def root_of(passages: list[str]) -> str:
    """
    > root = RFC 6962 over the leaves; no passage: SHA-256 of the empty string, count 0.

    Pairing neighbours level by level and carrying an odd last node up unchanged is the same tree as splitting
    at the largest power of two below the number of leaves.
    """
    if not passages:
        return hashlib.sha256().hexdigest()
    level = [leaf(passage) for passage in passages]
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[0::2], level[1::2])
        ]
        level = pairs + level[len(pairs) * 2:]
    return level[0].hex()


# Commands

def report(body: bytes, as_json: bool = False) -> str:
    """One line about a body."""
    passages = passages_of(body)
    root = root_of(passages)
    if as_json:
        return json.dumps({"root": root, "count": len(passages), "passages": passages})
    return f"{root} {len(passages)}"


def batch() -> None:
    """A line out, at once, for every line in."""
    for line in sys.stdin.buffer:
        print(report(base64.b64decode(line.strip(), validate=True)), flush=True)


def case_body(case: dict) -> bytes:
    """A case's body: `body` is text, `body64` bytes that are not UTF-8."""
    if "body64" in case:
        return base64.b64decode(case["body64"], validate=True)
    return case["body"].encode("utf-8")


def run_cases(path: str) -> int:
    """Run the table of cases in a file; the number of cases that fail."""
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    failed = 0
    for case in cases:
        passages = passages_of(case_body(case))
        found = {"passages": passages, "count": len(passages), "root": root_of(passages)}
        expected = {key: case[key] for key in found}
        if found != expected:
            failed += 1
            print(f"{case['name']}: expected {json.dumps(expected)}, found {json.dumps(found)}")
    print(f"{len(cases)} cases, {failed} failed")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description="Passages of a post's body, text@v1.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--json", action="store_true", help="print a JSON object a line, with the passages")
    mode.add_argument("--cases", metavar="FILE", help="run the table of cases in FILE")
    mode.add_argument("--batch", action="store_true", help="read base64 bodies, a line each")
    parser.add_argument("files", nargs="*", metavar="FILE", help="bodies to read; standard input if none")
    arguments = parser.parse_args()
    if arguments.files and (arguments.cases or arguments.batch):
        parser.error("--cases and --batch take no other files")

    if arguments.cases:
        return 1 if run_cases(arguments.cases) else 0
    if arguments.batch:
        batch()
        return 0
    if not arguments.files:
        print(report(sys.stdin.buffer.read(), arguments.json))
    for path in arguments.files:
        with open(path, "rb") as file:
            print(report(file.read(), arguments.json))
    return 0


if __name__ == "__main__":
    sys.exit(main())

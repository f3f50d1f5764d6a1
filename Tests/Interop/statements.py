"""The texts of `provenance/post@v2` and `provenance/accession@v2`: a second implementation, read strictly and written
again byte for byte."""

import re
import unicodedata

from archive import Note
from forms import FRONT_FORMS, LONGEST_DATED, LONGEST_KEY, LONGEST_SOURCE, is_line
from posts import WHITE_SPACE

LARGEST_RECORD = 16_384
# > Integers decimal, no sign, no leading zeros, ≤ 2^53−1
LARGEST_INTEGER = (1 << 53) - 1

POST, ACCESSION = "provenance/post@v2", "provenance/accession@v2"


class Invalid(Exception):
    """The text is no record; the code is the first argument."""

    def __init__(self, code: str, line: str = "") -> None:
        super().__init__(code, line)
        self.code = code


Fields = dict[str, str]


def is_name(text: str) -> bool:
    """> 1 to 255 bytes, no White_Space, no `+`, no Cc"""
    return (0 < len(text.encode()) <= 255 and "+" not in text and not WHITE_SPACE.search(text)
            and not any(unicodedata.category(scalar) == "Cc" for scalar in text))


def is_count(text: str, least: int = 0) -> bool:
    return re.fullmatch("0|[1-9][0-9]{0,15}", text, re.ASCII) is not None and least <= int(text) <= LARGEST_INTEGER


def is_digest(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", text) is not None


class Lines:
    """The lines of a text in their order; each is taken once."""

    def __init__(self, data: bytes, kind: str) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise Invalid("E-RECORD-UTF8") from error
        if len(data) > LARGEST_RECORD:
            raise Invalid("E-RECORD-TOO-LARGE")
        first, *self.lines = text.split("\n")
        if first != kind:
            raise Invalid("E-RECORD-KIND", first)
        self.fields: Fields = {}

    def has(self, label: str) -> bool:
        # The last element is what stands after the last LF.
        return len(self.lines) > 1 and self.lines[0].startswith(label + " ")

    def take(self, label: str, holds, code: str) -> str:
        if not self.has(label):
            raise Invalid("E-RECORD-LINE", label)
        value = self.lines.pop(0)[len(label) + 1:]
        if not holds(value):
            raise Invalid(code, label)
        self.fields[label] = value
        return value

    def end(self) -> Fields:
        if self.lines != [""]:
            raise Invalid("E-RECORD-TRAILING" if len(self.lines) > 1 else "E-RECORD-LINE")
        return self.fields

    # Values

    def name(self, label: str) -> str:
        return self.take(label, is_name, "E-RECORD-NAME")

    def count(self, label: str, least: int = 0) -> str:
        return self.take(label, lambda text: is_count(text, least), "E-RECORD-INTEGER")

    def digest(self, label: str) -> str:
        return self.take(label, is_digest, "E-RECORD-DIGEST")

    def line(self, label: str, limit: int, code: str) -> str:
        return self.take(label, lambda text: is_line(text, limit), code)

    def digest_and_count(self, label: str) -> str:
        return self.take(label, lambda text: is_digest(text[:64]) and text[64:65] == " " and is_count(text[65:]),
                         "E-RECORD-INTEGER")


def parse_post(data: bytes) -> Fields:
    """A record's lines. Raises Invalid."""
    lines = Lines(data, POST)
    lines.name("signer")
    lines.name("log")
    form = lines.take("form", lambda text: re.fullmatch("[a-z][a-z0-9]{0,15}", text) is not None, "E-RECORD-FORM")
    lines.digest("sha256")
    lines.count("size")
    # > another is of later: any of these optional lines, in order
    is_later = form not in (*FRONT_FORMS, "headed", "linked", "plain")
    is_link = form in ("headed", "linked")
    has_front = form in FRONT_FORMS

    def source(is_wanted: bool) -> None:
        if is_wanted or lines.has("source") and (has_front or is_later):
            lines.line("source", LONGEST_SOURCE, "E-RECORD-SOURCE")
            if has_front:
                lines.line("source-key", LONGEST_KEY, "E-RECORD-KEY")

    source(is_link)
    if is_later and lines.has("source-key"):
        lines.line("source-key", LONGEST_KEY, "E-RECORD-KEY")
    if lines.has("dated") and (has_front or is_later):
        lines.line("dated", LONGEST_DATED, "E-RECORD-DATED")
        if has_front:
            lines.line("dated-key", LONGEST_KEY, "E-RECORD-KEY")
    if is_later and lines.has("dated-key"):
        lines.line("dated-key", LONGEST_KEY, "E-RECORD-KEY")
    if lines.has("published") and (form in ("rss", "headed") or is_later):
        lines.take("published", lambda text: re.fullmatch("0|-?[1-9][0-9]{0,15}", text, re.ASCII) is not None,
                   "E-RECORD-INTEGER")
    lines.count("recorded")
    if has_front or is_later and lines.has("front"):
        lines.digest("front")
    lines.digest("body")
    lines.digest_and_count("text")
    return lines.end()


# > The state block: `last-key <index> <leaf>`, `last-anchor`, `last-disposition`, each absent where there is none.
BLOCK = {"last-key": "provenance/key@", "last-anchor": "provenance/anchor@", "last-disposition": "provenance/disposition@"}


def is_link(text: str) -> bool:
    index, _, leaf = text.partition(" ")
    return is_count(index) and is_digest(leaf)


def parse_accession(data: bytes) -> Fields:
    """An accession's lines. Raises Invalid.

    > v1's lines, then, each absent where it says nothing, `rules <sha256>`, `attached <n>` and `ignored <n>`, then the block
    """
    lines = Lines(data, ACCESSION)
    lines.name("signer")
    lines.name("log")
    lines.count("recorded")
    lines.take("tool", lambda text: re.fullmatch("provenance/[!-~]{1,64}", text) is not None, "E-RECORD-TOOL")
    for label in ("first", "posts", "known", "refused", "unchanged"):
        lines.count(label)
    lines.digest_and_count("register")
    if lines.has("rules"):
        lines.digest("rules")
    for label in ("attached", "ignored"):
        if lines.has(label):
            lines.count(label, least=1)
    for label in BLOCK:
        if lines.has(label):
            lines.take(label, is_link, "E-RECORD-INTEGER")
    return lines.end()


PARSERS = {POST: parse_post, ACCESSION: parse_accession}
KINDS = ("provenance/post@v1", "provenance/accession@v1", *PARSERS)


def parsed(note: Note) -> Fields:
    """The lines of a note of a known kind by their first word. Raises ValueError and Invalid."""
    return PARSERS[note.kind](note.text) if note.kind in PARSERS else note.fields


def encode(kind: str, fields: Fields) -> bytes:
    """The text of fields in their order."""
    return "\n".join([kind, *(f"{label} {value}" for label, value in fields.items()), ""]).encode()

"""Reading a post: a second implementation of Documentation/formats/record.md, over PyYAML's own parser.

    posts.py FILE ...    the lines of each post's record that follow from the post alone, or why it is refused
"""

import hashlib
import re
import sys
import unicodedata
from dataclasses import dataclass
from datetime import date

import yaml

import passages

# The loader written in Python. The other one, CBaseLoader, uses libyaml, as the program does.
PYTHON, LIBYAML = yaml.BaseLoader, yaml.CBaseLoader


LARGEST_FRONT_MATTER = 65_536

# Unicode's White_Space, as one character of a class.
WHITE_SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")

DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
                  r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)? ?"
                  r"(?:[Zz]|[+-]([0-9]{2})(?::?([0-9]{2}))?))?")


class Refused(Exception):
    """The file is not a post; the first word is the code."""


@dataclass(frozen=True)
class Post:
    """A post's values and parts."""

    data: bytes
    title: str
    source: str
    dated: str
    epoch: int | None
    front: bytes
    body: bytes

    def lines(self) -> list[str]:
        """The record's lines that follow from the post: all but the signer, the time and the signature."""
        found = passages.passages_of(self.body)
        return [f"sha256 {digest(self.data)}", f"size {len(self.data)}", f"source {self.source}", f"dated {self.dated}",
                *([] if self.epoch is None else [f"published {self.epoch}"]),
                f"front {digest(self.front)}", f"body {digest(self.body)}",
                f"text {passages.root_of(found)} {len(found)}"]


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read(data: bytes, loader: type = PYTHON) -> Post:
    """A post. Raises Refused."""
    # > Line 1 is exactly `---`. The front matter ends with the first later line that is exactly `---`; that line may
    # > end at the end of the file.
    if not data.startswith(b"---\n"):
        raise Refused("front matter: none")
    closing = re.search(rb"^---(?:\n|\Z)", data[4:], re.MULTILINE)
    if not closing:
        raise Refused("front matter: not closed")
    front, rest = data[:4 + closing.end()], data[4 + closing.end():]
    if closing.start() > LARGEST_FRONT_MATTER:
        raise Refused("front matter: too large")
    values = mapping(text_of(data[4:4 + closing.start()]), loader)
    for key in ("title", "date", "from"):
        if not isinstance(values.get(key), str):
            raise Refused(f"front matter: {key} is no scalar")
    dated = one_line(values["date"], 64, "date")
    check_date(dated)
    source = one_line(values["from"], 8_192, "source")
    epoch, body = head(rest)
    return Post(data, values["title"], source, dated, epoch, front, body)


def text_of(data: bytes) -> str:
    """UTF-8 without NUL. Raises Refused."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused("UTF-8") from error
    if "\0" in text:
        raise Refused("NUL")
    return text


def mapping(text: str, loader: type) -> dict[str, str | list[str]]:
    """> Between them stands one YAML mapping. U+FEFF is a character like any other there. Raises Refused."""
    # PyYAML drops a U+FEFF at the start of its input, libyaml one at the start of each line.
    text = "\n" + text
    if loader is LIBYAML:
        text = text.replace("\ufeff", "\uf8f0")
    try:
        for event in yaml.parse(text, Loader=loader):
            if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
                raise Refused("YAML: anchor, alias or tag")
        node = yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, ValueError) as error:
        raise Refused("YAML: " + " ".join(str(error).split())) from error
    if not isinstance(node, yaml.MappingNode):
        raise Refused("YAML: no mapping")
    values: dict[str, str | list[str]] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Refused("YAML: a key is no scalar")
        if key.value in values:
            raise Refused("YAML: a key twice")
        items = value.value if isinstance(value, yaml.SequenceNode) else [value]
        if not all(isinstance(item, yaml.ScalarNode) for item in items):
            raise Refused("YAML: nested values")
        if loader is LIBYAML:
            for item in (key, *items):
                item.value = item.value.replace("\uf8f0", "\ufeff")
        texts = [item.value for item in items]
        # PyYAML makes surrogates of escapes such as \ud800, which no text in UTF-8 can have.
        if re.search("[\ud800-\udfff]", "".join([key.value, *texts])):
            raise Refused("YAML: a surrogate")
        values[key.value] = texts if isinstance(value, yaml.SequenceNode) else texts[0]
    return values


def one_line(text: str, limit: int, name: str) -> str:
    """> refused when it is empty, too long, has White_Space at either end, or holds a scalar of category Cc, U+2028 or
    > U+2029. Raises Refused."""
    if not text or len(text.encode()) > limit:
        raise Refused(f"{name}: empty or too long")
    if WHITE_SPACE.match(text[0]) or WHITE_SPACE.match(text[-1]):
        raise Refused(f"{name}: white space at an end")
    if any(unicodedata.category(scalar) == "Cc" or scalar in "\u2028\u2029" for scalar in text):
        raise Refused(f"{name}: a control character")
    return text


def check_date(text: str) -> None:
    """> The date must name a day, or a time with a zone. Raises Refused."""
    match = DATE.fullmatch(text)
    if not match:
        raise Refused("date: no day, and no time with a zone")
    year, month, day, hour, minute, second, zone_hour, zone_minute = (int(group or 0) for group in match.groups())
    try:
        # Python has no year 0, which is a leap year as 2000 is.
        date(year or 2000, month, day)
    except ValueError as error:
        raise Refused("date: no such day") from error
    if hour > 23 or minute > 59 or second > 60 or zone_hour > 23 or zone_minute > 59:
        raise Refused("date: no such time")


def head(rest: bytes) -> tuple[int | None, bytes]:
    """The epoch of an rss post, and the body of any. Raises Refused."""
    # > A post is rss if and only if the first line after the front matter is one HTML comment alone (it starts with
    # > `<!--`, and its first `-->` after that ends the line) and the next line starts with `[` or is `------`.
    lines = rest.split(b"\n", 4)
    first = lines[0]
    is_comment = first.startswith(b"<!--") and first.find(b"-->", 4) == len(first) - 3 and len(lines) > 1
    if not is_comment or not (lines[1].startswith(b"[") or lines[1] == b"------"):
        return None, rest
    content = first[4:-3]
    if content != b"NaN" and not re.fullmatch(rb"-?[0-9]{1,16}", content):
        raise Refused("head: epoch")
    if not re.fullmatch(rb"\[.*\]\(.*\)", lines[1], re.DOTALL):
        raise Refused("head: link line")
    if len(lines) < 5 or lines[2] != b"------" or lines[3] != b"":
        raise Refused("head: rule and empty line")
    text_of(b"\n".join(lines[:4]))
    return None if content == b"NaN" else int(content), lines[4]


def main() -> int:
    status = 0
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            data = file.read()
        try:
            print("\n".join(read(data).lines()), end="\n\n")
        except Refused as reason:
            print(f"{path}: refused: {reason}", end="\n\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

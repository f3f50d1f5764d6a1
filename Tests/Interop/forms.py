"""Forms of posts and records of `provenance/post@v2`: a second implementation, over PyYAML's binding of libyaml.

    forms.py FILE ...    the form that each file's bytes take, or why they take none

A record states one reading of a file, and a verifier repeats that reading and no other: `rebuild`. `write` states what a
writer states with given rules. Front matter is read whole (`read_keys`), or in the plain subset of a reader without YAML
(`read_plain_keys`), which answers the same or nothing.
"""

import re
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import yaml

import passages
import posts
from posts import LARGEST_FRONT_MATTER, WHITE_SPACE, digest

LARGEST_POST = 16 << 20
DEEPEST = 100
LONGEST_SOURCE, LONGEST_DATED, LONGEST_KEY = 8_192, 64, 256

MARK = "\ufeff".encode()

# > *http(s)*: `http://` or `https://` in any case, then something that is no `/`.
ADDRESS = re.compile("https?://[^/]", re.IGNORECASE | re.ASCII | re.DOTALL)


class Refused(Exception):
    """The bytes take no form; the code is the first argument."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code


@dataclass(frozen=True)
class Key:
    """A top-level key of front matter. `kind` is scalar, list, map, alias or tag; an anchored or tagged scalar keeps its
    text."""

    name: str
    kind: str
    text: str | None = None

    @property
    def is_address(self) -> bool:
        return self.text is not None and ADDRESS.match(self.text) is not None


Keys = list[Key]
Reader = Callable[[str], Keys | None]


@dataclass(frozen=True)
class Shape:
    """The reading of a file in its form. `keys` is `None` where the reader of front matter cannot say."""

    form: str
    body: bytes
    body_at: int = 0
    front: bytes | None = None
    keys: Keys | None = field(default=None)
    published: int | None = None
    address: str | None = None


# Lines

def line_at(data: bytes, at: int) -> tuple[bytes, int] | None:
    """A line without its end, and where the next one begins; `None` at the end of the file.

    > Lines: LF or CR LF (a CR elsewhere is a character).
    """
    if at >= len(data):
        return None
    end = data.find(b"\n", at)
    if end < 0:
        return data[at:], len(data)
    return data[at:end].removesuffix(b"\r"), end + 1


def ends_line(data: bytes, at: int) -> bool:
    """Whether a line ends right before a place."""
    return data[at - 1:at] == b"\n"


def text_of(data: bytes) -> str:
    """> UTF-8 without NUL, as are head and link line. Raises Refused."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused("E-UTF8") from error
    if "\0" in text:
        raise Refused("E-NUL")
    return text


def is_line(text: str, limit: int) -> bool:
    """v1's rules of a source, with a limit in bytes."""
    try:
        posts.one_line(text, limit, "")
    except posts.Refused:
        return False
    return True


# Front matter

def read_keys(text: str) -> Keys:
    """The top-level keys of one YAML mapping. Raises Refused.

    > YAML is YAML 1.1 as libyaml reads it, U+FEFF as in v1. One document, and it is a mapping, without anchor or tag.
    """
    text = text.replace("\r\n", "\n")
    # > Refused, as other readers differ: a CR not before LF, U+0085, U+2028, U+2029
    if re.search("[\r\u0085\u2028\u2029]", text):
        raise Refused("E-YAML", "a line end of another kind")
    # libyaml drops a U+FEFF at the start of each line.
    text = text.replace("\ufeff", "\uf8f0")
    try:
        events = [*yaml.parse(text, Loader=yaml.CBaseLoader)]
    except (yaml.YAMLError, ValueError) as error:
        raise Refused("E-YAML", " ".join(str(error).split())) from error
    depth = 0
    for event in events:
        if getattr(event, "flow_style", False) and isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise Refused("E-YAML", "too many brackets")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth = max(0, depth - 1)
    if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) != 1:
        raise Refused("E-YAML" if len(events) > 2 else "E-NOT-A-MAPPING")
    if not isinstance(events[2], yaml.MappingStartEvent):
        raise Refused("E-NOT-A-MAPPING")
    refuse_properties(events[2])
    found: Keys = []
    at = 3
    while not isinstance(events[at], yaml.MappingEndEvent):
        key = events[at]
        # > Refused: a top-level key that is a list, a map, an alias, or has anchor or tag
        if isinstance(key, yaml.AliasEvent):
            raise Refused("E-YAML-ALIAS")
        if not isinstance(key, yaml.ScalarEvent):
            raise Refused("E-VALUE-NOT-SCALAR")
        refuse_properties(key)
        value = events[at + 1]
        found.append(Key(key.value.replace("\uf8f0", "\ufeff"), *kind_of(value)))
        at = end_of(events, at + 1)
    return found


def refuse_properties(event) -> None:
    """Raises Refused for an anchor or a tag."""
    if event.anchor is not None:
        raise Refused("E-YAML-ALIAS")
    if event.tag is not None:
        raise Refused("E-YAML-TAG")


def kind_of(value) -> tuple[str, str | None]:
    """The kind of a value, and its text."""
    if isinstance(value, yaml.AliasEvent):
        return "alias", None
    text = value.value.replace("\uf8f0", "\ufeff") if isinstance(value, yaml.ScalarEvent) else None
    if value.anchor is not None:
        return "alias", text
    if value.tag is not None:
        return "tag", text
    if text is not None:
        return "scalar", text
    return ("list" if isinstance(value, yaml.SequenceStartEvent) else "map"), None


def end_of(events: list, at: int) -> int:
    """The place after the value that begins at a place."""
    depth = 0
    while True:
        depth += isinstance(events[at], yaml.CollectionStartEvent) - isinstance(events[at], yaml.CollectionEndEvent)
        at += 1
        if not depth:
            return at


# > No tab, control character, DEL, C1, U+2028, U+2029, U+FEFF, U+FFFE, U+FFFF.
NOT_PLAIN = re.compile("[\0-\t\v-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
NAME = "[A-Za-z_][A-Za-z0-9_-]{0,63}"
QUOTED = r"\"[^\"\\]*\"|'[^']*'"
# > text that starts with a letter, digit, one of `/_(+$~` or a character from U+00A0 on
PLAIN = r"[A-Za-z0-9/_(+$~\u00a0-\U0010ffff].*"
# > `[…]` of such quoted texts and of texts of letters, digits, blanks, `_./()+-` and characters from U+00A0 on
# (libyaml takes a hyphen that stands alone for an entry of a block list).
ITEM_SCALAR = r"A-Za-z0-9_./()+\u00a0-\U0010ffff-"
ITEM = rf"(?:{QUOTED}|(?!-[ ,\]])[{ITEM_SCALAR}](?:[{ITEM_SCALAR} ]*[{ITEM_SCALAR}])?)"
LIST = rf"\[ *(?:{ITEM} *(?:, *{ITEM} *)*)?\]"
LINE = re.compile(rf"( *)({NAME}):(?: +(.*?))? *")
ENTRY = re.compile(r"( *)- +(.*?) *")


def read_value(text: str, is_item: bool = False) -> tuple[str, str | None] | None:
    """A value of the plain subset: its kind and text."""
    if re.fullmatch(QUOTED, text):
        return "scalar", text[1:-1]
    if re.fullmatch(PLAIN, text) and ": " not in text and " #" not in text and not text.endswith(":"):
        return "scalar", text
    return ("list", None) if not is_item and re.fullmatch(LIST, text) else None


def read_plain_keys(text: str) -> Keys | None:
    """The keys as a reader without YAML has them: what `read_keys` answers, or `None`."""
    text = text.replace("\r\n", "\n")
    if NOT_PLAIN.search(text) or is_heavy(text):
        return None
    found: Keys = []
    # What the lines below the last `KEY:` are: their indentation and whether they are items, and their keys.
    below: tuple[int, bool] | None = None
    inner: set[str] = set()
    is_open = False
    for line in text.split("\n"):
        if not line.strip(" ") or line.startswith("#"):
            continue
        if entry := ENTRY.fullmatch(line):
            if not is_open or read_value(entry[2], is_item=True) is None or below not in (None, (len(entry[1]), True)):
                return None
            below = len(entry[1]), True
            found[-1] = Key(found[-1].name, "list")
            continue
        match = LINE.fullmatch(line)
        if not match:
            return None
        indent, name, value = len(match[1]), match[2], match[3] or ""
        read = read_value(value) if value else ("scalar", "")
        if read is None:
            return None
        if indent:
            if not is_open or not value or below not in (None, (indent, False)) or name in inner:
                return None
            below = indent, False
            inner.add(name)
            found[-1] = Key(found[-1].name, "map")
            continue
        if any(key.name == name for key in found):
            return None
        found.append(Key(name, *read))
        below, inner, is_open = None, set(), not value
    return found or None


def is_heavy(text: str) -> bool:
    """Whether v1's limits on what could nest or repeat without end may be reached: that is left to a reader of YAML."""
    return (len(text.encode()) > 4_096 and text.count("?") > 64
            or len(re.findall(r"\*[A-Za-z0-9_-]", text)) > 32 and re.search("&[A-Za-z0-9_-]", text) is not None)


# Forms

def read(data: bytes, reader: Reader = read_keys) -> Shape:
    """The one form that the bytes take. Raises Refused.

    > Beside it the bytes allow **one form at most**, by what they begin with after an optional U+FEFF: `---` rss, html
    > or stub; a head headed; `[` linked.
    """
    if len(data) > LARGEST_POST:
        raise Refused("E-TOO-LARGE")
    start = len(MARK) if data.startswith(MARK) else 0
    if data.startswith(b"---", start):
        return with_front_matter(data, start, reader)
    if begins_head(data, start):
        published, link, at = read_head(data, start)
        return Shape("headed", data[at:], at, None, None, published, link_address(link))
    if data.startswith(b"[", start):
        line, _ = line_at(data, start)
        # > linked: body = whole file.
        return Shape("linked", data, address=link_address(text_of(line)))
    raise Refused("E-NO-FORM")


def is_rule(line: bytes, *rules: bytes) -> bool:
    """> opening `---` and closing `---` or `...` may be followed by blanks or tabs, nothing else."""
    return line.rstrip(b" \t") in rules


def with_front_matter(data: bytes, start: int, reader: Reader) -> Shape:
    """An rss, html or stub post. Raises Refused."""
    line, begin = line_at(data, start)
    if not is_rule(line, b"---"):
        raise Refused("E-NO-FRONT-MATTER")
    at = end = begin
    while True:
        found = line_at(data, at)
        if not found:
            raise Refused("E-FRONT-MATTER-UNCLOSED")
        line, after = found
        if is_rule(line, b"---", b"..."):
            break
        at = end = after
    if end - begin > LARGEST_FRONT_MATTER:
        raise Refused("E-FRONT-MATTER-TOO-LARGE")
    # > Front matter: byte 0 (BOM included) to the end of the closing line, inclusive
    front = data[:after]
    text_of(front)
    keys = reader(data[begin:end].decode())
    # > Where a head begins, at the start or after front matter, it must be whole
    if begins_head(data, after):
        published, link, at = read_head(data, after)
        return Shape("rss", data[at:], at, front, keys, published, link[link.rindex("](") + 2:-1])
    body = data[after:]
    return Shape("html" if body else "stub", body, after, front, keys)


def begins_head(data: bytes, at: int) -> bool:
    """> a head (first line one comment alone, second one starting with `[` or `------`)"""
    first = line_at(data, at)
    if not first or not ends_line(data, first[1]):
        return False
    second = line_at(data, first[1])
    comment = first[0]
    is_alone = comment.startswith(b"<!--") and comment.find(b"-->", 4) == len(comment) - 3 and len(comment) >= 7
    return bool(is_alone and second and second[0].startswith((b"[", b"------")))


def read_head(data: bytes, at: int) -> tuple[int | None, str, int]:
    """Epoch, link line and the place after it, of v1's four lines. Raises Refused."""
    lines = []
    for _ in range(4):
        found = line_at(data, at)
        lines.append(found[0] if found else None)
        is_whole = found is not None and ends_line(data, found[1])
        if not is_whole:
            break
        at = found[1]
    comment = lines[0][4:-3]
    if comment != b"NaN" and not re.fullmatch(rb"-?[0-9]{1,16}", comment):
        raise Refused("E-EPOCH")
    if not re.fullmatch(rb"\[.*\]\(.*\)", lines[1], re.DOTALL):
        raise Refused("E-LINK-LINE")
    if len(lines) < 3 or lines[2] != b"------":
        raise Refused("E-RULE")
    if len(lines) < 4 or lines[3] != b"" or not is_whole:
        raise Refused("E-HEAD-BLANK-LINE")
    text_of(lines[0])
    return (None if comment == b"NaN" else int(comment)), text_of(lines[1]), at


def link_address(line: str) -> str:
    """The address of a link line of headed and linked. Raises Refused.

    > `[`, `](` **exactly once**, `)` at the end; address http(s), no White_Space, no Cc, parentheses in pairs
    """
    if not line.startswith("[") or line.count("](") != 1 or not line.endswith(")"):
        raise Refused("E-LINK-LINE")
    address = line[line.index("](") + 2:-1]
    depth = 0
    for scalar in address:
        depth += (scalar == "(") - (scalar == ")")
        if depth < 0:
            break
    if (depth or not ADDRESS.match(address) or WHITE_SPACE.search(address)
            or any(unicodedata.category(scalar) == "Cc" for scalar in address) or not is_line(address, LONGEST_SOURCE)):
        raise Refused("E-LINK-LINE")
    return address


def shown_form(data: bytes) -> str | None:
    """What a plain record does not state: a form, `v1`, or `unreadable` for bytes that begin like a form."""
    try:
        return read(data).form
    except Refused as reason:
        try:
            posts.read(data, posts.LIBYAML)
            return "v1"
        except posts.Refused:
            return None if reason.code in ("E-NO-FORM", "E-TOO-LARGE") else "unreadable"


# Reading against a record

@dataclass(frozen=True)
class Rebuilt:
    """What came of a comparison: codes of what differs, and warnings. `is_unread`: address and date could not be told,
    for the front matter takes a reader of YAML."""

    faults: list[str]
    warnings: list[str]
    is_unread: bool = False


FRONT_FORMS = ("rss", "html", "stub")
FORMS = (*FRONT_FORMS, "headed", "linked", "plain")


def rebuild(data: bytes, record: dict[str, str], reader: Reader = read_keys) -> Rebuilt:
    """> The record states the reading; the verifier repeats that reading and no other."""
    faults = [code for label, code, found in (
        ("sha256", "E-CONTENT-CHANGED", digest(data)), ("size", "E-SIZE-CHANGED", str(len(data))))
        if record[label] != found]
    form = record["form"]
    if form not in FORMS:
        # > digest and size are checked, the rest is *unknown*, never failed
        return Rebuilt(faults, ["W-FORM-UNKNOWN"], is_unread=True)
    warnings: list[str] = []
    if len(data) > LARGEST_POST:
        return Rebuilt([*faults, "E-FORM-CHANGED"], [])
    if form == "plain":
        shape = Shape("plain", data)
        if hidden := shown_form(data):
            warnings.append(f"W-NOT-STATED {hidden}")
    else:
        try:
            shape = read(data, reader)
        except Refused:
            return Rebuilt([*faults, "E-FORM-CHANGED"], [])
        if shape.form != form:
            return Rebuilt([*faults, "E-FORM-CHANGED"], [])
    if form in FRONT_FORMS and record["front"] != digest(shape.front):
        faults.append("E-FRONT-MATTER-CHANGED")
    if record["body"] != digest(shape.body):
        faults.append("E-BODY-CHANGED")
    if record.get("published") != (None if shape.published is None else str(shape.published)):
        faults.append("E-PUBLISHED-CHANGED")
    if record["text"] != text_line(shape.body):
        faults.append("E-WORDS-CHANGED")
    if form in ("headed", "linked") and record["source"] != shape.address:
        faults.append("E-SOURCE-CHANGED")
    if form not in FRONT_FORMS:
        return Rebuilt(faults, warnings)
    if shape.keys is None:
        return Rebuilt(faults, warnings, is_unread=True)
    for label, code in (("source", "E-SOURCE-CHANGED"), ("dated", "E-DATED-CHANGED")):
        if label in record:
            # > A *stated* key twice, or with an alias, tag, anchor, list or map as its value: *failed* on rebuild.
            found = [key for key in shape.keys if key.name == record[f"{label}-key"]]
            if len(found) != 1 or found[0].kind != "scalar" or found[0].text != record[label]:
                faults.append(code)
    return Rebuilt(faults, warnings + said(shape, record))


def said(shape: Shape, record: dict[str, str]) -> list[str]:
    """What a reader says beside a sound record of a post with front matter."""
    found = [f"W-SOURCE-OTHER {key.name}" for key in shape.keys
             if key.name != record.get("source-key") and (key.is_address or key.name == "from")]
    found = [*dict.fromkeys(found)]
    source = record.get("source")
    if source is not None and not ADDRESS.match(source):
        found.append("W-SOURCE-NO-ADDRESS")
    if source is not None and shape.address is not None and source != shape.address and unquote_to_bytes(
            source) != unquote_to_bytes(shape.address):
        found.append("W-SOURCE-LINK")
    if "dated" not in record and any(key.name == "date" and key.text != "" for key in shape.keys):
        found.append("W-NOT-STATED date")
    # > `<<` is not applied: a value that only a merge gives is absent (`W-YAML-MERGE`).
    if any(key.name == "<<" for key in shape.keys):
        found.append("W-YAML-MERGE")
    return found


def text_line(body: bytes, version: int = 2) -> str:
    """The `text` line's value."""
    found = passages.passages_of(body, version)
    return f"{passages.root_of(found)} {len(found)}"


# Writing

@dataclass(frozen=True)
class Rules:
    """Keys for source and date in their order, and whether a post without a form is taken as plain."""

    source: tuple[str, ...] = ("from",)
    dated: tuple[str, ...] = ("date",)
    accepts_plain: bool = False


def choose(keys: Keys, wanted: tuple[str, ...], limit: int, is_source: bool) -> Key | None:
    """> **Writer's choice**: the first key of the rules that is there, a bare scalar, not empty, and keeps the rules of its
    > line, the source an http(s) address besides. One of the rules' keys twice refuses the file. Raises Refused."""
    for name in wanted:
        if sum(key.name == name for key in keys) > 1:
            raise Refused("E-DUPLICATE-KEY")
    for name in wanted:
        for key in keys:
            if (key.name == name and key.kind == "scalar" and is_line(key.text, limit) and is_line(name, LONGEST_KEY)
                    and (key.is_address or not is_source)):
                return key
    return None


def first_there(values: dict[str, str | list[str]], wanted: tuple[str, ...]) -> str | None:
    """The first key of the rules that is there and not empty, in v1's own reading."""
    return next((name for name in wanted if values.get(name, "") not in ("", [])), None)


def write(data: bytes, signer: str, log: str, recorded: int, rules: Rules) -> str:
    """The text of the record that a writer states. Raises Refused.

    > **A writer uses v1 whenever v1's rules take the file and, in v1's own reading, `from` and `date` are the first keys of
    > the rules in force that are there and not empty; else v2.**
    """
    try:
        post = posts.read(data, posts.LIBYAML)
        inner = post.front[4:].rpartition(b"---")[0].decode()
        values = posts.mapping(inner, posts.LIBYAML)
        if first_there(values, rules.source) == "from" and first_there(values, rules.dated) == "date":
            lines = post.lines()
            place = next(at for at, line in enumerate(lines) if line.startswith("front "))
            lines.insert(place, f"recorded {recorded}")
            return "\n".join(["provenance/post@v1", f"signer {signer}", *lines, ""])
    except posts.Refused:
        pass
    try:
        shape = read(data)
        source = dated = None
        if shape.form in FRONT_FORMS:
            source = choose(shape.keys, rules.source, LONGEST_SOURCE, True)
            dated = choose(shape.keys, rules.dated, LONGEST_DATED, False)
    except Refused:
        if not rules.accepts_plain or len(data) > LARGEST_POST:
            raise
        shape, source, dated = Shape("plain", data), None, None
    return state(data, shape, signer, log, recorded, source, dated)


def state(data: bytes, shape: Shape, signer: str, log: str, recorded: int, source: Key | None = None,
          dated: Key | None = None) -> str:
    """The text of a record of v2."""
    values = {"signer": signer, "log": log, "form": shape.form, "sha256": digest(data), "size": str(len(data))}
    if source:
        values |= {"source": source.text, "source-key": source.name}
    elif shape.form in ("headed", "linked"):
        values["source"] = shape.address
    if dated:
        values |= {"dated": dated.text, "dated-key": dated.name}
    if shape.published is not None:
        values["published"] = str(shape.published)
    values["recorded"] = str(recorded)
    if shape.front is not None:
        values["front"] = digest(shape.front)
    values |= {"body": digest(shape.body), "text": text_line(shape.body)}
    return "\n".join(["provenance/post@v2", *(f"{label} {value}" for label, value in values.items()), ""])


def main() -> int:
    status = 0
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            data = file.read()
        try:
            shape = read(data)
            print(f"{path}: {shape.form}, body at {shape.body_at}")
        except Refused as reason:
            print(f"{path}: {' '.join(reason.args)}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

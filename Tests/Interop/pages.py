#!/usr/bin/env python3
"""Known answers for the pages about version 2 of records and accessions, made without any code of the program.

    pages.py            compares the pages in Documentation/formats with what is computed here; 1 if they differ
    pages.py --write    writes the part behind "## Known answers" anew

Each post below is invented, and its parts are marked by hand: where the front matter ends, where the body begins, which
passages the body has. Nothing is parsed here, so that this program cannot share a misreading with any reader.
"""

import hashlib
import sys
from pathlib import Path

FORMATS = Path(__file__).resolve().parents[2] / "Documentation" / "formats"
HEADING = "## Known answers\n"
SIGNER, LOG, CLOCK = "archive.example/news/signer", "archive.example/news", 1735689600000


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, by its recursive definition, over hashed leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()


def passages_root(passages: list[str]) -> str:
    return root([hashlib.sha256(b"\0" + passage.encode()).digest() for passage in passages]).hex()


class Example:
    """A post in its parts, and what its record states of it."""

    def __init__(self, name, form, front, head, body, passages, whole_body=False, **stated):
        self.name, self.form, self.passages, self.stated = name, form, passages, stated
        self.data = (front + head + body).encode()
        self.front = front.encode()
        self.body = self.data if whole_body else body.encode()

    def record(self) -> str:
        lines = ["provenance/post@v2", f"signer {SIGNER}", f"log {LOG}", f"form {self.form}"]
        lines += [f"sha256 {sha(self.data)}", f"size {len(self.data)}"]
        for word in ("source", "source-key", "dated", "dated-key", "published"):
            value = self.stated.get(word.replace("-", "_"))
            if value is not None:
                lines.append(f"{word} {value}")
        lines.append(f"recorded {CLOCK}")
        if self.front:
            lines.append(f"front {sha(self.front)}")
        lines += [f"body {sha(self.body)}", f"text {passages_root(self.passages)} {len(self.passages)}"]
        return "".join(line + "\n" for line in lines)


ADDRESS = "https://harbour.example/2024/03/linden"
COPY = "https://copies.example/20240306/linden"
LINK = f"[The Linden is back]({ADDRESS})\n"
HEAD = f"<!--1709623800000-->\n{LINK}------\n\n"
BODY = "<p>The ferry runs again.</p>\n\nEvery 20 minutes\nfrom the old pier.\n"
PASSAGES = ["The ferry runs again.", "Every 20 minutes from the old pier."]

POSTS = [
    Example(
        "html", "html",
        f"---\ntitle: 'The Linden: back'\noriginal_url: {ADDRESS}\nurl: {COPY}\ndate: 2024-03-05 07:30\ncover:\n  image: /linden.png\n---\n",
        "", BODY, PASSAGES, source=ADDRESS, source_key="original_url", dated="2024-03-05 07:30", dated_key="date"),
    Example(
        "rss", "rss", f"---\n# copied by hand\n\"original_url\": >-\n  {ADDRESS}\n...\n", HEAD, BODY, PASSAGES,
        source=ADDRESS, source_key="original_url", published=1709623800000),
    Example("stub", "stub", "---\ntitle: The Linden\n---\n", "", "", []),
    Example("headed", "headed", "", HEAD, BODY, PASSAGES, source=ADDRESS, published=1709623800000),
    Example(
        "linked", "linked", "", LINK, "\nIt is back.\n", [f"[The Linden is back]({ADDRESS})", "It is back."],
        whole_body=True, source=ADDRESS),
    Example("plain", "plain", "", "", "# The Linden\n\nIt is back.\n", ["# The Linden", "It is back."]),
]

INTRODUCTION = f"""
The rules take the source from `original_url`, then `url`, the date from `date`, and accept plain. Signer and log are `{SIGNER}` and
`{LOG}`, the clock is fixed at 2025-01-01T00:00:00Z. Of each post, LF after each line, the record.

"""

WARNED = """
The post in html has one warning, `W-SOURCE-OTHER` for `url`; the others have none.

Bodies and their passages, each line JSON:

"""

BODIES = [
    ("one\ntwo\n\nthree", ["one two", "three"]),
    ("one\r\n \t\r\ntwo", ["one", "two"]),
    ("one<b>\n\ntwo</b>", ["one", "two"]),
    ("one\n<b>\ntwo</b>", ["one two"]),
    ("one&#10;&#10;two", ["one two"]),
    ("one\n\u00a0\ntwo", ["one two"]),
    ("<pre>one\n\n\n\ntwo</pre>", ["one", "two"]),
    ("<p title=\"\n\n\">one</p>", ["one"]),
]


def post_page() -> str:
    import json

    text = INTRODUCTION
    for post in POSTS:
        text += f"```post-{post.name}\n{post.data.decode()}```\n\n```record-{post.name}\n{post.record()}```\n\n"
    text = text.rstrip("\n") + "\n" + WARNED + "```bodies\n"
    for body, passages in BODIES:
        text += json.dumps({"body": body, "passages": passages, "root": passages_root(passages)}) + "\n"
    return text + "```\n"


def accession_page() -> str:
    register, rules = sha(b"a register"), sha(b"rules")
    beginning = "".join(line + "\n" for line in [
        f"signer {SIGNER}", f"log {LOG}", f"recorded {CLOCK}", "tool provenance/0.2.0", "first 7", "posts 2", "known 1",
        "refused 0", "unchanged 40", f"register {register} 4"])
    block = "".join(
        f"last-{kind} {index} {hashlib.sha256(bytes([0]) + kind.encode()).hexdigest()}\n"
        for index, kind in ((0, "key"), (5, "anchor"), (6, "disposition")))
    return (
        "\nAll lines:\n\n```all\nprovenance/accession@v2\n" + beginning + f"rules {rules}\nattached 3\nignored 12\n" + block
        + "```\n\nRules alone:\n\n```rules\nprovenance/accession@v2\n" + beginning + f"rules {rules}\n```\n"
        + "\nNothing of this page, so it is version 1:\n\n```none\nprovenance/accession@v1\n" + beginning + "```\n"
        + "\nA line of a register, without its LF:\n\n```line\n"
        + '{"accepted":"same-words","entry":8,"fate":"recorded","path":"posts/linden.md","replaces":3,"root":0,'
        + f'"salt":"{bytes(range(16)).hex()}","sha256":"{sha(POSTS[0].data)}","size":{len(POSTS[0].data)}}}\n```\n')


def main() -> int:
    status = 0
    for name, answers in (("post-v2.md", post_page()), ("accession-v2.md", accession_page())):
        path = FORMATS / name
        page = path.read_text().split(HEADING)[0].rstrip("\n") + "\n\n" + HEADING + answers
        if sys.argv[1:] == ["--write"]:
            path.write_text(page)
        elif path.read_text() != page:
            print(f"{path.name}: its known answers are not those computed here")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

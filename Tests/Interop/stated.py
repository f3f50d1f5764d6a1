"""Logs and bundles with records of v2, written in Python alone: good ones, and mutants that their makers signed.

    stated.py OUT      writes OUT/<bundle>/…, and the public keys to OUT/keys
"""

import base64
import hashlib
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import forms
import merkle
import posts
import shapes
import statements
from bag import Bag, sha256
from forms import Rules, Shape
from signer import Signer

ORIGIN = "archive.example/anybody"
RECORDED = 1_735_689_600_000
RULES = Rules(("original_url", "link", "url", "source"), ("date", "published"), accepts_plain=True)


def key(name: str) -> Signer:
    """A key by its name, the same on every run."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"stated " + name.encode()).digest()))


LOG, SIGNER = key(ORIGIN), key(f"{ORIGIN}/signer")
PINS = {"log.vkey": f"{LOG.vkey}\n".encode(), "signers": f"{SIGNER.vkey}\n".encode()}


@dataclass(frozen=True)
class Item:
    """An entry of a log, and the post that it records."""

    name: str
    entry: bytes
    post: bytes | None = None


def signed(name: str, text: bytes | str, post: bytes | None = None) -> Item:
    text = text.encode() if isinstance(text, str) else text
    return Item(name, SIGNER.note(text), post)


def recorded(name: str, data: bytes, rules: Rules = RULES) -> Item:
    """A post and the record that a writer states."""
    return signed(name, forms.write(data, SIGNER.name, ORIGIN, RECORDED, rules), data)


def first_version(name: str, data: bytes) -> Item:
    """A post and its record of v1."""
    lines = posts.read(data, posts.LIBYAML).lines()
    place = next(at for at, line in enumerate(lines) if line.startswith("front "))
    lines.insert(place, f"recorded {RECORDED}")
    return signed(name, "\n".join(["provenance/post@v1", f"signer {SIGNER.name}", *lines, ""]), data)


def accession(**more: str) -> bytes:
    """The text of an accession of v2; an empty value takes a line out."""
    fields = {"signer": SIGNER.name, "log": ORIGIN, "recorded": "1", "tool": "provenance/0.2.0", "first": "0", "posts": "1",
              "known": "0", "refused": "0", "unchanged": "0", "register": sha256(b"") + " 1",
              **{label.replace("_", "-"): value for label, value in more.items()}}
    return statements.encode(statements.ACCESSION, {label: value for label, value in fields.items() if value})


def bundle(items: list[Item], version: int = 2, posts_are: str = "included", left_out: frozenset[int] = frozenset()) -> Bag:
    """A signed bundle of a log, whole unless entries are left out. Version 1 has the same files, its checkpoint by another
    name."""
    leaves = [merkle.leaf_hash(item.entry) for item in items]
    text = f"{ORIGIN}\n{len(items)}\n{base64_of(merkle.root(leaves))}\n".encode()
    checkpoint = LOG.note(text)
    files: dict[str, bytes] = {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
                               "checkpoint" if version == 1 else "checkpoint.note": checkpoint}
    for index, (item, hashes) in enumerate(zip(items, inclusions(leaves))):
        if index in left_out:
            continue
        files[f"records/{index}.note"] = item.entry
        lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *map(base64_of, hashes), "", ""]
        files[f"proofs/{index}.tlog-proof"] = "\n".join(lines).encode() + checkpoint
        if item.post is not None and posts_are == "included":
            digest = sha256(item.post)
            files[f"data/sha256/{digest[:2]}/{digest}.md"] = item.post
    if not any(path.startswith("data/") for path in files):
        files["data/withheld.txt"] = b"The posts are withheld.\n"
    files["bag-info.txt"] = "".join(f"{line}\n" for line in (
        "Bag-Software-Agent: provenance", "Payload-Oxum: 0.0", f"Provenance-Bundle: provenance/bundle@v{version}",
        f"Provenance-Log: {ORIGIN}", f"Provenance-Log-Size: {len(items)}", f"Provenance-Posts: {posts_are}",
        "Provenance-Selection: " + ("filter" if left_out else f"0..{len(items) - 1}"), f"Provenance-Signer: {SIGNER.name}")).encode()
    bag = Bag(files)
    bag.relist()
    bag.sign(SIGNER)
    return bag


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def inclusions(leaves: list[bytes]) -> list[list[bytes]]:
    """The proof of each leaf, its sibling first."""
    proofs: list[list[bytes]] = [[] for _ in leaves]
    level, groups = leaves, [[place] for place in range(len(leaves))]
    while len(level) > 1:
        above, over = [], []
        for at in range(0, len(level), 2):
            if at + 1 == len(level):
                above.append(level[at])
                over.append(groups[at])
                continue
            for mine, sibling in ((at, at + 1), (at + 1, at)):
                for place in groups[mine]:
                    proofs[place].append(level[sibling])
            above.append(merkle.node_hash(level[at], level[at + 1]))
            over.append(groups[at] + groups[at + 1])
        level, groups = above, over
    return proofs


# Items

def honest() -> list[Item]:
    """Each shape as a writer states it; every readable one also as plain and with other rules; v1 beside it; accessions."""
    items = []
    other = Rules(("url", "from", "link", "original_url"), ("published", "date"), accepts_plain=True)
    for name, data in shapes.good().items():
        items.append(recorded(name, data))
        items.append(recorded(f"{name}: with other rules", data, other))
        items.append(plain(f"{name}: as plain", data))
    v1 = shapes.front("title: x", "date: 2024-03-05", f"from: {shapes.SITE}/v1") + b"a\n\nb<p>c</p>\n"
    items += [first_version("v1", v1), plain("v1, as plain", v1), recorded("v1, by v2", v1, Rules(("url",), ("date",)))]
    items += accessions()
    return items


def accessions() -> list[Item]:
    """Accessions of v2 that are true."""
    digest = sha256(b"x")
    made = [signed("an accession", accession())]
    made += [signed(f"an accession with {label}", accession(**{label: value})) for label, value in (
        ("rules", digest), ("attached", "1"), ("ignored", "12"))]
    made.append(signed("an accession with all of them", accession(rules=digest, attached="3", ignored=str((1 << 53) - 1))))
    return made


def plain(name: str, data: bytes) -> Item:
    return signed(name, forms.state(data, Shape("plain", data), SIGNER.name, ORIGIN, RECORDED), data)


def text_of(item: Item) -> bytes:
    return item.entry.rpartition(b"\n\n")[0] + b"\n"


NOT_SHOWN = frozenset((0, 1, 2))
BASES = ("news: two addresses", "vault: neither", "rss", "headed", "linked", "plain")


def rewritten() -> Iterator[Item]:
    """Records of which lines are dropped, doubled, swapped or changed, each signed by its maker."""
    good = {item.name: item for item in honest()}
    # Its links name entries that the bundle does not hold.
    good["an accession with a block"] = signed("", accession(rules=sha256(b"x"), attached="3", ignored="1", **{
        f"last_{kind}": f"{index} {sha256(b'x')}" for index, kind in enumerate(("key", "anchor", "disposition"))}))
    yield from (Item(f"not shown {number}", SIGNER.note(b"provenance/anchor@v1\n%d\n" % number)) for number in NOT_SHOWN)
    for base in (*BASES, "an accession with a block"):
        item = good[base]
        text = text_of(item)
        lines = text.splitlines(True)
        for place, line in enumerate(lines):
            label = line.split(b" ")[0].strip().decode()
            for what, changed in (("without", lines[:place] + lines[place + 1:]), ("twice", lines[:place + 1] + lines[place:]),
                                  ("after the next", lines[:place] + lines[place + 1:place + 2] + [line] + lines[place + 2:])):
                # A note whose first line is of another kind is of an unknown kind.
                if b"".join(changed) != text:
                    yield signed(f"{base}: {label} {what}", b"".join(changed), item.post)
        for what, changed in values(text, item.post):
            if changed != text:
                yield signed(f"{base}: {what}", changed, item.post)


def values(text: bytes, post: bytes | None) -> Iterator[tuple[str, bytes]]:
    """Changed values of a record's lines."""
    kind, fields = text.split(b"\n")[0].decode(), dict(line.split(" ", 1) for line in text.decode().splitlines()[1:])

    def put(**changes: str) -> bytes:
        new = {label: changes.get(label.replace("-", "_"), value) for label, value in fields.items()}
        return statements.encode(kind, new)

    def having(before: str, *more: tuple[str, str]) -> bytes:
        new: dict[str, str] = {}
        for label, value in fields.items():
            if label == before:
                new |= dict(more)
            new[label] = value
        return statements.encode(kind, new)

    yield "CR LF", text.replace(b"\n", b"\r\n")
    yield "an empty line more", text + b"\n"
    yield "another log", put(log=ORIGIN + "x")
    yield "a name with U+0080", put(signer=SIGNER.name + "\x80")
    yield "a log with a plus", put(log=ORIGIN + "+")
    for label in ("size", "recorded"):
        if label in fields:
            yield f"{label} 2^53", put(**{label: str(1 << 53)})
            yield f"{label} with a zero in front", put(**{label: "0" + fields[label]})
    if kind == statements.ACCESSION:
        for label, wrong in (("attached", "0"), ("ignored", "0"), ("ignored", str(1 << 53)), ("rules", "x"), ("last_key", "0"),
                             ("last_key", f"00 {sha256(b'x')}"), ("last_key", f"0 {sha256(b'x')} "), ("tool", "provenance/"),
                             ("last_key", f"0 {sha256(b'x').upper()}"), ("last_key", f"{1 << 53} {sha256(b'x')}")):
            yield f"{label} {wrong[:8]}", put(**{label: wrong})
        return
    for form in (*forms.FORMS, "later", "x", "htmlx", "Html", "a" * 16, "a" * 17, "1a", ""):
        yield f"form {form}", put(form=form)
    yield "another size", put(size=str(int(fields["size"]) + 1))
    yield "another front", put(front=sha256(b"x"))
    yield "another body", put(body=sha256(b"x"))
    root, count = fields["text"].split(" ")
    yield "another number of passages", put(text=f"{root} {int(count) + 1}")
    yield "another root of passages", put(text=f"{sha256(b'x')} {count}")
    yield "passages by text@v1", put(text=forms.text_line(post, 1))
    if "published" in fields:
        for value in ("0", "-0", "+1", "1" * 17, fields["published"] + "1", "NaN"):
            yield f"published {value}", put(published=value)
    yield "published more", having("recorded", ("published", "1"))
    if "source" in fields:
        for what, value in (("empty", ""), ("with a blank at its end", fields["source"] + " "), ("with U+2028", "a\u2028b"), ("of another page", shapes.SITE),
                            ("by a character", fields["source"] + "#"), ("too long", "x" * 8_193), ("with C1", "a\x80b")):
            yield f"a source {what}", put(source=value)
    else:
        yield "a source more", having("recorded", ("source", shapes.SITE))
        yield "a source and its key more", having("recorded", ("source", shapes.SITE), ("source-key", "url"))
    for label in ("source-key", "dated-key"):
        if label in fields:
            name = label.replace("-", "_")
            for value in ("url", "title", "cover", "nothing", "", "a b", "k" * 256, "k" * 257, " x", "x\ty"):
                yield f"{label} {value[:8]!r}", put(**{name: value})
    if "source-key" in fields and "url" in shapes_keys(post):
        # A choice that is its maker's: sound, and shown.
        yield "the source of another key", put(source=shapes_keys(post)["url"], source_key="url")
    if "dated" in fields:
        for what, value in (("empty", ""), ("of another day", "2000-01-01"), ("of 65 bytes", "d" * 65), ("with a blank before it", " x")):
            yield f"a date {what}", put(dated=value)
    else:
        yield "a date more", having("recorded", ("dated", "2000-01-01"), ("dated-key", "date"))


def shapes_keys(data: bytes) -> dict[str, str | None]:
    """Keys and texts of a post's front matter."""
    try:
        return {each.name: each.text for each in forms.read(data).keys or ()}
    except forms.Refused:
        return {}


def misread(count: int, seed: int) -> Iterator[Item]:
    """Made-up posts: as a writer states them, and in every form that somebody could state over the same bytes, with any of
    their keys."""
    dice = random.Random(seed)
    wanted = [name for name in shapes.KEYS]
    for number, data in enumerate(shapes.made_up(count, seed)):
        dice.shuffle(wanted)
        rules = Rules(tuple(wanted), tuple(wanted[::-1]), accepts_plain=True)
        yield recorded(f"made up {number}", data, rules)
        form = dice.choice([*forms.FORMS, "later"])
        yield signed(f"made up {number} as {form}", forced(data, form, dice), data)


def forced(data: bytes, form: str, dice: random.Random) -> str:
    """A record that states a form, whatever the bytes are."""
    front = body = None
    found = None
    try:
        found = forms.read(data)
        front, body = found.front, found.body
    except forms.Refused:
        pass
    if form in forms.FRONT_FORMS and front is None:
        end = data.find(b"\n---\n", 1)
        front = data[:end + 5] if end > 0 else data[:4]
        body = data[len(front):]
    elif form in ("linked", "plain"):
        front, body = None, data
    elif form not in forms.FRONT_FORMS and form != "later":
        front = None
    body = data if body is None else body
    fields = {"signer": SIGNER.name, "log": ORIGIN, "form": form, "sha256": sha256(data), "size": str(len(data))}
    if form in ("headed", "linked"):
        fields["source"] = (found.address if found and found.address else None) or f"{shapes.SITE}/h"
    elif form in forms.FRONT_FORMS:
        choices = [each for each in (found.keys if found and found.keys else ()) if each.text and forms.is_line(
            each.text, 64) and forms.is_line(each.name, 256)]
        for label in ("source", "dated"):
            if choices and dice.random() < 0.8:
                each = dice.choice(choices)
                fields |= {label: each.text, f"{label}-key": each.name if dice.random() < 0.9 else dice.choice(shapes.KEYS)}
            elif dice.random() < 0.3:
                fields |= {label: "x", f"{label}-key": dice.choice(shapes.KEYS)}
    if form in ("rss", "headed") and found and found.published is not None:
        fields["published"] = str(found.published)
    fields["recorded"] = str(RECORDED)
    if form in forms.FRONT_FORMS:
        fields["front"] = sha256(front)
    fields |= {"body": sha256(body), "text": forms.text_line(body)}
    return statements.encode(statements.POST, fields).decode()


def edges() -> Iterator[Item]:
    """Each odd fragment by itself, with a record that states what a careless reader would read there."""
    for number, lines in enumerate(shapes.fronts()):
        data = shapes.front(*lines) + b"x %d\n" % number
        key, _, value = (lines[-1] if lines else "").strip(" ").partition(":")
        source = {"source": f"{shapes.SITE}/2024/03/ferry", "source-key": "original_url"} if shapes.SOURCE in lines else {}
        value = value.strip(" ")
        dated = {"dated": value, "dated-key": key if forms.is_line(key, 256) else "x"} if forms.is_line(value, 64) else {}
        yield signed(f"front matter {lines}", careless(data, "html", source | dated), data)
    for number, line in enumerate(shapes.FIRST_LINES):
        data = line.encode() + b"\nx %d\n" % number
        yield signed(f"first line {line[:60]!r}", careless(data, "linked", {"source": address_in(line)}), data)
    for number, head in enumerate(shapes.HEADS[6:]):
        for form, start in (("headed", b""), ("rss", shapes.front(shapes.SOURCE)), ("html", shapes.front(shapes.SOURCE))):
            data = start + head.encode() + b"x %d %s\n" % (number, form.encode())
            rest = head if form == "html" else ""
            stated = {"source": address_in(head)} if form == "headed" else {}
            yield signed(f"head {head[:80]!r} as {form}", careless(
                data, form, stated, start, rest.encode() + data[len(start + head.encode()):]), data)
    for body in shapes.BODIES:
        data = shapes.front(shapes.SOURCE) + body
        yield signed(f"body {body[:60]!r}", careless(data, "html" if body else "stub", {}, shapes.front(shapes.SOURCE)), data)


def address_in(text: str) -> str:
    """What a careless reader takes for the address of a link."""
    found = re.search(r"\]\(([^\n]*)\)", text)
    return found[1].replace("\0", "") if found else shapes.SITE


def careless(data: bytes, form: str, said: dict[str, str], front: bytes | None = None, body: bytes | None = None) -> bytes:
    """A record of a form with what is said in it, split where it is told to, else at the first `---` line."""
    if form in forms.FRONT_FORMS and front is None:
        front = data[:data.index(b"\n---\n") + 5]
    body = body if body is not None else data[len(front or b""):]
    fields = {"signer": SIGNER.name, "log": ORIGIN, "form": form, "sha256": sha256(data), "size": str(len(data))}
    fields |= said
    epoch = re.search(rb"<!--(-?[0-9]+)-->", data)
    if epoch and form in ("headed", "rss"):
        fields["published"] = str(int(epoch[1]))
    fields["recorded"] = str(RECORDED)
    if form in forms.FRONT_FORMS:
        fields["front"] = sha256(front)
    fields |= {"body": sha256(body), "text": forms.text_line(body)}
    return statements.encode(statements.POST, fields)


def blocks() -> list[Item]:
    """A small log whose accessions have blocks that are true, false, or speak of what is not in hand."""
    anchor = Item("an anchor", SIGNER.note(f"provenance/anchor@v1\nsigner {SIGNER.name}\nlog {ORIGIN}\n".encode()))
    disposition = Item("a disposition", SIGNER.note(f"provenance/disposition@v1\nsigner {SIGNER.name}\nlog {ORIGIN}\n".encode()))
    post = recorded("a post", shapes.good()["news: two addresses"])
    items = [post, anchor, disposition]

    def leaf(index: int) -> str:
        return merkle.leaf_hash(items[index].entry).hex()

    for name, more in (
        ("true", {"last_anchor": f"1 {leaf(1)}", "last_disposition": f"2 {leaf(2)}"}),
        ("a leaf of another entry", {"last_anchor": f"1 {leaf(2)}"}),
        ("an entry of another kind", {"last_anchor": f"2 {leaf(2)}"}),
        ("a post", {"last_key": f"0 {leaf(0)}"}),
        ("itself", {"last_anchor": f"7 {leaf(1)}"}),
        ("an entry above", {"last_anchor": f"9 {leaf(1)}"}),
        ("an entry far above", {"last_disposition": f"9000 {leaf(2)}"}),
        ("true again", {"last_disposition": f"2 {leaf(2)}"}),
    ):
        items.append(signed(f"a block: {name}", accession(**more)))
    return items


def altered(items: list[Item]) -> Bag:
    """A bundle in which every third post has other bytes than its record says, or is gone."""
    bag = bundle(items)
    paths = sorted(path for path in bag.files if path.startswith("data/"))
    for number, path in enumerate(paths):
        if number % 6 == 0:
            bag.files[path] += b"x"
        elif number % 6 == 3:
            del bag.files[path]
    bag.relist()
    bag.sign(SIGNER)
    return bag


def bundles(count: int = 120) -> dict[str, tuple[list[Item], Bag]]:
    """Every bundle by its name, with the items of its log."""
    good, changed, odd, states = honest(), [*rewritten()], [*misread(count, 2024)], blocks()
    few, odder = good[:6] + good[-9:], [*edges()]
    return {
        "good": (good, bundle(good)), "first": (few, bundle(few, version=1)),
        "withheld": (good, bundle(good, version=1, posts_are="withheld")),
        "changed": (changed, bundle(changed, left_out=NOT_SHOWN)),
        "made-up": (odd, bundle(odd)), "edges": (odder, bundle(odder)), "blocks": (states, bundle(states)), "altered": (good[:60], altered(good[:60])),
    }


def write(out: Path, count: int = 120) -> dict[str, list[Item]]:
    """Writes the bundles and the keys below a folder; the items of each bundle by its name."""
    Bag(PINS).write(out / "keys")
    found = {}
    for name, (items, bag) in bundles(count).items():
        bag.write(out / name)
        found[name] = items
    return found


if __name__ == "__main__":
    for written, all_items in write(Path(sys.argv[1])).items():
        print(f"{written}: {len(all_items)} entries")

"""Mutants of entries: records, proofs and posts. Anyone can make them, without any key."""

import base64
import random
from collections.abc import Iterator

from archive import flipped
from bag import Bag, proof, record, sha256
from edits import ENTRY, NEIGHBOUR, both, crlf, edit, flip, last_line, line_changed, line_dropped, put
from wanted import Change, Mutant, everywhere, unsigned


def mutants(good: Bag) -> Iterator[Mutant]:
    """All of them."""
    for part in (records, proofs, posts, entries, flips):
        yield from part(good)


def records(good: Bag) -> Iterator[Mutant]:
    """One record changed: its proof leads to another root."""
    path = record(ENTRY)
    for name, change in {
        "a bit flipped at its start": flip(path, 0), "a bit flipped": flip(path),
        "a bit flipped at its end": flip(path, 1),
        "another time of recording": edit(path, put(b"\nrecorded 1", b"\nrecorded 2")),
        "another source": edit(path, put(b"\nsource https://", b"\nsource http://")),
        "another signer": edit(path, put(b"\nsigner ", b"\nsigner x")),
        "no signature": edit(path, lambda data: data[:data.rindex(b"\n\n") + 1]),
        "another's signature line": edit(path, lambda data: data + last_line(good.files[record(NEIGHBOUR)])),
        "a signature line twice": edit(path, lambda data: data + last_line(data)),
        "carriage returns": edit(path, crlf), "cut short": edit(path, lambda data: data[:100]),
        "empty": edit(path, lambda _: b""), "a byte more": edit(path, lambda data: data + b"\n"),
        "another's bytes": edit(path, lambda _: good.files[record(NEIGHBOUR)]),
    }.items():
        yield from everywhere(good, f"record: {name}", change, "E-INCLUSION-INVALID")


def proofs(good: Bag) -> Iterator[Mutant]:
    """One proof changed."""
    path = proof(ENTRY)
    checkpoint = good.files["checkpoint"]
    for name, change in {
        "a bit flipped at its start": flip(path, 0), "a bit flipped": flip(path, 0.3),
        "a bit flipped at its end": flip(path, 1),
        "a hash changed": edit(path, line_changed(2, lambda _: base64.b64encode(bytes(32)))),
        "a hash in another spelling": edit(path, line_changed(
            2, lambda line: line[:-2] + bytes([line[-2] + 1]) + b"=")),
        "a hash less": edit(path, line_dropped(2)),
        "a hash more": edit(path, line_changed(2, lambda line: line + b"\n" + line)),
        "two hashes swapped": edit(path, lambda data: b"\n".join(
            [*data.split(b"\n")[:2], *data.split(b"\n")[3:1:-1], *data.split(b"\n")[4:]])),
        "another index": edit(path, put(b"\nindex %d\n" % ENTRY, b"\nindex %d\n" % NEIGHBOUR)),
        "an index with a leading zero": edit(path, put(b"\nindex ", b"\nindex 0")),
        "an index beyond 64 bits": edit(path, put(b"\nindex ", b"\nindex 1844674407370955161")),
        "another version": edit(path, put(b"tlog-proof@v1", b"tlog-proof@v2")),
        "without its checkpoint": edit(path, lambda data: data[:-len(checkpoint)]),
        "its checkpoint twice": edit(path, lambda data: data + checkpoint),
        "a line more in its checkpoint": edit(path, lambda data: data[:-len(checkpoint)] + checkpoint.replace(
            b"\n\n", b"\nextension\n\n", 1)),
        "carriage returns": edit(path, crlf), "cut short": edit(path, lambda data: data[:60]),
        "empty": edit(path, lambda _: b""),
        "another's bytes": edit(path, lambda _: good.files[proof(NEIGHBOUR)]),
    }.items():
        yield from everywhere(good, f"proof: {name}", change, "E-INCLUSION-INVALID")


def posts(good: Bag) -> Iterator[Mutant]:
    """One post changed: its name and its record expose it."""
    path = good.post(ENTRY)
    other = good.post(NEIGHBOUR)
    for name, change in {
        "a bit flipped at its start": flip(path, 0), "a bit flipped": flip(path),
        "a bit flipped at its end": flip(path, 1),
        "carriage returns": edit(path, crlf), "a byte order mark": edit(path, lambda data: b"\xef\xbb\xbf" + data),
        "a newline more": edit(path, lambda data: data + b"\n"), "cut short": edit(path, lambda data: data[:-9]),
        "empty": edit(path, lambda _: b""), "another's bytes": edit(path, lambda _: good.files[other]),
    }.items():
        yield from everywhere(good, f"post: {name}", change, "E-ALTERED")
    yield from everywhere(good, "two posts swapped", lambda bag: bag.swap(path, other), "E-ALTERED")

    def rename(new: str) -> Change:
        return lambda bag: bag.files.update({new: bag.files.pop(path)})

    for name, new in {
        "in another folder": f"data/sha256/zz/{path.rsplit('/', 1)[1]}", "with another ending": path[:-2] + "txt",
        "in capitals": path[:15] + path[15:-3].upper() + ".md", "above its folder": f"data/{path.rsplit('/', 1)[1]}",
    }.items():
        yield from everywhere(good, f"post: {name}", rename(new), "E-BUNDLE-STRAY", "E-CONTENT-NOT-COMPARED")
    stray = b"---\ntitle: x\ndate: 2020-07-20\nfrom: https://gazette.example/\n---\n"
    yield from everywhere(good, "a post more", lambda bag: bag.files.update(
        {f"data/sha256/{sha256(stray)[:2]}/{sha256(stray)}.md": stray}), "E-BUNDLE-STRAY")
    yield from everywhere(good, "a file more below data", lambda bag: bag.files.update({"data/x.txt": b"x\n"}),
                          "E-BUNDLE-STRAY")
    yield unsigned(good, "a post changed in a bundle that says it has none", both(
        flip(path), lambda bag: bag.set_info("Provenance-Posts", "withheld"), Bag.relist), "E-BUNDLE-STRAY")


def entries(good: Bag) -> Iterator[Mutant]:
    """Whole entries dropped, added, renamed and swapped."""
    indexes = good.indexes()
    last = indexes[-1]

    def drop(index: int, *kinds) -> Change:
        return lambda bag: bag.drop(*dict.fromkeys(kind(index) for kind in kinds))

    yield from everywhere(good, "a record gone", drop(ENTRY, record), "E-BUNDLE-MISSING", "E-INCOMPLETE")
    yield from everywhere(good, "a proof gone", drop(ENTRY, proof), "E-BUNDLE-MISSING")
    yield from everywhere(good, "a post gone", drop(ENTRY, good.post), "E-CONTENT-NOT-COMPARED", status=3)
    yield from everywhere(good, "record and proof gone", drop(ENTRY, record, proof), "E-INCOMPLETE", "E-BUNDLE-STRAY")
    for name, index in (("an entry", ENTRY), ("the first entry", indexes[0])):
        yield from everywhere(good, f"{name} gone", drop(index, record, proof, good.post), "E-INCOMPLETE")
    yield from everywhere(good, "the last entry gone", drop(last, record, proof), "E-INCOMPLETE")
    yield from everywhere(good, "two records swapped", lambda bag: bag.swap(record(ENTRY), record(NEIGHBOUR)),
                          "E-INCLUSION-INVALID")
    yield from everywhere(good, "two proofs swapped", lambda bag: bag.swap(proof(ENTRY), proof(NEIGHBOUR)),
                          "E-INCLUSION-INVALID")
    yield from everywhere(good, "two entries swapped", lambda bag: (
        bag.swap(record(ENTRY), record(NEIGHBOUR)), bag.swap(proof(ENTRY), proof(NEIGHBOUR))), "E-INCLUSION-INVALID")

    def again(index: int) -> Change:
        return lambda bag: bag.files.update({
            record(index): bag.files[record(last)],
            proof(index): bag.files[proof(last)].replace(b"index %d\n" % last, b"index %d\n" % index)})

    yield from everywhere(good, "an entry gone and another twice", both(
        drop(ENTRY, record, proof, good.post), again(last + 1)), "E-INCLUSION-INVALID", "E-INCOMPLETE")
    yield from everywhere(good, "an entry twice", again(last + 1), "E-INCLUSION-INVALID", "E-INCOMPLETE")
    yield unsigned(good, "an entry twice, in the selection", both(
        again(last + 1), lambda bag: bag.set_info("Provenance-Selection", f"0..{last + 1}"), Bag.relist),
        "E-INCLUSION-INVALID")
    yield unsigned(good, "an entry twice, in a filter", both(
        again(last + 1), lambda bag: bag.set_info("Provenance-Selection", "filter"), Bag.relist), "E-INCLUSION-INVALID")

    def rename(name: str) -> Change:
        return lambda bag: bag.files.update({
            f"records/{name}.note": bag.files.pop(record(ENTRY)),
            f"proofs/{name}.tlog-proof": bag.files.pop(proof(ENTRY))})

    for name in (f"0{ENTRY}", f"+{ENTRY}", f"{ENTRY}a", str(2 ** 63), "99999999999999999999", "x"):
        yield from everywhere(good, f"an entry renamed {name}", rename(name), "E-INCOMPLETE", "E-BUNDLE-MALFORMED")
    yield from everywhere(good, "a record more with a name that is none", lambda bag: bag.files.update(
        {"records/latest.note": bag.files[record(last)]}), "E-BUNDLE-MALFORMED")
    yield from everywhere(good, "a record in a folder below", lambda bag: bag.files.update(
        {"records/0/0.note": bag.files[record(0)]}), "E-BUNDLE-MALFORMED")

    def nothing(selection: str) -> Change:
        def change(bag: Bag) -> None:
            bag.drop(*[path for path in bag.files if path.split("/")[0] in ("records", "proofs", "data")])
            bag.set_info("Provenance-Selection", selection)
            bag.relist()
        return change

    yield unsigned(good, "no entries in a filter", nothing("filter"), "E-NOTHING-CHECKED", status=3)
    yield unsigned(good, "no entries in a range", nothing(f"0..{last}"), "E-NOTHING-CHECKED", "E-INCOMPLETE")


def flips(good: Bag) -> Iterator[Mutant]:
    """Bits flipped anywhere in records, proofs and posts, without a note that would show it."""
    dice = random.Random(9162)
    for kind, code, paths in (
        ("record", "E-INCLUSION-INVALID", [record(index) for index in good.indexes()]),
        ("proof", "E-INCLUSION-INVALID", [proof(index) for index in good.indexes()]),
        ("post", "E-ALTERED", [path for path in good.files if path.startswith("data/")]),
    ):
        for _ in range(12):
            path = dice.choice(paths)
            at, bit = dice.randrange(len(good.files[path])), dice.randrange(8)
            yield unsigned(good, f"{kind}: bit {bit} of byte {at}", both(
                edit(path, lambda data: flipped(data, at, bit)), Bag.relist), code)

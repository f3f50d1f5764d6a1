"""Mutants of what surrounds the entries: views, checkpoint, note; links and pipes. Anyone can make them."""

import base64
from collections.abc import Iterator

from archive import flipped
from bag import INFO, NOTE, PAYLOAD, SUMS, TAGS, Bag, proof, record
from edits import ENTRY, both, crlf, edit, flip, last_line, line_changed, line_dropped, put
from wanted import NO_PAGE, Change, Mutant, plain, unsigned


def mutants(good: Bag) -> Iterator[Mutant]:
    """All of them."""
    for part in (views, checkpoints, notes, links, absent):
        yield from part(good)


def views(good: Bag) -> Iterator[Mutant]:
    """Every kind of file that no record or proof covers, but the lists and the note do."""
    for path in ("bagit.txt", INFO, PAYLOAD, "manifest.json", "datapackage.json", "statement.dsse.json", "keys/policy",
                 "keys/log.vkey", "evidence.html", "verify.sh", "VERIFY.md", SUMS):
        yield plain(good, f"{path}: a bit flipped", flip(path), "E-BUNDLE-CHANGED")
        yield plain(good, f"{path}: cut short", edit(path, lambda data: data[:len(data) // 2]), "E-BUNDLE-CHANGED")
        if path not in (INFO, PAYLOAD):
            yield plain(good, f"{path}: gone", lambda bag: bag.drop(path), "E-BUNDLE-MISSING")
    for path in ("manifest.json", "datapackage.json", "statement.dsse.json", "keys/signer.vkey", "VERIFY.md"):
        yield plain(good, f"{path}: a bit flipped, listed", both(flip(path), Bag.retag), "E-BUNDLE-NOTE")
        yield plain(good, f"{path}: gone, listed", both(lambda bag: bag.drop(path), Bag.retag), "E-BUNDLE-NOTE")
    yield plain(good, "a file more", lambda bag: bag.files.update({"note.txt": b"x\n"}), "E-BUNDLE-STRAY")
    yield plain(good, "a hidden file more", lambda bag: bag.files.update({".cache": b"x\n"}), "E-BUNDLE-STRAY")
    yield unsigned(good, "a file 40 folders deep", both(
        lambda bag: bag.files.update({"a/" * 40 + "x": b"x\n"}), Bag.relist), "E-BUNDLE-STRAY")
    yield plain(good, "a file more, listed", both(lambda bag: bag.files.update({"note.txt": b"x\n"}), Bag.retag),
                "E-BUNDLE-NOTE")


def checkpoints(good: Bag) -> Iterator[Mutant]:
    """The checkpoint changed, alone and in every proof."""
    old = good.files["checkpoint"]
    size = b"\n%d\n" % (good.indexes()[-1] + 1)
    for name, change, status, codes in (
        ("another size", put(size, b"\n9\n"), 1, ("E-CHECKPOINT-INVALID", "E-BUNDLE-CHANGED")),
        ("a size with a leading zero", put(b"\n", b"\n0"), 1, ("E-CHECKPOINT-INVALID",)),
        ("another root", line_changed(2, lambda _: base64.b64encode(bytes(32))), 1, ("E-CHECKPOINT-INVALID",)),
        ("another origin", lambda data: b"x" + data, 1, ("E-BUNDLE-CHANGED", "E-KEY-NOT-PINNED")),
        ("an extension line", put(b"\n\n", b"\nextension\n\n"), 1, ("E-CHECKPOINT-INVALID",)),
        ("no signature", lambda data: data[:data.rindex(b"\n\n") + 1], 1, ("E-CHECKPOINT-INVALID",)),
        ("a signature changed", lambda data: flipped(data, -20), 1, ("E-CHECKPOINT-INVALID",)),
        ("an unknown key id", line_changed(4, lambda line: line.replace(line.split(b" ")[2][:4], b"AAAA")), 3,
         ("E-KEY-NOT-PINNED",)),
        ("carriage returns", crlf, 1, ("E-CHECKPOINT-INVALID",)),
        ("cut short", lambda data: data[:60], 1, ("E-CHECKPOINT-INVALID",)),
        ("empty", lambda _: b"", 1, ("E-CHECKPOINT-INVALID",)),
        ("a record's bytes", lambda _: good.files[record(ENTRY)], 1, ("E-CHECKPOINT-INVALID",)),
    ):
        new = change(old)
        yield plain(good, f"checkpoint: {name}", edit("checkpoint", lambda _: new), "E-BUNDLE-CHANGED")
        yield unsigned(good, f"checkpoint: {name}, in every proof", both(
            lambda bag: bag.set_checkpoint(new), Bag.relist), *codes, status=status)
    yield unsigned(good, "checkpoint: another size, in every proof and in bag-info.txt", both(
        lambda bag: bag.set_checkpoint(put(size, b"\n9\n")(old)),
        lambda bag: bag.set_info("Provenance-Log-Size", "9"), Bag.relist), "E-CHECKPOINT-INVALID")


def notes(good: Bag) -> Iterator[Mutant]:
    """bundle.note changed or removed."""
    text = good.files[NOTE].split(b"\n\n")[0]
    for name, change in {
        "a bit flipped": flip(NOTE, 0), "a signature changed": edit(NOTE, lambda data: flipped(data, -20)),
        "another digest": edit(NOTE, put(b"\ntagmanifest ", b"\ntagmanifest 0")),
        "another size": edit(NOTE, put(b"\nsize ", b"\nsize 1")), "another log": edit(NOTE, put(b"\nlog ", b"\nlog x")),
        "another version": edit(NOTE, put(b"bundle@v1", b"bundle@v2")),
        "a line more": edit(NOTE, put(b"\n\n", b"\nviews none\n\n")), "a line less": edit(NOTE, line_dropped(3)),
        "no signature": edit(NOTE, lambda _: text + b"\n"), "carriage returns": edit(NOTE, crlf),
        "cut short": edit(NOTE, lambda data: data[:90]), "empty": edit(NOTE, lambda _: b""),
        "a record's bytes": edit(NOTE, lambda _: good.files[record(ENTRY)]),
        "the checkpoint's bytes": edit(NOTE, lambda _: good.files["checkpoint"]),
        "twice": edit(NOTE, lambda data: data + data),
        "a broken signature line more": edit(NOTE, lambda data: data + "\u2014 x\n".encode()),
        "another's signature": edit(NOTE, lambda _: text + b"\n\n" + last_line(good.files[record(ENTRY)])),
        "gone": lambda bag: bag.drop(NOTE),
    }.items():
        yield plain(good, f"note: {name}", change, "E-BUNDLE-NOTE")

    def promise(bag: Bag) -> None:
        bag.files[INFO] += b"Provenance-Signer: " + text.split(b"\n")[1][7:] + b"\n"
        bag.retag()

    yield unsigned(good, "bag-info.txt promises a note", promise, "E-BUNDLE-NOTE")
    yield plain(good, "note: not promised in bag-info.txt", both(
        edit(INFO, lambda data: data.replace(last_line(data), b"")), Bag.retag), "E-BUNDLE-NOTE")


def links(good: Bag) -> Iterator[Mutant]:
    """Links and pipes are never opened, even where they lead to the right bytes."""
    post = good.post(ENTRY)

    def link(*paths: str, at: str) -> Change:
        """Moves files elsewhere in the bundle, lists them there, and links to them."""
        def change(bag: Bag) -> None:
            bag.files |= {f"moved/{path}": bag.files[path] for path in paths}
            bag.relist()
            bag.drop(*paths)
            bag.links[at] = "../" * at.count("/") + f"moved/{at}"
        return change

    for path in (post, record(ENTRY), proof(ENTRY), "manifest.json", "keys/log.vkey"):
        yield unsigned(good, f"{path.split('/')[0]}: a link to the same bytes", link(path, at=path), "E-BUNDLE-STRAY",
                       "E-BUNDLE-MISSING", verifiers=NO_PAGE)
    yield unsigned(good, "records: a link to a folder of the same files", link(
        *[record(index) for index in good.indexes()], at="records"), "E-BUNDLE-STRAY", "E-BUNDLE-MISSING",
        verifiers=NO_PAGE)
    yield unsigned(good, "checkpoint: a link to the same bytes", link("checkpoint", at="checkpoint"),
                   "E-BUNDLE-MALFORMED", status=2, verifiers=NO_PAGE)
    for name, target in (("a file outside", "/etc/passwd"), ("nothing", "nowhere"), ("its own folder", ".")):
        yield plain(good, f"a link more, to {name}", lambda bag: bag.links.update({"more": target}), "E-BUNDLE-STRAY",
                    verifiers=NO_PAGE)
    yield plain(good, "a link more below data", lambda bag: bag.links.update({"data/more.md": "../checkpoint"}),
                "E-BUNDLE-STRAY", verifiers=NO_PAGE)
    yield plain(good, "a pipe more", lambda bag: bag.pipes.append("more"), "E-BUNDLE-STRAY", verifiers=NO_PAGE)
    yield plain(good, "post: a pipe", lambda bag: (bag.drop(post), bag.pipes.append(post)), "E-BUNDLE-STRAY",
                "E-BUNDLE-MISSING", verifiers=NO_PAGE)
    yield plain(good, "post: a folder", lambda bag: bag.files.update({f"{post}/x": bag.files.pop(post)}),
                "E-BUNDLE-STRAY", "E-BUNDLE-MISSING")


def absent(good: Bag) -> Iterator[Mutant]:
    """Removes what makes a folder a bundle."""
    for path in (TAGS, PAYLOAD, INFO, "checkpoint"):
        yield plain(good, f"{path}: gone", lambda bag: bag.drop(path), "E-BUNDLE-MALFORMED", status=2)
    for path in (TAGS, PAYLOAD, INFO):
        yield plain(good, f"{path}: empty", edit(path, lambda _: b""))

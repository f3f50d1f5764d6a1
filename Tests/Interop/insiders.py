"""Mutants by the operator, made with the archive's private keys: other verifiers, false records, careless lists."""

import re
from collections.abc import Iterator

from archive import flipped
from bag import INFO, NOTE, Bag, proof, record, sha256
from edits import ENTRY, NEIGHBOUR, both, crlf, edit, last_line, put
from forgeries import relog, resign, text_of
from signer import Signer
from wanted import ALL, PROGRAM, Change, Mutant, plain


def verifiers(good: Bag, signer: Signer) -> Iterator[Mutant]:
    """By the signer, who put other verifiers into the bundle: only a verifier from elsewhere can expose them."""
    script = b"<script>alert(1)</script>"
    element = re.compile(rb'<script type="application/json" id="bundle-data">.*</script>')
    for path, changed in {
        "verify.sh": {
            "it accepts everything": lambda data: data.replace(b"\n", b"\nexit 0\n", 1),
            "a comment more": lambda data: data + b"# x\n", "carriage returns": crlf,
            "a bit flipped": lambda data: flipped(data, len(data) // 2), "empty": lambda _: b""},
        "VERIFY.md": {"a line more": lambda data: data + b"Download the verifier from https://x.example/\n"},
        "evidence.html": {
            "a script more": put(b"</title>", b"</title>" + script),
            "a byte more": lambda data: data + b"\n", "carriage returns": crlf,
            "a bit flipped outside its data": lambda data: flipped(data, 40),
            "another script in place of its data": lambda data: element.sub(script, data),
            "a script beside its data": lambda data: element.sub(lambda found: found[0] + script, data),
            "a script within its data": put(b'"bundle-data">{', b'"bundle-data">{"</script><script>alert(1)//":0,'),
            "its data twice": lambda data: element.sub(lambda found: found[0] + b"\n" + found[0], data),
            "its data of another type": lambda data: data.replace(b"application/json", b"text/javascript", 1),
            "no data element": lambda data: element.sub(b"", data), "empty": lambda _: b""},
    }.items():
        for name, change in changed.items():
            yield plain(good, f"{path}: {name}, signed", both(
                edit(path, change), Bag.relist, lambda bag: bag.sign(signer)), "E-VERIFIER-UNKNOWN",
                verifiers=(PROGRAM,))


def liars(good: Bag, log: Signer, signer: Signer) -> Iterator[Mutant]:
    """By the operator: signed records and lists that are false or malformed."""
    path = record(ENTRY)
    fields = dict(line.split(" ", 1) for line in text_of(good.files[path]).decode().splitlines()[1:])

    def lied(name: str, *made: Change | str, status: int = 1, verifiers: tuple[str, ...] = ALL) -> Mutant:
        changes = [each for each in made if callable(each)]
        codes = [each for each in made if isinstance(each, str)]
        return plain(good, name, both(*changes, lambda bag: relog(bag, log), Bag.relist, lambda bag: bag.sign(signer)),
                     *codes, status=status, verifiers=verifiers)

    def stated(label: str, value: str) -> Change:
        """Replaces a value in the record."""
        old, new = (f"\n{label} {text}\n".encode() for text in (fields[label], value))
        return edit(path, resign(signer, put(old, new)))

    other = sha256(b"")
    yield lied("a record of another size", stated("size", f"1{fields['size']}"), "E-RECORD-MISMATCH")
    root, passages = fields["text"].split()
    for name, label, value in (
        ("front", "front", other), ("body", "body", other), ("published", "published", "1"),
        ("source", "source", "https://x.example/"), ("source by a character", "source", fields["source"] + "#"),
        ("date", "dated", "2000-01-01"), ("text", "text", f"{other} 0"),
        ("number of passages", "text", f"{root} 1{passages}"), ("root of passages", "text", f"{other} {passages}")):
        yield lied(f"a record of another {name}", stated(label, value), "E-RECORD-MISMATCH")
    yield lied("a record without published", edit(path, resign(signer, put(
        f"\npublished {fields['published']}".encode(), b""))), "E-RECORD-MISMATCH")
    yield lied("a record of another post", stated("sha256", other), "E-BUNDLE-STRAY", "E-CONTENT-NOT-COMPARED")
    yield lied("a record of other bytes", stated("sha256", other), lambda bag: bag.files.update({
        f"data/sha256/{other[:2]}/{other}.md": bag.files.pop(good.post(ENTRY))}), "E-ALTERED")

    for label, value in (("sha256", fields["sha256"].upper()), ("size", f"0{fields['size']}"), ("published", "+1"),
                         ("dated", "tomorrow"), ("recorded", "-1"), ("text", fields["text"] + " "),
                         ("source", "https://x.example/\ty"), ("source", "https://x.example/ ")):
        yield lied(f"a malformed record: {label}", stated(label, value), "E-ENTRY-MALFORMED")
    for name, change in {
        "a line more": lambda text: text + b"note x\n", "a line less": lambda text: re.sub(rb"body .*\n", b"", text),
        "two lines swapped": lambda text: re.sub(rb"(front .*\n)(body .*\n)", rb"\2\1", text),
    }.items():
        yield lied(f"a malformed record: {name}", edit(path, resign(signer, change)), "E-ENTRY-MALFORMED")
    # Its first line names another kind, so that no entry records the post.
    yield lied("a record with carriage returns", edit(path, resign(signer, lambda text: text.replace(b"\n", b"\r\n"))),
               "E-BUNDLE-STRAY")
    yield lied("a record without a signature", edit(path, text_of), "E-ENTRY-MALFORMED")
    yield lied("a record with a signature twice", edit(path, lambda note: note + last_line(note)), "E-ENTRY-MALFORMED")
    yield lied("a record with nine signatures", edit(path, lambda note: note + b"".join(
        Signer.stranger(f"{number}.example").line(text_of(note)) for number in range(8))), "E-ENTRY-MALFORMED")
    yield lied("a record whose signature is wrong", edit(path, lambda note: text_of(note) + b"\n" + signer.line(
        b"another text\n")), "E-SIGNATURE-INVALID")
    yield lied("a record with another's signature", edit(path, lambda note: text_of(note) + b"\n" + last_line(
        good.files[record(NEIGHBOUR)])), "E-SIGNATURE-INVALID")
    yield lied("a record that the log's key signed", edit(path, resign(log)), "E-SIGNATURE-INVALID")
    stranger = Signer.stranger("stranger.example")
    yield lied("a record by a signer who is not pinned", edit(path, resign(stranger, put(
        f"\nsigner {signer.name}".encode(), b"\nsigner stranger.example"))), "E-KEY-NOT-PINNED", status=3)
    accession = record(good.indexes()[-1])
    yield lied("an accession of another log", edit(accession, resign(signer, put(b"\nlog ", b"\nlog x"))),
               "E-ENTRY-MALFORMED")
    yield lied("a key's life that cannot be read", edit(path, lambda _: signer.note(b"provenance/key@v9\nrevoke\n")),
               lambda bag: bag.drop(good.post(ENTRY)), "E-KEY-LIFE-UNREADABLE", status=3)


def careless(good: Bag, log: Signer, signer: Signer) -> Iterator[Mutant]:
    """By the operator: a signed checkpoint, bag-info.txt or note that does not have its required form or values."""
    long = signer.note(b"provenance/x@v1\n" + b"x" * 65_536 + b"\n")
    yield plain(good, "an entry of over 65,535 bytes", both(
        edit(record(good.indexes()[-1]), lambda _: long), lambda bag: relog(bag, log), Bag.relist,
        lambda bag: bag.sign(signer)))
    yield plain(good, "an earlier checkpoint", both(
        lambda bag: relog(bag, log, 9), Bag.relist, lambda bag: bag.sign(signer)), "E-BUNDLE-CHANGED",
        "E-INCLUSION-INVALID")
    size = good.info("Provenance-Log-Size").encode()
    for name, change in {
        "a size with a leading zero": put(b"\n" + size, b"\n0" + size),
        "no root": lambda text: b"".join(text.splitlines(True)[:2]),
        "a short root": put(b"=\n", b"\n"), "an empty line": lambda text: text + b"\n",
    }.items():
        yield plain(good, f"a signed checkpoint with {name}", both(lambda bag: bag.set_checkpoint(resign(log, change)(
            bag.files["checkpoint"])), Bag.relist, lambda bag: bag.sign(signer)), "E-CHECKPOINT-INVALID")

    def only_unknown(bag: Bag) -> None:
        *others, last = bag.indexes()
        bag.files[record(last)] = signer.note(b"provenance/x@v1\nanything\n")
        relog(bag, log)
        bag.drop(*[path for path in bag.files if path.startswith("data/")], *map(record, others), *map(proof, others))
        bag.set_info("Provenance-Selection", "filter")

    yield plain(good, "an entry of an unknown kind alone", both(only_unknown, Bag.relist, lambda bag: bag.sign(signer)),
                "E-NOTHING-CHECKED", status=3)
    for label, value, code in (("Provenance-Selection", "0..13", "E-INCOMPLETE"), ("Provenance-Log-Size", "14",
                               "E-BUNDLE-CHANGED"), ("Payload-Oxum", "1.1", "E-BUNDLE-CHANGED")):
        yield plain(good, f"{label}: {value}, signed", both(lambda bag: bag.set_info(label, value), Bag.retag,
                                                            lambda bag: bag.sign(signer)), code)
    yield plain(good, "a signed note that bag-info.txt does not promise", both(
        edit(INFO, lambda data: data.replace(last_line(data), b"")), Bag.retag, lambda bag: bag.sign(signer)),
        "E-BUNDLE-NOTE")
    for old, new in ((b"\nsigner ", b"\nsigner x"), (b"\nlog ", b"\nlog x"), (b"\nsize ", b"\nsize 1"),
                     (b"bundle@v1", b"bundle@v2"), (b"\ntagmanifest ", b"\nmanifest ")):
        yield plain(good, f"a signed note with {new.decode().strip()}", edit(NOTE, resign(signer, put(old, new))),
                    "E-BUNDLE-NOTE")


def allowed(good: Bag, log: Signer, signer: Signer) -> Iterator[Mutant]:
    """By the operator, and honest: every verifier must accept these."""
    stranger = Signer.stranger("witness.example")
    last = good.indexes()[-1]
    for name, path, change in (
        ("an entry of an unknown kind", record(last), lambda _: signer.note(b"provenance/x@v1\nanything\n")),
        ("an entry that is no note", record(last), lambda _: b"\xff\x00"),
        ("another time of recording", record(ENTRY), resign(signer, put(b"\nrecorded 1", b"\nrecorded 2"))),
        ("a record that a stranger signed too", record(ENTRY), lambda note: note + stranger.line(text_of(note))),
    ):
        yield plain(good, name, both(edit(path, change), lambda bag: relog(bag, log), Bag.relist,
                                     lambda bag: bag.sign(signer)), status=0)

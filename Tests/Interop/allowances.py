"""Harmless changes that anyone may make: every verdict stays the same."""

import base64
from collections.abc import Iterator

from bag import NOTE, Bag, proof, record
from edits import ENTRY, both, edit, flip
from signer import Signer
from wanted import Change, Mutant, plain, unsigned


def controls(good: Bag) -> Iterator[Mutant]:
    """They remove something optional, or add something that proves nothing."""
    yield plain(good, "nothing changed", lambda _: None, status=0)
    yield unsigned(good, "nothing changed", lambda _: None, status=0)
    for path in ("manifest.json", "datapackage.json", "keys/log.vkey"):
        yield unsigned(good, f"{path}: a bit flipped", both(flip(path), Bag.relist), status=0)
    yield unsigned(good, "a view less", both(lambda bag: bag.drop("datapackage.json"), Bag.relist), status=0)
    yield unsigned(good, "no verifiers", both(
        lambda bag: bag.drop("evidence.html", "verify.sh", "VERIFY.md"), Bag.relist), status=0)
    yield unsigned(good, "a withheld.txt beside posts", both(
        lambda bag: bag.files.update({"data/withheld.txt": b"x\n"}), Bag.relist), status=0)
    yield unsigned(good, "a file more, listed", both(lambda bag: bag.files.update({"note.txt": b"x\n"}), Bag.relist),
                   status=0)

    def only(*indexes: int) -> Change:
        def change(bag: Bag) -> None:
            for index in bag.indexes():
                if index not in indexes:
                    bag.drop(*[path for path in (record(index), proof(index), bag.post(index)) if path in bag.files])
            bag.set_info("Provenance-Selection", "filter")
            bag.relist()
        return change

    yield unsigned(good, "some entries as a filter", only(2, ENTRY), status=0)
    yield unsigned(good, "a range said to be a filter", both(
        lambda bag: bag.set_info("Provenance-Selection", "filter"), Bag.relist), status=0)

    def withhold(bag: Bag) -> None:
        bag.drop(*[path for path in bag.files if path.startswith("data/")])
        bag.files["data/withheld.txt"] = b"x\n"
        bag.set_info("Provenance-Posts", "withheld")
        bag.relist()

    yield unsigned(good, "posts taken out and said to be withheld", withhold, status=0)
    line = "\u2014 witness.example ".encode() + base64.b64encode(bytes(76)) + b"\n"
    yield unsigned(good, "a signature of an unknown key more on the checkpoint", both(
        lambda bag: bag.set_checkpoint(bag.files["checkpoint"] + line), Bag.relist), status=0)
    stranger = Signer.stranger(good.info("Provenance-Signer"))
    yield plain(good, "the note a stranger's", lambda bag: bag.sign(stranger), status=0)
    yield plain(good, "a signature of an unknown key more on the note", edit(NOTE, lambda data: data + line), status=0)

"""Mutants by a forger who has keys of their own under the archive's names."""

import base64
from collections.abc import Callable, Iterator

import merkle
from bag import NOTE, Bag, proof, record
from edits import ENTRY, both, edit, flip, put
from signer import Signer
from wanted import Change, Mutant, plain

HTTP = put(b"\nsource https://", b"\nsource http://")


def text_of(note: bytes) -> bytes:
    """A note's text."""
    return note[:note.rindex(b"\n\n") + 1]


def resign(signer: Signer, change: Callable[[bytes], bytes] = lambda text: text) -> Callable[[bytes], bytes]:
    """Changes a note's text and signs it."""
    return lambda note: signer.note(change(text_of(note)))


def relog(bag: Bag, log: Signer, size: int | None = None) -> None:
    """Makes the log anew from all or the first of the records as they are: checkpoint and proofs."""
    leaves = [merkle.leaf_hash(bag.files[record(index)]) for index in bag.indexes()][:size]
    root = base64.b64encode(merkle.root(leaves)).decode()
    bag.set_checkpoint(log.note(f"{log.name}\n{len(leaves)}\n{root}\n".encode()))
    for index in range(len(leaves)):
        hashes = [base64.b64encode(item).decode() for item in merkle.inclusion(leaves, index)]
        lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *hashes, "", ""]
        bag.files[proof(index)] = "\n".join(lines).encode() + bag.files["checkpoint"]


def published(log: Signer, signer: Signer) -> Change:
    """Replaces the bundle's own keys by these."""
    return lambda bag: bag.files.update({
        "keys/log.vkey": f"{log.vkey}\n".encode(), "keys/policy": f"log {log.vkey}\nquorum none\n".encode(),
        "keys/signer.vkey": f"{signer.vkey}\n".encode(), "keys/signers": f"{signer.vkey}\n".encode()})


def mutants(good: Bag) -> Iterator[Mutant]:
    """The forger also puts these public keys into the bundle, where no verifier may take keys from."""
    log, signer = (Signer.stranger(good.info(f"Provenance-{role}")) for role in ("Log", "Signer"))
    log_id, signer_id = (base64.b64decode(good.files[path].split(b" ")[-1])[:4] for path in ("checkpoint", NOTE))
    path = record(ENTRY)

    def forged(name: str, *made: Change | str, status: int = 1, key_id: bytes | None = None) -> Mutant:
        changes = [each for each in made if callable(each)]
        codes = [each for each in made if isinstance(each, str)]
        return plain(good, name, both(published(log, signer), *changes, Bag.relist, lambda bag: bag.sign(
            signer, key_id)), *codes, status=status)

    def every_record(bag: Bag) -> None:
        for index in bag.indexes():
            edit(record(index), resign(signer))(bag)

    def relogged(bag: Bag) -> None:
        relog(bag, log)

    def under_pinned_id(bag: Bag) -> None:
        bag.set_checkpoint(log.note(text_of(bag.files["checkpoint"]), log_id))

    yield forged("a stranger's note over a changed record", edit(path, resign(signer, HTTP)), "E-INCLUSION-INVALID")
    yield forged("a stranger's note over a record that he signed", edit(path, resign(signer)), "E-INCLUSION-INVALID")
    yield forged("a stranger's note over a changed proof", flip(proof(ENTRY), 0.3), "E-INCLUSION-INVALID")
    yield forged("a stranger's note over a changed post", flip(good.post(ENTRY)), "E-ALTERED")
    yield forged("a stranger's note under the pinned key's id", "E-BUNDLE-NOTE", key_id=signer_id)
    yield forged("everything made anew by a stranger", every_record, relogged, "E-KEY-NOT-PINNED", status=3)
    yield forged("the log made anew by a stranger", relogged, "E-KEY-NOT-PINNED", status=3)
    yield forged("the log made anew by a stranger under the pinned key's id", relogged, under_pinned_id,
                 "E-CHECKPOINT-INVALID")
    yield forged("a record changed, and the log made anew by a stranger", edit(path, HTTP), relogged,
                 "E-SIGNATURE-INVALID")

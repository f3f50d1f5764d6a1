"""Verifying a manifest: a second implementation of Documentation/formats/manifest.md.

    manifest.py MANIFEST --keys FOLDER

FOLDER has `log.vkey` and `signers` in the form of an archive's keys/, obtained elsewhere than from the manifest. The
exit status is that of `provenance verify`: 0 verified, 1 failed, 2 no manifest, 3 inconclusive.
"""

import argparse
import base64
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import rfc8785

import merkle
import statements
from archive import Note
from publickeys import Keys, keys_of, signed
from statements import KINDS, parsed

NO_JSON = "no JSON that RFC 8785 could write"


class Malformed(Exception):
    """It is no manifest: exit status 2."""


class Unreadable(Exception):
    """A manifest with a malformed checkpoint: exit status 1."""


@dataclass
class Verdict:
    """The problems found, and what could not be judged."""

    failed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """1 outranks 3 outranks 0."""
        return 1 if self.failed else 3 if self.unknown else 0


def pinned(folder: Path) -> tuple[Keys, Keys]:
    """The log keys and the signers' keys of a folder."""
    lines = [line for line in (folder / "signers").read_text().splitlines() if line and not line.startswith("#")]
    return keys_of((folder / "log.vkey").read_text().strip()), keys_of(*lines)


def need(holds: bool, reason: str) -> None:
    """Raises Malformed."""
    if not holds:
        raise Malformed(reason)


def unbase64(text: object, length: int | None = None) -> bytes:
    """Canonical base64. Raises Malformed."""
    need(isinstance(text, str), "no base64")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("no base64") from error
    need(base64.b64encode(data).decode() == text and length in (None, len(data)), "base64 in another spelling")
    return data


def hashes(value: object) -> list[bytes]:
    """A proof. Raises Malformed."""
    need(isinstance(value, list) and len(value) <= 63, "no proof")
    return [unbase64(item, 32) for item in value]


def number(value: object) -> int:
    """A whole number. Raises Malformed."""
    need(type(value) is int and 0 <= value < 1 << 53, "no whole number")
    return value


def members(value: object, required: set[str], optional: set[str] = frozenset()) -> dict:
    """An object with these members and no others. Raises Malformed."""
    need(isinstance(value, dict) and required <= value.keys() <= required | optional, f"members other than {required}")
    return value


def tree(text: object, keys: Keys, verdict: Verdict) -> tuple[str, int, bytes]:
    """A checkpoint: origin, size and root.

    Raises Malformed and Unreadable.
    """
    need(isinstance(text, str), "no checkpoint")
    try:
        note = Note.parse(text.encode())
        origin, size, root, *_ = note.lines
        tree_root = base64.b64decode(root, validate=True)
        if str(int(size)) != size or len(tree_root) != 32 or base64.b64encode(tree_root).decode() != root:
            raise ValueError("size or root in another spelling")
    except ValueError as error:
        raise Unreadable(f"checkpoint: {error}") from error
    log_keys = {key: value for key, value in keys.items() if key[0] == origin}
    answer = signed(note, log_keys)
    if answer is False:
        verdict.failed.append("checkpoint: a pinned key's signature is wrong")
    elif answer is None:
        verdict.unknown.append("checkpoint: no pinned key signed it")
    return origin, int(size), tree_root


def entry(item: dict, head: tuple[str, int, bytes], signers: Keys, verdict: Verdict) -> int:
    """One of the entries under a checkpoint's origin, size and root; its index. Raises Malformed."""
    origin, size, root = head
    members(item, {"index", "proof"}, {"note", "entry64", "placements", "title"})
    need(("note" in item) != ("entry64" in item), "not one of note and entry64")
    need(isinstance(item.get("title", ""), str), "title")
    need(isinstance(item.get("placements", []), list), "placements")
    for label in item.get("placements", []):
        members(label, {"root"}, {"path", "path64"})
        need(len(label) == 2 and isinstance(label["root"], str), "placement")
        need(isinstance(label.get("path", ""), str), "placement")
        unbase64(label.get("path64", ""))
    index, proof = number(item["index"]), hashes(item["proof"])
    if "note" in item:
        need(isinstance(item["note"], str), "note")
        data = item["note"].encode()
    else:
        data = unbase64(item["entry64"])
    try:
        if merkle.root_of_inclusion(merkle.leaf_hash(data), index, size, proof) != root:
            raise ValueError("another root")
    except ValueError as error:
        verdict.failed.append(f"entry {index}: inclusion: {error}")
    kind = data.split(b"\n", 1)[0].decode(errors="replace")
    if kind in KINDS:
        try:
            note = Note.parse(data)
            fields = parsed(note)
            answer = signed(note, {key: value for key, value in signers.items() if key[0] == fields["signer"]})
            if fields.get("log", origin) != origin:
                verdict.failed.append(f"entry {index}: of another log")
        except (ValueError, KeyError, statements.Invalid):
            answer = False
        if answer is False:
            verdict.failed.append(f"entry {index}: signature")
        elif answer is None:
            verdict.unknown.append(f"entry {index}: no pinned signer")
    elif kind.startswith("provenance/key@"):
        verdict.unknown.append(f"entry {index}: a key's life that cannot be read")
    return index


def selection(value: dict, indexes: list[int], size: int, since: int | None, verdict: Verdict) -> None:
    """The range or filter. Raises Malformed."""
    need(isinstance(value, dict), "selection")
    if value.get("kind") == "range":
        members(value, {"count", "from", "kind", "to"})
        first, last = number(value["from"]), number(value["to"])
        need(first <= last, "a range from behind its end")
        if indexes != list(range(first, last)) or last > size:
            verdict.failed.append("selection: the range is not whole")
        if since is not None and (first, last) != (since, size):
            verdict.failed.append("selection: not what the log grew by")
    else:
        members(value, {"count", "filter", "kind"})
        need(value["kind"] == "filter" and isinstance(value["filter"], dict) and since is None, "filter")
        for word in value["filter"].values():
            words = word if isinstance(word, list) else [word]
            need(all(isinstance(item, str) for item in words) or type(word) is int, "filter")
    if number(value["count"]) != len(indexes):
        verdict.failed.append("selection: the count")
    if not indexes:
        verdict.unknown.append("selection: nothing was checked")


def verify(data: bytes, log_keys: Keys, signers: Keys) -> Verdict:
    """Verifies a manifest. Raises Malformed and Unreadable."""
    try:
        document = json.loads(data)
        need(rfc8785.dumps(document) == data, "not in canonical form")
    except (ValueError, RecursionError) as error:
        raise Malformed(NO_JSON) from error
    members(document, {"$format", "checkpoint", "entries", "keys", "selection"}, {"consistency"})
    need(document["$format"] == "provenance/manifest@v1", "another format")
    verdict = Verdict()
    origin, size, root = tree(document["checkpoint"], log_keys, verdict)
    since = None
    if "consistency" in document:
        link = members(document["consistency"], {"checkpoint", "proof"})
        earlier, since, old_root = tree(link["checkpoint"], log_keys, verdict)
        try:
            roots = merkle.roots_of_consistency(old_root, since, size, hashes(link["proof"]))
            if earlier != origin or roots != (old_root, root):
                raise ValueError("another log")
        except ValueError as error:
            verdict.failed.append(f"consistency: {error}")
    need(isinstance(document["entries"], list), "entries")
    indexes = [entry(item, (origin, size, root), signers, verdict) for item in document["entries"]]
    need(all(low < high for low, high in zip(indexes, indexes[1:])), "indexes that do not ascend")
    keys = document["keys"]
    need(isinstance(keys, list) and all(isinstance(key, str) for key in keys), "keys")
    selection(document["selection"], indexes, size, since, verdict)
    return verdict


def status(data: bytes, folder: Path) -> tuple[int, list[str]]:
    """The exit status, and the reasons for it."""
    try:
        verdict = verify(data, *pinned(folder))
    except Malformed as reason:
        return 2, [str(reason)]
    except Unreadable as reason:
        return 1, [str(reason)]
    return verdict.status, verdict.failed + verdict.unknown


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify a manifest.")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--keys", type=Path, required=True)
    arguments = parser.parse_args()
    code, reasons = status(arguments.manifest.read_bytes(), arguments.keys)
    print({0: "VERIFIED", 1: "FAILED", 2: "MALFORMED", 3: "INCONCLUSIVE"}[code], *reasons, sep="\n  ")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Verifying a bundle: a second implementation of Documentation/formats/bundle.md.

    bundle.py BUNDLE --keys FOLDER

The exit status and the last line's word are those of `provenance verify`. Witnesses' cosignatures are not read here: a
policy with a quorum counts as not met. Copies of the verifiers are not compared with released ones. Given the reader of front
matter that knows no YAML, the claims are those of verify.sh and evidence.html (`forms.read_plain_keys`).
"""

import argparse
import base64
import os
import re
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path

import forms
import merkle
import statements
from archive import Note
from bag import INFO, NOTE, PAYLOAD, TAGS, sha256
from litter import is_left
from pins import LOW_ORDER
from posts import Refused, check_date, one_line, read
from publickeys import Keys, keys_of, signed
from statements import KINDS, parsed

DEEPEST = 32
LONGEST_ENTRY = 65_535
LARGEST = 64 << 30

NUMBER = "(?:0|[1-9][0-9]{0,18})"
PATH = r"(?!/)(?!.*//)(?!.*/$)(?!(?:.*/)?\.{1,2}(?:/|$))[a-zA-Z0-9._/-]+"
LINE = re.compile(rf"([0-9a-f]{{64}})  ({PATH})\n")
LABELS = re.compile(
    r"Bag-Software-Agent: provenance\n(?:Bagging-Date: [0-9]{4}-[0-9]{2}-[0-9]{2}\n)?"
    rf"Payload-Oxum: (?P<oxum>{NUMBER}\.{NUMBER})\nProvenance-Bundle: (?P<form>provenance/bundle@v[12])\n"
    rf"Provenance-Log: (?P<log>\S+)\nProvenance-Log-Size: (?P<size>{NUMBER})\n"
    r"Provenance-Posts: (?P<posts>included|withheld)\n"
    rf"Provenance-Selection: (?P<selection>filter|{NUMBER}\.\.{NUMBER})\n"
    r"(?:Provenance-Signer: (?P<signer>\S+)\n)?")
POST = re.compile(
    rf"provenance/post@v1\nsigner (?P<signer>[^\s+]+)\nsha256 (?P<sha256>[0-9a-f]{{64}})\nsize (?P<size>{NUMBER})\n"
    rf"source (?P<source>.+)\ndated (?P<dated>.+)\n(?:published (?P<published>-?{NUMBER})\n)?recorded {NUMBER}\n"
    rf"front [0-9a-f]{{64}}\nbody [0-9a-f]{{64}}\ntext [0-9a-f]{{64}} {NUMBER}\n")


Fields = dict[str, str]


class Malformed(Exception):
    """No bundle, or no keys: a code and a reason, and exit status 2."""


@dataclass
class Findings:
    """Codes with places, by the exit status that they lead to."""

    found: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, code: str, place: object, status: int = 1) -> None:
        self.found.append((status, code, str(place)))

    @property
    def status(self) -> int:
        """1 outranks 3, 3 outranks 0."""
        return min((status for status, _, _ in self.found), default=0)


@dataclass(frozen=True)
class Pins:
    """The keys of a folder that is not the bundle's."""

    logs: Keys
    signers: Keys
    has_quorum: bool

    @classmethod
    def read(cls, folder: Path) -> "Pins":
        """Raises Malformed."""
        names = sorted(path.name for path in folder.iterdir())
        logs = [line for name in names if re.fullmatch(r"log(-.*)?\.vkey", name) for line in lines_of(folder / name)]
        signers = [line for name in names if re.fullmatch(r"signer(-.*)?\.vkey|signers", name)
                   for line in lines_of(folder / name)]
        policy = [line.split() for line in lines_of(folder / "policy")] if "policy" in names else []
        listed = [words[1] for words in policy if words[0] == "log"]
        members = {words[1] for words in policy if words[0] in ("witness", "group")} | {"none"}
        if any(words[0] not in ("log", "witness", "group", "quorum") for words in policy):
            raise Malformed("E-KEY", "an unknown word in the policy")
        if any(words[0] == "quorum" and words[1] not in members for words in policy):
            raise Malformed("E-KEY", "a quorum of nobody")
        if policy and set(logs) - set(listed):
            raise Malformed("E-KEY", "a log key that the policy does not list")
        if not names or not (logs or listed or signers):
            raise Malformed("E-KEY", "no keys")
        witnesses = [words[2] for words in policy if words[0] == "witness"]
        try:
            pins = cls(keys_of(*listed, *logs), keys_of(*signers), ["quorum", "none"] in policy or not policy)
        except (ValueError, IndexError) as error:
            raise Malformed("E-KEY", str(error)) from error
        if any(key.public_bytes_raw() in LOW_ORDER for keys in (pins.logs, pins.signers) for key in keys.values()):
            raise Malformed("E-KEY", "a key that anybody can sign with")
        # "One public key has one role, under one name."
        taken: dict[bytes, tuple[str, str]] = {}
        for role, vkeys in (("log", [*listed, *logs]), ("witness", witnesses), ("signer", signers)):
            for vkey in vkeys:
                name, _, blob = vkey.split("+", 2)
                if taken.setdefault(base64.b64decode(blob)[1:], (role, name)) != (role, name):
                    raise Malformed("E-KEY-ROLE", vkey)
        return pins


def lines_of(path: Path) -> list[str]:
    """The lines of a key file, without comments."""
    return [line for line in path.read_text().split("\n") if line and not line.startswith("#")]


def named(keys: Keys, name: str) -> Keys:
    """The keys of one name."""
    return {key: value for key, value in keys.items() if key[0] == name}


def strict(data: bytes) -> Note:
    """A note in its one allowed spelling. Raises ValueError."""
    note = Note.parse(data)
    text = note.text.decode()
    if len(note.signatures) > 8 or len({key[:2] for key in note.signatures}) != len(note.signatures):
        raise ValueError("signatures")
    if any(scalar < " " and scalar != "\n" for scalar in text) or any(
            not name or not key_id or "+" in name for name, key_id, _ in note.signatures):
        raise ValueError("characters")
    return note


class Bundle:
    """A bundle and the problems found in it."""

    def __init__(self, folder: Path, pins: Pins, reader: forms.Reader = forms.read_keys) -> None:
        self.folder = folder
        self.pins = pins
        self.reader = reader
        # What is claimed of each entry, and how it stands.
        self.claims: dict[int, dict[str, str]] = {}
        self.findings = Findings()
        self.say = self.findings.add
        self.paths = set(self.walk())
        # "The checkpoint of a bundle@v2 is `checkpoint.note`, so that a reader of v1 alone finds no bundle."
        is_second = "checkpoint" not in self.paths and "checkpoint.note" in self.paths
        self.form = f"provenance/bundle@v{2 if is_second else 1}"
        self.head = "checkpoint.note" if is_second else "checkpoint"
        for path in (TAGS, PAYLOAD, INFO, self.head):
            if path not in self.paths:
                raise Malformed("E-BUNDLE-MALFORMED", f"no {path}")
        self.pass_over()
        self.info: dict[str, str | None] = {}
        self.proven = 0

    def walk(self):
        """The regular files; links and special files are stray and never opened."""
        for root, folders, names in os.walk(self.folder):
            for name in [*folders, *names]:
                status = Path(root, name).lstat()
                place = str(Path(root, name).relative_to(self.folder))
                is_folder = stat.S_ISDIR(status.st_mode)
                if place.count("/") + is_folder > DEEPEST:
                    self.say("E-BUNDLE-STRAY", place)
                elif stat.S_ISREG(status.st_mode):
                    # A name that no list can have is reported before the size.
                    if status.st_size > LARGEST and re.fullmatch("[a-zA-Z0-9._-]+", name):
                        self.say("E-BUNDLE-STRAY", place)
                    else:
                        yield place
                elif not is_folder:
                    self.say("E-BUNDLE-STRAY", place)

    def pass_over(self) -> None:
        """Whether the file is one that file managers leave."""
        listed = {match[2] for name in (PAYLOAD, TAGS)
                  for line in self.data(name).decode(errors="replace").splitlines(True)
                  if (match := LINE.fullmatch(line)) and match[2].startswith("data/") == (name == PAYLOAD)}
        self.paths = {path for path in self.paths if not is_left(path, listed)}

    def data(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    # The steps of bundle.md

    def read_info(self) -> None:
        """1. The values of bag-info.txt."""
        match = LABELS.fullmatch(self.data(INFO).decode(errors="replace"))
        if match and match["form"] == self.form:
            self.info = match.groupdict()
        else:
            self.say("E-BUNDLE-MALFORMED", INFO)

    def lists(self) -> None:
        """2. Lists."""
        listed: set[str] = {TAGS, NOTE}
        for name in (PAYLOAD, TAGS):
            for line in self.data(name).decode(errors="replace").splitlines(True):
                match = LINE.fullmatch(line)
                if not match or match[2] in listed or match[2].startswith("data/") != (name == PAYLOAD):
                    self.say("E-BUNDLE-MALFORMED", f"{name}: {line!r}")
                    continue
                listed.add(match[2])
                if match[2] not in self.paths:
                    self.say("E-BUNDLE-MISSING", match[2])
                elif sha256(self.data(match[2])) != match[1]:
                    self.say("E-BUNDLE-CHANGED", match[2])
        for path in sorted(self.paths - listed):
            self.say("E-BUNDLE-STRAY", path)
        payload = [path for path in self.paths & listed if path.startswith("data/")]
        oxum = f"{sum((self.folder / path).stat().st_size for path in payload)}.{len(payload)}"
        if self.info.get("oxum") not in (None, oxum):
            self.say("E-BUNDLE-CHANGED", INFO)

    def checkpoint(self) -> tuple[str, int, bytes] | None:
        """3. The checkpoint: origin, size and root where it is proven."""
        try:
            note = strict(self.data(self.head))
            origin, size, root64, *extensions = note.lines
            root = base64.b64decode(root64, validate=True)
            if not re.fullmatch(NUMBER, size) or len(root) != 32 or base64.b64encode(root).decode() != root64:
                raise ValueError(size)
            if not origin or not all(extensions):
                raise ValueError("empty line")
        except ValueError as error:
            self.say("E-CHECKPOINT-INVALID", f"{self.head}: {error}")
            return None
        self.origin = origin
        answer = signed(note, named(self.pins.logs, origin))
        if answer is False:
            self.say("E-CHECKPOINT-INVALID", f"{self.head}: a pinned key's signature is wrong")
        elif answer is None:
            self.say("E-KEY-NOT-PINNED", self.head, 3)
        elif not self.pins.has_quorum:
            self.say("E-QUORUM", self.head, 3)
        if self.info and (self.info["log"], self.info["size"]) != (origin, size):
            self.say("E-BUNDLE-CHANGED", f"{INFO}: another log or size than the checkpoint's")
        return (origin, int(size), root) if answer and self.pins.has_quorum else None

    def views(self) -> None:
        """4. The note over the tag manifest."""
        promised = self.info.get("signer")
        if NOTE not in self.paths:
            if promised:
                self.say("E-BUNDLE-NOTE", "gone")
            return
        try:
            note = strict(self.data(NOTE))
            signer = note.fields.get("signer", "")
            text = (f"{self.form}\nsigner {signer}\nlog {self.info.get('log')}\nsize {self.info.get('size')}\n"
                    f"tagmanifest {sha256(self.data(TAGS))}\n")
            if note.text != text.encode() or signer not in {name for name, _, _ in note.signatures}:
                raise ValueError("another text")
            if promised != signer or signed(note, named(self.pins.signers, signer)) is False:
                raise ValueError("another signer or a wrong signature")
        except (ValueError, IndexError) as error:
            self.say("E-BUNDLE-NOTE", error)

    def entries(self, head: tuple[str, int, bytes] | None) -> None:
        """5. Entries."""
        kinds = {"records": "note", "proofs": "tlog-proof"}
        found: dict[str, set[int]] = {kind: set() for kind in kinds}
        for path in sorted(self.paths):
            kind, _, name = path.partition("/")
            if kind in kinds and name:
                match = re.fullmatch(rf"({NUMBER})\.{kinds[kind]}", name)
                if match and int(match[1]) < 1 << 63:
                    found[kind].add(int(match[1]))
                else:
                    self.say("E-BUNDLE-MALFORMED", path)
        for kind, ending in kinds.items():
            for index in sorted((found["records"] | found["proofs"]) - found[kind]):
                self.say("E-BUNDLE-MISSING", f"{kind}/{index}.{ending}")
        if not found["records"]:
            self.say("E-NOTHING-CHECKED", "records", 3)
        self.indexes = sorted(found["records"])
        posts = {"data/withheld.txt"}
        is_critical = False
        for index in self.indexes:
            entry = self.data(f"records/{index}.note")
            self.claims[index] = claims = {"inclusion": "proven" if head else "unknown", "signature": "unknown"}
            if index in found["proofs"] and head and not self.is_included(index, entry, head):
                self.say("E-INCLUSION-INVALID", index)
                claims["inclusion"] = "failed"
            if len(entry) > LONGEST_ENTRY:
                self.say("E-ENTRY-MALFORMED", index)
            is_critical |= entry.startswith(b"provenance/key@")
            if entry.split(b"\n")[0].decode(errors="replace") in KINDS:
                record = self.record(index, entry)
                if record and "sha256" in record and self.info.get("posts") != "withheld":
                    posts.add(self.content(index, record))
        if is_critical:
            self.say("E-KEY-LIFE-UNREADABLE", "signatures", 3)
        elif self.indexes and not self.proven:
            self.say("E-NOTHING-CHECKED", "no signature was proven", 3)
        for path in sorted(self.paths - posts):
            if path.startswith("data/"):
                self.say("E-BUNDLE-STRAY", path)

    def is_included(self, index: int, entry: bytes, head: tuple[str, int, bytes]) -> bool:
        """Whether a proof in its one allowed spelling leads to the root, with the bundle's own checkpoint in it."""
        text, _, checkpoint = self.data(f"proofs/{index}.tlog-proof").partition(b"\n\n")
        lines = text.split(b"\n")
        hashes = lines[2:]
        try:
            path = [base64.b64decode(item, validate=True) for item in hashes]
            return (lines[:2] == [b"c2sp.org/tlog-proof@v1", b"index %d" % index]
                    and [base64.b64encode(item) for item in path] == hashes and {*map(len, path)} <= {32}
                    and checkpoint == self.data(self.head)
                    and merkle.root_of_inclusion(merkle.leaf_hash(entry), index, head[1], path) == head[2])
        except ValueError:
            return False

    def record(self, index: int, entry: bytes) -> Fields | None:
        """The lines of a record or an accession, or `None` for one that is malformed; judges the signature."""
        claims = self.claims[index]
        claims["signature"] = "failed"
        try:
            note = strict(entry)
            record = parsed(note)
            if note.kind == "provenance/post@v1":
                match = POST.fullmatch(note.text.decode())
                if not match:
                    raise ValueError("no record")
                one_line(match["source"], 8_192, "source")
                check_date(one_line(match["dated"], 64, "date"))
            elif record["log"] != self.info.get("log"):
                raise ValueError("an entry of another log")
            # "Each names an entry below its own; else the entry is *failed*."
            if any(int(record[label].split(" ")[0]) >= index for label in statements.BLOCK if label in record):
                raise ValueError("a block that names no entry below its own")
        except (ValueError, KeyError, Refused, statements.Invalid) as error:
            self.say("E-ENTRY-MALFORMED", f"{index}: {error}")
            return None
        signer = record["signer"]
        answer = signed(note, named(self.pins.signers, signer))
        if signer not in {name for name, _, _ in note.signatures} or answer is False:
            self.say("E-SIGNATURE-INVALID", index)
        elif not self.is_state_true(record):
            self.say("E-STATE-FALSE", index)
        elif answer is None:
            self.say("E-KEY-NOT-PINNED", index, 3)
            claims["signature"] = "unknown"
        else:
            claims["signature"] = "proven"
            self.proven += 1
        if note.kind.startswith("provenance/post@"):
            claims |= {claim: "asserted" if is_stated(record, claim) else "unknown" for claim in ("source", "published")}
        return record

    def is_state_true(self, record: Fields) -> bool:
        """> Every block in hand is checked, each line by itself: it is false where it names an entry in hand that has another
        > leaf or does not count.

        What does not begin as a key, anchor or disposition entry counts as none.
        """
        for label, kind in statements.BLOCK.items():
            if label in record:
                named_index, leaf = record[label].split(" ")
                place = f"records/{named_index}.note"
                if place in self.paths:
                    entry = self.data(place)
                    if merkle.leaf_hash(entry).hex() != leaf or not entry.startswith(kind.encode()):
                        return False
        return True

    def content(self, index: int, record: Fields) -> str:
        """Compares the post of a record; returns its path."""
        path = f"data/sha256/{record['sha256'][:2]}/{record['sha256']}.md"
        claims = self.claims[index]
        if path not in self.paths:
            self.say("E-CONTENT-NOT-COMPARED", index, 3)
            claims["content"] = "unknown"
            return path
        claims["content"] = "failed"
        data = self.data(path)
        if sha256(data) != record["sha256"]:
            self.say("E-ALTERED", index)
            return path
        if "form" in record:
            rebuilt = forms.rebuild(data, record, self.reader)
            is_same = not rebuilt.faults
            # What takes a reader of YAML: the source, and the time where it is a date alone.
            unread = {"source", *(["published"] if "published" not in record else [])} if rebuilt.is_unread else set()
            found = {claim: "proven" if is_stated(record, claim) and claim not in unread else "unknown"
                     for claim in ("source", "published")}
        else:
            try:
                lines = read(data).lines()
            except Refused as reason:
                lines = [str(reason)]
            is_same = [f"{label} {value}" for label, value in record.items() if label not in ("signer", "recorded")] == lines
            found = {"source": "proven", "published": "proven"}
        if is_same:
            claims |= {"content": "proven", **found}
        else:
            self.say("E-RECORD-MISMATCH", index)
        return path

    def completeness(self) -> None:
        """6. The selection."""
        if (selection := self.info.get("selection")) not in (None, "filter"):
            first, last = map(int, selection.split(".."))
            if first > last:
                self.say("E-BUNDLE-MALFORMED", f"Provenance-Selection: {selection}")
            elif len(self.indexes) != last - first + 1 or self.indexes[0] != first or self.indexes[-1] != last:
                self.say("E-INCOMPLETE", selection)

    def verify(self) -> Findings:
        """All steps."""
        self.read_info()
        self.lists()
        head = self.checkpoint()
        self.views()
        self.entries(head)
        self.completeness()
        return self.findings


def is_stated(record: Fields, claim: str) -> bool:
    """Whether a record states a source, or a time: the epoch or the date.

    "A line that is absent is unknown, never `the post has none`", and so is what a form of later states.
    """
    form = record.get("form")
    labels = {"source": ["source"], "published": ["published", "dated"]}[claim]
    return form is None or form in forms.FORMS and any(label in record for label in labels)


def status(folder: Path, keys: Path, reader: forms.Reader = forms.read_keys) -> tuple[int, list[tuple[int, str, str]]]:
    """The exit status, and what led to it."""
    try:
        findings = Bundle(folder, Pins.read(keys), reader).verify()
    except Malformed as reason:
        return 2, [(2, *reason.args)]
    return findings.status, findings.found


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify a bundle.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--keys", type=Path, required=True)
    arguments = parser.parse_args()
    code, found = status(arguments.bundle, arguments.keys)
    for _, name, place in found:
        print(f"{name}  {place}")
    print(("VERIFIED", "FAILED", "ERROR", "INCONCLUSIVE")[code])
    return code


if __name__ == "__main__":
    sys.exit(main())

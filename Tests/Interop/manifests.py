"""Manifests and registers, judged by jsonschema, rfc8785 and a second verifier."""

import copy
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import rfc8785

import manifest
import merkle
from archive import Archive, Note, flipped
from report import Report

FORMATS = Path(__file__).parents[2] / "Documentation/formats"

# A range with a link and a filter: together they have every member.
CHOSEN = ("what is new", "an address")


class ManifestChecks:
    """Manifests of every kind of selection from one archive."""

    def __init__(self, report: Report, archive: Archive, earlier: Path, folder: Path) -> None:
        self.report = report
        self.archive = archive
        self.folder = folder / "manifests"
        self.folder.mkdir()
        (self.pins,) = archive.store.glob("provenance/keys/*")
        size = archive.log.size
        post = next(path.decode() for path, line in archive.fates().items() if line["fate"] == "recorded")
        source = archive.log.notes("provenance/post@v1")[0][2].fields["source"]
        self.manifests = {
            "everything": self.export(), "a range": self.export("--index", f"3..{size - 4}"),
            "one entry": self.export("--index", "0..0"), "an address": self.export("--url", source),
            "times": self.export("--published-after", "2022-02-01", "--published-before", "2022-02-09"),
            "paths": self.export(post), "what is new": self.export("--since", earlier),
        }

    def export(self, *arguments: str | Path) -> bytes:
        """A manifest."""
        path = self.folder / "exported.json"
        path.unlink(missing_ok=True)
        self.archive.run("export", "-o", path, *arguments)
        return path.read_bytes()

    def program(self, data: bytes, folder: Path | None = None) -> int:
        """The program's exit status for a manifest."""
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".json") as file:
            file.write(data)
            file.flush()
            return self.archive.run("verify", file.name, "--keys", folder or self.pins, status=None).returncode

    def programs(self, manifests: Iterable[bytes]) -> list[int]:
        """The program's exit statuses for many manifests, a few at a time."""
        with ThreadPoolExecutor(4) as pool:
            return [*pool.map(self.program, manifests)]

    def form(self) -> None:
        """JSON Schema and RFC 8785"""
        schema = json.loads((FORMATS / "manifest.schema.json").read_bytes())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        report, manifests = self.report, self.manifests
        wrong = [name for name, data in manifests.items() if not validator.is_valid(json.loads(data))]
        report.all("jsonschema accepts every manifest", [*manifests], wrong, "manifests")
        mutants = [mutant for data in manifests.values() for mutant in malformed(json.loads(data))]
        passed = [name for name, mutant, _ in mutants if validator.is_valid(mutant)]
        report.all("jsonschema refuses members missing, unknown, of another type or in another spelling", mutants,
                   passed, "mutants")
        mutants = [mutant for name in CHOSEN for mutant in malformed(json.loads(manifests[name]))]
        found = self.programs(rfc8785.dumps(mutant) for _, mutant, _ in mutants)
        passed = [(name, other) for (name, _, status), other in zip(mutants, found) if other != status]
        report.all("`verify` refuses the same", mutants, passed, "mutants")

        wrong = [name for name, data in manifests.items() if rfc8785.dumps(json.loads(data)) != data]
        report.all("every manifest is its own RFC 8785 form", [*manifests], wrong, "manifests")
        data = manifests["everything"]
        others = [data + b"\n", b" " + data, json.dumps(json.loads(data)).encode(), data.replace(b'":"', b'": "', 1),
                  json.dumps(json.loads(data), separators=(",", ":")).encode()]
        passed = [place for place, other in enumerate(others) if self.program(other) != 2]
        report.all("`verify` refuses the same JSON in another form", others, passed, "spellings")

    def registers(self) -> None:
        """Registers: RFC 8785 lines under the root that the accession states"""
        registers = self.archive.registers()
        notes = [note for _, _, note in self.archive.log.notes("provenance/accession@v1")]
        wrong, lines, passed = [], [], []
        for note in notes:
            root, count = note.fields["register"].split(" ")
            register = registers[root + ".jsonl"]
            lines += register.lines
            wrong += [line for line in register.lines if rfc8785.dumps(json.loads(line)) != line]
            leaves = [merkle.leaf_hash(line) for line in register.lines]
            if (merkle.root(leaves).hex(), len(leaves)) != (root, int(count)):
                wrong.append(root)
            passed += [root for place in range(len(leaves))
                       if merkle.root([*leaves[:place], merkle.leaf_hash(b"{}"), *leaves[place + 1:]]).hex() == root]
            fates = [line["fate"] for line in register.items]
            first, posts = int(note.fields["first"]), int(note.fields["posts"])
            recorded = [line["entry"] for line in register.items if line["fate"] == "recorded"]
            if recorded != [*range(first, first + posts)]:
                wrong.append((root, "entries"))
            if [fates.count(word) for word in ("recorded", "known", "refused")] != [
                int(note.fields[word]) for word in ("posts", "known", "refused")]:
                wrong.append((root, "counts"))
        self.report.all("every register line is its own RFC 8785 form, every root and count that of its accession",
                        lines, wrong, f"lines in {len(notes)} registers")
        self.report.all("no line can be another under the same root", lines, passed, "lines")

    def verdicts(self) -> None:
        """Two verifiers, one verdict"""
        report, manifests = self.report, self.manifests
        wrong = [(name, found) for name, data in manifests.items()
                 if (found := (manifest.status(data, self.pins), self.program(data))) != ((0, []), 0)]
        report.all("`verify` and the verifier in Python accept every manifest", [*manifests], wrong, "manifests")

        (stranger,) = Archive(self.archive.program, self.folder / "stranger", self.archive.origin).store.glob(
            "provenance/keys/*")
        found = [(manifest.status(data, stranger)[0], self.program(data, stranger)) for data in manifests.values()]
        report.check("both find them inconclusive under keys that another made for the same origin",
                     set(found) == {(3, 3)}, found=found)

        mutants = [(f"{name}: {change}", rfc8785.dumps(document), status)
                   for name, data in manifests.items() for change, document, status in changed(json.loads(data))]
        wrong = []
        for (name, data, status), found in zip(mutants, self.programs(data for _, data, _ in mutants)):
            both = (manifest.status(data, self.pins), found)
            if (both[0][0], both[1]) != (status, status):
                wrong.append((name, f"wanted {status}", both))
        report.all("both give the same exit status for changed manifests", mutants, wrong, "mutants")

        dice = random.Random(5)
        data = manifests["what is new"]
        places = [(dice.randrange(len(data)), dice.randrange(8)) for _ in range(200)]
        wrong, verified = [], 0
        flips = [flipped(data, at, bit) for at, bit in places]
        for place, mutant, found in zip(places, flips, self.programs(flips)):
            both = (manifest.status(mutant, self.pins), found)
            verified += found == 0
            # The program reads from the left and stops where the form breaks; a failure that it found before that outranks the
            # break. Python cannot read a file at all that is not JSON.
            is_cut_short = found == 1 and both[0] == (2, [manifest.NO_JSON])
            if both[0][0] != found and not is_cut_short:
                wrong.append((place, data[place[0] - 20:place[0] + 20], both))
        report.all("both give the same exit status for a manifest with a bit flipped", places, wrong, "mutants")
        report.check("only labels can be changed unnoticed", 0 < verified < len(places) / 2,
                     f"{verified} of {len(places)}")

    def by_hand(self) -> None:
        """The program that Documentation/formats/manifest.md gives an auditor who has only Python and openssl"""
        page = (FORMATS / "manifest.md").read_text()
        (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        script = self.folder / "by-hand.py"
        script.write_text(source)
        path = self.folder / "by-hand.json"
        keys = self.archive.folder / "keys"

        def accepts(data: bytes) -> bool:
            path.write_bytes(data)
            return subprocess.run([sys.executable, script, path, keys / "log.pub.pem", keys / "signer.pub.pem"],
                                  capture_output=True).returncode == 0

        wrong = [name for name, data in self.manifests.items() if not accepts(data)]
        self.report.all("the program in manifest.md accepts every manifest", [*self.manifests], wrong, "manifests")
        mutants = [(f"{name}: {change}", rfc8785.dumps(document))
                   for name in CHOSEN
                   for change, document, status in changed(json.loads(self.manifests[name])) if status == 1]
        passed = [name for name, data in mutants if accepts(data)]
        self.report.all("the program in manifest.md refuses them changed", mutants, passed, "mutants")

    def run(self) -> None:
        """Every check of manifests and registers."""
        for section in (self.form, self.registers, self.verdicts, self.by_hand):
            self.report.section(f"manifests: {section.__name__.replace('_', ' ')}", section)


def malformed(document: dict) -> Iterator[tuple[str, dict, int]]:
    """Copies that are not manifests, and the exit status that each must give."""
    def mutant(name: str, change, status: int = 2) -> tuple[str, dict, int]:
        other = copy.deepcopy(document)
        change(other)
        return name, other, status

    first = lambda other: other["entries"][0]  # noqa: E731
    for member in document:
        if member != "consistency":
            yield mutant(f"no {member}", lambda other: other.pop(member))
        yield mutant(f"{member} is null", lambda other: other.update({member: None}))
        yield mutant(f"{member} is a number", lambda other: other.update({member: 7}))
    for member in ("index", "proof", "note"):
        yield mutant(f"an entry without {member}", lambda other: first(other).pop(member))
        yield mutant(f"an entry's {member} is null", lambda other: first(other).update({member: None}))
    for member in document["selection"]:
        yield mutant(f"a selection without {member}", lambda other: other["selection"].pop(member))
    yield mutant("another format", lambda other: other.update({"$format": "provenance/manifest@v2"}))
    yield mutant("an unknown member", lambda other: other.update(note=""))
    yield mutant("an unknown member of an entry", lambda other: first(other).update(path="x"))
    yield mutant("an unknown member of the selection", lambda other: other["selection"].update(all=1))
    yield mutant("both note and entry64", lambda other: first(other).update(entry64="/w=="))
    yield mutant("a negative index", lambda other: first(other).update(index=-1))
    yield mutant("an index as text", lambda other: first(other).update(index="0"))
    yield mutant("an index beyond 2^53", lambda other: first(other).update(index=float(1 << 60)))
    yield mutant("a short hash", lambda other: first(other).update(proof=["AAAA"]))
    yield mutant("a hash in another spelling", lambda other: first(other).update(proof=["A" * 42 + "B="]))
    yield mutant("64 hashes", lambda other: first(other).update(proof=["A" * 43 + "="] * 64))
    yield mutant("a title that is no text", lambda other: first(other).update(title=["x"]))
    yield mutant("a placement without a root", lambda other: first(other).update(placements=[{"path": "x"}]))
    yield mutant("a placement with two paths",
                 lambda other: first(other).update(placements=[{"path": "x", "path64": "eA==", "root": "."}]))
    yield mutant("another kind of selection", lambda other: other["selection"].update(kind="all"))
    yield mutant("a checkpoint without a signature",
                 lambda other: other.update(checkpoint=other["checkpoint"].split("\n\n")[0] + "\n"), 1)
    yield mutant("a checkpoint of a size with a leading zero",
                 lambda other: other.update(checkpoint=other["checkpoint"].replace("\n", "\n0", 1)), 1)
    if "consistency" in document:
        yield mutant("a link without a proof", lambda other: other["consistency"].pop("proof"))
        yield mutant("a link of a filter",
                     lambda other: other.update(selection={"count": 1, "filter": {}, "kind": "filter"}))


def changed(document: dict) -> Iterator[tuple[str, dict, int]]:
    """Copies that are manifests, and the exit status that each must give."""
    def mutant(name: str, status: int, change) -> tuple[str, dict, int]:
        other = copy.deepcopy(document)
        change(other)
        return name, other, status

    entries = document["entries"]
    is_range = document["selection"]["kind"] == "range"
    pick = len(entries) // 2

    def note(change):
        return lambda other: other["entries"][pick].update(note=change(other["entries"][pick]["note"]))

    yield mutant("a digit of the record", 1, note(lambda text: re.sub(
        r"(\nrecorded )(\d)", lambda found: found[1] + ("2" if found[2] == "1" else "1"), text)))
    yield mutant("another source", 1, note(lambda text: text.replace("\nsigner ", "\nsigner x", 1)))
    yield mutant("a signature line more", 1, note(lambda text: text + "\u2014 stranger " + "A" * 92 + "\n"))
    yield mutant("no signature", 1, note(lambda text: text.split("\n\n")[0] + "\n"))
    yield mutant("another index", 1 if len(entries) == 1 else 2,
                 lambda other: other["entries"][pick].update(
                     index=entries[pick]["index"] + 1 if len(entries) == 1 else entries[pick - 1]["index"]))
    yield mutant("another proof", 1, lambda other: other["entries"][pick].update(
        proof=["A" * 43 + "=", *entries[pick]["proof"][1:]]))
    yield mutant("a shorter proof", 1, lambda other: other["entries"][pick]["proof"].pop())
    yield mutant("a longer proof", 1, lambda other: other["entries"][pick]["proof"].append("A" * 43 + "="))
    yield mutant("another checkpoint size", 1, lambda other: other.update(
        checkpoint=re.sub(r"\n(\d+)\n", lambda found: f"\n{int(found[1]) + 1}\n", other["checkpoint"], count=1)))
    yield mutant("another count", 1, lambda other: other["selection"].update(count=len(entries) + 1))
    # No key is pinned for it; an accession names its log, and a link goes from and to the same one.
    is_tied = "consistency" in document or any("\nlog " in item.get("note", "") for item in entries)
    yield mutant("another origin", 1 if is_tied else 3, lambda other: other.update(
        checkpoint="x" + other["checkpoint"]))
    if len(entries) > 1:
        yield mutant("an entry left out", 1, lambda other: other["entries"].pop(pick))
        yield mutant("the last entry left out", 1, lambda other: other["entries"].pop())
        yield mutant("an entry left out, the count mended", 1 if is_range else 0, lambda other: (
            other["entries"].pop(pick), other["selection"].update(count=len(entries) - 1)))
        yield mutant("an entry twice", 2, lambda other: other["entries"].insert(pick, entries[pick]))
        yield mutant("two entries swapped", 2, lambda other: other["entries"].reverse())
        yield mutant("another's record", 1, note(lambda _: entries[pick - 1].get("note", "")))
    if is_range:
        yield mutant("a longer range", 1, lambda other: other["selection"].update(to=other["selection"]["to"] + 1))
        yield mutant("a range that is said to be a filter", 2 if "consistency" in document else 0,
                     lambda other: other.update(selection={"count": len(entries), "filter": {}, "kind": "filter"}))
    if "consistency" in document:
        yield mutant("no link", 0, lambda other: other.pop("consistency"))
        yield mutant("another link", 1, lambda other: other["consistency"].update(
            checkpoint=other["checkpoint"], proof=[]))
        yield mutant("another consistency proof", 1, lambda other: other["consistency"].update(
            proof=["A" * 43 + "=", *other["consistency"]["proof"][1:]]))
        yield mutant("a shorter consistency proof", 1, lambda other: other["consistency"]["proof"].pop())
    yield mutant("another title", 0, lambda other: other["entries"][pick].update(title="\u202eno such title"))
    yield mutant("another placement", 0, lambda other: other["entries"][pick].update(
        placements=[{"path": "/etc/passwd", "root": ".."}]))
    yield mutant("other keys", 0, lambda other: other.update(keys=["none"]))
    yield mutant("no keys", 0, lambda other: other.update(keys=[]))

"""Records of v2: known answers, and the same verdict on each entry by every reader.

The bundles are those of stated.py. forms.py and `provenance verify` read front matter through libyaml; verify.sh and evidence.html
know no YAML, so they are compared with forms.py's own reader of the plain subset, and that one with libyaml.
"""

import base64
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import bundle
import forms
import passages
import stated
import statements
from report import Report
from stated import Item
from verdicts import AWKS, SHELLS
from wanted import WORDS

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "Sources/CVerifiers/verify.sh"
# What 0.1.0 puts into bundles: the repository's own bundle was made by it.
RELEASED = ROOT / "Manifests/samples"
VECTORS = "vectors/provenance-posts"
SECONDS = 300

CLAIMS = ("signature", "inclusion", "content", "source", "published")
STANDINGS = ("proven", "asserted", "unknown", "failed")


@dataclass(frozen=True)
class Verdict:
    """What a reader says of a bundle: the exit status, how often each claim stands how, and the entries of which a claim failed, with
    the code. Of each entry, where the reader tells: its claims."""

    status: int
    counts: dict[str, dict[str, int]]
    failures: dict[int, frozenset[str]]
    claims: dict[int, dict[str, str]] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, status: int, claims: dict[int, dict[str, str]], found: list[tuple[str, int]]) -> "Verdict":
        counts: dict[str, dict[str, int]] = {}
        for entry in claims.values():
            for claim, standing in entry.items():
                of_claim = counts.setdefault(claim, dict.fromkeys(STANDINGS, 0))
                of_claim[standing] += 1
        return cls(status, counts, grouped(found), claims)


def grouped(found: list[tuple[str, int]]) -> dict[int, frozenset[str]]:
    """Codes by entry."""
    return {index: frozenset(code for code, other in found if other == index) for _, index in found}


Reader = Callable[[Path, Path], Verdict]


def in_python(reader: forms.Reader) -> Reader:
    """bundle.py with a reader of front matter."""
    def ask(folder: Path, keys: Path) -> Verdict:
        judged = bundle.Bundle(folder, bundle.Pins.read(keys), reader)
        findings = judged.verify()
        return Verdict.of(findings.status, judged.claims, [
            (code, int(found[1])) for status, code, place in findings.found
            if status == 1 and (found := re.match("([0-9]+)(?::|$)", place))])
    return ask


def of_report(status: int, output: str) -> Verdict:
    """The report of verify.sh or of `provenance verify`."""
    rows = {words[0]: [*map(int, words[1:])] for line in output.splitlines()
            if re.fullmatch(r"\w+( +\d+){4}", line) and (words := line.split())}
    counts = {claim: dict(zip(STANDINGS, rows[claim])) for claim in CLAIMS if claim in rows}
    return Verdict(status, counts, grouped([
        (found[1], int(found[2])) for found in re.finditer("^(E-[A-Z-]+)  entry ([0-9]+): ", output, re.MULTILINE)
        if found[1] not in ("E-CONTENT-NOT-COMPARED", "E-KEY-NOT-PINNED", "E-KEY-LIFE-UNREADABLE")]))


def of_command(*command: str | Path, path: str | None = None) -> Reader:
    """A verifier that prints a report."""
    def ask(folder: Path, keys: Path) -> Verdict:
        result = subprocess.run([*command, "--keys", keys, folder], stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                                text=True, env={**os.environ, "NO_COLOR": "1", **({"PATH": path} if path else {})})
        return of_report(result.returncode, result.stdout)
    return ask


def in_turn(folder: Path) -> Reader:
    """verify.sh, each bundle under another shell and awk."""
    shells = [command for name, command in SHELLS.items() if shutil.which(name)] or [["sh"]]
    paths = []
    for name, command in AWKS.items():
        if shutil.which(name):
            place = folder / name / "awk"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            place.chmod(0o755)
            paths.append(f"{place.parent}:{os.environ['PATH']}")
    turns = count()

    def ask(bundle_folder: Path, keys: Path) -> Verdict:
        turn = next(turns)
        return of_command(*shells[turn % len(shells)], SCRIPT, path=paths[turn % len(paths)] if paths else None)(bundle_folder, keys)
    return ask


def differences(name: str, found: Verdict, wanted: Verdict, items: list[Item]) -> list[str]:
    """What two verdicts on a bundle do not share."""
    wrong = []
    if found.status != wanted.status:
        wrong.append(f"{name}: status {found.status}, wanted {wanted.status}")
    for index in sorted(found.failures.keys() | wanted.failures.keys()):
        codes = found.failures.get(index), wanted.failures.get(index)
        if codes[0] != codes[1]:
            wrong.append(f"{name}: entry {index}, {items[index].name}: {codes[0]}, wanted {codes[1]}")
    for index, claims in (found.claims or {}).items():
        if claims != wanted.claims[index]:
            wrong.append(f"{name}: entry {index}, {items[index].name}: {claims}, wanted {wanted.claims[index]}")
    if found.counts != wanted.counts and not wrong:
        wrong.append(f"{name}: {found.counts}, wanted {wanted.counts}")
    return wrong


class FormChecks:
    """Known answers, and the bundles of stated.py."""

    def __init__(self, report: Report, program: str, folder: Path, shared: Path, is_ci: bool) -> None:
        self.report = report
        self.program = program
        self.folder = folder / "forms"
        self.shared = shared
        self.is_ci = is_ci

    # Known answers

    def known(self) -> None:
        """Known answers"""
        folder = self.shared / VECTORS
        if not folder.is_dir():
            self.report.skip(f"known answers for records, for there is no {folder}", is_failure=self.is_ci)
            return
        for name, is_right in (("forms", written), ("links", written), ("yaml", written), ("rebuild", rebuilt),
                               ("records", parsed), ("plain-subset", read_plainly), ("passages-v2", divided)):
            cases = json.loads((folder / f"{name}.json").read_bytes())["cases"]
            wrong = [(case.get("name", case), found) for case in cases if (found := is_right(case))]
            self.report.all(f"known answers of {name}.json", cases, wrong, "cases")

    # Bundles

    def readers(self) -> dict[str, tuple[Reader, forms.Reader]]:
        """Every reader of bundles but evidence.html, which Tests/Browser asks, with how front matter is read beside it."""
        return {"verify.sh": (in_turn(self.folder / "awks"), forms.read_plain_keys),
                "provenance verify": (of_command(self.program, "verify"), forms.read_keys)}

    def same(self) -> None:
        """The same verdict on each entry"""
        items = stated.write(self.folder)
        keys = self.folder / "keys"
        readers = self.readers()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            asked = {(who, name): pool.submit(reader, self.folder / name, keys)
                     for name in items for who, (reader, _) in readers.items()}
            wanted = {front: {name: in_python(front)(self.folder / name, keys) for name in items}
                      for front in (forms.read_keys, forms.read_plain_keys)}
            entries = [entry for each in items.values() for entry in each]
            for who, (_, front) in readers.items():
                wrong = [line for name in items for line in differences(
                    name, asked[who, name].result(), wanted[front][name], items[name])]
                self.report.all(f"{who} and bundle.py say the same of each entry", entries, wrong, "entries")
        whole, plain = wanted[forms.read_keys], wanted[forms.read_plain_keys]
        pairs = [(name, items[name][index].name, claims, whole[name].claims[index])
                 for name in items for index, claims in plain[name].claims.items()]
        unread = [pair for pair in pairs if pair[2] != pair[3]]
        wrong = [pair for pair in unread if not is_unread(*pair[2:])]
        self.report.all("a reader without YAML says what libyaml says, or unknown", entries, wrong,
                        f"entries, {len(unread)} of them with front matter that it leaves to YAML; all")
        counts = Counter((claim, standing) for name in items for claims in plain[name].claims.values()
                         for claim, standing in claims.items())
        self.report.check("many are sound, many failed, many unknown", all(
            counts["content", standing] > 200 for standing in ("proven", "failed")) and counts["source", "proven"] > 100
            and counts["source", "unknown"] > 100 and counts["signature", "failed"] > 300, found=counts)
        good = {name: plain[name].status for name in ("good", "first", "withheld")}
        self.report.check("what a writer states is verified", set(good.values()) == {0}, found=good)

    def released(self) -> None:
        """Readers of 0.1.0"""
        script = RELEASED / "verify.sh"
        keys = self.folder / "keys"
        # The posts of new kinds are not in it: to 0.1.0 a post below data/ is a stray where it knows no record of it.
        result = subprocess.run(["sh", script, "--keys", keys, self.folder / "withheld"], capture_output=True, text=True,
                                timeout=SECONDS)
        entries = len(list((self.folder / "withheld/records").iterdir()))
        found = re.search("^entries .* ([0-9]+) of unknown kind$", result.stdout, re.MULTILINE)
        self.report.check("verify.sh of 0.1.0 verifies a bundle@v1 and calls the entries of new kinds unknown",
                          result.returncode == 0 and found and int(found[1]) == entries - 1, f"{entries - 1} entries",
                          (result.returncode, result.stdout[-600:]))
        wrong = []
        for name in ("good", "made-up", "changed"):
            result = subprocess.run(["sh", script, "--keys", keys, self.folder / name], capture_output=True, text=True,
                                    timeout=SECONDS)
            if result.returncode != 2 or not result.stdout.splitlines()[-2].startswith(f"{WORDS[2]}: "):
                wrong.append((name, result.returncode, result.stdout[-300:]))
        self.report.check("it finds no bundle in a bundle@v2, and calls none failed", not wrong, found=wrong)

    def run(self) -> None:
        """All of them."""
        for section in (self.known, self.same, self.released):
            self.report.section(f"forms: {section.__doc__[0].lower() + section.__doc__[1:]}", section)
        shutil.rmtree(self.folder, ignore_errors=True)


def is_unread(plain: dict[str, str], whole: dict[str, str]) -> bool:
    """Whether two judgements of an entry differ only in what takes a reader of YAML: its source or time is unknown, where YAML
    proves it or finds it false."""
    others = {claim: standing for claim, standing in plain.items() if standing != "unknown"}
    return plain["content"] == "proven" and "unknown" in (plain["source"], plain["published"]) and (
        whole["content"] == "failed" or all(whole[claim] == standing for claim, standing in others.items()))


# Known answers: each function answers what was found instead, or nothing

def bytes_of(case: dict, name: str) -> bytes:
    return base64.b64decode(case[name], validate=True)


def written(case: dict) -> object:
    """forms.json, links.json, yaml.json"""
    data, rules = bytes_of(case, "post64"), case["rules"]
    try:
        record = forms.write(data, case["signer"], case["log"], case["recorded"], forms.Rules(
            tuple(rules["source"]), tuple(rules["dated"]), rules["accept_plain"]))
    except forms.Refused as reason:
        return reason.args if "refused" not in case else None
    if record != case.get("record") or "warnings" not in case:
        return record if record != case.get("record") else None
    fields = statements.parse_post(record.encode())
    found = forms.rebuild(data, fields)
    plain = forms.rebuild(data, fields, forms.read_plain_keys)
    if found.faults or {*found.warnings} != {*case["warnings"]} or not plain.is_unread and plain != found or plain.faults:
        return found, plain
    body_at = 0 if fields["form"] == "plain" else forms.read(data).body_at
    return body_at if body_at != case["body_at"] else None


def rebuilt(case: dict) -> object:
    """rebuild.json"""
    found = forms.rebuild(bytes_of(case, "post64"), statements.parse_post(case["record"].encode()))
    is_right = found.faults == case["faults"] and (found.faults or {*found.warnings} == {*case["warnings"]})
    return None if is_right else found


def parsed(case: dict) -> object:
    """records.json"""
    data = bytes_of(case, "record64")
    try:
        fields = statements.parse_post(data)
    except statements.Invalid as reason:
        return reason.args if case["accepted"] else None
    return None if case["accepted"] and statements.encode(statements.POST, fields) == data else fields


def read_plainly(case: dict) -> object:
    """plain-subset.json"""
    def listed(keys: forms.Keys | None) -> object:
        kinds = [[key.name, "scalar" if key.text is not None else key.kind, key.text] for key in keys or ()]
        return kinds if keys is not None else None

    try:
        whole = listed(forms.read_keys(case["front"]))
    except forms.Refused as reason:
        whole = reason.code
    plain = listed(forms.read_plain_keys(case["front"]))
    is_right = plain == case["read"] and isinstance(whole, str) == isinstance(case["yaml"], str) and (
        isinstance(whole, str) or whole == case["yaml"])
    return None if is_right else (plain, whole)


def divided(case: dict) -> object:
    """passages-v2.json"""
    body = bytes_of(case, "body64")
    found = passages.passages_of(body, 2)
    wanted = case["passages"], case["root"], case["number"], case["number_v1"]
    answer = found, passages.root_of(found), len(found), len(passages.passages_of(body))
    return None if answer == wanted else answer

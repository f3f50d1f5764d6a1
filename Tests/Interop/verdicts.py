"""The verifiers' verdicts on tampered bundles: the same exit status and the same word, and never 0.

    verdicts.py OUT --keys KEYS [--program PROGRAM] [--script VERIFY.SH]

OUT is what mutants.py wrote, KEYS the pinned public keys of the archive. Without a program or a script, only bundle.py
beside this file is run. Tests/Browser runs the page.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import bundle
from report import Report
from wanted import PROGRAM, SCRIPT, WORDS, about

PYTHON = "bundle.py"
SECONDS = 120


@dataclass(frozen=True)
class Verdict:
    """A verifier's verdict."""

    status: int | None  # None: it did not end
    word: str
    codes: frozenset[str]
    files: frozenset[str] = frozenset()  # see Mutant.files


Verifier = Callable[[Path, Path], Verdict]


def of_command(*command: str | Path, path: str | None = None) -> Verifier:
    """A verifier called with `--keys KEYS BUNDLE`, with another search path if one is given."""
    environment = {**os.environ, "NO_COLOR": "1", **({"PATH": path} if path else {})}

    def ask(folder: Path, keys: Path) -> Verdict:
        try:
            result = subprocess.run([*command, "--keys", keys, folder], capture_output=True, stdin=subprocess.DEVNULL,
                                    timeout=SECONDS, env=environment)
        except subprocess.TimeoutExpired:
            return Verdict(None, "", frozenset())
        lines = (result.stdout or result.stderr).decode(errors="replace").rstrip("\n").split("\n")
        # "The last two lines of a report are one verdict [...] and its limits"; an error of `verify` has none, since nothing
        # was shown.
        has_limits = lines[-1].startswith("Limits: ")
        word = re.match("|".join(WORDS.values()), lines[-2] if has_limits and len(lines) > 1 else lines[-1])
        if not has_limits and result.returncode != 2:
            word = None
        files = frozenset(filter(None, (about(*found.groups()) for line in lines
                                        if (found := re.match(r"(E-[A-Z-]+)  (.*?): ", line)))))
        return Verdict(result.returncode, word[0] if word else "", codes_in(result.stdout + result.stderr), files)
    return ask


SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}
# original-awk is the one true awk, which the BSDs and macOS use.
AWKS = {"mawk": "mawk", "original-awk": "original-awk", "gawk": "gawk", "busybox": "busybox awk"}


def of_script(script: Path, folder: Path) -> Verifier:
    """verify.sh: the number of a bundle selects the shell and the awk that judge it, so that all installed ones are used."""
    shells = [command for name, command in SHELLS.items() if shutil.which(name)] or [["sh"]]
    paths = []
    for name, command in AWKS.items():
        if shutil.which(name):
            place = folder / name / "awk"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            place.chmod(0o755)
            paths.append(f"{place.parent}:{os.environ['PATH']}")

    def ask(bundle: Path, keys: Path) -> Verdict:
        number = int(re.match("[0-9]*", bundle.name)[0] or 0)
        path = paths[number % len(paths)] if paths else None
        return of_command(*shells[number % len(shells)], script, path=path)(bundle, keys)
    return ask


def codes_in(output: bytes) -> frozenset[str]:
    """Every code in a report."""
    return frozenset(re.findall(r"\bE-[A-Z][A-Z-]*[A-Z]\b", output.decode(errors="replace")))


def in_python(folder: Path, keys: Path) -> Verdict:
    """The second implementation."""
    status, found = bundle.status(folder, keys)
    return Verdict(status, WORDS[status], frozenset(code for _, code, _ in found),
                   frozenset(filter(None, (about(code, place) for _, code, place in found))))


def differences(verifier: Verifier, out: Path, pinned: Path, items: list[dict]) -> list[str]:
    """The bundles below a folder, as in mutants.json, on which a verifier's verdict differs from the expected one."""
    def difference(item: dict) -> str:
        found = verifier(out / item["folder"], out / item["keys"] if item["keys"] else pinned)
        is_same = (found.status, found.word) == (item["status"], item["word"])
        others = found.files ^ {*item["files"]} if item["files"] is not None else ()
        if is_same and found.codes.issuperset(item["codes"]) and not others:
            return ""
        return (f"{item['folder']}: wanted {item['status']} {item['word']} {item['codes']}, "
                f"found {found.status} {found.word} {sorted(found.codes)} {sorted(others)}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [text for text in pool.map(difference, items) if text]


class VerdictChecks:
    """Every mutant and control, and the verifiers to ask."""

    def __init__(self, report: Report, out: Path, keys: Path, program: Path | None, script: Path | None) -> None:
        self.report = report
        self.out = out
        self.keys = keys
        self.verifiers: dict[str, Verifier] = {PYTHON: in_python}
        if program:
            self.verifiers[PROGRAM] = of_command(program, "verify")
        if script:
            self.verifiers[SCRIPT] = of_script(script, out.resolve() / "awks")

    # The script starts a hundred programs for a verdict, so it judges every eleventh mutant; with VERDICTS=all each. Eleven shares
    # no factor with the numbers of shells and awks, so that all of them are used.
    STEP = 1 if os.environ.get("VERDICTS") == "all" else 11

    def differences(self, name: str, items: list[dict]) -> list[str]:
        """The mutants on which a verifier's verdict differs from the expected one."""
        return differences(self.verifiers[name], self.out, self.keys, items)

    def run(self) -> None:
        """Every check."""
        for kind, what in (("mutants", "refuses every mutant, with the exit status, word and codes it deserves"),
                           ("controls", "accepts what anybody may change")):
            everything = json.loads((self.out / f"{kind}.json").read_bytes())
            for name in self.verifiers:
                items = [item for item in everything
                         if name in item["verifiers"] or name == PYTHON and item["verifiers"] != [PROGRAM]]
                if name == SCRIPT:
                    items = items[::self.STEP]
                self.report.all(f"{name} {what}", items, self.differences(name, items), kind)


def main() -> int:
    parser = argparse.ArgumentParser(description="Ask verifiers of bundles for their verdicts on tampered ones.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--program", type=Path)
    parser.add_argument("--script", type=Path)
    arguments = parser.parse_args()
    report = Report()
    VerdictChecks(report, arguments.out, arguments.keys, arguments.program, arguments.script).run()
    return 0 if report.passed and not report.failed else 1


if __name__ == "__main__":
    sys.exit(main())

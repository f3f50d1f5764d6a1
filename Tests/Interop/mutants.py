"""Tampered copies of a bundle, which every verifier must refuse.

    mutants.py GOOD OUT [--private KEYS]

GOOD is a signed bundle of every entry of its log, with posts. Writes each mutant to a folder of its own below OUT, and
OUT/mutants.json, a list of objects:

| member | what it is |
|---|---|
| `name` | what was done |
| `folder` | the bundle, below OUT |
| `keys` | the pinned keys to verify it with, below OUT; null: those of the archive |
| `status`, `word` | the exit status and the verdict's first word |
| `codes` | codes that the report must include |
| `verifiers` | which of `provenance`, `verify.sh` and `evidence.html` must say so |

A verifier that is left out of `verifiers` accepts the mutant (an unreleased copy of a verifier) or cannot be given it
(a browser does not pass links and pipes to a page). With --private, the folder of the archive's private keys, there are
also the mutants that only their holder can make. `controls.json` is a list of the same form: harmless changes, which
every verifier must accept with status 0.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import allowances
import entries
import forgeries
import insiders
import lists
import litter
import pins
import views
from bag import Bag
from signer import Signer
from wanted import Mutant


@dataclass(frozen=True)
class Written:
    """A line of mutants.json."""

    name: str
    folder: str
    status: int
    word: str
    codes: list[str]
    verifiers: list[str]
    keys: str | None
    files: list[str] | None


def catalogue(good: Bag, private: Path | None) -> Iterator[Mutant]:
    """Every mutant of a bundle."""
    yield from views.mutants(good)
    yield from entries.mutants(good)
    yield from lists.mutants(good)
    yield from (case for case in litter.together(good) if case.status != 0)
    yield from pins.mutants(good)
    yield from forgeries.mutants(good)
    if private:
        signer, log = Signer.read(private, "signer"), Signer.read(private, "log")
        yield from insiders.verifiers(good, signer)
        yield from insiders.liars(good, log, signer)
        yield from insiders.careless(good, log, signer)


def harmless(good: Bag, private: Path | None) -> Iterator[Mutant]:
    """Every control."""
    yield from allowances.controls(good)
    yield from (case for case in litter.together(good) if case.status == 0)
    yield from pins.controls(good)
    if private:
        yield from insiders.allowed(good, Signer.read(private, "log"), Signer.read(private, "signer"))


def write(bags: Iterable[Mutant], out: Path, kind: str) -> Iterator[tuple[str, Path, Written]]:
    """Writes bundles below a folder."""
    for number, mutant in enumerate(bags):
        slug = re.sub(r"[^a-z0-9]+", "-", mutant.name.lower()).strip("-")
        folder = f"{kind}/{number:03}-{slug}"
        mutant.bag.write(out / folder)
        keys = None
        if mutant.keys:
            keys = f"{folder}.keys"
            Bag(mutant.keys).write(out / keys)
        yield mutant.name, out / folder, Written(
            mutant.name, folder, mutant.status, mutant.word, sorted(mutant.codes), [*mutant.verifiers], keys,
            None if mutant.files is None else sorted(mutant.files))


def mutants(good_folder: Path, out_folder: Path, private: Path | None = None) -> Iterator[tuple[str, Path, Written]]:
    """Writes every mutant of a bundle, with its name, its folder, and the verdict that it must get."""
    yield from write(catalogue(Bag.read(good_folder), private), out_folder, "mutants")


def controls(good_folder: Path, out_folder: Path, private: Path | None = None) -> Iterator[tuple[str, Path, Written]]:
    """The same for the controls, which every verifier must accept."""
    yield from write(harmless(Bag.read(good_folder), private), out_folder, "controls")


def main() -> int:
    parser = argparse.ArgumentParser(description="Write tampered copies of a bundle.")
    parser.add_argument("good", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--private", type=Path, metavar="KEYS", help="the archive's keys/, with the private keys")
    arguments = parser.parse_args()
    for kind in (mutants, controls):
        written = [asdict(item) for _, _, item in kind(arguments.good, arguments.out, arguments.private)]
        path = arguments.out / f"{kind.__name__}.json"
        path.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n")
        print(f"{len(written)} {kind.__name__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The verdict that a tampered bundle must get, and ways to tamper."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bag import NOTE, TAGS, Bag

WORDS = {0: "VERIFIED", 1: "FAILED", 2: "ERROR", 3: "INCONCLUSIVE"}

PROGRAM, SCRIPT, PAGE = "provenance", "verify.sh", "evidence.html"
ALL = (PROGRAM, SCRIPT, PAGE)
NO_PAGE = (PROGRAM, SCRIPT)

Change = Callable[[Bag], object]


@dataclass(frozen=True)
class Mutant:
    """A bundle and its expected verdict: the exit status, and codes that the report must include."""

    name: str
    bag: Bag
    status: int
    codes: frozenset[str] = frozenset()
    verifiers: tuple[str, ...] = ALL
    keys: dict[str, bytes] | None = None  # the pinned keys by file name; those of the good bundle when None
    files: frozenset[str] | None = None  # what `about` makes of every code that a file must have, and no other; None: not asked

    @property
    def word(self) -> str:
        """The verdict's first word."""
        return WORDS[self.status]


def about(code: str, path: str) -> str:
    """The code that a report has for a file, however a verifier escapes the path; empty for others."""
    path = re.sub("[^a-zA-Z0-9._/-]+", "?", path)
    return f"{code} {path}" if code in ("E-BUNDLE-STRAY", "E-BUNDLE-MISSING", "E-BUNDLE-CHANGED", "E-BUNDLE-MALFORMED") else ""


def plain(good: Bag, name: str, change: Change, *codes: str, status: int = 1,
          verifiers: tuple[str, ...] = ALL) -> Mutant:
    """The change, with nothing made consistent."""
    bag = good.copy()
    change(bag)
    return Mutant(name, bag, status, frozenset(codes), verifiers)


def unsigned(good: Bag, name: str, change: Change, *codes: str, status: int = 1,
             verifiers: tuple[str, ...] = ALL) -> Mutant:
    """The change in a bundle without a note, with all lists made consistent."""
    bag = good.copy()
    bag.unsign()
    bag.relist()
    change(bag)
    return Mutant(f"{name}, no note", bag, status, frozenset(codes), verifiers)


def everywhere(good: Bag, name: str, change: Change, *codes: str, status: int = 1) -> Iterator[Mutant]:
    """The change alone, which the lists show; with the lists made good, which the note shows; and in a bundle without a
    note, where only the entries show it, with these codes and this status."""
    bag = good.copy()
    change(bag)
    yield Mutant(name, bag, 1, frozenset(shown_by_lists(good, bag)))
    relisted = bag.copy()
    relisted.relist()
    yield Mutant(f"{name}, listed", relisted, 1, frozenset(("E-BUNDLE-NOTE", *codes)))
    free = relisted.copy()
    free.unsign()
    free.relist()
    yield Mutant(f"{name}, listed, no note", free, status, frozenset(codes))


def shown_by_lists(good: Bag, bag: Bag) -> set[str]:
    """The codes of a comparison with the good bundle's lists."""
    old, new = ({path: data for path, data in each.files.items() if path not in (NOTE, TAGS)} for each in (good, bag))
    codes = {"E-BUNDLE-MISSING"} if old.keys() - new.keys() else set()
    if new.keys() - old.keys():
        codes.add("E-BUNDLE-STRAY")
    if any(old[path] != new[path] for path in old.keys() & new.keys()):
        codes.add("E-BUNDLE-CHANGED")
    return codes

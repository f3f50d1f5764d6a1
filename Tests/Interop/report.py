"""Counts checks and prints a line for each."""

import sys
import time
import traceback
from collections.abc import Callable


class Report:
    """The results so far."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.failures: list[str] = []

    def check(self, what: str, holds: bool, figures: object = "", found: object = "") -> bool:
        """One check: prints `ok` or `FAIL`, and for a failure what was found."""
        line = f"{what} ({figures})" if figures != "" else what
        if holds:
            self.passed += 1
            print(f"ok    {line}", flush=True)
        else:
            self.failed += 1
            self.failures.append(line)
            print(f"FAIL  {line}", flush=True)
            if found != "":
                print(f"      found: {str(found)[:2000]}", flush=True)
        return holds

    def all(self, what: str, items: list, wrong: list, unit: str) -> bool:
        """One check over many items: passes when none is wrong and there is at least one, since checking nothing is no
        success."""
        return self.check(
            what, bool(items) and not wrong, f"{len(items):,} {unit}",
            f"{len(wrong)} of {len(items)} are wrong, such as {wrong[:3]}")

    def skip(self, what: str, is_failure: bool) -> None:
        """Something that could not be checked."""
        self.skipped += 1
        self.failed += is_failure
        print(f"SKIPPED: {what}", flush=True)

    def say_failures(self) -> None:
        """Repeats the failed checks at the end of a long run, where they are seen."""
        for line in self.failures:
            print(f"FAIL  {line}", flush=True)

    def section(self, name: str, run: Callable[[], None]) -> None:
        """Runs checks under a title; an exception is one failed check and does not stop the sections after it."""
        print(f"\n== {name} ==", flush=True)
        began = time.monotonic()
        try:
            run()
        except Exception as error:  # noqa: BLE001: whatever happens belongs on the report
            self.check(f"{name}: ran to its end", False, found=repr(error))
            traceback.print_exc(limit=8, file=sys.stdout)
        print(f"      {time.monotonic() - began:.1f} s", flush=True)

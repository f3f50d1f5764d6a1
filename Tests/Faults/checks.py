"""Disturbs an `add` in every foreseeable way, and examines what is left. Run by Tests/Faults/run."""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "Interop"))

from environment import EnvironmentChecks  # noqa: E402
from injections import CallChecks  # noqa: E402
from power import PowerChecks  # noqa: E402
from report import Report  # noqa: E402
from rot import RotChecks  # noqa: E402
from subject import Clock  # noqa: E402

SECTIONS = {"calls": CallChecks, "power": PowerChecks, "rot": RotChecks, "environment": EnvironmentChecks}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program's path")
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder to work in")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--bounded", action="store_true", help="a sample of the cases, chosen by a fixed seed; the default")
    size.add_argument("--all", action="store_true", help="every case; takes many minutes")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all when none is named")
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    report = Report()
    began = time.monotonic()
    for name, checks in SECTIONS.items():
        if arguments.sections and name not in arguments.sections:
            continue
        clock = Clock()

        def run(name: str = name, checks: type = checks) -> None:
            folder = arguments.folder / name
            folder.mkdir()
            checks(report, arguments.program, folder, not arguments.all).run()

        report.section(f"{name}: {checks.run.__doc__}", run)
        print(f"      {clock}", flush=True)
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    print(f"\n{report.passed} passed, {report.failed} failed{skipped} ({time.monotonic() - began:.0f} s)")
    report.say_failures()
    return 0 if report.passed and not report.failed else 1


if __name__ == "__main__":
    sys.exit(main())

"""Checks evidence.html in a browser that has no network. Run by Tests/Browser/run."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "Interop"))

from bundle_checks import BundleChecks  # noqa: E402
from driver import browser, find  # noqa: E402
from entry_checks import EntryChecks  # noqa: E402
from form_checks import FormChecks  # noqa: E402
from look_checks import LookChecks  # noqa: E402
from post_checks import PostChecks  # noqa: E402
from reader_checks import ReaderChecks  # noqa: E402
from report import Report  # noqa: E402
from supply import Supply  # noqa: E402

SECTIONS = ("page", "readers", "bundles", "posts", "entries", "look")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="a folder with corpus/posts.tar.gz and vectors")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--program", help="the program's path; it makes the bundles")
    source.add_argument("--bundles", type=Path, help="a folder of ready-made bundles instead")
    parser.add_argument("--pictures", type=Path, help="where to put pictures of the page")
    parser.add_argument("sections", nargs="*", metavar="SECTION",
                        help=f"of {', '.join(SECTIONS)}; all when none is named")
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    path = os.environ.get("PROVENANCE_CHROMIUM") or find()
    is_ci = os.environ.get("CI") == "true"
    report = Report()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, browser(path) as chromium:
        folder = Path(name)
        print(f"browser: {chromium.version}", flush=True)
        if arguments.program:
            supply = Supply.made(arguments.program, folder / "made")
        else:
            supply = Supply.found(arguments.bundles)
        sections = {
            "page": lambda: FormChecks(report, chromium, folder).run(),
            "readers": lambda: ReaderChecks(report, chromium, folder, arguments.shared, is_ci).run(),
            "bundles": lambda: BundleChecks(
                report, chromium, supply, folder / "bundles", arguments.program, arguments.shared, is_ci).run(),
            "posts": lambda: PostChecks(report, chromium, supply, folder).run(),
            "entries": lambda: EntryChecks(
                report, chromium, folder / "entries", arguments.shared, is_ci, arguments.pictures).run(),
            "look": lambda: LookChecks(report, chromium, supply, folder, arguments.pictures).run(),
        }
        for section in arguments.sections or SECTIONS:
            sections[section]()
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    print(f"\n{report.passed} passed, {report.failed} failed{skipped} ({time.monotonic() - began:.0f} s)")
    report.say_failures()
    return 0 if report.passed and not report.failed else 1


if __name__ == "__main__":
    sys.exit(main())

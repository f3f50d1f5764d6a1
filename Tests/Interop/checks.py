"""Checks what the program writes with programs that share no code with it. Run by Tests/Interop/run."""

import argparse
import os
import sys
import time
from pathlib import Path

import realposts
import records
from bundles import BundleChecks
from formchecks import FormChecks
from manifests import ManifestChecks
from proofs import ProofChecks
from report import Report
from sections import PostChecks, bundled, samples
from shell import SCRIPT, ShellChecks
from tlogs import LogChecks, grow
from zipchecks import ZipChecks

SECTIONS = ("posts", "logs", "manifests", "bundles", "forms", "zips")


class Checks:
    """All of them."""

    def __init__(self, report: Report, program: str, folder: Path, shared: Path) -> None:
        self.report = report
        self.program = program
        self.folder = folder
        self.is_ci = os.environ.get("CI") == "true"
        self.posts = PostChecks(report, program, folder, shared, self.is_ci)

    def logs(self) -> None:
        """Logs of every size, and the one of the made-up posts."""
        archive, logs = grow(self.program, self.folder)
        large = self.posts.archive.log
        LogChecks(self.report, archive, logs, large if large.size else None, self.folder).run()
        self.report.section("proofs", ProofChecks(self.report, archive, self.folder).run)

    def manifests(self) -> None:
        """The sample posts: records, signatures, registers and manifests."""
        archive, earlier = samples(self.program, self.folder)

        def sample_checks() -> None:
            compared = records.compare(
                self.report, archive, "samples", ["_posts", "archived", "broken", "odd"], least=18)
            records.titles(self.report, archive, "samples", compared, self.folder)

        self.report.section("samples", sample_checks)
        self.report.section("signatures", lambda: records.signatures(self.report, archive, self.folder))
        ManifestChecks(self.report, archive, earlier, self.folder).run()

    def bundles(self) -> None:
        """Bundles of sample posts and of odd posts."""
        BundleChecks(self.report, bundled(self.program, self.folder), self.folder, self.is_ci).run()
        alone = self.folder / "shell"
        alone.mkdir()
        self.report.section("bundles: verify.sh, under every shell and awk", lambda: ShellChecks(
            self.report, alone, SCRIPT, Path(self.program).resolve(), self.is_ci, is_quick=True).run())
        self.report.section("bundles: 400 real posts", lambda: realposts.check(
            self.report, self.program, self.folder, self.posts.shared / "corpus/posts.tar.gz", self.is_ci))
        self.report.section("bundles: made-up posts", lambda: realposts.check_made_up(
            self.report, self.program, self.folder, self.is_ci))

    def forms(self) -> None:
        """Records of version 2, and the verdict of every reader on each of 2,000 entries."""
        FormChecks(self.report, self.program, self.folder, self.posts.shared, self.is_ci).run()

    def zips(self) -> None:
        """Zip files of a bundle, by other programs and with headers that disagree."""
        ZipChecks(self.report, self.program, self.folder, self.is_ci).run()

    def run(self, sections: list[str]) -> None:
        """The named sections; if one cannot start, that is a failure, and the others run."""
        for name in SECTIONS:
            if not sections or name in sections:
                try:
                    self.posts.run() if name == "posts" else getattr(self, name)()
                except Exception as error:  # noqa: BLE001: whatever happens belongs on the report
                    self.report.check(f"{name}: began", False, found=repr(error))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program's path")
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder to work in")
    parser.add_argument("--shared", type=Path, required=True, help="a folder with corpus/posts.tar.gz")
    parser.add_argument("sections", nargs="*", metavar="SECTION",
                        help=f"of {', '.join(SECTIONS)}; all when none is named")
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    program = str(Path(arguments.program).resolve())
    print(f"program: {program}", flush=True)
    report = Report()
    began = time.monotonic()
    Checks(report, program, arguments.folder, arguments.shared).run(arguments.sections)
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    print(f"\n{report.passed} passed, {report.failed} failed{skipped} ({time.monotonic() - began:.0f} s)")
    report.say_failures()
    return 0 if report.passed and not report.failed else 1


if __name__ == "__main__":
    sys.exit(main())

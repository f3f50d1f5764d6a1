"""Zip files whose parts disagree: those that `verify` accepts, every other program unpacks to the same bytes."""

import os
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import litter
import mutants
import shell
import zipmutants
import zipreaders
from archive import Archive
from bag import Bag
from report import Report
from sections import SAMPLES
from signer import Signer
from verdicts import PYTHON, differences, in_python, of_command, of_script
from wanted import PROGRAM, SCRIPT
from zipreaders import READERS, TOOLS, Tree

# The least number of mutants, and of those that some program unpacks to other bytes although `verify` refuses them: without such
# ones agreement would show nothing.
LEAST = 2_000
LEAST_DIFFERENT = 200
# Of those that `verify` refuses, every n-th is given to the programs too; Python, which starts none, reads each.
SAMPLE = 25


class ZipChecks:
    """A bundle without verifiers, so that thousands of it are read in seconds."""

    def __init__(self, report: Report, program: str, folder: Path, is_ci: bool) -> None:
        self.report = report
        self.is_ci = is_ci
        self.folder = folder / "zips"
        self.folder.mkdir()
        self.archive = Archive(program, self.folder / "archive")
        shutil.copytree(SAMPLES / "_posts", self.archive.folder / "_posts")
        self.archive.add("_posts")
        (self.pins,) = self.archive.store.glob("provenance/keys/*")
        self.whole = self.folder / "whole"
        self.archive.run("export", "--bundle", self.whole)
        self.archive.run("export", "--bundle", self.folder / "small", "--index", "0..1")
        self.signed = Bag.read(self.folder / "small")
        self.signed.drop("evidence.html", "verify.sh", "VERIFY.md", "manifest.json", "datapackage.json")
        self.signed.relist()
        self.signed.sign(Signer.read(self.archive.folder / "keys", "signer"))
        self.bag = self.signed.copy()
        self.bag.unsign()
        self.bag.relist()

    def status(self, file: Path) -> int:
        """The verdict of `verify` on a file."""
        return self.archive.run("verify", "-q", file, "--keys", self.pins, status=None).returncode

    # What other programs write

    def written(self) -> None:
        """Zip files of other programs"""
        if tools := zipreaders.missing():
            self.report.skip(f"zip files of other programs, for there is no {', '.join(tools)}", is_failure=self.is_ci)
            return
        below, name = self.whole.parent, self.whole.name
        commands = {
            "zip": ["zip", "-qr", "{}", name], "zip -0": ["zip", "-q0r", "{}", name], "zip -D -X": ["zip", "-qrDX", "{}", name],
            "zip to a pipe": ["sh", "-c", f"zip -qr - {name} | cat >{{}}"],
            "7z": ["7z", "a", "-bd", "-tzip", "{}", name], "7z -mx0": ["7z", "a", "-bd", "-tzip", "-mx0", "{}", name],
            "bsdtar": ["bsdtar", "-cf", "{}", "--format", "zip", name],
            "bsdtar, stored": ["bsdtar", "-cf", "{}", "--format", "zip", "--options", "zip:compression=store", name],
        }
        wrong = []
        for what, command in commands.items():
            file = self.folder / f"{what}.zip".replace(" ", "")
            subprocess.run([word.format(file) for word in command], cwd=below, check=True, stdout=subprocess.DEVNULL)
            wrong += [what] if self.status(file) != 0 else []
        file = Path(shutil.make_archive(str(self.folder / "python"), "zip", below, name))
        wrong += ["zipfile"] if self.status(file) != 0 else []
        self.archive.run("export", "--bundle", self.folder / "own.zip")
        wrong += ["provenance"] if self.status(self.folder / "own.zip") != 0 else []
        self.report.all("`verify` reads what other programs, and it itself, pack", [*commands, "zipfile", "provenance"],
                        wrong, "files")
        good = zipmutants.bases(self.bag)
        for what, base in good.items():
            (self.folder / "base.zip").write_bytes(base.encoded())
            trees = [read(base.encoded(), self.folder / "base.zip") for read in READERS.values()]
            if self.status(self.folder / "base.zip") != 0:
                wrong.append(what)
            # Few programs read streamed stored data with a descriptor; those that do must get these bytes.
            wrong += [what for tree in trees if tree is not None and not self.is_bundle(tree)]
        self.report.all("`verify` reads the zip files that the disagreements are made of, and all agree on them",
                        [*good], wrong, "files")

    def is_bundle(self, tree: Tree) -> bool:
        """Whether a tree is the bundle, at the top or in a folder, with only ignored files beside it."""
        if tree is None:
            return False
        tops = {path.split("/")[0] for path in tree if path not in litter.NAMES} - {"__MACOSX"}
        prefix = f"{tops.pop()}/" if len(tops) == 1 else ""
        wanted = {prefix + path: data for path, data in self.bag.files.items()}
        return all(tree.get(path) == data for path, data in wanted.items()) and all(
            litter.is_left(path.removeprefix(prefix), self.bag.files) for path in tree.keys() - wanted.keys())

    # Disagreements

    def judge(self, place: int, what: str, data: bytes) -> tuple[str, int, dict[str, Tree]]:
        """The results of `verify` and of the other programs on a file."""
        file = self.folder / f"{place}.zip"
        file.write_bytes(data)
        try:
            status = self.status(file)
            asked = READERS if status == 0 or place % SAMPLE == 0 else {"zipfile": READERS["zipfile"]}
            return what, status, {name: read(data, file) for name, read in asked.items()}
        finally:
            file.unlink()

    def disagreements(self) -> None:
        """Disagreements of headers"""
        if tools := zipreaders.missing():
            self.report.skip(f"disagreements of zip files, for there is no {', '.join(tools)}", is_failure=self.is_ci)
            return
        made = [*dict.fromkeys(zipmutants.mutants(self.bag))]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            judged = [*pool.map(lambda numbered: self.judge(numbered[0], *numbered[1]), enumerate(made))]
        accepted = [(what, trees) for what, status, trees in judged if status == 0]
        wrong, unpacked = [], Counter()
        for what, trees in accepted:
            for name, tree in trees.items():
                unpacked[name] += tree is not None
                if tree is not None and (not self.is_bundle(tree) or tree != trees["zipfile"]):
                    wrong.append((what, name))
        self.report.all(
            "every program unpacks a zip file that `verify` accepts to the bytes that were verified, or refuses it",
            accepted, wrong, f"accepted of {len(judged):,} disagreements")
        different = Counter(name for _, status, trees in judged if status != 0 for name, tree in trees.items()
                            if tree is not None and not self.is_bundle(tree))
        refused = len(judged) - len(accepted)
        self.report.check("there are enough disagreements, and enough that matter",
                          len(judged) >= LEAST and different["zipfile"] >= LEAST_DIFFERENT
                          and all(different[name] for name in READERS),
                          f"{len(judged):,} of them, {refused:,} refused; unpacked to other bytes, "
                          + ", ".join(f"{count} by {name}" for name, count in different.items()))
        self.report.check("what is accepted is unpacked by each program",
                          all(unpacked[name] > len(accepted) // 2 for name in READERS),
                          ", ".join(f"{count} by {name}" for name, count in unpacked.items()))
        odd = Counter(status for _, status, _ in judged)
        self.report.check("a disagreement is no failed verification but no bundle: exit status 2, or 0, 1 where the bundle itself differs",
                          not odd.keys() - {0, 1, 2} and odd[2] > odd[1], dict(odd))

    def leftovers(self) -> None:
        """What file managers leave"""
        out = self.folder / "left"
        script = of_script(shell.SCRIPT, out / "awks")
        single, few = ([asdict(case) for _, _, case in mutants.write(make(self.signed), out, make.__name__)]
                       for make in (litter.cases, litter.together))
        # The script starts a hundred programs for a verdict. Tests/Browser checks the page.
        for name, verifier, cases in (
            (PROGRAM, of_command(self.archive.program, "verify"), single + few), (PYTHON, in_python, single + few),
            (SCRIPT, script, single + few if os.environ.get("VERDICTS") == "all" else few),
        ):
            self.report.all(f"{name} passes over what file managers leave, and nothing else", cases,
                            differences(verifier, out, self.pins, cases), "bundles")
        shutil.rmtree(out)

    def run(self) -> None:
        """Every check of zip files."""
        for section in (self.written, self.disagreements, self.leftovers):
            self.report.section(f"zips: {section.__name__}", section)

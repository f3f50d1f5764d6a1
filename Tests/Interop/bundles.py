"""Bundles, judged by independent validators, by a second verifier, and by their own claims."""

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import bundle
import manifest
import tampering
import judges
import zips
from archive import Archive, Note, flipped
from bag import Bag, record
from report import Report
from signer import Signer
from judges import PACKAGE, PAGE, STATEMENT, Keys
from verdicts import VerdictChecks

DATE = "2026-11-25"
AT = f"{DATE}T00:00:00Z"

# `export --format` writes exactly these files of the bundle.
SINGLE = {"json": "manifest.json", "intoto": STATEMENT, "datapackage": PACKAGE, "html": PAGE}

# A spreadsheet takes a text that begins with one of these for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")

ELEMENT = '<script type="application/json" id="bundle-data">'


class BundleChecks:
    """Bundles of one archive: signed, without a note, without posts, of a filter and of a range."""

    def __init__(self, report: Report, archive: Archive, folder: Path, is_ci: bool) -> None:
        self.report = report
        self.archive = archive
        self.folder = folder / "bundles"
        self.folder.mkdir()
        self.is_ci = is_ci
        (self.pins,) = archive.store.glob("provenance/keys/*")
        keys = archive.folder / "keys"
        self.keys = Keys((keys / "signer.vkey").read_text().strip(), keys / "signer.pub.pem", archive.log_vkey)
        self.good = self.export("good", "--at", AT)
        source = archive.log.notes("provenance/post@v1")[0][2].fields["source"]
        self.bundles = {
            "everything": self.good, "no posts": self.export("withheld", "--without-posts"),
            "a filter": self.export("filter", "--url", source), "a range": self.export("range", "--index", "3..9"),
        }
        # An accession entry closes the run of `add`.
        last = Bag.read(self.good).indexes()[-1]
        self.bundles["no post among its entries"] = self.export("accession", "--index", f"{last}..{last}")
        # Without the signer's key a bundle has neither note nor statements.
        private = keys / "signer.key.pem"
        private.rename(folder / "away")
        self.bundles["no note"] = self.export("nonote")
        (folder / "away").rename(private)

    def export(self, name: str, *arguments: str) -> Path:
        """A bundle."""
        self.archive.run("export", "--bundle", self.folder / name, *arguments)
        return self.folder / name

    # Independent validators

    def judge(self, who: str, accepts, tampered: tampering.Changes, *names: str) -> None:
        """A validator accepts the named bundles, and refuses every tampered copy of the good one."""
        wrong = [name for name in names if not accepts(self.bundles[name])]
        self.report.all(f"{who} accepts every bundle", [*names], wrong, "bundles")
        copy, passed = self.folder / "tampered", []
        for name, change in tampered.items():
            bag = Bag.read(self.good)
            change(bag)
            bag.write(copy)
            if accepts(copy):
                passed.append(name)
        self.report.all(f"{who} refuses tampered ones", [*tampered], passed, "copies")

    def formats(self) -> None:
        """BagIt, sha256sum, data package, in-toto, manifest, notes and proofs"""
        signed = ("everything", "no posts", "a filter", "a range")
        good = Bag.read(self.good)
        for who, accepts, tampered, names in (
            ("bagit.py", judges.bagit, tampering.bagit, self.bundles),
            ("sha256sum", judges.sha256sum, tampering.sha256sum, self.bundles),
            ("frictionless", judges.frictionless, tampering.frictionless, self.bundles),
            ("securesystemslib", partial(judges.dsse, keys=self.keys), tampering.dsse, signed),
            ("in-toto-attestation", judges.in_toto, tampering.in_toto, signed),
            ("jsonschema, with rfc8785,", judges.schema, tampering.schema, self.bundles),
            ("openssl", partial(judges.openssl, keys=self.keys), tampering.openssl, signed),
            ("aics-tlog", partial(judges.inclusion, keys=self.keys), tampering.inclusion, self.bundles),
        ):
            self.judge(who, accepts, tampered(good), *names)

    def page(self) -> None:
        """The page as HTML, and its data"""
        good = Bag.read(self.good)
        self.judge("html5lib", judges.html5, tampering.html(good), *self.bundles)
        if judges.has_java():
            self.judge("the Nu HTML checker", judges.nu, tampering.nu(good), "everything", "no note")
        else:
            self.report.skip("the Nu HTML checker, for there is no java", is_failure=self.is_ci)
        own = self.verifier()
        wrong = []
        for name, folder in self.bundles.items():
            head, data, tail = split_page((folder / PAGE).read_text())
            document = json.loads(data)
            entries = Bag.read(folder).indexes()
            if (head, "", tail) != split_page((own / PAGE).read_text()) or any(sign in data for sign in "<>&"):
                wrong.append((name, "the page"))
            posts = [item for item in document["manifest"]["entries"]
                     if item.get("note", "").startswith("provenance/post@v1\n")]
            if document != {"entries": len(entries), "posts": len(posts),
                            "manifest": json.loads((folder / "manifest.json").read_bytes())}:
                wrong.append((name, "the data"))
            if (folder / "verify.sh").read_bytes() != (own / "verify.sh").read_bytes():
                wrong.append((name, "verify.sh"))
        self.report.all("evidence.html without its data and verify.sh are those of `export --verifier`",
                        [*self.bundles], wrong, "bundles")

    def verifier(self) -> Path:
        """What `export --verifier` writes."""
        folder = self.folder / "verifier"
        if not folder.exists():
            self.archive.run("export", "--verifier", folder)
        return folder

    # What bundle.md says of statements, of the lists and of single formats

    def statements(self) -> None:
        """The statement says what the records say"""
        wrong, items = [], []
        for name in ("everything", "no posts", "a filter", "a range"):
            bag = Bag.read(self.bundles[name])
            said = [item for statement in judges.statements(self.bundles[name])
                    for item in statement["predicate"]["posts"]]
            wanted = [stated(index, Note.parse(bag.files[record(index)])) for index in bag.indexes()
                      if bag.post(index)]
            items += said
            if said != wanted:
                wrong.append((name, said, wanted))
            wrong += [name for statement in judges.statements(self.bundles[name])
                      if statement["predicateType"] != "urn:provenance:post:v1"
                      or statement["predicate"]["checkpoint"].encode() != bag.files["checkpoint"]]
        self.report.all("the statements say what the records and the checkpoint say", items, wrong, "posts")

    def bytes_of_bundles(self) -> None:
        """Lists, order, note and repetition"""
        wrong = []
        for name, folder in self.bundles.items():
            bag = Bag.read(folder)
            again = bag.copy()
            again.relist()
            if name != "no note":
                again.sign(Signer.read(self.archive.folder / "keys", "signer"))
            if again.files != bag.files:
                wrong.append((name, [path for path in bag.files if again.files[path] != bag.files[path]]))
        self.report.all("lists, Payload-Oxum and note are, byte for byte, what Python makes of the files",
                        [*self.bundles], wrong, "bundles")
        again = Bag.read(self.export("again", "--at", AT))
        good = Bag.read(self.good)
        self.report.check("the same log, selection and --at give the same bytes", again.files == good.files)
        self.report.check("--at is in bag-info.txt alone, as a day", [
            path for path, data in good.files.items() if DATE.encode() in data
            and path not in ("evidence.html", "verify.sh", "VERIFY.md")] == ["bag-info.txt"])
        # A short host name may occur by chance in base64.
        machine = [name for name in [socket.gethostname()] if len(name) > 7]
        secrets = [str(self.archive.folder), "PRIVATE KEY", "last-signed", *machine]
        found = [(secret, path) for folder in self.bundles.values() for path, data in Bag.read(folder).files.items()
                 for secret in secrets if secret.encode() in data or secret in path]
        self.report.check("no bundle names the machine, a folder of its maker or a private key", not found, found=found)

    def single(self, name: str) -> Path:
        """What `export --format` writes."""
        path = self.folder / f"single-{name}"
        self.archive.run("export", "--format", name, "-o", path)
        return path

    def single_formats(self) -> None:
        """`export --format`"""
        wrong = [name for name, path in SINGLE.items()
                 if self.single(name).read_bytes() != (self.good / path).read_bytes()]
        self.report.all("`export --format` writes the bundle's own files", [*SINGLE], wrong, "formats")

        good = Bag.read(self.good)
        posts = [Note.parse(good.files[record(index)]).fields for index in good.indexes() if good.post(index)]
        with self.single("csv").open(newline="") as text:
            rows = [*csv.DictReader(text, strict=True)]
        self.report.check("Python's csv reads the posts back, and nothing that a spreadsheet would run", [
            (row["sha256"], row["source"]) for row in rows if row["sha256"]] == [
            (fields["sha256"], "'" * fields["source"].startswith(FORMULAS) + fields["source"]) for fields in posts],
            f"{len(rows)} rows", rows[:2])

        path = self.folder / "posts"
        self.archive.run("export", "--format", "bagit", "-o", path)
        bag = Bag.read(path)
        found = [judges.bagit(path), len([name for name in bag.files if name.startswith("data/")])]
        bag.files[next(name for name in bag.files if name.startswith("data/"))] += b"x"
        bag.write(path)
        self.report.check("bagit.py accepts `export --format bagit`, and refuses it with a post changed",
                          [*found, judges.bagit(path)] == [True, len(posts), False], found=found)

        listed = self.single("sha256sum")
        places = [self.archive.folder / os.fsdecode(path) for path, line in self.archive.fates().items()
                  if line["fate"] in ("recorded", "known")]

        def accepts() -> bool:
            return subprocess.run(["sha256sum", "-c", "--strict", listed], cwd=self.archive.folder,
                                  capture_output=True).returncode == 0

        found = [len(listed.read_text().splitlines()), accepts()]
        data = places[0].read_bytes()
        places[0].write_bytes(flipped(data, 100))
        found.append(accepts())
        places[0].write_bytes(data)
        self.report.check("sha256sum finds each post at its place with `export --format sha256sum`, and one changed",
                          found == [len(places), True, False], f"{len(places)} places", found)

    # Verdicts

    def accepted(self) -> None:
        """Three verifiers on good bundles"""
        program = partial(self.archive.run, "verify", "--keys", self.pins, status=None)
        script = self.verifier() / "verify.sh"
        wrong = []
        for name, folder in self.bundles.items():
            found = (bundle.status(folder, self.pins)[0], program(folder).returncode, subprocess.run(
                ["sh", script, "--keys", self.pins, folder], capture_output=True).returncode, manifest.status(
                (folder / "manifest.json").read_bytes(), self.pins)[0])
            if found != (0, 0, 0, 0):
                wrong.append((name, found))
        self.report.all("bundle.py, `verify`, verify.sh and, of its manifest, manifest.py accept every bundle",
                        [*self.bundles], wrong, "bundles")

    def refused(self) -> None:
        """Mutants"""
        here = Path(__file__).parent
        out = self.folder / "mutants"
        subprocess.run([sys.executable, here / "mutants.py", self.good, out, "--private", self.archive.folder / "keys"],
                       check=True, stdout=subprocess.DEVNULL)
        VerdictChecks(self.report, out, self.pins, Path(self.archive.program), self.verifier() / "verify.sh").run()
        shutil.rmtree(out)

    def zipped(self) -> None:
        """Zip files"""
        def status(data: bytes) -> int:
            file = self.folder / "bundle.zip"
            file.write_bytes(data)
            return self.archive.run("verify", file, "--keys", self.pins, status=None).returncode

        good = Bag.read(self.good)
        for what, files, is_good in (
            ("reads zip files", zips.good(good), True),
            ("refuses zip files that leave the folder, swell, lie or have two faces", zips.hostile(good), False),
        ):
            wrong = [(name, found) for name, data in files.items() if ((found := status(data)) == 0) != is_good]
            self.report.all(f"`verify` {what}", [*files], wrong, "files")

    def run(self) -> None:
        """Every check of bundles."""
        for section in (self.formats, self.page, self.statements, self.bytes_of_bundles, self.single_formats,
                        self.accepted, self.zipped, self.refused):
            self.report.section(f"bundles: {section.__name__.replace('_', ' ')}", section)


def stated(index: int, note: Note) -> dict:
    """The members that a statement must have for a post's record."""
    fields = note.fields
    said = {"dated": fields["dated"], "index": index, "recorded": int(fields["recorded"]), "sha256": fields["sha256"],
            "source": fields["source"]}
    return said | ({"published": int(fields["published"])} if "published" in fields else {})


def split_page(text: str) -> tuple[str, str, str]:
    """The page before, in and after its data, which has its own line."""
    head, data = text.split(f"\n{ELEMENT}")
    data, tail = data.split("</script>\n", 1)
    return head, data, tail

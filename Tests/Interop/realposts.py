"""Bundles of real posts, which every verifier accepts, and of made-up posts, which are hard to read."""

import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import bodies
import bundle
import frontmatter
import judges
import manifest
import posts
from archive import Archive
from judges import Keys
from packed import made
from report import Report


SAMPLES = Path(__file__).resolve().parents[1] / "Samples"


def check(report: Report, program: str, folder: Path, packed: Path, is_ci: bool) -> None:
    """Records the posts of a packed corpus, exports them as a bundle, and runs every verifier on it."""
    if not packed.exists():
        report.skip(f"a bundle of the 400 real posts, for there is no {packed}", is_failure=is_ci)
        return
    archive, out = made(program, folder, packed)
    (pins,) = archive.store.glob("provenance/keys/*")
    public = archive.folder / "keys"
    keys = Keys((public / "signer.vkey").read_text().strip(), public / "signer.pub.pem", archive.log_vkey)
    own = folder / "real-verifiers"
    archive.run("export", "--verifier", own)
    script = ["sh", own / "verify.sh", "--keys", pins, out]
    path = only(folder, "mawk") if shutil.which("mawk") else os.environ["PATH"]
    judging = {
        "bagit.py": judges.bagit, "sha256sum": judges.sha256sum, "frictionless": judges.frictionless,
        "securesystemslib": partial(judges.dsse, keys=keys), "in-toto-attestation": judges.in_toto,
        "jsonschema and rfc8785": judges.schema, "openssl": partial(judges.openssl, keys=keys),
        "aics-tlog": partial(judges.inclusion, keys=keys), "html5lib": judges.html5,
        "bundle.py": lambda folder: bundle.status(folder, pins)[0] == 0,
        "manifest.py": lambda folder: manifest.status((folder / "manifest.json").read_bytes(), pins)[0] == 0,
        "verify": lambda folder: archive.run("verify", folder, "--keys", pins, status=None).returncode == 0,
        "verify.sh": lambda folder: subprocess.run(
            script, capture_output=True, env={**os.environ, "PATH": path}).returncode == 0,
    }
    wrong = [who for who, accepts in judging.items() if not accepts(out)]
    found = len(list((out / "data").rglob("*.md")))
    report.all("every verifier accepts a bundle of the real posts", [*judging], wrong, f"judges, {found} posts")


def only(folder: Path, tools: str) -> str:
    """A search path on which awk is this command."""
    place = folder / f"only-{tools.split()[0]}"
    place.mkdir()
    (place / "awk").write_text(f'#!/bin/sh\nexec {tools} "$@"\n')
    (place / "awk").chmod(0o755)
    return f"{place}:/usr/bin:/bin"


def check_made_up(report: Report, program: str, folder: Path, is_ci: bool) -> None:
    """verify.sh rebuilds the records of made-up bodies, heads and front matter as the program did."""
    archive = Archive(program, folder / "odd")
    samples = [posts.read(path.read_bytes()).body for path in sorted((SAMPLES / "_posts").rglob("*.md"))]
    bodies.write(archive.folder / "bodies", samples, 1_200, 200)
    frontmatter.write(archive.folder / "fronts", 1_500)
    archive.add("bodies", "fronts")
    archive.run("export", "--bundle", folder / "odd-bundle")
    archive.run("export", "--verifier", folder / "odd-verifiers")
    (pins,) = archive.store.glob("provenance/keys/*")
    count = len(list((folder / "odd-bundle/data").rglob("*.md")))
    # For the real posts mawk does so.
    for shell, tools in (("dash", "original-awk"), ("bash --posix", "gawk"), ("busybox sh", "busybox awk")):
        if not shutil.which(shell.split()[0]) or not shutil.which(tools.split()[0]):
            report.skip(f"made-up posts under {shell} and {tools}, for one is not here", is_failure=is_ci)
            continue
        result = subprocess.run([*shell.split(), folder / "odd-verifiers/verify.sh", "--keys", pins, folder / "odd-bundle"],
                                capture_output=True, text=True, env={"PATH": only(folder, tools)})
        claims = {words[0]: [*map(int, words[1:])] for line in result.stdout.splitlines()
                  if re.fullmatch(r"\w+( +\d+){4}", line) and (words := line.split())}
        source = claims.get("source", [0, 0, 0, 0])
        report.check(
            f"verify.sh under {shell} and {tools} rebuilds {count:,} made-up posts, the source of {source[0]:,}",
            result.returncode == 0 and claims["content"] == [count, 0, 0, 0] and sum(source[:2]) >= count
            and source[0] > count / 2 and source[1] > 100 and re.search("takes a reader of YAML", result.stdout),
            found=(result.returncode, claims, result.stdout[-600:], result.stderr[-300:]))

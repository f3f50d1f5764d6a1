"""A bundle of real posts: everything that judges bundles accepts it."""

import subprocess
from functools import partial
from pathlib import Path

import bundle
import judges
import manifest
from archive import Archive
from judges import Keys
from report import Report


def check(report: Report, program: str, folder: Path, packed: Path, is_ci: bool) -> None:
    """Records the posts of a packed corpus, exports them as a bundle, and asks everybody."""
    if not packed.exists():
        report.skip(f"a bundle of the 400 real posts, for there is no {packed}", is_failure=is_ci)
        return
    archive = Archive(program, folder / "real")
    posts = archive.folder / "corpus"
    posts.mkdir()
    subprocess.run(["tar", "-xzf", packed.resolve(), "-C", posts, "./posts"], check=True)
    archive.add("corpus")
    out = folder / "real-bundle"
    archive.run("export", "--bundle", out)
    (pins,) = archive.store.glob("provenance/keys/*")
    public = archive.folder / "keys"
    keys = Keys((public / "signer.vkey").read_text().strip(), public / "signer.pub.pem", archive.log_vkey)
    own = folder / "real-verifiers"
    archive.run("export", "--verifier", own)
    script = ["sh", own / "verify.sh", "--keys", pins, out]
    judging = {
        "bagit.py": judges.bagit, "sha256sum": judges.sha256sum, "frictionless": judges.frictionless,
        "securesystemslib": partial(judges.dsse, keys=keys), "in-toto-attestation": judges.in_toto,
        "jsonschema and rfc8785": judges.schema, "openssl": partial(judges.openssl, keys=keys),
        "aics-tlog": partial(judges.inclusion, keys=keys), "html5lib": judges.html5,
        "bundle.py": lambda folder: bundle.status(folder, pins)[0] == 0,
        "manifest.py": lambda folder: manifest.status((folder / "manifest.json").read_bytes(), pins)[0] == 0,
        "verify": lambda folder: archive.run("verify", folder, "--keys", pins, status=None).returncode == 0,
        "verify.sh": lambda folder: subprocess.run(script, capture_output=True).returncode == 0,
    }
    wrong = [who for who, accepts in judging.items() if not accepts(out)]
    found = len(list((out / "data").rglob("*.md")))
    report.all("everybody accepts a bundle of the real posts", [*judging], wrong, f"judges, {found} posts")

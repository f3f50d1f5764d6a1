"""A bundle of a packed corpus of posts; for checks that run without the packages of the others."""

import subprocess
from pathlib import Path

from archive import Archive


def made(program: str, folder: Path, packed: Path) -> tuple[Archive, Path]:
    """An archive of the posts of a packed corpus, and its bundle."""
    archive = Archive(program, folder / "real")
    unpacked = archive.folder / "corpus"
    unpacked.mkdir()
    subprocess.run(["tar", "-xzf", packed.resolve(), "-C", unpacked, "./posts"], check=True)
    archive.add("corpus")
    archive.run("export", "--bundle", folder / "real-bundle")
    return archive, folder / "real-bundle"

"""Other programs that unpack zip files, and the result of each."""

import io
import os
import shutil
import subprocess
import tempfile
import warnings
import zipfile
from pathlib import Path

# A reader's files by path; None where it refuses the file.
Tree = dict[str, bytes] | None


def python(data: bytes, _: Path) -> Tree:
    """Python's zipfile."""
    tree: dict[str, bytes] = {}
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(data)) as archive:
            warnings.simplefilter("ignore")
            for info in archive.infolist():
                # The path that `extract` would write to.
                name = "/".join(part for part in info.filename.split("/") if part not in ("", ".", ".."))
                if not info.is_dir():
                    tree[name] = archive.read(info)
    except Exception:  # noqa: BLE001: whatever it raises, it refuses the file
        return None
    return tree


def unpacked(command: list[str], folder: Path, given: bytes | None, good: tuple[int, ...]) -> Tree:
    """The files that a program writes into its own folder."""
    try:
        ended = subprocess.run(command, input=given, stdin=None if given is not None else subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20, cwd=folder)
    except subprocess.TimeoutExpired:
        return None
    if ended.returncode not in good:
        return None
    tree = {}
    for base, folders, files in os.walk(folder):
        for name in files + [name for name in folders if os.path.islink(os.path.join(base, name))]:
            path = os.path.join(base, name)
            relative = os.path.relpath(path, folder)
            if os.path.islink(path):
                tree[relative] = b"link to " + os.readlink(os.fsencode(path))
            elif os.path.isfile(path):
                os.chmod(path, 0o600)
                with open(path, "rb") as file:
                    tree[relative] = file.read()
            else:
                tree[relative] = b"special file"
    return tree


def program(command: list[str], good: tuple[int, ...] = (0,), is_stream: bool = False):
    """A reader that is a program: `{}` is the file, the current folder where it unpacks."""
    def read(data: bytes, file: Path) -> Tree:
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            return unpacked([word.format(file) for word in command], Path(folder), data if is_stream else None, good)
    return read


# Exit status 1 of Info-ZIP and 7-Zip is a warning: they have unpacked the file.
READERS = {
    "zipfile": python,
    "unzip": program(["unzip", "-qq", "-o", "{}"], (0, 1)),
    "bsdtar": program(["bsdtar", "-xf", "{}"]),
    "bsdtar of a stream": program(["bsdtar", "-xf", "-"], is_stream=True),
    "7z": program(["7z", "x", "-y", "-bd", "-bso0", "-bse0", "-bsp0", "{}"], (0, 1)),
}

TOOLS = ("unzip", "zip", "bsdtar", "7z")


def missing() -> list[str]:
    """The programs that are not installed."""
    return [tool for tool in TOOLS if not shutil.which(tool)]

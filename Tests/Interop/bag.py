"""A bundle in memory, to tamper with: its files by path; lists and note can be made consistent again."""

import copy
import hashlib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from signer import Signer

PAYLOAD = "manifest-sha256.txt"
TAGS = "tagmanifest-sha256.txt"
SUMS = "SHA256SUMS"
INFO = "bag-info.txt"
NOTE = "bundle.note"


def sha256(data: bytes) -> str:
    """Lowercase hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def record(index: int) -> str:
    """A record's path."""
    return f"records/{index}.note"


def proof(index: int) -> str:
    """A proof's path."""
    return f"proofs/{index}.tlog-proof"


@dataclass
class Bag:
    """A bundle: bytes by path, the targets of links by path, and the paths of pipes."""

    files: dict[str, bytes]
    links: dict[str, str] = field(default_factory=dict)
    pipes: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> "Bag":
        """A bundle without links."""
        return cls({str(path.relative_to(folder)): path.read_bytes()
                    for path in sorted(folder.rglob("*")) if path.is_file()})

    def copy(self) -> "Bag":
        return copy.deepcopy(self)

    def write(self, folder: Path) -> None:
        """Writes the bundle to a folder, replacing what was there."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in [*self.files, *self.links, *self.pipes]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        for path, data in self.files.items():
            (folder / path).write_bytes(data)
        for path, target in self.links.items():
            (folder / path).symlink_to(target)
        for path in self.pipes:
            os.mkfifo(folder / path)

    def indexes(self) -> list[int]:
        """The entries that have a record, in the order of the log."""
        return sorted(int(found[1]) for path in self.files
                      if (found := re.fullmatch(r"records/(0|[1-9]\d*)\.note", path)))

    def post(self, index: int) -> str | None:
        """The path of the post that a record names."""
        found = re.search(rb"\nsha256 ([0-9a-f]{64})\n", self.files[record(index)])
        return f"data/sha256/{found[1][:2].decode()}/{found[1].decode()}.md" if found else None

    def info(self, label: str) -> str:
        """A value of bag-info.txt."""
        return re.search(rf"^{label}: (.*)$", self.files[INFO].decode(), re.MULTILINE)[1]

    def set_info(self, label: str, value: str) -> None:
        """Changes a value of bag-info.txt."""
        line = f"{label}: {value}".encode()
        self.files[INFO] = re.sub(rf"^{label}: .*$".encode(), lambda _: line, self.files[INFO], flags=re.MULTILINE)

    def set_checkpoint(self, new: bytes) -> None:
        """Replaces the checkpoint, in the proofs too."""
        old = self.files["checkpoint"]
        for index in self.indexes():
            self.files[proof(index)] = self.files[proof(index)].removesuffix(old) + new
        self.files["checkpoint"] = new

    def swap(self, one: str, other: str) -> None:
        """Swaps the bytes of two files."""
        self.files[one], self.files[other] = self.files[other], self.files[one]

    def drop(self, *paths: str) -> None:
        """Removes files."""
        for path in paths:
            del self.files[path]

    # Making it good again

    def relist(self) -> None:
        """Writes Payload-Oxum and the lists again, as an honest program would for the present files."""
        payload = [path for path in self.files if path.startswith("data/")]
        self.set_info("Payload-Oxum", f"{sum(len(self.files[path]) for path in payload)}.{len(payload)}")
        self.files[PAYLOAD] = self.lines(lambda path: path.startswith("data/"))
        self.retag()

    def retag(self) -> None:
        """Writes those lists again that cover bag-info.txt and the payload list, which stay as they are."""
        self.files[SUMS] = self.lines(lambda path: path not in (SUMS, TAGS, NOTE))
        self.files[TAGS] = self.lines(lambda path: path not in (TAGS, NOTE) and not path.startswith("data/"))

    def lines(self, is_listed) -> bytes:
        """A list of the chosen files: those of entries in the order of the log, then the others by name."""
        entries: dict[str, None] = {}
        for index in self.indexes():
            entries |= dict.fromkeys((record(index), proof(index), self.post(index)))
        order = [path for path in entries if path in self.files]
        order += sorted(self.files.keys() - entries.keys())
        return "".join(f"{sha256(self.files[path])}  {path}\n" for path in order if is_listed(path)).encode()

    def unsign(self) -> None:
        """Turns it into a bundle made without a signer's key: no note, no statements, and nothing that announces them."""
        for path in [path for path in self.files if path == NOTE or path.startswith("statement")]:
            del self.files[path]
        self.files[INFO] = re.sub(rb"Provenance-Signer: .*\n", b"", self.files[INFO])

    def sign(self, signer: Signer, key_id: bytes | None = None) -> None:
        """Signs the present tag manifest, under another key id if one is given."""
        text = (f"{self.info('Provenance-Bundle')}\nsigner {signer.name}\nlog {self.info('Provenance-Log')}\n"
                f"size {self.info('Provenance-Log-Size')}\ntagmanifest {sha256(self.files[TAGS])}\n")
        self.files[NOTE] = signer.note(text.encode(), key_id)

"""Drives the program, and reads what it wrote without any of its code."""

import base64
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

TILE = 256


class Unexpected(Exception):
    """The program ended with an unexpected exit status."""


class Archive:
    """An archive made by the program in its own folder, with its own key store."""

    def __init__(self, program: str, folder: Path, origin: str = "archive.example.org/interop") -> None:
        self.program = program
        self.folder = folder
        self.origin = origin
        self.store = folder.with_name(folder.name + ".config")
        folder.mkdir(parents=True)
        self.run("init", "--origin", origin)

    def run(self, *arguments: str | Path, status: int | None = 0, text: bool = True) -> subprocess.CompletedProcess:
        """Runs the program in the archive's folder. Raises Unexpected for another exit status; None takes any."""
        result = subprocess.run(
            [self.program, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
            env={**os.environ, "XDG_CONFIG_HOME": str(self.store), "NO_COLOR": "1"}, text=text, timeout=300)
        if status is not None and result.returncode != status:
            raise Unexpected(f"{arguments}: exit status {result.returncode}, not {status}: "
                             f"{str(result.stdout)[-800:]}{str(result.stderr)[-800:]}")
        return result

    def add(self, *arguments: str) -> dict:
        """`add`, whatever it refuses; its JSON."""
        return json.loads(self.run("add", "--json", "--tolerate-refused", *arguments).stdout)

    @property
    def log(self) -> "Log":
        """The log as it is now."""
        return Log(self.folder / "log")

    @property
    def log_vkey(self) -> Path:
        """The log's public key in the key store that `init` wrote to: pinned, and outside the archive."""
        (found,) = self.store.glob("provenance/keys/*/log.vkey")
        return found

    def registers(self) -> dict[str, "Register"]:
        """The registers by name."""
        return {path.name: Register(path.read_bytes()) for path in (self.folder / "accessions").iterdir()}

    def fates(self) -> dict[bytes, dict]:
        """The last recorded fate of each path, from all registers."""
        fates: dict[bytes, dict] = {}
        for register in self.registers().values():
            for line in register.items:
                fates[raw_path(line)] = line
        return fates


def raw_path(line: dict) -> bytes:
    """The path in a register's line or a placement."""
    return line["path"].encode() if "path" in line else base64.b64decode(line["path64"], validate=True)


class Register:
    """A register: JSON Lines."""

    def __init__(self, data: bytes) -> None:
        assert data.endswith(b"\n")
        self.lines = data[:-1].split(b"\n")
        self.roots = json.loads(self.lines[0])["roots"]
        self.items = [json.loads(line) for line in self.lines[1:]]


@dataclass(frozen=True)
class Note:
    """A signed note, split at its last blank line; nothing is verified."""

    text: bytes
    signatures: list[tuple[str, bytes, bytes]]

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Raises ValueError."""
        text, blank, rest = data.rpartition(b"\n\n")
        if not blank or not rest.endswith(b"\n"):
            raise ValueError("no signature part")
        signatures = []
        for line in rest[:-1].decode().split("\n"):
            dash, name, blob = line.split(" ")
            raw = base64.b64decode(blob, validate=True)
            if dash != "\u2014" or base64.b64encode(raw).decode() != blob:
                raise ValueError("no signature line")
            signatures.append((name, raw[:4], raw[4:]))
        return cls(text + b"\n", signatures)

    @property
    def lines(self) -> list[str]:
        """The text's lines."""
        return self.text.decode().split("\n")[:-1]

    @property
    def kind(self) -> str:
        """The first line."""
        return self.lines[0]

    @property
    def fields(self) -> dict[str, str]:
        """The other lines, by their first word."""
        return dict(line.split(" ", 1) for line in self.lines[1:])


class Log:
    """A log's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkpoint = (folder / "checkpoint").read_bytes()
        self.origin, size, self.root64 = Note.parse(self.checkpoint).lines
        self.size = int(size)
        self.root = base64.b64decode(self.root64)
        self._entries: list[bytes] | None = None

    @property
    def entries(self) -> list[bytes]:
        """All entries, read from the bundles."""
        if self._entries is None:
            self._entries = []
            for number in range((self.size + TILE - 1) // TILE):
                count = min(TILE, self.size - number * TILE)
                data = (self.folder / "tile" / "entries" / tile_name(number, count)).read_bytes()
                before = len(self._entries)
                while data:
                    length = int.from_bytes(data[:2])
                    assert len(data) >= 2 + length
                    self._entries.append(data[2:2 + length])
                    data = data[2 + length:]
                assert len(self._entries) - before == count
        return self._entries

    def notes(self, kind: str) -> list[tuple[int, bytes, Note]]:
        """The entries of one kind: index, bytes, note."""
        return [(index, entry, Note.parse(entry)) for index, entry in enumerate(self.entries)
                if entry.startswith(kind.encode() + b"\n")]

    def files(self) -> list[Path]:
        """Every tile and bundle, relative to the folder, in order."""
        return sorted(path.relative_to(self.folder) for path in (self.folder / "tile").rglob("*") if path.is_file())


def tile_name(number: int, count: int) -> str:
    """A tile's path below its level: groups of three digits, all but the last after an x; `.p/W` when partial."""
    digits = f"{number:03}"
    digits = "0" * (-len(digits) % 3) + digits
    groups = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return path if count == TILE else f"{path}.p/{count}"


@dataclass(frozen=True)
class Proof:
    """A c2sp.org/tlog-proof@v1 file."""

    extra: bytes | None
    index: int
    hashes: list[bytes]
    checkpoint: bytes

    @classmethod
    def parse(cls, data: bytes) -> "Proof":
        """Raises ValueError."""
        head, blank, checkpoint = data.partition(b"\n\n")
        lines = head.decode().split("\n")
        if not blank or lines.pop(0) != "c2sp.org/tlog-proof@v1":
            raise ValueError("no proof")
        extra = base64.b64decode(lines.pop(0)[6:], validate=True) if lines[0].startswith("extra ") else None
        word, index = lines.pop(0).split(" ")
        if word != "index":
            raise ValueError("no index")
        return cls(extra, int(index), [base64.b64decode(line, validate=True) for line in lines], checkpoint)


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    """A copy with one bit flipped."""
    copy = bytearray(data)
    copy[at] ^= 1 << bit
    return bytes(copy)

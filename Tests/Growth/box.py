"""A case's own archive, and helpers that make inputs."""

import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

ORIGIN = "archive.example/news"


@dataclass
class Run:
    """The counted command, and how it must end: a case that does not do what it says proves nothing."""

    arguments: list[str]
    status: int = 0
    # Words that the output must contain.
    words: str = ""
    given: bytes = b""


@dataclass
class Case:
    name: str
    n: int
    make: Callable[["Box", int], Run]
    # The largest size, where the program has a limit.
    most: int = 1 << 40
    # Whether the case runs in .ci/run, which has time for one or two cases of each reader.
    is_sampled: bool = False
    # The part of the cost that may be quadratic, where a limit above the sizes here bounds it; the case names the limit.
    bounded: float = 0
    # Whether the cost is constant, because a limit refuses the input before it is read.
    is_refused_at_once: bool = False


CASES: list[Case] = []


def case(name: str, n: int, most: int = 1 << 40, sampled: bool = False, bounded: float = 0, refused_at_once: bool = False):
    """Registers a case: what it is, and the smallest of its three sizes."""
    def register(make: Callable[["Box", int], Run]):
        CASES.append(Case(name, n, make, most, sampled, bounded, refused_at_once))
        return make
    return register


def post(number: int, address: str | None = None, words: str = "", title: str | None = None) -> bytes:
    """A post of the usual kind, different for each number."""
    return (f'---\ntitle: "{title or f"Post {number}"}"\ndate: 2022-02-10T05:52:00Z\n'
            f"from: {address or f'https://news.example/{number}'}\ntags: [ news ]\n---\n"
            f"<p>The words of post {number}.</p>{words}\n").encode()


class Box:
    """A folder with an archive in it, `archive/`, and a configuration of its own, in which the archive's keys are pinned."""

    def __init__(self, folder: Path, program: str, fixtures: Path):
        self.folder = folder
        self.program = program
        self.fixtures = fixtures
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def keys(self) -> Path:
        """The public keys alone, as someone has who got them elsewhere."""
        return self.folder / "public"

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "config"),
                "TMPDIR": str(self.folder), "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "COLUMNS": "80",
                # Then tables have the same collisions in each run.
                "SWIFT_DETERMINISTIC_HASHING": "1"}

    def run(self, *arguments: str, exits: tuple[int, ...] = (0,), given: bytes = b"") -> str:
        """Runs the program in the archive, not counted."""
        done = subprocess.run([self.program, *arguments], cwd=self.archive, env=self.environment, input=given,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = done.stdout.decode(errors="replace")
        if done.returncode not in exits:
            raise RuntimeError(f"{' '.join(arguments)[:200]}: exit status {done.returncode}: {text[:600]}")
        return text

    def write(self, path: str, data: bytes | str) -> str:
        file = self.archive / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    # Archives that several cases start from.

    def empty(self) -> "Box":
        """A new archive without entries."""
        def make(box: Box):
            box.archive.mkdir()
            box.run("init", "-q", "--origin", ORIGIN)
            box.keys.mkdir()
            for name in ["log.vkey", "signer.vkey", "policy", "signers"]:
                shutil.copy(box.archive / "keys" / name, box.keys)
        return self.copied("empty", make)

    def posts(self, n: int, copied: bool = False, kind: str = "posts") -> "Box":
        """An archive with n posts below _posts, recorded by one add: to be read, or copied and changed."""
        def make(box: Box):
            box.empty()
            for number in range(n):
                address = "https://news.example/feed" if kind == "address" else None
                box.write(f"_posts/{number:05}.md", post(number, address))
            box.run("add", "-q", "_posts")
        name = f"{kind}-{n}"
        return self.copied(name, make) if copied else self.shared(name, make)

    def adds(self, n: int, copied: bool = False) -> "Box":
        """An archive with n posts, each recorded by its own add."""
        def make(box: Box):
            box.empty()
            for number in range(n):
                box.write(f"_posts/{number:05}.md", post(number))
                box.run("add", "-q", f"_posts/{number:05}.md")
        name = f"adds-{n}"
        return self.copied(name, make) if copied else self.shared(name, make)

    def shared(self, name: str, make: Callable[["Box"], None]) -> "Box":
        """An archive made once, by the first process that asks for it, and shared from then on."""
        self.fixtures.mkdir(parents=True, exist_ok=True)
        place = self.fixtures / name
        with (self.fixtures / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (place / "made").exists():
                shutil.rmtree(place, ignore_errors=True)
                make(Box(place, self.program, self.fixtures))
                (place / "made").touch()
        self.folder = place
        return self

    def copied(self, name: str, make: Callable[["Box"], None]) -> "Box":
        """The same, as a copy that may be changed."""
        source = Box(self.folder, self.program, self.fixtures).shared(name, make)
        shutil.copytree(source.folder, self.folder, symlinks=True, dirs_exist_ok=True)
        return self

    def withhold(self) -> None:
        """Replaces all register lines but the first by their leaf hashes, as for withholding paths."""
        for register in (self.archive / "accessions").glob("*.jsonl"):
            first, *lines = register.read_bytes().splitlines()
            hidden = [b'"' + hashlib.sha256(b"\0" + line).hexdigest().encode() + b'"' for line in lines]
            register.write_bytes(b"".join(line + b"\n" for line in [first, *hidden]))


# Keys without a known private half.

PRIME = 2**255 - 19
SEED = {"next": 0}


def point() -> bytes:
    """32 bytes that encode a point on the curve, different for each call."""
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    while True:
        SEED["next"] += 1
        y = int.from_bytes(hashlib.sha256(b"point %d" % SEED["next"]).digest(), "little") & (2**255 - 1)
        if y >= PRIME:
            continue
        square = (y * y - 1) * pow(d * y * y + 1, -1, PRIME) % PRIME
        if square and pow(square, (PRIME - 1) // 2, PRIME) == 1:
            return y.to_bytes(32, "little")


def vkey(name: str, kind: int = 1) -> str:
    key = bytes([kind]) + point()
    name_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
    return f"{name}+{name_id}+{base64.b64encode(key).decode()}"

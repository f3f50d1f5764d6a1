"""Clones that record on one shared git repository, together and killed at every step: one history, no post lost.

What must hold afterwards is computed here from the files of the shared repository, without the program's code: every checkpoint that
was ever pushed, and every one that a clone remembers as signed, is the root of the first entries of the one log that is there now.
"""

import argparse
import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ORIGIN = "archive.example.org/news"
RUNNERS = 20
# All of them at a time, so that each meets others.
TOGETHER = RUNNERS
POSTS = 2
# A run counts its calls of git through this; at the chosen one it is killed, before git has done it or after.
WRAPPER = """#!/bin/sh
count=$(cat "$CALLS" 2>/dev/null || echo 0)
count=$((count + 1))
echo "$count" >"$CALLS"
[ "$count" = "$KILL_AT" ] || exec "$REAL_GIT" "$@"
[ "$KILL_WHEN" = before ] || "$REAL_GIT" "$@" >/dev/null 2>&1
echo "$*" >"$CALLS.killed"
kill -9 $PPID
"""
# More calls of git than a run makes.
MAX_CALLS = 120


def fail(what: str) -> None:
    sys.exit(f"Tests/Publish: {what}")


class Shared:
    """A bare repository, and the keys that its clones share."""

    def __init__(self, folder: Path, binary: str):
        self.folder = folder
        self.binary = binary
        self.remote = folder / "remote.git"
        (folder / "bin").mkdir(parents=True)
        wrapper = folder / "bin" / "git"
        wrapper.write_text(WRAPPER)
        wrapper.chmod(0o755)
        self.posts: list[str] = []
        self.lock = threading.Lock()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PROVENANCE_"))},
            "XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
            "REAL_GIT": shutil.which("git") or "git",
        }
        self.git("init", "-q", "--bare", "--initial-branch=main", str(self.remote))

    def git(self, *words: str, at: Path | None = None) -> bytes:
        ended = subprocess.run(
            ["git", *words], cwd=at or self.folder, env=self.environment, capture_output=True, check=False)
        if ended.returncode != 0:
            fail(f"git {' '.join(words)}: {ended.stderr.decode()}")
        return ended.stdout

    def begin(self) -> "Clone":
        """The first clone, with new keys and a log that nobody else has seen."""
        clone = Clone(self, "first", None)
        clone.command("init", "-q", "--origin", ORIGIN)
        clone.write()
        return clone

    def post(self, number: int) -> str:
        return (
            f"---\ntitle: \"Post {number}\"\ndate: 2022-02-10T05:52:00.000Z\nfrom: https://news.example.org/{number}\n---\n"
            f"<!--1644472320000-->\n[Post {number}](https://news.example.org/{number})\n------\n\n<p>Words {number}.</p>\n")


class Clone:
    def __init__(self, shared: Shared, name: str, keys: "Clone | None"):
        self.shared = shared
        self.name = name
        self.root = shared.folder / name
        shared.git("clone", "-q", str(shared.remote), str(self.root))
        if keys:
            for key in (keys.root / "keys").glob("*.key.pem"):
                shutil.copy(key, self.root / "keys")

    def write(self) -> None:
        with self.shared.lock:
            number = len(self.shared.posts)
            self.shared.posts.append(f"https://news.example.org/{number}")
        folder = self.root / "_posts"
        folder.mkdir(exist_ok=True)
        (folder / f"{number:04}.md").write_text(self.shared.post(number))

    def command(self, *words: str, **settings: str) -> subprocess.CompletedProcess:
        ended = subprocess.run(
            [self.shared.binary, *words], cwd=self.root, env={**self.shared.environment, **settings},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return ended

    def maintain(self, *words: str, kill_at: int = 0, when: str = "before") -> int:
        """Runs once; 0, or -9 where it was killed. Anything else is a failure."""
        settings = {}
        calls = self.shared.folder / f"{self.name}.calls"
        if kill_at:
            calls.unlink(missing_ok=True)
            settings = {
                "PATH": f"{self.shared.folder / 'bin'}:{os.environ['PATH']}", "CALLS": str(calls), "KILL_AT": str(kill_at),
                "KILL_WHEN": when,
            }
        ended = self.command("maintain", "--publish", "git", *words, **settings)
        if ended.returncode not in (0, -9):
            fail(f"{self.name}, {kill_at} {when}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}")
        return ended.returncode

    def killed_at(self) -> str:
        path = self.shared.folder / f"{self.name}.calls.killed"
        words = [word for word in path.read_text().split() if word != "-c" and "=" not in word]
        return " ".join(words[:2])


# What must hold

def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def roots(leaves: list[bytes]) -> list[bytes]:
    """The root of each size of a tree (RFC 6962 §2.1), from none to all leaves."""
    found, peaks = [hashlib.sha256(b"").digest()], []
    for number, node in enumerate(leaves, 1):
        bits = number
        while bits % 2 == 0:
            node = hashlib.sha256(b"\1" + peaks.pop() + node).digest()
            bits //= 2
        peaks.append(node)
        root = peaks[-1]
        for peak in reversed(peaks[:-1]):
            root = hashlib.sha256(b"\1" + peak + root).digest()
        found.append(root)
    return found


def checkpoint(note: bytes) -> tuple[int, bytes]:
    lines = note.split(b"\n")
    return int(lines[1]), base64.b64decode(lines[2])


def entries(folder: Path, size: int) -> list[bytes]:
    found: list[bytes] = []
    for number in range(0, size, 256):
        width = min(256, size - number)
        if number >= 256_000:
            fail("more entries than this program names bundles of")
        name = f"{number // 256:03}" + ("" if width == 256 else f".p/{width}")
        content = (folder / "log" / "tile" / "entries" / name).read_bytes()
        while content:
            length = int.from_bytes(content[:2], "big")
            found.append(content[2:2 + length])
            content = content[2 + length:]
    return found


def check(shared: Shared, clones: list[Clone]) -> str:
    """One history, and every post on record once and in the shared repository."""
    fresh = shared.folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    shared.git("clone", "-q", str(shared.remote), str(fresh))
    size, root = checkpoint((fresh / "log" / "checkpoint").read_bytes())
    log = entries(fresh, size)
    known = roots([leaf(entry) for entry in log])
    if len(log) != size or known[size] != root:
        fail("the entries do not give the root")
    commits = shared.git("rev-list", "main", at=shared.remote).decode().split()
    newest = size
    for commit in commits:
        then, root = checkpoint(shared.git("cat-file", "blob", f"{commit}:log/checkpoint", at=shared.remote))
        if then > newest or known[then] != root:
            fail(f"commit {commit} has another log of {then} entries")
        newest = then
    for clone in clones:
        for name in (".provenance/last-signed", ".provenance/published", "keys/log.last-signed"):
            path = clone.root / name
            if path.exists():
                signed, root = checkpoint(path.read_bytes())
                if signed > size or known[signed] != root:
                    fail(f"{clone.name}/{name} is of another log")
        if (clone.root / ".provenance" / "unpublished").exists() or (clone.root / ".provenance" / "publish-move").exists():
            fail(f"{clone.name} has not finished")
    sources: dict[str, int] = {}
    for entry in log:
        for line in entry.decode().split("\n"):
            if line.startswith("source "):
                sources[line[7:]] = sources.get(line[7:], 0) + 1
    if sources != dict.fromkeys(shared.posts, 1):
        lost = set(shared.posts) - sources.keys()
        twice = [source for source, count in sources.items() if count > 1]
        fail(f"posts that were lost: {sorted(lost)}; recorded twice: {twice}")
    if len(list((fresh / "_posts").glob("*.md"))) != len(shared.posts):
        fail("posts are missing in the shared repository")
    for words in (["audit", "-q"], ["status", "-q"]):
        ended = subprocess.run(
            [shared.binary, *words], cwd=fresh, env=shared.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False)
        if ended.returncode != 0:
            fail(f"{words[0]} of a fresh clone: exit {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return f"{len(commits)} commits, {size} entries, {len(shared.posts)} posts, each once; one history"


# Sections

def overlap(shared: Shared, options: argparse.Namespace) -> None:
    """Twenty clones at once, each killed at a step of its own, each again until it is through."""
    first = shared.begin()
    first.maintain("--first-writer-here", "_posts")
    clones = [Clone(shared, f"runner-{number}", first) for number in range(RUNNERS)]
    order = random.Random(options.seed)
    plans = [(order.randrange(1, 45), order.choice(["before", "after"])) for _ in clones]
    for clone in clones:
        for _ in range(POSTS):
            clone.write()

    def work(clone: Clone, plan: tuple[int, str]) -> int:
        status = clone.maintain(kill_at=plan[0], when=plan[1])
        clone.write()
        clone.maintain()
        return status

    with ThreadPoolExecutor(TOGETHER) as pool:
        killed = list(pool.map(work, clones, plans)).count(-9)
    if killed == 0:
        fail("no runner was killed")
    print(f"overlap: {RUNNERS} runners, {TOGETHER} at once, {killed} of them killed: {check(shared, [first, *clones])}")


def kills(shared: Shared, options: argparse.Namespace) -> None:
    """A run that is killed at each of its calls of git; every second time another clone is faster than the next run."""
    first = shared.begin()
    first.maintain("--first-writer-here", "_posts")
    killed, other = Clone(shared, "killed", first), Clone(shared, "other", first)
    steps: list[str] = []
    round = 0
    for when in ("before", "after"):
        for kill_at in range(1 + options.seed % options.step, MAX_CALLS, options.step):
            round += 1
            other.write()
            other.maintain()
            killed.write()
            if killed.maintain(kill_at=kill_at, when=when) == 0:
                break
            steps.append(killed.killed_at())
            if round % 2 == 0:
                other.write()
                other.maintain()
            killed.maintain()
        else:
            fail("a run makes more calls of git than it should")
    if len(steps) < 4:
        fail(f"only {len(steps)} runs were killed")
    if options.step == 1 and not any(step.startswith("push") for step in steps):
        fail("no push was killed")
    print(f"kills: at {len(steps)} steps: {check(shared, [first, killed, other])}")


def first(shared: Shared, options: argparse.Namespace) -> None:
    """The first run of all, in an empty shared repository, killed at each of its calls of git."""
    count = 0
    for when in ("before", "after"):
        for kill_at in range(1 + options.seed % options.step, MAX_CALLS, options.step):
            place = Shared(shared.folder / f"{when}-{kill_at}", shared.binary)
            clone = place.begin()
            status = clone.maintain("--first-writer-here", "_posts", kill_at=kill_at, when=when)
            if status == 0:
                break
            clone.maintain("--first-writer-here", "_posts")
            check(place, [clone])
            count += 1
    if count == 0:
        fail("no first run was killed")
    print(f"first: the first run was killed at {count} steps, and the next one published what it had recorded")


SECTIONS = {"overlap": overlap, "kills": kills, "first": first}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--step", type=int, default=1, help="kill at every STEP-th call of git only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []])
    options = parser.parse_args()
    for name in options.sections or SECTIONS:
        with tempfile.TemporaryDirectory(prefix="provenance-publish-") as folder:
            SECTIONS[name](Shared(Path(folder).resolve() / "shared", str(Path(options.binary).resolve())), options)


main()

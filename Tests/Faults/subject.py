"""The archive under test: made once by the program, copied for each case, and judged afterwards, partly without the program."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from archive import Log, Register, raw_path
from merkle import leaf_hash, root

ORIGIN = "archive.example.org/faults"
LEFTOVER = ".provenance-tmp"
# Seconds after which a command is considered hung.
LIMIT = 120
# Remarks of `audit` that an interrupted add may leave; every other remark is a finding.
EXPECTED_REMARKS = re.compile(
    r"entries \d+ to \d+ were recorded by an add that did not finish: no accession says what it saw"
    r"|entries \d+ to \d+ have no accession yet: an add was interrupted; the next registers their places"
    r"|the index is not that of this log, or cannot be read here; it is derived and was not used"
    r"|the index was built again")
# Further remarks where the index, which is derived, was damaged.
INDEX_REMARKS = re.compile(rf"{EXPECTED_REMARKS.pattern}|the index .*", re.DOTALL)
# Further remarks where a clock was wrong.
CLOCK_REMARKS = re.compile(rf"{EXPECTED_REMARKS.pattern}|.*a clock was wrong.*", re.DOTALL)


@dataclass(frozen=True)
class Ended:
    """How a command ended; a negative status is the signal that killed it."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        """The one object that --json prints; empty when there is none."""
        try:
            return json.loads(self.out)
        except ValueError:
            return {}

    def __str__(self) -> str:
        return f"exit status {self.status}: {self.out.strip()[-300:]} {self.err.strip()[-500:]}"


def post(number: int) -> bytes:
    """A post; no two are alike."""
    words = f"<p>Words of post {number}.</p>\n" * (60 if number % 41 == 7 else 1)
    source = f"https://news.example.org/{number}"
    return f"---\ntitle: Post {number}\ndate: 2022-02-10\nfrom: {source}\n---\n{words}".encode()


@dataclass
class Subject:
    """An archive and its owner's key store in `folder`: the same place for each case, so that traces can be compared."""

    program: str
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def log(self) -> Log:
        return Log(self.archive / "log")

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "XDG_CONFIG_HOME": str(self.folder / "config"), "PROVENANCE_ARCHIVE": "", "NO_COLOR": "1",
                "TZ": "UTC", **self.extra}

    def run(self, *arguments: str | Path, under: Iterable[str] = (), limit: float = LIMIT) -> Ended:
        """Runs the program in the archive, under another one when given. A hang is reported as status 124."""
        started = subprocess.Popen(
            [*under, self.program, *map(str, arguments)], cwd=self.archive, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", env=self.environment,
            start_new_session=True)
        try:
            out, err = started.communicate(timeout=limit)
            return Ended(started.returncode, out, err)
        except subprocess.TimeoutExpired:
            # The whole process group, since a tracer may not pass a signal on.
            os.killpg(started.pid, 9)
            out, err = started.communicate()
            return Ended(124, out, f"{err}\nstill running after {limit} s")

    def must(self, *arguments: str | Path, status: int = 0) -> Ended:
        """Runs a preparation for a case; any exit status but `status` ends the section."""
        ended = self.run(*arguments)
        if ended.status != status:
            raise AssertionError(f"{arguments}: {ended}")
        return ended

    def write(self, path: str, data: bytes) -> str:
        """A file in the archive."""
        place = self.archive / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return path

    def init(self) -> Ended:
        return self.run("init", "-q", "--origin", ORIGIN)

    @classmethod
    def make(cls, program: str, folder: Path) -> "Subject":
        """A new archive without posts."""
        made = cls(program, folder)
        made.archive.mkdir(parents=True)
        if (ended := made.init()).status != 0:
            raise AssertionError(f"init: {ended}")
        return made

    def copy_to(self, folder: Path) -> "Subject":
        """Replaces `folder` by a copy. Posts are linked: no command writes them."""
        if folder.exists():
            shutil.rmtree(folder)

        def copy(source: str, target: str) -> None:
            if source.endswith(".md"):
                os.link(source, target)
            else:
                shutil.copy2(source, target)

        shutil.copytree(self.folder, folder, copy_function=copy)
        return Subject(self.program, folder, dict(self.extra))

    # What is there

    def files(self) -> dict[str, bytes]:
        """Every file but posts, by its path in the folder."""
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in sorted(self.folder.rglob("*"))
                if path.is_file() and not path.name.endswith(".md")}

    def leftovers(self) -> list[str]:
        """Temporary files that were left behind."""
        return [str(path.relative_to(self.folder)) for path in self.folder.rglob(f"*{LEFTOVER}*")]

    def posts(self) -> dict[str, str]:
        """SHA-256 of every file below _posts, by its path in the archive."""
        return {str(path.relative_to(self.archive)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted((self.archive / "_posts").rglob("*.md"))}

    # What must hold

    def audit_problems(self, since: Path | None = None, remarks: re.Pattern = EXPECTED_REMARKS) -> tuple[list[str], dict]:
        """An audit's findings that an interrupted add does not explain, and its JSON."""
        ended = self.run("audit", "--json", *(["--since", since] if since else []))
        found = ended.json
        # In an empty log there is nothing to check.
        wrong = [f"audit: {problem}" for problem in found.get("problems", [])]
        if not wrong and ended.status != (3 if found.get("size") == 0 else 0):
            wrong = [f"audit: {ended}"]
        wrong += [f"audit remarks: {remark}" for remark in found.get("remarks", []) if not remarks.fullmatch(remark)]
        return wrong, found

    def tree_problems(self) -> list[str]:
        """What is wrong with the log according to its files alone, read without the program."""
        log = self.log
        leaves = [leaf_hash(entry) for entry in log.entries]
        return [] if root(leaves) == log.root else ["the entries do not give the checkpoint's root"]

    def record_problems(self) -> list[str]:
        """What is wrong with a completed archive: each post that can be recorded must be on record once, and every file below
        _posts on a register with its right status."""
        wrong = self.tree_problems()
        recorded = Counter(note.fields["sha256"] for _, _, note in self.log.notes("provenance/post@v1"))
        wrong += [f"recorded {count} times: {digest}" for digest, count in recorded.items() if count > 1]
        named = {note.fields["register"].split(" ")[0] + ".jsonl"
                 for _, _, note in self.log.notes("provenance/accession@v1")}
        placed: dict[str, dict] = {}
        for name in sorted(named):
            for line in Register((self.archive / "accessions" / name).read_bytes()).items:
                path = raw_path(line).decode()
                # A refusal may precede the record of the same file, or its refusal for a reason of its own, when the fault caused it.
                if path not in placed or line["fate"] != "refused" or "sha256" not in placed[path]:
                    placed[path] = line
        for path, digest in self.posts().items():
            line = placed.get(path)
            if line is None:
                wrong.append(f"on no register: {path}")
            elif line.get("sha256") != digest:
                wrong.append(f"on a register with another digest: {path}")
            elif (digest in recorded) == (line["fate"] == "refused"):
                wrong.append(f"{line['fate']}, and {'' if digest in recorded else 'not '}on record: {path}")
        return wrong

    def completion_problems(self, *arguments: str, remarks: re.Pattern = EXPECTED_REMARKS) -> list[str]:
        """Adds again, and returns what is wrong afterwards, which must be nothing."""
        ended = self.run("add", "--json", "--tolerate-refused", *arguments)
        if ended.status != 0:
            return [f"the next add: {ended}"]
        wrong, found = self.audit_problems(remarks=remarks)
        wrong = [f"after the next add, {problem}" for problem in wrong]
        if found.get("size") != ended.json.get("size"):
            wrong.append(f"the next add says size {ended.json.get('size')}, the audit {found.get('size')}")
        wrong += [f"left over: {path}" for path in self.leftovers()]
        checkpoint = self.log.checkpoint
        for path in ("archive/.provenance/last-signed", "archive/keys/log.last-signed"):
            if (self.folder / path).read_bytes() != checkpoint:
                wrong.append(f"{path} is not the checkpoint that stands")
        return wrong + self.record_problems()


class Clock:
    """Elapsed seconds, and seconds of processor time of the commands."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.processor = self._processor()

    @staticmethod
    def _processor() -> float:
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system

    def __str__(self) -> str:
        return f"{time.monotonic() - self.began:.0f} s, {self._processor() - self.processor:.0f} s of processor time"

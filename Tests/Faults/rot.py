"""Section `rot`: one bit of one file of an archive is flipped."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

import known
from archive import flipped
from report import Report
from subject import INDEX_REMARKS, Subject, post

SEED = 20_220_210
# 248 posts and an accession, then 9 posts and one, then a refused file, a known one, and an accession: a full tile, a
# partial one, and the partial ones of an earlier size.
FIRST, SECOND = 248, 9
POSITIONS = {"bounded": 4, "all": 60}
# For a small file on which much depends.
MORE_POSITIONS = {"bounded": 12, "all": 400}
INDEX_POSITIONS = {"bounded": 12, "all": 160}

# What an audit does not notice, and why.
UNNOTICED = {
    r"archive/\.git(ignore|attributes)": "for git, not for the archive",
    r"archive/\.provenance/(lock|folders)": "local notes: who holds the lock, and where `status` looks for new posts",
    r"archive/\.provenance/index\.sqlite.*": "derived; a remark at most, and it is built again",
    r"archive/Manifests/.*": "`verify` compares manifests; of a manifest `audit` reads the checkpoint alone",
    r"archive/keys/[a-z]+\.key\.pem": "private; the next `add` refuses to use it",
}


@dataclass(frozen=True)
class Flip:
    """A bit of a file."""

    path: str
    at: int
    bit: int

    def __str__(self) -> str:
        return f"{self.path}, bit {self.bit} of byte {self.at}"


class RotChecks:
    """An audit after each flipped bit."""

    def __init__(self, report: Report, program: str, folder: Path, is_bounded: bool) -> None:
        self.report = report
        self.scale = "bounded" if is_bounded else "all"
        self.case_folder = folder / "case"
        self.base = base = Subject.make(program, folder / "base")
        for number in range(FIRST):
            base.write(f"_posts/{number:04}.md", post(number))
        base.must("add", "-q", "_posts")
        for number in range(FIRST, FIRST + SECOND):
            base.write(f"_posts/{number:04}.md", post(number))
        base.must("add", "-q", "_posts")
        base.must("export", "-q", "-o", "Manifests/all.json")
        base.write("_posts/refused.md", b"no post\n")
        base.write("_posts/known.md", post(3))
        base.must("add", "-q", "--tolerate-refused", "_posts")
        self.files = base.files()
        size = base.log.size
        assert size > 256
        # The partial tiles of the present size; those of earlier sizes are no longer read.
        width = size - 256
        self.current = {"archive/log/tile/0/000", f"archive/log/tile/0/001.p/{width}", "archive/log/tile/1/000.p/1",
                        "archive/log/tile/entries/000", f"archive/log/tile/entries/001.p/{width}"}

    def flips(self, path: str, count: int) -> list[Flip]:
        """Bits of a file: in the first and the last byte, and in evenly spread ones between them."""
        size = len(self.files[path])
        if not size:
            return []
        choose = random.Random(f"{SEED} {path.rsplit('/', 1)[0]} {size}")
        edges = [size * step // count for step in range(count + 1)] if size > count else [*range(size + 1)]
        places = [0, size - 1] + [choose.randrange(first, end) for first, end in zip(edges, edges[1:])]
        # Flipping bit 7 mostly gives invalid UTF-8, which is found early; the other bits are harder to notice.
        return [Flip(path, at, choose.randrange(8 if number % 5 == 0 else 7))
                for number, at in enumerate(dict.fromkeys(places))]

    def damaged(self, flip: Flip) -> Subject:
        subject = self.base.copy_to(self.case_folder)
        place = subject.folder / flip.path
        # In place: the permissions of a private key matter.
        place.write_bytes(flipped(self.files[flip.path], flip.at, flip.bit))
        return subject

    # What an audit must say

    def wrong(self, flip: Flip) -> list[str]:
        """What the audit's answer lacks."""
        ended = self.damaged(flip).run("audit", "--json")
        problems = ended.json.get("problems", [])
        if ended.status not in (1, 2, 3):
            return [f"exit status {ended.status}: {ended}"]
        named = [problem for problem in problems if self.names(problem, flip.path)]
        if not named:
            said = [f"{problem['code']} {problem['place']}: {problem['reason'][:80]}" for problem in problems[:2]]
            return [f"exit status {ended.status}, and the file is not named: {said}"]
        wrong = []
        if "/log/tile/" in flip.path and not any(self.covers(problem["reason"], flip) for problem in named):
            wrong.append(f"the entries that it touches are not named: {[problem['reason'] for problem in named]}")
        for problem in problems:
            blamed = re.fullmatch(r"(?:.*/archive/)?((?:log|accessions|keys|Manifests|\.provenance)/\S+?)(?::\d+)?",
                                  problem["place"])
            if blamed and f"archive/{blamed[1]}" != flip.path and problem not in named:
                wrong.append(f"another file is blamed: {problem['code']} {problem['place']}: {problem['reason']}")
        wrong += [f"no add was interrupted: {remark}" for remark in ended.json.get("remarks") or []
                  if re.match(r"entries \d+ to \d+ ", remark)]
        return wrong

    @staticmethod
    def names(problem: dict, path: str) -> bool:
        """Whether a problem's place is the file, with or without a line, absolute or relative."""
        place = re.sub(r":\d+$", "", problem["place"])
        # If the origin in config differs from the checkpoint's, the place is the checkpoint; the words name both.
        is_origin = (path.endswith("/config") and problem["place"] == "log/checkpoint"
                     and "the archive's is" in problem["reason"])
        return path.endswith("/" + place.lstrip("/")) or place.endswith("/" + path) or is_origin

    def covers(self, reason: str, flip: Flip) -> bool:
        """Whether the words name entries, including the one that the bit belongs to."""
        ranges = [(int(first), int(last or first)) for first, last in
                  re.findall(r"\(entr(?:y|ies) (\d+)(?: to (\d+))?\)", reason)]
        entry = self.entry(flip)
        return any(first <= entry <= last for first, last in ranges)

    def entry(self, flip: Flip) -> int:
        """The first entry that a byte of a tile or bundle touches."""
        level, number = re.fullmatch(r"archive/log/tile/(\w+)/(\d+)(?:\.p/\d+)?", flip.path).groups()
        first = int(number) * 256
        if level != "entries":
            return (first + flip.at // 32) * 256 ** int(level)
        data, at = self.files[flip.path], 0
        while at + 2 + int.from_bytes(data[at:at + 2]) <= flip.at:
            at += 2 + int.from_bytes(data[at:at + 2])
            first += 1
        return first

    def means_nothing(self, flip: Flip) -> bool:
        """Bytes of key files without meaning: comments, and the end of a PEM file."""
        data = self.files[flip.path]
        start = data.rfind(b"\n", 0, flip.at) + 1
        if flip.path.endswith(".pem"):
            return flip.at == len(data) - 1
        return flip.path.endswith(("policy", "signers")) and data[start:start + 1] == b"#" and flip.at != start and (
            data[flip.at:flip.at + 1] != b"\n")

    # The section

    def run(self) -> None:
        """A bit of any file flips"""
        self.noticed("log", "archive/log/")
        self.noticed("registers", "archive/accessions/")
        self.noticed("keys, config and what was signed last", "archive/keys/", "archive/.provenance/")
        self.noticed("pinned keys", "config/")
        self.unnoticed()
        self.private_keys()
        self.index()
        self.posts()

    def noticed(self, what: str, *prefixes: str) -> None:
        """Files that an audit must find damaged."""
        paths = [path for path in self.files if path.startswith(prefixes) and not self.is_unnoticed(path)]
        wrong = []
        tried = []
        for path in paths:
            is_small = len(self.files[path]) < 1000 and "/tile/" not in path
            for flip in self.flips(path, (MORE_POSITIONS if is_small else POSITIONS)[self.scale]):
                if self.means_nothing(flip):
                    continue
                tried.append(flip)
                wrong += [f"{flip}: {problem}" for problem in self.wrong(flip)]
        self.report.all(f"{what}: audit fails, and names the file and the entries of a tile", tried,
                        known.sift(wrong), f"bits of {len(paths)} files")

    def is_unnoticed(self, path: str) -> bool:
        is_old_partial = path.startswith("archive/log/tile/") and path not in self.current
        return is_old_partial or any(re.fullmatch(pattern, path) for pattern in UNNOTICED)

    def unnoticed(self) -> None:
        """Files that an audit does not depend on: its output is unchanged, and so is that of the next add."""
        wrong = []
        tried = []
        for path in self.files:
            if not self.is_unnoticed(path) or "index.sqlite" in path or path.endswith(".key.pem"):
                continue
            for flip in self.flips(path, POSITIONS[self.scale] if len(self.files[path]) > 300 else
                                   MORE_POSITIONS[self.scale]):
                tried.append(flip)
                subject = self.damaged(flip)
                problems, _ = subject.audit_problems()
                problems += subject.completion_problems("_posts")
                wrong += [f"{flip}: {problem}" for problem in problems]
        for path in sorted({str(flip.path) for flip in tried}):
            why = [words for pattern, words in UNNOTICED.items() if re.fullmatch(pattern, path)]
            print(f"      not noticed: {path}: {why[0] if why else 'a partial tile of an earlier size'}")
        self.report.all("files that an audit does not read disturb neither it nor the next add", tried,
                        known.sift(wrong), "bits")

    def private_keys(self) -> None:
        """A private key that does not match is not used."""
        wrong = []
        tried = []
        for path in (path for path in self.files if path.endswith(".key.pem")):
            for flip in self.flips(path, MORE_POSITIONS[self.scale]):
                if self.means_nothing(flip):
                    continue
                tried.append(flip)
                subject = self.damaged(flip)
                subject.write("_posts/later.md", post(9000))
                ended = subject.run("add", "_posts")
                if ended.status != 2 or "E-KEY" not in ended.err or Path(path).name not in ended.err:
                    wrong.append(f"{flip}: add: {ended}")
                wrong += [f"{flip}: {problem}" for problem in subject.audit_problems()[0]]
        self.report.all("private keys: the next add refuses, and the archive stays as it is", tried,
                        known.sift(wrong), "bits")

    def index(self) -> None:
        """The index is derived: no damage to it makes a verdict or record wrong."""
        wrong = []
        tried = []
        remarks = 0
        for path in (path for path in self.files if "index.sqlite" in path):
            for flip in self.flips(path, INDEX_POSITIONS[self.scale] if path.endswith("sqlite") else 3):
                tried.append(flip)
                subject = self.damaged(flip)
                problems = []
                for command in (("verify", "_posts"), ("status",)):
                    ended = subject.run(*command)
                    # The refused file is not on record, and nothing else has come since the last post: both exit 3.
                    if ended.status != 3:
                        problems.append(f"{command[0]}: {ended}")
                problems += subject.completion_problems("_posts", remarks=INDEX_REMARKS)
                ended = self.damaged(flip).run("audit", "--json")
                remarks += bool(ended.json.get("remarks"))
                if ended.status != 0:
                    problems.append(f"audit: {ended}")
                wrong += [f"{flip}: {problem}" for problem in problems]
        self.report.all(f"index: verify, status, add and audit are right whatever it says; audit remarked on {remarks}",
                        tried, known.sift(wrong), "bits")

    def posts(self) -> None:
        """An audit does not read posts; `status` does."""
        wrong = []
        tried = []
        for number in range(0, FIRST, FIRST // POSITIONS[self.scale]):
            path = f"_posts/{number:04}.md"
            data = post(number)
            for at in (0, len(data) // 2, len(data) - 1):
                subject = self.base.copy_to(self.case_folder)
                place = subject.archive / path
                place.unlink()
                place.write_bytes(flipped(data, at))
                tried.append(path)
                ended = subject.run("status", "--json")
                if ended.status != 1 or path not in ended.out:
                    wrong.append(f"{path}, byte {at}: status: {ended}")
                wrong += [f"{path}, byte {at}: {problem}" for problem in subject.audit_problems()[0]]
        self.report.all("posts: status names the file", tried, known.sift(wrong), "bits")

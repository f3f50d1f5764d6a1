"""Section `power`: the power fails at any moment of an `add`, and the disk holds anything that disk.py allows."""

import base64
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import known
import syscalls
from archive import Note, tile_name
from disk import Disk, Layout
from merkle import leaf_hash, root
from report import Report
from subject import EXPECTED_REMARKS, INDEX_REMARKS, ORIGIN, Ended, Subject, post

RECORDING = ("openat,write,pwrite64,ftruncate,rename,renameat2,mkdir,rmdir,unlink,unlinkat,link,linkat,"
             "fsync,fdatasync,syncfs")
# Chosen so that a tile is completed and new folders are made: 252 posts and an accession, then 9 more posts, three a commit.
RECORDED = 252
FRESH = 9
BATCH = 3
SEED = 20_220_210
# For each scenario: states tried at each moment, and archives that the program opens.
MOST = {"bounded": 60, "all": 400}
OPENED = {"bounded": 60, "all": 1500}
OPENED_LATER = {"bounded": 24, "all": 600}
# Local files outside the model: derived, or not read.
DERIVED = re.compile(r"archive/\.provenance/(index\.sqlite.*|lock)")


@dataclass
class State:
    """A state of the disk, and what the add had acknowledged by then."""

    moment: str
    layout: Layout
    acknowledged: int

    @property
    def key(self) -> tuple:
        """Equal for equivalent states."""
        return frozenset(self.layout.items()), self.acknowledged


class Recording:
    """The changes of one or more commands on one disk, and the states that a power loss may leave on the way."""

    def __init__(self, files: Layout) -> None:
        self.disk = Disk({path: data for path, data in files.items() if not DERIVED.fullmatch(path)})
        self.notes: dict[bytes, int] = {}
        self.acknowledged = 0
        if self.disk.find("archive/log/checkpoint"):
            self.publish()

    def publish(self) -> None:
        """Adds the present checkpoint to those that a state may have."""
        file = self.disk.find("archive/log/checkpoint")
        size = int(Note.parse(file.data).lines[1])
        self.notes[file.data] = size

    def replay(self, calls: list[syscalls.Call], folder: Path, most: int, choose: random.Random) -> Iterator[State]:
        """Applies the calls of a trace; after each change yields the states then possible."""
        for call in calls:
            if call.has_failed or call.is_unfinished or call.is_injected:
                continue
            moment = self.apply(call, f"{folder}/")
            if moment and most:
                for layout in self.disk.states(most, choose):
                    yield State(moment, layout, self.acknowledged)
        if most:
            for layout in self.disk.states(most, choose):
                yield State("after the end", layout, self.acknowledged)

    def apply(self, call: syscalls.Call, prefix: str) -> str:
        """Applies one call; describes the moment after it, or is empty when nothing has changed."""
        if call.name == "write" and re.match(r"[12]<", call.arguments):
            said = syscalls.unescape(call.strings[0]).decode(errors="replace")
            for size in re.findall(r'(?:^|[ ,{"])size"?[=:](\d+)', said):
                self.acknowledged = max(self.acknowledged, int(size))
            return ""
        if not call.path.startswith(prefix) or DERIVED.fullmatch(call.path.removeprefix(prefix)):
            return ""
        path = call.path.removeprefix(prefix)
        disk = self.disk
        match call.name:
            case "openat" if "O_CREAT" in call.arguments:
                disk.create(path)
            case "write":
                disk.write(path, syscalls.unescape(call.strings[0]), None)
            case "pwrite64":
                disk.write(path, syscalls.unescape(call.strings[0]), int(call.arguments.rsplit(", ", 1)[1]))
            case "ftruncate":
                disk.truncate(path, int(call.arguments.rsplit(", ", 1)[1]))
            case "rename" | "renameat2":
                disk.rename(path, call.strings[1].removeprefix(prefix))
                if call.strings[1] == f"{prefix}archive/log/checkpoint":
                    self.publish()
            case "mkdir":
                disk.make_folder(path)
            case "unlink" | "rmdir":
                disk.remove(path)
            case "fsync" | "fdatasync":
                disk.sync(path)
            case "openat":
                return ""
            case _:
                raise AssertionError(f"not in the model: {call}")
        return f"after {call.name} {path}"


class PowerChecks:
    """Records an add and tries its disk in every state that a power loss may leave."""

    def __init__(self, report: Report, program: str, folder: Path, is_bounded: bool) -> None:
        self.report = report
        self.folder = folder
        self.scale = "bounded" if is_bounded else "all"
        self.log = folder / "trace"
        self.case_folder = folder / "case"
        self.base = Subject.make(program, folder / "base")
        for number in range(RECORDED):
            self.base.write(f"_posts/{number:04}.md", post(number))
        self.base.must("add", "-q", "_posts")
        for number in range(RECORDED, RECORDED + FRESH):
            self.base.write(f"_posts/new/{number:04}.md", post(number))
        self.add = ("add", "--json", "-v", "--batch", str(BATCH), "_posts/new")
        self.new = Subject.make(program, folder / "new")
        for number in range(FRESH):
            self.new.write(f"_posts/new/{number:04}.md", post(number))
        self.judged: dict[tuple, list[str]] = {}

    # Recording

    def record(self, subject: Subject, *faults: str,
               command: tuple[str, ...] = ()) -> tuple[list[syscalls.Call], Ended]:
        """An add, or another command, with every byte that it writes, perhaps with a fault on the way."""
        self.log.unlink(missing_ok=True)
        quick = [] if any("signal=" in fault for fault in faults) else ["--seccomp-bpf"]
        options = ["-D", "-f", "-y", "-qq", *quick, "-s", "10000000", "-o", str(self.log), "-e", f"trace={RECORDING}"]
        ended = subject.run(*(command or self.add), under=["strace", *options, *faults])
        return syscalls.read(self.log), ended

    def layout_of(self, subject: Subject) -> Layout:
        """The contents of a subject's folder in the model's form: no posts, nothing derived."""
        found: Layout = {path: data for path, data in subject.files().items() if not DERIVED.fullmatch(path)}
        for path in subject.folder.rglob("*"):
            if path.is_dir() and not any(path.iterdir()):
                found[str(path.relative_to(subject.folder))] = None
        return found

    # Judging

    def judge(self, state: State, notes: dict[bytes, int]) -> list[str]:
        """What is wrong with a state according to its files alone."""
        files = state.layout
        checkpoint = files.get("archive/log/checkpoint")
        if checkpoint not in notes:
            return ["the checkpoint is none that was published"]
        size = notes[checkpoint]
        wrong = []
        if size < state.acknowledged:
            wrong.append(f"size {size}, after {state.acknowledged} was acknowledged")
        for path in ("archive/.provenance/last-signed", "archive/keys/log.last-signed"):
            signed = files.get(path)
            if signed is not None and signed not in notes:
                wrong.append(f"{path} is torn")
            elif signed is not None and notes[signed] > size:
                wrong.append(f"{path} shows {notes[signed]}, the checkpoint {size}: to the next add it is rolled back")
        relevant = [path for path in files if path.startswith(("archive/log/tile/", "archive/accessions/"))]
        key = (checkpoint, *((path, hash(files[path])) for path in sorted(relevant)))
        if key not in self.judged:
            self.judged[key] = self.judge_tree(files, checkpoint, size)
        return wrong + self.judged[key]

    @staticmethod
    def judge_tree(files: Layout, checkpoint: bytes, size: int) -> list[str]:
        """Whether the files have the checkpoint's tree, its hash tiles and its registers."""
        def tile(level: str, number: int, width: int) -> bytes | None:
            """A tile, or the wanted part of the full tile in its place."""
            for name in (tile_name(number, width), tile_name(number, 256)):
                data = files.get(f"archive/log/tile/{level}/{name}")
                if data is not None:
                    return data
            return None

        entries: list[bytes] = []
        for number in range((size + 255) // 256):
            width = min(256, size - number * 256)
            data = tile("entries", number, width)
            if data is None:
                return [f"bundle {number} of width {width} is not there"]
            for _ in range(width):
                length = int.from_bytes(data[:2])
                entries.append(data[2:2 + length])
                data = data[2 + length:]
        hashes = [leaf_hash(entry) for entry in entries]
        if base64.b64encode(root(hashes)).decode() != Note.parse(checkpoint).lines[2]:
            return ["the entries do not give the checkpoint's root"]
        level = 0
        while hashes:
            for number in range((len(hashes) + 255) // 256):
                wanted = hashes[number * 256:(number + 1) * 256]
                data = tile(str(level), number, len(wanted))
                if data is None or data[:32 * len(wanted)] != b"".join(wanted):
                    return [f"tile {level}/{number} is {'not there' if data is None else 'wrong'}"]
            hashes = [root(hashes[at:at + 256]) for at in range(0, len(hashes) // 256 * 256, 256)]
            level += 1
        for entry in entries:
            if entry.startswith(b"provenance/accession@v1\n"):
                digest, lines = Note.parse(entry).fields["register"].split(" ")
                register = files.get(f"archive/accessions/{digest}.jsonl")
                if register is None:
                    return [f"the register {digest} is not there"]
                if root([leaf_hash(line) for line in register[:-1].split(b"\n")]).hex() != digest:
                    return [f"the register {digest} of {lines} lines is torn"]
        return []

    def lay_out(self, base: Subject, files: Layout) -> Subject:
        """An archive of a base's posts and of these files."""
        subject = base.copy_to(self.case_folder)
        for path in subject.folder.rglob("*"):
            if path.is_file() and not path.name.endswith(".md"):
                path.unlink()
        for path in sorted(subject.folder.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        for path, data in files.items():
            place = subject.folder / path
            if data is None:
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            if ".key.pem" in path:
                place.chmod(0o600)
        return subject

    def open(self, base: Subject, state: State, index: dict[str, bytes],
             remarks: re.Pattern = EXPECTED_REMARKS) -> list[str]:
        """Lays a state out as an archive, audits it, adds, and audits again."""
        subject = self.lay_out(base, {**state.layout, **index})
        wrong, found = subject.audit_problems(remarks=remarks)
        if found.get("size", -1) < state.acknowledged:
            wrong.append(f"size {found.get('size')} after {state.acknowledged} was acknowledged")
        return wrong + subject.completion_problems("_posts")

    # Scenarios

    def gather(self, states: Iterator[State], recording: Recording,
               seen: set[tuple]) -> tuple[list[State], list[str], int]:
        """The distinct states, what is wrong with them by their files, and how many there were."""
        distinct: list[State] = []
        wrong: list[str] = []
        count = 0
        for state in states:
            count += 1
            if state.key in seen:
                continue
            seen.add(state.key)
            distinct.append(state)
            wrong += [f"{state.moment}: {problem}" for problem in self.judge(state, recording.notes)]
        return distinct, wrong, count

    def index_of(self, subject: Subject) -> dict[str, bytes]:
        return {path: data for path, data in subject.files().items() if "/index.sqlite" in path}

    def run(self) -> None:
        """The power fails during an add"""
        choose = random.Random(SEED)
        self.plain("a new log", self.new, choose)
        final, indexes, seen = self.plain("a log of 253 entries", self.base, choose)
        self.indexes(final, *indexes)
        self.resumed("a new log", self.new, choose, set())
        self.resumed("a log of 253 entries", self.base, choose, seen)
        self.initializing(choose)

    def plain(self, what: str, base: Subject, choose: random.Random) -> tuple[Layout, tuple, set[tuple]]:
        """One add, in every state that it may leave."""
        subject = base.copy_to(self.case_folder)
        calls, ended = self.record(subject)
        if ended.status != 0:
            raise AssertionError(f"an undisturbed add: {ended}")
        indexes = self.index_of(base), self.index_of(subject)
        recording = Recording(self.layout_of(base))
        states = recording.replay(calls, self.case_folder, MOST[self.scale], choose)
        distinct, wrong, count = self.gather(states, recording, seen := set())
        final = recording.disk.cached()
        self.report.check(f"{what}: the model agrees with the folder after the add", final == self.layout_of(subject),
                          f"{len(recording.notes)} checkpoints", sorted(set(final) ^ set(self.layout_of(subject))))
        self.conclude(f"{what}: every state has a published checkpoint and all of its tree", distinct, wrong,
                      f"distinct states of {count:,}")
        self.open_some(f"{what}: opened, audited and added to", base, distinct, OPENED[self.scale], choose, indexes)
        return final, indexes, seen

    def conclude(self, what: str, items: list, wrong: list[str], unit: str) -> None:
        self.report.all(what, items, known.sift(wrong), unit)

    def open_some(self, what: str, base: Subject, states: list[State], most: int, choose: random.Random,
                  indexes: tuple[dict[str, bytes], ...]) -> None:
        """Opens an evenly spread part of the states, with either index or none."""
        wrong = []
        picked = [states[len(states) * number // most] for number in range(most)] if len(states) > most else states
        for number, state in enumerate(picked):
            index = (*indexes, {})[number % 3]
            wrong += [f"{state.moment}: {problem}" for problem in self.open(base, state, index)]
        self.conclude(what, picked, wrong, "states")

    # The index, which may be lost or torn in any way

    def indexes(self, final: Layout, before: dict[str, bytes], after: dict[str, bytes]) -> None:
        """Torn variants of the index under the old log and the new one."""
        choose = random.Random(SEED)
        old = before["archive/.provenance/index.sqlite"]
        new = after["archive/.provenance/index.sqlite"]
        variants: dict[str, dict[str, bytes]] = {}

        def put(name: str, main: bytes, wal: bytes | None = None) -> None:
            variants[name] = {"archive/.provenance/index.sqlite": main}
            if wal is not None:
                variants[name]["archive/.provenance/index.sqlite-wal"] = wal

        put("empty", b"")
        put("half of the new one", new[:len(new) // 2])
        put("as long, and all zeros", bytes(len(new)))
        put("no database", b"no database at all\n" * 300)
        put("a log of zeros beside it", new, bytes(20_000))
        put("a log of random bytes beside it", new, choose.randbytes(20_000))
        pages = range(len(new) // 4096)
        for number in range(2 if self.scale == "bounded" else 20):
            put(f"pages of the old one among the new, {number}", b"".join(
                (old[page * 4096:(page + 1) * 4096] if choose.random() < 0.4 else b"").ljust(4096, b"\0")
                if page * 4096 < len(old) and choose.random() < 0.5 else new[page * 4096:(page + 1) * 4096]
                for page in pages))
        for page in pages if self.scale == "all" else range(2, len(pages), 5):
            at = page * 4096
            if old[at:at + 4096] and old[at:at + 4096] != new[at:at + 4096]:
                put(f"page {page + 1} as it was before", new[:at] + old[at:at + 4096] + new[at + 4096:])
            put(f"page {page + 1} lost", new[:at] + bytes(4096) + new[at + 4096:])
        wrong: list[str] = []
        tried = []
        first = self.layout_of(self.base)
        for number, (name, files) in enumerate(variants.items()):
            # Opened under the log that the index belongs to, where the program could trust it.
            for layout in (final, first) if number % 4 == 0 else (final,):
                tried.append(name)
                problems = self.open(self.base, State("", layout, 0), files, INDEX_REMARKS)
                wrong += [f"index, {name}: {problem}" for problem in problems]
        self.conclude("the index torn in many ways is built again, or does no harm", tried, wrong, "indexes")

    # An add that died, and another after it

    def resumed(self, what: str, base: Subject, choose: random.Random, seen: set[tuple]) -> None:
        """The power fails during or after the add that follows an add which was killed or had an fsync fail: what the first
        left unflushed, no later call flushes."""
        calls, _ = self.record(base.copy_to(self.case_folder))
        points = self.points(calls)
        wrong: list[str] = []
        total = 0
        states: list[State] = []
        for name, when, path, fault in points:
            where = f"{fault} at {name} {path}, then another add"
            subject = base.copy_to(self.case_folder)
            recording = Recording(self.layout_of(base))
            first, _ = self.record(subject, "-e", f"inject={name}:{fault}:when={when}")
            for _ in recording.replay(first, self.case_folder, 0, choose):
                pass
            if recording.disk.cached() != self.layout_of(subject):
                wrong.append(f"{where}: the model does not agree with the folder after the first")
                continue
            recording.acknowledged = 0
            second, ended = self.record(subject)
            if ended.status != 0:
                wrong.append(f"{where}: {ended}")
                continue
            found = recording.replay(second, self.case_folder, max(8, MOST[self.scale] // 8), choose)
            distinct, problems, count = self.gather(found, recording, seen)
            total += count
            wrong += [f"{where}, {problem}" for problem in problems]
            states += [State(f"{where}, {state.moment}", state.layout, state.acknowledged) for state in distinct]
        self.conclude(f"{what}: the same when an add was killed, or an fsync failed, and another add came after it", states,
                      wrong, f"distinct states of {total:,} after {len(points)} faults")
        self.open_some(f"{what}: opened, audited and added to", base, states, OPENED_LATER[self.scale], choose, ({}, {}))

    def points(self, calls: list[syscalls.Call]) -> list[tuple[str, int, str, str]]:
        """Where the first add is stopped: killed before an fsync, or told that the fsync of a folder failed. Each of them, or
        the first of each folder, and the last one, which makes a checkpoint durable."""
        found: list[tuple[str, int, str, str]] = []
        first: dict[str, tuple[str, int, str, str]] = {}
        counts: Counter = Counter()
        for call in calls:
            if call.name == "fsync":
                counts[call.thread] += 1
                path = call.path.removeprefix(f"{self.case_folder}/")
                found.append(("fsync", counts[call.thread], path, "signal=KILL"))
                if not path.endswith(".provenance-tmp"):
                    first.setdefault(path, found[-1])
                    found.append(("fsync", counts[call.thread], path, "error=EIO"))
        if self.scale == "all":
            return found
        return [*first.values(), *[point for point in found if point[2] == "archive/log"][-2:]]

    # The beginning

    def initializing(self, choose: random.Random) -> None:
        """The power fails during `init`: it can be run again, or was complete, and an add completes."""
        empty = Subject(self.base.program, self.folder / "empty")
        empty.archive.mkdir(parents=True)
        for number in range(FRESH):
            empty.write(f"_posts/{number:04}.md", post(number))
        subject = empty.copy_to(self.case_folder)
        (self.case_folder / "config").mkdir()
        calls, ended = self.record(subject, command=("init", "-q", "--origin", ORIGIN))
        if ended.status != 0:
            raise AssertionError(f"an undisturbed init: {ended}")
        recording = Recording({"archive": None, "config": None})
        states = recording.replay(calls, self.case_folder, MOST[self.scale], choose)
        distinct: dict[tuple, State] = {}
        for state in states:
            distinct.setdefault(state.key, state)
        all_states = list(distinct.values())
        most = OPENED_LATER[self.scale]
        picked = [all_states[len(all_states) * number // most] for number in range(most)]
        wrong = []
        for state in picked:
            subject = self.lay_out(empty, state.layout)
            is_made = "archive/.provenance/config" in state.layout
            ended = subject.run("audit", "-q") if is_made else subject.init()
            if ended.status not in ((3,) if is_made else (0,)):
                wrong.append(f"init, {state.moment}: {'audit' if is_made else 'another init'}: {ended}")
                continue
            wrong += [f"init, {state.moment}: {problem}" for problem in subject.completion_problems("_posts")]
        self.conclude("init: it had ended, or runs again, and an add completes", picked, wrong,
                      f"states of {len(all_states):,} distinct ones")

"""Section `environment`: faults around an `add`: disk, permissions, limits, clock, other processes, signals."""

import os
import re
import resource
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import known
from report import Report
from subject import CLOCK_REMARKS, Ended, Subject, post

# Whether `add` handles SIGINT and SIGTERM: it finishes the running batch, closes it with its accession, says "stopped by SIG…"
# and exits with status 2.
FINISHES_ON_SIGNALS = True
STOPPED_STATUS = 2
STOPPED_WORDS = "stopped by SIG"

RECORDED = 6
FRESH = 240
BATCH = 16
# How often an add is signalled, and how many sizes of a full disk are tried.
MOMENTS = {"bounded": 6, "all": 40}
DISKS = {"bounded": 8, "all": 60}
# The most space that is left, in bytes and files: enough for a whole run.
ROOM = {"blocks": 3 << 20, "files": 80}
# Commands that work, and commands that fail, on an archive that cannot be written.
READING = ["audit", "verify _posts/0001.md", "list", "status"]
WRITING = ["add _posts", "reindex"]
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
# Slows each fsync, where an add has to be caught midway.
SLOWLY = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=10ms")


def summary(counts: Counter) -> str:
    """How often each outcome occurred; a number is an exit status."""
    return ", ".join(f"{count} times {what}" if isinstance(what, str) else f"{count} ended {what}"
                     for what, count in sorted(counts.items()))


class EnvironmentChecks:
    """An add in an adverse environment."""

    def __init__(self, report: Report, program: str, folder: Path, is_bounded: bool) -> None:
        self.report = report
        self.scale = "bounded" if is_bounded else "all"
        self.folder = folder
        # The other user must reach it too.
        for place in (folder.parent, folder):
            place.chmod(0o755)
        self.case_folder = folder / "case"
        self.mounted = folder / "mounted"
        self.base = Subject.make(program, folder / "base")
        for number in range(RECORDED):
            self.base.write(f"_posts/{number:04}.md", post(number))
        self.base.must("add", "-q", "_posts")
        for number in range(RECORDED, RECORDED + FRESH):
            self.base.write(f"_posts/{number:04}.md", post(number))

    def skip(self, what: str) -> None:
        self.report.skip(what, is_failure=False)

    def conclude(self, what: str, tried: list, wrong: list[str], unit: str) -> None:
        self.report.all(what, tried, known.sift(wrong), unit)

    def run(self) -> None:
        """Disk, permissions, limits, clock, others, signals"""
        self.full_disk()
        self.read_only()
        self.no_permission()
        self.not_reachable()
        self.limits()
        self.clock()
        self.together()
        self.signals()

    # Disk

    @contextmanager
    def mount(self, *arguments: str) -> Iterator[bool]:
        """Mounts something; False where that is not allowed."""
        self.mounted.mkdir(exist_ok=True)
        can = os.geteuid() == 0 and subprocess.run(
            ["mount", *arguments, str(self.mounted)], capture_output=True).returncode == 0
        try:
            yield can
        finally:
            if can:
                subprocess.run(["umount", "-l", str(self.mounted)], check=True)

    def on_mounted(self) -> Subject:
        """The base archive, copied file by file to what is mounted, its posts outside."""
        subject = Subject(self.base.program, self.mounted / "case")
        ignore = shutil.ignore_patterns("_posts")
        shutil.copytree(self.base.folder, subject.folder, ignore=ignore)
        return subject

    def full_disk(self) -> None:
        """A file system that becomes full at one step after the other, in blocks and then in files."""
        posts = str(self.base.archive / "_posts")
        for kind in ("blocks", "files"):
            wrong: list[str] = []
            tried: list[int] = []
            ends: Counter = Counter()
            with self.mount("-t", "tmpfs", "-o", "size=64m,nr_inodes=4k", "tmpfs") as can:
                if not can:
                    self.skip("a full disk: mounting needs root and the right to mount")
                    return
            for step in range(DISKS[self.scale]):
                with self.mount("-t", "tmpfs", "-o", "size=64m,nr_inodes=4k", "tmpfs"):
                    subject = self.on_mounted()
                    old = subject.log.checkpoint
                    room = step * ROOM[kind] // DISKS[self.scale]
                    self.fill(kind, room)
                    ended = subject.run("add", "-v", "--json", "--batch", str(BATCH), posts)
                    tried.append(room)
                    ends[ended.status] += 1
                    for problem in self.after_full_disk(subject, ended, old, posts):
                        wrong.append(f"full disk, {room} {kind} left: {problem}")
            print(f"      full disk, {kind}: {summary(ends)}")
            if ends[2] < 2 or not ends[0]:
                wrong.append(f"full disk, {kind}: never full, or always: the room is badly chosen")
            self.conclude(f"a disk without {kind}: add says so, nothing acknowledged is lost, and with room it goes on",
                          tried, wrong, "disks")

    def fill(self, kind: str, room: int) -> None:
        """Leaves this many bytes, or this many files, free."""
        status = os.statvfs(self.mounted)
        if kind == "files":
            for number in range(status.f_ffree - room):
                (self.mounted / f"fill{number}").touch()
            return
        with (self.mounted / "fill").open("wb") as file:
            left = status.f_bavail * status.f_frsize - room
            os.posix_fallocate(file.fileno(), 0, left)

    def after_full_disk(self, subject: Subject, ended: Ended, old: bytes, posts: str) -> list[str]:
        wrong = []
        if ended.status not in (0, 2):
            wrong.append(f"add: {ended}")
        if ended.status == 2 and not re.search(r"E-IO|E-INDEX", ended.err):
            wrong.append(f"no code says why: {ended}")
        acknowledged = [int(size) for size in re.findall(r"size=(\d+)", ended.err)]
        since = self.folder / "since"
        since.write_bytes(old)
        problems, found = subject.audit_problems(since=since)
        wrong += problems
        if acknowledged and found.get("size", 0) < max(acknowledged):
            wrong.append(f"size {found.get('size')} after {max(acknowledged)} was acknowledged")
        for path in self.mounted.glob("fill*"):
            path.unlink()
        again = subject.run("add", "--json", posts)
        if again.status != 0:
            return [*wrong, f"the next add: {again}"]
        problems, found = subject.audit_problems()
        wrong += [f"after the next add, {problem}" for problem in problems]
        if found.get("posts") != RECORDED + FRESH:
            wrong.append(f"{found.get('posts')} posts are recorded")
        return wrong + subject.tree_problems() + [f"left over: {path}" for path in subject.leftovers()]

    def read_only(self) -> None:
        """A read-only file system."""
        self.base.copy_to(self.case_folder)
        with self.mount("--bind", str(self.case_folder)) as can:
            if not can:
                self.skip("a read-only file system: mounting needs root and the right to mount")
                return
            subprocess.run(["mount", "-o", "remount,bind,ro", str(self.mounted)], check=True)
            subject = Subject(self.base.program, self.mounted)
            wrong = self.readable(subject, (), "Read-only file system")
        self.conclude("a read-only archive is audited and read; add says why it cannot", [*READING, *WRITING], wrong,
                      "commands")

    def readable(self, subject: Subject, under: tuple[str, ...], why: str) -> list[str]:
        """Reading commands work, writing commands give a reason, and nothing changes."""
        wrong = []
        before = subject.files()
        for line in READING + WRITING:
            ended = subject.run(*line.split(), under=under)
            if ended.status != (0 if line in READING else 2) or (line in WRITING and why not in ended.err):
                wrong.append(f"{line}: {ended}")
        return wrong + (["something was changed"] if subject.files() != before else [])

    # Permissions

    def no_permission(self) -> None:
        """An archive of another user, and folders that cannot be read."""
        probe = ("true",)
        if os.geteuid() != 0 or subprocess.run([*NOBODY, *probe], capture_output=True).returncode:
            self.skip("another user: that needs root and setpriv")
            return
        program = self.base.program
        if subprocess.run([*NOBODY, "test", "-x", program], capture_output=True).returncode:
            program = str(self.folder / "provenance")
            shutil.copy2(self.base.program, program)
            Path(program).chmod(0o755)
        wrong = []
        subject = self.base.copy_to(self.case_folder)
        subject.program = program
        self.chmod(subject.folder, 0o755, 0o644)
        wrong += [f"another's archive: {problem}" for problem in self.readable(subject, NOBODY, "Permission denied")]
        tried = ["another's archive"]
        # Files that a command needs and may not open: it names the file, and changes nothing.
        needed = {"log": ("audit", "add"), "keys": ("add",), ".provenance": ("audit", "add", "status"),
                  "accessions": ("add",), "log/tile": ("audit", "add"), "log/checkpoint": ("audit", "add")}
        for path, commands in needed.items():
            for command in commands:
                subject = self.own()
                subject.program = program
                before = subject.files()
                place = subject.archive / path
                os.chown(place, 0, 0)
                place.chmod(0)
                ended = subject.run(command, *(["_posts"] if command == "add" else []), under=NOBODY)
                place.chmod(0o755)
                tried.append(f"{command} without {path}")
                if ended.status != 2 or "Permission denied" not in ended.err + ended.out:
                    wrong.append(f"{tried[-1]}: {ended}")
                after = {name: data for name, data in subject.files().items() if "/.provenance/" not in name}
                if after != {name: data for name, data in before.items() if "/.provenance/" not in name}:
                    wrong.append(f"{tried[-1]}: something was changed")
        wrong += self.closed_posts(program)
        tried.append("a closed folder of posts")
        self.conclude("without permission a command says what it cannot open, and a folder that is closed is not missing",
                      tried, wrong, "cases")

    def own(self) -> Subject:
        """A copy that belongs to another user."""
        subject = self.base.copy_to(self.case_folder)
        for path in [subject.folder, *subject.folder.rglob("*")]:
            if path.suffix == ".md":
                # The posts are linked to those of the base; these need to be files of their own.
                data = path.read_bytes()
                path.unlink()
                path.write_bytes(data)
            os.chown(path, 65534, 65534)
        return subject

    @staticmethod
    def chmod(folder: Path, folders: int, files: int) -> None:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(folders if path.is_dir() else files)

    def closed_posts(self, program: str) -> list[str]:
        """A folder of posts below _posts that may not be read: unknown, never missing; the rest is recorded."""
        subject = self.own()
        subject.program = program
        wrong = []
        closed = subject.archive / "_posts/closed"
        closed.mkdir()
        for number in range(3):
            (closed / f"{number}.md").write_bytes(post(7000 + number))
        wrong += [str(ended) for ended in [subject.run("add", "_posts", under=NOBODY)] if ended.status != 0]
        closed.chmod(0)
        subject.write("_posts/later.md", post(7100))
        ended = subject.run("add", "--json", "_posts", under=NOBODY)
        if ended.status != 2 or "E-UNREADABLE" not in ended.out or ended.json.get("recorded") != 1:
            wrong.append(f"add with a closed folder: {ended}")
        ended = subject.run("status", under=NOBODY)
        if ended.status not in (1, 2) or "E-MISSING" in ended.out or "closed" not in ended.out + ended.err:
            wrong.append(f"status with a closed folder: {ended}")
        closed.chmod(0o755)
        problems = subject.completion_problems("_posts")
        return wrong + [f"with the folder open again: {problem}" for problem in problems]

    def not_reachable(self) -> None:
        """A folder on an unreachable server: strace makes every call on it fail."""
        wrong = []
        tried = []
        for error in ("ENOTCONN", "ESTALE", "EHOSTDOWN"):
            for path, command, status in (
                    ("_posts", ("add", "_posts"), 2), ("_posts", ("status",), 1), ("_posts", ("verify", "_posts"), 2),
                    ("log/checkpoint", ("audit",), 2), ("log/checkpoint", ("add", "_posts"), 2),
                    (".provenance/config", ("audit",), 2)):
                subject = self.base.copy_to(self.case_folder)
                before = subject.files()
                place = str(subject.archive / path)
                calls = "openat,newfstatat,getdents64,read"
                under = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-P", place, "-e", f"trace={calls}",
                         "-e", f"inject={calls}:error={error}"]
                ended = subject.run(*command, under=under)
                tried.append(f"{' '.join(command)}, {path} {error}")
                said = re.search(r"E-UNREADABLE|E-IO|E-NO-ARCHIVE", ended.out + ended.err)
                if ended.status not in (status, 2) or not said:
                    wrong.append(f"{tried[-1]}: {ended}")
                if "E-MISSING" in ended.out:
                    wrong.append(f"{tried[-1]}: what cannot be reached is called missing: {ended}")
                changed = [name for name, data in subject.files().items() if before.get(name) != data]
                if [name for name in changed if "/.provenance/" not in name]:
                    wrong.append(f"{tried[-1]}: changed: {changed}")
        self.conclude("a folder on a server that is gone is unreadable, never missing", tried, wrong, "commands")

    # Limits

    def limits(self) -> None:
        """Few descriptors, and files that may not grow: the add ends, and another one goes on."""
        wrong = []
        tried = []
        ends: Counter = Counter()
        for limit, values in ((resource.RLIMIT_NOFILE, (4, 8, 12, 14, 16, 20, 32)),
                              (resource.RLIMIT_FSIZE, (0, 100, 4096, 16384, 65536))):
            for value in values:
                subject = self.base.copy_to(self.case_folder)
                name = "descriptors" if limit == resource.RLIMIT_NOFILE else "bytes a file"
                option = "--nofile" if limit == resource.RLIMIT_NOFILE else "--fsize"
                ended = subject.run("add", "-q", "--batch", "100", "_posts",
                                    under=["prlimit", f"{option}={value}:{value}"])
                tried.append(f"{value} {name}")
                ends[ended.status] += 1
                # The kernel reports a write over the limit on file size by a signal.
                # With only a handful of descriptors libdispatch gets none, and ends the process with SIGILL.
                if ended.status not in (0, 2, -signal.SIGXFSZ) and not (value < 16 and ended.status == -signal.SIGILL):
                    wrong.append(f"{tried[-1]}: {ended}")
                problems, _ = subject.audit_problems()
                problems += subject.completion_problems("_posts")
                wrong += [f"{tried[-1]}: {problem}" for problem in problems]
        print(f"      limits: {summary(ends)}")
        self.conclude("with few descriptors, or files that may not grow, the archive stays sound", tried, wrong, "limits")

    # Clock

    def clock(self) -> None:
        """The clock is years off, or jumps while an add runs."""
        if not shutil.which("faketime"):
            self.skip("a clock that jumps: there is no faketime (apt-get install faketime)")
            return
        wrong = []
        tried = []
        for moment in ("2001-01-01", "1970-01-01", "1969-06-01", "2099-12-31"):
            subject = self.base.copy_to(self.case_folder)
            ended = subject.run("add", "--json", "--batch", str(BATCH), "_posts",
                                under=["faketime", "-f", f"@{moment} 00:00:00"])
            tried.append(f"add on {moment}")
            # A record's times begin in 1970.
            if ended.status == 0 and str(self.last_accession(subject)[0]) != max(moment[:4], "1970"):
                self.skip("a clock that jumps: faketime has no effect on this program")
                return
            # A time that no record can state is refused; the record stays sound, and grows again at another time.
            if ended.status not in (0, 2):
                wrong.append(f"{tried[-1]}: {ended}")
            problems, found = subject.audit_problems(remarks=CLOCK_REMARKS)
            wrong += [f"{tried[-1]}: {problem}" for problem in problems]
            # Times that go backwards cause a remark; when the clock runs years ahead, none does.
            if ended.status == 0 and moment < "2026" and not any("clock" in it for it in found.get("remarks", [])):
                wrong.append(f"{tried[-1]}: audit says nothing of the clock")
            subject.write("_posts/later.md", post(8000))
            wrong += [f"{tried[-1]}: {problem}"
                      for problem in subject.completion_problems("_posts", remarks=CLOCK_REMARKS)]
        wrong += self.clock_jumps()
        tried.append("an add on the way of which the clock jumps")
        wrong += self.future()
        tried.append("a clock that goes back after an add")
        self.conclude("a clock that is off or jumps back spoils nothing", tried, wrong, "clocks")

    @staticmethod
    def last_accession(subject: Subject) -> time.struct_time:
        """When the last add was, by its own clock."""
        *_, (_, _, note) = subject.log.notes("provenance/accession@v1")
        return time.gmtime(int(note.fields["recorded"]) // 1000)

    def clock_jumps(self) -> list[str]:
        """The clock goes back by years, several times while an add runs."""
        subject = self.base.copy_to(self.case_folder)
        moment = self.folder / "moment"
        moment.write_text("@2030-01-01 00:00:00")
        subject.extra = {"FAKETIME_TIMESTAMP_FILE": str(moment), "FAKETIME_NO_CACHE": "1",
                         "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                         # Otherwise the times of files jump too, and every file looks freshly written.
                         "NO_FAKE_STAT": "1"}
        # A time in the environment would take precedence over the one in the file.
        under = ("faketime", "-f", "+0", "sh", "-c", 'unset FAKETIME; exec "$@"', "sh", *SLOWLY)
        started = self.start(subject, "add", "--json", "--batch", "8", "_posts", under=under)
        for year in (2020, 2010, 2025, 2005):
            time.sleep(0.4)
            moment.write_text(f"@{year}-01-01 00:00:00")
        ended = self.finish(started)
        subject.extra = {}
        wrong = [] if ended.status == 0 else [f"the clock jumps: {ended}"]
        times = [int(note.fields["recorded"]) for _, _, note in subject.log.notes("provenance/post@v1")][RECORDED:]
        if times == sorted(times):
            wrong.append(f"the clock jumps: it has not, by the records: {times[0]} to {times[-1]}")
        return wrong + [f"the clock jumps: {problem}"
                        for problem in subject.completion_problems("_posts", remarks=CLOCK_REMARKS)]

    def future(self) -> list[str]:
        """After an accession dated next year, `status --max-gap` uses the newest one that is not in the future, and warns."""
        subject = self.base.copy_to(self.case_folder)
        ended = subject.run("add", "-q", "_posts", under=["faketime", "-f", "+400d"])
        wrong = [] if ended.status == 0 else [f"add in the future: {ended}"]
        ended = subject.run("status", "--max-gap", "48h")
        if ended.status != 0 or "W-CLOCK" not in ended.out + ended.err:
            wrong.append(f"the last accession is of next year, and status --max-gap does not say so: {ended}")
        return wrong

    # Others

    def start(self, subject: Subject, *arguments: str, under: tuple[str, ...] = ()) -> subprocess.Popen:
        return subprocess.Popen([*under, subject.program, *arguments], cwd=subject.archive, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=subject.environment)

    @staticmethod
    def finish(started: subprocess.Popen) -> Ended:
        out, err = started.communicate(timeout=300)
        return Ended(started.returncode, out, err)

    def together(self) -> None:
        """Several adds at once, of the same folder and of different ones, while audits run."""
        wrong = []
        tried = []
        for count in (2, 8):
            for is_same in (True, False):
                subject = self.base.copy_to(self.case_folder)
                what = f"{count} adds of {'one folder' if is_same else 'different folders'}"
                for number in range(count):
                    for one in range(4):
                        subject.write(f"_posts/{number}/{one}.md", post(9000 + number * 10 + one))
                folders = ["_posts" if is_same else f"_posts/{number}" for number in range(count)]
                running = [self.start(subject, "add", "--json", "--batch", "40", name) for name in folders]
                audits = [subject.run("audit", "-q") for _ in range(3)]
                ends = [self.finish(started) for started in running]
                tried.append(what)
                wrong += [f"{what}: {ended}" for ended in ends if ended.status != 0]
                wrong += [f"{what}, an audit meanwhile: {ended}" for ended in audits if ended.status != 0]
                recorded = sum(ended.json.get("recorded", 0) for ended in ends)
                expected = FRESH + 4 * count if is_same else 4 * count
                if recorded != expected:
                    wrong.append(f"{what}: {recorded} were recorded, not {expected}")
                wrong += [f"{what}: {problem}" for problem in subject.completion_problems("_posts")]
        wrong += self.locked()
        tried.append("no wait for a lock")
        self.conclude("adds at once: each post is recorded once, and an audit meanwhile is clean", tried, wrong, "cases")

    def locked(self) -> list[str]:
        """A command that does not wait for the lock names its holder."""
        subject = self.base.copy_to(self.case_folder)
        started = self.start(subject, "add", "-q", "--batch", str(BATCH), "_posts", under=SLOWLY)
        deadline = time.monotonic() + 20
        while not (subject.archive / ".provenance/lock").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.01)
        ended = subject.run("add", "--lock-timeout", "0", "_posts")
        wrong = []
        if ended.status != 2 or "E-LOCKED" not in ended.err or f"process {started.pid}" not in ended.err:
            wrong.append(f"no wait for a lock: {ended}")
        return wrong + [f"who held the lock: {ended}" for ended in [self.finish(started)] if ended.status != 0]

    # Signals

    def signals(self) -> None:
        """SIGINT and SIGTERM at moments that are spread over an add."""
        subject = self.base.copy_to(self.case_folder)
        began = time.monotonic()
        whole = self.finish(self.start(subject, "add", "-v", "--batch", str(BATCH), "_posts", under=SLOWLY))
        seconds = time.monotonic() - began
        sizes = {self.base.log.size, *map(int, re.findall(r"size=(\d+)", whole.err))}
        wrong = [] if whole.status == 0 and len(sizes) > 8 else [f"an undisturbed add: {whole}"]
        tried = []
        for number in (signal.SIGINT, signal.SIGTERM):
            outcomes: Counter = Counter()
            for step in range(MOMENTS[self.scale]):
                moment = seconds * (step + 0.3) / MOMENTS[self.scale]
                subject = self.base.copy_to(self.case_folder)
                started = self.start(subject, "add", "-v", "--batch", str(BATCH), "_posts", under=SLOWLY)
                time.sleep(moment)
                started.send_signal(number)
                ended = self.finish(started)
                what = f"{number.name} after {moment:.2f} s"
                tried.append(what)
                outcome, problems = self.after_signal(subject, ended, number, sizes)
                outcomes[outcome] += 1
                wrong += [f"{what}: {problem}" for problem in problems]
            print(f"      {number.name}: {summary(outcomes)}")
        self.conclude("after a signal nothing or whole batches are published, and the next add completes", tried, wrong,
                      "signals")

    def after_signal(self, subject: Subject, ended: Ended, number: signal.Signals,
                     sizes: set[int]) -> tuple[str, list[str]]:
        """The outcome in words, and what is wrong."""
        wrong = []
        log = subject.log
        is_closed = log.size == 0 or log.entries[-1].startswith(b"provenance/accession@v1\n")
        acknowledged = [int(size) for size in re.findall(r"size=(\d+)", ended.err)]
        problems, found = subject.audit_problems()
        wrong += problems
        if acknowledged and log.size < max(acknowledged):
            wrong.append(f"size {log.size} after {max(acknowledged)} was acknowledged")
        if ended.status == 0:
            outcome = "it had ended"
        elif ended.status == STOPPED_STATUS and STOPPED_WORDS in ended.out + ended.err:
            outcome = "stopped, closed with its accession"
            if not is_closed or any("interrupted" in remark for remark in found.get("remarks", [])):
                wrong.append(f"stopped, and not closed with an accession: {ended}")
        elif ended.status == -number and log.size == self.base.log.size:
            outcome = "ended by it before anything was published"
            if FINISHES_ON_SIGNALS and acknowledged:
                wrong.append(f"ended by the signal: {ended}")
        elif ended.status == -number:
            outcome = f"ended by it after whole batches, {'closed' if is_closed else 'without an accession'}"
            if FINISHES_ON_SIGNALS:
                wrong.append(f"ended by the signal: {ended}")
            if log.size not in sizes:
                wrong.append(f"size {log.size} is no whole number of batches")
        else:
            outcome = f"status {ended.status}"
            wrong.append(f"{ended}")
        return outcome, wrong + subject.completion_problems("_posts")

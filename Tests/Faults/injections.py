"""Section `calls`: an error, or the end of the process, at every system call of an `add` in turn."""

import random
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import known
import syscalls
from report import Report
from subject import Ended, Subject, post

# Calls that change something, calls that read, and calls at which killing the process is not a separate case, because nothing has
# changed since the call before.
CHANGING = ("write", "pwrite64", "fsync", "fdatasync", "syncfs", "ftruncate", "rename", "renameat2", "link", "linkat",
            "mkdir", "rmdir", "unlink", "unlinkat")
OPENING = ("openat",)
READING = ("close", "pread64")
MORE = ("read", "getdents64", "flock", "newfstatat")
TRACED = CHANGING + OPENING + READING + MORE + ("sync_file_range",)
# Suffixes of the files that an openat may create.
CREATED = (".provenance-tmp", "lock", "-wal", "-shm", "sqlite")
# Calls that are repeated after a signal.
REPEATED = ("openat", "write", "fsync", "read", "flock")
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EINTR")
KILL = "KILL"

# All posts are read in the same way: only the calls of every n-th post are tried.
EVERY_POST = 25
BATCH = 64
RECORDED = 6
FRESH = 300
BOUNDED = 250
# How often a fault is tried when it hits another call than intended.
ATTEMPTS = 3
SEED = 20_220_210


@dataclass(frozen=True)
class Target:
    """The `nth` call of this name on this path; `when` is its number among those of its thread."""

    name: str
    path: str
    nth: int
    when: int

    def __str__(self) -> str:
        return f"{self.name} {self.path} #{self.nth}"


@dataclass(frozen=True)
class Case:
    """One fault."""

    target: Target
    fault: str

    def __str__(self) -> str:
        return f"{self.fault} at {self.target}"


class CallChecks:
    """An add under strace, once for each case."""

    def __init__(self, report: Report, program: str, folder: Path, is_bounded: bool) -> None:
        self.report = report
        self.folder = folder
        self.is_bounded = is_bounded
        self.log = folder / "trace"
        self.base = self.make_base(Subject.make(program, folder / "base"))
        self.case_folder = folder / "case"
        self.old = folder / "old-checkpoint"
        self.old.write_bytes(self.base.log.checkpoint)
        self.add = ("add", "--json", "-v", "--tolerate-refused", "--batch", str(BATCH), "_posts")

    @staticmethod
    def make_base(base: Subject) -> Subject:
        """Recorded posts and a manifest; then new posts, one known at a new place, and one that is refused."""
        for number in range(RECORDED):
            base.write(f"_posts/{number:04}.md", post(number))
        base.must("add", "-q", "_posts")
        base.must("export", "-q", "-o", "Manifests/early.json")
        for number in range(RECORDED, RECORDED + FRESH):
            base.write(f"_posts/{number:04}.md", post(number))
        base.write("_posts/0100-known.md", post(3))
        base.write("_posts/0200-refused.md", b"no post\n")
        return base

    # Running

    def strace(self, subject: Subject, names: str, options: list[str], path: str = "") -> Ended:
        """The add under strace, which sees the calls on one path only when a path is given.

        `-D` keeps the process id that the shell had, so that a name with the process id in it is known before.
        """
        self.log.unlink(missing_ok=True)
        # In strace 6.1 no signal is injected with --seccomp-bpf.
        quick = [] if any("signal=" in option for option in options) else ["--seccomp-bpf"]
        options = ["-D", "-f", "-y", "-qq", *quick, "-o", str(self.log), "-e", f"trace={names}", *options]
        if not path:
            return subject.run(*self.add, under=["strace", *options])
        before, pid, after = path.partition("{pid}")
        if not pid:
            return subject.run(*self.add, under=["strace", "-P", path, *options])
        script = 'path=$1$$$2; shift 2; exec strace -P "$path" "$@"'
        return subject.run(*self.add, under=["sh", "-c", script, "sh", before, after, *options])

    @cached_property
    def plain(self) -> tuple[list[syscalls.Call], Ended]:
        """The calls of an undisturbed add."""
        subject = self.base.copy_to(self.case_folder)
        ended = self.strace(subject, ",".join(TRACED), [])
        if ended.status != 0:
            raise AssertionError(f"an undisturbed add: {ended}")
        return syscalls.read(self.log), ended

    def targets(self, calls: list[syscalls.Call]) -> list[Target]:
        """The calls on files of the archive and the key store, in their order."""
        targets: list[Target] = []
        of_all: Counter = Counter()
        of_thread: Counter = Counter()
        for call in calls:
            path = self.relative(call.path)
            if path is None or call.name not in TRACED:
                continue
            of_all[call.name, path] += 1
            of_thread[call.thread, call.name, path] += 1
            if "_posts/" in path and int(re.search(r"_posts/(\d+)", path)[1]) % EVERY_POST:
                continue
            targets.append(Target(call.name, path, of_all[call.name, path], of_thread[call.thread, call.name, path]))
        return targets

    def relative(self, path: str) -> str | None:
        """A path in the case's folder, with the process id and the register's name replaced by placeholders; `None` elsewhere."""
        prefix = f"{self.case_folder}/"
        if not path.startswith(prefix) or "(deleted)" in path:
            return None
        path = path.removeprefix(prefix)
        path = re.sub(r"\.\d+(\.provenance-tmp)$", r".{pid}\1", path)
        # A register is named by its root, which depends on random salts; the old register's name, in the base, is kept.
        if re.fullmatch(r"archive/accessions/[0-9a-f]{64}\.jsonl", path) and not (self.base.folder / path).exists():
            return None
        return path

    def cases(self, targets: list[Target]) -> list[Case]:
        """The faults that are tried at each target."""
        cases: list[Case] = []
        for target in targets:
            if target.name in CHANGING or (target.name == "openat" and target.path.endswith(CREATED)):
                faults = (*ERRORS, KILL)
            elif target.name in OPENING + READING:
                faults = ("EIO", "EINTR", KILL)
            elif target.name in MORE:
                faults = ("EIO", "EINTR")
            else:
                continue
            cases += [Case(target, fault) for fault in faults]
        return cases

    # Judging

    def run_case(self, case: Case, sizes: list[int]) -> tuple[bool, list[str], Ended]:
        """Whether the fault hit its target, what is wrong, and how the add ended."""
        subject = self.base.copy_to(self.case_folder)
        what = f"signal={case.fault}" if case.fault == KILL else f"error={case.fault}"
        name = case.target.name
        ended = self.strace(subject, name, ["-e", f"inject={name}:{what}:when={case.target.when}"],
                            str(self.case_folder / case.target.path))
        hit = self.hit(case)
        return hit, self.problems(case, subject, ended, sizes), ended

    def hit(self, case: Case) -> bool:
        """Whether the first fault was at the target itself, according to strace."""
        calls = [call for call in syscalls.read(self.log) if call.name == case.target.name
                 and self.relative(call.path) == case.target.path]
        for nth, call in enumerate(calls, 1):
            if call.is_injected or (case.fault == KILL and call.is_unfinished):
                return nth == case.target.nth
        return False

    def problems(self, case: Case, subject: Subject, ended: Ended, sizes: list[int]) -> list[str]:
        wrong: list[str] = []
        allowed = (0, 2, -9) if case.fault == KILL else (0, 2)
        if ended.status not in allowed:
            wrong.append(f"the add: {ended}")
        if case.fault == "EINTR" and ended.status != 0 and case.target.name in REPEATED:
            wrong.append(f"not tried again after EINTR: {ended}")
        has_code = ended.json.get("problems") or re.search(r"^E-[A-Z-]+  ", ended.err, re.MULTILINE)
        if ended.status == 2 and not has_code:
            wrong.append(f"no code says why: {ended}")
        acknowledged = [int(size) for size in re.findall(r"size=(\d+)", ended.err)]
        if ended.status == 0:
            acknowledged.append(ended.json.get("size", 1 << 60))
        found_problems, found = subject.audit_problems(since=self.old)
        wrong += found_problems
        size = found.get("size", -1)
        # An unreadable post means one record less.
        if size not in sizes and not ("_posts/" in case.target.path and size + 1 in sizes):
            wrong.append(f"the checkpoint is of size {size}, none of {sizes}")
        if acknowledged and size < max(acknowledged):
            wrong.append(f"size {size} after {max(acknowledged)} was acknowledged")
        return wrong + subject.completion_problems("_posts")

    # The section

    def run(self) -> None:
        """Every system call of an add"""
        calls, ended = self.plain
        sizes = sorted({self.base.log.size, *map(int, re.findall(r"size=(\d+)", ended.err))})
        self.report.check("an undisturbed add commits several times and completes a tile", len(sizes) >= 5
                          and sizes[0] < 256 < sizes[-1], f"{len(calls):,} calls, sizes {sizes}")
        targets = self.targets(calls)
        names = Counter(target.name for target in targets)
        print("      on the archive's files: " + ", ".join(f"{name} {count}" for name, count in names.most_common()))
        self.stability(targets)
        cases = self.cases(targets)
        chosen = spread(cases, BOUNDED) if self.is_bounded else cases
        self.try_all(chosen, sizes, len(cases))

    def stability(self, targets: list[Target]) -> None:
        """How far the calls are the same in other runs; which thread comes first varies."""
        same = 0
        for _ in range(ATTEMPTS):
            subject = self.base.copy_to(self.case_folder)
            self.strace(subject, ",".join(TRACED), [])
            same = max(same, len(set(targets) & set(self.targets(syscalls.read(self.log)))))
        self.report.check("nearly all calls are the same, in the same thread's order, when it runs again",
                          same >= 0.9 * len(targets), f"{same:,} of {len(targets):,}")

    def try_all(self, cases: list[Case], sizes: list[int], possible: int) -> None:
        """Runs the cases, and counts."""
        hits = 0
        missed: list[Case] = []
        wrong: list[str] = []
        outcomes: Counter = Counter()
        for number, case in enumerate(cases, 1):
            if number % 500 == 0:
                print(f"      {number:,} of {len(cases):,} cases", flush=True)
            for _ in range(ATTEMPTS):
                hit, problems, ended = self.run_case(case, sizes)
                wrong += [f"{case}: {problem}" for problem in problems]
                if hit:
                    break
            hits += hit
            if not hit:
                missed.append(case)
            outcomes[case.fault, ended.status] += 1
        for fault in (*ERRORS, KILL):
            counts = sorted((status, count) for (name, status), count in outcomes.items() if name == fault)
            print(f"      {fault:6} " + ", ".join(f"{count} ended {status}" for status, count in counts))
        print(f"      {len(cases):,} of {possible:,} cases; the fault was where it was meant in {hits:,}; elsewhere or "
              f"nowhere in {len(missed)}" + (f", such as {missed[0]}" if missed else ""))
        # strace counts the calls of each thread separately, so where several threads use a file a fault may hit another thread's
        # call: one in ten, more on a busy machine. That fault is judged like any other, and the case is tried again.
        self.report.check("nearly every fault hit its target", hits >= 0.8 * len(cases),
                          f"{hits:,} of {len(cases):,}", [str(case) for case in missed[:12]])
        self.report.all("after each the archive is sound, nothing acknowledged is lost, and the next add completes",
                        cases, known.sift(wrong), "cases")


def spread(cases: list, count: int) -> list:
    """This many cases, evenly spread over all; a fixed seed picks one from each stretch."""
    if len(cases) <= count:
        return cases
    choose = random.Random(SEED)
    edges = [len(cases) * step // count for step in range(count + 1)]
    return [cases[choose.randrange(first, end)] for first, end in zip(edges, edges[1:])]

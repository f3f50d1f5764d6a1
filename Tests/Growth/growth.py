"""Checks that no command has quadratic cost: each case is run with n, 2n and 4n of something, and its instructions are
counted."""

import argparse
import fnmatch
import multiprocessing
import os
import shutil
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import case_archive  # noqa: F401  (registers its cases)
import case_forms  # noqa: F401
import case_outside  # noqa: F401
import case_posts  # noqa: F401
from box import CASES, Box, Run
from measure import Count, Meter, Verdict, demangled, judge, uncounted

# Whether each control must be judged quadratic.
CONTROLS = {"linear": False, "sorted": False, "square": True, "hidden": True, "copied": True, "constant": True}
CONTROL_SIZE = 500


@dataclass
class Result:
    name: str
    n: int
    counts: list[int]
    verdict: Verdict | None
    failure: str
    seconds: float
    places: list[str]

    @property
    def is_right(self) -> bool:
        return self.verdict is not None and not self.verdict.reasons

    def line(self) -> str:
        if self.verdict is None:
            return f"BROKEN  {self.name}: {self.failure}"
        verdict = self.verdict
        mark = "SQUARE" if verdict.reasons else "ok    "
        memory = f", memory {verdict.memory:.2f}" if verdict.memory is not None else ""
        counts = " ".join(f"{count / 1e6:.1f}" for count in self.counts)
        text = (f"{mark}  {self.name} (n = {self.n}): ratio {verdict.ratio:.2f}, {verdict.square:.1%} square{memory}; "
                f"{counts} million instructions, {self.seconds:.1f} s")
        for reason in verdict.reasons:
            text += f"\n          {reason}"
        for place in self.places:
            text += f"\n            {place}"
        return text


class Job:
    """Sets up a worker."""

    def __init__(self, meter: Meter, program: str, control: str, work: Path, factor: float, explains: bool, counts: bool):
        self.meter = meter
        self.program = program
        self.control = control
        self.work = work
        self.factor = factor
        self.explains = explains
        self.counts = counts


JOB: list[Job] = []


def begin(job: Job, cores) -> None:
    """Pins each worker to a core, so that the threads of a program do not count at the same time."""
    JOB.append(job)
    os.sched_setaffinity(0, {cores.get()})


def count(job: Job, name: str, make, n: int, names: bool = False) -> Count:
    """Makes a case's input and counts its command."""
    folder = job.work / f"case-{os.getpid()}"
    box = Box(folder, job.program, job.work / "fixtures")
    try:
        run: Run = make(box, n)
        line = [job.program, *run.arguments]
        if job.counts:
            counted, ended = job.meter.count(line, box.archive, box.environment, run.given, names)
        else:
            counted, ended = Count({0: n}, {0: n}, 0, {}), uncounted(line, box.archive, box.environment, run.given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if ended.status != run.status or run.words not in ended.output:
        raise RuntimeError(f"n = {n}: {' '.join(run.arguments)[:200]} ended with {ended.status}, wanted {run.status} "
                           f"and {run.words!r}: {ended.output[:400]}")
    if not counted.runs:
        raise RuntimeError(f"the emulator counted nothing: {ended.output[:400]}")
    return counted


def examine(number: int) -> Result:
    job = JOB[0]
    case = CASES[number]
    n = min(case.most // 4, max(2, int(case.n * job.factor)))
    began = time.monotonic()
    counts: list[Count] = []
    try:
        for size in (n, 2 * n, 4 * n):
            counts.append(count(job, case.name, case.make, size))
        verdict = judge(counts, n, case.bounded, case.is_refused_at_once) if job.counts else Verdict.untried()
        if verdict.reasons and not verdict.is_unsized and 8 * n <= case.most:
            # A cost that starts above some size looks quadratic once, but not again with twice the sizes.
            try:
                counts.append(count(job, case.name, case.make, 8 * n))
                verdict = judge(counts[1:], 2 * n, case.bounded)
            except (AssertionError, RuntimeError):
                pass
        places = explain(job, case, n, verdict) if verdict.reasons and job.explains else []
        return Result(case.name, n, [one.all for one in counts], verdict, "", time.monotonic() - began, places)
    except Exception as error:
        reason = f"{error}" if isinstance(error, RuntimeError) else traceback.format_exc()
        return Result(case.name, n, [one.all for one in counts], None, reason, time.monotonic() - began, [])


def explain(job: Job, case, n: int, verdict: Verdict) -> list[str]:
    """The functions that contain the quadratic blocks."""
    names = count(job, case.name, case.make, n, names=True).names
    found = list(dict.fromkeys(names.get(block, "in a shared library, without a name") for block in verdict.blocks))
    return demangled(found)


def control(kind: str) -> tuple[str, Verdict]:
    job = JOB[0]
    counts = [
        job.meter.count([job.control, kind, str(CONTROL_SIZE * times)], job.work, dict(os.environ))[0]
        for times in (1, 2, 4)
    ]
    return kind, judge(counts, CONTROL_SIZE)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--control", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--factor", type=float, default=1, help="times the sizes of the cases")
    parser.add_argument("--quick", action="store_true", help="the sample that .ci/run tries")
    parser.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--all", action="store_true", help="show every case, not only what is wrong")
    parser.add_argument("--uncounted", action="store_true", help="only try whether each command ends as the case says")
    parser.add_argument("--brief", action="store_true", help="do not name the functions, which takes a run more")
    parser.add_argument("patterns", nargs="*", help="cases to run, by name: 'add: *'")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{case.name} (n = {case.n})" for case in CASES if case.is_sampled or not options.quick))
        return 0
    chosen = [number for number, case in enumerate(CASES)
              if (not options.patterns or any(fnmatch.fnmatch(case.name, pattern) for pattern in options.patterns))
              and (case.is_sampled or not options.quick)]
    if not chosen:
        print("growth: no case has such a name", file=sys.stderr)
        return 2

    began = time.monotonic()
    available = sorted(os.sched_getaffinity(0))
    context = multiprocessing.get_context("fork")
    cores = context.Queue()
    for core in available:
        cores.put(core)
    job = Job(Meter(options.emulator, Path(options.plugin), options.work), os.path.abspath(options.program),
              options.control, options.work, options.factor, not options.brief, not options.uncounted)
    wrong = 0
    with context.Pool(len(available), begin, (job, cores)) as pool:
        for kind, verdict in pool.imap(control, CONTROLS):
            if bool(verdict.reasons) != CONTROLS[kind]:
                print(f"growth: the control that is {kind} was judged wrong: {verdict}", file=sys.stderr)
                return 1
        print(f"controls: {', '.join(kind for kind in CONTROLS if CONTROLS[kind])} found, "
              f"{', '.join(kind for kind in CONTROLS if not CONTROLS[kind])} passed")
        for result in pool.imap_unordered(examine, chosen):
            if not result.is_right:
                wrong += 1
            if options.all or not result.is_right:
                print(result.line(), flush=True)
    what = "end as they say" if options.uncounted else "grow as they should"
    print(f"growth: {len(chosen) - wrong} of {len(chosen)} cases {what} ({time.monotonic() - began:.0f} s)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

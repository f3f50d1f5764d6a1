"""How commands are run and timed, where archives are, and how the table is printed; no measurement itself."""

import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
REFERENCE = HERE / "build" / "reference"
MEBIBYTE = 1 << 20


# Linux counts into a peak what the process held before it became the program it runs, so a command started from this process
# would never seem to need less memory than it. Where memory matters, a Python that holds almost nothing starts the command.
MEASURE = """
import os, sys, time
start = time.monotonic()
_, status, usage = os.wait4(os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ), 0)
with open(sys.argv[1], "w") as file:
    print(time.monotonic() - start, usage.ru_maxrss * 1024, file=file)
sys.exit(os.waitstatus_to_exitcode(status) and 1)
"""


class Failed(Exception):
    """A command that failed or took too long; the text says which."""


class Runner:
    """Starts commands one at a time and measures each as a whole process."""

    def __init__(self, folder, limit):
        self.output, self.errors, self.peak, self.limit = folder / "stdout", folder / "stderr", folder / "peak", limit
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder / "home"), "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
        }

    def run(self, *command, cwd, **environment):
        """Returns the seconds that the command took."""
        command = [str(word) for word in command]
        program = shutil.which(command[0])
        if program is None:
            raise Failed(f"{command[0]}: no such program")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        redirect = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, str(self.output), flags, 0o644),
                    (os.POSIX_SPAWN_OPEN, 2, str(self.errors), flags, 0o644)]
        variables = self.environment | {name: str(value) for name, value in environment.items()}
        late = False

        def stop(*_):
            nonlocal late
            late = True
            os.killpg(child, signal.SIGKILL)

        signal.signal(signal.SIGALRM, stop)
        os.chdir(cwd)
        start = time.monotonic()
        child = os.posix_spawn(program, command, variables, file_actions=redirect, setpgroup=0)
        try:
            signal.setitimer(signal.ITIMER_REAL, self.limit)
            _, status = os.waitpid(child, 0)
        except BaseException:
            os.killpg(child, signal.SIGKILL)
            raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        seconds = time.monotonic() - start
        code = os.waitstatus_to_exitcode(status)
        if late or code != 0:
            tail = (self.errors.read_text(errors="replace") + self.output.read_text(errors="replace"))[-2000:]
            why = f"took longer than {self.limit:g} s" if late else f"exit status {code}"
            raise Failed(f"{' '.join(command)}: {why} (in {cwd})\n{tail}")
        return seconds

    def run_for_memory(self, program, *words, cwd, **environment):
        """Returns (seconds, peak resident bytes); the peak is never below `memory_floor`."""
        self.run(sys.executable, "-ISc", MEASURE, self.peak, program, *words, cwd=cwd, **environment)
        seconds, peak = self.peak.read_text().split()
        return float(seconds), int(peak)

    def memory_floor(self):
        return self.run_for_memory(shutil.which("true"), cwd="/")[1]

    def values(self):
        """The last command's output, as lines of `name value`."""
        return {name: float(value) for name, value in map(str.split, self.output.read_text().splitlines())}


class Table:
    """Rows as they are printed, with the numbers behind them for --json."""

    def __init__(self):
        self.rows, self.samples = [], {}

    def add(self, what, measured, reference="", ratio=None, wanted="", good=None, bad="MISSED"):
        self.rows.append({"what": what, "measured": measured, "reference": reference, "ratio": ratio, "wanted": wanted,
                          "verdict": "" if good is None else "ok" if good else bad})

    def at_least(self, what, measured, reference, least, unit, bad="MISSED"):
        """Compares rates; `least` is the target ratio, or `None`."""
        ratio = measured / reference[0]
        self.add(what, f"{measured:,.0f} {unit}", f"{reference[0]:,.0f} {reference[1]}", ratio,
                 "" if least is None else f">= {least:.2f}", None if least is None else ratio >= least, bad)

    def at_most(self, what, seconds, reference, name, most=None):
        """Compares seconds; `most` is the target ratio."""
        ratio = seconds / reference
        self.add(what, f"{seconds * 1e3:,.1f} ms", f"{reference * 1e3:,.1f} ms, {name}", ratio,
                 f"<= {most:.2f}" if most else "", ratio <= most if most else None)

    def print(self):
        def show(row):
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
            return [row["what"], row["measured"], row["reference"], ratio, row["wanted"], row["verdict"]]

        lines = [["what", "measured", "reference", "ratio", "wanted", ""]] + [show(row) for row in self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(6)]
        lines.insert(1, ["-" * width for width in widths])
        for line in lines:
            cells = [cell.rjust(width) if i in (1, 3) else cell.ljust(width)
                     for i, (cell, width) in enumerate(zip(line, widths))]
            print("  ".join(cells).rstrip())


class Archives:
    """Fresh archives with a key store of their own, so that nothing outside the work folder is read or written."""

    def __init__(self, runner, program, work):
        self.runner, self.program, self.work, self.count = runner, program, work, 0

    def make_empty(self):
        """Makes an archive without posts."""
        self.count += 1
        self.folder, self.config = self.work / f"archive-{self.count}", self.work / f"config-{self.count}"
        self.folder.mkdir()
        self.config.mkdir()
        self.run("init", "--origin", "bench.example/log")

    def make(self, posts):
        """Makes an archive and moves the folder of posts into it."""
        self.make_empty()
        os.rename(posts, self.folder / "posts")
        warm(self.folder / "posts")

    def run(self, *words):
        os.sync()
        return self.runner.run(self.program, *words, cwd=self.folder, XDG_CONFIG_HOME=self.config)

    def run_for_memory(self, *words):
        os.sync()
        return self.runner.run_for_memory(self.program, *words, cwd=self.folder, XDG_CONFIG_HOME=self.config)

    def remove(self, posts=None):
        """Removes the archive; moves the posts back to `posts` first when it is given."""
        if posts is not None:
            os.rename(self.folder / "posts", posts)
        shutil.rmtree(self.folder)
        shutil.rmtree(self.config)


def say(text):
    print(text, file=sys.stderr, flush=True)


def warm(folder):
    """Reads every file, so that each measured command finds them in memory."""
    buffer = bytearray(MEBIBYTE)
    for item in os.scandir(folder):
        with open(item.path, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def median(samples):
    return statistics.median(samples)


def generate(folder, count, *options):
    """Writes made-up posts; `options` are generate.py's, `--size BYTES` or `--real-sizes`."""
    say(f"writing {count:,} posts, {' '.join(map(str, options))}")
    subprocess.run([sys.executable, HERE / "generate.py", folder, "--count", str(count), *map(str, options)],
                   check=True, stdout=subprocess.DEVNULL)


def program(name):
    """Whether a program is installed; prints a message where it is not."""
    if shutil.which(name) is not None:
        return True
    say(f"no {name}: its rows are left out")
    return False

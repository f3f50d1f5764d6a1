"""Counting what a command executes, and judging how the counts grow."""

import os
import re
import subprocess
from array import array
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Count:
    """One run's cost: instructions and runs by the address of their block, and peak memory."""

    instructions: dict[int, int]
    runs: dict[int, int]
    peak: int
    names: dict[int, str]

    @property
    def all(self) -> int:
        return sum(self.instructions.values())


@dataclass
class Ended:
    status: int
    output: str


# No command takes this long here; a runaway one is killed, and its case is broken (exit status 124).
MAX_SECONDS = 600


class Meter:
    """Runs programs under qemu's user mode with the plugin that counts."""

    def __init__(self, emulator: str, plugin: Path, folder: Path):
        self.emulator = emulator
        self.plugin = plugin
        self.folder = folder

    def count(self, line: list[str], folder: Path, environment: dict[str, str], given: bytes = b"",
              names: bool = False) -> tuple[Count, Ended]:
        """Runs a command and counts. Without random addresses, a block has the same address in each run."""
        out, symbols, text, stdin = (
            self.folder / f"{name}-{os.getpid()}" for name in ("counts", "names", "output", "given"))
        for path in (out, symbols):
            path.unlink(missing_ok=True)
        stdin.write_bytes(given)
        prefix = ["timeout", str(MAX_SECONDS), "setarch", "-R", self.emulator, "-plugin", f"{self.plugin},out={out}"]
        if names:
            prefix[-1] += f",names={symbols}"
            prefix += ["-d", "plugin", "-D", "/dev/null"]
        with text.open("wb") as output, stdin.open("rb") as source:
            process = subprocess.Popen(
                prefix + line, cwd=folder, env=environment, stdin=source, stdout=output, stderr=output)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        numbers = array("Q", out.read_bytes() if out.exists() else b"")
        instructions: dict[int, int] = {}
        runs: dict[int, int] = {}
        # A block that another one runs into shares instructions with it, but has its own address.
        for address, length, count in zip(numbers[::3], numbers[1::3], numbers[2::3]):
            instructions[address] = instructions.get(address, 0) + length * count
            runs[address] = runs.get(address, 0) + count
        known: dict[int, str] = {}
        for row in symbols.read_text(errors="replace").splitlines() if names else []:
            address, name = row.split(" ", 1)
            known[int(address, 16)] = name
        ended = Ended(process.returncode, text.read_text(errors="replace"))
        return Count(instructions, runs, usage.ru_maxrss << 10, known), ended


def uncounted(line: list[str], folder: Path, environment: dict[str, str], given: bytes) -> Ended:
    """Runs a command without counting."""
    done = subprocess.run(
        line, cwd=folder, env=environment, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return Ended(done.returncode, done.stdout.decode(errors="replace"))


# The largest growth of all instructions that is accepted. From n to 2n and from 2n to 4n, a linear cost adds n and 2n, a ratio of
# two; n log n gives 2.2 with the sizes here; a quadratic cost adds 3 and 12 parts, a ratio of four.
MAX_RATIO = 2.5

# A block counts as quadratic when its runs grow at least this much: between n log² n (2.4) and four, since some of its runs may
# be linear.
SQUARE_BLOCK = 3.2

# It must also run at least this often for each of the 4n things: in a quadratic loop each meets all others, or half of them. Rare
# events, such as two keys with one place in a table, have erratic counts.
MIN_RUNS = 8

# Quadratic blocks are ignored below this part of what was added from n to 4n: that small is a cost bounded by a limit that the
# sizes here do not reach, such as a page or a batch.
MAX_SQUARE_PART = 0.01

# A command whose cost grows by less than this from n to 4n did not read its input: its case tests nothing.
MIN_ADDED = 0.002

# Memory is judged where it grows by more than this from n to 4n: below are the allocator's reserves and the emulator's needs.
MIN_MEMORY = 24 << 20


@dataclass
class Verdict:
    ratio: float
    square: float
    memory: float | None
    blocks: list[int]
    # The growth of the instructions, as a part of all.
    added: float
    # The quadratic part that a limit bounds; the total may grow accordingly.
    bounded: float = 0
    # Whether the cost must be constant.
    is_constant: bool = False

    @staticmethod
    def untried() -> "Verdict":
        """The verdict where nothing was counted."""
        return Verdict(0, 0, None, [], 1)

    @property
    def is_unsized(self) -> bool:
        """Whether the cost grows where it should not, or is constant where it should grow."""
        return self.is_constant != (self.added < MIN_ADDED)

    @property
    def reasons(self) -> list[str]:
        reasons = []
        if self.is_unsized:
            reasons.append(f"n to 4n add {self.added:.2%}: " + (
                "a limit is to refuse it before it is looked at" if self.is_constant else "nothing of it is looked at"))
            return reasons
        if self.is_constant:
            return reasons
        if self.ratio > MAX_RATIO and not self.bounded:
            reasons.append(f"instructions grow {self.ratio:.2f} times")
        if self.square > max(MAX_SQUARE_PART, self.bounded):
            reasons.append(f"{self.square:.1%} in blocks that grow as a square")
        if self.memory is not None and self.memory > MAX_RATIO:
            reasons.append(f"memory grows {self.memory:.2f} times")
        return reasons


def growth(one: int, two: int, four: int) -> float:
    """The ratio of what the second doubling adds to what the first adds: 2 for a linear cost, 4 for a quadratic one."""
    return (four - two) / (two - one) if two > one else 0.0


def judge(counts: list[Count], n: int, bounded: float = 0, is_constant: bool = False) -> Verdict:
    """Judges the counts of n, 2n and 4n; `bounded` is a quadratic part that a limit bounds, `is_constant` a cost that does not
    grow."""
    one, two, four = counts
    added = max(1, four.all - one.all)
    blocks = {
        place: four.instructions[place] - one.instructions.get(place, 0)
        for place, runs in four.runs.items()
        # A block that does not run at all for n starts at some size, and its growth says nothing.
        if one.runs.get(place, 0) > 0 and runs - one.runs[place] >= MIN_RUNS * 4 * n
        and growth(one.runs[place], two.runs.get(place, 0), runs) >= SQUARE_BLOCK
    }
    memory = growth(one.peak, two.peak, four.peak) if four.peak - one.peak > MIN_MEMORY else None
    worst = sorted(blocks, key=lambda place: -blocks[place])
    return Verdict(growth(one.all, two.all, four.all), sum(blocks.values()) / added, memory, worst[:8],
                   (four.all - one.all) / max(1, one.all), bounded, is_constant)


def demangled(names: list[str]) -> list[str]:
    """Swift names demangled, where the compiler's tool is available."""
    try:
        done = subprocess.run(["swift", "demangle", "--compact", *names], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return names
    lines = done.stdout.splitlines()
    return [re.sub(r"\s+", " ", line)[:150] for line in lines] if len(lines) == len(names) else names

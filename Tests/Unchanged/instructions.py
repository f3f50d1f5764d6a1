"""How many instructions seven runs take with the program before and with the one now; none may take more than 2 % more."""

import argparse
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Growth"))
from box import Box, post  # noqa: E402
from measure import Meter  # noqa: E402

POSTS = 1000
WORDS = "".join(f"<p>Passage {number} of a post of the usual length, with some words in it.</p>\n" for number in range(40))
MAX_RATIO = 1.02
RUNS = [["add", "_posts"], ["add", "_posts"], ["status"], ["verify", "_posts"], ["prove", "_posts/00007.md", "-o", "-"], ["audit"],
        ["export", "-o", "../m.json"]]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", required=True)
    parser.add_argument("--now", required=True)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--plugin", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    meter = Meter(options.emulator, options.plugin, options.work)
    # Threads share the counts; on one core they do not count at the same time.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    counts: dict[str, list[int]] = {}
    for program in (options.before, options.now):
        box = Box(options.work / "counted", program, options.work / f"fixtures-{len(counts)}")
        box.empty()
        for number in range(POSTS):
            box.write(f"_posts/{number:05}.md", post(number, words=WORDS))
        for line in RUNS:
            count, ended = meter.count([program, *line], box.archive, box.environment)
            if ended.status != 0:
                print(f"{' '.join(line)} ended with {ended.status}: {ended.output[-300:]}", file=sys.stderr)
                return 1
            counts.setdefault(program, []).append(count.all)
        shutil.rmtree(box.folder)
    wrong = 0
    for line, before, now in zip(RUNS, counts[options.before], counts[options.now]):
        ratio = now / before
        wrong += ratio > MAX_RATIO
        print(f"{'MORE' if ratio > MAX_RATIO else 'ok  '}  {' '.join(line):32} {before / 1e6:10.1f} {now / 1e6:10.1f} million, {ratio:.4f}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

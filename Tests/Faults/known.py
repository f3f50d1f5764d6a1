"""Known problems that are not fixed yet: counted and printed, but not failures.

An entry is removed when its cause is fixed. With `PROVENANCE_FAULTS_STRICT=1` each is a failure.
"""

import os
import re
from collections import Counter

# A pattern that matches the whole problem, and its explanation.
OPEN: dict[str, str] = {}


def sift(problems: list[str]) -> list[str]:
    """The problems that are not known; known ones are counted by explanation."""
    if os.environ.get("PROVENANCE_FAULTS_STRICT") == "1":
        rest = problems
    else:
        rest = []
        counts: Counter = Counter()
        for problem in problems:
            found = [words for pattern, words in OPEN.items() if re.fullmatch(pattern, problem, re.DOTALL)]
            counts.update(found[:1])
            if not found:
                rest.append(problem)
        for words, count in counts.items():
            print(f"OPEN  {count} times: {words}", flush=True)
    alike: dict[str, list[str]] = {}
    for problem in rest:
        alike.setdefault(re.sub(r"[0-9a-f]{40,}|\d+", "#", problem)[-60:], []).append(problem)
    for problems in alike.values():
        print(f"      wrong, {len(problems)} times: {problems[0][:700]}", flush=True)
    return rest

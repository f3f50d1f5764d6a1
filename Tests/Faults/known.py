"""What is known to be wrong, and not mended yet: counted and printed, and no failure.

An entry goes when its cause is mended. With `PROVENANCE_FAULTS_STRICT=1` every one of them is a failure.
"""

import os
import re
from collections import Counter

# A pattern that the whole problem matches, and what it is.
OPEN: dict[str, str] = {
    r".*left over: \S+\.provenance-tmp":
        "a temporary file of an add that died stays, until another add happens to write a file of that name",
    r"archive/log/checkpoint, bit .*: exit status 3, and the file is not named.*":
        "a checkpoint whose signature line has another key name or id: audit says that nothing was found wrong, and "
        "names no file",
    r"archive/log/tile/entries/.*: another file is blamed: E-REGISTER-FORGED .*":
        "a damaged bundle: audit says of a sound register that it is forged",
    r"archive/log/tile/entries/.*: no add was interrupted: .*":
        "a damaged bundle: audit says that an add was interrupted, and none was",
    r"archive/\.provenance/index\.sqlite, .*(recorded 2 times|records repeat bytes).*":
        "a damaged index: add believes its no, and records the same bytes again",
    r"audit without log/tile: exit status 1:.*":
        "tiles that may not be read: audit says FAILED, exit status 1, as of tiles that are forged",
}


def sift(problems: list[str]) -> list[str]:
    """The problems that are not known; each of the others is counted by what it is."""
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

"""Mutants of the lists and of bag-info.txt, in bundles without a note: nothing else is wrong with them."""

from collections.abc import Callable, Iterator

from bag import INFO, PAYLOAD, TAGS, Bag, record, sha256
from edits import digit
from wanted import Change, Mutant, plain, unsigned

Lines = list[bytes]


def of_lines(path: str, change: Callable[[Lines], Lines]) -> Change:
    """Changes a file's lines, each with its LF; the lists that cover the file are updated."""
    def changed(bag: Bag) -> None:
        bag.files[path] = b"".join(change(bag.files[path].splitlines(True)))
        if path != TAGS:
            bag.retag()
    return changed


def mutants(good: Bag) -> Iterator[Mutant]:
    """All of them."""
    yield plain(good, f"{TAGS}: a digit of a digest", of_lines(TAGS, lambda lines: [digit(lines[0]), *lines[1:]]),
                "E-BUNDLE-CHANGED", "E-BUNDLE-NOTE")
    yield plain(good, f"{TAGS}: two lines swapped", of_lines(TAGS, lambda lines: [lines[1], lines[0], *lines[2:]]),
                "E-BUNDLE-NOTE")
    for path in (PAYLOAD, TAGS):
        yield from misspelled(good, path)
        yield from misplaced(good, path)
    yield from information(good)


def misspelled(good: Bag, path: str) -> Iterator[Mutant]:
    """A line that does not have the form of a list's line."""
    for name, change in {
        "capital digits": lambda line: line[:64].upper() + line[64:],
        "one space": lambda line: line.replace(b"  ", b" "), "a tab": lambda line: line.replace(b"  ", b"\t"),
        "three spaces": lambda line: line.replace(b"  ", b"   "),
        "a binary mark": lambda line: line.replace(b"  ", b" *"), "a space at its end": lambda line: line[:-1] + b" \n",
        "a carriage return": lambda line: line[:-1] + b"\r\n", "a digit less": lambda line: line[1:],
        "a digit more": lambda line: b"0" + line, "no path": lambda line: line[:66] + b"\n",
        "a comment": lambda line: b"# " + line, "an empty line before it": lambda line: b"\n" + line,
        "a NUL": lambda line: line[:-1] + b"\0\n", "a backslash before it": lambda line: b"\\" + line,
        "a dot before its path": lambda line: line.replace(b"  ", b"  ./"),
        "two slashes": lambda line: line.replace(b"/", b"//", 1),
        "a percent escape": lambda line: line.replace(b"/", b"%2F", 1),
        "a backslash in its path": lambda line: line.replace(b"/", b"\\", 1),
        "a byte order mark": lambda line: b"\xef\xbb\xbf" + line,
    }.items():
        yield unsigned(good, f"{path}: {name}", of_lines(path, lambda lines: [change(lines[0]), *lines[1:]]),
                       "E-BUNDLE-MALFORMED")
    yield unsigned(good, f"{path}: carriage returns", of_lines(
        path, lambda lines: [line[:-1] + b"\r\n" for line in lines]), "E-BUNDLE-MALFORMED")
    yield unsigned(good, f"{path}: no newline at its end", of_lines(
        path, lambda lines: [*lines[:-1], lines[-1][:-1]]), "E-BUNDLE-MALFORMED")


def misplaced(good: Bag, path: str) -> Iterator[Mutant]:
    """A line is missing, added, or names something that is not in the bundle."""
    first = (good.post(0) if path == PAYLOAD else record(0)).encode()
    outside = f"{sha256(good.files['checkpoint'])}  ".encode()
    for name, change, codes in (
        ("a line less", lambda lines: lines[1:], {"E-BUNDLE-STRAY"}),
        ("a line twice", lambda lines: [lines[0], *lines], {"E-BUNDLE-MALFORMED"}),
        ("a path twice with two digests", lambda lines: [*lines, digit(lines[0])], {"E-BUNDLE-MALFORMED"}),
        ("a digit of a digest", lambda lines: [digit(lines[0]), *lines[1:]], {"E-BUNDLE-CHANGED"}),
        ("two digests swapped", lambda lines: [
            lines[1][:64] + lines[0][64:], lines[0][:64] + lines[1][64:], *lines[2:]], {"E-BUNDLE-CHANGED"}),
        ("a file that is not there", lambda lines: [*lines, outside + first[:-3] + b"\n"], {"E-BUNDLE-MISSING"}),
        ("a folder", lambda lines: [*lines, outside + first.rsplit(b"/", 1)[0] + b"\n"], {"E-BUNDLE-MISSING"}),
        ("a folder with a slash", lambda lines: [*lines, outside + first.rsplit(b"/", 1)[0] + b"/\n"],
         {"E-BUNDLE-MALFORMED"}),
        ("an absolute path", lambda lines: [*lines, outside + b"/etc/passwd\n"], {"E-BUNDLE-MALFORMED"}),
        ("a way out of the bundle", lambda lines: [*lines, outside + b"../good/checkpoint\n"], {"E-BUNDLE-MALFORMED"}),
        ("a way out and back", lambda lines: [*lines, outside + first.split(b"/")[0] + b"/../checkpoint\n"],
         {"E-BUNDLE-MALFORMED"}),
        ("two dots at its end", lambda lines: [*lines, outside + first.split(b"/")[0] + b"/..\n"],
         {"E-BUNDLE-MALFORMED"}),
        ("a path that is not ASCII", lambda lines: [*lines, outside + first + "\u0301\n".encode()],
         {"E-BUNDLE-MALFORMED"}),
    ):
        yield unsigned(good, f"{path}: {name}", of_lines(path, change), *codes)

    other = TAGS if path == PAYLOAD else PAYLOAD

    def move(bag: Bag) -> None:
        moved, *rest = bag.files[path].splitlines(True)
        bag.files |= {path: b"".join(rest), other: bag.files[other] + moved}
        if path == TAGS:
            line = f"  {PAYLOAD}\n".encode()
            bag.files[TAGS] = b"".join(sha256(bag.files[PAYLOAD]).encode() + line if each.endswith(line) else each
                                       for each in rest)

    yield unsigned(good, f"{path}: a line on the other list", move)


def information(good: Bag) -> Iterator[Mutant]:
    """bag-info.txt with false or malformed values."""
    oxum, count = (int(part) for part in good.info("Payload-Oxum").split("."))
    last = good.indexes()[-1]

    def said(label: str, value: str, *codes: str, is_quoted: bool = True) -> Mutant:
        def change(bag: Bag) -> None:
            bag.set_info(label, value)
            bag.retag()
        return unsigned(good, f"{label}: {value if is_quoted else len(value)}", change, *codes)

    for value in (f"{oxum + 1}.{count}", f"{oxum - 1}.{count}", f"{oxum}.{count + 1}", f"{oxum}.{count - 1}", "0.0"):
        yield said("Payload-Oxum", value, "E-BUNDLE-CHANGED")
    for value in (f"{oxum}", f"{oxum}.", f"0{oxum}.{count}", f"{oxum}.{count}.0", f"-{oxum}.{count}", ""):
        yield said("Payload-Oxum", value, "E-BUNDLE-MALFORMED")
    yield said("Payload-Oxum", f"{'9' * 40}.{count}")
    for value in (f"0..{last - 1}", f"0..{last + 1}", f"1..{last}", "0..0", f"{last + 1}..{last + 9}"):
        yield said("Provenance-Selection", value, "E-INCOMPLETE")
    for value in (f"0-{last}", f"00..{last}", f"0..{last} ", f"0...{last}", f"0..{last},{last + 1}", f"{last}..0",
                  "all", "Filter", "..", ""):
        yield said("Provenance-Selection", value, "E-BUNDLE-MALFORMED")
    for value in (f"0..{2 ** 53}", f"0..{2 ** 64 + last}", f"0..{'9' * 30}"):
        yield said("Provenance-Selection", value)
    yield said("Provenance-Log", f"{good.info('Provenance-Log')}x", "E-BUNDLE-CHANGED")
    yield said("Provenance-Log-Size", str(last), "E-BUNDLE-CHANGED")
    yield said("Provenance-Log-Size", f"0{last + 1}", "E-BUNDLE-MALFORMED")
    yield said("Provenance-Bundle", "provenance/bundle@v2", "E-BUNDLE-MALFORMED")
    yield said("Provenance-Posts", "some", "E-BUNDLE-MALFORMED")
    yield said("Bag-Software-Agent", "bagit.py", "E-BUNDLE-MALFORMED")

    for name, change in {
        "two lines swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
        "a line twice": lambda lines: [*lines[:3], lines[2], *lines[3:]],
        "two selections": lambda lines: [*lines, b"Provenance-Selection: filter\n"],
        "an unknown line": lambda lines: [*lines, b"Contact-Name: x\n"],
        "a folded line": lambda lines: [*lines[:-1], lines[-1][:-1] + b"\n  x\n"],
        "an empty line": lambda lines: [*lines, b"\n"], "carriage returns": lambda lines: [
            line[:-1] + b"\r\n" for line in lines],
        "no newline at its end": lambda lines: [*lines[:-1], lines[-1][:-1]],
        "small letters": lambda lines: [line.lower() if b"Selection" in line else line for line in lines],
        "no space": lambda lines: [line.replace(b": ", b":") for line in lines],
        "no selection": lambda lines: [line for line in lines if b"Selection" not in line],
        "no Payload-Oxum": lambda lines: [line for line in lines if b"Oxum" not in line],
        "no log": lambda lines: [line for line in lines if b"Log:" not in line],
        "a byte order mark": lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]],
    }.items():
        yield unsigned(good, f"{INFO}: {name}", of_lines(INFO, change), "E-BUNDLE-MALFORMED")

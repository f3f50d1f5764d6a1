"""Ways to change a bundle's files."""

from collections.abc import Callable

from archive import flipped
from bag import Bag
from wanted import Change

Edit = Callable[[bytes], bytes]

ENTRY = 7  # a post's, neither the first nor the last
NEIGHBOUR = 8


def edit(path: str, change: Edit) -> Change:
    """Replaces a file's bytes by the result of a function."""
    return lambda bag: bag.files.update({path: change(bag.files[path])})


def flip(path: str, part: float = 0.5) -> Change:
    """Flips a bit at a given fraction of a file."""
    return edit(path, lambda data: flipped(data, int(part * (len(data) - 1))))


def put(old: bytes, new: bytes) -> Edit:
    """Replaces the first occurrence of some bytes, which must occur."""
    def change(data: bytes) -> bytes:
        assert old in data, (old, data[:200])
        return data.replace(old, new, 1)
    return change


def digit(line: bytes) -> bytes:
    """The text with another first digit."""
    return (b"0" if line[:1] != b"0" else b"1") + line[1:]


def crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def last_line(data: bytes) -> bytes:
    """With its LF."""
    return data.splitlines(True)[-1]


def line_changed(place: int, change: Edit) -> Edit:
    """Replaces one line of a file, counted from 0, by the result of a function."""
    def changed(data: bytes) -> bytes:
        lines = data.split(b"\n")
        lines[place] = change(lines[place])
        return b"\n".join(lines)
    return changed


def line_dropped(place: int) -> Edit:
    """Removes one line of a file, counted from 0."""
    def dropped(data: bytes) -> bytes:
        lines = data.split(b"\n")
        del lines[place]
        return b"\n".join(lines)
    return dropped


def both(*changes: Change) -> Change:
    """Makes one change after the other."""
    def change(bag: Bag) -> None:
        for each in changes:
            each(bag)
    return change

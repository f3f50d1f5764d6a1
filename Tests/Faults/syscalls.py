"""Parses strace's output into calls in their order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# `12345 name(arguments) = value`, or the first or the second half of it.
WHOLE = re.compile(r"(\d+) +(\w+)\((.*)\) += (.*)")
BEGUN = re.compile(r"(\d+) +(\w+)\((.*?),? ?<unfinished \.\.\.>")
ENDED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (.*)")
# A call during which the process was killed.
KILLED = re.compile(r"(\d+) +(\w+)\((.*?)(?:\) += \?.*|<unfinished \.\.\.>\) *= \?.*)")
DESCRIPTOR = re.compile(r"-?\w+<([^<>]*)>")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class Call:
    """One system call; with `-y` a descriptor comes with its path."""

    thread: int
    name: str
    arguments: str
    result: str = "?"

    @property
    def is_injected(self) -> bool:
        return "(INJECTED)" in self.result

    @property
    def is_unfinished(self) -> bool:
        return self.result.startswith("?")

    @property
    def has_failed(self) -> bool:
        return self.result.startswith("-1")

    @property
    def strings(self) -> list[str]:
        """The string arguments, as printed."""
        return STRING.findall(self.arguments)

    @property
    def path(self) -> str:
        """The path of the call, given by name or by descriptor; empty without one."""
        descriptor = DESCRIPTOR.match(self.arguments)
        strings = self.strings
        if self.arguments.startswith('"'):
            return strings[0]
        if self.arguments.startswith("AT_FDCWD") or (self.name.endswith("at") and strings and strings[0]):
            return strings[0] if strings else ""
        return descriptor[1] if descriptor else ""


def read(path: Path) -> list[Call]:
    """The calls of a trace, in the order in which they began."""
    return list(parse(path.read_text(errors="replace").split("\n")))


def parse(lines: list[str]) -> Iterator[Call]:
    calls: list[Call] = []
    open_calls: dict[int, Call] = {}
    for line in lines:
        if match := ENDED.fullmatch(line.rstrip()):
            call = open_calls.pop(int(match[1]), None)
            if call is not None:
                call.arguments += match[3]
                call.result = match[4]
        elif match := WHOLE.fullmatch(line.rstrip()):
            calls.append(Call(int(match[1]), match[2], match[3], match[4]))
        elif match := BEGUN.match(line):
            calls.append(Call(int(match[1]), match[2], match[3]))
            open_calls[int(match[1])] = calls[-1]
        elif match := KILLED.match(line):
            calls.append(Call(int(match[1]), match[2], match[3]))
    yield from calls


ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


def unescape(text: str) -> bytes:
    """The bytes of a string as strace prints it."""
    def one(match: re.Match) -> bytes:
        code = match[1]
        if code[:1].isdigit():
            return bytes([int(code, 8)])
        return bytes([int(code[1:], 16)]) if code[:1] == b"x" and len(code) == 3 else LETTERS.get(code, code)

    return ESCAPE.sub(one, text.encode(errors="surrogateescape"))

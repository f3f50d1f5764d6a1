"""A model of a zip file: every header with every field, written with any false values that a test asks for."""

import struct
import zlib
from dataclasses import dataclass, field, replace
from functools import cache

LOCAL = ("version", "flags", "method", "time", "date", "crc", "packed", "size", "name_length", "extra_length")
CENTRAL = ("made_by", "version", "flags", "method", "time", "date", "crc", "packed", "size", "name_length",
           "extra_length", "comment_length", "disk", "internal", "external", "offset")
END = ("disk", "directory_disk", "entries_here", "entries", "directory_size", "directory_offset", "comment_length")
END64 = ("record_size", "made_by", "version", "disk", "directory_disk", "entries_here", "entries", "directory_size",
         "directory_offset")
LOCATOR = ("disk", "offset", "disks")
DESCRIPTOR = ("crc", "packed", "size")

FORMATS = {"local": "<HHHHHIIIHH", "central": "<HHHHHHIIIHHHHHII", "end": "<HHHHIIH", "end64": "<QHHIIQQQQ",
           "locator": "<IQI", "descriptor": "<III", "descriptor64": "<IQQ"}
FIELDS = {"local": LOCAL, "central": CENTRAL, "end": END, "end64": END64, "locator": LOCATOR, "descriptor": DESCRIPTOR}
SIGNATURES = {"local": b"PK\3\4", "central": b"PK\1\2", "end": b"PK\5\6", "end64": b"PK\6\6", "locator": b"PK\6\7",
              "descriptor": b"PK\7\x08"}


def width(where: str, name: str) -> int:
    """The bits of a field."""
    letter = FORMATS[where][1 + FIELDS[where].index(name)]
    return {"H": 16, "I": 32, "Q": 64}[letter]


@cache
def deflated(data: bytes) -> bytes:
    """A deflate stream."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


@dataclass
class Entry:
    """An entry: its data, and the false values in its headers."""

    name: bytes
    data: bytes
    is_stored: bool = False
    has_descriptor: bool = False
    # The false values of header fields, by "local", "central" and "descriptor".
    lies: dict[str, dict[str, int]] = field(default_factory=dict)
    local_name: bytes | None = None
    extra: dict[str, bytes] = field(default_factory=dict)
    comment: bytes = b""
    mode: int = 0o100644
    # The compressed bytes, where they are not those that deflate gives; bytes after them; the descriptor itself.
    raw: bytes | None = None
    behind: bytes = b""
    descriptor: bytes | None = None
    before: bytes = b""
    # Present only in the local header, or only in the central directory.
    is_hidden: bool = False
    points_at: int | None = None

    def copy(self) -> "Entry":
        return replace(self, lies={where: dict(lies) for where, lies in self.lies.items()}, extra=dict(self.extra))

    def lie(self, where: str, name: str, value: int) -> None:
        """Puts a value into a header."""
        self.lies.setdefault(where, {})[name] = value & ((1 << width(where, name)) - 1)

    @property
    def packed(self) -> bytes:
        """The bytes in the zip."""
        if self.raw is not None:
            return self.raw
        if self.is_stored or self.name.endswith(b"/"):
            return self.data
        return deflated(self.data)

    def truth(self) -> dict[str, int]:
        """The correct values of the headers."""
        is_stored = self.is_stored or self.name.endswith(b"/")
        return {"made_by": 0x031E, "version": 20, "flags": 8 if self.has_descriptor else 0,
                "method": 0 if is_stored else 8, "time": 0x2D02, "date": 0x5B7C, "crc": zlib.crc32(self.data),
                "packed": len(self.packed), "size": len(self.data), "name_length": len(self.name),
                "comment_length": len(self.comment), "disk": 0, "internal": 0,
                "external": self.mode << 16 | (0x10 if self.name.endswith(b"/") else 0)}


def pack(where: str, values: dict[str, int], lies: dict[str, int], layout: str = "") -> bytes:
    """A header with its signature."""
    told = values | lies
    layout = layout or FORMATS[where]
    most = {"H": 0xFFFF, "I": 0xFFFF_FFFF, "Q": 0xFFFF_FFFF_FFFF_FFFF}
    return SIGNATURES[where] + struct.pack(
        layout, *[told[name] & most[letter] for name, letter in zip(FIELDS[where], layout[1:], strict=True)])


@dataclass
class Zip:
    """A zip file."""

    entries: list[Entry]
    lies: dict[str, dict[str, int]] = field(default_factory=dict)
    is_long: bool = False
    comment: bytes = b""
    prefix: bytes = b""
    # Between the last entry and the central directory, between the directory and its end record, and after everything.
    gap: bytes = b""
    gap_at_end: bytes = b""
    suffix: bytes = b""
    shift: int = 0
    order: list[int] | None = None

    def copy(self) -> "Zip":
        return replace(self, entries=[entry.copy() for entry in self.entries],
                       lies={where: dict(lies) for where, lies in self.lies.items()})

    def lie(self, where: str, name: str, value: int) -> None:
        """Puts a value into the end record, its 64-bit form or the locator of that."""
        self.lies.setdefault(where, {})[name] = value & ((1 << width(where, name)) - 1)

    def encoded(self) -> bytes:
        """The file's bytes."""
        out = bytearray(self.prefix)
        central = []
        offsets: list[int] = []
        for entry in self.entries:
            out += entry.before
            offsets.append(len(out))
            truth = entry.truth()
            local_name = entry.name if entry.local_name is None else entry.local_name
            extra = entry.extra.get("local", b"")
            known = {} if not entry.has_descriptor else {"crc": 0, "packed": 0, "size": 0}
            out += pack("local", truth | known | {"name_length": len(local_name), "extra_length": len(extra)},
                        entry.lies.get("local", {}))
            out += local_name + extra + entry.packed + entry.behind
            if entry.descriptor is not None:
                out += entry.descriptor
            elif entry.has_descriptor:
                out += pack("descriptor", truth, entry.lies.get("descriptor", {}))
            offset = offsets[-1] if entry.points_at is None else offsets[entry.points_at]
            extra = entry.extra.get("central", b"")
            central.append(pack("central", truth | {"extra_length": len(extra), "offset": offset + self.shift},
                                entry.lies.get("central", {})) + entry.name + extra + entry.comment)
        out += self.gap
        start = len(out)
        listed = [central[place] for place in self.order or range(len(central)) if not self.entries[place].is_hidden]
        out += b"".join(listed)
        size = len(out) - start
        out += self.gap_at_end
        values = {"made_by": 45, "version": 45, "disk": 0, "directory_disk": 0, "entries_here": len(listed),
                  "entries": len(listed), "directory_size": size, "directory_offset": start + self.shift,
                  "comment_length": len(self.comment)}
        if self.is_long:
            place = len(out)
            out += pack("end64", values | {"record_size": 44}, self.lies.get("end64", {}))
            out += pack("locator", {"disk": 0, "offset": place + self.shift, "disks": 1}, self.lies.get("locator", {}))
        out += pack("end", values, self.lies.get("end", {})) + self.comment + self.suffix
        return bytes(out)


def part(identifier: int, data: bytes) -> bytes:
    """A part of an extra field."""
    return struct.pack("<HH", identifier, len(data)) + data


def long_sizes(*values: int) -> bytes:
    """The extra field of sizes and offsets in 64 bits."""
    return part(0x0001, struct.pack(f"<{len(values)}Q", *values))


def unicode_path(name: bytes, of: bytes) -> bytes:
    """Info-ZIP's extra field of another name in place of one."""
    return part(0x7075, b"\x01" + struct.pack("<I", zlib.crc32(of)) + name)

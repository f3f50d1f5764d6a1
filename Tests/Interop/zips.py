"""Zip files of a bundle: ordinary ones, and ones that must not be unpacked."""

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable

from bag import Bag
from edits import ENTRY


def packed(bag: Bag, below: str = "", method: int = zipfile.ZIP_DEFLATED,
           more: Callable[[zipfile.ZipFile], object] = lambda _: None) -> bytes:
    """A zip file of a bundle's files, at the top or in a folder, and further contents."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # a name that is there already
        for path, data in bag.files.items():
            archive.writestr(below + path, data)
        more(archive)
    return buffer.getvalue()


def good(bag: Bag) -> dict[str, bytes]:
    """Zip files that must be read."""
    return {"at the top": packed(bag), "in a folder": packed(bag, "bundle/"),
            "stored": packed(bag, method=zipfile.ZIP_STORED),
            "with an entry for a folder": packed(bag, more=lambda archive: archive.mkdir("data"))}


def entry(name: str, data: bytes = b"x\n", mode: int = stat.S_IFREG | 0o644) -> Callable[[zipfile.ZipFile], object]:
    """The bag with one more file."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.create_system = 3
    return lambda archive: archive.writestr(info, data, zipfile.ZIP_DEFLATED)


def hostile(bag: Bag) -> dict[str, bytes]:
    """Zip files that must be refused."""
    whole = packed(bag)
    post = bag.post(ENTRY)
    without = bag.copy()
    without.drop(post)
    return {
        **{f"a file at {name}": packed(bag, more=entry(name)) for name in (
            "../outside", "data/../../outside", "/tmp/outside", "..\\outside", "C:\\outside", "data/./x", "a//b")},
        "a link": packed(without, more=entry(post, b"../../../manifest.json", stat.S_IFLNK | 0o777)),
        "a link outside": packed(bag, more=entry("more", b"/etc/passwd", stat.S_IFLNK | 0o777)),
        "a pipe": packed(bag, more=entry("more", b"", stat.S_IFIFO | 0o644)),
        "a device": packed(bag, more=entry("more", b"", stat.S_IFCHR | 0o644)),
        "64 MiB of nothing": packed(bag, more=entry("more", bytes(64 << 20))),
        "a post changed": packed(changed(bag)), "a post less": packed(without), "no files": packed(Bag({})),
        "two folders": packed(bag, "one/", more=entry("two/x")),
        "a folder and a file beside it": packed(bag, "bundle/", more=entry("x")),
        "a post twice": packed(bag, more=entry(post)),
        "cut short": whole[:-30], "cut in the middle": whole[:len(whole) // 2],
        "two in one": two_faced(bag), "no zip file": b"PK\x03\x04" + bytes(200),
        "a byte of a post": flip_stored(bag, post),
    }


def two_faced(bag: Bag) -> bytes:
    """A good bundle for programs that read from the front, and a changed one for those that read the central directory.

    The changed bundle's files lie in a listed file of the good one. The comment after the end record is longer than some
    readers search back.
    """
    hidden = packed(changed(bag))
    start = struct.unpack("<I", hidden[-6:-2])[0]
    good = bag.copy()
    good.unsign()
    good.files["hidden"] = hidden[:start]
    good.relist()
    outer = packed(good, method=zipfile.ZIP_STORED)
    front = outer[:struct.unpack("<I", outer[-6:-2])[0]]
    moved = front.index(hidden[:start])
    entries, at = bytearray(hidden[start:-22]), 0
    while at < len(entries):
        name, extra, comment = struct.unpack_from("<HHH", entries, at + 28)
        struct.pack_into("<I", entries, at + 42, struct.unpack_from("<I", entries, at + 42)[0] + moved)
        at += 46 + name + extra + comment
    comment = bytes(60_000)
    return front + bytes(entries) + hidden[-22:-6] + struct.pack("<IH", len(front), len(comment)) + comment


def changed(bag: Bag) -> Bag:
    """A bundle with a post changed."""
    copy = bag.copy()
    copy.files[copy.post(ENTRY)] += b"\n"
    return copy


def flip_stored(bag: Bag, path: str) -> bytes:
    """A stored file whose bytes do not match its checksum in the zip file."""
    data = packed(bag, method=zipfile.ZIP_STORED)
    at = data.index(bag.files[path][:200]) + 100
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]

"""Zip files of a good bundle whose parts disagree: every field of every header, and the bytes between them."""

import random
import struct
import zlib
from collections.abc import Iterator

from bag import Bag
from zipmodel import CENTRAL, DESCRIPTOR, END, END64, LOCAL, LOCATOR, Entry, Zip, long_sizes, part, unicode_path, width

SEED = 20261128

Mutants = Iterator[tuple[str, Zip]]


def bases(bag: Bag) -> dict[str, Zip]:
    """Good zip files of the forms that programs write."""
    def entries(below: str = "", **options: object) -> list[Entry]:
        return [Entry((below + path).encode(), data, **options) for path, data in bag.files.items()]

    folders = sorted({"/".join(path.split("/")[:end]) + "/" for path in bag.files
                      for end in range(1, path.count("/") + 1)})
    finder: list[Entry] = [Entry(b"My Bundle/", b"", mode=0o40755)]
    for path, data in bag.files.items():
        finder.append(Entry(b"My Bundle/" + path.encode(), data, has_descriptor=True, mode=0o100644))
        double = "__MACOSX/My Bundle/" + "/".join([*path.split("/")[:-1], "._" + path.split("/")[-1]])
        finder.append(Entry(double.encode(), b"\0\5\x16\7Mac OS X", has_descriptor=True))
    finder.append(Entry(b"My Bundle/.DS_Store", b"Bud1", has_descriptor=True))
    for entry in finder:
        entry.extra = {"local": part(0x5855, bytes(12)), "central": part(0x5855, bytes(8))}
    with_folders = [Entry(b"bundle/", b"", mode=0o40755)]
    with_folders += [Entry(b"bundle/" + name.encode(), b"", mode=0o40755) for name in folders]
    long_local = entries()
    for entry in long_local:
        entry.extra["local"] = long_sizes(len(entry.data), len(entry.packed))
        entry.lie("local", "packed", 0xFFFF_FFFF)
        entry.lie("local", "size", 0xFFFF_FFFF)
    return {
        "deflated": Zip(entries()), "stored": Zip(entries(is_stored=True)),
        "descriptors": Zip(entries(has_descriptor=True)), "stored descriptors": Zip(entries(is_stored=True, has_descriptor=True)),
        "in a folder": Zip(with_folders + entries("bundle/")), "Finder": Zip(finder),
        "zip64": Zip(entries(), is_long=True), "zip64 sizes": Zip(long_local), "comment": Zip(entries(), comment=b"made by hand"),
    }


def fields(base: Zip, targets: list[int], draw: random.Random) -> Mutants:
    """Another value in each field of each header."""
    def values(where: str, name: str, truth: int) -> list[int]:
        most = (1 << width(where, name)) - 1
        near = [truth + 1, truth - 1, 0, 1, most, most - 1, truth ^ 1 << draw.randrange(width(where, name)),
                draw.randrange(most)]
        return list(dict.fromkeys(value & most for value in near if value & most != truth))

    for target in targets:
        truth = base.entries[target].truth() | {"extra_length": 0, "offset": 0}
        for where, names in (("local", LOCAL), ("central", CENTRAL)):
            for name in names:
                for value in values(where, name, truth[name]):
                    copy = base.copy()
                    copy.entries[target].lie(where, name, value)
                    yield f"{where} {name} {value:#x}", copy
        for name in LOCAL:
            for value in values("local", name, truth[name])[:5]:
                copy = base.copy()
                copy.entries[target].lie("local", name, value)
                copy.entries[target].lie("central", name, value)
                yield f"both {name} {value:#x}", copy
        if base.entries[target].has_descriptor:
            for name in DESCRIPTOR:
                for value in values("descriptor", name, truth[name]):
                    copy = base.copy()
                    copy.entries[target].lie("descriptor", name, value)
                    yield f"descriptor {name} {value:#x}", copy
            for name in DESCRIPTOR:
                for value in (truth[name], truth[name] + 1):
                    copy = base.copy()
                    copy.entries[target].lie("local", name, value)
                    yield f"local {name} {value:#x} beside a descriptor", copy
    for where, names in (("end", END), ("end64", END64), ("locator", LOCATOR)):
        if where != "end" and not base.is_long:
            continue
        for name in names:
            for value in values(where, name, len(base.entries)):
                copy = base.copy()
                copy.lie(where, name, value)
                yield f"{where} {name} {value:#x}", copy


def names(base: Zip, target: int) -> Mutants:
    """Other names, in one header or both."""
    right = base.entries[target].name
    other = base.entries[target - 1].name
    folder, _, last = right.rpartition(b"/")
    found = [b"x", other, b"../" + right, b"/" + right, b"./" + right, right.replace(b"/", b"\\"), right.replace(b"/", b"//"),
             right + b" ", right + b".", right + b"\0", right + b"\0x", right.upper(), right + b"/", b"", b".", b"..",
             b"C:" + right, b"C:\\" + right, right + b";1", right + b":x", folder + b"/../" + last,
             b"a/../" + right, right + b"\n", "ü".encode() + right, b"\xfc" + right, b"\x81" + right,
             "e\u0301".encode() + right, b"~/" + right, b"a" * 300 + right, b"d/" * 40 + right, right[:-1], right + b"x"]
    for name in found:
        for flags in (0, 0x800):
            for where in ("local", "central", "both", "one more"):
                copy = base.copy()
                entry = copy.entries[target]
                if where == "one more":
                    entry = Entry(name, b"one more\n")
                    copy.entries.append(entry)
                elif where == "local":
                    entry.local_name = name
                elif where == "central":
                    entry.local_name, entry.name = right, name
                else:
                    entry.name = name
                for header in ("local", "central"):
                    entry.lie(header, "flags", entry.truth()["flags"] | flags)
                yield f"name {name[:40]!r} {where} {flags:#x}", copy


def extras(base: Zip, target: int, draw: random.Random) -> Mutants:
    """Extra fields that give other values, or are of unknown kinds."""
    entry = base.entries[target]
    right, size, packed = entry.name, len(entry.data), len(entry.packed)
    other = base.entries[target - 1].name
    link = struct.pack("<HIHH", 0o120777, 11, 0, 0) + b"/etc/passwd"
    found = {
        "another name": unicode_path(other, right), "a new name": unicode_path(b"other.txt", right),
        "a name with a wrong CRC": unicode_path(b"other.txt", b"x"), "the same name": unicode_path(right, right),
        "a link": part(0x756E, struct.pack("<I", zlib.crc32(link)) + link), "PKWARE's link": part(0x000D, bytes(12) + b"target"),
        "AES": part(0x9901, b"\2\0AE\3\x08\0"), "a comment": part(0x6375, b"\1" + bytes(4) + b"x"),
        "sizes": long_sizes(size, packed), "sizes and more": long_sizes(size, packed, 0), "another size": long_sizes(size + 1, packed),
        "less": part(0x0001, b""), "twice": part(0x5455, b"\1" + bytes(4)) * 2, "too long": struct.pack("<HH", 0x5455, 99) + b"\1",
        "cut": b"UT", "one byte": b"\0", "unknown": part(0x4242, b"x"), "PKWARE's strong encryption": part(0x0017, bytes(8)),
        "times": part(0x5455, b"\1" + bytes(4)), "NTFS": part(0x000A, bytes(4) + struct.pack("<HH", 1, 24) + bytes(24)),
        "users": part(0x7875, b"\1\4" + bytes(4) + b"\4" + bytes(4)), "libarchive's": part(0x6C78, b"\x0f\3\x1e\0\0\0\xff\xa1"),
        "an end record": part(0x5455, b"PK\5\6" + bytes(18)), "a header": part(0x5455, b"PK\1\2" + bytes(42)),
    }
    for what, data in found.items():
        for where in (("local",), ("central",), ("local", "central")):
            copy = base.copy()
            copy.entries[target].extra = dict.fromkeys(where, data)
            yield f"extra {what} {where}", copy
    for value in (size, size + 1, 0, packed):
        for other_value in (packed, packed + 1, 0):
            for where in ("local", "central"):
                copy = base.copy()
                changed = copy.entries[target]
                changed.extra[where] = long_sizes(value, other_value)
                changed.lie(where, "size", 0xFFFF_FFFF)
                changed.lie(where, "packed", 0xFFFF_FFFF)
                yield f"extra 64-bit sizes {value} {other_value} {where}", copy
    for place in range(30):
        copy = base.copy()
        copy.entries[target].extra[draw.choice(("local", "central"))] = part(
            draw.randrange(1 << 16), draw.randbytes(draw.randrange(12)))
        yield f"extra at random {place}", copy


def kinds(base: Zip, target: int) -> Mutants:
    """Links, special files and folders by mode and attributes, under every system."""
    def changed(what: str, external: int, made_by: int, data: bytes | None = None) -> tuple[str, Zip]:
        copy = base.copy()
        entry = copy.entries[target]
        if data is not None:
            entry.data = data
        entry.lie("central", "external", external)
        entry.lie("central", "made_by", made_by)
        return what, copy

    for system in (0, 3, 10, 1, 2, 13, 16, 19):
        for mode in (0o120777, 0o040755, 0o010644, 0o020644, 0o060644, 0o140755, 0o000000, 0o100000, 0o104755):
            yield changed(f"mode {mode:o} of system {system}", mode << 16, system << 8 | 30)
        yield changed(f"a link elsewhere, system {system}", 0o120777 << 16, system << 8 | 30, b"../../../etc/passwd")
    for bit in range(16):
        yield changed(f"attribute {1 << bit:#x} of FAT", 1 << bit, 20)
        yield changed(f"attribute {1 << bit:#x} of Unix", 0o100644 << 16 | 1 << bit, 0x031E)
    for system in range(32):
        yield changed(f"system {system}", 0o100644 << 16, system << 8 | 20)
    copy = base.copy()
    copy.entries.append(Entry(b"folder/", b"with data", raw=b"with data", mode=0o40755))
    yield "a folder with data", copy
    for first, second in ((b"more", b"more/x"), (b"more/x", b"more"), (b"more/", b"more"), (b"data", b"x"), (b"DATA/x", b"x")):
        copy = base.copy()
        copy.entries += [Entry(first, b"" if first.endswith(b"/") else b"1"), Entry(second, b"2")]
        yield f"{first!r} and {second!r}", copy


def streams(base: Zip, target: int) -> Mutants:
    """Data that disagrees with the headers."""
    entry = base.entries[target]
    packed, data = entry.packed, entry.data
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    other = deflate.compress(data + b"more") + deflate.flush()
    flushed = zlib.compressobj(6, zlib.DEFLATED, -15)
    open_ended = flushed.compress(data) + flushed.flush(zlib.Z_SYNC_FLUSH)
    for what, raw in (
        ("bytes behind its end", packed + b"more"), ("a zero behind its end", packed + b"\0"), ("cut", packed[:-1]),
        ("half", packed[:len(packed) // 2]), ("nothing", b""), ("another file's", other), ("without its last block", open_ended),
        ("twice", packed + packed), ("with zlib's header", zlib.compress(data)), ("plain", data), ("no stream", b"\xff" * 20),
    ):
        for crc in (None, zlib.crc32(data + b"more")):
            copy = base.copy()
            changed = copy.entries[target]
            changed.raw = raw
            if crc is not None:
                changed.lie("local", "crc", crc)
                changed.lie("central", "crc", crc)
                changed.lie("central", "size", len(data) + 4)
                changed.lie("local", "size", len(data) + 4)
            yield f"data {what} {crc}", copy
    for what, change in (
        ("behind the data", lambda changed: setattr(changed, "behind", b"gap")),
        ("before the header", lambda changed: setattr(changed, "before", b"gap")),
        ("a descriptor that no flag announces", lambda changed: setattr(changed, "descriptor", b"PK\7\x08" + bytes(12))),
        ("no descriptor", lambda changed: (setattr(changed, "has_descriptor", True), setattr(changed, "descriptor", b""))),
    ):
        copy = base.copy()
        change(copy.entries[target])
        yield what, copy
    truth = entry.truth()
    short = struct.pack("<III", truth["crc"], truth["packed"], truth["size"])
    for what, descriptor in (
        ("without its signature", short), ("in 64 bits", struct.pack("<4sIQQ", b"PK\7\x08", *[truth[name] for name in DESCRIPTOR])),
        ("in 64 bits without its signature", struct.pack("<IQQ", *[truth[name] for name in DESCRIPTOR])),
        ("of zeros", b"PK\7\x08" + bytes(12)), ("twice", (b"PK\7\x08" + short) * 2), ("cut", b"PK\7\x08" + short[:-4]),
    ):
        copy = base.copy()
        copy.entries[target].has_descriptor = True
        copy.entries[target].descriptor = descriptor
        yield f"descriptor {what}", copy
    copy = base.copy()
    inside = b"PK\7\x08" + bytes(12) + data
    copy.entries.append(Entry(b"more", inside, is_stored=True, has_descriptor=True))
    yield "stored data with a descriptor in it", copy


def structures(base: Zip, target: int, good: Bag) -> Mutants:
    """Entries that some readers see and others do not, and bytes around them."""
    right = base.entries[target]
    lie = Entry(right.name, b"a lie\n")
    for what, entries in (
        ("before", [lie, *base.entries]), ("behind", [*base.entries, lie]),
        ("right before", base.entries[:target] + [lie] + base.entries[target:]),
    ):
        copy = base.copy()
        copy.entries = [entry.copy() for entry in entries]
        yield f"a name twice, {what}", copy
        hidden = copy.copy()
        next(entry for entry in hidden.entries if entry.data == b"a lie\n").is_hidden = True
        yield f"a name twice, one only in a local header, {what}", hidden
        third = copy.copy()
        next(entry for entry in third.entries if entry.data != b"a lie\n" and entry.name == right.name).is_hidden = True
        yield f"a name twice, the right one only in a local header, {what}", third
    for more in (Entry(b"more", b"hidden\n", is_hidden=True), Entry(b"more", b"shown\n")):
        copy = base.copy()
        copy.entries.append(more)
        yield f"an entry more, hidden {more.is_hidden}", copy
    copy = base.copy()
    copy.entries[target].is_hidden = True
    yield "an entry that the directory lacks", copy
    for other in (target - 1, 0):
        copy = base.copy()
        copy.entries[target].points_at = other
        yield f"an entry that points at that of {other}", copy
    copy = base.copy()
    copy.order = [*range(len(base.entries))][::-1]
    yield "a directory in another order", copy
    copy = base.copy()
    place = [*range(len(base.entries))]
    place[target], place[target - 1] = place[target - 1], place[target]
    copy.order = place
    yield "two entries of the directory exchanged", copy
    for what, attribute in (("before everything", "prefix"), ("before the directory", "gap"),
                            ("behind the directory", "gap_at_end"), ("behind everything", "suffix")):
        for junk in (b"\0", b"PK", b"junk" * 10, bytes(100), b"PK\3\4" + bytes(26), b"PK\5\6" + bytes(18), b"PK\7\x08",
                     b"PK00PK\3\4", b"PK\6\7" + bytes(16)):
            copy = base.copy()
            setattr(copy, attribute, junk)
            yield f"{junk[:8]!r} {what}", copy
            if attribute == "prefix":
                shifted = copy.copy()
                shifted.shift = -len(junk)
                yield f"{junk[:8]!r} {what}, offsets as without", shifted
    # A second file: around, before, after or inside the comment of this one.
    changed = good.copy()
    changed.files = {path: data + b"\n" if path.startswith("data/") else data for path, data in good.files.items()}
    second = Zip([Entry(path.encode(), data) for path, data in changed.files.items()])
    whole, other = base.encoded(), second.encoded()
    empty = b"PK\5\6" + bytes(18)
    for what, comment in (("an empty end", empty), ("a whole zip", other[-60_000:]), ("half an end", b"PK\5\6"),
                          ("a header", b"PK\3\4"), ("a long comment", b"x" * 60_000), ("zeros", bytes(65_000)),
                          ("an end and a comment", empty[:-2] + b"\4\0abcd")):
        for length in (None, 0, len(comment) - 1):
            copy = base.copy()
            copy.comment = comment
            if length is not None:
                copy.lie("end", "comment_length", length)
            yield f"comment {what}, {length} bytes stated", copy
    for what, first, last in (("before", other, base), ("behind", whole, second)):
        joined = last.copy()
        joined.prefix = first
        yield f"another zip {what}, offsets adjusted", joined
        joined = joined.copy()
        joined.shift = -len(first)
        yield f"another zip {what}, offsets as without", joined
    # The directory of one file over the local headers of the other.
    both = base.copy()
    both.entries += [Entry(entry.name, entry.data, is_hidden=True) for entry in second.entries]
    yield "the entries of another zip behind, only in local headers", both
    first = second.copy()
    for entry in first.entries:
        entry.is_hidden = True
    first.entries += base.copy().entries
    yield "the entries of another zip before, only in local headers", first


def flips(base: Zip, draw: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """A byte changed anywhere except in data: in headers, names, and at the end."""
    whole = base.encoded()
    start = whole.rindex(b"PK\5\6")
    directory = struct.unpack_from("<I", whole, start + 16)[0]
    places = [*range(directory, len(whole))]
    at = 0
    for entry in base.entries:
        length = 30 + len(entry.name) + len(entry.extra.get("local", b""))
        places += [*range(at, at + length)]
        at += length + len(entry.packed) + (16 if entry.has_descriptor else 0)
        places += [*range(at - 16, at)] if entry.has_descriptor else []
    for _ in range(count):
        place = draw.choice(places)
        value = draw.choice((whole[place] ^ 1 << draw.randrange(8), draw.randrange(256), 0, 255))
        yield f"byte {place} is {value:#x}", whole[:place] + bytes([value]) + whole[place + 1:]


def mutants(bag: Bag) -> Iterator[tuple[str, bytes]]:
    """All of them, the same on every run."""
    draw = random.Random(SEED)
    good = bases(bag)
    post = next(path for path in bag.files if path.startswith("data/")).encode()
    for name, base in good.items():
        target = next(place for place, entry in enumerate(base.entries) if entry.name.endswith(post))
        found: list[Mutants] = []
        if name in ("deflated", "descriptors", "zip64"):
            found.append(fields(base, [target], draw))
        if name in ("deflated", "descriptors"):
            found += [names(base, target), streams(base, target), structures(base, target, bag)]
        if name == "deflated":
            found += [extras(base, target, draw), kinds(base, target)]
        if name == "stored":
            found += [streams(base, target), structures(base, target, bag)]
        for each in found:
            for what, changed in each:
                yield f"{name}: {what}", changed.encoded()
        for what, data in flips(base, draw, 40):
            yield f"{name}: {what}", data

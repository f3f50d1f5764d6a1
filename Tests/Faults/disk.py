"""A model of what a disk may hold after a power loss.

A file's bytes are durable once the file was fsynced, a name once its folder was. Later changes may be kept or lost, for
each name and each file independently: a name stands for any node that it stood for since the folder's last fsync, a file
holds what it held at its last fsync, what was written since, or something between (see `torn`).
"""

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

# A state of the disk: bytes by path, `None` for an empty folder.
Layout = dict[str, bytes | None]


@dataclass(eq=False)
class File:
    """A file's bytes: as the kernel has them, and as they were at the last fsync."""

    data: bytes = b""
    durable: bytes = b""

    def options(self) -> list[bytes]:
        return [self.durable] if self.data == self.durable else torn(self.durable, self.data)


@dataclass(eq=False)
class Folder:
    """A folder's names: as the kernel has them, as they were at the last fsync, and every node they stood for since."""

    names: dict[str, "File | Folder"] = field(default_factory=dict)
    durable: dict[str, "File | Folder"] = field(default_factory=dict)
    since: dict[str, list["File | Folder | None"]] = field(default_factory=dict)

    def put(self, name: str, node: "File | Folder | None") -> None:
        if node is None:
            self.names.pop(name, None)
        else:
            self.names[name] = node
        self.since.setdefault(name, []).append(node)

    def sync(self) -> None:
        self.durable = dict(self.names)
        self.since = {}

    def options(self) -> dict[str, list["File | Folder | None"]]:
        """The nodes that each name may stand for."""
        found = {}
        for name in {**self.durable, **self.since}:
            # A name means the same node once: by identity.
            found[name] = list(dict.fromkeys([self.durable.get(name), *self.since.get(name, [])]))
        return found


def torn(before: bytes, after: bytes) -> list[bytes]:
    """A file that was written and not flushed: the old bytes, the new ones, a part of them, or zeros of their length."""
    half = len(after) // 2
    return list(dict.fromkeys([
        before, after, after[:half], bytes(len(after)), after[:half] + bytes(len(after) - half),
        bytes(half) + after[half:]]))


class Disk:
    """A tree of folders and files, changed by the calls of a trace."""

    def __init__(self, files: Layout) -> None:
        self.root = Folder()
        for path, data in files.items():
            *parents, name = path.split("/")
            folder = self.root
            for parent in parents:
                folder = folder.names.setdefault(parent, Folder())
            folder.names[name] = Folder() if data is None else File(data, data)
        self.sync_all(self.root)

    def folders(self) -> list[Folder]:
        """Every folder that may exist."""
        found = [self.root]
        for folder in found:
            for options in folder.options().values():
                found += [node for node in options if isinstance(node, Folder) and node not in found]
        return found

    def sync_all(self, folder: Folder) -> None:
        folder.sync()
        for node in folder.names.values():
            if isinstance(node, Folder):
                self.sync_all(node)

    def find(self, path: str) -> "File | Folder | None":
        """The kernel's node at a path."""
        node: File | Folder | None = self.root
        for name in path.split("/"):
            node = node.names.get(name) if isinstance(node, Folder) else None
        return node

    def parent(self, path: str) -> tuple[Folder, str]:
        above, _, name = path.rpartition("/")
        folder = self.find(above)
        assert isinstance(folder, Folder), path
        return folder, name

    # Changes

    def create(self, path: str) -> None:
        folder, name = self.parent(path)
        if name not in folder.names:
            folder.put(name, File())

    def write(self, path: str, data: bytes, offset: int | None) -> None:
        """Writes at an offset, or at the end."""
        file = self.find(path)
        if isinstance(file, File):
            at = len(file.data) if offset is None else offset
            file.data = file.data[:at].ljust(at, b"\0") + data + file.data[at + len(data):]

    def truncate(self, path: str, size: int) -> None:
        file = self.find(path)
        if isinstance(file, File):
            file.data = file.data[:size].ljust(size, b"\0")

    def rename(self, old: str, new: str) -> None:
        folder, name = self.parent(old)
        target, target_name = self.parent(new)
        target.put(target_name, folder.names[name])
        folder.put(name, None)

    def make_folder(self, path: str) -> None:
        folder, name = self.parent(path)
        folder.put(name, Folder())

    def remove(self, path: str) -> None:
        folder, name = self.parent(path)
        folder.put(name, None)

    def sync(self, path: str) -> None:
        node = self.find(path)
        if isinstance(node, File):
            node.durable = node.data
        elif isinstance(node, Folder):
            node.sync()

    # States

    def states(self, most: int, choose: random.Random) -> Iterator[Layout]:
        """The states possible after a power loss now: all of them when there are at most `most`, else that many: nothing kept,
        all kept, each single choice against both, and random ones."""
        names = [(folder, name, options) for folder in self.folders()
                 for name, options in folder.options().items() if len(options) > 1]
        files = [(file, options) for file in self.files() if len(options := file.options()) > 1]
        choices = [options for _, _, options in names] + [options for _, options in files]
        count = math.prod(map(len, choices))
        if count <= most:
            picks: Iterator = itertools.product(*choices)
        else:
            picks = iter(self.sample(choices, most, choose))
        for pick in picks:
            stands = {(id(folder), name): node for (folder, name, _), node in zip(names, pick)}
            holds = {id(file): data for (file, _), data in zip(files, pick[len(names):])}
            yield self.layout(stands, holds)

    def files(self) -> list[File]:
        return list(dict.fromkeys(node for folder in self.folders() for options in folder.options().values()
                                  for node in options if isinstance(node, File)))

    @staticmethod
    def sample(choices: list[list], most: int, choose: random.Random) -> list[list]:
        first = [options[0] for options in choices]
        last = [options[-1] for options in choices]
        # For a file the second option is everything that was written.
        kept = [options[1] if isinstance(options[0], bytes) else options[-1] for options in choices]
        picks = [first, last, kept]
        for number, options in enumerate(choices):
            for option in options:
                for base in (first, kept):
                    picks.append([*base[:number], option, *base[number + 1:]])
        choose.shuffle(picks)
        picks = [first, kept, *picks][:most]
        while len(picks) < most:
            picks.append([choose.choice(options) for options in choices])
        return picks

    def layout(self, stands: dict, holds: dict) -> Layout:
        found: Layout = {}

        def walk(folder: Folder, prefix: str) -> None:
            for name, options in folder.options().items():
                node = stands.get((id(folder), name), options[0])
                if isinstance(node, File):
                    found[prefix + name] = holds.get(id(node), node.durable)
                elif isinstance(node, Folder):
                    before = len(found)
                    walk(node, f"{prefix}{name}/")
                    if len(found) == before:
                        found[prefix + name] = None

        walk(self.root, "")
        return found

    def cached(self) -> Layout:
        """What the kernel has, for a comparison with the folder itself."""
        found: Layout = {}

        def walk(folder: Folder, prefix: str) -> None:
            for name, node in folder.names.items():
                if isinstance(node, File):
                    found[prefix + name] = node.data
                elif node.names:
                    walk(node, f"{prefix}{name}/")
                else:
                    found[prefix + name] = None

        walk(self.root, "")
        return found

"""What file managers leave in a bundle: bundle.md, "What file managers leave"."""

from collections.abc import Iterator, Mapping

from bag import NOTE, TAGS, Bag, record

NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")
MAC_FOLDER = "__MACOSX/"
APPLE_DOUBLE = "._"


def is_left(path: str, listed: Mapping[str, object]) -> bool:
    """Whether a regular file is passed over, where the listed paths are these."""
    if path in listed:
        return False
    folder, slash, name = path.rpartition("/")
    if path.startswith(MAC_FOLDER) or name in NAMES:
        return True
    owner = name.removeprefix(APPLE_DOUBLE)
    if owner == name or not owner:
        return False
    beside = folder + slash + owner
    return (owner in NAMES or beside in (TAGS, NOTE) or beside in listed
            or any(other.startswith(beside + "/") for other in listed))


def cases(good: Bag) -> Iterator[tuple[str, Bag, int]]:
    """Bundles with files more, and the exit status that each must have."""
    post = next(path for path in good.files if path.startswith("data/sha256/"))
    folder, _, name = post.rpartition("/")

    def with_files(*paths: str) -> Bag:
        bag = good.copy()
        bag.files |= dict.fromkeys(paths, b"left")
        return bag

    for path in (".DS_Store", "data/Thumbs.db", "records/desktop.ini", "._bagit.txt", "._checkpoint", f"._{TAGS}",
                 f"{folder}/._{name}", "._data", "data/._sha256", "records/._0.note", "proofs/._1.tlog-proof", "._.DS_Store",
                 "keys/._log.vkey", "__MACOSX/._bundle", "__MACOSX/bundle/records/._0.note", "__MACOSX/records/9.note",
                 "__MACOSX/a b", "__MACOSX/\u00fc"):
        yield f"{path} more", with_files(path), 0
    for path in ("._x", "records/._9.note", "records/._x", "data/._x.md", "data/__MACOSX/x", "records/__MACOSX/9.note", "._",
                 "._._bagit.txt", ".DS_Store/x", "__MACOSX", "__macosx/x", "._records/9.note", "thumbs.db", "._bagit.txt/x",
                 "x/.DS_Store2", "data/._sha256x", "_bagit.txt"):
        yield f"{path} more", with_files(path), 1
    # A listed file is a file like any other.
    for path in ("records/._0.note", "data/._x.md", "data/.DS_Store", "records/Thumbs.db"):
        bag = with_files(path)
        bag.relist()
        yield f"{path} more, listed", bag, 1
    bag = with_files("__MACOSX/x", ".DS_Store")
    bag.relist()
    yield "listed, and neither record nor post", bag.copy(), 0
    bag.files["__MACOSX/x"] = b"changed"
    yield "listed below __MACOSX, and changed", bag, 1
    for path in (record(0), post, "checkpoint"):
        bag = good.copy()
        head, slash, tail = path.rpartition("/")
        bag.files[f"{head}{slash}._{tail}"] = bag.files.pop(path)
        yield f"{path} hidden", bag, 2 if path == "checkpoint" else 1
        bag = good.copy()
        bag.files[f"__MACOSX/{path}"] = bag.files.pop(path)
        yield f"{path} hidden in __MACOSX", bag, 2 if path == "checkpoint" else 1
    bag = good.copy()
    bag.links["__MACOSX/link"] = "../checkpoint"
    yield "a link in __MACOSX", bag, 1
    bag = good.copy()
    bag.links["._bagit.txt"] = "checkpoint"
    yield "a link beside bagit.txt", bag, 1

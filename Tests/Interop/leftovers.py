"""What file managers leave in a bundle is passed over, and nothing that counts hides behind such a name."""

from collections.abc import Iterator

from bag import Bag, record
from edits import ENTRY, both, edit
from wanted import Change, Mutant, plain, unsigned

FOLDER = "__MACOSX"


def double(path: str) -> str:
    """The name that macOS gives to the file where it keeps what a file system cannot: `._NAME` beside NAME."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}._{name}"


def put(*paths: str) -> Change:
    """These files more."""
    return lambda bag: bag.files.update({path: b"\0\5\x16\7x" for path in paths})


def moved(path: str, place: str) -> Change:
    return lambda bag: bag.files.update({place: bag.files.pop(path)})


def controls(good: Bag) -> Iterator[Mutant]:
    """Every verifier passes over these."""
    yield plain(good, "what file managers leave", put(
        ".DS_Store", "data/.DS_Store", "records/Thumbs.db", "desktop.ini"), status=0)
    post = good.post(ENTRY)
    folders = {path.rsplit("/", depth)[0] for path in (post, record(0), "keys/log.vkey")
               for depth in range(1, path.count("/") + 1)}
    yield plain(good, "what macOS writes beside each file and folder", put(*map(double, [*good.files, *folders])), status=0)
    yield plain(good, f"a folder {FOLDER}", put(*(f"{FOLDER}/{path}" for path in (
        "._bagit.txt", "records/._0.note", "records/999.note", "data/sha256/x", "x"))), status=0)
    for name in (".DS_Store", f"{FOLDER}/x"):
        yield unsigned(good, f"{name}, listed", both(put(name), Bag.relist), status=0)


def mutants(good: Bag) -> Iterator[Mutant]:
    """Files that only look like it."""
    last = good.indexes()[-1]
    post = good.post(ENTRY)
    for path in ("._nothing.txt", f"records/._{last + 1}.note", "._", "records/._", "._records/0.note", "_.bagit.txt",
                 "data/._withheld.txt", f"data/{FOLDER}/x", FOLDER, f"{FOLDER.lower()}/x", ".ds_store",
                 f"data/._{record(0).split('/')[1]}"):
        yield plain(good, f"a leftover of nothing: {path}", put(path), "E-BUNDLE-STRAY")
    for path in (record(ENTRY), post, "keys/log.vkey"):
        yield plain(good, f"moved to where leftovers are: {path}", moved(path, double(path)), "E-BUNDLE-MISSING")
        yield plain(good, f"moved to {FOLDER}: {path}", moved(path, f"{FOLDER}/{path}"), "E-BUNDLE-MISSING")
    # What is on a list is no leftover.
    yield unsigned(good, "a leftover among the records, listed", both(put(double(record(ENTRY))), Bag.relist),
                   "E-BUNDLE-MALFORMED")
    yield unsigned(good, "a leftover among the posts, listed", both(put(double(post)), Bag.relist), "E-BUNDLE-STRAY")
    for path in (f"{FOLDER}/x", double("bagit.txt"), ".DS_Store"):
        yield unsigned(good, f"{path}, listed and changed", both(
            put(path), Bag.relist, edit(path, lambda data: data + b"x")), "E-BUNDLE-CHANGED")
        yield unsigned(good, f"{path}, listed and gone", both(
            put(path), Bag.relist, lambda bag, path=path: bag.drop(path)), "E-BUNDLE-MISSING")

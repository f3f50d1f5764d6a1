"""Files that file managers leave in a bundle: bundle.md, "What file managers leave"."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from bag import NOTE, TAGS, Bag, record
from edits import both, edit
from wanted import NO_PAGE, Change, Mutant, about, plain, unsigned

NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")
MAC_FOLDER = "__MACOSX/"
APPLE_DOUBLE = "._"


def is_left(path: str, listed: Collection[str]) -> bool:
    """Whether a regular file is ignored, given the listed paths."""
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


def double(path: str) -> str:
    """The name of the file in which macOS keeps what a file system cannot: `._NAME` beside NAME."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{APPLE_DOUBLE}{name}"


def put(*paths: str) -> Change:
    """The bag with these files added."""
    return lambda bag: bag.files.update({path: b"\0\5\x16\7x" for path in paths})


def moved(path: str, place: str) -> Change:
    return lambda bag: bag.files.update({place: bag.files.pop(path)})


def left(good: Bag) -> list[str]:
    """Files that are ignored."""
    first, last, post = good.indexes()[0], good.indexes()[-1], a_post(good)[1]
    return [
        ".DS_Store", "desktop.ini", "data/.DS_Store", "data/Thumbs.db", "records/Thumbs.db", "proofs/desktop.ini",
        "x/.DS_Store", "a b/.DS_Store", "a b/._Thumbs.db", "._.DS_Store", "data/._Thumbs.db", "records/._desktop.ini",
        "._bagit.txt", "._checkpoint", f"._{TAGS}", f"._{NOTE}", double(post), f"records/._{first}.note",
        f"proofs/._{last}.tlog-proof", "keys/._log.vkey", "._data", "._records", "data/._sha256",
        double(post.rsplit("/", 1)[0]),
        *(MAC_FOLDER + path for path in (
            "x", "._bagit.txt", "._bundle", "bundle/records/._0.note", f"records/{last + 1}.note", "checkpoint", "a b",
            "c d/e", "\u00fc", "__MACOSX/x", f"{'d/' * 31}x"))]


def stray(good: Bag) -> list[str]:
    """Files that only look like ignored ones."""
    last, post = good.indexes()[-1], a_post(good)[1]
    return [
        "._x", f"records/._{last + 1}.note", "records/._x", "data/._x.md", "data/._withheld.txt", "data/._sha256x",
        f"data/._{last}.note", f"{post.rsplit('/', 1)[0]}/._x", "a b/x", "a b/._x", "._", "records/._", "._._bagit.txt",
        "._._.DS_Store", "._records2/0.note", "._bagit.txt.bak", "._bag-info.txt/x", f"._{TAGS}x", f"records/._{NOTE}",
        f"data/._{TAGS}", "_bagit.txt", "_.bagit.txt", "keys/.DS_Store/x", "keys/._.DS_Store/x", "x/.DS_Store2",
        "x/x.DS_Store", "x/.DS_Store\u00fc", ".ds_store", "thumbs.db", "Desktop.ini", "data/__MACOSX/x",
        f"records/__MACOSX/{last + 1}.note", "__macosx/x", "__MACOSX2/x", "x/__MACOSX/x"]


# Files on a list, with their code: "a listed file is treated like any other, whatever its name".
LISTED = {
    "records/.DS_Store": "E-BUNDLE-MALFORMED", "records/Thumbs.db": "E-BUNDLE-MALFORMED",
    "proofs/desktop.ini": "E-BUNDLE-MALFORMED", "records/._desktop.ini": "E-BUNDLE-MALFORMED",
    "data/.DS_Store": "E-BUNDLE-STRAY", "data/sha256/Thumbs.db": "E-BUNDLE-STRAY", "data/._.DS_Store": "E-BUNDLE-STRAY",
    "data/._x.md": "E-BUNDLE-STRAY",
    ".DS_Store": "", "keys/desktop.ini": "", "._.DS_Store": "", "._bagit.txt": "", f"{MAC_FOLDER}x": "", "._y": ""}
# Links and special files are stray wherever they are. A browser does not pass them to a page.
OTHERS = [".DS_Store", "records/Thumbs.db", "._bagit.txt", "._.DS_Store", *(
    MAC_FOLDER + path for path in ("x", "a b", "x2/._bagit.txt", ".DS_Store"))]


def a_post(good: Bag) -> tuple[int, str]:
    """An entry that has a post in the bundle, and the post's path."""
    return next((index, path) for index in good.indexes() if (path := good.post(index)) in good.files)


def codes(path: str) -> list[str]:
    """The codes of a stray file: its name is not that of a record or proof either."""
    return ["E-BUNDLE-STRAY", *["E-BUNDLE-MALFORMED"] * path.startswith(("records/", "proofs/"))]


def of_files(mutant: Mutant, found: Iterable[tuple[str, str]]) -> Mutant:
    """The mutant, with the exact codes and paths that its report must have."""
    return replace(mutant, files=frozenset(about(*each) for each in found), codes=frozenset(code for code, _ in found))


def cases(good: Bag) -> Iterator[Mutant]:
    """A bundle for each line of the tables; `good` is signed, and has posts."""
    for path in left(good):
        yield plain(good, f"left: {path}", put(path), status=0)
    for path in stray(good):
        yield plain(good, f"like what is left: {path}", put(path), *codes(path))
    for path, code in LISTED.items():
        listed = both(put(path), Bag.relist)
        yield unsigned(good, f"listed: {path}", listed, *[code] * bool(code), status=1 if code else 0)
        yield unsigned(good, f"listed and changed: {path}", both(listed, edit(path, lambda data: data + b"x")),
                       "E-BUNDLE-CHANGED")
        yield unsigned(good, f"listed and gone: {path}", both(listed, lambda bag, path=path: bag.drop(path)),
                       "E-BUNDLE-MISSING")
    for path in OTHERS:
        yield plain(good, f"a link: {path}", lambda bag, path=path: bag.links.update({path: "/dev/null"}),
                    "E-BUNDLE-STRAY")
        yield plain(good, f"a pipe: {path}", lambda bag, path=path: bag.pipes.append(path), "E-BUNDLE-STRAY")
    index, post = a_post(good)
    for path in (record(index), post, "keys/log.vkey"):
        for place in (double(path), MAC_FOLDER + path):
            yield plain(good, f"{path} moved to {place}", moved(path, place), "E-BUNDLE-MISSING")


def together(good: Bag) -> Iterator[Mutant]:
    """The same in a few bundles; in each a verifier must name exactly the files that are wrong."""
    all_left = put(*left(good))
    yield of_files(plain(good, "what file managers leave", all_left, status=0), [])
    yield of_files(unsigned(good, "what file managers leave", all_left, status=0), [])
    folders = {path.rsplit("/", depth)[0] for path in good.files for depth in range(1, path.count("/") + 1)}
    yield of_files(plain(good, "what macOS writes beside each file and folder", put(*map(double, [*good.files, *folders])),
                         status=0), [])
    strays = stray(good)
    yield of_files(plain(good, "what only looks like what file managers leave", both(all_left, put(*strays))),
                   [(code, path) for path in strays for code in codes(path)])
    yield plain(good, "a file where macOS has a folder", put("__MACOSX"), "E-BUNDLE-STRAY")
    yield plain(good, "what macOS leaves, too deep", put(f"{MAC_FOLDER}{'d/' * 32}x"), "E-BUNDLE-STRAY")

    changed, gone = [*LISTED][::3], [*LISTED][1::3]

    def listed(bag: Bag) -> None:
        put(*LISTED)(bag)
        bag.relist()
        put("._._y", *changed)(bag)
        bag.files |= dict.fromkeys(changed, b"changed")
        bag.drop(*gone)

    yield of_files(unsigned(good, "what file managers leave, listed", listed), [
        *((code, path) for path, code in LISTED.items() if code and path not in gone),
        *(("E-BUNDLE-CHANGED", path) for path in changed), *(("E-BUNDLE-MISSING", path) for path in gone),
        ("E-BUNDLE-CHANGED", "bag-info.txt")])

    def others(bag: Bag) -> None:
        bag.links |= dict.fromkeys(OTHERS[::2], "/dev/null")
        bag.pipes += OTHERS[1::2]

    yield replace(of_files(plain(good, "links and pipes where file managers leave files", others),
                           [("E-BUNDLE-STRAY", path) for path in OTHERS]), verifiers=NO_PAGE)
    yield plain(good, "a link where macOS has a folder", lambda bag: bag.links.update({"__MACOSX": "records"}),
                "E-BUNDLE-STRAY", verifiers=NO_PAGE)
    index, post = a_post(good)
    hidden = [record(index), post, "keys/log.vkey"]
    for where, place in (("beside them", double), ("in __MACOSX", lambda path: MAC_FOLDER + path)):
        yield of_files(plain(good, f"files hidden {where}", lambda bag, place=place: [
            moved(path, place(path))(bag) for path in hidden]), [
                *(("E-BUNDLE-MISSING", path) for path in hidden), ("E-BUNDLE-CHANGED", "bag-info.txt")])
        yield plain(good, f"the checkpoint hidden {where}", moved("checkpoint", place("checkpoint")), "E-BUNDLE-MALFORMED",
                    status=2)

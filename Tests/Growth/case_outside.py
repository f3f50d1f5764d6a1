"""Files from outside: manifests, bundles and proofs with n of something in them."""

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Callable

from box import Box, Run, case, post


def exported(box: Box, posts: int, *arguments: str, kind: str = "posts") -> dict:
    """A manifest of an archive with some posts, as a Python value."""
    def make(made: Box):
        Box(made.folder, made.program, made.fixtures).posts(posts, copied=True, kind=kind)
        made.run("export", "-q", "-o", "../m.json", *arguments)
    box.copied(f"manifest-{posts}-{kind}-{'filter' if arguments else 'range'}", make)
    return json.loads((box.folder / "m.json").read_bytes())


def written(box: Box, manifest: dict) -> None:
    """Writes it in canonical form: it holds no fractions and no keys outside ASCII."""
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    (box.folder / "m.json").write_bytes(text.encode())


def verified(box: Box, status: int = 0, words: str = "", posts: str | None = None) -> Run:
    arguments = ["verify", "../m.json", "--keys", "../public"]
    return Run(arguments + (["--posts", posts] if posts else []), status, words)


@case("manifest: entries", 300)
def entries(box: Box, n: int) -> Run:
    exported(box, n)
    return verified(box, 0, "VERIFIED")


@case("manifest: entries, as objects", 300)
def entries_json(box: Box, n: int) -> Run:
    exported(box, n)
    return Run(["verify", "../m.json", "--keys", "../public", "--jsonl"], 0, "verified")


@case("manifest: entries and their posts", 256, sampled=True)
def entries_posts(box: Box, n: int) -> Run:
    exported(box, n)
    return verified(box, 0, "VERIFIED", "_posts")


@case("manifest: posts that were altered", 256)
def altered(box: Box, n: int) -> Run:
    exported(box, n)
    for number in range(n):
        box.write(f"_posts/{number:05}.md", post(number, words="<p>Other words.</p>"))
    return verified(box, 1, "E-ALTERED", "_posts")


@case("manifest: posts that are not there", 256)
def missing(box: Box, n: int) -> Run:
    exported(box, n)
    shutil.rmtree(box.archive / "_posts")
    (box.archive / "_posts").mkdir()
    return verified(box, 1, "E-MISSING", "_posts")


@case("manifest: entries that are left out", 300)
def gaps(box: Box, n: int) -> Run:
    manifest = exported(box, n)
    manifest["entries"] = manifest["entries"][::2]
    written(box, manifest)
    return verified(box, 1, "E-INCOMPLETE")


@case("manifest: entries that are forged", 300)
def forged(box: Box, n: int) -> Run:
    manifest = exported(box, n)
    for entry in manifest["entries"]:
        entry["note"] = entry["note"].replace("https://", "http://")
    written(box, manifest)
    return verified(box, 1, "E-INCLUSION-INVALID")


@case("manifest: files that are on no record", 300, sampled=True)
def unmatched(box: Box, n: int) -> Run:
    exported(box, 1)
    for number in range(n):
        box.write(f"_posts/other/{number:05}/x.md", post(number + 10))
    return verified(box, 0, "VERIFIED", "_posts")


@case("manifest: a file with many twins", 300)
def twins(box: Box, n: int) -> Run:
    exported(box, 1)
    for number in range(n):
        box.write(f"_posts/other/{number:05}.md", post(0))
    return verified(box, 0, "VERIFIED", "_posts")


def labelled(name: str, n: int, placements: Callable[[int], list[dict]], files: int = 1,
             sampled: bool = False):
    """An entry with labels whose post is not below the folder, among other files there."""
    @case(f"manifest: {name}", n, sampled=sampled)
    def make(box: Box, n: int) -> Run:
        manifest = exported(box, 1)
        manifest["entries"][0]["placements"] = placements(n)
        written(box, manifest)
        for number in range(files):
            box.write(f"other/{'a/' * (number % 7)}{number:05}.md", post(number + 10))
        return verified(box, 1, "E-MISSING", "other")


labelled("elements of a label", 20_000, lambda n: [{"path": "a/" * n + "x.md", "root": "."}], sampled=True)
labelled("elements of a label, below PATH_MAX", 500, lambda n: [{"path": "a/" * n + "x.md", "root": "."}])
labelled("elements of a label among many files", 500, lambda n: [{"path": "a/" * n + "0001", "root": "."}], 500)
labelled("a label's root", 20_000, lambda n: [{"path": ".", "root": "/a" * n}])
labelled("placements of an entry", 300, lambda n: [{"path": f"{number}.mdx", "root": "."} for number in range(n)],
         sampled=True)
labelled("long placements of an entry", 60,
         lambda n: [{"path": "a/" * 1000 + f"{number}.mdx", "root": "."} for number in range(n)], 500)


def labels(name: str, n: int, change: Callable[[dict, int], None], status: int = 0, words: str = "VERIFIED",
           sampled: bool = False, bounded: float = 0):
    """A manifest of one post with something in it that no signature covers."""
    @case(f"manifest: {name}", n, sampled=sampled, bounded=bounded)
    def make(box: Box, n: int) -> Run:
        manifest = exported(box, 1)
        change(manifest, n)
        written(box, manifest)
        return verified(box, status, words)


def entry(change: Callable[[dict, int], None]) -> Callable[[dict, int], None]:
    return lambda manifest, n: change(manifest["entries"][0], n)


def cut(note: str) -> tuple[str, str]:
    """A note's text and its signatures."""
    place = note.rindex("\n\n")
    return note[:place + 1], note[place + 2:]


def extended(manifest: dict, n: int) -> None:
    text, signatures = cut(manifest["checkpoint"])
    manifest["checkpoint"] = text + "extension\n" * n + "\n" + signatures


def signed_again(manifest: dict, n: int) -> None:
    manifest["checkpoint"] += "".join(f"\u2014 other{number} AAAAAAAA\n" for number in range(n))


labels("keys", 2000, lambda manifest, n: manifest.update(keys=[f"key{number}" for number in range(n)]))
labels("a title", 60_000, entry(lambda entry, n: entry.update(title="x" * n)))
labels("escapes in a title", 20_000, entry(lambda entry, n: entry.update(title="\b" * n)))
labels("quotes in a title", 20_000, entry(lambda entry, n: entry.update(title='"' * n)))
labels("combining marks in a title", 20_000, entry(lambda entry, n: entry.update(title="e" + "\u0301" * n)),
       sampled=True)
labels("unknown members", 1000, entry(lambda entry, n: entry.update({f"m{number}": "" for number in range(n)})),
       2, "E-MANIFEST-MALFORMED")
labels("members with combining marks", 60,
       entry(lambda entry, n: entry.update({"e" + "\u0301\u0323" * 100 + str(number): "" for number in range(n)})),
       2, "E-MANIFEST-MALFORMED")
labels("brackets", 2000,
       entry(lambda entry, n: entry.update(title=json.loads("[" * 12 + "]" * 12), placements=[[]] * n)),
       2, "E-MANIFEST-MALFORMED")
labels("hashes of a proof", 1400, entry(lambda entry, n: entry.update(proof=["A" * 43 + "="] * n)),
       2, "E-MANIFEST-MALFORMED")
labels("lines of an entry", 800, entry(lambda entry, n: entry.update(note="provenance/post@v1\n" + "line\n" * n)),
       1, "E-INCLUSION-INVALID")
labels("lines of a checkpoint", 8000, extended, 1, "E-")
# Each signature is compared with those before it, but a note has at most 64.
labels("signatures of a checkpoint", 15, signed_again, 0, "VERIFIED", bounded=0.8)
labels("too many signatures of a checkpoint", 1000, signed_again, 1, "E-")


@case("manifest: paths of a filter", 300)
def filtered(box: Box, n: int) -> Run:
    exported(box, 1, "_posts/00000.md")
    manifest = json.loads((box.folder / "m.json").read_bytes())
    manifest["selection"]["filter"] = {"paths": [f"{number}.md" for number in range(n)]}
    written(box, manifest)
    return verified(box, 0, "VERIFIED")


@case("manifest: members of a filter", 300)
def filter_members(box: Box, n: int) -> Run:
    manifest = exported(box, 1, "_posts/00000.md")
    manifest["selection"]["filter"] = {f"m{number}": "x" for number in range(n)}
    written(box, manifest)
    return verified(box, 0, "VERIFIED")


# Proofs


def proof(name: str, n: int, change: Callable[[str, int], str], status: int = 0, words: str = "",
          sampled: bool = False, refused_at_once: bool = False):
    @case(f"proof: {name}", n, sampled=sampled, refused_at_once=refused_at_once)
    def make(box: Box, n: int) -> Run:
        box.posts(4, copied=True)
        box.run("prove", "-q", "_posts/00000.md", "-o", "../p.tlog-proof")
        path = box.folder / "p.tlog-proof"
        path.write_bytes(change(path.read_text(), n).encode())
        return Run(["verify", "--proof", "../p.tlog-proof", "_posts/00000.md", "--keys", "../public"], status, words)


proof("hash lines", 4000, lambda text, n: text.replace("\nindex 0\n", "\nindex 0\n" + ("A" * 43 + "=\n") * n), 2, "E-",
      refused_at_once=True)
proof("lines of its checkpoint", 8000, lambda text, n: cut(text)[0] + "extension\n" * n + "\n" + cut(text)[1], 1, "E-",
      sampled=True)
proof("an extra line", 60_000, lambda text, n: re.sub(r"\nextra [^\n]*", "\nextra " + "A" * (n // 4 * 4), text), 1)
proof("one long line", 200_000, lambda text, n: text + "x" * n, 1, "E-", refused_at_once=True)


@case("verify: a list of paths", 256, sampled=True)
def listed(box: Box, n: int) -> Run:
    box.posts(n)
    paths = "".join(f"_posts/{number:05}.md\n" for number in range(n))
    return Run(["verify", "--files-from", "-"], 0, "VERIFIED", paths.encode())


# Bundles


def bundled(box: Box, posts: int) -> Path:
    """A bundle of an archive with some posts."""
    def make(made: Box):
        Box(made.folder, made.program, made.fixtures).posts(posts, copied=True)
        made.run("export", "-q", "--bundle", "../bundle")
    box.copied(f"bundle-{posts}", make)
    return box.folder / "bundle"


def bundle(name: str, n: int, change: Callable[[Path, int], None], status: int = 0, words: str = "VERIFIED",
           posts: int | None = 2, sampled: str = ""):
    """A changed bundle, as a folder and as a zip file; `sampled` says which of them .ci/run tries."""
    def folder(box: Box, n: int) -> Run:
        change(bundled(box, n if posts is None else posts), n)
        return Run(["verify", "../bundle", "--keys", "../public"], status, words)

    def packed(box: Box, n: int) -> Run:
        run = folder(box, n)
        with zipfile.ZipFile(box.folder / "bundle.zip", "w") as file:
            for path in sorted((box.folder / "bundle").rglob("*")):
                if path.is_file():
                    file.write(path, f"bundle/{path.relative_to(box.folder / 'bundle')}")
        return Run(["verify", "../bundle.zip", *run.arguments[2:]], status, words)

    case(f"bundle: {name}", n, sampled=sampled == "folder")(folder)
    case(f"zip: {name}", n, sampled=sampled == "zip")(packed)


def lines(text: Callable[[int], str]) -> Callable[[Path, int], None]:
    def change(bundle: Path, n: int) -> None:
        with (bundle / "manifest-sha256.txt").open("a") as file:
            file.write(text(n))
    return change


def files(path: Callable[[int], str]) -> Callable[[Path, int], None]:
    def change(bundle: Path, n: int) -> None:
        for number in range(n):
            file = bundle / path(number)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("stray\n")
    return change


def touched(pattern: str) -> Callable[[Path, int], None]:
    def change(bundle: Path, n: int) -> None:
        for path in bundle.glob(pattern):
            path.write_bytes(path.read_bytes() + b"\n")
    return change


def removed(pattern: str) -> Callable[[Path, int], None]:
    def change(bundle: Path, n: int) -> None:
        for path in bundle.glob(pattern):
            path.unlink()
    return change


bundle("entries", 150, lambda bundle, n: None, posts=None, sampled="zip")
bundle("stray files", 300, files(lambda number: f"stray{number}"), 1, "E-BUNDLE-STRAY", sampled="folder")
bundle("stray files below data", 300, files(lambda number: f"data/stray{number}"), 1, "E-BUNDLE-STRAY")
bundle("stray records", 300, files(lambda number: f"records/{number + 100}.note"), 1, "E-BUNDLE-STRAY")
bundle("stray folders", 200, files(lambda number: f"stray{number}/x"), 1, "E-BUNDLE-STRAY")
bundle("lines of what is not there", 400,
       lines(lambda n: "".join(f"{'0' * 64}  data/{number}\n" for number in range(n))), 1, "E-BUNDLE-MISSING")
bundle("lines of one path", 400, lines(lambda n: f"{'0' * 64}  data/x\n" * n), 1, "E-BUNDLE-MALFORMED",
       sampled="zip")
bundle("lines twice each", 400,
       lines(lambda n: "".join(f"{'0' * 64}  data/{number // 2}\n" for number in range(n))), 1, "E-BUNDLE-MALFORMED")
bundle("lines that are none", 400, lines(lambda n: "x\n" * n), 1, "E-BUNDLE-MALFORMED")
bundle("posts that were altered", 150, touched("data/**/*.md"), 1, "E-ALTERED", posts=None)
bundle("records that were altered", 150, touched("records/*"), 1, "E-INCLUSION-INVALID", posts=None)
bundle("posts that are not there", 150, removed("data/**/*.md"), 1, "E-BUNDLE-MISSING", posts=None)
bundle("records that are not there", 150, removed("records/*1.note"), 1, "E-BUNDLE-MISSING", posts=None)


@case("zip: folders", 400)
def zip_folders(box: Box, n: int) -> Run:
    folder = bundled(box, 2)
    with zipfile.ZipFile(box.folder / "bundle.zip", "w") as file:
        for number in range(n):
            file.writestr(f"bundle/folder{number}/", b"")
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, f"bundle/{path.relative_to(folder)}")
    return Run(["verify", "../bundle.zip", "--keys", "../public"], 0, "VERIFIED")


@case("zip: one name n times", 400, refused_at_once=True)
def zip_twice(box: Box, n: int) -> Run:
    bundled(box, 2)
    with zipfile.ZipFile(box.folder / "bundle.zip", "w") as file:
        for number in range(n):
            file.writestr(zipfile.ZipInfo("bundle/x"), b"")
    return Run(["verify", "../bundle.zip", "--keys", "../public"], 2)


@case("repair: from a bundle", 150)
def repair_bundle(box: Box, n: int) -> Run:
    bundled(box, n)
    shutil.rmtree(box.archive / "log/tile/entries")
    return Run(["repair", "--from", "../bundle"], 0)

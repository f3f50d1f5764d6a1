"""verify.sh under several shells and awks, on bundles that are made here with nothing but `openssl`.

    shell.py [--script VERIFY.SH] [--program PROGRAM]

Every bundle, key and signature is made anew in a temporary folder: good ones, wrong ones, hostile ones. Each case gives the
expected exit status, and codes and rows that the report must have. With a program, it judges the same bundles too.
verdicts.py runs verify.sh on more tampered ones.
"""

import argparse
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import passages
from report import Report

SCRIPT = Path(__file__).resolve().parents[2] / "Sources/CVerifiers/verify.sh"
WORDS = {0: "VERIFIED", 1: "FAILED", 2: "ERROR", 3: "INCONCLUSIVE"}
SECONDS = 120
ORIGIN = "log.example/shell"
# Tools that busybox may provide in place of the usual ones.
TOOLS = "awk cat cp cut dirname find head mkdir mktemp mv od rm sed sh sha256sum sort tail tr wc xargs".split()

LOW_ORDER = [bytes.fromhex(text) for text in """
    0000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000080
    0100000000000000000000000000000000000000000000000000000000000000
    0100000000000000000000000000000000000000000000000000000000000080
    26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05
    26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85
    c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a
    c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa
    ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
    edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
    eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff""".split()]
# y = 3 encoded as p + 3: not of low order, not canonical.
NOT_CANONICAL = b"\xf0" + b"\xff" * 30 + b"\x7f"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def vkey(name: str, kind: int, public: bytes) -> str:
    """<name>+<key ID>+<base64(type and key)>"""
    return f"{name}+{key_id(name, kind, public).hex()}+{b64(bytes([kind]) + public)}"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:4]


class Key:
    """An Ed25519 key by a name: of type 1, or 4 for a witness's. The same on every run."""

    folder: Path

    def __init__(self, name: str, kind: int = 1, seed: str = "") -> None:
        self.name = name
        self.kind = kind
        der = bytes.fromhex("302e020100300506032b657004220420") + sha256(f"shell {seed or name} {kind}".encode())
        self.private = Key.folder / f"{sha256(der).hex()}.der"
        self.private.write_bytes(der)
        self.public = openssl("pkey", "-inform", "DER", "-in", self.private, "-pubout", "-outform", "DER")[-32:]
        self.id = key_id(name, kind, self.public)
        self.vkey = vkey(name, kind, self.public)

    def sign(self, message: bytes) -> bytes:
        with tempfile.NamedTemporaryFile(dir=Key.folder) as file:
            file.write(message)
            file.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", self.private, "-in", file.name)

    def line(self, text: bytes, time: int = 1_700_000_000, identity: bytes | None = None) -> bytes:
        """The signature line; a witness's includes a time."""
        if self.kind == 4:
            blob = time.to_bytes(8, "big") + self.sign(b"cosignature/v1\ntime %d\n" % time + text)
        else:
            blob = self.sign(text)
        return f"\u2014 {self.name} {b64((identity or self.id) + blob)}\n".encode()

    def note(self, text: bytes) -> bytes:
        return text + b"\n" + self.line(text)


def unknown_lines(count: int) -> bytes:
    """Signature lines of unknown keys."""
    return "".join(f"\u2014 other.example/{number} {b64(bytes(9))}\n" for number in range(count)).encode()


def openssl(*arguments: str | Path) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


# Trees (RFC 9162, by the recursive definitions)

def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root(leaves[:half]), root(leaves[half:]))


def inclusion(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) < 2:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*inclusion(leaves[:half], index), root(leaves[half:])]
    return [*inclusion(leaves[half:], index - half), root(leaves[:half])]


def climb(leaf: bytes, index: int, size: int) -> tuple[list[bytes], bytes]:
    """A proof of made-up hashes in a tree of any size, and the root it leads to."""
    first, last, hashes = index, size - 1, []
    while last:
        hashes.append(sha256(b"sibling %d" % len(hashes)))
        if first & 1 or first == last:
            leaf = node(hashes[-1], leaf)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            leaf = node(leaf, hashes[-1])
        first, last = first >> 1, last >> 1
    return hashes, leaf


# Posts and entries

def front(source: str = "https://gazette.example/1") -> bytes:
    return f"---\ntitle: x\ndate: 2020-07-20\nfrom: {source}\n---\n".encode()


@dataclass(frozen=True)
class Post:
    """A post in its parts."""

    front: bytes
    head: bytes = b""
    body: bytes = b""
    published: str = ""
    source: str = "https://gazette.example/1"

    @property
    def data(self) -> bytes:
        return self.front + self.head + self.body

    @property
    def path(self) -> str:
        digest = sha256(self.data).hex()
        return f"data/sha256/{digest[:2]}/{digest}.md"

    def text(self, signer: str, **said: str) -> bytes:
        """The record; `said` replaces values."""
        lines = {"signer": signer, "sha256": sha256(self.data).hex(), "size": len(self.data), "source": self.source,
                 "dated": "2020-07-20", "published": self.published, "recorded": 1_735_689_600_000,
                 "front": sha256(self.front).hex(), "body": sha256(self.body).hex(), "text": words(self.body), **said}
        return b"provenance/post@v1\n" + "".join(
            f"{label} {value}\n" for label, value in lines.items() if value != "").encode()


def words(body: bytes) -> str:
    """The `text` line: root and number of the passages."""
    found = passages.passages_of(body)
    return f"{passages.root_of(found)} {len(found)}"


def rss(comment: str) -> bytes:
    return f"<!--{comment}-->\n[渡口](https://gazette.example/1)\n------\n\n".encode()


POSTS = [
    Post(front(), rss("1709623800000"), b"<p>body</p>\n", "1709623800000"),
    Post(front("https://gazette.example/2"), source="https://gazette.example/2"),
    Post(front(), rss("NaN"), b"x"), Post(front(), rss("-0012"), b"x\n", "-12"), Post(front(), rss("-0"), b"\n", "0"),
    Post(front(), b"", b"<p>html</p>\r\n\r\n"), Post(front()[:-1]), Post(front(), b"", b"<!--1-->"),
    Post(front(), b"", b"<!--1-->\n"), Post(front(), b"", b"<!--1-->\nno head\n"),
    Post(front(), b"", b"<!--1-->-->\n[a](b)\n"),
    Post(front(), b"", b"nul \0 and \xff, \x80 and\n\0\0"), Post(front(), rss("7"), b"\0", "7"), Post(front(), b"", b"\0"),
    Post(front(), rss("9" * 16), b"\xff\n", "9" * 16), Post(front(), b"", b"\n\n"), Post(front(), b"", b"---\n"),
    Post(front("https://gazette.example/渡口?a= b"), b"", b"x\n", source="https://gazette.example/渡口?a= b"),
    Post(front(), b"", b"long " * 300_000),
]


class Archive:
    """Keys, and a log of the posts above, an accession, and entries of unknown kinds."""

    def __init__(self, folder: Path) -> None:
        Key.folder = folder / "private"
        Key.folder.mkdir()
        self.log = Key(ORIGIN)
        self.signer = Key(f"{ORIGIN}/signer")
        self.stranger = Key("stranger.example")
        self.witnesses = [Key(f"witness.example/{number}", 4) for number in (1, 2, 3)]
        self.posts: dict[int, Post] = dict(enumerate(POSTS))
        self.entries = [self.signer.note(post.text(self.signer.name)) for post in POSTS]
        text = POSTS[0].text(self.signer.name)
        self.entries += [
            self.accession(), b"provenance/photo@v1\nanything\0\xff", b"", b"\0\0\n\n", b"\xff" * 300, b"\n",
            self.signer.note(text) + self.stranger.line(text) + unknown_lines(6)]
        self.posts[len(self.entries) - 1] = POSTS[0]

    def accession(self, log: str = ORIGIN) -> bytes:
        values = {"signer": self.signer.name, "log": log, "recorded": 1, "tool": "provenance/0.1.0", "first": 0,
                  "posts": len(POSTS), "known": 0, "refused": 0, "unchanged": 0, "register": sha256(b"").hex() + " 1"}
        return self.signer.note(b"provenance/accession@v1\n" + "".join(
            f"{label} {value}\n" for label, value in values.items()).encode())

    def keys(self, **files: str) -> dict[str, bytes]:
        """A folder of keys; files may be replaced, or left out with an empty text."""
        named = {"log.vkey": self.log.vkey, "signers": self.signer.vkey, **{
            name.replace("_", "."): text for name, text in files.items()}}
        return {name: f"{text}\n".encode() for name, text in named.items() if text}

    def policy(self, *lines: str) -> dict[str, bytes]:
        known = [f"log {self.log.vkey}", *(f"witness w{number} {key.vkey}" for number, key in enumerate(self.witnesses, 1))]
        return self.keys(policy="\n".join((*known, *lines)))


@dataclass
class Bundle:
    """A bundle in the making; `files` is complete once `close` has been called."""

    archive: Archive
    indexes: list[int]
    selection: str
    posts: str = "included"
    is_signed: bool = True
    files: dict[bytes, bytes] = field(default_factory=dict)
    checkpoint: bytes = b""
    size: int = 0

    def fill(self, entries: list[bytes] | None = None, posts: dict[int, Post] | None = None) -> "Bundle":
        """Records, proofs, posts and a checkpoint of these entries."""
        entries = self.archive.entries if entries is None else entries
        posts = self.archive.posts if posts is None else posts
        leaves = [sha256(b"\0" + entry) for entry in entries]
        self.head(len(leaves), root(leaves))
        for index in self.indexes:
            self.entry(index, entries[index], inclusion(leaves, index))
            if index in posts and self.posts == "included":
                self.put(posts[index].path, posts[index].data)
        if self.posts == "withheld":
            self.put("data/withheld.txt", b"The posts are withheld.\n")
        return self

    def head(self, size: int, top: bytes, origin: str = ORIGIN) -> None:
        self.size = size
        text = f"{origin}\n{size}\n{b64(top)}\n".encode()
        self.checkpoint = text + b"\n" + self.archive.log.line(text)

    def entry(self, index: int, entry: bytes, hashes: list[bytes]) -> None:
        self.put(f"records/{index}.note", entry)
        lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *map(b64, hashes), "", ""]
        self.put(f"proofs/{index}.tlog-proof", "\n".join(lines).encode())

    def put(self, path: str, data: bytes) -> "Bundle":
        self.files[os.fsencode(path)] = data
        return self

    @property
    def text(self) -> bytes:
        """The checkpoint's text."""
        return self.checkpoint[:self.checkpoint.rindex(b"\n\n") + 1]

    def cosign(self, *lines: bytes) -> "Bundle":
        self.checkpoint += b"".join(lines)
        return self

    def close(self) -> "Bundle":
        """Puts the checkpoint into the proofs, and writes and signs the lists."""
        for path in self.files:
            if path.startswith(b"proofs/"):
                self.files[path] += self.checkpoint
        self.put("checkpoint", self.checkpoint)
        self.put("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        payload = {path: data for path, data in self.files.items() if path.startswith(b"data/")}
        info = ["Bag-Software-Agent: provenance", "Bagging-Date: 2026-11-25",
                f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}",
                "Provenance-Bundle: provenance/bundle@v1",
                f"Provenance-Log: {self.text.split(b'\n')[0].decode()}", f"Provenance-Log-Size: {self.size}",
                f"Provenance-Posts: {self.posts}", f"Provenance-Selection: {self.selection}"]
        signer = self.archive.signer
        if self.is_signed:
            info.append(f"Provenance-Signer: {signer.name}")
        self.put("bag-info.txt", "".join(line + "\n" for line in info).encode())
        self.put("manifest-sha256.txt", listed(payload))
        self.put("tagmanifest-sha256.txt", tags := listed(
            {path: data for path, data in self.files.items() if path not in payload}))
        if self.is_signed:
            self.put("bundle.note", signer.note((
                f"provenance/bundle@v1\nsigner {signer.name}\nlog {ORIGIN}\nsize {self.size}\n"
                f"tagmanifest {sha256(tags).hex()}\n").encode()))
        return self

    def write(self, folder: Path) -> Path:
        for path, data in self.files.items():
            place = os.path.join(os.fsencode(folder), path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(data)
        return folder


def listed(files: dict[bytes, bytes]) -> bytes:
    return b"".join(sha256(data).hex().encode() + b"  " + path + b"\n" for path, data in sorted(files.items()))


@dataclass(frozen=True)
class Case:
    """A bundle, the keys, and the expected verdict; `after` changes the folder once it is written, `rows` are of the table."""

    name: str
    bundle: Bundle
    keys: dict[str, bytes]
    status: int
    codes: frozenset[str] = frozenset()
    after: Callable[[Path], object] | None = None
    rows: tuple[str, ...] = ()


class Cases:
    """All of them."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.all = [*range(len(archive.entries))]

    def whole(self, **options: object) -> Bundle:
        return Bundle(self.archive, self.all, f"0..{self.all[-1]}", **options).fill()

    def of(self, entries: list[bytes], posts: dict[int, Post] | None = None, **options: object) -> Bundle:
        """A bundle of only these entries, one of them a good record so that there is something to verify."""
        entries = [self.archive.entries[0], *entries]
        posts = {0: POSTS[0], **{index + 1: post for index, post in (posts or {}).items()}}
        bundle = Bundle(self.archive, [*range(len(entries))], f"0..{len(entries) - 1}", **options)
        return bundle.fill(entries, posts)

    def __iter__(self) -> Iterator[Case]:
        def case(name: str, bundle: Bundle, status: int, *codes: str, keys: dict[str, bytes] | None = None,
                 after: Callable[[Path], object] | None = None, rows: tuple[str, ...] = ()) -> Case:
            return Case(name, bundle if bundle.files.get(b"checkpoint") else bundle.close(),
                        self.archive.keys() if keys is None else keys, status, frozenset(codes), after, rows)

        for part in (self.good, self.entries, self.checkpoints, self.policies, self.keys, self.hostile):
            yield from part(case)

    def good(self, case) -> Iterator[Case]:
        archive = self.archive
        entries, posts = len(archive.entries), len(archive.posts)
        inclusion, recorded = f"inclusion {entries} 0 0 0", f"recorded 0 {posts + 1} 0 0"
        signature = f"signature {posts + 1} 0 {entries - posts - 1} 0"
        yield case("every entry", self.whole(), 0, rows=(
            f"content {posts} 0 0 0", signature, inclusion, "checkpoint 1 0 0 0", "completeness 1 0 0 0", "views 1 0 0 0",
            f"source {posts} 0 0 0", f"published {posts} 0 0 0", recorded))
        yield case("without a note", self.whole(is_signed=False), 0, rows=(signature, inclusion, "views 0 0 1 0"))
        yield case("posts withheld", self.whole(posts="withheld"), 0, rows=(
            signature, inclusion, f"source 0 {posts} 0 0", f"published 0 {posts} 0 0"))
        yield case("a filter", Bundle(archive, [1, 4, 19], "filter").fill(), 0, rows=(
            "content 2 0 0 0", "signature 3 0 0 0", "inclusion 3 0 0 0", "recorded 0 3 0 0"))
        unknown = (f"content {posts} 0 0 0", f"signature 0 0 {entries} 0",
                   f"inclusion 0 0 {entries} 0", "checkpoint 0 0 1 0", "completeness 0 0 1 0", "views 0 0 1 0")
        yield case("signed by nobody who is pinned", self.whole(), 3, "E-KEY-NOT-PINNED", "E-NOTHING-CHECKED",
                   keys=archive.keys(log_vkey=archive.stranger.vkey), rows=unknown)
        yield case("no keys", self.whole(), 3, "E-KEY-NOT-PINNED", keys={})
        # Beyond what awk counts exactly: 2^53, 2^62, the largest size.
        for index, size in ((2 ** 53 + 1, 2 ** 53 + 3), (2 ** 62 + 7, 2 ** 63 - 1), (2 ** 63 - 2, 2 ** 63 - 1),
                            (0, 2 ** 63 - 1), (10 ** 15, 10 ** 15 + 1), (99_999_999, 100_000_000)):
            for at, status, codes in ((index, 0, ()), (index ^ 2, 1, ("E-INCLUSION-INVALID",))):
                bundle = Bundle(archive, [at], f"{at}..{at}")
                hashes, top = climb(sha256(b"\0" + archive.entries[0]), index, size)
                bundle.head(size, top)
                bundle.entry(at, archive.entries[0], hashes)
                bundle.put(POSTS[0].path, POSTS[0].data)
                yield case(f"entry {at} of {size}, the proof of {index}", bundle, status, *codes)

        # A log that signs a size with the root of another tree: the hashes lead to it, but are too few or too many.
        for index, size, at, said in ((1, 2, 1, 100), (0, 1, 0, 2), (0, 8, 0, 2), (1, 3, 1, 2), (3, 4, 1, 2), (7, 8, 1, 2)):
            bundle = Bundle(archive, [at], f"{at}..{at}")
            hashes, top = climb(sha256(b"\0" + archive.entries[0]), index, size)
            bundle.head(said, top)
            bundle.entry(at, archive.entries[0], hashes)
            bundle.put(POSTS[0].path, POSTS[0].data)
            yield case(f"the proof of {index} in a tree of {size}, for {at} of {said}", bundle, 1, "E-INCLUSION-INVALID")

    def entries(self, case) -> Iterator[Case]:
        archive, signer = self.archive, self.archive.signer
        text = POSTS[0].text(signer.name)
        note = signer.note(text)
        malformed = {
            "nine signature lines": note + unknown_lines(8), "a line twice": note + signer.line(text),
            "no newline at its end": note[:-1], "an empty line more": note + b"\n",
            "another spelling of the signature": note[:-3] + bytes([note[-3] + 1]) + note[-2:],
            "a backslash in the signature": note[:-9] + b"\\" + note[-8:],
            "a NUL": signer.note(text.replace(b"source https", b"source \0ttps")),
            "a tab": signer.note(text.replace(b"source https", b"source h\tps")),
            "broken UTF-8": signer.note(text.replace(b"source https", b"source \xc3ttps")),
            "a surrogate": signer.note(text.replace(b"source https", b"source \xed\xa0\x80")),
            "a C1 control in the source": signer.note(POSTS[0].text(signer.name, source="a\u0085b")),
            "a no-break space at the end of the source": signer.note(POSTS[0].text(signer.name, source="a\u00a0")),
            "a separator in the source": signer.note(POSTS[0].text(signer.name, source="a\u2028b")),
            "a source of 8193 bytes": signer.note(POSTS[0].text(signer.name, source="a" * 8193)),
            "no day": signer.note(POSTS[0].text(signer.name, dated="2021-02-29")),
            "a size beyond 63 bits": signer.note(POSTS[0].text(signer.name, size=str(2 ** 63))),
            "published -0": signer.note(POSTS[0].text(signer.name, published="-0")),
            "published of 17 digits": signer.note(POSTS[0].text(signer.name, published="1" * 17)),
            "a space more": signer.note(text.replace(b"size ", b"size  ")),
            "a signer with a no-break space": signer.note(POSTS[0].text("a\u00a0b")),
            "an accession of another log": archive.accession("other.example"),
            "a line after the last": signer.note(text + b"more x\n"),
        }
        for name, entry in malformed.items():
            yield case(f"malformed: {name}", self.of([entry], {0: POSTS[0]}), 1, "E-ENTRY-MALFORMED")
        long = Post(front("a" * 8192), source="a" * 8192)
        yield case("a source of 8192 bytes", self.of([signer.note(long.text(signer.name))], {0: long}), 0)
        yield case("an entry of 65,536 bytes", self.of([b"x" * 65_536]), 1, "E-ENTRY-MALFORMED")
        yield case("an entry of 65,535 bytes", self.of([b"x" * 65_535]), 0)
        wrong = signer.note(text)[:-8] + b"AAAAAA=\n"
        yield case("a signature that does not verify", self.of([wrong]), 1, "E-SIGNATURE-INVALID")
        yield case("a signature cut short", self.of([
            text + f"\n\u2014 {signer.name} {b64(signer.id + signer.sign(text)[:-1])}\n".encode()]), 1,
                   "E-SIGNATURE-INVALID")
        yield case("another signer than the one named", self.of([text + b"\n" + archive.stranger.line(text)]), 1,
                   "E-SIGNATURE-INVALID")
        other = POSTS[0].text(archive.stranger.name)
        yield case("a pinned signer who is not the one named", self.of([
            other + b"\n" + signer.line(other) + archive.stranger.line(other)]), 3, "E-KEY-NOT-PINNED")
        yield case("a key-life entry", self.of([b"provenance/key@v2\nrevoke\n"]), 3, "E-KEY-LIFE-UNREADABLE",
                   "E-NOTHING-CHECKED")
        yield case("nothing signed", Bundle(archive, [0], "0..0").fill([b"provenance/photo@v1\n"], {}), 3,
                   "E-NOTHING-CHECKED")
        yield case("no entries", Bundle(archive, [], "filter").fill(), 3, "E-NOTHING-CHECKED")
        bundle = self.whole()
        path = b"proofs/3.tlog-proof"
        extra = b"\nextra " + base64.b64encode(archive.entries[3]) + b"\nindex"
        bundle.files[path] = bundle.files[path].replace(b"\nindex", extra)
        yield case("an extra line in a proof", bundle, 1, "E-INCLUSION-INVALID")
        bundle = self.whole()
        more = b"\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n"
        bundle.files[path] = bundle.files[path].replace(b"\n\n", more)
        yield case("64 hashes more in a proof", bundle, 1, "E-INCLUSION-INVALID")

        bundle = self.whole().close()
        older = archive.log.note(f"{ORIGIN}\n1\n{b64(sha256(b'\\0' + archive.entries[0]))}\n".encode())
        bundle.files[path] = bundle.files[path].removesuffix(bundle.checkpoint) + older
        yield case("a proof that ends in another checkpoint", bundle, 1, "E-INCLUSION-INVALID")

        def lie(name: str, post: Post, status: int = 1, code: str = "E-RECORD-MISMATCH", **said: str) -> Case:
            return case(name, self.of([signer.note(post.text(signer.name, **said))], {0: post}), status, code)

        yield lie("another front matter", POSTS[5], front=sha256(b"").hex())
        yield lie("another body", POSTS[11], body=sha256(b"").hex())
        yield lie("another size", POSTS[5], size="1")
        yield lie("published where none is", POSTS[2], published="1")
        for name, post in {
            "no front matter": Post(b"", b"", b"x\n"), "front matter that is not closed": Post(b"---\ntitle: x\n"),
            "a NUL in the front matter": Post(front("\0")), "a byte FF in the front matter": Post(b"---\n\xff\n---\n"),
            "a byte order mark": Post(b"\xef\xbb\xbf" + front()), "carriage returns": Post(front().replace(b"\n", b"\r\n")),
            "64 KiB and more of front matter": Post(b"---\n" + b"a: b\n" * 13_108 + b"---\n"),
            "a head without a rule": Post(front(), b"", b"<!--1-->\n[a](b)\n"),
            "a head of 17 digits": Post(front(), rss("0" * 16 + "1"), b"", "1"),
            "a head that is no number": Post(front(), rss("1e3")),
            "a link that is none": Post(front(), b"<!--1-->\n[a](b\n------\n\n", b"", "1"),
            "a head without an empty line": Post(front(), b"<!--1-->\n[a](b)\n------\nx\n", b"", "1"),
            "a NUL in the head": Post(front(), b"<!--1-->\n[a](b\0)\n------\n\n", b"x", "1"),
        }.items():
            yield lie(f"no post: {name}", post)
        large = Post(front(), b"", b"\n" * (16 << 20))
        yield case("a post over 16 MiB", self.of([signer.note(large.text(signer.name))], {0: large}), 1)
        # The head has no digest of its own.
        changed = POSTS[0].data.replace("渡口".encode(), "渡船".encode())
        yield case("a head of the same size", self.whole().put(POSTS[0].path, changed), 1, "E-ALTERED")
        yield case("a post that is stray", self.whole().put(Post(front("x")).path, b"---\n"), 1, "E-BUNDLE-STRAY")
        bundle = self.whole(posts="withheld").put(POSTS[0].path, POSTS[0].data)
        yield case("a post in a bundle whose posts are withheld", bundle, 1, "E-BUNDLE-STRAY")

    def checkpoints(self, case) -> Iterator[Case]:
        archive = self.archive
        small = [0, 1, 2]

        def some() -> Bundle:
            return Bundle(archive, small, "0..2").fill()

        bundle = some()
        bundle.cosign(archive.witnesses[0].line(bundle.text))
        yield case("a cosignature of a witness whom nobody pinned", bundle, 0)
        yield case("64 signature lines", some().cosign(unknown_lines(63)), 0)
        yield case("65 signature lines", some().cosign(unknown_lines(64)), 1, "E-CHECKPOINT-INVALID")
        yield case("a signature line twice", some().cosign(archive.log.line(bundle.text)), 1, "E-CHECKPOINT-INVALID")
        for name, origin in {
            "a control of C1": f"{ORIGIN}\u009b31m", "DEL": f"{ORIGIN}\x7f", "a space": f"{ORIGIN} x",
        }.items():
            bundle = some()
            bundle.head(bundle.size, sha256(b""), origin)
            yield case(f"{name} in the origin", bundle, 1, "E-KEY-NOT-PINNED", "E-INCLUSION-INVALID")
        bundle = some()
        text = bundle.text + b"extension\n"
        bundle.checkpoint = archive.log.note(text)
        yield case("an extension line", bundle, 0)
        bundle = some()
        bundle.checkpoint = archive.log.note(bundle.text + b"\n\nextension\n")
        yield case("an empty extension line", bundle, 1, "E-CHECKPOINT-INVALID")
        bundle = some()
        bundle.checkpoint += b"\xe2\x80\x94 x " + b"A" * 999_996 + b"\n"
        yield case("over a million bytes", bundle, 1, "E-CHECKPOINT-INVALID")
        bundle = Bundle(archive, [], "filter")
        bundle.head(0, bytes(32))
        yield case("an empty tree with a root", bundle, 1, "E-CHECKPOINT-INVALID")

    def policies(self, case) -> Iterator[Case]:
        archive = self.archive
        first, second, third = archive.witnesses

        def cosigned(*witnesses: Key, **options: int) -> Bundle:
            bundle = Bundle(archive, [0, 1, 2], "0..2").fill()
            return bundle.cosign(*(witness.line(bundle.text, **options) for witness in witnesses))

        met = {
            "none": ["quorum none"], "one witness": ["quorum w2"], "any": ["group g any w1 w3 w2", "quorum g"],
            "two of three": ["group g 2 w1 w2 w3", "quorum g"], "all of two": ["group g all w1 w2", "quorum g"],
            "groups of groups": ["group a any w1 w3", "group b all w2", "group c 2 a b", "quorum c"],
            "tabs and comments": ["\t group\tg  any\tw1 ", " # quorum none", "", "quorum\tg"],
        }
        for name, lines in met.items():
            yield case(f"quorum met: {name}", cosigned(first, second), 0, keys=archive.policy(*lines))
        for name, lines in {
            "another witness": ["quorum w3"], "three of three": ["group g all w1 w2 w3", "quorum g"],
            "groups of groups": ["group a all w1 w3", "group b any w2", "group c all a b", "quorum c"],
        }.items():
            yield case(f"quorum not met: {name}", cosigned(first, second), 3, "E-QUORUM", keys=archive.policy(*lines))
        quorum = archive.policy("group g 2 w1 w2 w3", "quorum g")
        yield case("a cosignature at second 0", cosigned(first, second, time=0), 0, keys=quorum)
        yield case("a cosignature at the last second", cosigned(first, second, time=2 ** 63 - 1), 0, keys=quorum)
        yield case("a cosignature beyond the last second", cosigned(first, second, time=2 ** 63), 1, "E-CHECKPOINT-INVALID",
                   keys=quorum)
        bundle = cosigned(first, second)
        bundle.cosign(third.line(b"another\n"))
        yield case("a cosignature of another checkpoint", bundle, 1, "E-CHECKPOINT-INVALID", keys=quorum)
        bundle = cosigned(first, second)
        forged = third.line(bundle.text)
        late = base64.b64decode(forged.split(b" ")[2])
        forged = f"\u2014 {third.name} {b64(late[:11] + b'x' + late[12:])}\n".encode()
        yield case("a cosignature whose time was changed", bundle.cosign(forged), 1, "E-CHECKPOINT-INVALID", keys=quorum)
        bundle = cosigned(first, second)
        bundle.checkpoint = bundle.text + b"\n" + first.line(bundle.text) + second.line(bundle.text)
        yield case("witnesses alone", bundle, 3, "E-KEY-NOT-PINNED", keys=quorum)
        bundle = cosigned(first)
        plain = Key(second.name, 1, "plain")
        bundle.cosign(f"\u2014 {second.name} {b64(second.id + plain.sign(bundle.text))}\n".encode())
        yield case("a plain signature under a witness's id", bundle, 1, "E-CHECKPOINT-INVALID", keys=quorum)
        dsa = vkey("witness.example/ml", 6, bytes(1312))
        yield case("an ML-DSA witness in the policy", cosigned(first, second), 0, keys=archive.policy(
            f"witness ml {dsa}", "group g 2 w1 w2 ml", "quorum g"))
        yield case("an ML-DSA witness is wanted", cosigned(first, second), 3, "E-QUORUM", keys=archive.policy(
            f"witness ml {dsa}", "quorum ml"))
        other = f"log {archive.stranger.vkey}"
        yield case("a policy of two logs", cosigned(), 0, keys=archive.policy(other, "quorum none"))
        yield case("another log's policy, and a wrong cosignature", cosigned(first).cosign(second.line(b"x\n")), 3,
                   "E-KEY-NOT-PINNED", keys={**archive.keys(log_vkey="", policy="\n".join(
                       [other, f"witness w {second.vkey}", "quorum none"]))})
        low = vkey("witness.example/low", 4, LOW_ORDER[2])
        for name, lines in {
            "no quorum": [], "two quorums": ["quorum none", "quorum none"], "an unknown name": ["quorum w4"],
            "a later name": ["quorum g", "group g any w1"], "a member twice": ["group g all w1 w1", "quorum g"],
            "a member of two groups": ["group a any w1", "group b any w1", "quorum a"],
            "a member of itself": ["group g any g", "quorum g"], "no members": ["group g all", "quorum g"],
            "a threshold of 0": ["group g 0 w1", "quorum g"], "a threshold too large": ["group g 2 w1", "quorum g"],
            "a threshold with a zero": ["group g 01 w1", "quorum g"],
            "a huge threshold": [f"group g {10 ** 30} w1", "quorum g"],
            "a name twice": ["group w1 any w2", "quorum w1"], "a group named none": ["group none any w1", "quorum none"],
            "a witness named none": [f"witness none {dsa}", "quorum none"],
            "an unknown keyword": ["mirror x", "quorum none"], "a carriage return": ["# x\r", "quorum none"],
            "a NUL": ["# \0", "quorum none"], "DEL": ["# x\x7f", "quorum none"],
            "a comment after a line": ["quorum none # none"], "a log key twice": [f"log {archive.log.vkey}", "quorum none"],
            "a log key under another name": [f"log {vkey('other.example', 1, archive.log.public)}", "quorum none"],
            "a witness key twice": [f"witness w4 {vkey('x.example', 4, first.public)}", "quorum none"],
            "a log key as a witness's": [f"witness w4 {archive.stranger.vkey}", "quorum none"],
            "a witness key as a log's": [f"log {first.vkey}", "quorum none"], "a word too many": ["quorum none none"],
            "a witness of low order": [f"witness w4 {low}", "quorum none"],
            "a witness whose id is not its own": [f"witness w4 {low[:-8]}", "quorum none"],
        }.items():
            yield case(f"policy: {name}", cosigned(first), 2, keys=archive.policy(*lines))

    def keys(self, case) -> Iterator[Case]:
        archive = self.archive
        bundle = Bundle(archive, [0, 1], "0..1").fill().close()
        for number, point in enumerate((*LOW_ORDER, NOT_CANONICAL)):
            role = "log_vkey" if number % 2 else "signers"
            name = ORIGIN if number % 2 else archive.signer.name
            yield case(f"{role} is {point.hex()}", bundle, 2, "E-KEY", keys=archive.keys(**{role: vkey(name, 1, point)}))
        wrong = archive.signer.vkey
        for name, files in {
            "an id that is not its own": {"signers": wrong.replace("+" + archive.signer.id.hex(), "+00000000")},
            "an id in capitals": {"signers": wrong.replace("+" + archive.signer.id.hex(), "+ABCDEF01")},
            "33 bytes": {"signers": vkey("x", 1, bytes(33))},
            "ML-DSA of 1311 bytes": {"signers": vkey("x", 6, bytes(1311))},
            "a backslash in the key": {"signers": wrong[:-9] + "\\" + wrong[-8:]},
            "two lines in one": {"signers": wrong + " " + wrong},
            "a space in the name": {"signers": vkey("a b", 1, archive.stranger.public)},
            "a carriage return": {"signers": wrong + "\r"}, "a NUL": {"signers": wrong + "\0"},
            "a name of 256 bytes": {"signers": vkey("a" * 256, 1, archive.stranger.public)},
        }.items():
            yield case(f"keys: {name}", bundle, 2, "E-KEY", keys=archive.keys(**files))
        yield case("keys: of types that nobody checks", bundle, 0, keys=archive.keys(signers="\n".join([
            wrong, vkey("x", 5, b"x"), vkey("y", 6, bytes(1312)), "# comment", "",
            vkey("渡口", 1, archive.stranger.public)])))
        yield case("keys: a signer's is a witness's", bundle, 3, keys=archive.keys(signers=archive.witnesses[0].vkey))
        log, witness, signer = archive.log, archive.witnesses[0], archive.signer
        for name, keys in {
            "log and signer": archive.keys(signers=f"{wrong}\n{vkey('x', 1, log.public)}"),
            "log and signer, under one name": archive.keys(signers=f"{wrong}\n{log.vkey}"),
            "the policy's log and signer": {**archive.policy("quorum none"), "signers": f"{log.vkey}\n".encode()},
            "log and witness": archive.policy(f"witness w4 {vkey('x.example', 4, log.public)}", "quorum none"),
            "log and witness, under one name": archive.policy(f"witness w4 {vkey(log.name, 4, log.public)}", "quorum none"),
            "witness and signer": archive.policy(f"witness w4 {vkey('x.example', 4, signer.public)}", "quorum none"),
            "signer and witness": {**archive.policy("quorum w1"), "signers": f"{wrong}\n{witness.vkey}\n".encode()},
            "two logs": {**archive.keys(), "log-2.vkey": f"{vkey('x.example', 1, log.public)}\n".encode()},
            "two logs of a policy": archive.policy(f"log {vkey('x.example', 1, log.public)}", "quorum none"),
            "two witnesses": archive.policy(f"witness w4 {vkey('x.example', 4, witness.public)}", "quorum none"),
            "two signers": archive.keys(signers=f"{wrong}\n{vkey('x.example', 1, signer.public)}"),
        }.items():
            yield case(f"one public key for {name}", bundle, 2, "E-KEY-ROLE", keys=keys)
        yield case("one public key in one role, named twice", bundle, 0, keys={
            **archive.policy("quorum none"), "log-2.vkey": f"{log.vkey}\n".encode(),
            "signer.vkey": f"{wrong}\n{wrong}\n".encode()})

    def hostile(self, case) -> Iterator[Case]:
        whole = self.whole().close()
        words = ["a\nb", "$(touch canary)", "`touch canary`", "; touch canary", "\x1b[31mred\x9b", "a b", "'", '"', "*",
                 "\\", "\udcff\udcfe.md", "-rf", "--help", "%s%n", "渡口.md", "\u202e", "a=b", "|touch canary", "\r", "&", "~"]

        def named(folder: Path) -> None:
            for word in words:
                (folder / word).write_bytes(b"x")
                (folder / "records" / word).write_bytes(b"x")
                (folder / "keys" / word).mkdir(parents=True)
                (folder / "keys" / word / "x").write_bytes(b"x")

        yield case("names of all kinds", whole, 1, "E-BUNDLE-STRAY", after=named)

        def split(folder: Path) -> None:
            """A folder's name that makes a list of files say `./pipe`, which is a pipe, and `./records/0.note` twice."""
            os.mkfifo(folder / "pipe")
            (folder / "a\n.").mkdir()
            (folder / "a\n." / "pipe").write_bytes(b"x")
            (folder / "a\n." / "records").mkdir()
            (folder / "a\n." / "records" / "0.note").write_bytes(b"x")

        yield case("names that end lines", whole, 1, "E-BUNDLE-STRAY", after=split)

        def replaced(path: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
            def change(folder: Path) -> None:
                (folder / path).unlink()
                make(folder / path)
            return change

        for path in ("records/0.note", "proofs/1.tlog-proof", "bundle.note", POSTS[0].path, "bagit.txt"):
            for name, make in {
                "a pipe": os.mkfifo, "a link to /dev/zero": lambda place: place.symlink_to("/dev/zero"),
                "a folder": lambda place: place.mkdir(), "a link to itself": lambda place: place.symlink_to(place.name),
            }.items():
                codes = {"bundle.note": {"E-BUNDLE-NOTE"}}.get(path, {"E-BUNDLE-MISSING"})
                yield case(f"{path.split('/')[0]}: {name}", whole, 1, *codes, after=replaced(path, make))
        for path in ("checkpoint", "bag-info.txt", "tagmanifest-sha256.txt", "manifest-sha256.txt"):
            yield case(f"{path}: a pipe", whole, 2, "E-BUNDLE-MALFORMED", after=replaced(path, os.mkfifo))

        def sparse(place: Path) -> None:
            place.parent.mkdir(exist_ok=True)
            with place.open("wb") as file:
                file.truncate((64 << 30) + 512)

        for path in ("records/0.note", "checkpoint", "bagit.txt", "stray.bin", "__MACOSX/x"):
            yield case(f"{path}: over 64 GiB of nothing", whole, 1, after=lambda folder, path=path: sparse(folder / path))

        deep = "/".join(["keys", *"d" * 32])
        bundle = self.whole(is_signed=False)
        yield case("folders 33 deep", bundle.put(f"{deep}/x", b"x").close(), 1, "E-BUNDLE-STRAY")
        yield case("an empty folder 33 deep", whole, 1, "E-BUNDLE-STRAY",
                   after=lambda folder: (folder / deep).mkdir(parents=True))
        yield case("folders 32 deep", self.whole(is_signed=False).put(f"{deep[:-2]}/x", b"x").close(), 0)

        def linked(folder: Path) -> None:
            """The right files, behind a link."""
            (folder / "data").rename(folder.with_name(folder.name + ".data"))
            (folder / "data").symlink_to(folder.with_name(folder.name + ".data"))

        yield case("data: a link to a folder", whole, 1, "E-BUNDLE-STRAY", "E-BUNDLE-MISSING", after=linked)

        def programs(folder: Path) -> None:
            """Programs under the names that the script calls, placed first on the search path."""
            for name in (*TOOLS, "openssl", "getconf", "echo", "touch"):
                (folder / name).write_text("#!/bin/sh\n/usr/bin/touch canary /tmp/canary.shell\nexit 0\n")
                (folder / name).chmod(0o755)

        yield case("programs named like tools", whole, 1, "E-BUNDLE-STRAY", after=programs)
        for name, line in {
            "a way out": b"../../etc/passwd", "an absolute path": b"/etc/passwd", "a pattern": b"records/*",
            "a command": b"$(touch canary)", "an option": b"--help x", "a backslash": b"records\\0.note",
            "a folder": b"records/", "a dot": b"./checkpoint",
        }.items():
            bundle = self.whole(is_signed=False).close()
            tags = bundle.files[b"tagmanifest-sha256.txt"]
            bundle.put("tagmanifest-sha256.txt", tags + b"0" * 64 + b"  " + line + b"\n")
            yield case(f"the list has {name}", bundle, 1, "E-BUNDLE-MALFORMED")
        bundle = self.whole(is_signed=False).put("-rf", b"x").put("--", b"x").put("-", b"x").close()
        yield case("plain names that look like options", bundle, 0)


class ShellChecks:
    """verify.sh, under every installed shell and awk."""

    def __init__(self, report: Report, folder: Path, script: Path, program: Path | None, is_ci: bool,
                 is_quick: bool = False) -> None:
        self.report = report
        self.is_quick = is_quick
        self.folder = folder
        self.script = script
        self.program = program
        self.is_ci = is_ci
        self.bundles: dict[int, Path] = {}
        self.temporary = folder / "tmp 'a' \"b\" $c"

    def environments(self) -> Iterator[tuple[str, list[str], str]]:
        """Name, shell and search path of each combination."""
        paths = {}
        # original-awk is the one true awk, which the BSDs and macOS have.
        for tools, names in (("mawk", ["awk"]), ("gawk", ["awk"]), ("busybox", TOOLS), ("original-awk", ["awk"])):
            if not (program := shutil.which(tools)):
                self.report.skip(f"{tools} is not here", self.is_ci)
                continue
            (self.folder / tools).mkdir()
            for name in names:
                (self.folder / tools / name).symlink_to(program)
            paths[tools] = f"{self.folder / tools}:{os.environ['PATH']}"
        for shell in (["dash"], ["bash", "--posix"], ["busybox", "sh"]):
            if not shutil.which(shell[0]):
                self.report.skip(f"{shell[0]} is not here", self.is_ci)
                continue
            for tools, path in paths.items():
                yield f"{' '.join(shell)} and {tools}", shell, path

    def ask(self, shell: list[str], path: str, *arguments: str | Path, script: Path | None = None,
            cwd: Path | None = None, more: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Runs the script; the status is -1 when it does not end in time."""
        environment = {**os.environ, "PATH": path, "TMPDIR": str(self.temporary), **(more or {})}
        try:
            result = subprocess.run([*shell, script or self.script, *arguments], stdin=subprocess.DEVNULL,
                                    capture_output=True, timeout=SECONDS, env=environment, cwd=cwd)
        except subprocess.TimeoutExpired:
            return -1, b""
        return result.returncode, result.stdout + result.stderr

    def write(self, case: Case) -> Path:
        """The case's bundle in a folder; the same bundle is written once unless it is changed afterwards."""
        if case.after is None and id(case.bundle) in self.bundles:
            return self.bundles[id(case.bundle)]
        folder = Path(tempfile.mkdtemp(dir=self.folder / "bundles"))
        case.bundle.write(folder)
        if case.after:
            case.after(folder)
        self.bundles.setdefault(id(case.bundle), folder)
        return folder

    def wrong(self, case: Case, bundle: Path, keys: Path | None, shell: list[str], path: str) -> str:
        """What is wrong with the script's verdict on a case; empty when all is well."""
        # An empty element and "." name the folder that the script works in.
        status, output = self.ask(shell, f":.:{path}:", *(["--keys", keys] if keys else []), bundle)
        lines = output.decode("ascii", "replace").rstrip("\n").split("\n")
        verdict = lines[-2] if len(lines) > 1 else lines[0]
        missing = [code for code in case.codes if not any(line.startswith(f"{code}  ") for line in lines)]
        is_verdict = verdict.startswith(WORDS[case.status] + ":") and lines[-1].startswith("Limits: ")
        if status != case.status or not is_verdict:
            return f"{case.name}: wanted {case.status}, found {status}: {lines[-12:]}"
        rows = {" ".join(line.split()) for line in lines}
        if missing or not rows.issuperset(case.rows):
            missing += {*case.rows} - rows
            return f"{case.name}: no {missing}: {lines[-12:]}"
        if any(byte != 10 and not 32 <= byte < 127 for byte in output):
            return f"{case.name}: prints more than ASCII: {output[:300]}"
        if lines[0].startswith("This verifier came with the bundle"):
            return f"{case.name}: says that it came with the bundle"
        if list(bundle.rglob("canary")) or Path("/tmp/canary.shell").exists():
            return f"{case.name}: something in the bundle was run"
        return ""

    def differs(self, case: Case, bundle: Path, keys: Path | None) -> str:
        """How the program's exit status differs from the script's; empty when it does not."""
        # verify.sh has no key store, so the program gets none here.
        environment = {**os.environ, "XDG_CONFIG_HOME": str(self.folder / "store"), "NO_COLOR": "1"}
        try:
            result = subprocess.run([self.program, "verify", *(["--keys", keys] if keys else []), bundle],
                                    capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, env=environment)
        except subprocess.TimeoutExpired:
            return f"{case.name}: does not end"
        if result.returncode != case.status:
            return f"{case.name}: {result.returncode}, not {case.status}: {result.stdout[-400:]}"
        return ""

    def run(self) -> None:
        """Every check."""
        for name in ("bundles", "keys", "store", self.temporary.name):
            (self.folder / name).mkdir()
        cases = list(Cases(Archive(self.folder)))
        places, folders = [], {}
        for case in cases:
            files = tuple(sorted(case.keys.items()))
            if files not in folders:
                folders[files] = Path(tempfile.mkdtemp(dir=self.folder / "keys")) if files else None
                for name, data in files:
                    (folders[files] / name).write_bytes(data)
            places.append((case, self.write(case), folders[files]))
        # Each shell and each awk judges every case once; the first four cases are judged by all combinations. In a quick run the
        # first combination judges every case, and the one true awk, which parses programs most strictly, some.
        firsts = {"dash and mawk", "bash --posix and gawk", "busybox sh and busybox"}
        strictest = "dash and original-awk"
        full = {"dash and mawk"} if self.is_quick else {*firsts, strictest}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.all_environments = [*self.environments()]
            self.first_environments = [each for each in self.all_environments if each[0] in firsts]
            for name, shell, path in self.all_environments:
                chosen = places if name in full else places[:4]
                if self.is_quick and name.endswith("original-awk"):
                    chosen = places[3:4] + (places[7::14] if name == strictest else [])
                found = filter(None, pool.map(lambda item: self.wrong(*item, shell, path), chosen))
                self.report.all(f"{name}: verify.sh says what each bundle deserves", chosen, [*found], "bundles")
            if self.program:
                found = filter(None, pool.map(lambda item: self.differs(*item), places))
                self.report.all("provenance gives the same exit status", places, [*found], "bundles")
        self.report.check("no temporary file is left", not any(self.temporary.iterdir()),
                          found=[*self.temporary.iterdir()])
        self.usage(places[0][1], places[0][2])
        self.cut_short(places[0][1], places[0][2])
        self.full_disk(places[0][1], places[0][2])
        self.tools(places[0][1], places[0][2])
        small = [next(place for place in places if place[0].name == name) for name in (
            "quorum met: none", "a cosignature of another checkpoint", "quorum not met: another witness")]
        self.awks(small[0][1], small[0][2])
        self.lost_output(*small)
        self.long_posts(cases[0].bundle.archive)

    def usage(self, bundle: Path, keys: Path) -> None:
        """The command line, and where the script lies."""
        path = os.environ["PATH"]
        for arguments, status, text in (
            (["-h"], 0, b"usage:"), (["--help"], 0, b"usage:"), (["--version"], 0, b"provenance/bundle@v1"),
            (["--keys", keys, "-q", bundle], 0, None), ([f"--keys={keys}", "--", bundle], 0, b"pinned, quorum none"),
            (["--keys"], 2, b"--keys"), (["--frobnicate"], 2, b"unknown option"), ([bundle, bundle], 2, b"more than one"),
            (["--keys", self.folder / "nowhere", bundle], 2, b"keys"),
            (["--keys", keys, self.folder / "nowhere"], 2, b"no folder"),
            (["--keys", bundle, bundle], 2, b"E-KEY"), (["--keys", keys, keys], 2, b"E-BUNDLE-MALFORMED"),
        ):
            found, output = self.ask(["sh"], path, *arguments)
            words = " ".join(Path(argument).name for argument in map(str, arguments))
            self.report.check(f"verify.sh {words}", found == status and (text in output if text else not output),
                              found=(found, output[-400:]))
        copy = self.folder / "copy [x] $(id)"
        shutil.copytree(bundle, copy)
        shutil.copy(self.script, copy / "verify.sh")
        (copy / "keys").mkdir()
        for file in keys.iterdir():
            shutil.copy(file, copy / "keys")
        for name, arguments, cwd, script in (
            ("from its folder", ["--keys", keys], copy, Path("verify.sh")),
            ("from elsewhere", ["--keys", keys], self.folder, copy / "verify.sh"),
            ("with its own folder named", ["--keys", keys, "."], copy, Path("verify.sh")),
        ):
            found, output = self.ask(["sh"], path, *arguments, cwd=cwd, script=script)
            # verify.sh and keys/ are not listed in this bundle.
            self.report.check(f"run {name}, it says where it came from", found == 1 and output.startswith(
                b"This verifier came with the bundle, so from the party under test."), found=(found, output[:300]))
        found, output = self.ask(["sh"], path, "--keys", "keys", cwd=copy, script=Path("verify.sh"))
        self.report.check("the keys in the bundle are never used", found == 2 and b"E-KEY " in output,
                          found=(found, output[:300]))
        before = {*self.temporary.iterdir()}
        process = subprocess.Popen(["sh", self.script, "--keys", keys, bundle], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(self.temporary)})
        try:
            process.wait(0.3)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)
        self.report.check("interrupted, it leaves no temporary file", {*self.temporary.iterdir()} == before)

    def cut_short(self, bundle: Path, keys: Path) -> None:
        """Truncated copies of the script: none of them exits successfully, or without a message."""
        whole = self.script.read_bytes()
        # Before the trap of the second line there is nothing to run.
        first = whole.index(b"\n", whole.index(b"\ntrap ") + 1) + 1
        ends = [first, *range(first + 1, len(whole) - 1, len(whole) // 40), *range(len(whole) - 24, len(whole) - 1)]
        copy = self.folder / "cut/verify.sh"
        copy.parent.mkdir()
        wrong = []
        for shell in filter(lambda shell: shutil.which(shell[0]), (["dash"], ["bash", "--posix"], ["busybox", "sh"])):
            for end in ends:
                copy.write_bytes(whole[:end])
                found, output = self.ask(shell, os.environ["PATH"], "--keys", keys, bundle, script=copy)
                if found != 2 or not output:
                    wrong.append((shell, end, found, output[-200:]))
        self.report.all("a truncated copy never exits successfully", ends, wrong, "places to cut")

    def full_disk(self, bundle: Path, keys: Path) -> None:
        """A temporary folder that is full, of bytes or of files: an altered bundle is never verified, a good one never
        failed, and a report or a message is there."""
        altered = self.folder / "altered"
        shutil.copytree(bundle, altered)
        post = sorted((altered / "data").rglob("*.md"))[0]
        post.write_bytes(post.read_bytes() + b"x")
        small = self.folder / "small"
        small.mkdir()
        wrong, done = [], []
        for options in ("size=200k", "size=400k", "size=500k", "size=640k", "size=800k", "size=1m", "size=1400k",
                        "size=20m,nr_inodes=60", "size=20m,nr_inodes=120"):
            if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", small], capture_output=True).returncode:
                self.report.skip("no file system can be mounted here", is_failure=False)
                return
            try:
                for name, shell, path in self.first_environments:
                    for folder, right in ((bundle, 0), (altered, 1)):
                        result = subprocess.run(
                            [*shell, self.script, "--keys", keys, folder], stdin=subprocess.DEVNULL, capture_output=True,
                            timeout=SECONDS, env={**os.environ, "PATH": path, "TMPDIR": str(small)})
                        done.append(result.returncode)
                        if result.returncode not in (right, 2) or not result.stdout + result.stderr:
                            wrong.append((options, name, right, result.returncode, result.stdout[-200:]))
            finally:
                subprocess.run(["umount", small], check=True)
        self.report.all("a full disk is an error, whatever the bundle", done, wrong, "runs")
        self.report.check("some of the disks were full", 2 in done, found=done)

    def tools(self, bundle: Path, keys: Path) -> None:
        """Tools that give wrong output or fail: never VERIFIED, never FAILED."""
        place = self.folder / "liars"
        for name, tool, text in (
            ("an openssl that says yes", "openssl", "exit 0"), ("an openssl that says no", "openssl", "exit 1"),
            ("a sha256sum that says one thing", "sha256sum", f"for f; do echo '{'0' * 64}  '$f; done"),
            ("an awk that does nothing", "awk", "cat >/dev/null"),
        ):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            (place / tool).write_text(f"#!/bin/sh\n{text}\n")
            (place / tool).chmod(0o755)
            found, output = self.ask(["sh"], f"{place}:{os.environ['PATH']}", "--keys", keys, bundle)
            verdict = b"\n".join(output.split(b"\n")[-3:])
            is_error = found == 2 and verdict.startswith(b"ERROR: ") and b"\nLimits: " in verdict
            self.report.check(f"{name} is noticed", is_error, found=(found, output[-300:]))

    def awks(self, bundle: Path, keys: Path) -> None:
        """An awk that cannot read one of the programs is named before any file is read; one that conforms to POSIX can."""
        place = self.folder / "strict"
        place.mkdir()
        real = shutil.which("mawk") or shutil.which("awk")
        for name in ("names", "front"):
            (place / "awk").write_text(
                f'#!/bin/sh\ncase "$*" in *--version*) echo "awk version 19990101"; exit ;; */{name}.awk*) exit 2 ;; esac\n'
                f'exec {real} "$@"\n')
            (place / "awk").chmod(0o755)
            found, output = self.ask(["sh"], f"{place}:{os.environ['PATH']}", "--keys", keys, bundle)
            said = f"E-IO  self-test: the awk here, {place}/awk (awk version 19990101), cannot read the program ".encode()
            self.report.check(f"an awk that cannot read {name}.awk is named first", found == 2 and said in output
                              and output.count(b"E-") == 1, found=(found, output[-300:]))
        wrong = []
        for name, shell, path in self.all_environments:
            if shell == ["dash"]:
                found, output = self.ask(shell, path, "--keys", keys, bundle, more={"POSIXLY_CORRECT": "1"})
                if found != 0:
                    wrong.append((name, found, output[-300:]))
        self.report.check("with POSIXLY_CORRECT set, every awk reads the programs", not wrong, found=wrong)

    def lost_output(self, *places: tuple[Case, Path, Path]) -> None:
        """Standard output that cannot be written: FAILED stays 1, all else is an error; the verdict is on standard error."""
        ways = {"full": ">/dev/full", "closed": ">&-", "a reader that is gone": None, "all closed": "<&- >&- 2>&-"}

        def wrong(run: tuple[tuple[str, list[str], str], str, tuple[Case, Path, Path]]) -> object:
            (name, shell, path), way, (case, bundle, keys) = run
            environment = {**os.environ, "PATH": path, "TMPDIR": str(self.temporary)}
            # -q: about a verified bundle nothing is printed.
            options = ["-q"] if way == "all closed" else []
            command = [*shell, self.script, *options, "--keys", keys, bundle]
            if ways[way]:
                command = ["sh", "-c", f'exec "$@" {ways[way]}', "sh", *command]
            reader, writer = os.pipe()
            os.close(reader)
            result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=writer,
                                    stderr=subprocess.PIPE, timeout=SECONDS)
            os.close(writer)
            if way == "all closed":
                return result.returncode != {0: 0, 1: 1}.get(case.status, 2) and (name, way, case.name, result.returncode)
            lines = result.stderr.decode("ascii").splitlines()
            is_told = len(lines) == 2 and lines[0].startswith("E-IO  standard output: ") and lines[1].startswith(
                f"{WORDS[case.status]}: ")
            is_right = is_told and result.returncode == (1 if case.status == 1 else 2)
            return not is_right and (name, way, case.name, result.returncode, lines)

        # Each shell loses the verdict FAILED in every way; each way loses every verdict once.
        runs = [(environment, way, place) for number, environment in enumerate(self.first_environments) for way in ways
                for place in places if place[0].status == 1 or way == "full" or number == 0]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = [*filter(None, pool.map(wrong, runs))]
        self.report.all("where the output is lost, the exit status and the last line are not", runs, found, "runs")

    def long_posts(self, archive: Archive) -> None:
        """Passages around the number that is hashed at a time, and a post that takes long, which is announced first."""
        lengths = (16_384, 16_385, 40_001)
        signer = archive.signer
        # 97 different ones, since each is a file; the trees differ only in their order.
        posts = {number: Post(front(), b"", b"".join(b"<p>%d" % (place * place % 97) for place in range(length)))
                 for number, length in enumerate(lengths)}
        posts[len(posts)] = POSTS[0]
        bundle = Bundle(archive, [*posts], f"0..{len(posts) - 1}").fill(
            [signer.note(post.text(signer.name)) for post in posts.values()], posts).close()
        folder = bundle.write(Path(tempfile.mkdtemp(dir=self.folder / "bundles")))
        keys = Path(tempfile.mkdtemp(dir=self.folder / "keys"))
        for name, data in archive.keys().items():
            (keys / name).write_bytes(data)
        wrong = []
        environments = [each for each in self.all_environments if each in self.first_environments or each[0] ==
                        "dash and original-awk"]
        for name, shell, path in environments:
            found, output = self.ask(shell, path, "--keys", keys, folder)
            announced = f"verify.sh: {posts[2].path} has 40001 passages. Hashing them may take 21 seconds.\n".encode()
            row = f"content {len(posts)} 0 0 0"
            if found != 0 or not output.endswith(announced) or row not in {
                    " ".join(line.split()) for line in output.decode().splitlines()}:
                wrong.append((name, found, output[-400:]))
        self.report.all("posts of very many passages are verified, and announced", environments, wrong, "shells and awks")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run verify.sh under several shells and awks.")
    parser.add_argument("--script", type=Path, default=SCRIPT)
    parser.add_argument("--program", type=Path)
    arguments = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        ShellChecks(report, Path(folder), arguments.script.resolve(), arguments.program and arguments.program.resolve(),
                    os.environ.get("CI") == "true").run()
    print(f"{report.passed} passed, {report.failed} failed, {report.skipped} skipped")
    return 0 if report.passed and not report.failed else 1


if __name__ == "__main__":
    sys.exit(main())

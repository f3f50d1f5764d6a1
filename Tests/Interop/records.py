"""Records against the posts they were made from, both ways: every post rebuilt, every refusal repeated."""

import json
import os
import re
import subprocess
from pathlib import Path

from archive import Archive, Note, flipped, raw_path
from posts import LIBYAML, Post, Refused, read
from report import Report


# What PyYAML's parser in Python refuses although YAML, libyaml and so Jekyll accept it: a tab between tokens. Such posts are
# compared with what PyYAML reads through libyaml.
ONLY_LIBYAML = re.compile(r"found character '\\t' that cannot start any token|indicators, but found '\\t'")

# The only opposite case: a tab at the start of a block scalar, which libyaml refuses.
ONLY_PYTHON = re.compile("found a tab character where an indentation space is expected")


def compare(
    report: Report, archive: Archive, what: str, folders: list[str], least: int = 1
) -> dict[bytes, tuple[Post, Note]]:
    """Compares what became of every post below the folders with what the reader in Python makes of it.

    Returns the posts that both accept, with their records, by path.
    """
    fates = archive.fates()
    notes = {index: note for index, _, note in archive.log.notes("provenance/post@v1")}
    recorded: dict[bytes, tuple[Post, Note]] = {}
    refused, libyaml, python, wrong = 0, 0, 0, []
    for path in sorted(path for folder in folders for path in (archive.folder / folder).rglob("*.md")):
        name = os.fsencode(path.relative_to(archive.folder))
        fate = fates.get(name, {"fate": "nothing"})
        data = path.read_bytes()
        try:
            try:
                post = read(data)
            except Refused as reason:
                if fate["fate"] == "refused" or not ONLY_LIBYAML.search(str(reason)):
                    raise
                post = read(data, LIBYAML)
                libyaml += 1
        except Refused as reason:
            refused += 1
            if fate["fate"] != "refused":
                wrong.append((name, f"Python refuses it: {reason}", fate, data[:400]))
            continue
        if fate["fate"] == "refused" and fate["error"] == "E-YAML" and ONLY_PYTHON.search(reason_of(data)):
            python += 1
            continue
        if fate["fate"] not in ("recorded", "known"):
            wrong.append((name, "Python accepts it", fate, data[:400]))
            continue
        note = notes[fate["entry"]]
        recorded[name] = post, note
        wanted = post.lines()
        found = [line for line in note.lines[1:] if line.split(" ")[0] not in ("signer", "recorded")]
        if found != wanted:
            wrong.append((name, [pair for pair in zip(wanted, found) if pair[0] != pair[1]], data[:400]))
    only = f", {libyaml} that only libyaml reads, {python} that only PyYAML does" if libyaml or python else ""
    report.check(f"{what}: each record is what Python makes of the post, each refusal is repeated",
                 len(recorded) >= least and not wrong, f"{len(recorded):,} records, {refused:,} refused{only}",
                 f"{len(wrong)} differ: {wrong[:6]}")
    return recorded


def reason_of(data: bytes) -> str:
    """Why libyaml refuses a post; empty when it does not."""
    try:
        read(data, LIBYAML)
    except Refused as reason:
        return str(reason)
    return ""


def titles(report: Report, archive: Archive, what: str, posts: dict[bytes, tuple[Post, Note]], folder: Path) -> None:
    """Compares the titles in a manifest with those that Python reads."""
    path = folder / "titles.json"
    archive.run("export", "-o", path)
    wrong, checked = [], 0
    for item in json.loads(path.read_bytes())["entries"]:
        for label in item.get("placements", []):
            post, _ = posts.get(raw_path(label), (None, None))
            if post is None:
                continue
            checked += 1
            if item.get("title") != post.title:
                wrong.append((raw_path(label), item.get("title"), post.title))
    report.check(f"{what}: the titles in a manifest are those that Python reads", checked > 0 and not wrong,
                 f"{checked:,} titles", wrong[:6])


def signatures(report: Report, archive: Archive, folder: Path) -> None:
    """Signatures, verified only with openssl and the public keys that the archive publishes in PEM."""
    message, signature = folder / "message", folder / "signature"

    def verifies(key: str, text: bytes, signed: bytes) -> bool:
        message.write_bytes(text)
        signature.write_bytes(signed)
        result = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", archive.folder / "keys" / f"{key}.pub.pem",
             "-sigfile", signature, "-in", message], capture_output=True)
        return result.returncode == 0

    entries = [Note.parse(entry) for entry in archive.log.entries]
    wrong, passed, mutants = [], [], 0
    for index, note in enumerate(entries):
        (_, _, signed), = note.signatures
        if not verifies("signer", note.text, signed):
            wrong.append(index)
        for key, text, value in (
            ("signer", flipped(note.text, len(note.text) // 2), signed), ("signer", note.text[:-1], signed),
            ("signer", note.text, flipped(signed, 40)), ("log", note.text, signed),
        ):
            mutants += 1
            if verifies(key, text, value):
                passed.append((index, key))
    report.all("openssl verifies every entry with keys/signer.pub.pem", entries, wrong, "entries")
    report.all("openssl refuses another text, signature or key", [*range(mutants)], passed, "mutants")

    note = Note.parse(archive.log.checkpoint)
    (_, _, signed), = note.signatures
    report.check("openssl verifies the checkpoint with keys/log.pub.pem", verifies("log", note.text, signed))
    report.check("openssl refuses it with the size changed, and under the signer's key",
                 not verifies("log", note.text.replace(b"\n", b"\n1", 1), signed)
                 and not verifies("signer", note.text, signed))

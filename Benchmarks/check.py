#!/usr/bin/env python3
"""Checks what the C reference writes, sharing no code with it: makes posts, runs `reference add`, then recomputes every
digest, leaf, tile and the root from the entry bundles, and lets `openssl` verify the checkpoint and a sample of the
records."""

import base64
import hashlib
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(hashes):
    """RFC 6962 §2.1, as written there."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node(tree_root(hashes[:split]), tree_root(hashes[split:]))


def tile_name(number):
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def want(condition, what):
    if not condition:
        sys.exit(f"check.py: {what}")


def verify_note(note, keys, role, scratch):
    """Splits a signed note and verifies its one signature with openssl; returns the text."""
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    vkey = (keys / f"{role}.vkey").read_text().rstrip("\n")
    name, key_id, key = vkey.split("+", 2)
    public = base64.b64decode(key, validate=True)
    want(hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == key_id, f"{role}.vkey: wrong key ID")
    dash, signer, signature = signatures.decode().rstrip("\n").split(" ")
    signature = base64.b64decode(signature, validate=True)
    want((dash, signer, signature[:4].hex()) == ("\u2014", name, key_id), f"{role}: wrong signature line")
    (scratch / "text").write_bytes(text)
    (scratch / "signature").write_bytes(signature[4:])
    verified = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", keys / f"{role}.pub.pem",
         "-in", scratch / "text", "-sigfile", scratch / "signature"], capture_output=True)
    want(verified.returncode == 0, f"{role}: openssl does not verify a signature")
    return text


def check_record(text, name, post):
    end_of_front = post.index(b"\n---\n") + 5
    front, rest = post[:end_of_front], post[end_of_front:]
    body = rest[rest.index(b"\n------\n\n") + 9:]
    lines = text.decode().splitlines()
    field = {line.split(": ")[0]: line.split(": ", 1)[1] for line in front.decode().splitlines()[1:-1]}
    expected = [
        "provenance/post@v1", "signer bench.example/log/signer", f"sha256 {hashlib.sha256(post).hexdigest()}",
        f"size {len(post)}", f"source {field['from']}", f"dated {field['date']}",
        f"published {rest[4:rest.index(b'-->')].decode()}", None, f"front {hashlib.sha256(front).hexdigest()}",
        f"body {hashlib.sha256(body).hexdigest()}", f"text {hashlib.sha256(b'').hexdigest()} 0"]
    want(len(lines) == len(expected), f"{name}: wrong number of lines")
    for line, should_be in zip(lines, expected):
        want(line == should_be or should_be is None and line.startswith("recorded "), f"{name}: wrong line: {line}")


def check(reference, count, size, scratch):
    posts, out = scratch / f"posts-{count}", scratch / f"log-{count}"
    subprocess.run([HERE / "generate.py", posts, "--count", str(count), "--size", str(size)], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([reference, "add", posts, out], check=True, stdout=subprocess.DEVNULL)
    log, keys, seen = out / "log", out / "keys", {pathlib.PurePath("checkpoint")}

    def read(path, entries, number):
        """Tile or bundle `number`, full or as partial as the log's size makes it."""
        width = min(entries - 256 * number, 256)
        name = f"{path}/{tile_name(number)}" + ("" if width == 256 else f".p/{width}")
        seen.add(pathlib.PurePath(name))
        return (log / name).read_bytes(), width

    text = verify_note((log / "checkpoint").read_bytes(), keys, "log", scratch)
    origin, length, root = text.decode().splitlines()
    want((origin, int(length)) == ("bench.example/log", count), "checkpoint: wrong origin or size")

    leaves, names = [], sorted(posts.iterdir(), key=lambda path: path.name.encode())
    for number in range(-(-count // 256)):
        bundle, width = read("tile/entries", count, number)
        at = 0
        for index in range(256 * number, 256 * number + width):
            length = int.from_bytes(bundle[at:at + 2], "big")
            entry = bundle[at + 2:at + 2 + length]
            at += 2 + length
            leaves.append(hashlib.sha256(b"\x00" + entry).digest())
            record = entry[:entry.rindex(b"\n\n") + 1]
            check_record(record, names[index].name, names[index].read_bytes())
            if index % 97 == 0 or index == count - 1:
                verify_note(entry, keys, "signer", scratch)
        want(at == len(bundle), f"bundle {number}: bytes after its last entry")
    want(base64.b64encode(tree_root(leaves)).decode() == root, "checkpoint: wrong root")

    level, hashes = 0, leaves
    while hashes:
        for number in range(-(-len(hashes) // 256)):
            tile, _ = read(f"tile/{level}", len(hashes), number)
            want(tile == b"".join(hashes[256 * number:256 * number + 256]), f"tile {level}/{number}: wrong hashes")
        hashes = [tree_root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
        level += 1

    # Nothing else is left except the partials of earlier checkpoints, which a log keeps until the full tile is there.
    for path in log.rglob("*"):
        place = path.relative_to(log)
        if path.is_file() and place not in seen:
            want(place.parent.name.endswith(".p"), f"{place}: should not be there")
            want(not (log / str(place.parent)[:-2]).exists(), f"{place}: partial of a full tile")
    print(f"{count} posts: checkpoint, {len(leaves)} entries, {len(seen) - 1} tiles and bundles as they should be")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for entries in (1, 2, 255, 256, 257, 1024, 3000):
            check(sys.argv[1], entries, 700, pathlib.Path(folder))

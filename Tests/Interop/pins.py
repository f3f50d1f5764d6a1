"""Folders of pinned keys, each with the verdict that the good bundle must get with them."""

import base64
import hashlib
from collections.abc import Iterator

from bag import Bag
from signer import Signer
from wanted import Mutant

# The public keys of small order: y = 0 and y = 1. Any signature can be made to verify with them.
LOW_ORDER = (bytes(32), b"\x01" + bytes(31))


def vkey(name: str, key: bytes, kind: bytes = b"\x01") -> str:
    """A vkey; kind 4 is a witness's."""
    blob = kind + key
    digest = hashlib.sha256(name.encode() + b"\n" + blob).hexdigest()
    return f"{name}+{digest[:8]}+{base64.b64encode(blob).decode()}"


def mutants(good: Bag) -> Iterator[Mutant]:
    """Keys that do not verify the bundle, and malformed keys."""
    for name, keys, status, codes in (*insufficient(good), *broken(good)):
        yield Mutant(f"keys: {name}", good, status, frozenset(codes), keys=keys)


def controls(good: Bag) -> Iterator[Mutant]:
    """Keys that verify the bundle."""
    log, signer = vkeys(good)
    stranger = Signer.stranger("stranger.example").vkey
    for name, keys in {
        "no policy": {"log.vkey": log, "signers": signer}, "a policy alone": {
            "policy": f"log {log}\nquorum none", "signers": signer},
        "no list of signers": {"log.vkey": log, "signer.vkey": signer},
        "under other names": {"log-2019.vkey": log, "signer-2019.vkey": signer},
        "another log's and signer's beside them": {"log.vkey": log, "log-other.vkey": stranger, "signers": signer,
                                                   "signer-other.vkey": Signer.stranger("signer.example").vkey},
        "comments and empty lines": {"log.vkey": f"# the log\n\n{log}", "signers": f"\n# who signs\n{signer}\n"},
        "one key in one role, named in every file that may": {
            "policy": f"log {log}\nquorum none", "log.vkey": log, "log-2019.vkey": log, "signers": f"{signer}\n{signer}",
            "signer.vkey": signer, "signer-2019.vkey": signer},
    }.items():
        yield Mutant(f"keys: {name}", good, 0, keys=files(keys))


def vkeys(good: Bag) -> tuple[str, str]:
    """The log's and the signer's."""
    return tuple(good.files[f"keys/{role}.vkey"].decode().strip() for role in ("log", "signer"))


def public_key(text: str) -> bytes:
    """The 32 bytes in a vkey."""
    return base64.b64decode(text.split("+", 2)[2])[1:]


def files(keys: dict[str, str]) -> dict[str, bytes]:
    """A folder of keys."""
    return {name: f"{text}\n".encode() for name, text in keys.items()}


def insufficient(good: Bag) -> Iterator[tuple[str, dict[str, bytes], int, set[str]]]:
    """Well-formed keys of another party, or too few."""
    log, signer = vkeys(good)
    names = good.info("Provenance-Log"), good.info("Provenance-Signer")
    other_log, other_signer = (Signer.stranger(name).vkey for name in names)
    witness = vkey("witness.example", public_key(Signer.stranger("witness.example").vkey), b"\x04")
    for name, keys, codes in (
        ("a stranger's", {"log.vkey": other_log, "signers": other_signer}, {"E-KEY-NOT-PINNED"}),
        ("a stranger's log", {"log.vkey": other_log, "signers": signer}, {"E-KEY-NOT-PINNED"}),
        ("a stranger's signer", {"log.vkey": log, "signers": other_signer}, set()),
        ("no signer", {"log.vkey": log}, set()),
        ("no log", {"signers": signer}, {"E-KEY-NOT-PINNED"}),
        ("the log's key under another name", {
            "log.vkey": vkey("other.example", public_key(log)), "signers": signer},
         {"E-KEY-NOT-PINNED"}),
        ("the signer's key under another name", {
            "log.vkey": log, "signers": vkey("other.example", public_key(signer))},
         set()),
        ("a witness who has not signed", {
            "policy": f"log {log}\nwitness w {witness}\nquorum w", "signers": signer}, {"E-QUORUM"}),
    ):
        yield name, files(keys), 3, codes


def broken(good: Bag) -> Iterator[tuple[str, dict[str, bytes], int, set[str]]]:
    """Malformed keys and policies, and those that conflict with the others."""
    log, signer = vkeys(good)
    name, key_id, blob = log.split("+", 2)
    stranger = Signer.stranger("stranger.example").vkey
    signer_key = public_key(signer)
    for words, keys in {
        "a key whose id is not its own": {"log.vkey": f"{name}+{'0' * 8}+{blob}", "signers": signer},
        "an id in capitals": {"log.vkey": f"{name}+ABCDEF01+{blob}", "signers": signer},
        "a key cut short": {"log.vkey": log[:-4], "signers": signer}, "no key": {"log.vkey": "x", "signers": signer},
        "a broken signer beside the right one": {"log.vkey": log, "signers": f"{signer}\n{signer[:-4]}"},
        "a log key that the policy does not list": {
            "log.vkey": log, "policy": f"log {stranger}\nquorum none", "signers": signer},
        "no policy in the policy": {"policy": f"log {log}\nanything goes\nquorum none", "signers": signer},
        "a quorum of nobody": {"policy": f"log {log}\nquorum w", "signers": signer},
        "a signer of low order": {"log.vkey": log, "signers": vkey("low.example", LOW_ORDER[0])},
        "a log of low order": {"log.vkey": vkey(name, LOW_ORDER[1]), "signers": signer},
    }.items():
        yield words, files(keys), 2, set() if "no policy" in words or "quorum" in words else {"E-KEY"}
    yield "none", {"README": b"x\n"}, 2, {"E-KEY"}
    yield from two_roles(good)


def two_roles(good: Bag) -> Iterator[tuple[str, dict[str, bytes], int, set[str]]]:
    """One public key in two roles, or under two names; "One public key has one role, under one name."."""
    log, signer = vkeys(good)
    name = log.split("+", 1)[0]
    log_key, signer_key = public_key(log), public_key(signer)
    other = public_key(Signer.stranger("witness.example").vkey)

    def policy(*lines: str) -> str:
        return "\n".join([f"log {log}", *lines, "quorum none"])

    for words, keys in {
        "one key for log and signer": {"log.vkey": vkey(name, signer_key), "signers": signer},
        "one key for log and signer, under one name": {"log.vkey": log, "signer.vkey": signer, "signer-log.vkey": log},
        "one key for the policy's log and the signer": {
            "policy": f"log {vkey(name, signer_key)}\nquorum none", "signers": signer},
        "one key for log and witness": {
            "policy": policy(f"witness w {vkey('witness.example', log_key, b'\x04')}"), "signers": signer},
        "one key for log and witness, under one name": {
            "policy": policy(f"witness w {vkey(name, log_key, b'\x04')}"), "log.vkey": log, "signers": signer},
        "one key for another log and a witness": {
            "policy": policy(f"log {vkey('other.example', other)}", f"witness w {vkey('witness.example', other, b'\x04')}"),
            "signers": signer},
        "one key for witness and signer": {
            "policy": policy(f"witness w {vkey('witness.example', signer_key, b'\x04')}"), "signers": signer},
        "one key for a witness and a further signer": {
            "policy": policy(f"witness w {vkey('witness.example', other, b'\x04')}"),
            "signers": f"{signer}\n{vkey('other.example', other)}"},
        "one key under two signers' names": {
            "log.vkey": log, "signers": f"{signer}\n{vkey('other.example', signer_key)}"},
        "one key under two signers' names, in two files": {
            "log.vkey": log, "signers": signer, "signer-2019.vkey": vkey("other.example", signer_key)},
        "one key under two logs' names": {
            "log.vkey": log, "log-other.vkey": vkey("other.example", log_key), "signers": signer},
    }.items():
        yield words, files(keys), 2, {"E-KEY-ROLE"}
    # A verifier may call this policy malformed, as C2SP does, before it checks roles.
    for words, lines in {
        "one key under two logs' names in the policy": [f"log {vkey('other.example', log_key)}"],
        "one key under two witnesses' names": [
            f"witness {key} {vkey(f'{key}.example', other, b'\x04')}" for key in ("one", "two")],
    }.items():
        yield words, files({"policy": policy(*lines), "signers": signer}), 2, set()

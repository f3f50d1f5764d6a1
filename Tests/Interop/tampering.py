"""The changes that each validator of bundles must notice, by name, made from the good bundle."""

import base64
import json
from collections.abc import Callable

import rfc8785

from archive import Note
from bag import INFO, NOTE, PAYLOAD, SUMS, TAGS, Bag, proof, record
from edits import ENTRY, Edit, digit, edit, flip, put
from manifests import malformed
from judges import PACKAGE, PAGE, STATEMENT
from wanted import Change

Changes = dict[str, Change]


def flipped_files(*paths: str) -> Changes:
    """A bit flipped in each of these."""
    return {path: flip(path) for path in paths}


def gone(path: str) -> Change:
    return lambda bag: bag.drop(path)


def bagit(good: Bag) -> Changes:
    post = good.post(ENTRY)
    return flipped_files(post, INFO, PAYLOAD, "manifest.json", record(ENTRY), proof(ENTRY), SUMS, PAGE) | {
        "a post less": gone(post), "a record less": gone(record(ENTRY)),
        "a post more": lambda bag: bag.files.update({"data/x.md": b"x"}), "a digest": edit(TAGS, digit)}


def sha256sum(good: Bag) -> Changes:
    post = good.post(ENTRY)
    return flipped_files(
        post, INFO, PAYLOAD, "manifest.json", record(ENTRY), proof(ENTRY), PACKAGE, PAGE, "verify.sh") | {
        "a post less": gone(post), "a file more": lambda bag: bag.files.update({"x": b"x"}),
        "an empty list": edit(SUMS, lambda _: b""), "a digest": edit(SUMS, digit),
        "a line less": edit(SUMS, lambda data: data.split(b"\n", 1)[1])}


def frictionless(good: Bag) -> Changes:
    post = good.post(ENTRY)
    return flipped_files(post) | {
        "a post less": gone(post), "a post cut short": edit(post, lambda data: data[:-1]),
        "a digest": edit(PACKAGE, put(b'"hash":"sha256:', b'"hash":"sha256:0')),
        "a size": edit(PACKAGE, put(b'"bytes":', b'"bytes":1')),
        "a path outside": edit(PACKAGE, put(b'"path":"data/', b'"path":"../')),
        "no resources": edit(PACKAGE, members(lambda item: item.update(resources=[])))}


def members(change: Callable[[dict], object]) -> Edit:
    """Changes a JSON object's members."""
    def changed(data: bytes) -> bytes:
        item = json.loads(data)
        change(item)
        return rfc8785.dumps(item)
    return changed


def payload(change: Edit) -> Change:
    """Changes the payload of an envelope."""
    return edit(STATEMENT, members(lambda item: item.update(
        payload=base64.b64encode(change(base64.b64decode(item["payload"]))).decode())))


def dsse(good: Bag) -> Changes:
    def signature(**values: str) -> Change:
        return edit(STATEMENT, members(lambda item: item["signatures"][0].update(values)))

    (_, _, of_record), = Note.parse(good.files[record(ENTRY)]).signatures
    return {
        "the payload": payload(put(b"https", b"httpx")),
        "the type": edit(STATEMENT, members(lambda item: item.update(payloadType="application/json"))),
        "no signature": edit(STATEMENT, members(lambda item: item.update(signatures=[]))),
        "the signature": signature(sig=base64.b64encode(bytes(64)).decode()),
        "a record's signature": signature(sig=base64.b64encode(of_record).decode()),
        "the key id": signature(keyid="00000000")}


def in_toto(_: Bag) -> Changes:
    return {name: payload(members(change)) for name, change in {
        "another type": lambda item: item.update(_type="https://in-toto.io/Statement/v0.1"),
        "no subjects": lambda item: item.update(subject=[]), "a subject less": lambda item: item["subject"].pop(),
        "a subject without a digest": lambda item: item["subject"][0].pop("digest"),
        "no predicate type": lambda item: item.pop("predicateType"), "no predicate": lambda item: item.pop("predicate"),
        "an unknown member": lambda item: item.update(x=1)}.items()}


def schema(good: Bag) -> Changes:
    path = "manifest.json"
    return {name: edit(path, lambda _, mutant=mutant: rfc8785.dumps(mutant))
            for name, mutant, _ in malformed(json.loads(good.files[path]))} | flipped_files(record(ENTRY)) | {
        "another form": edit(path, lambda data: json.dumps(json.loads(data)).encode()),
        "a record less": gone(record(ENTRY))}


def openssl(_: Bag) -> Changes:
    return flipped_files(TAGS) | {
        "the note": edit(NOTE, put(b"\nsize ", b"\nsize 1")), "a record": flip(record(ENTRY), 0.3),
        "a record without a signature": edit(record(ENTRY), lambda data: data.split(b"\n\n")[0] + b"\n")}


def inclusion(_: Bag) -> Changes:
    return {
        "a record": flip(record(ENTRY), 0.3), "two records swapped": lambda bag: bag.swap(record(0), record(ENTRY)),
        "two proofs swapped": lambda bag: bag.swap(proof(0), proof(ENTRY)),
        "the checkpoint": lambda bag: bag.set_checkpoint(bag.files["checkpoint"].replace(b"\n", b"\n1", 1))}


def html(_: Bag) -> Changes:
    return {
        "an element that is not closed": edit(PAGE, put(b"</title>", b"</title><div>")),
        "an end tag too many": edit(PAGE, put(b"</title>", b"</title></div>")),
        "no doctype": edit(PAGE, lambda data: data.split(b"\n", 1)[1]), "empty": edit(PAGE, lambda _: b"")}


def nu(good: Bag) -> Changes:
    return html(good) | {
        "an attribute twice": edit(PAGE, put(b"</title>", b'</title><meta name="a" name="a" content="b">')),
        "an unknown element": edit(PAGE, put(b"</title>", b"</title><nonsense></nonsense>"))}

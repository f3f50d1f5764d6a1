"""The canonical text of rules, written from Documentation/formats/config.md alone: a second implementation.

    python rules.py > Tests/ArchiveTests/Cases/rules.json

writes known answers: settings as words in base64, digests of files, and the text and its digest that they must give.
"""

import base64
import hashlib
import json
import random

DEFAULTS = {"dated": [b"date"], "keep": [b"none"], "source": [b"from"], "suffix": [b".md"], "title": [b"title"]}
REPEATABLE = {"ignore"}


def word(value: bytes) -> bytes:
    """A word: bytes outside 0x21–7E, and %, as % and two capital hexadecimal digits."""
    return b"".join(bytes([b]) if 0x21 <= b <= 0x7E and b != 0x25 else b"%%%02X" % b for b in value)


def text(settings: dict[str, list[bytes]], files: dict[bytes, str]) -> bytes:
    """The text: settings that are not the default by key, then files by path."""
    lines = [b"provenance/rules@v1"]
    for key in sorted(settings):
        words = settings[key]
        if not words or words == DEFAULTS.get(key):
            continue
        for values in ([w] for w in words) if key in REPEATABLE else [words]:
            lines.append(b" ".join([key.encode(), *map(word, values)]))
    lines += [b"file " + word(path) + b" " + files[path].encode() for path in sorted(files)]
    return b"".join(line + b"\n" for line in lines)


PATHS = [b".gitattributes", b".gitignore", b"keys/authorities", b"keys/policy", b"keys/signers"]
CHOICES = {
    "accept": [[b"plain"], [b"any-source"], [b"plain", b"any-source"]],
    "attachments": [[b"referenced"], [b"root", b".", b"static"], [b"companions", b".wacz", b".warc.gz"]],
    "dated": [[b"date"], [b"published", b"date"], ["日期".encode()], [b"Date of capture"], [b"100%"]],
    "ignore": [[b"drafts/"], [b"/a b/", b"!keep.md", b"*.bak"], [b"\xff\xfe"], [b"x\ty"], ["é".encode(), b"\\#x"], [b"a", b"b", b"a"]],
    "keep": [[b"none"], [b"git"], [b"all"]],
    "require": [[b"source", b"dated"], [b"dated"], [b"source"], [b"published", b"source"]],
    "source": [[b"from"], [b"original_url", b"url"], [b"from", b"link"], ["来源".encode()], [b"source:url"]],
    "suffix": [[b".md"], [b".md", b".markdown"], [b".markdown", b".md"], [b".txt"]],
    "title": [[b"title"], [b"headline", b"title"]],
}


def cases(count: int = 120) -> list[dict]:
    """Each choice of each setting alone, then mixtures from a fixed seed."""
    generator = random.Random(13)
    made: list[tuple[dict, dict]] = [({}, {})]
    made += [({key: choice}, {}) for key in CHOICES for choice in CHOICES[key]]
    while len(made) < count:
        settings = {key: generator.choice(CHOICES[key]) for key in CHOICES if generator.random() < 0.5}
        files = {path: hashlib.sha256(path).hexdigest() for path in PATHS if generator.random() < 0.7}
        made.append((settings, files))
    answers = []
    for settings, files in made:
        canonical = text(settings, files)
        answers.append({
            "settings": {key: [base64.b64encode(w).decode() for w in words] for key, words in settings.items()},
            "files": {path.decode(): digest for path, digest in files.items()},
            "text": base64.b64encode(canonical).decode(),
            "sha256": hashlib.sha256(canonical).hexdigest(),
        })
    return answers


if __name__ == "__main__":
    print(json.dumps(cases(), ensure_ascii=False, indent=1, sort_keys=True))

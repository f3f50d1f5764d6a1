"""Bundles for the page: made by the program, or found ready-made in a folder."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from archive import Archive
from generate import odd_posts, rss_post

SAMPLES = Path(__file__).resolve().parents[1] / "Samples"
LARGE = 520

# Text that would run in a page that took a title for markup, and text that would reorder a line.
HOSTILE = '</script><img src=x onerror="document.title=1">\u202egnp\u2066\u200b'


@dataclass(frozen=True)
class Supply:
    """Folders of bundles, of pinned public keys, and of the private keys of the archive that they are from."""

    good: Path
    nonote: Path
    withheld: Path
    filter: Path
    keys: Path
    private: Path
    large: Path
    large_keys: Path

    @classmethod
    def found(cls, folder: Path) -> "Supply":
        """Ready-made ones."""
        return cls(*(folder / name for name in ("good", "nonote", "withheld", "filter", "keys", "archive/keys", "big",
                                                "big-keys")))

    @classmethod
    def made(cls, program: str, folder: Path) -> "Supply":
        """By the program, of the sample posts, odd ones and a hostile one; and a large bundle."""
        folder.mkdir(parents=True)
        archive = Archive(program, folder / "archive")
        for name in ("_posts", "archived"):
            shutil.copytree(SAMPLES / name, archive.folder / name)
        write(archive.folder / "odd", odd_posts())
        (archive.folder / "odd/hostile.md").write_text(post(HOSTILE), encoding="utf-8")
        archive.add("_posts", "archived", "odd")
        source = archive.log.notes("provenance/post@v1")[0][2].fields["source"]
        archive.run("export", "--bundle", folder / "good", "--at", "2026-11-25")
        archive.run("export", "--bundle", folder / "withheld", "--without-posts")
        archive.run("export", "--bundle", folder / "filter", "--url", source)
        # Without the signer's key a bundle has no note.
        private = archive.folder / "keys/signer.key.pem"
        private.rename(folder / "away")
        archive.run("export", "--bundle", folder / "nonote")
        (folder / "away").rename(private)

        large = Archive(program, folder / "large-archive", "archive.example.org/large")
        write(large.folder / "_posts", (rss_post(number) for number in range(LARGE)))
        large.add("_posts")
        large.run("export", "--bundle", folder / "big")
        return cls(folder / "good", folder / "nonote", folder / "withheld", folder / "filter", pins(archive),
                   archive.folder / "keys", folder / "big", pins(large))

    def post(self, index: int) -> bytes:
        """The post that a record of the good bundle names."""
        record = (self.good / f"records/{index}.note").read_text(encoding="utf-8")
        digest = record.split("\nsha256 ")[1][:64]
        return (self.good / f"data/sha256/{digest[:2]}/{digest}.md").read_bytes()

    def manifest(self) -> dict:
        """The good bundle's manifest."""
        return json.loads((self.good / "manifest.json").read_bytes())


def pins(archive: Archive) -> Path:
    """The folder of an archive's pinned public keys."""
    return archive.log_vkey.parent


def write(folder: Path, data) -> None:
    """Writes posts into a folder."""
    folder.mkdir(parents=True)
    for number, content in enumerate(data):
        (folder / f"{number:04}.md").write_bytes(content)


def post(title: str) -> str:
    """A post with a title, in single quotes."""
    return f"---\ntitle: '{title}'\ndate: 2022-02-10\nfrom: https://hostile.example/{title}\n---\n<p>{title}</p>\n"

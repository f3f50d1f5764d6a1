"""The posts that are compared: samples, made-up bodies, heads and front matter, and real posts."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import bodies
import frontmatter
import passages
import posts
import records
from archive import Archive
from generate import odd_posts
from report import Report

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "Samples"


def samples(program: str, folder: Path) -> tuple[Archive, Path]:
    """An archive of the sample posts, added in two steps, and the manifest made between them."""
    archive = Archive(program, folder / "samples")
    shutil.copytree(SAMPLES / "archived", archive.folder / "archived")
    archive.add("archived")
    earlier = folder / "earlier.json"
    archive.run("export", "-o", earlier)
    for name in ("_posts", "broken"):
        shutil.copytree(SAMPLES / name, archive.folder / name)
    # Names that registers and manifests must represent: not UTF-8, quotes, controls, characters beyond U+FFFF.
    odd = archive.folder / "odd"
    odd.mkdir()
    for number, name in enumerate((b"\xff\xfe.md", b'a "b" \\ \x01\n.md', "\U0001f6a2\u2028\ufb33.md".encode())):
        (odd / os.fsdecode(name)).write_bytes(bodies.html_post(number, b"<p>odd name</p>\n"))
    archive.add("_posts", "archived", "broken", "odd")
    return archive, earlier


def bundled(program: str, folder: Path) -> Archive:
    """An archive of the sample posts and of some whose contents are hard for the forms of a bundle."""
    archive = Archive(program, folder / "bundled")
    for name in ("_posts", "archived"):
        shutil.copytree(SAMPLES / name, archive.folder / name)
    odd = archive.folder / "odd"
    odd.mkdir()
    for number, data in enumerate(odd_posts()):
        (odd / f"{number}.md").write_bytes(data)
    archive.add("_posts", "archived", "odd")
    return archive


class PostChecks:
    """Posts, with the results of the program and of Python."""

    def __init__(self, report: Report, program: str, folder: Path, shared: Path, is_ci: bool) -> None:
        self.report = report
        self.folder = folder
        self.shared = shared
        self.is_ci = is_ci
        self.archive = Archive(program, folder / "large")
        self.program = program

    def cases(self) -> None:
        """The table of cases of passages"""
        cases = HERE.parent / "PostTests/Cases/passages.json"
        failed = passages.run_cases(cases)
        self.report.check("passages.py passes the table of cases", failed == 0, found=f"{failed} failed")

    def made_up(self) -> None:
        """Bodies and heads"""
        bodies_of = [posts.read(path.read_bytes()).body for name in ("_posts", "archived")
                     for path in sorted((SAMPLES / name).rglob("*.md"))]
        bodies.write(self.archive.folder / "fuzz", bodies_of, 20_000, 2_000)
        self.archive.add("fuzz")
        compared = records.compare(self.report, self.archive, "20,000 bodies and 2,000 heads", ["fuzz"], least=20_000)
        self.sensitivity({name: pair for name, pair in compared.items() if name < b"fuzz/03000"})

    def sensitivity(self, compared: dict) -> None:
        """Whether these bodies would expose a reader of passages that breaks one of the rules."""
        unnoticed = []
        for name, value in broken_rules().items():
            right = getattr(passages, name[0])
            setattr(passages, name[0], value)
            try:
                if all(roots(post.body) == note.fields["text"] for post, note in compared.values()):
                    unnoticed.append(name)
            finally:
                setattr(passages, name[0], right)
        self.report.all(f"{len(compared):,} of those bodies tell every broken rule from the right one",
                        [*broken_rules()], unnoticed, "broken rules")

    def front_matter(self) -> None:
        """Front matter, and PyYAML"""
        archive = Archive(self.program, self.folder / "frontmatter")
        frontmatter.write(archive.folder / "fuzz", 6_000)
        archive.add("fuzz")
        compared = records.compare(self.report, archive, "6,000 front matters", ["fuzz"], least=1_000)
        records.titles(self.report, archive, "6,000 front matters", compared, self.folder)

    def corpus(self) -> None:
        """400 real posts"""
        packed = self.shared / "corpus/posts.tar.gz"
        if not packed.exists():
            self.report.skip(f"the 400 real posts, for there is no {packed}", is_failure=self.is_ci)
            return
        folder = self.archive.folder / "corpus"
        folder.mkdir()
        subprocess.run(["tar", "-xzf", packed.resolve(), "-C", folder, "./posts"], check=True)
        self.archive.add("corpus")
        compared = records.compare(self.report, self.archive, "the 400 real posts", ["corpus"])
        self.report.check("396 of the real posts are accepted", len(compared) == 396, found=len(compared))

    def run(self) -> None:
        """Every check of posts."""
        for section in (self.cases, self.made_up, self.front_matter, self.corpus):
            self.report.section(f"posts: {section.__name__.replace('_', ' ')}", section)


def roots(body: bytes) -> str:
    """The `text` line's value, under the present rules."""
    found = passages.passages_of(body)
    return f"{passages.root_of(found)} {len(found)}"


def broken_rules() -> dict[tuple[str, str], object]:
    """Names of passages.py, each with the value that breaks a rule."""
    right = passages
    comment_end = right.comment_end
    rules: dict[tuple[str, str], object] = {
        ("BREAKS", f"no {name}"): right.BREAKS - {name} for name in ("br", "li", "address", "ul", "h1")}
    rules[("BREAKS", "span too")] = right.BREAKS | {"span"}
    rules |= {("RAW_END", f"no {name}"): {key: value for key, value in right.RAW_END.items() if key != name}
              for name in right.RAW_END}
    rules |= {
        ("RAW_END", "a longer name ends it"): {key: re.compile(f"</{key}", re.I | re.A) for key in right.RAW_END},
        ("RAW_END", "case matters"): {key: re.compile(f"</{key}(?![A-Za-z0-9])") for key in right.RAW_END},
        ("RAW_END", "case folds beyond ASCII"): {
            key: re.compile(f"</{key}(?![A-Za-z0-9])", re.I) for key in right.RAW_END},
        ("NAMES", "no apos"): {key: value for key, value in right.NAMES.items() if key != "apos"},
        ("NAMES", "upper case too"): right.NAMES | {key.upper(): value for key, value in right.NAMES.items()},
        ("REFERENCE", "the semicolon is optional"): re.compile(right.REFERENCE.pattern.replace(");", ");?")),
        ("REFERENCE", "only a small x"): re.compile(right.REFERENCE.pattern.replace("xX", "x")),
        ("REFERENCE", "digits of any script"): re.compile(right.REFERENCE.pattern.replace("[0-9]", r"\d")),
        ("REMOVED", "no U+200B"): re.compile("[\ufeff\u00ad]+"),
        ("REMOVED", "no U+FEFF"): re.compile("[\u200b\u00ad]+"),
        ("REMOVED", "no U+00AD"): re.compile("[\u200b\ufeff]+"),
        ("REMOVED", "U+2060 too"): re.compile("[\u200b\ufeff\u00ad\u2060]+"),
        ("WHITE_SPACE", "Python's"): re.compile(r"\s+"), ("WHITE_SPACE", "ASCII's"): re.compile(r"[\t-\r ]+"),
        ("WHITE_SPACE", "no U+0085"): re.compile(right.WHITE_SPACE.pattern.replace("\u0085", "")),
        ("WHITE_SPACE", "U+180E too"): re.compile(right.WHITE_SPACE.pattern.replace("\u1680", "\u1680\u180e")),
        ("TAG_STOP", "quotes anywhere"): re.compile("""[>]|["']"""), ("TAG_STOP", "no quotes"): re.compile("[>]"),
        ("TAG_STOP", "U+000B is white space in tags"): re.compile("""[>]|=[\t\n\v\f\r ]*["']"""),
        ("TAG_STOP", "no white space after ="): re.compile("""[>]|=["']"""),
        ("MARKUP", "no <?"): re.compile(right.MARKUP.pattern.replace("!?", "!")),
        ("MARKUP", "<3 is a tag"): re.compile(right.MARKUP.pattern.replace("[A-Za-z][A", "[A-Za-z0-9][A")),
        ("comment_end", "from the <!-- on"): lambda text, at: comment_end(text, at - 2),
        ("decode", "a U+FFFD for each byte"): lambda body: "".join(
            "\ufffd" if "\udc80" <= scalar <= "\udcff" else scalar
            for scalar in body.decode(errors="surrogateescape")),
        ("leaf", "no prefix"): lambda passage: hashlib.sha256(passage.encode()).digest(),
    }
    return rules

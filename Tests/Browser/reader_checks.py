"""The page's readers of posts and bodies: cases, made-up posts and real ones, compared with the results in Python."""

import base64
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import bodies
import frontmatter
import passages
import posts
from driver import Page
from report import Report

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "Tests/PostTests/Cases/passages.json"
RECORD = ROOT / "Documentation/formats/record.md"
SAMPLES = ROOT / "Tests/Samples"
VECTORS = "vectors/C2SP-CCTV/ed25519/ed25519vectors.json"

BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));"
PASSAGES = "async (list) => {" + BYTES + """
  return Promise.all(list.map(async (text) => {
    const found = passagesOf(bytes(text));
    return [found, await passagesRoot(found)];
  }));
}"""
RECORDS = "async (list) => {" + BYTES + """
  return Promise.all(list.map(async (text) => {
    try {
      const { words, ...record } = await rebuildRecord(bytes(text));
      return JSON.parse(JSON.stringify(record, (_, value) => typeof value === "bigint" ? String(value) : value));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return error.reason.key;
    }
  }));
}"""
SIGNATURES = """async (list) => {
  const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16));
  return Promise.all(list.map(async ({ key, sig, msg }) => [isUsablePublicKey(bytes(key)),
    await verifiesEd25519(bytes(key), bytes(sig), new TextEncoder().encode(msg))]));
}"""


def in_batches(page: Page, script: str, items: list[bytes], size: int = 500) -> Iterator:
    """The result of a function of the page for each item."""
    for start in range(0, len(items), size):
        yield from page.value(script, [base64.b64encode(item).decode() for item in items[start:start + size]])


def lines(record: dict) -> list[str]:
    """A rebuilt record as posts.py writes one; without what the page does not read from YAML."""
    order = ("sha256", "size", "source", "dated", "published", "front", "body")
    found = [f"{name} {record[name]}" for name in order if record[name] is not None]
    return [*found, f"text {record['text']} {record['passages']}"]


def block(name: str) -> str:
    """A block of record.md."""
    return re.search(rf"```{name}\n(.*?)```", RECORD.read_text(encoding="utf-8"), re.DOTALL)[1]


def files(folder: Path) -> list[bytes]:
    """The bytes of each file of a folder."""
    return [path.read_bytes() for path in sorted(folder.iterdir())]


class ReaderChecks:
    """Posts and bodies."""

    def __init__(self, report: Report, browser, folder: Path, shared: Path, is_ci: bool) -> None:
        self.report = report
        self.browser = browser
        self.folder = folder
        self.shared = shared
        self.is_ci = is_ci

    def cases(self) -> None:
        """The table of cases, and what record.md says of itself"""
        cases = json.loads(CASES.read_bytes())
        known = [json.loads(line) for line in block("bodies").splitlines()]
        with Page(self.browser) as page:
            for what, items in (("the table's", cases), ("those of record.md", known)):
                found = [*in_batches(page, PASSAGES, [passages.case_body(item) for item in items])]
                wrong = [(item, answer) for item, answer in zip(items, found)
                         if answer[1] != item["root"] or "passages" in item and answer[0] != item["passages"]]
                self.report.all(f"passages and roots are {what}", items, wrong, "cases")
            (record,) = in_batches(page, RECORDS, [block("post").encode()])
            missing = [line for line in lines(record) if f"\n{line}\n" not in block("entry")]
            self.report.check("the record rebuilt from the post of record.md is that of record.md", not missing,
                              found=missing)

    def made_up(self) -> None:
        """Made-up bodies and heads"""
        samples = [posts.read(path.read_bytes()).body for path in sorted(SAMPLES.glob("_posts/*.md"))]
        bodies.write(self.folder / "bodies", samples, 4_000, 1_000)
        self.compare("made-up bodies and heads", files(self.folder / "bodies"), is_all_read=True)

    def front_matter(self) -> None:
        """Made-up front matter"""
        frontmatter.write(self.folder / "front", 4_000)
        self.compare("made-up front matters", files(self.folder / "front"))

    def compare(self, what: str, items: list[bytes], is_all_read: bool = False) -> None:
        """Whether the page rebuilds the same records of posts as posts.py, and refuses the same posts.

        The page reads only the plainest YAML: for other front matter it does not give address and date.
        """
        wrong, read, unread = [], 0, 0
        with Page(self.browser) as page:
            for data, found in zip(items, in_batches(page, RECORDS, items)):
                try:
                    post = posts.read(data, posts.LIBYAML)
                except posts.Refused as reason:
                    # The page cannot refuse a post for YAML that it does not read.
                    if isinstance(found, dict) and found["source"] is not None:
                        wrong.append((data[:300], str(reason), found))
                    continue
                if isinstance(found, str):
                    wrong.append((data[:300], "accepted", found))
                    continue
                read, unread = read + (found["source"] is not None), unread + (found["source"] is None)
                wanted = [line for line in post.lines() if found["source"] is not None
                          or not line.startswith(("source ", "dated "))]
                title = found["title"] if found["source"] is not None else post.title
                if lines(found) != wanted or title != post.title:
                    wrong.append((data[:300], wanted, found))
        self.report.all(f"{what}: the page and posts.py say the same", items, wrong, f"posts, {read:,} of them read, "
                        f"{unread:,} with front matter that is left to YAML; all")
        if is_all_read:
            self.report.check(f"{what}: none is left to YAML", unread == 0 and read > 0, found=unread)

    def samples(self) -> None:
        """The samples of this repository"""
        self.compare("samples", [path.read_bytes() for path in sorted(SAMPLES.rglob("*.md")) if path.parent != SAMPLES])

    def corpus(self) -> None:
        """400 real posts"""
        packed = self.shared / "corpus/posts.tar.gz"
        if not packed.exists():
            self.report.skip(f"the 400 real posts, for there is no {packed}", is_failure=self.is_ci)
            return
        with tarfile.open(packed) as archive:
            content = {member.name.removeprefix("./"): archive.extractfile(member).read()
                       for member in archive if member.isfile()}
        expected = [json.loads(line) for line in content["expected.jsonl"].splitlines()]
        items = [content[f"posts/{item['path']}"] for item in expected]
        wrong, unread = [], 0
        with Page(self.browser) as page:
            for item, data, found in zip(expected, items, in_batches(page, RECORDS, items, 50)):
                if item["form"] == "none":
                    if found != "postNoFrontMatter":
                        wrong.append((item["path"], found))
                    continue
                stated = {name: found[name] for name in ("title", "source", "dated")}
                unread += stated["source"] is None
                epoch = None if item["epoch_ms"] is None else str(item["epoch_ms"])
                wanted = {"title": item["title"], "source": item["from"], "dated": item["date"]}
                if (found["sha256"], found["size"], found["body"], found["published"]) != (
                        item["sha256"], str(item["size"]), item["body_sha256"], epoch) or (
                        stated["source"] is not None and stated != wanted):
                    wrong.append((item["path"], wanted, found))
        self.report.all("body, epoch, title, address and date are those an independent parser found", expected, wrong,
                        "posts")
        self.report.check("nearly all front matter is read", unread <= 8, f"{unread} posts are left to YAML", unread)
        self.compare("real posts", items)

    def signatures(self) -> None:
        """Edge cases of Ed25519"""
        path = self.shared / VECTORS
        if not path.exists():
            self.report.skip(f"edge cases of Ed25519, for there is no {path}", is_failure=self.is_ci)
            return
        vectors = json.loads(path.read_bytes())
        with Page(self.browser) as page:
            found = page.value(SIGNATURES, vectors)
        wanted = [not {"low_order_residue", "non_canonical_R"} & {*(vector["flags"] or [])} for vector in vectors]
        wrong = [vector["number"] for vector, right, (_, verifies) in zip(vectors, wanted, found) if verifies != right]
        self.report.all("this browser's Ed25519 verifies what libcrypto does", vectors, wrong, "signatures")
        weak = [vector["number"] for vector, (usable, _) in zip(vectors, found)
                if usable and {"low_order_A", "non_canonical_A"} & {*(vector["flags"] or [])}]
        self.report.check("keys of low order and in other spellings are refused", not weak and any(
            usable for usable, _ in found), found=weak[:5])

    def run(self) -> None:
        """All of them."""
        for section in (self.cases, self.samples, self.made_up, self.front_matter, self.corpus, self.signatures):
            self.report.section(f"readers: {section.__doc__[0].lower() + section.__doc__[1:]}", section)

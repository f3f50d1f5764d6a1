"""Single posts brought to the page."""

import re
from pathlib import Path

from driver import Page
from report import Report
from supply import Supply


class PostChecks:
    """Posts that are the recorded ones, changed ones, and others."""

    def __init__(self, report: Report, browser, supply: Supply, folder: Path) -> None:
        self.report = report
        self.browser = browser
        self.supply = supply
        self.folder = folder / "posts"
        self.folder.mkdir(parents=True)
        # An rss post with several passages of words.
        records = sorted((supply.good / "records").iterdir(), key=lambda path: int(path.stem))
        self.index = next(int(path.stem) for path in records if re.search(
            r"\npublished .*\n(.*\n)*text \w+ ([4-9]|\d\d)\n", path.read_text(encoding="utf-8", errors="replace")))
        self.post = supply.post(self.index)

    def file(self, name: str, data: bytes) -> Path:
        """A post in a file."""
        path = self.folder / name
        path.write_bytes(data)
        return path

    def changed(self) -> dict[str, tuple[bytes, list[str]]]:
        """Changed posts, each with the parts that changed."""
        front, rest = self.post[:self.post.index(b"\n---\n") + 5], self.post[self.post.index(b"\n---\n") + 5:]
        head, body = rest[:rest.index(b"------\n\n") + 8], rest[rest.index(b"------\n\n") + 8:]
        word = re.search("[a-z]{4,}(?=[^<>]*<)|[\u4e00-\u9fff]{2}", body.decode()).group().encode()
        other_front = front.replace(b"\ntitle: ", b"\nmore: x\ntitle: ", 1)
        digits = re.search(rb"\d+", head)[0]
        other_time = head.replace(digits, b"1" + digits[1:-1] + b"7", 1)
        return {
            "a word": (front + head + body.replace(word, b"xyzzy", 1), ["body", "words"]),
            "markup": (front + head + body.replace(b"<p>", b'<p class="x">', 1), ["body"]),
            "a newline at the end": (front + head + body + b"\n", ["body"]),
            "front matter": (other_front + head + body, ["front"]),
            "the time": (front + other_time + body, ["head"]),
            "the link": (front + head.replace(b"](", b"]( ", 1) + body, ["head"]),
            "front matter and body": (other_front + head + body + b"<p>more</p>", ["front", "body", "words"]),
            "everything but the address": (
                other_front + other_time + b"<p>other</p>\n", ["front", "head", "body", "words"]),
        }

    def compared(self) -> None:
        """Posts and records"""
        good = self.file("good.md", self.post)
        with Page(self.browser) as page:
            page.page.set_input_files("#posts-choose-input", str(good))
            page.page.wait_for_selector("#messages p")
            self.report.check("without records no post is checked", "bring a bundle first" in page.text("#messages"))
            page.bring(self.supply.keys, self.supply.good)
            (found,) = page.choose_posts(good)
            said = (found["status"], found["kind"], found["entry"])
            self.report.check("a recorded post is shown as the recorded one",
                              said == ("verified", "recorded", str(self.index)), found=found)
            sentence = page.text("#posts .sentence")
            self.report.check("the sentence says so", sentence.startswith("VERIFIED: this is the post"), found=sentence)
            wrong = []
            changed = self.changed()
            for name, (data, parts) in changed.items():
                found = page.choose_posts(self.file(f"{name}.md", data))[0]
                shown = page.text("#posts article .sentence")
                words = {"front": "front matter"}
                if (found["status"], found["kind"], found["entry"], found["parts"]) != (
                        "failed", "altered", str(self.index), parts) or not all(
                        words.get(part, part) in shown for part in parts):
                    wrong.append((name, found, shown))
            self.report.all("the changed parts of a post are named", [*changed], wrong, "changes")
            article = page.page.locator("#posts article", has_text="a word.md")
            article.locator("mark").first.wait_for()
            after = article.locator(".passagesAfter").inner_text()
            self.report.check("the words that differ are marked", "xyzzy" in after
                              and article.locator("mark").count() == 2, found=article.inner_text())
            others = {
                "no post": (b"\xff\xfe", "unrecorded", "inconclusive"), "empty": (b"", "unrecorded", "inconclusive"),
                "another": (b"---\ntitle: x\ndate: 2020-07-20\nfrom: https://nobody.example/\n---\n<p>x</p>\n",
                            "unrecorded", "inconclusive"),
                "too large": (b"---\ntitle: x\n---\n" + b"x" * (16 << 20), "unrecorded", "inconclusive"),
            }
            wrong = []
            for name, (data, kind, status) in others.items():
                found = page.choose_posts(self.file(f"{name}.md", data))[0]
                if (found["kind"], found["status"]) != (kind, status):
                    wrong.append((name, found))
            self.report.all("a post on no record says so", [*others], wrong, "posts")
            self.report.check("the bundle's own verdict stays", page.result["status"] == "verified")

    def chosen(self) -> None:
        """A record that the reader chooses, and posts that are dropped"""
        other = self.index + 1
        with Page(self.browser) as page:
            page.bring(self.supply.keys, self.supply.good)
            page.drop(self.file("dropped.md", self.post), self.file("dropped too.md", self.changed()["markup"][0]))
            page.page.wait_for_selector("#posts article >> nth=1")
            found = page.result["posts"]
            self.report.check("posts that were dropped are checked", sorted(post["kind"] for post in found)
                              == ["altered", "recorded"], found=found)
            page.page.fill("#posts .chooser input", str(other))
            page.page.click("#posts .chooser button")
            page.page.wait_for_selector(f"#posts :text('entry {other}')")
            found = next(post for post in page.result["posts"] if post["kind"] == "altered")
            self.report.check("it is compared with the record that was chosen", (found["entry"], found["by"])
                              == (str(other), "chosen") and found["parts"][0] == "front", found=found)
            with page.verdicts():
                page.page.click("#keys-forget")
            found = next(post for post in page.result["posts"] if post["kind"] == "recorded")
            self.report.check("without keys a recorded post is inconclusive", found["status"] == "inconclusive",
                              found=found)

    def run(self) -> None:
        """All of them."""
        for section in (self.compared, self.chosen):
            self.report.section(f"posts: {section.__doc__[0].lower() + section.__doc__[1:]}", section)

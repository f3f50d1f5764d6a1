"""Posts of any archive: rules that were approved, and records of version 2."""

from box import Box, Run, case
from case_archive import names, recorded

PLACES = 50


def approved(box: Box, *settings: str) -> Box:
    """An empty archive with settings in force."""
    box.empty()
    for words in settings:
        box.run("config", "-q", *words.split())
    box.run("config", "-q", "approve")
    return box


def one(box: Box, text: str, status: int = 0, words: str = recorded(1)) -> Run:
    approved(box, "source original_url link").write("_posts/x.md", text)
    return Run(["add", "_posts"], status, words)


def front(name: str, n: int, lines, status: int = 0, words: str = recorded(1), sampled: bool = False):
    """A case of front matter, n lines or signs of it, below the limit of 64 KiB."""
    @case(f"forms: {name}", n, sampled=sampled)
    def make(box: Box, n: int) -> Run:
        text = lines(n)
        assert len(text.encode()) < 65_000, (name, len(text))
        return one(box, f"---\noriginal_url: https://news.example/1\n{text}\n---\nwords\n", status, words)


front("keys", 800, lambda n: "\n".join(f"k{i}: v" for i in range(n)), sampled=True)
front("one key n times", 1000, lambda n: "k: v\n" * n)
front("a stated key n times", 1000, lambda n: "link: v\n" * n, 2, "E-DUPLICATE-KEY")
front("keys of a map", 800, lambda n: "cover:\n" + "\n".join(f"  k{i}: v" for i in range(n)))
front("maps of a list", 800, lambda n: "cover:\n" + "\n".join(f"  - k{i}: v" for i in range(n)))
front("addresses that the record does not state", 400,
      lambda n: "\n".join(f"k{i}: https://copies.example/{i}" for i in range(n)))


@case("forms: parentheses of a link line", 400)
def parentheses(box: Box, n: int) -> Run:
    return one(box, f"[a](https://news.example/{'(' * n}{')' * n})\nwords\n")


@case("forms: signs of a link line", 2000)
def signs(box: Box, n: int) -> Run:
    return one(box, "[" + "](" * n + "https://news.example/)\nwords\n", 2, "E-LINK-LINE")


@case("forms: passages between empty lines", 4000, sampled=True)
def passages(box: Box, n: int) -> Run:
    return one(box, "[a](https://news.example/1)\n" + "\nwords\n" * n)


@case("forms: empty lines", 20000)
def empty_lines(box: Box, n: int) -> Run:
    return one(box, "[a](https://news.example/1)\n" + " \n" * n + "words\n")


@case("forms: plain files", 200)
def plain(box: Box, n: int) -> Run:
    approved(box, "accept plain")
    for number, name in enumerate(names(n)):
        box.write(name, f"# Words of {number}\n")
    return Run(["add", "_posts"], 0, recorded(n))


@case("forms: posts without a claim that is required", 200)
def lost(box: Box, n: int) -> Run:
    approved(box, "require source dated")
    for number, name in enumerate(names(n)):
        box.write(name, f"---\ntitle: {number}\n---\nwords\n")
    return Run(["add", "_posts"], 2, "E-CLAIMS-LOST")


def recorded_posts(box: Box, n: int) -> Box:
    """An archive with n posts in records of version 2."""
    def make(box: Box):
        approved(box, "source original_url")
        for number, name in enumerate(names(n)):
            box.write(name, f"---\noriginal_url: https://news.example/{number}\ntags:\n  - a\n---\nWords of {number}.\n\nMore.\n")
        box.run("add", "-q", "_posts")
    return box.shared(f"forms-{n}", make)


@case("forms: verify a folder", 256)
def verify(box: Box, n: int) -> Run:
    recorded_posts(box, n)
    return Run(["verify", "_posts", "--keys", "../public"], 0, "VERIFIED")


@case("forms: status", 400)
def status(box: Box, n: int) -> Run:
    recorded_posts(box, n)
    return Run(["status"], 0, "VERIFIED")


def approvals(box: Box, n: int) -> Box:
    """An archive whose rules were approved n times."""
    def make(box: Box):
        box.posts(1, copied=True)
        for number in range(n):
            box.run("config", "-q", "title", f"t{number}")
            box.run("config", "-q", "approve")
    return box.shared(f"approvals-{n}", make)


@case("rules: status after approvals", 24)
def status_approvals(box: Box, n: int) -> Run:
    approvals(box, n)
    return Run(["status"], 0, "VERIFIED")


@case("rules: audit of approvals", 24, sampled=True)
def audit_approvals(box: Box, n: int) -> Run:
    approvals(box, n)
    return Run(["audit", "--keys", "../public"], 0, "VERIFIED")


@case("rules: lines of .gitignore", 200)
def gitignore(box: Box, n: int) -> Run:
    box.empty()
    for number, name in enumerate(names(PLACES)):
        box.write(name, f"---\ntitle: {number}\n---\nwords\n")
    with (box.archive / ".gitignore").open("a") as file:
        file.writelines(f"/a{number}*b/\n" for number in range(n))
    box.run("config", "-q", "approve")
    return Run(["add", "_posts"], 0, recorded(PLACES))


@case("rules: what is proposed for posts", 400)
def propose(box: Box, n: int) -> Run:
    box.empty()
    for number, name in enumerate(names(n)):
        box.write(name, f"---\noriginal_url: https://news.example/{number}\ndate: 2024-03-05\n---\nwords\n")
    return Run(["config", "propose"], 0, "config source original_url")

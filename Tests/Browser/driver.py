"""A browser without a network, and the page in it."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import CDPSession, sync_playwright
from playwright.sync_api import Browser as Chromium

PAGE = Path(__file__).resolve().parents[2] / "Sources/CVerifiers/evidence.html"
ELEMENT = re.compile(r'^(<script type="application/json" id="bundle-data">)(.*)(</script>)$', re.MULTILINE)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SECONDS = 120


def find() -> str | None:
    """Debian's chromium, or one of its names elsewhere."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def data_of(html: str) -> str:
    """The contents of a page's data element."""
    return ELEMENT.search(html)[2]


def holding(data: str, html: str | None = None) -> str:
    """The page with data in its element."""
    return ELEMENT.sub(lambda found: found[1] + data + found[3], html or PAGE.read_text(encoding="utf-8"))


class Page:
    """One page in its own window. It must be closed."""

    def __init__(self, browser: Chromium, path: Path = PAGE, before: str = "", **options) -> None:
        self.context = browser.new_context(**{"offline": True, "locale": "en-GB", **options})
        self.context.set_default_timeout(SECONDS * 1000)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        if before:
            self.page.add_init_script(before)
        self.page.goto(path.resolve().as_uri())
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    # What is in it

    @property
    def result(self) -> dict:
        """`window.provenanceResult`, once nothing is in progress."""
        self.page.wait_for_selector("html:not([data-busy])", state="attached")
        return self.value("window.provenanceResult")

    def value(self, expression: str, argument: object = None):
        """The value of an expression, or of a function with an argument."""
        return self.page.evaluate(expression, argument)

    def count(self, selector: str) -> int:
        """How many elements there are."""
        return self.page.locator(selector).count()

    def text(self, selector: str) -> str:
        """The text of an element, as it is shown."""
        return self.page.locator(selector).first.inner_text()

    def verdict(self) -> str:
        """The verdict's sentence without its symbol."""
        return self.text("#verdict-line").strip()

    def claims(self) -> dict[str, str]:
        """Each claim with its counts, such as `{"content": "14 proven"}`."""
        return {claim["claim"]: ", ".join(f"{claim[standing]} {standing}" for standing in
                                          ("proven", "asserted", "unknown", "failed") if claim[standing])
                for claim in self.result["claims"]}

    @property
    def left(self) -> list[str]:
        """Requests that left the page, except that for the page itself."""
        return [url for url in self.requests if not url.startswith("file:") or not url.endswith(".html")]

    # What is done to it

    def run(self) -> int:
        """The number of verdicts so far."""
        return int(self.page.locator("html").get_attribute("data-run"))

    @contextmanager
    def verdicts(self, more: int = 1) -> Iterator[None]:
        """Waits for this many more verdicts."""
        run = self.run() + more
        yield
        self.page.wait_for_selector(f"html[data-run='{run}']:not([data-busy])", state="attached")

    def choose(self, button: str, *paths: Path) -> dict:
        """Chooses a folder or files by one of the buttons: keys-folder, keys-files, bundle-folder."""
        with self.verdicts():
            self.page.set_input_files(f"#{button}-input", [*map(str, paths)] if len(paths) > 1 else str(paths[0]))
        return self.result

    def bring(self, keys: Path, bundle: Path) -> dict:
        """Chooses both folders."""
        self.choose("keys-folder", keys)
        return self.choose("bundle-folder", bundle)

    def choose_posts(self, *paths: Path) -> list[dict]:
        """Chooses posts; returns the messages about them, the last one first."""
        count = len(self.result["posts"]) + len(paths)
        self.page.set_input_files("#posts-choose-input", [*map(str, paths)])
        self.page.wait_for_selector(f"#posts-list > article:nth-child({count})")
        return self.result["posts"]

    def drop(self, *paths: Path) -> None:
        """Drops files and folders on the page, as a user does."""
        session: CDPSession = self.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path.resolve()) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
        session.detach()

    def dropped(self, *paths: Path) -> dict:
        """Drops keys or a bundle, and waits for the verdict."""
        with self.verdicts():
            self.drop(*paths)
        return self.result


@contextmanager
def browser(path: str) -> Iterator[Chromium]:
    """The browser at this path."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


def as_data(value: object) -> str:
    """JSON as written in a page's data element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

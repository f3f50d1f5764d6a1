"""How the page looks and behaves: languages, keyboard, names for screen readers, narrow screens, colours, paper."""

from pathlib import Path

from bundle_checks import BundleChecks
from driver import Page
from post_checks import PostChecks
from report import Report
from supply import Supply

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}

# Contrast by WCAG 2 between each text and the background behind it; the worst one first.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (node) => {
    for (let place = node; place; place = place.parentElement) {
      const found = channels(getComputedStyle(place).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!text || !node.checkVisibility() || node.closest("svg, noscript, :disabled, .drop-here")) continue;
    const [one, other] = [light(channels(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => b - a);
    const words = `${node.tagName}.${node.className}: ${node.textContent.slice(0, 40)}`;
    found.push([(one + 0.05) / (other + 0.05), words]);
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, 3);
}"""

# Controls without a name, tables without headers, pictures without alternative text, duplicate ids.
NAMES = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
  const name = (node) => node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length
    || node.getAttribute("aria-labelledby");
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  return [
    ...all("button, input, textarea, select, summary, a").filter((node) => !name(node)),
    ...all("table").filter((node) => !node.querySelector("caption") || !node.querySelector("thead th[scope=col]")
      || node.querySelector("th:not([scope])")),
    ...all("svg:not([aria-hidden])").filter((node) => node.getAttribute("role") !== "img" || !name(node)),
    ...all("section").filter((node) => !node.getAttribute("aria-labelledby")),
    ...all("[role=group]").filter((node) => !name(node)),
  ].map((node) => node.outerHTML.slice(0, 120)).concat(ids.filter((id, place) => ids.indexOf(id) !== place));
}"""


class LookChecks:
    """The page's appearance and behaviour."""

    def __init__(self, report: Report, browser, supply: Supply, folder: Path, pictures: Path | None) -> None:
        self.report = report
        self.browser = browser
        self.supply = supply
        self.pictures = pictures
        self.bundled = BundleChecks(report, browser, supply, folder / "look").bundled
        self.posts = PostChecks(report, browser, supply, folder / "look")

    def full(self, **options) -> Page:
        """A page with everything on it: a verdict, an opened entry, a changed post."""
        page = Page(self.browser, self.bundled, **options)
        page.bring(self.supply.keys, self.supply.good)
        page.page.click(f"#entries-body .disclosure >> nth={self.posts.index}")
        page.page.wait_for_selector("#entries-body .tree")
        page.choose_posts(self.posts.file("a changed post.md", self.posts.changed()["a word"][0]))
        page.page.wait_for_selector(".passages li")
        return page

    def languages(self) -> None:
        """English and Chinese"""
        with self.full(locale="zh-CN") as page:
            self.report.check("a browser that speaks Chinese gets Chinese", page.verdict().startswith("通过")
                              and page.value("document.documentElement.lang") == "zh-Hans", found=page.verdict())
            latin = page.value("""() => [...document.querySelectorAll("[data-say]")].filter(
                (node) => node.checkVisibility() && !/[\\u4e00-\\u9fff]/.test(node.textContent))
                .map((node) => node.textContent)""")
            self.report.check("all of it", not latin, found=latin)
            self.report.check("the data for programs stays English", page.result["sentence"].startswith("VERIFIED"))
            page.page.click("[data-language=en]")
            self.report.check("one click switches to English", page.verdict().startswith("VERIFIED") and page.value(
                "document.documentElement.lang") == "en", found=page.verdict())
            self.report.check("what was opened stays open", page.count("#entries-body .tree") == 1)
        with Page(self.browser, locale="fr-FR") as page:
            self.report.check("every other browser gets English", page.text("h1") == "Evidence")

    def keyboard(self) -> None:
        """Keyboard and screen readers"""
        with Page(self.browser) as page:
            page.page.keyboard.press("Tab")
            self.report.check("the first key leads to the verdict", page.value(
                "document.activeElement.getAttribute('href')") == "#verdict")
            page.page.keyboard.press("Enter")
            reached = []
            page.page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
            for _ in range(16):
                page.page.keyboard.press("Tab")
                reached.append(page.value("""() => {
                    const { id, dataset, tagName } = document.activeElement;
                    return id || dataset.language || dataset.themeChoice || tagName;
                }"""))
            wanted = ("en", "zh", "dark", "keys-folder", "keys-files", "SUMMARY", "bundle-folder", "posts-choose")
            self.report.check("every control is reached by Tab", {*wanted} <= {*reached}, found=reached)
            page.page.focus("#keys-folder")
            with page.page.expect_file_chooser() as chooser, page.verdicts():
                page.page.keyboard.press("Enter")
                chooser.value.set_files(str(self.supply.keys))
            page.page.focus("#bundle-folder")
            with page.page.expect_file_chooser() as chooser, page.verdicts():
                page.page.keyboard.press("Space")
                chooser.value.set_files(str(self.supply.good))
            self.report.check("keys and a bundle are brought by keyboard", page.result["status"] == "verified")
            button = "#entries-body .disclosure >> nth=3"
            page.page.focus(button)
            page.page.keyboard.press("Enter")
            page.page.wait_for_selector("#entries-body .tree")
            opened = page.page.get_attribute(button, "aria-expanded")
            focused = page.value("document.activeElement.classList.contains('disclosure')")
            page.page.keyboard.press("Enter")
            closed = page.page.get_attribute(button, "aria-expanded")
            self.report.check("an entry opens and closes by keyboard, and keeps the focus", focused
                              and (opened, closed, page.count("#entries-body .tree")) == ("true", "false", 0))
            outline = page.value("() => getComputedStyle(document.activeElement).outlineStyle")
            self.report.check("the focus is seen", outline == "solid", found=outline)
        with self.full() as page:
            self.report.check("everything has a name: controls, tables, pictures, sections", not page.value(NAMES),
                              found=page.value(NAMES))
            live = page.page.get_attribute("#verdict-line", "aria-live")
            landmarks = [page.count(name) for name in ("header", "main", "footer", "aside")]
            self.report.check("the verdict is announced, landmarks are there",
                              live == "polite" and landmarks == [1, 1, 1, 1], found=(live, landmarks))

    def screens(self) -> None:
        """Narrow screens, both colours, paper"""
        for locale in ("en-GB", "zh-CN"):
            for scheme in ("light", "dark"):
                with self.full(locale=locale, color_scheme=scheme, viewport=PHONE) as page:
                    width = page.value("document.documentElement.scrollWidth")
                    self.report.check(f"nothing is wider than a screen of 360 pixels ({locale}, {scheme})",
                                      width <= 360, found=width)
                    worst = page.value(CONTRAST)
                    self.report.check(f"every text stands out from its ground ({locale}, {scheme})", worst[0][0] >= 4.5,
                                      f"{worst[0][0]:.1f} : 1", worst)
        with self.full(color_scheme="light") as page:
            light = page.value("getComputedStyle(document.body).backgroundColor")
            page.page.click("[data-theme-choice=dark]")
            dark = page.value("getComputedStyle(document.body).backgroundColor")
            page.page.click("[data-theme-choice=auto]")
            again = page.value("getComputedStyle(document.body).backgroundColor")
            self.report.check("the switch of colours outranks the browser's, and gives back", light == again != dark,
                              found=(light, dark, again))
            page.page.emulate_media(media="print")
            seen = {selector: page.page.locator(selector).first.is_visible() for selector in (
                "#verdict", "#pinned-keys", "#entries", ".bring", ".switches", ".tools")}
            self.report.check("on paper the controls are gone, verdict, keys and entries stay",
                              [*seen.values()] == [True] * 3 + [False] * 3, found=seen)

    def take_pictures(self) -> None:
        """Pictures to look at"""
        self.pictures.mkdir(parents=True, exist_ok=True)
        for scheme in ("light", "dark"):
            for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
                for locale in ("en-GB", "zh-CN"):
                    with self.full(color_scheme=scheme, viewport=viewport, locale=locale) as page:
                        page.page.screenshot(path=self.pictures / f"{name}-{scheme}-{locale[:2]}.png", full_page=True)
        with self.full() as page:
            page.page.pdf(path=self.pictures / "paper.pdf", format="A4", print_background=True)
        print(f"pictures are in {self.pictures}")

    def run(self) -> None:
        """All of them."""
        for section in (self.languages, self.keyboard, self.screens):
            self.report.section(f"look: {section.__doc__[0].lower() + section.__doc__[1:]}", section)
        if self.pictures:
            self.take_pictures()

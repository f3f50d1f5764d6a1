"""Records of v2 in the page: known answers of its readers, and the same verdict on each entry as bundle.py's."""

import json
from pathlib import Path

import forms
import formchecks
import stated
from driver import Page, as_data, holding
from formchecks import Verdict, differences, in_python
from report import Report

BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));"
KEYS = """(list) => list.map((text) => {
  const keys = readKeys(text);
  return keys && [...keys];
})"""
PASSAGES = "async (list) => {" + BYTES + """
  return Promise.all(list.map(async (text) => {
    const found = passagesOf(bytes(text), 2);
    return [found, await passagesRoot(found), passagesOf(bytes(text)).length];
  }));
}"""
RECORDS = "(list) => {" + BYTES + """
  return list.map((text) => {
    try {
      parsePostRecord2(textOf(bytes(text)) ?? "");
      return true;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return false;
    }
  });
}"""
CLAIMS = """() => state.verdict.entries.map((entry) => [Number(entry.index), Object.fromEntries([...entry.claims].map(
  ([subject, claim]) => [subject, claim.standing])), Object.fromEntries([...entry.claims].map(
  ([subject, claim]) => [subject, claim.standing === "failed" ? claim.code : ""]))])"""


class EntryChecks:
    """Entries of version 2."""

    def __init__(self, report: Report, browser, folder: Path, shared: Path, is_ci: bool, pictures: Path | None) -> None:
        self.report = report
        self.browser = browser
        self.folder = folder
        self.shared = shared
        self.is_ci = is_ci
        self.pictures = pictures

    def known(self) -> None:
        """Known answers"""
        folder = self.shared / formchecks.VECTORS
        if not folder.is_dir():
            self.report.skip(f"known answers for records, for there is no {folder}", is_failure=self.is_ci)
            return

        def cases(name: str) -> list[dict]:
            return json.loads((folder / f"{name}.json").read_bytes())["cases"]

        with Page(self.browser) as page:
            fronts, bodies, records = cases("plain-subset"), cases("passages-v2"), cases("records")
            found = page.value(KEYS, [case["front"] for case in fronts])
            wrong = [(case["front"], keys) for case, keys in zip(fronts, found) if keys != (
                case["read"] and [[name, text] for name, _, text in case["read"]])]
            self.report.all("front matter is read as plain-subset.json has it, or left to YAML", fronts, wrong, "cases")
            found = page.value(PASSAGES, [case["body64"] for case in bodies])
            wrong = [(case, answer) for case, answer in zip(bodies, found)
                     if answer != [case["passages"], case["root"], case["number_v1"]]]
            self.report.all("passages are those of passages-v2.json", bodies, wrong, "cases")
            found = page.value(RECORDS, [case["record64"] for case in records])
            wrong = [case["name"] for case, answer in zip(records, found) if answer != case["accepted"]]
            self.report.all("records are accepted as records.json has them", records, wrong, "cases")

    def same(self) -> None:
        """The same verdict on each entry"""
        items = stated.write(self.folder)
        keys = self.folder / "keys"
        wrong = []
        with Page(self.browser) as page:
            page.choose("keys-folder", keys)
            for name in items:
                result = page.choose("bundle-folder", self.folder / name)
                claims = {index: {claim: standing for claim, standing in of_entry.items() if claim in formchecks.CLAIMS}
                          for index, of_entry, _ in page.value(CLAIMS)}
                codes = [(code, index) for index, _, of_entry in page.value(CLAIMS) for code in of_entry.values() if code]
                wrong += differences(name, Verdict.of(result["exit"], claims, codes), in_python(forms.read_plain_keys)(
                    self.folder / name, keys), items[name])
                words = [problem["reason"] for problem in result["problems"] if " " not in problem["reason"]]
                wrong += [f"{name}: no words for {word}" for word in words]
            self.report.all("the page and bundle.py say the same of each entry", [
                entry for each in items.values() for entry in each], wrong, "entries")
            self.report.check("no request left the page, and no error was reported",
                              not page.left and not page.complaints, found=(page.left, page.complaints[:3]))

    def shown(self) -> None:
        """What is said of a source"""
        items = [stated.recorded(name, data) for name, data in stated.shapes.good().items()]
        items.append(stated.signed("later", stated.text_of(items[0]).replace(b"\nform html\n", b"\nform later\n"), items[0].post))
        items += stated.accessions()
        places = {item.name: index for index, item in enumerate(items)}
        stated.bundle(items).write(self.folder / "shown")
        with Page(self.browser) as page:
            page.choose("keys-folder", self.folder / "keys")
            result = page.choose("bundle-folder", self.folder / "shown")
            self.report.check("the bundle is verified, and nothing is wrong or open", result["status"] == "verified"
                              and not result["problems"], found=(result["sentence"], result["problems"]))

            def details(name: str) -> str:
                index = places[name]
                row = page.page.locator(f"button[aria-controls='entry-{index}']")
                if row.get_attribute("aria-expanded") == "false":
                    row.click()
                return page.text(f"#entry-{index} .claim-list")

            for name, *words in (
                ("news: two addresses", "from the post’s “original_url”", "another source could be read from: url"),
                ("vault: a clip", "from the post’s “link”"), ("headed", "from the post’s link line"),
                ("vault: neither", "the record states none, which is no fault"),
                ("unread: a folded value", "takes a YAML reader", "by the record, from the post’s “original_url”"),
                ("plain", "words rebuilt, nothing else is stated"), ("later", "of a later version"),
                ("source is no address", "the record states none"),
            ):
                said = details(name)
                self.report.check(f"{name}: it says “{words[0]}”", all(word in said for word in words)
                                  and "failed" not in said, found=said)
            if self.pictures:
                self.pictures.mkdir(parents=True, exist_ok=True)
                page.page.screenshot(path=self.pictures / "entries-v2.png", full_page=True)
            self.report.check("a source that nobody stated is not left empty", "not stated" in page.text("#entries-body"))
            self.single(page, items[places["news: two addresses"]].post)

    def single(self, page: Page, data: bytes) -> None:
        """A single post beside records of v2."""
        for name, content, kind, parts in (
            ("same", data, "recorded", []), ("body", data + b"more\n", "altered", ["body", "words"]),
            ("front", data.replace(b"title: Ferry", b"title: Boat"), "altered", ["front"]),
            ("other", b"nothing of the kind", "unrecorded", []),
        ):
            path = self.folder / f"{name}.md"
            path.write_bytes(content)
            found = page.choose_posts(path)[0]
            self.report.check(f"a single post, {name}: {kind}", (found["kind"], found["parts"]) == (kind, parts), found=found)
        if self.pictures:
            page.page.locator("#posts").screenshot(path=self.pictures / "posts-v2.png")

    def data(self) -> None:
        """A page's own data"""
        # A post, an anchor, a disposition, and accessions that speak of them.
        items = stated.blocks()
        items = items[:4] + items[-1:]
        bag = stated.bundle(items, version=1)
        entries = [{"index": index, "note": bag.files[f"records/{index}.note"].decode(), "proof": bag.files[
            f"proofs/{index}.tlog-proof"].decode().split("\n\n")[0].split("\n")[2:]} for index in bag.indexes()]
        manifest = {"$format": "provenance/manifest@v1", "checkpoint": bag.files["checkpoint"].decode(), "entries": entries,
                    "keys": [], "selection": {"count": len(entries), "from": 0, "kind": "range", "to": len(entries)}}
        path = self.folder / "data.html"
        path.write_text(holding(as_data({"entries": len(entries), "manifest": manifest, "posts": 1})), encoding="utf-8")
        with Page(self.browser, path) as page:
            result = page.choose("keys-folder", self.folder / "keys")
            self.report.check("records and accessions of version 2 are proven from a page's data, and no post is compared",
                              (result["status"], page.claims().get("signature"), page.claims().get("source"))
                              == ("inconclusive", "3 proven, 2 unknown", "1 asserted"), found=(page.claims(), result["problems"]))

    def released(self) -> None:
        """The page of 0.1.0"""
        released = self.folder / "released.html"
        text = (formchecks.RELEASED / "evidence.html").read_text(encoding="utf-8")
        head, _, rest = text.partition('<script type="application/json" id="bundle-data">')
        released.write_text(head + '<script type="application/json" id="bundle-data">' + rest[rest.index("</script>"):],
                            encoding="utf-8")
        with Page(self.browser, released) as page:
            page.choose("keys-folder", self.folder / "keys")
            result = page.choose("bundle-folder", self.folder / "withheld")
            entries = result["entries"]
            self.report.check("it verifies a bundle@v1 and calls the entries of new kinds unknown", result["status"] == "verified"
                              and entries["unknown"] == entries["all"] - 1, f"{entries['unknown']} entries", result["problems"][:3])
            wrong = [(name, result["status"]) for name in ("good", "made-up", "changed") if (
                result := page.choose("bundle-folder", self.folder / name))["status"] != "error"]
            self.report.check("it finds no bundle in a bundle@v2, and calls none failed", not wrong, found=wrong)

    def run(self) -> None:
        """All of them."""
        for section in (self.known, self.same, self.shown, self.data, self.released):
            self.report.section(f"entries: {section.__doc__[0].lower() + section.__doc__[1:]}", section)

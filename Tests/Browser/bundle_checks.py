"""Verdicts on bundles: good ones, and every mutant."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import insiders
import packed
import pins
from archive import flipped
from bag import Bag
from driver import PAGE, Page, as_data, data_of, holding
from report import Report
from signer import Signer
from supply import HOSTILE, Supply
from supply import pins as pins_of
from wanted import about

INTEROP = Path(__file__).resolve().parents[1] / "Interop"
NAME = "evidence.html"

# Other browsers: without WebCrypto, and with a WebCrypto that has no Ed25519.
NO_CRYPTO = "Object.defineProperty(window, 'crypto', { value: undefined })"
NO_ED25519 = """SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException("", "NotSupportedError"))"""


def cosignature(name: str, vkey: str, text: bytes, time: int = 1_795_000_000) -> bytes:
    """A witness's line over a checkpoint's text."""
    signed = Signer.stranger(name).private.sign(f"cosignature/v1\ntime {time}\n".encode() + text)
    blob = bytes.fromhex(vkey.split("+")[1]) + time.to_bytes(8) + signed
    return f"\u2014 {name} {base64.b64encode(blob).decode()}\n".encode()


class BundleChecks:
    """Bundles in the page."""

    def __init__(self, report: Report, browser, supply: Supply, folder: Path, program: str | None = None,
                 shared: Path = Path(), is_ci: bool = False) -> None:
        self.report = report
        self.program = program
        self.shared = shared
        self.is_ci = is_ci
        self.browser = browser
        self.supply = supply
        self.folder = folder
        # The bundle's own data in the current page.
        self.bundled = folder / "bundled/evidence.html"
        self.bundled.parent.mkdir(parents=True)
        self.data = data_of((supply.good / NAME).read_text(encoding="utf-8"))
        self.bundled.write_text(holding(self.data), encoding="utf-8")

    def said(self, what: str, result: dict, status: str, *words: str, claims: dict[str, str] | None = None,
             found: dict[str, str] | None = None) -> None:
        """Whether the status is wanted, the sentence begins with it and has the words, and claims are as given."""
        sentence = result["sentence"] + " " + result["limits"]
        are_claims_right = all((found or {}).get(claim) == text for claim, text in (claims or {}).items())
        holds = result["status"] == status and result["sentence"].startswith(status.upper()) and all(
            word in sentence for word in words) and are_claims_right
        self.report.check(what, holds, status, (result["sentence"], result["problems"][:3], found))

    def good(self) -> None:
        """Unchanged bundles"""
        supply = self.supply
        entries = len(list((supply.good / "records").iterdir()))
        posts = len(list((supply.good / "data").rglob("*.md")))
        with Page(self.browser) as page:
            self.said("a copy of one's own without anything", page.result, "inconclusive", "nothing to check")
            self.report.check("it says that it is a copy without data", "without data" in page.text("#notice"))
            self.said("keys alone", page.choose("keys-folder", supply.keys), "inconclusive")
            result = page.choose("bundle-folder", supply.good)
            self.said("the good bundle", result, "verified", f"{entries} entries", "nothing between them left out",
                      f"{posts} posts compared", "not that a site served", found=page.claims(), claims={
                          "content": f"{posts} proven", "signature": f"{entries} proven",
                          "inclusion": f"{entries} proven", "checkpoint": "1 proven", "views": "1 proven",
                          "completeness": "1 proven", "published": f"{posts} proven", "recorded": f"{entries} asserted"})
            self.report.check("status, word and sentence on the page agree",
                              page.verdict().startswith("VERIFIED") and page.count("html[data-status=verified]") == 1,
                              found=page.verdict())
            self.said("the bundle without a note", page.choose("bundle-folder", supply.nonote), "verified",
                      "put together by anybody", found=page.claims(), claims={"views": "1 unknown"})
            self.said("the bundle without posts", page.choose("bundle-folder", supply.withheld), "verified", "withheld",
                      found=page.claims(), claims={"source": f"{posts} asserted", "views": "1 proven"})
            self.report.check("nothing is said of its content", "content" not in page.claims(), found=page.claims())
            self.said("the bundle of a filter", page.choose("bundle-folder", supply.filter), "verified",
                      "no others", "may be left out", found=page.claims(), claims={"completeness": None})
            page.page.click("#keys-forget")
            page.page.wait_for_selector("#keys-forget", state="hidden")
            self.said("the good bundle without keys", page.choose("bundle-folder", supply.good), "inconclusive",
                      found=page.claims(), claims={"signature": f"{entries} unknown", "inclusion": f"{entries} unknown",
                                                   "checkpoint": "1 unknown", "content": f"{posts} proven"})
            self.report.check("the keys in the bundle are shown, and not trusted",
                              page.count("#shown-keys tbody tr") == 2 and page.count("#pinned-keys tbody tr") == 0)
            self.report.check("no request left the page, and no error was reported",
                              not page.left and not page.complaints, found=(page.left, page.complaints))

    def ways(self) -> None:
        """Other ways to bring keys and bundles"""
        supply = self.supply
        with Page(self.browser) as page:
            page.dropped(supply.keys)
            self.said("folders that were dropped", page.dropped(supply.good), "verified")
        with Page(self.browser) as page:
            self.said("a bundle and keys dropped together", page.dropped(supply.good, supply.keys), "verified")
        with Page(self.browser) as page:
            page.dropped(supply.good)
            files = [supply.keys / name for name in ("log.vkey", "signers")]
            self.said("key files that were dropped", page.dropped(*files), "verified")
        with Page(self.browser) as page:
            page.choose("bundle-folder", supply.good)
            page.page.click("summary >> nth=0")
            page.page.fill("#paste-log", (supply.keys / "log.vkey").read_text())
            page.page.fill("#paste-signer", (supply.keys / "signers").read_text())
            with page.verdicts():
                page.page.click("#paste button")
            self.said("keys that were pasted", page.result, "verified")
            page.page.fill("#paste-log", f"log {(supply.keys / 'log.vkey').read_text()}quorum none\n")
            with page.verdicts():
                page.page.click("#paste button")
            self.said("a policy that was pasted", page.result, "verified")
            page.page.fill("#paste-signer", "x")
            with page.verdicts():
                page.page.click("#paste button")
            self.said("what is no key", page.result, "error", "keys cannot be used")
            self.report.check("with a file that is no key nothing is verified", page.count("#entries-body .disclosure") == 0)
        with Page(self.browser) as page:
            page.drop(supply.private)
            page.page.wait_for_selector("#messages p")
            self.report.check("private keys are not read", "private key" in page.text("#messages"),
                              found=page.text("#messages"))

    def own_data(self) -> None:
        """The data that came with a page"""
        entries = len(list((self.supply.good / "records").iterdir()))
        with Page(self.browser, self.bundled) as page:
            self.said("without keys", page.result, "inconclusive", "came from the party under test")
            notice = page.text("#notice")
            self.report.check("it says first where it came from, and how to get one's own", all(
                word in notice for word in ("party under test", "provenance export --verifier DIR")), found=notice)
            self.report.check("its entries are shown", page.count("#entries-body .disclosure") == min(entries, 100))
            self.report.check("titles are said to be labels", page.count("#entries-body .label") > 10)
            result = page.choose("keys-folder", self.supply.keys)
            self.said("with keys it proves records and proofs, and no more", result, "inconclusive",
                      "no post was compared", found=page.claims(), claims={
                          "signature": f"{entries} proven", "inclusion": f"{entries} proven", "checkpoint": "1 proven",
                          "completeness": "1 proven"})
            self.said("with its folder", page.choose("bundle-folder", self.supply.good), "verified")
        document = json.loads(self.data)
        forged = json.loads(self.data)
        note = forged["manifest"]["entries"][3]["note"]
        forged["manifest"]["entries"][3]["note"] = note.replace("\nsource ", "\nsource x", 1)
        lacking = json.loads(self.data)
        del lacking["manifest"]["entries"][3]
        for name, data, status in (
            ("no JSON", "{", "error"), ("an array", "[]", "error"), ("null", "null", "error"),
            ("another format", as_data({**document, "manifest": {**document["manifest"], "$format": "x"}}), "error"),
            ("a record changed", as_data(forged), "failed"), ("an entry gone", as_data(lacking), "failed"),
        ):
            path = self.folder / "data.html"
            path.write_text(holding(data), encoding="utf-8")
            with Page(self.browser, path) as page:
                page.choose("keys-folder", self.supply.keys)
                self.said(f"data of its own: {name}", page.result, status)

    def other_browsers(self) -> None:
        """Browsers that cannot verify"""
        for name, before in (("without Ed25519", NO_ED25519), ("without WebCrypto", NO_CRYPTO)):
            with Page(self.browser, before=before) as page:
                page.choose("keys-folder", self.supply.keys)
                result = page.choose("bundle-folder", self.supply.good)
                self.said(f"a browser {name}", result, "inconclusive")
                self.report.check(f"a browser {name} is told so", "browser" in page.text("#notice .warning"))

    def witnesses(self) -> None:
        """Policies with witnesses"""
        log, signer = pins.vkeys(Bag.read(self.supply.good))
        names = [f"{name}.example" for name in ("one", "two", "three")]
        vkeys = {name: pins.vkey(name, pins.public_key(Signer.stranger(name).vkey), b"\x04") for name in names}
        lines = [f"log {log}", *(f"witness {name} {key}" for name, key in vkeys.items())]

        def bundle(folder: str, *cosignatures: bytes) -> Path:
            bag = Bag.read(self.supply.nonote)
            bag.set_checkpoint(bag.files["checkpoint"] + b"".join(cosignatures))
            bag.relist()
            bag.write(self.folder / folder)
            return self.folder / folder

        text = Bag.read(self.supply.good).files["checkpoint"].split(b"\n\n")[0] + b"\n"
        made = {name: cosignature(name, vkeys[name], text) for name in names}
        two = bundle("two", made[names[0]], made[names[2]])
        false = bundle("false", made[names[0]], flipped(made[names[2]], -9))
        with Page(self.browser) as page:
            for what, rules, where, status in (
                ("one of two who signed", ["quorum one.example"], two, "verified"),
                ("two of three", [f"group g 2 {' '.join(names)}", "quorum g"], two, "verified"),
                ("all of three", [f"group g all {' '.join(names)}", "quorum g"], two, "inconclusive"),
                ("groups of groups", ["group a any one.example two.example", "group b all a three.example", "quorum b"],
                 two, "verified"),
                ("who did not sign", ["quorum two.example"], two, "inconclusive"),
                ("one whose cosignature is false", ["quorum one.example"], false, "failed"),
                ("a member twice", ["group a any one.example", "group b any one.example", "quorum a"], two, "error"),
                ("a later name", ["group a any b", "group b any one.example", "quorum a"], two, "error"),
            ):
                keys = pins.files({"policy": "\n".join([*lines, *rules]), "signers": signer})
                Bag(keys).write(self.folder / "pinned")
                page.choose("keys-folder", self.folder / "pinned")
                self.said(f"a quorum of {what}", page.choose("bundle-folder", where), status)

    def unknown_kinds(self) -> None:
        """Entries of an unknown kind"""
        good = Bag.read(self.supply.good)
        keys = (Signer.read(self.supply.private, role) for role in ("log", "signer"))
        made = next(item for item in insiders.allowed(good, *keys) if item.name == "an entry of an unknown kind")
        made.bag.write(self.folder / "unknown")
        entries = len(good.indexes())
        with Page(self.browser) as page:
            page.choose("keys-folder", self.supply.keys)
            result = page.choose("bundle-folder", self.folder / "unknown")
            self.said("one among others: its signature is unknown, and not required", result, "verified",
                      found=page.claims(), claims={"signature": f"{entries - 1} proven, 1 unknown",
                                                   "inclusion": f"{entries} proven"})
            self.report.check("its row says so, and no problem does", page.count("#entries-body tr.unknown") == 1
                              and not result["problems"], found=result["problems"])

    def large(self) -> None:
        """More entries than the page holds"""
        supply = self.supply
        count = len(list((supply.large / "records").iterdir()))
        path = self.folder / "large.html"
        data = data_of((supply.large / NAME).read_text(encoding="utf-8"))
        path.write_text(holding(data), encoding="utf-8")
        with Page(self.browser, path) as page:
            sample = page.text("#sample")
            self.report.check("a page with a sample says so, and where all entries are", "500" in sample
                              and f"{count:,}" in sample and "verify.sh" in sample and "folder" in sample, found=sample)
            result = page.choose("keys-folder", supply.large_keys)
            self.said("a sample with keys", result, "inconclusive", "the first 500 entries", found=page.claims(),
                      claims={"signature": "500 proven", "completeness": None})
            result = page.choose("bundle-folder", supply.large)
            self.said(f"a bundle of {count:,} entries", result, "verified", f"{count:,} entries", found=page.claims(),
                      claims={"signature": f"{count} proven"})
            self.report.check("a hundred rows are drawn", page.count("#entries-body tr") == 100)
            page.page.click("#page-next")
            self.report.check("the next hundred follow", page.text("#entries-body .disclosure").strip() == "100",
                              found=page.text("#entries-body .disclosure"))
            page.page.fill("#search", "story7")
            self.report.check("a search finds titles, sources and digests", 1 <= page.count("#entries-body tr") <= 200)

    def real(self) -> None:
        """The bundle of 400 real posts"""
        posts_file = self.shared / "corpus/posts.tar.gz"
        if not posts_file.exists() or not self.program:
            self.report.skip(f"400 real posts, for there is no {posts_file}, or no program", is_failure=self.is_ci)
            return
        archive, bundle = packed.made(self.program, self.folder, posts_file)
        posts = len(list((bundle / "data").rglob("*.md")))
        with Page(self.browser) as page:
            page.choose("keys-folder", pins_of(archive))
            result = page.choose("bundle-folder", bundle)
            claims = page.claims()
            source = {word: int(count) for count, word in (part.split() for part in claims["source"].split(", "))}
            self.said("it is verified", result, "verified", f"{posts} posts compared", found=claims, claims={
                "content": f"{posts} proven", "checkpoint": "1 proven", "views": "1 proven", "completeness": "1 proven"})
            self.report.check("the source of nearly all is proven", source["proven"] >= posts - 8
                              and sum(source.values()) == posts, f"{source['proven']} of {posts}", source)

    def hostile(self) -> None:
        """Titles and sources that would be markup"""
        document = json.loads(self.data)
        for item in document["manifest"]["entries"]:
            item["title"] = HOSTILE
            item["placements"] = [{"path": f"x/{HOSTILE}.md", "root": HOSTILE}]
        document["manifest"]["keys"] = [f"{HOSTILE}+00000000+AAAA"]
        path = self.folder / "hostile.html"
        path.write_text(holding(as_data(document)), encoding="utf-8")
        with Page(self.browser, path) as page:
            page.page.click(".disclosure >> nth=0")
            page.page.wait_for_selector("#entries-body .details .tree")
            page.page.fill("#search", "<img")
            elements = page.count("#entries-body img, #entries-body script, #entries-body [onerror]")
            shown = page.text("#entries-body th.title")
            self.report.check("a hostile title is text", elements == 0 and "</script><img" in shown
                              and page.page.title().startswith("Evidence"), found=(elements, shown))
            self.report.check("characters that reorder or hide text are shown as escapes", all(
                escape in shown for escape in ("\\u{202E}", "\\u{2066}", "\\u{200B}")) and "\u202e" not in shown
                and page.count("#entries-body .escape") >= 3, found=shown)
            wild = page.value("""() => [...document.querySelectorAll("*")].flatMap((node) => [...node.attributes].map(
                (attribute) => attribute.value)).concat(document.body.innerText).some(
                (text) => /[\\u202a-\\u202e\\u2066-\\u2069\\u200b]/.test(text))""")
            self.report.check("no text on the page is reordered", not wild)
        hostile = self.folder / (HOSTILE.replace("/", "\u2215") + ".md")
        hostile.write_text("no post", encoding="utf-8")
        with Page(self.browser, self.bundled) as page:
            page.choose_posts(hostile)
            self.report.check("a hostile file name is text", page.count("#posts img") == 0
                              and "\\u{202E}" in page.text("#posts h3"), found=page.text("#posts h3"))

    def mutants(self) -> None:
        """Every mutant and control of Tests/Interop/mutants.py"""
        out = self.folder / "mutants"
        command = [sys.executable, INTEROP / "mutants.py", self.supply.good, out, "--private", self.supply.private]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with Page(self.browser) as page:
            for kind, what in (("mutants", "has the status and the codes it deserves"), ("controls", "is accepted")):
                items = [item for item in json.loads((out / f"{kind}.json").read_bytes()) if NAME in item["verifiers"]]
                self.report.all(f"each of them {what}", items, self.differences(page, out, items), kind)
            self.report.check("no request left the page, and no error was reported",
                              not page.left and not page.complaints, found=(page.left, page.complaints[:3]))

    def differences(self, page: Page, out: Path, items: list[dict]) -> list[str]:
        """The mutants on which the page's verdict differs from the expected one."""
        wrong, held = [], None
        for item in items:
            keys = out / item["keys"] if item["keys"] else self.supply.keys
            if keys != held:
                page.choose("keys-folder", keys)
                held = keys
            result = page.choose("bundle-folder", out / item["folder"])
            codes = {problem["code"] for problem in result["problems"]}
            # A reason that was not translated is one word.
            words = [problem["reason"] for problem in result["problems"] if " " not in problem["reason"]]
            files = {about(problem["code"], problem["place"]) for problem in result["problems"]} - {""}
            others = files ^ {*item["files"]} if item["files"] is not None else ()
            if (result["exit"], page.verdict().split(":")[0]) != (item["status"], item["word"]) or set(
                    item["codes"]) - codes or words or others:
                wrong.append(f"{item['folder']}: wanted {item['status']} {item['codes']}, "
                             f"found {result['exit']} {sorted(codes)} {words} {sorted(others)}")
        return wrong

    def run(self) -> None:
        """All of them."""
        for section in (self.good, self.ways, self.own_data, self.other_browsers, self.witnesses, self.unknown_kinds,
                        self.large, self.real, self.hostile, self.mutants):
            self.report.section(f"bundles: {section.__doc__[0].lower() + section.__doc__[1:]}", section)

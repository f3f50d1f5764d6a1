"""The page as a file: what it holds, and what it may do."""

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from driver import ELEMENT, PAGE, Page
from report import Report

HERE = Path(__file__).resolve().parent

# What a page under attack would try. None of it may reach the server at this address, or run.
ATTEMPTS = """async (server) => {
  const done = [];
  const attempt = async (name, work) => {
    try {
      await work(`${server}/${name.replaceAll(" ", "-")}`);
      if (window.hasRun) done.push(name);
    } catch { }
    window.hasRun = false;
  };
  const inserted = (name, attributes) => document.body.append(Object.assign(document.createElement(name), attributes));
  await attempt("fetch", (url) => fetch(url, { mode: "no-cors" }));
  await attempt("beacon", (url) => navigator.sendBeacon(url, "x"));
  await attempt("socket", (url) => new WebSocket(url.replace("http", "ws")));
  await attempt("events", (url) => new EventSource(url));
  await attempt("image", (url) => inserted("img", { src: url }));
  await attempt("frame", (url) => inserted("iframe", { src: url }));
  await attempt("object", (url) => inserted("object", { data: url }));
  await attempt("style", (url) => inserted("link", { rel: "stylesheet", href: url }));
  await attempt("preload", (url) => inserted("link", { rel: "preload", as: "image", href: url }));
  await attempt("video", (url) => inserted("video", { src: url }));
  await attempt("font", (url) => new FontFace("x", `url(${url})`).load());
  await attempt("background", (url) => { document.body.style.backgroundImage = `url(${url})`; });
  await attempt("form", (url) => {
    const form = Object.assign(document.createElement("form"), { action: url, method: "post" });
    document.body.append(form);
    form.submit();
  });
  await attempt("worker", () => new Worker(URL.createObjectURL(new Blob(["x"]))));
  await attempt("script", () => inserted("script", { textContent: "window.hasRun = true" }));
  await attempt("script from elsewhere", (url) => inserted("script", { src: url }));
  await attempt("handler", () => {
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.hasRun = true");
    document.body.append(button);
    button.click();
  });
  await attempt("markup", () => {
    document.createElement("p").innerHTML = "<img src=x onerror='window.hasRun = true'>";
    window.hasRun = true;
  });
  await attempt("text as code", () => new Promise((resolve) => setTimeout(() => {
    // Not at once: what a debugger evaluates may evaluate.
    try { new Function("window.hasRun = true")(); } finally { resolve(); }
  })));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return done;
}"""

# Every key that the script uses and the table of words lacks; every entry whose languages take different values.
WORDS = """() => {
  const script = [...document.scripts].find((one) => !one.type).textContent
    .replace(/\\/\\*[^]*?\\*\\/|^ *\\/\\/.*$/gm, "");
  const used = new Set([...document.querySelectorAll("[data-say], [data-say-label]")].map(
    (node) => node.dataset.say ?? node.dataset.sayLabel));
  const named = new RegExp([
    String.raw`\\bkey: "(\\w+)"(?! \\+)`, String.raw`\\b(?:proven|asserted)\\("(\\w+)"`,
    String.raw`\\b(?:unknown|failed)\\("E-[A-Z0-9-]+", "(\\w+)"`, String.raw`\\bneed\\([^;\\n]*?, "(\\w+)"`,
  ].join("|"), "g");
  for (const found of script.matchAll(named)) used.add(found.slice(1).find(Boolean));
  const values = (text) => [...new Set([...text.matchAll(/\\{(\\w+)/g)].map((found) => found[1]))].sort().join();
  return {
    count: Object.keys(words).length,
    missing: [...used].filter((key) => !words[key]),
    uneven: Object.keys(words).filter((key) => words[key].length !== 2 || words[key].some((text) => text === "")
      || values(words[key][0]) !== values(words[key][1])),
  };
}"""


class FormChecks:
    """One file without a network."""

    def __init__(self, report: Report, browser, folder: Path) -> None:
        self.report = report
        self.browser = browser
        self.folder = folder
        self.html = PAGE.read_text(encoding="utf-8")

    def file(self) -> None:
        """What stands in it"""
        checked = subprocess.run([sys.executable, HERE / "update-csp", "--check"], capture_output=True, text=True)
        self.report.check("its policy names the hashes of its script and its style", checked.returncode == 0,
                          found=checked.stderr)
        elements = ELEMENT.findall(self.html)
        self.report.check("it has one data element on a line of its own, empty",
                          [found[1] for found in elements] == [""] and self.html.count('id="bundle-data"') == 1,
                          found=elements)
        addresses = re.findall(r"\b(?:(?:https?|wss?|ftp)://|(?:data|blob):[a-z])[^\s\"'`)]*", self.html)
        self.report.check("it names no address but that of SVG", set(addresses) == {"http://www.w3.org/2000/svg"},
                          found=addresses)
        scripts = re.findall(r"<script[^>]*>", self.html)
        self.report.check("it has one script, and loads nothing", len(scripts) == 2 and not re.search(
            r"\s(?:src|srcset|href|action|data|poster|ping)=\"(?!#)", self.html), found=scripts)
        handlers = re.findall(r"\son\w+=|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function",
                              self.html)
        self.report.check("nothing in it turns text into markup or code", not handlers, found=handlers)
        lines = enumerate(self.html.split("\n"), 1)
        long = [number for number, line in lines if len(line) > 120 and "sha256-" not in line]
        self.report.check("an auditor can read it: no line of over 120 characters", not long, found=long)

    def policy(self) -> None:
        """What it may do"""
        arrived: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                arrived.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}"
            with Page(self.browser, offline=False) as page:
                done = page.value(ATTEMPTS, address)
                self.report.check("it can send nothing to a server that is there, and run nothing but its script",
                                  not arrived and not done, found=(arrived, done))
            # The same in a page without the policy: the server receives requests, so their absence above proves something.
            unguarded = self.folder / "unguarded.html"
            policy = r'<meta http-equiv="Content-Security-Policy"[^>]*>'
            unguarded.write_text(re.sub(policy, "", self.html), encoding="utf-8")
            with Page(self.browser, unguarded, offline=False) as page:
                done = page.value(ATTEMPTS.replace('attempt("form"', '0 && attempt("form"'), address)
                self.report.check("without its policy all of that works", len({*arrived}) >= 9 and len(done) >= 4,
                                  f"{len({*arrived})} requests", found=(arrived, done))
            server.shutdown()

    def words(self) -> None:
        """Both languages"""
        with Page(self.browser) as page:
            found = page.value(WORDS)
            self.report.check("each word is there in both languages, with the same values",
                              found["count"] > 200 and not found["missing"] and not found["uneven"],
                              f"{found['count']} entries", json.dumps(found))

    def run(self) -> None:
        """All of them."""
        for section in (self.file, self.policy, self.words):
            self.report.section(f"page: {section.__doc__[0].lower() + section.__doc__[1:]}", section)

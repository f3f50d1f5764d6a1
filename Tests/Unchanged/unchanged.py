"""Runs one script with two programs and compares all that they print and write."""

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ORIGIN = "archive.example/news"
# PKCS #8 of an Ed25519 key, before its seed.
PREFIX = bytes.fromhex("302e020100300506032b657004220420")
# The calls that make written data durable and visible, in their order.
TRACED = "fsync,fdatasync,syncfs,rename,renameat,renameat2,link,linkat,unlink,unlinkat,ftruncate"
# Not compared byte for byte: the index, whose pages depend on the order of two threads, and the lock, which contains a process
# id.
LOOSE = re.compile(r"\.provenance/(index\.sqlite|lock$)")


@dataclass
class Step:
    name: str
    status: int
    output: bytes
    errors: bytes
    files: dict[str, str]
    trace: list[str] = field(default_factory=list)


def post(number: int, words: str = "") -> bytes:
    return (f"---\ntitle: 'Post {number}'\ndate: 2022-02-10T05:52:00Z\nfrom: https://news.example/{number}\n"
            f"tags: [ news ]\n---\n<!--16444723{number:05}-->\n[Link](https://news.example/{number})\n------\n\n"
            f"<p>The words of post {number}.</p>{words}\n").encode()


class Script:
    """The steps, in one folder, with one program."""

    def __init__(self, program: Path, root: Path, preload: str, shared: Path, samples: Path, shows: bool):
        self.program = program
        self.root = root
        self.archive = root / "archive"
        self.preload = preload
        self.shared = shared
        self.samples = samples
        self.shows = shows
        self.steps: list[Step] = []
        self.seconds = 0
        # Digests of files that have not changed since they were last read.
        self.known: dict[tuple, str] = {}

    def environment(self) -> dict[str, str]:
        self.seconds += 60
        return {"PATH": os.environ["PATH"], "HOME": str(self.root), "XDG_CONFIG_HOME": str(self.root / "config"), "TZ": "UTC",
                "TMPDIR": str(self.root), "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "COLUMNS": "80", "LD_PRELOAD": self.preload,
                "FIXED_CLOCK": str(1_800_000_000 + self.seconds), "SWIFT_DETERMINISTIC_HASHING": "1"}

    def files(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for folder, folders, names in os.walk(self.root):
            for name in sorted(names) + sorted(folders):
                path = Path(folder, name)
                relative = str(path.relative_to(self.root))
                if LOOSE.search(relative) or relative.startswith("traces"):
                    continue
                mode = path.lstat().st_mode
                if path.is_symlink():
                    found[relative] = f"{mode:o} -> {os.readlink(path)}"
                elif path.is_file():
                    now = path.lstat()
                    key = (relative, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
                    if key not in self.known:
                        self.known[key] = hashlib.sha256(path.read_bytes()).hexdigest()
                    found[relative] = f"{mode:o} {self.known[key]}"
                else:
                    found[relative] = f"{mode:o}"
        return found

    def run(self, *arguments: str, given: bytes = b"", traced: bool = False) -> None:
        line = [str(self.program), *arguments]
        trace = self.root.parent / "trace"
        if traced:
            line = ["strace", "-f", "-qq", "-y", "-e", f"trace={TRACED}", "-o", str(trace)] + line
        done = subprocess.run(line, cwd=self.archive, env=self.environment(), input=given, capture_output=True)
        calls = []
        if traced:
            for row in trace.read_text(errors="replace").splitlines():
                # Without process ids and descriptors; random names are the same in both.
                row = re.sub(r"\b\d+<", "<", re.sub(r"^\d+ +", "", row))
                calls.append(re.sub(r"\.\d+\.(folder|provenance-tmp)", r".N.\1", row))
        name = f"{len(self.steps):03} provenance {' '.join(arguments)[:80]}"
        if self.shows:
            print(f"{name}: {done.returncode}: {(done.stdout + done.stderr).decode(errors='replace')[-300:]}", flush=True)
        self.steps.append(Step(name, done.returncode, done.stdout, done.stderr, self.files(), calls))

    def write(self, path: str, data: bytes) -> None:
        file = self.archive / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def flip(self, path: Path, place: int = -1) -> bytes:
        """Changes a byte in the middle of a file, and returns the old bytes."""
        data = path.read_bytes()
        place = len(data) // 2 if place < 0 else place
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1:])
        return data

    def tampered(self, path: Path, *lines: list[str]) -> None:
        """Commands over a file with one byte changed, cut to half, empty, and missing."""
        before = path.read_bytes()
        mode = path.stat().st_mode
        for how in ("another byte", "half", "empty", "gone"):
            if how == "another byte":
                self.flip(path)
            elif how == "half":
                path.write_bytes(before[:len(before) // 2])
            elif how == "empty":
                path.write_bytes(b"")
            else:
                path.unlink()
            for line in lines:
                self.run(*line)
            path.write_bytes(before)
            path.chmod(mode)

    def play(self) -> list[Step]:
        self.archive.mkdir(parents=True)
        self.keys()
        self.run("init", "--origin", ORIGIN)
        self.usage()
        self.recording()
        self.reading()
        self.exporting()
        self.changes()
        self.damage()
        return self.steps

    def keys(self) -> None:
        (self.archive / "keys").mkdir(mode=0o755)
        for name in ("log", "signer"):
            seed = hashlib.sha256(f"key {name}".encode()).digest()
            text = base64.b64encode(PREFIX + seed).decode()
            key = self.archive / f"keys/{name}.key.pem"
            key.write_text(f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
            key.chmod(0o600)

    def usage(self) -> None:
        for line in ([], ["--version"], ["--help"], ["add"], ["add", "nowhere"], ["verify"], ["show", "99"], ["no-command"],
                     ["verify", "nowhere.json"], ["list", "--after", "x"], ["status"], ["audit"], ["add", "--heartbeat", "."]):
            self.run(*line)
        for command in ("add", "verify", "status", "list", "show", "prove", "export", "audit", "repair", "reindex", "key", "init"):
            self.run(command, "--help")

    def recording(self) -> None:
        for number in range(300):
            self.write(f"_posts/{number:04}.md", post(number))
        self.write("_posts/refused.md", b"no post\n")
        self.write("_posts/twin.md", post(1))
        self.run("add", "_posts", traced=True)
        self.run("add", "_posts", traced=True)
        self.run("add", "--heartbeat", "_posts", "-q", traced=True)
        shutil.copytree(self.samples, self.archive / "samples")
        self.run("add", "samples", "--json", traced=True)
        self.write("../outside/x.md", post(1000))
        self.run("add", "../outside", "--jsonl")
        corpus = self.shared / "corpus/posts.tar.gz"
        if corpus.is_file():
            with tarfile.open(corpus) as file:
                file.extractall(self.archive / "corpus", filter="data")
            self.run("add", "corpus", "--json", traced=True)
        self.run("status")
        self.run("status", "--json")

    def reading(self) -> None:
        for line in (["list"], ["list", "--json"], ["list", "--url", "https://news.example/3"], ["show", "0"],
                     ["show", "0", "--json"], ["show", "_posts/0001.md"], ["show", "301"], ["prove", "_posts/0007.md", "-o", "../p"],
                     ["prove", "3", "-o", "-"], ["verify", "_posts/0007.md"], ["verify", "_posts/0007.md", "--json"],
                     ["verify", "_posts", "--jsonl"], ["verify", "_posts", "samples"], ["verify", "corpus", "--json"],
                     ["verify", "--proof", "../p", "_posts/0007.md"], ["verify", "--proof", "../p", "_posts/0008.md"],
                     ["audit"], ["audit", "--json"], ["key", "list"], ["key", "list", "--json"], ["key", "show", "keys"],
                     ["reindex"], ["status", "--fast"], ["status", "--max-gap", "1s"], ["list", "--after", "2020-01-01"]):
            self.run(*line)

    def exporting(self) -> None:
        shutil.copy(self.archive / "log/checkpoint", self.root / "earlier")
        self.run("export", "-o", "Manifests/all.json", traced=True)
        self.run("export", "-o", "Manifests/some.json", "_posts/0001.md", "samples")
        self.run("export", "--index", "3..20", "-o", "../range.json", "--json")
        self.run("export", "--url", "https://news.example/5", "-o", "../url.json")
        self.run("export", "--bundle", "../bundle", "--index", "0..40", traced=True)
        self.run("export", "--bundle", "../bundle.zip", "--index", "0..40", traced=True)
        for form in ("sha256sum", "bagit", "intoto", "datapackage", "csv", "html", "json"):
            self.run("export", "--index", "0..30", "--format", form, "-o", f"../out.{form}")
        for line in (["verify", "Manifests/all.json"], ["verify", "Manifests/all.json", "--posts", ".", "--json"],
                     ["verify", "Manifests/some.json", "--posts", "_posts", "--jsonl"], ["verify", "../bundle"],
                     ["verify", "../bundle", "--json"], ["verify", "../bundle.zip", "--jsonl"], ["verify", "../range.json"],
                     ["verify", "../bundle", "--keys", "nowhere"], ["export", "-o", "Manifests/all.json"],
                     ["export", "--since", "../earlier", "-o", "../since.json"], ["audit", "--since", "../earlier"]):
            self.run(*line)
        for path in sorted((self.root / "bundle").rglob("*")):
            if path.is_file() and path.parent.name not in ("_posts", "proofs", "records", "rekor") or path.name in ("3.note", "3.tlog-proof"):
                self.tampered(path, ["verify", "../bundle"])
        manifest = json.loads((self.root / "range.json").read_bytes())
        for number, (name, change) in enumerate({
            "entry": lambda m: m["entries"].pop(3), "note": lambda m: m["entries"][2].update(note="x"),
            "proof": lambda m: m["entries"][2]["proof"].pop(), "unknown": lambda m: m.update(more=1),
            "checkpoint": lambda m: m.update(checkpoint=m["checkpoint"].replace("example", "other")),
        }.items()):
            changed = json.loads(json.dumps(manifest))
            change(changed)
            (self.root / "m.json").write_text(json.dumps(changed, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
            self.run("verify", "../m.json", "--json")

    def changes(self) -> None:
        self.write("_posts/0005.md", post(5, "<p>Other words.</p>"))
        self.write("_posts/0006.md", post(6).replace(b"2022", b"2021"))
        self.write("_posts/0007.md", b"no post any more\n")
        (self.archive / "_posts/0008.md").unlink()
        (self.archive / "_posts/0009.md").rename(self.archive / "_posts/moved.md")
        self.write("_posts/new.md", post(2000))
        lines = (["status"], ["status", "--json"], ["verify", "_posts"], ["verify", "_posts/0005.md", "_posts/0008.md", "--json"],
                 ["verify", "Manifests/all.json", "--posts", "."], ["show", "_posts/0005.md"], ["prove", "_posts/0005.md", "-o", "-"])
        for line in lines:
            self.run(*line)
        self.run("add", "_posts", traced=True)
        for line in lines:
            self.run(*line)
        self.write("_posts/0005.md", post(5))
        self.run("add", "_posts", "--json")
        for line in lines:
            self.run(*line)

    def damage(self) -> None:
        looks = (["audit"], ["status"], ["verify", "_posts/0011.md"], ["show", "3"], ["add", "--heartbeat", "_posts"])
        kept = self.root / "kept"
        shutil.copytree(self.archive, kept, symlinks=True)

        def again() -> None:
            shutil.rmtree(self.archive)
            shutil.copytree(kept, self.archive, symlinks=True)

        registers = sorted((self.archive / "accessions").iterdir())
        paths = [self.archive / "log/checkpoint", self.archive / "log/tile/entries/000", registers[0],
                 self.archive / ".provenance/last-signed", self.archive / ".provenance/config", self.archive / "keys/log.vkey",
                 self.archive / "keys/signer.key.pem", self.archive / ".provenance/index.sqlite",
                 next((self.archive / "log/tile/0").rglob("000"))]
        for path in paths:
            for how in ("another byte", "half", "gone"):
                if how == "another byte":
                    self.flip(path, 40)
                elif how == "half":
                    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
                else:
                    path.unlink()
                for line in looks:
                    self.run(*line)
                again()
        # An older log, and restoring the newer one.
        shutil.rmtree(self.archive / "log/tile/entries")
        self.run("repair", "--from", "../kept", "--dry-run")
        self.run("repair", "--from", "../kept", "--json", traced=True)
        self.run("audit")
        shutil.copy(self.root / "earlier", self.archive / "log/checkpoint")
        for line in (["audit"], ["status"], ["add", "_posts"], ["repair", "--from", "../kept"]):
            self.run(*line)
        again()
        # An add that is killed, and the next one.
        for number in range(20):
            self.write(f"late/{number}.md", post(3000 + number))
        for call in ("renameat2", "rename", "fdatasync", "fsync"):
            line = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when=2", str(self.program), "add", "late"]
            subprocess.run(line, cwd=self.archive, env=self.environment(), capture_output=True)
            self.run("status", "--json")
            self.run("add", "late", traced=True)
            self.run("audit")
            again()
            for number in range(20):
                self.write(f"late/{number}.md", post(3000 + number))


def differences(before: list[Step], now: list[Step]) -> list[str]:
    found = []
    if len(before) != len(now):
        found.append(f"{len(before)} steps before, {len(now)} now")
    for old, new in zip(before, now):
        if old.status != new.status:
            found.append(f"{old.name}: exit status {old.status} before, {new.status} now")
        for words, one, other in (("standard output", old.output, new.output), ("standard error", old.errors, new.errors)):
            if one != other:
                pairs = [(a, b) for a, b in zip(one.splitlines() + [b""] * 9, other.splitlines() + [b""] * 9) if a != b]
                first = pairs[0] if pairs else (one[-80:], other[-80:])
                found.append(f"{old.name}: {words}: {first[0][:200]!r} before, {first[1][:200]!r} now")
        for path in sorted(old.files.keys() | new.files.keys()):
            if old.files.get(path) != new.files.get(path):
                found.append(f"{old.name}: file {path}: {old.files.get(path, 'none')[:30]} before, {new.files.get(path, 'none')[:30]} now")
                break
        if old.trace != new.trace:
            place = next((place for place, (a, b) in enumerate(zip(old.trace, new.trace)) if a != b), min(len(old.trace), len(new.trace)))
            found.append(f"{old.name}: call {place}: {''.join(old.trace[place:place + 1])[:160]} before, "
                         f"{''.join(new.trace[place:place + 1])[:160]} now")
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--now", type=Path, required=True)
    parser.add_argument("--preload", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--show", action="store_true", help="print each step")
    options = parser.parse_args()
    here = Path(__file__).resolve().parent
    known = [row.split("\t", 1)[0] for row in (here / "differences").read_text().splitlines() if row and not row.startswith("#")]
    results = []
    for name, program in (("before", options.before), ("now", options.now)):
        # The same paths for both, since they are printed.
        root = options.work / "run"
        shutil.rmtree(root, ignore_errors=True)
        copy = options.work / "provenance"
        copy.unlink(missing_ok=True)
        shutil.copy(program.resolve(), copy)
        script = Script(copy, root, options.preload, options.shared.resolve(), here.parent / "Samples",
                        options.show)
        results.append(script.play())
    found = differences(*results)
    wrong = [row for row in found if not any(re.search(pattern, row) for pattern in known)]
    for row in wrong[:40]:
        print(row)
    if len(wrong) > 40:
        print(f"and {len(wrong) - 40} more")
    steps = len(results[0])
    traced = sum(1 for step in results[0] if step.trace)
    print(f"unchanged: {steps} steps, {traced} of them traced, {len(found)} differences, {len(found) - len(wrong)} of them listed")
    if steps < 300 or traced < 12:
        print("unchanged: the script did not do what it is for", file=sys.stderr)
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

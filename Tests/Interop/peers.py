"""The independent programs for transparency logs, and what they need to run."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from aics_tlog import remote, tiles, verified

from archive import Log


class Command:
    """A command of the virtual environment; its exit status is the answer."""

    def __init__(self, name: str) -> None:
        self.path = str(Path(sys.executable).with_name(name))

    def run(self, *arguments: str | Path | int, folder: Path | None = None) -> subprocess.CompletedProcess:
        # A proxy must not come between a test and its own loopback server.
        return subprocess.run(
            [self.path, *map(str, arguments)], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL,
            env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"}, timeout=120)


def aics(*arguments: str | Path | int) -> dict:
    """aics-tlog's answer. Its exit status and its `ok` must say the same."""
    result = Command("aics-tlog").run(*arguments)
    answer = json.loads(result.stdout)
    if (result.returncode == 0) != (answer["ok"] is True):
        raise ValueError(f"aics-tlog contradicts itself: {result.returncode}, {answer}")
    return answer


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's file server, without its lines on standard error."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path):
    """Serves a folder over loopback HTTP, as it is."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def copied(folder: Path, beside: Path):
    """A copy of a folder, to tamper with."""
    copy = beside / "tampered"
    shutil.copytree(folder, copy)
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


def audit(url: str, log: Log) -> int:
    """aics-tlog reads every tile and bundle of the log's tree; the number of files, 0 when it refuses one."""
    try:
        found = verified.audit_tiles(remote.HttpTileReader(url, proxies={}), log.size, log.root)
    except (tiles.TileVerificationError, tiles.TileMissingError, tiles.TileUnavailableError):
        return 0
    return found.tiles + found.bundles

"""Logs, judged by aics-tlog, tlog-scales and pymerkle."""

import json
import random
import shutil
from pathlib import Path

import pymerkle
from aics_tlog import bundle, checkpoint, hashing, note, remote, tiles, tree, verified
from pymerkle import InmemoryTree
from tlog_scales import backend, reader, tlog

from archive import TILE, Archive, Log, flipped, tile_name
from generate import rss_post
from peers import aics, audit, copied, served
from report import Report

SIZES = (1, 5, 256, 257, 1_300)


def grow(program: str, folder: Path) -> tuple[Archive, list[Log]]:
    """One archive that grows by one `add` to each size, and a copy of its log at each."""
    archive = Archive(program, folder / "grown")
    logs = []
    written = 0
    for size in SIZES:
        # Every add closes with one accession entry; --heartbeat writes one for nothing.
        count = size - (logs[-1].size if logs else 0) - 1
        posts = archive.folder / f"posts{size}"
        posts.mkdir()
        for _ in range(count):
            (posts / f"{written:05}.md").write_bytes(rss_post(written))
            written += 1
        # One commit for all of them, so that no size in between is published.
        archive.run("add", "--heartbeat", "--batch", "4096", *([posts.name] if count else []))
        copy = folder / f"log{size}"
        shutil.copytree(archive.folder / "log", copy)
        logs.append(Log(copy))
    return archive, logs


def tile_files(size: int) -> list[str]:
    """c2sp.org/tlog-tiles: the files that a checkpoint of this size implies."""
    files = [f"tile/entries/{name}" for name in tile_names(size)]
    level = 0
    while size:
        files += [f"tile/{level}/{name}" for name in tile_names(size)]
        size //= TILE
        level += 1
    return files


def tile_names(hashes: int) -> list[str]:
    """The tiles over this many hashes."""
    return [tile_name(number, min(TILE, hashes - number * TILE)) for number in range(-(-hashes // TILE))]


def is_superseded(name: str, size: int) -> bool:
    """Whether a partial tile's full tile belongs to the log of this size."""
    full, partial, _ = name.partition(".p/")
    return bool(partial) and full in tile_files(size)


class LogChecks:
    """The logs of all sizes, and one large one."""

    def __init__(self, report: Report, archive: Archive, logs: list[Log], large: Log | None, folder: Path) -> None:
        self.report = report
        self.archive = archive
        self.logs = logs
        # The large log is that of the made-up posts; a run of this section alone has none.
        self.large = large
        self.all = [*logs, large] if large else logs
        self.folder = folder
        self.vkey = folder / "pinned.vkey"
        self.vkey.write_bytes(archive.log_vkey.read_bytes())
        self.other = Archive(archive.program, folder / "other", "archive.example.org/interop")
        self.pinned = note.parse_vkey(self.vkey.read_text().strip())

    def reader(self, log: Log) -> verified.VerifiedTileReader:
        """aics-tlog's reader, which authenticates every tile and entry against the checkpoint before it answers."""
        return verified.VerifiedTileReader(remote.HttpTileReader(log.folder.as_uri()), log.size, log.root)

    def exported(self, *arguments: str | Path) -> dict:
        """A manifest of the growing archive."""
        path = self.folder / "exported.json"
        self.archive.run("export", "-o", path, *arguments)
        manifest = json.loads(path.read_bytes())
        path.unlink()
        return manifest

    # aics-tlog

    def checkpoints(self) -> None:
        """c2sp.org/signed-note and c2sp.org/tlog-checkpoint"""
        wrong, refused, mutants = [], [], 0
        for log in self.logs:
            answer = aics("verify-checkpoint", "--note", log.folder / "checkpoint", "--vkey-file", self.vkey,
                          "--origin", self.archive.origin)
            if not (answer["ok"] and answer["log_ok"] and answer["size"] == log.size and answer["root"] == log.root64):
                wrong.append(answer)
        self.report.all("aics-tlog opens the checkpoint with the published vkey", self.logs, wrong, "logs")

        data = self.logs[-1].checkpoint
        for at in range(len(data)):
            mutants += 1
            try:
                opened = checkpoint.verify_checkpoint(note.parse_note(flipped(data, at)), self.pinned, [], 0).ok
            except ValueError:
                opened = False
            if opened:
                refused.append(at)
        self.report.all("aics-tlog refuses a checkpoint with a byte changed", [*range(mutants)], refused, "mutants")
        answers = [aics("verify-checkpoint", "--note", self.logs[-1].folder / "checkpoint", "--vkey-file", key)
                   for key in (self.other.log_vkey, self.archive.folder / "keys/signer.vkey")]
        self.report.all("aics-tlog refuses it under another log's key and under the signer's", answers,
                        [answer for answer in answers if answer["ok"]], "keys")

    def files(self) -> None:
        """c2sp.org/tlog-tiles: every file of the folder, and no other"""
        published: list[int] = []
        for log in self.all:
            published = [*published, log.size] if log is not self.large else [log.size]
            answer = audit(log.folder.as_uri(), log)
            files = log.files()
            if log is not self.large:
                # A log serves the partial tiles of every published size until the full tile is there.
                wanted = {name for size in published for name in tile_files(size) if not is_superseded(name, log.size)}
                self.report.check(f"the folder of {log.size:,} entries has the files of the specification",
                                  set(map(str, files)) == wanted, f"{len(files)} files", files)
            self.report.check(f"aics-tlog verifies every tile and bundle of {log.size:,} entries",
                              answer == len(tile_files(log.size)), f"{answer} files", answer)
        last = self.logs[-1].folder.as_uri()
        wrong = [log.size for log in self.logs if audit(last, log) != len(tile_files(log.size))]
        self.report.all("aics-tlog verifies the earlier checkpoints over the last folder", self.logs, wrong, "sizes")

        passed, mutants = [], []
        for log in self.logs:
            with copied(log.folder, self.folder) as copy:
                for name in tile_files(log.size):
                    data = (copy / name).read_bytes()
                    for at in {0, len(data) // 2, len(data) - 1}:
                        (copy / name).write_bytes(flipped(data, at, 3))
                        mutants.append((log.size, name, at))
                        if audit(copy.as_uri(), log):
                            passed.append(mutants[-1])
                    (copy / name).write_bytes(data)
        self.report.all("aics-tlog refuses each of those files with a bit flipped", mutants, passed, "mutants")

    def inclusion(self) -> None:
        """RFC 9162 inclusion, by proofs that aics-tlog makes from the tiles"""
        dice = random.Random(1)
        for log in self.all:
            verified_reader = self.reader(log)
            indexes = range(log.size) if log.size <= 300 else sorted(
                {0, 255, 256, log.size - 1, *dice.sample(range(log.size), 250)})
            wrong, passed = [], []
            for index in indexes:
                proof = tiles.inclusion_proof_from_tiles(verified_reader, index, log.size)
                leaf = hashing.leaf_hash(log.entries[index])
                if not tree.verify_inclusion(leaf, index, log.size, proof, log.root):
                    wrong.append(index)
                false = [(hashing.leaf_hash(flipped(log.entries[index], 30)), index, proof)]
                if proof:
                    false.append((leaf, index ^ 1, proof))
                    false.append((leaf, index, [*proof[:-1], flipped(proof[-1], 7)]))
                    false.append((leaf, index, proof[:-1]))
                passed += [index for entry, place, path in false
                           if tree.verify_inclusion(entry, place, log.size, path, log.root)]
            self.report.all(f"aics-tlog proves inclusion in {log.size:,} entries", [*indexes], wrong, "indexes")
            self.report.check(f"aics-tlog refuses forged proofs in {log.size:,} entries", not passed, found=passed)

    def consistency(self) -> None:
        """RFC 9162 consistency, between the checkpoints that the growing log signed"""
        pairs = [(old, new) for place, new in enumerate(self.logs) for old in self.logs[:place + 1]]
        wrong, passed = [], []
        for old, new in pairs:
            common = ["verify-consistency", "--vkey-file", self.vkey, "--tiles", new.folder]
            answer = aics(*common, "--old-checkpoint", old.folder / "checkpoint")
            if not answer["ok"] or (answer["old_size"], answer["new_size"]) != (old.size, new.size):
                wrong.append(answer)
            forged = hashing.leaf_hash(old.root)
            if aics(*common, "--old-size", old.size, "--old-root", note.b64_encode(forged))["ok"]:
                passed.append((old.size, new.size))
        self.report.all("aics-tlog finds each checkpoint consistent with the earlier ones", pairs, wrong, "pairs")
        self.report.all("aics-tlog refuses another earlier root", pairs, passed, "pairs")
        answer = aics("verify-consistency", "--vkey-file", self.vkey, "--tiles", self.logs[1].folder,
                      "--old-checkpoint", self.logs[2].folder / "checkpoint")
        self.report.check("aics-tlog refuses a log that went back", not answer["ok"], found=answer)

    def over_http(self) -> None:
        """The folder behind a plain web server"""
        log = self.logs[-1]
        old = self.logs[2].folder / "checkpoint"
        with served(log.folder) as url:
            common = ["--vkey-file", self.vkey, "--tiles", url]
            answers = [aics("verify-checkpoint", *common), aics("verify-consistency", *common, "--old-checkpoint", old)]
            leaf = self.folder / "leaf"
            for index in (0, 255, 256, 1_024, log.size - 1):
                leaf.write_bytes(log.entries[index])
                answers.append(aics("verify-inclusion", *common, "--index", index, "--leaf", leaf))
            self.report.all("aics-tlog verifies the folder served by http.server", answers,
                            [answer for answer in answers if not answer["ok"]], "answers")
            answer = aics("verify-inclusion", *common, "--index", 3, "--leaf", leaf)
            self.report.check("aics-tlog refuses an entry at another's index over HTTP", not answer["ok"], found=answer)
            files = audit(url, log)
            self.report.check("aics-tlog verifies every file over HTTP", files == len(tile_files(log.size)),
                              f"{files} files", files)
        with copied(log.folder, self.folder) as copy, served(copy) as url:
            name = copy / "tile/entries/001"
            name.write_bytes(flipped(name.read_bytes(), 100))
            common = ["verify-inclusion", "--vkey-file", self.vkey, "--tiles", url, "--index"]
            answers = [aics(*common, 300)["ok"], aics(*common, 3)["ok"]]
        self.report.check("aics-tlog refuses the entries of a forged bundle over HTTP, and no others",
                          answers == [False, True], found=answers)

    # tlog-scales

    def scales(self) -> None:
        """tlog-scales' reader over the same folders"""
        wrong, passed = [], []
        for log in self.all:
            tiles_reader = reader.TilesReader(backend.make_backend(str(log.folder)))
            signed = tiles_reader.get_checkpoint()
            if (tiles_reader.calculate_root_hash(), signed.size) != (log.root, log.size):
                wrong.append(log.size)
            if tiles_reader.get_entry(log.size - 1) != log.entries[-1]:
                wrong.append(log.size)
            for old in self.logs:
                if log is self.large or old.size > log.size:
                    continue
                proof = tiles_reader.get_consistency_proof(old.size, log.size)
                proof.check(old.root, log.root)
                if proof.node_hashes:
                    try:
                        proof.check(hashing.leaf_hash(b""), log.root)
                        passed.append((old.size, log.size))
                    except tlog.ConsistencyProofInvalid:
                        pass
        self.report.all("tlog-scales computes the checkpoints' roots, entries and consistency",
                        self.all, wrong, "logs")
        self.report.check("tlog-scales refuses another earlier root", not passed, found=passed)
        tiles_reader = reader.TilesReader(backend.make_backend(str(self.logs[-1].folder)))
        size = tiles_reader.get_checkpoint().size
        wrong = [log.size for log in self.logs[:-1]
                 if self.exported("--since", log.folder / "checkpoint")["consistency"]["proof"]
                 != [*map(note.b64_encode, tiles_reader.get_consistency_proof(log.size, size).node_hashes)]]
        self.report.all("the consistency proofs of `export --since` are tlog-scales'", self.logs[:-1], wrong, "proofs")

    # pymerkle

    def pymerkle(self) -> None:
        """A tree built anew from the entries"""
        dice = random.Random(2)
        for log in self.all:
            merkle = InmemoryTree(algorithm="sha256")
            merkle.append_entries(log.entries)
            self.report.check(f"pymerkle's root over {log.size:,} entries is the checkpoint's",
                              merkle.get_root() == log.root)
            changed = InmemoryTree(algorithm="sha256")
            changed.append_entries([*log.entries[:-1], flipped(log.entries[-1], 0)])
            tiles_reader = self.reader(log)
            indexes = range(log.size) if log.size <= 300 else dice.sample(range(log.size), 300)
            wrong, passed = [], []
            for index in indexes:
                # pymerkle counts from 1, its path starts with the leaf itself, and its verifier binds a proof to a leaf and a
                # tree only when index and size are given.
                proof = merkle.prove_inclusion(index + 1)
                leaf = hashing.leaf_hash(log.entries[index])
                if proof.path != [leaf, *tiles.inclusion_proof_from_tiles(tiles_reader, index, log.size)]:
                    wrong.append(index)
                pymerkle.verify_inclusion(leaf, log.root, proof, index=index + 1, size=log.size)
                for false in ((hashing.leaf_hash(leaf), index + 1), (leaf, index + 2)):
                    try:
                        pymerkle.verify_inclusion(false[0], log.root, proof, index=false[1], size=log.size)
                        passed.append(index)
                    except pymerkle.InvalidProof:
                        pass
            self.report.all(f"pymerkle's proofs for {log.size:,} entries are those of the tiles", [*indexes], wrong,
                            "indexes")
            self.report.check(f"pymerkle refuses another leaf, index or entry in {log.size:,}",
                              not passed and changed.get_root() != log.root, found=passed)
        merkle = InmemoryTree(algorithm="sha256")
        merkle.append_entries(self.logs[-1].entries)
        entries = self.exported()["entries"]
        wrong = [item["index"] for item in entries
                 if item["proof"] != [*map(note.b64_encode, merkle.prove_inclusion(item["index"] + 1).path[1:])]]
        self.report.all("the inclusion proofs of `export` are pymerkle's", entries, wrong, "proofs")
        roots = [merkle.get_root(log.size) for log in self.logs]
        self.report.check("pymerkle's earlier roots are the earlier checkpoints'",
                          roots == [log.root for log in self.logs], f"{len(roots)} sizes")

    # A bundle format of aics-tlog's own

    def bundles(self) -> None:
        """An offline bundle made by aics-tlog from our tiles"""
        log = self.logs[-1]
        made = bundle.bundle_from_tiles(self.reader(log), 700, log.checkpoint)
        path = self.folder / "bundle.json"
        path.write_text(made.to_json())
        common = ["verify-bundle", "--offline", "--bundle", path, "--vkey-file", self.vkey]
        good = aics(*common)
        document = json.loads(made.to_json())
        document["index"] = 701
        path.write_text(json.dumps(document))
        bad = aics(*common)
        self.report.check("aics-tlog's offline bundle of an entry verifies, one of another index does not",
                          good["ok"] and not bad["ok"], found=(good, bad))

    def run(self) -> None:
        """Every check of logs and proofs."""
        self.report.check("the log's sizes are those wanted", tuple(log.size for log in self.logs) == SIZES,
                          ", ".join(f"{log.size:,}" for log in self.all))
        for section in (self.checkpoints, self.files, self.inclusion, self.consistency, self.over_http, self.bundles,
                        self.scales, self.pymerkle):
            self.report.section(f"logs: {section.__name__.replace('_', ' ')}", section)



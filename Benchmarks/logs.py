"""The log by itself: entries without posts and signatures, beside other logs, and an archive of a million records."""

import itertools
import json
import os
import shutil

from harness import HERE, MEBIBYTE, generate, median, say, warm

LOGS = HERE / ".build" / "release" / "logs"

# Targets for the log alone, on a machine like the one that the README describes.
ENTRIES = 200_000
APPENDED_A_SECOND = 200_000
AUDITED_A_SECOND = 1_000_000
ONE_AT_A_TIME = 0.002

# `add`, `verify` and `prove` read every entry and register of a long log first: since no answer comes from an index, their time
# grows with the log. Their memory must not.
SHORT = 10_000
MEMORY_OF_LONG = 96 * MEBIBYTE
HASHES_OF_AN_ENTRY = 34
BYTES_OFF = 0.05


def peers(options, runner):
    """Runs peers.py; `None` where no Python has the packages it needs."""
    if not os.access(options.peers, os.X_OK):
        say(f"no {options.peers}: rows of aics-tlog and pymerkle are left out")
        return None
    def run(*words):
        runner.run(options.peers, HERE / "peers.py", *words, cwd="/")
        return runner.values()
    return run


def measure_library(options, runner, table, work):
    """Appends and audits entries of 300 bytes, durable, against other implementations of the same formats."""
    entries, rounds = (20_000, 1) if options.quick else (ENTRIES, 3)
    say(f"{entries:,} entries of 300 bytes, no posts")
    peer = peers(options, runner)
    # Output is kept until the benchmark's end: for a while after files are removed, ext4 is slow to make new ones.
    folders = (work / f"log-{number}" for number in itertools.count())

    def logs(*words):
        runner.run(LOGS, *words, cwd=work)
        return runner.values()

    def compare(what, rates, name, others, wanted):
        rate = median(rates)
        table.samples[what] = rates
        reference, ratio = ("", None)
        if others:
            table.samples[f"{what}: {name}"] = others
            reference, ratio = f"{median(others):,.0f} entries/s, {name}", rate / median(others)
        # Must also be faster than the other one, where it is installed.
        table.add(what, f"{rate:,.0f} entries/s", reference, ratio, f">= {wanted:,}/s",
                  rate >= wanted and (ratio is None or ratio > 1))

    appended, audited = [], []
    for batch in (1_024, 4_096):
        mine, other = [], []
        for _ in range(rounds):
            folder = next(folders)
            os.sync()
            mine.append(logs("append", folder, entries, batch)["entries-per-second"])
            audited.append(logs("audit", folder)["entries-per-second"])
            if peer:
                folder = next(folders)
                os.sync()
                other.append(peer("append", folder, entries, batch)["entries-per-second"])
                appended.append(peer("audit", folder, entries)["entries-per-second"])
        compare(f"log alone, a commit each {batch:,} entries", mine, "aics-tlog", other, APPENDED_A_SECOND)
    compare("log alone, audit without signatures", audited, "aics-tlog", appended, AUDITED_A_SECOND)
    if peer:
        mine = table.samples["log alone, a commit each 4,096 entries"]
        table.at_least("log alone, a commit each 4,096 entries", median(mine),
                       (median([peer("tree", entries)["entries-per-second"] for _ in range(rounds)]),
                        "entries/s, pymerkle in memory"), None, "entries/s")
    os.sync()
    each = logs("append", next(folders), 1_000, 1)["median-commit-milliseconds"] / 1e3
    table.add("log alone, one entry at a time, median", f"{each * 1e3:.2f} ms", wanted=f"<= {ONE_AT_A_TIME * 1e3:.0f} ms",
              good=each <= ONE_AT_A_TIME)


def measure_million(options, runner, archives, table, work):
    """Adds posts to a log of many records and to one of few, and verifies and proves one of them."""
    posts, sizes = work / "ten-thousand", {}
    generate(posts, SHORT, "--size", options.size)
    counts = (SHORT, options.million)
    prepared = {}
    for count in counts:
        say(f"an archive of {count:,} records")
        archives.make_empty()
        runner.run(LOGS, "records", archives.folder, count, cwd=work)
        sizes[count] = runner.values()["entry-bytes"], apparent_bytes(archives.folder / "log")
        archives.run("reindex")
        (archives.folder / "first").mkdir()
        generate(archives.folder / "first", 1, "--size", 600, "--seed", "first")
        archives.run("add", "first", "-q")
        prepared[count] = archives.folder, archives.config
    samples = {(count, what): [] for count in counts for what in ("add", "verify", "prove", "peak")}
    for number in range(1, 4):
        say(f"adding {SHORT:,} posts to each, round {number} of 3")
        for count in counts:
            kept, archives.config = prepared[count]
            archives.folder = work / "copy"
            shutil.copytree(kept, archives.folder)
            os.rename(posts, archives.folder / "posts")
            warm(archives.folder / "posts")
            seconds, peak = archives.run_for_memory("add", "posts", "-q")
            samples[count, "add"].append(seconds)
            samples[count, "peak"].append(peak)
            post = "posts/" + sorted(item.name for item in os.scandir(archives.folder / "posts"))[SHORT // 2]
            for _ in range(10):
                samples[count, "verify"].append(archives.run("verify", post))
                samples[count, "prove"].append(archives.run("prove", post, "-o", "-"))
            os.rename(archives.folder / "posts", posts)
            shutil.rmtree(archives.folder)
    for folder, config in prepared.values():
        shutil.rmtree(folder)
        shutil.rmtree(config)
    shutil.rmtree(posts)
    table.samples["a long log"] = json.loads(json.dumps(
        [{"entries": count, "what": what, "values": values} for (count, what), values in samples.items()]))

    short, many = counts
    rate = {count: SHORT / median(samples[count, "add"]) for count in counts}
    table.at_least(f"add of {SHORT:,} posts to {many:,} entries", rate[many],
                   (rate[short], f"posts/s, to {short:,} entries"), None, "posts/s")
    for what in ("verify", "prove"):
        table.at_most(f"{what} of one post among {many:,}", median(samples[many, what]), median(samples[short, what]),
                      f"among {short:,}")
    peak = max(samples[many, "peak"])
    table.add(f"add to {many:,} entries: memory", f"{peak / MEBIBYTE:.1f} MiB",
              f"{max(samples[short, 'peak']) / MEBIBYTE:.1f} MiB, to {short:,} entries",
              peak / max(samples[short, "peak"]), f"< {MEMORY_OF_LONG // MEBIBYTE} MiB", peak < MEMORY_OF_LONG)
    entries, log = sizes[many]
    each, wanted = log / many, entries / many + HASHES_OF_AN_ENTRY
    table.add(f"log of {many:,} entries: bytes each", f"{each:,.1f}", f"{wanted:,.1f}, entry and {HASHES_OF_AN_ENTRY}",
              each / wanted, f"<= {1 + BYTES_OFF:.2f}", each <= wanted * (1 + BYTES_OFF))


def apparent_bytes(folder):
    """Bytes of all files below a folder, as `du --apparent-size` has them without the folders themselves."""
    return sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names)

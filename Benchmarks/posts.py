"""Posts: what `add`, `verify`, `prove`, `status` and `audit` take, beside programs that do all or part of the same work."""

import hashlib
import os
import shutil

from harness import (MEBIBYTE, REFERENCE, Failed, generate, median, program, say, warm)

# The targets. FLAT is how much memory and time per entry may differ between the small and the large log.
VOID_BELOW = 0.6
ADD_OF_REFERENCE = 0.8
ADD_OF_GIT = 8.0
VERIFY_OF_OPENSSL = 2.0
AUDIT_OF_BARE = 0.9
MEMORY_LIMIT = 128 * MEBIBYTE
FLAT = 1.25


def reference_add(runner, posts, work, *options):
    """Runs the C program; returns whole-process seconds and what it printed."""
    warm(posts)
    os.sync()
    written = work / f"reference-{sum(1 for _ in work.glob('reference-*'))}"
    seconds = runner.run(REFERENCE, "add", posts, written, *options, cwd=work)
    return seconds, runner.values()


def openssl_speed(runner, work, cores):
    """Ed25519 signatures and verifications per second of elapsed time, on all cores."""
    runner.run("openssl", "speed", "-elapsed", "-mr", "-multi", cores, "-seconds", 2, "ed25519", cwd=work)
    for line in runner.output.read_text().splitlines():
        if line.startswith("+F6:") and "Ed25519" in line:
            return tuple(float(value) for value in line.split(":")[-2:])
    raise Failed("openssl speed: no line +F6 with the rates of Ed25519")


def git_commit(runner, posts, repository, **settings):
    """Seconds of `git add` and `git commit` of all posts into a fresh repository, without its later housekeeping."""
    warm(posts)
    settings |= {"user.name": "bench", "user.email": "bench@bench.example", "gc.auto": "0", "maintenance.auto": "false",
                 "commit.gpgsign": "false"}
    variables = {"GIT_DIR": repository, "GIT_WORK_TREE": posts, "GIT_CONFIG_COUNT": len(settings)}
    for i, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{i}": key, f"GIT_CONFIG_VALUE_{i}": value}
    runner.run("git", "init", "-q", cwd=posts, **variables)
    os.sync()
    seconds = runner.run("git", "add", "-A", ".", cwd=posts, **variables)
    seconds += runner.run("git", "commit", "-q", "-m", "posts", cwd=posts, **variables)
    return seconds


def measure_adding(options, runner, archives, table, work, cores):
    """Interleaved rounds of the C program, provenance, openssl speed and git. Leaves the last archive in place.

    Output is kept until the benchmark's end: for a while after files are removed, ext4 is slow to make new ones.
    """
    posts = work / "posts"
    generate(posts, options.posts, "--size", options.size)
    ceiling = reference_add(runner, posts, work, "--ceiling")[1]["signatures-per-second"]
    samples = {name: [] for name in ("reference seconds", "reference rate", "add seconds", "speed sign", "speed verify",
                                     "git seconds")}

    def measure_reference():
        seconds, values = reference_add(runner, posts, work)
        samples["reference seconds"].append(seconds)
        samples["reference rate"].append(values["posts-per-second"])

    # The reference runs thrice a round: a run takes less than a second, and every ratio depends on it.
    for number in range(1, options.rounds + 1):
        say(f"adding, round {number} of {options.rounds}")
        measure_reference()
        signing, verifying = openssl_speed(runner, work, cores)
        samples["speed sign"].append(signing)
        samples["speed verify"].append(verifying)
        measure_reference()
        archives.make(posts)
        samples["add seconds"].append(archives.run("add", "posts", "-q"))
        os.rename(archives.folder / "posts", posts)
        measure_reference()
        samples["git seconds"].append(git_commit(runner, posts, work / f"repository-{number}"))
    os.rename(posts, archives.folder / "posts")
    table.samples |= samples

    speed, count = median(samples["speed sign"]), options.posts
    add = count / median(samples["add seconds"])
    # The best round shows what the program is able to do. One short run is easily disturbed; a broken program has no good round.
    table.at_least("C reference: add, its best rate", max(samples["reference rate"]),
                   (speed, "signatures/s, openssl speed"), VOID_BELOW, "posts/s", bad="VOID")
    table.add("C reference: signing alone", f"{ceiling:,.0f} signatures/s", f"{speed:,.0f} signatures/s, openssl speed",
              ceiling / speed)
    reference, git = count / median(samples["reference seconds"]), count / median(samples["git seconds"])
    table.at_least(f"add of {count:,} posts", add, (reference, "posts/s, C reference"), ADD_OF_REFERENCE, "posts/s")
    table.at_least(f"add of {count:,} posts", add, (git, "posts/s, git add && git commit"), ADD_OF_GIT, "posts/s")


def measure_real_sizes(options, runner, archives, table, work):
    """The same number of posts, with sizes spread like those of real ones."""
    posts = work / "posts-real"
    generate(posts, options.posts, "--real-sizes")
    samples = {name: [] for name in ("reference", "add", "git")}
    rounds = max(1, options.rounds // 2)
    for number in range(1, rounds + 1):
        say(f"adding posts of real sizes, round {number} of {rounds}")
        samples["reference"].append(reference_add(runner, posts, work)[0])
        archives.make(posts)
        samples["add"].append(archives.run("add", "posts", "-q"))
        os.rename(archives.folder / "posts", posts)
        samples["reference"].append(reference_add(runner, posts, work)[0])
        samples["git"].append(git_commit(runner, posts, work / f"repository-real-{number}"))
    shutil.rmtree(posts)
    table.samples |= {f"real sizes: {name} seconds": seconds for name, seconds in samples.items()}
    rates = {name: options.posts / median(seconds) for name, seconds in samples.items()}
    what = f"add of {options.posts:,} posts, real sizes"
    table.at_least(what, rates["add"], (rates["reference"], "posts/s, C reference"), ADD_OF_REFERENCE, "posts/s")
    table.at_least(what, rates["add"], (rates["git"], "posts/s, git add && git commit"), ADD_OF_GIT, "posts/s")


def measure_others(options, runner, archives, table, work):
    """Existing tools on the posts of the present archive; `add` has been measured."""
    add = options.posts / median(table.samples["add seconds"])
    posts = archives.folder / "posts"

    def compare(name, count, seconds):
        table.samples[f"{name} seconds"] = seconds
        table.at_least(f"add of {options.posts:,} posts", add, (count / median(seconds), f"posts/s, {name}"), None, "posts/s")

    say("git with fsync, hashdeep, minisign")
    # git syncs almost nothing by default; `add` syncs all it writes.
    compare("git, core.fsync=all", options.posts, [
        git_commit(runner, posts, work / f"repository-synced-{number}", **{"core.fsync": "all"}) for number in range(2)])
    if program("hashdeep"):
        warm(posts)
        compare("hashdeep -c sha256", options.posts, [
            runner.run("hashdeep", "-c", "sha256", "-r", posts, cwd=work) for _ in range(2)])
    if program("minisign"):
        key, copies = work / "minisign.key", work / "signed"
        copies.mkdir()
        few = sorted(item.name for item in os.scandir(posts))[:1_000]
        for number, name in enumerate(few):
            shutil.copyfile(posts / name, copies / str(number))
        runner.run("minisign", "-G", "-W", "-p", work / "minisign.pub", "-s", key, cwd=copies)
        warm(copies)
        compare("minisign of all files", len(few), [
            runner.run("minisign", "-S", "-s", key, "-m", *map(str, range(len(few))), cwd=copies)])
        compare("minisign, a process each", 200, [
            runner.run("sh", "-c", 'for i in $(seq 0 199); do minisign -S -s "$1" -m $i || exit 1; done', "sh", key,
                       cwd=copies)])
        shutil.rmtree(copies)


def measure_verifying(options, runner, archives, table, work):
    """`verify` of one post and of a manifest of one post, whole processes, against one signature by openssl."""
    say("verifying one post")
    post = min((item.name for item in os.scandir(archives.folder / "posts")),
               key=lambda name: hashlib.sha256(os.fsencode(name)).digest())
    archives.run("export", "-o", "one.json", f"posts/{post}")
    key, text, signature = work / "key.pem", work / "text", work / "signature"
    text.write_bytes(b"a record has about this length".ljust(560, b"."))
    runner.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key, cwd=work)
    runner.run("openssl", "pkey", "-in", key, "-pubout", "-out", work / "public.pem", cwd=work)
    runner.run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", text, "-out", signature, cwd=work)

    def in_archive(*words):
        return lambda: runner.run(archives.program, *words, cwd=archives.folder, XDG_CONFIG_HOME=archives.config)

    commands = {
        "pkeyutl": lambda: runner.run("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey",
                                      work / "public.pem", "-in", text, "-sigfile", signature, cwd=work),
        "verify post": in_archive("verify", f"posts/{post}"),
        "verify manifest": in_archive("verify", "one.json", "--keys", "keys"),
        "prove post": in_archive("prove", f"posts/{post}", "-o", "-"),
        "true": lambda: runner.run("true", cwd=work),
    }
    samples = {name: [] for name in commands}
    for number in range(-3, options.runs):
        for name, command in commands.items():
            seconds = command()
            if number >= 0:
                samples[name].append(seconds)
    table.samples |= {f"{name} seconds": seconds for name, seconds in samples.items()}
    reference = median(samples["pkeyutl"])
    for what, name, most in (("verify of one post", "verify post", VERIFY_OF_OPENSSL),
                             ("verify of a one-post manifest", "verify manifest", VERIFY_OF_OPENSSL),
                             ("prove of one post", "prove post", None)):
        table.at_most(what, median(samples[name]), reference, "openssl pkeyutl -verify", most)
    table.add("a process that does nothing", f"{median(samples['true']) * 1e3:.1f} ms")


def measure_status(options, archives, table):
    """`status` of unchanged posts, which digests them all, against sha256sum on all cores."""
    say("status of unchanged posts")
    warm(archives.folder / "posts")
    samples = {"status": [], "status --fast": [], "sha256sum": []}
    hashing = "find posts -name '*.md' -print0 | xargs -0 -n 256 -P \"$(nproc)\" sha256sum"
    for _ in range(max(1, options.rounds // 2)):
        samples["status"].append(archives.run("status", "-q"))
        samples["sha256sum"].append(archives.runner.run("sh", "-c", hashing, cwd=archives.folder))
        samples["status --fast"].append(archives.run("status", "--fast", "-q"))
    table.samples |= {f"{name} seconds": seconds for name, seconds in samples.items()}
    reference = (options.posts / median(samples["sha256sum"]), "posts/s, sha256sum on all cores")
    for name in ("status", "status --fast"):
        table.at_least(f"{name} of {options.posts:,} posts", options.posts / median(samples[name]), reference, None, "posts/s")


def measure_audit(options, runner, archives, table, work):
    """`audit` of the whole log against bare Ed25519 verification of as many signatures."""
    seconds, bare = [], []
    for number in range(1, options.rounds + 1):
        say(f"auditing, round {number} of {options.rounds}")
        seconds.append(archives.run("audit", "-q"))
        runner.run(REFERENCE, "verify", options.posts, cwd=work)
        bare.append(runner.values()["verifications-per-second"])
    table.samples |= {"audit seconds": seconds, "bare verifications per second": bare}
    table.at_least(f"audit of {options.posts:,} posts", options.posts / median(seconds),
                   (median(bare), "signatures/s, bare verification"), AUDIT_OF_BARE, "posts/s")


# What `status` may use up to a million places.
STATUS_MEMORY = 64 * MEBIBYTE


def measure_sizes(options, archives, table, work):
    """Peak memory and time per entry of add, audit, status and verify, in a small log and in one of ten times its entries."""
    sizes = [options.posts] if options.quick else [options.posts, options.many]
    samples = []
    for count in sizes:
        posts = work / f"small-{count}"
        generate(posts, count, "--size", options.small)
        for _ in range(options.rounds if count == sizes[0] else 1):
            say(f"add, audit, export and verify of {count:,} entries")
            archives.make(posts)
            samples.append(("add", count, *archives.run_for_memory("add", "posts", "-q")))
            samples.append(("audit", count, *archives.run_for_memory("audit", "-q")))
            samples.append(("status", count, *archives.run_for_memory("status", "-q")))
            archives.run("export", "-o", "all.json")
            verify = archives.run_for_memory("verify", "all.json", "--keys", "keys", "-q")
            samples.append(("verify of a manifest", count, *verify))
            archives.remove(posts)
        shutil.rmtree(posts)
    table.samples["sizes"] = [dict(zip(("command", "entries", "seconds", "peak bytes"), sample)) for sample in samples]
    measured = {}
    for name, count in dict.fromkeys((name, count) for name, count, _, _ in samples):
        chosen = [sample for sample in samples if sample[:2] == (name, count)]
        measured[name, count] = median([sample[2] for sample in chosen]), max(sample[3] for sample in chosen)

    first = sizes[0]
    limit = f"< {MEMORY_LIMIT // MEBIBYTE} MiB"
    for command in dict.fromkeys(command for command, _ in measured):
        small_seconds, small_peak = measured[command, first]
        table.add(f"{command}, {first:,} entries: memory", f"{small_peak / MEBIBYTE:.1f} MiB", wanted=limit,
                  good=small_peak < MEMORY_LIMIT)
        for count in sizes[1:]:
            seconds, peak = measured[command, count]
            ratio = peak / small_peak
            if command == "status":
                # 38 bytes a place: a million places in 64 MiB.
                table.add(f"{command}, {count:,} entries: memory", f"{peak / MEBIBYTE:.1f} MiB",
                          f"{small_peak / MEBIBYTE:.1f} MiB, {first:,} entries", ratio, f"< {STATUS_MEMORY // MEBIBYTE} MiB",
                          peak < STATUS_MEMORY)
                continue
            table.add(f"{command}, {count:,} entries: memory", f"{peak / MEBIBYTE:.1f} MiB",
                      f"{small_peak / MEBIBYTE:.1f} MiB, {first:,} entries", ratio, f"{limit}, <= {FLAT:.2f}",
                      peak < MEMORY_LIMIT and ratio <= FLAT)
            small_each, each = small_seconds / first * 1e6, seconds / count * 1e6
            table.add(f"{command}, {count:,} entries: time each", f"{each:.1f} us",
                      f"{small_each:.1f} us, {first:,} entries", each / small_each, f"<= {FLAT:.2f}",
                      each / small_each <= FLAT)


def count_calls(path):
    """(files opened for writing, syncs) in a file that strace wrote."""
    files = syncs = 0
    with open(path, errors="replace") as trace:
        for line in trace:
            if " = -1 " in line:
                continue
            files += "O_CREAT" in line or "creat(" in line
            syncs += "sync" in line and "<... " not in line
    return files, syncs


def measure_calls(options, runner, archives, table, work):
    """How many files are written and synced; counted but not timed, since strace slows everything."""
    if not program("strace"):
        return
    say("counting files and syncs")
    posts, trace = work / "traced", work / "trace"
    generate(posts, options.posts, "--size", options.small)
    strace = ("strace", "-f", "-o", trace, "-e",
              "trace=open,openat,creat,fsync,fdatasync,sync,syncfs")
    runner.run(*strace, REFERENCE, "add", posts, work / "reference-out", cwd=work)
    reference = count_calls(trace)
    archives.make(posts)
    runner.run(*strace, archives.program, "add", "posts", "-q", cwd=archives.folder, XDG_CONFIG_HOME=archives.config)
    measured = count_calls(trace)
    archives.remove()
    table.samples["calls"] = {"add": measured, "reference": reference}
    for i, what in enumerate(("files written", "syncs")):
        per = [calls[i] * 1_000 / options.posts for calls in (measured, reference)]
        table.add(f"add: {what}, each 1,000 posts", f"{per[0]:,.1f}", f"{per[1]:,.1f}, C reference", per[0] / per[1])

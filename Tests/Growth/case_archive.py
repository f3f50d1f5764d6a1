"""Commands in an archive: what each does with n posts, paths, addresses, registers, folders or keys."""

import base64
import os
import shutil

from box import ORIGIN, Box, Run, case, post, vkey

NO_POST = b"no front matter\n"


def recorded(n: int) -> str:
    """The output of an add that recorded n posts."""
    return f"recorded{n:>11}"


def names(n: int, folder: str = "_posts") -> list[str]:
    return [f"{folder}/{number:05}.md" for number in range(n)]


# add


@case("add: a folder of posts", 200, sampled=True)
def add_folder(box: Box, n: int) -> Run:
    box.empty()
    for number, name in enumerate(names(n)):
        box.write(name, post(number))
    return Run(["add", "_posts"], 0, recorded(n))


@case("add: posts as arguments", 200)
def add_arguments(box: Box, n: int) -> Run:
    box.empty()
    return Run(["add", *(box.write(name, post(number)) for number, name in enumerate(names(n)))], 0, recorded(n))


@case("add: posts of a list", 200, sampled=True)
def add_list(box: Box, n: int) -> Run:
    box.empty()
    for number, name in enumerate(names(n)):
        box.write(name, post(number))
    return Run(["add", "--files-from", "-"], 0, recorded(n), "\n".join(names(n)).encode())


@case("add: files outside the archive, as arguments", 200, sampled=True)
def add_outside(box: Box, n: int) -> Run:
    box.empty()
    for number, name in enumerate(names(n)):
        box.write(f"../outside/{name}", post(number))
    return Run(["add", *(f"../outside/{name}" for name in names(n))], 0, recorded(n))


@case("add: folders outside the archive, as arguments", 200)
def add_folders_outside(box: Box, n: int) -> Run:
    box.empty()
    for number in range(n):
        box.write(f"../outside/{number}/x.md", post(number))
    return Run(["add", *(f"../outside/{number}" for number in range(n))], 0, recorded(n))


@case("add: folders as arguments", 200)
def add_folders(box: Box, n: int) -> Run:
    box.empty()
    for number in range(n):
        box.write(f"f{number}/x.md", post(number))
    return Run(["add", *(f"f{number}" for number in range(n))], 0, recorded(n))


@case("add: folders in a folder", 200)
def add_many_folders(box: Box, n: int) -> Run:
    box.empty()
    for number in range(n):
        box.write(f"_posts/f{number}/x.md", post(number))
    return Run(["add", "_posts"], 0, recorded(n))


@case("add: one address", 200)
def add_address(box: Box, n: int) -> Run:
    box.empty()
    for number, name in enumerate(names(n)):
        box.write(name, post(number, "https://news.example/feed"))
    return Run(["add", "_posts"], 0, recorded(n))


@case("add: the same bytes", 400)
def add_same_bytes(box: Box, n: int) -> Run:
    box.empty()
    for name in names(n):
        box.write(name, post(1))
    return Run(["add", "_posts"], 0)


@case("add: one path n times", 2000, sampled=True)
def add_same_path(box: Box, n: int) -> Run:
    box.empty().write("_posts/x.md", post(1))
    return Run(["add", *["_posts/x.md"] * n], 0)


@case("add: one path outside n times", 2000)
def add_same_path_outside(box: Box, n: int) -> Run:
    box.empty().write("../x.md", post(1))
    return Run(["add", *["../x.md"] * n], 0)


@case("add: paths that are not there", 400)
def add_missing(box: Box, n: int) -> Run:
    box.empty()
    return Run(["add", *names(n)], 2, "E-UNREADABLE")


@case("add: files that are refused", 400, sampled=True)
def add_refused(box: Box, n: int) -> Run:
    box.empty()
    for name in names(n):
        box.write(name, NO_POST + name.encode())
    return Run(["add", "_posts"], 2, "E-NO-FRONT-MATTER")


@case("add: the same files refused again", 400)
def add_refused_again(box: Box, n: int) -> Run:
    add_refused(box, n)
    box.run("add", "-q", "_posts", exits=(2,))
    return Run(["add", "_posts"], 0)


@case("add: patterns of the approved rules", 100, sampled=True)
def add_patterns(box: Box, n: int) -> Run:
    box.empty()
    for number, name in enumerate(names(50)):
        box.write(name, post(number))
    box.run("config", "-q", "ignore", *(f"*a{number}*b*c.md" for number in range(n)))
    box.run("config", "-q", "approve")
    return Run(["add", "_posts"], 0, recorded(50))


@case("add: a dry run", 200)
def add_dry_run(box: Box, n: int) -> Run:
    add_folder(box, n)
    return Run(["add", "_posts", "--dry-run"], 0, recorded(n))


@case("add: the same posts again", 400, sampled=True)
def add_again(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["add", "_posts"], 0)


@case("add: the same posts again, without an index", 400)
def add_without_index(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    (box.archive / ".provenance/index.sqlite").unlink()
    return Run(["add", "_posts"], 0)


@case("add: places that hold other bytes", 200, sampled=True)
def add_replaced(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    for number, name in enumerate(names(n)):
        box.write(name, post(number, words="<p>Other words.</p>"))
    return Run(["add", "_posts"], 1, "E-REPLACED")


@case("add: one place replaced n times before", 16)
def add_one_place(box: Box, n: int) -> Run:
    def make(made: Box):
        made.empty()
        for number in range(n):
            made.write("_posts/x.md", post(number))
            made.run("add", "-q", "_posts", exits=(0, 1))
    box.copied(f"replaced-{n}", make)
    return Run(["add", "_posts"], 0, "Nothing new")


# 0.4 % with four times as many: the quadratic part is bounded by the tile from which a root is hashed.
@case("add: manifests beside the log", 100, bounded=0.02, sampled=True)
def add_manifests(box: Box, n: int) -> Run:
    manifests(box, n)
    return Run(["add", "--heartbeat"], 0)


@case("add: a memory of added folders", 2000)
def add_memory(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    folders(box, n)
    box.write("other/x.md", post(7))
    return Run(["add", "other"], 0)


def folders(box: Box, n: int) -> None:
    """Writes the list of added folders, of which only the posts' folder exists."""
    lines = ["_posts", *(f"folder-{number}" for number in range(n))]
    box.write(".provenance/folders", "".join(base64.b64encode(line.encode()).decode() + "\n" for line in sorted(lines)))


def manifests(box: Box, n: int) -> None:
    """Writes n manifests, each of a different state of the log, into Manifests/."""
    box.adds(16, copied=True)
    box.run("export", "-q", "-o", "m.json")
    for number in range(n):
        shutil.copy(box.archive / "m.json", box.archive / "Manifests" / f"{number:05}.json")
    (box.archive / "m.json").unlink()


# status


@case("status: posts", 400)
def status_posts(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["status"], 0)


@case("status: posts, fast", 400)
def status_fast(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["status", "--fast"], 0)


@case("status: accessions", 24)
def status_accessions(box: Box, n: int) -> Run:
    box.adds(n)
    return Run(["status"], 0)


@case("status: posts of one address", 400)
def status_address(box: Box, n: int) -> Run:
    box.posts(n, kind="address")
    return Run(["status"], 0)


@case("status: files refused before", 400, sampled=True)
def status_refused(box: Box, n: int) -> Run:
    add_refused(box, n)
    box.write("_posts/x.md", post(0))
    box.run("add", "-q", "_posts", exits=(2,))
    return Run(["status"], 0, "refused")


@case("status: posts that moved", 400, sampled=True)
def status_moved(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    (box.archive / "_posts").rename(box.archive / "elsewhere")
    (box.archive / "_posts").mkdir()
    (box.archive / "elsewhere").rename(box.archive / "_posts/elsewhere")
    return Run(["status"], 0, "moved")


@case("status: posts that are missing", 400)
def status_missing(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    for name in names(n):
        (box.archive / name).unlink()
    return Run(["status"], 1, "E-MISSING")


@case("status: posts that were altered", 256)
def status_altered(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    for number, name in enumerate(names(n)):
        box.write(name, post(number, words="<p>Other words.</p>"))
    return Run(["status"], 1, "E-ALTERED")


@case("status: posts that are not recorded", 400)
def status_unrecorded(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    for number, name in enumerate(names(n)):
        box.write(name.replace("/", "/new-"), post(number + 10))
    return Run(["status"], 0, "unrecorded")


@case("status: folders that were added", 300)
def status_folders(box: Box, n: int) -> Run:
    add_folders(box, n)
    box.run("add", "-q", *(f"f{number}" for number in range(n)))
    return Run(["status"], 0)


@case("status: a memory of added folders", 1000)
def status_memory(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    folders(box, n)
    return Run(["status"], 0)


@case("status: registers of withheld lines", 24)
def status_withheld(box: Box, n: int) -> Run:
    box.adds(n, copied=True).withhold()
    shutil.rmtree(box.archive / "_posts")
    return Run(["status"], 3, "withheld")


@case("status: a register of withheld lines", 400, sampled=True)
def status_withheld_lines(box: Box, n: int) -> Run:
    box.posts(n, copied=True).withhold()
    return Run(["status"], 3, "are withheld")


@case("status: one place replaced n times", 16)
def status_one_place(box: Box, n: int) -> Run:
    add_one_place(box, n)
    return Run(["status"], 1, "E-REPLACED")


@case("status: files outside", 300)
def status_outside(box: Box, n: int) -> Run:
    add_outside(box, n)
    box.run("add", "-q", *(f"../outside/{name}" for name in names(n)))
    return Run(["status"], 3, "never opened")


@case("status: manifests beside the log", 100)
def status_manifests(box: Box, n: int) -> Run:
    manifests(box, n)
    return Run(["status"], 0)


# verify posts


@case("verify: a folder of posts", 256)
def verify_folder(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["verify", "_posts"], 0, "VERIFIED")


@case("verify: posts as arguments", 256)
def verify_arguments(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["verify", *names(n)], 0, "VERIFIED")


@case("verify: one post n times", 256, sampled=True)
def verify_same(box: Box, n: int) -> Run:
    box.posts(1)
    return Run(["verify", *names(1) * n], 0, "VERIFIED")


@case("verify: posts of one address", 256, sampled=True)
def verify_address(box: Box, n: int) -> Run:
    box.posts(n, kind="address")
    return Run(["verify", "_posts"], 0, "VERIFIED")


@case("verify: posts of one address, without an index", 256)
def verify_address_without_index(box: Box, n: int) -> Run:
    box.posts(n, copied=True, kind="address")
    (box.archive / ".provenance/index.sqlite").unlink()
    return Run(["verify", "_posts"], 0, "VERIFIED")


@case("verify: one post of an address that n have", 400)
def verify_one_of_address(box: Box, n: int) -> Run:
    box.posts(n, kind="address")
    return Run(["verify", names(1)[0]], 0, "VERIFIED")


@case("verify: posts of as many adds", 24)
def verify_adds(box: Box, n: int) -> Run:
    box.adds(n)
    return Run(["verify", "_posts"], 0, "VERIFIED")


@case("verify: posts that are not recorded", 400)
def verify_unrecorded(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    for number, name in enumerate(names(n)):
        box.write(name.replace("/", "/new-"), post(number + 10))
    return Run(["verify", "_posts"], 3, "E-NOT-RECORDED")


@case("verify: posts that were altered", 256)
def verify_altered(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    for number, name in enumerate(names(n)):
        box.write(name, post(number, words="<p>Other words.</p>"))
    return Run(["verify", "_posts"], 1, "E-ALTERED")


@case("verify: posts that are gone", 256)
def verify_gone(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    shutil.rmtree(box.archive / "_posts")
    return Run(["verify", *names(n)], 1, "E-MISSING")


@case("verify: a register of withheld lines", 256)
def verify_withheld(box: Box, n: int) -> Run:
    box.posts(n, copied=True).withhold()
    return Run(["verify", "_posts"], 3, "E-REGISTER-MISSING")


@case("verify: one place replaced n times", 16)
def verify_one_place(box: Box, n: int) -> Run:
    add_one_place(box, n)
    return Run(["verify", "_posts/x.md"], 3, "E-REPLACED")


@case("verify: the same bytes at n places", 400)
def verify_same_bytes(box: Box, n: int) -> Run:
    add_same_bytes(box, n)
    box.run("add", "-q", "_posts")
    return Run(["verify", "_posts"], 0, "VERIFIED")


# audit and repair


@case("audit: entries", 400)
def audit(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["audit"], 0)


@case("audit: registers", 24, sampled=True)
def audit_registers(box: Box, n: int) -> Run:
    box.adds(n)
    return Run(["audit"], 0)


@case("audit: registers that are not here", 24)
def audit_absent(box: Box, n: int) -> Run:
    box.adds(n, copied=True)
    shutil.rmtree(box.archive / "accessions")
    return Run(["audit"], 0, "is not here")


@case("audit: registers of withheld lines", 24)
def audit_withheld(box: Box, n: int) -> Run:
    box.adds(n, copied=True).withhold()
    return Run(["audit"], 0, "withheld")


@case("audit: registers that were altered", 24)
def audit_forged(box: Box, n: int) -> Run:
    box.adds(n, copied=True)
    for register in (box.archive / "accessions").glob("*.jsonl"):
        register.write_bytes(register.read_bytes().replace(b"_posts", b"_pOsts"))
    return Run(["audit"], 1, "E-REGISTER")


@case("audit: earlier checkpoints", 100, sampled=True)
def audit_since(box: Box, n: int) -> Run:
    box.adds(4)
    return Run(["audit", *["--since", "log/checkpoint"] * n], 0)


@case("audit: damaged entries", 256)
def audit_damaged(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    damage(box)
    return Run(["audit"], 1)


def damage(box: Box) -> None:
    """Changes a byte in each file of entries."""
    for folder, _, files in os.walk(box.archive / "log/tile/entries"):
        for file in files:
            path = os.path.join(folder, file)
            with open(path, "r+b") as entries:
                entries.seek(40)
                entries.write(b"X")


@case("repair: from a copy", 256, sampled=True)
def repair_copy(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    shutil.copytree(box.archive / "log", box.folder / "copy")
    shutil.rmtree(box.archive / "log/tile/entries")
    return Run(["repair", "--from", "../copy"], 0)


@case("repair: from a manifest", 256)
def repair_manifest(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    box.run("export", "-q", "-o", "../m.json")
    shutil.rmtree(box.archive / "log/tile/entries")
    return Run(["repair", "--from", "../m.json"], 0)


# The root of each state is computed from its last tile's hashes, 256 at most.
@case("repair: manifests of n states beside the log", 12, bounded=0.15)
def repair_manifests(box: Box, n: int) -> Run:
    def make(made: Box):
        made.empty()
        for number in range(n):
            made.write(f"_posts/{number}.md", post(number))
            made.run("add", "-q", "_posts")
            made.run("export", "-q", "--index", "0..0", "-o", f"Manifests/{number:05}.json")
    box.copied(f"states-{n}", make)
    shutil.copytree(box.archive / "log", box.folder / "copy")
    return Run(["repair", "--from", "../copy", "--dry-run"], 0)


@case("repair: manifests beside the log that are unusable", 100)
def repair_unusable(box: Box, n: int) -> Run:
    manifests(box, n)
    for path in (box.archive / "Manifests").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\\n17\\n", b"\\n16\\n").replace(b"\\n32\\n", b"\\n31\\n"))
    shutil.copytree(box.archive / "log", box.folder / "copy")
    return Run(["repair", "--from", "../copy", "--dry-run"], 1, "E-CHECKPOINT-INVALID")


@case("reindex", 400)
def reindex(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["reindex"], 0)


@case("reindex: registers", 24)
def reindex_registers(box: Box, n: int) -> Run:
    box.adds(n, copied=True)
    return Run(["reindex"], 0)


# list, show, prove


@case("list", 400)
def list_all(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["list"], 0)


@case("list: as objects", 400)
def list_objects(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["list", "--json"], 0)


@case("list: one address", 400)
def list_address(box: Box, n: int) -> Run:
    box.posts(n, kind="address")
    return Run(["list", "--url", "https://news.example/feed"], 0)


@case("find: words in n posts", 400)
def find_words(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["find", "the", "post"], 0)


@case("show: n records of one address", 400)
def show_address(box: Box, n: int) -> Run:
    box.posts(n, kind="address")
    return Run(["show", "https://news.example/feed"], 2)


@case("export: entries as arguments", 300, sampled=True)
def export_entries(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["export", "-o", "../m.json", *map(str, range(n))], 0)


@case("show: a post at n places", 400)
def show(box: Box, n: int) -> Run:
    add_same_bytes(box, n)
    box.run("add", "-q", "_posts")
    return Run(["show", "0"], 0)


@case("show: bytes that the index does not have", 400)
def show_scanned(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    (box.archive / ".provenance/index.sqlite").unlink()
    return Run(["show", names(n)[-1]], 0)


@case("prove", 400)
def prove(box: Box, n: int) -> Run:
    box.posts(n)
    return Run(["prove", names(n)[-1], "-o", "-"], 0)


# export


@case("export: a range", 300)
def export_range(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["export", "-o", "../m.json"], 0)


@case("export: one address", 300)
def export_address(box: Box, n: int) -> Run:
    box.posts(n, copied=True, kind="address")
    return Run(["export", "--url", "https://news.example/feed", "-o", "../m.json"], 0)


@case("export: posts as arguments", 300, sampled=True)
def export_arguments(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["export", "-o", "../m.json", *names(n)], 0)


@case("export: a folder", 300)
def export_folder(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["export", "-o", "../m.json", "_posts"], 0)


@case("export: a post at n places", 300, most=1200)
def export_places(box: Box, n: int) -> Run:
    add_same_bytes(box, n)
    box.run("add", "-q", "_posts")
    return Run(["export", "-o", "../m.json"], 0)


@case("export: one place replaced n times", 16)
def export_one_place(box: Box, n: int) -> Run:
    add_one_place(box, n)
    return Run(["export", "-o", "../m.json", *["_posts/x.md"] * n], 0)


@case("export: since an earlier state", 24)
def export_since(box: Box, n: int) -> Run:
    def make(made: Box):
        made.empty()
        for number in range(n):
            made.write(f"_posts/{number:05}.md", post(number))
            made.run("add", "-q", f"_posts/{number:05}.md")
            if number == 3:
                shutil.copy(made.archive / "log/checkpoint", made.folder / "old")
    box.copied(f"since-{n}", make)
    return Run(["export", "--since", "../old", "-o", "../m.json"], 0, f"{2 * n - 8} entries of {2 * n}")


@case("export: a bundle", 200)
def export_bundle(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["export", "--bundle", "../bundle"], 0)


@case("export: a zip", 200)
def export_zip(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    return Run(["export", "--bundle", "../bundle.zip"], 0)


@case("export: posts from another folder", 200)
def export_posts(box: Box, n: int) -> Run:
    box.posts(n, copied=True)
    (box.archive / "_posts").rename(box.folder / "elsewhere")
    return Run(["export", "--bundle", "../bundle", "--posts", "../elsewhere"], 0)


for form in ["sha256sum", "bagit", "intoto", "datapackage", "csv", "html"]:
    @case(f"export: as {form}", 200)
    def export_format(box: Box, n: int, form: str = form) -> Run:
        box.posts(n, copied=True)
        return Run(["export", "--format", form, "-o", f"../out.{form}"], 0)


# keys


def store(box: Box, name: str) -> str:
    """The folder in which the keys of a log are pinned."""
    folder = box.folder / "config/provenance/keys" / name
    folder.mkdir(parents=True)
    return str(folder)


@case("key list: pinned logs", 50)
def key_logs(box: Box, n: int) -> Run:
    box.empty()
    for number in range(n):
        with open(os.path.join(store(box, f"log{number}.example"), "log.vkey"), "w") as file:
            file.write(vkey(f"log{number}.example") + "\n")
    return Run(["key", "list"], 0)


@case("key list: signers", 100, sampled=True)
def key_signers(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    signers(box, n)
    return Run(["key", "list", "--keys", "../public"], 0)


def signers(box: Box, n: int) -> None:
    with (box.keys / "signers").open("a") as file:
        file.writelines(vkey(f"signer{number}.example") + "\n" for number in range(n))


@case("verify: with signers", 100)
def verify_signers(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    signers(box, n)
    return Run(["verify", "_posts", "--keys", "../public"], 0, "VERIFIED")


@case("verify: with signers, one a file", 100)
def verify_signer_files(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    for number in range(n):
        (box.keys / f"signer-{number}.vkey").write_text(vkey(f"signer{number}.example") + "\n")
    return Run(["verify", "_posts", "--keys", "../public"], 0, "VERIFIED")


@case("key pin: signers", 100)
def key_pin(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    signers(box, n)
    return Run(["key", "pin", "../public"], 0)


def policy(box: Box, lines: list[str]) -> None:
    log = next(line for line in (box.keys / "policy").read_text().splitlines() if line.startswith("log "))
    (box.keys / "policy").write_text("\n".join([log, *lines]) + "\n")


@case("policy: witnesses", 100)
def policy_witnesses(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    policy(box, [f"witness w{number} {vkey(f'w{number}.example', 4)}" for number in range(n)] + ["quorum none"])
    return Run(["verify", "_posts", "--keys", "../public"], 0, "VERIFIED")


@case("policy: groups", 400, sampled=True)
def policy_groups(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    lines = [f"witness w {vkey('w.example', 4)}", "group g0 any w"]
    lines += [f"group g{number + 1} any g{number}" for number in range(n)]
    policy(box, [*lines, f"quorum g{n}"])
    return Run(["verify", "_posts", "--keys", "../public"], 3, "E-QUORUM")


@case("policy: members of a group", 100)
def policy_members(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    lines = [f"witness w{number} {vkey(f'w{number}.example', 4)}" for number in range(n)]
    policy(box, [*lines, "group g any " + " ".join(f"w{number}" for number in range(n)), "quorum g"])
    return Run(["verify", "_posts", "--keys", "../public"], 3, "E-QUORUM")


@case("policy: logs", 100)
def policy_logs(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    policy(box, [f"log {vkey(f'log{number}.example')}" for number in range(n)] + ["quorum none"])
    return Run(["verify", "_posts", "--keys", "../public"], 0, "VERIFIED")


@case("policy: empty lines and comments", 4000)
def policy_comments(box: Box, n: int) -> Run:
    box.posts(1, copied=True)
    policy(box, ["# nothing\n"] * n + ["quorum none"])
    return Run(["verify", "_posts", "--keys", "../public"], 0, "VERIFIED")

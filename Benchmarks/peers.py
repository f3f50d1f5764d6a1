"""Other implementations of Merkle logs, run by a Python that has them (3.12 or later):

    peers.py append FOLDER ENTRIES BATCH    aics-tlog: tiles, bundles and a signed checkpoint, durable, for each batch
    peers.py audit FOLDER ENTRIES           aics-tlog: every tile and every entry against the root
    peers.py tree ENTRIES                   pymerkle: a tree in memory, nothing written
"""

import pathlib
import sys
import time


def entries(count):
    return [f"entry {number} ".encode().ljust(300, b"x") for number in range(count)]


def append(folder, count, batch):
    from aics_tlog.checkpoint import Checkpoint, sign_checkpoint
    from aics_tlog.writer import DirectoryTileStore, IncrementalTileWriter
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    ready, key = entries(count), Ed25519PrivateKey.generate()
    pathlib.Path(folder).mkdir(parents=True)
    start = time.monotonic()
    store = DirectoryTileStore(folder, fsync=True)
    writer = IncrementalTileWriter(store)
    for first in range(0, count, batch):
        result = writer.append(ready[first:first + batch])
        checkpoint = Checkpoint(origin="bench.example/log", size=result.size, root=result.root)
        store.write_checkpoint(sign_checkpoint(checkpoint, key, "bench.example/log").to_bytes())
    return count / (time.monotonic() - start), result.root


def audit(folder, count):
    from aics_tlog.checkpoint import parse_checkpoint
    from aics_tlog.verified import audit_tiles
    from aics_tlog.writer import DirectoryTileStore

    store = DirectoryTileStore(folder)
    text = store.read_checkpoint().decode().split("\n\n")[0] + "\n"
    checkpoint = parse_checkpoint(text)
    start = time.monotonic()
    report = audit_tiles(store, checkpoint.size, checkpoint.root)
    if report.size != count:
        sys.exit(f"{folder}: {report.size} entries, not {count}")
    return count / (time.monotonic() - start)


def tree(count):
    from pymerkle import InmemoryTree

    ready = entries(count)
    start = time.monotonic()
    made = InmemoryTree(algorithm="sha256")
    for entry in ready:
        made.append_entry(entry)
    made.get_root()
    return count / (time.monotonic() - start)


def main():
    match sys.argv[1:]:
        case ["append", folder, count, batch]:
            rate = append(folder, int(count), int(batch))[0]
        case ["audit", folder, count]:
            rate = audit(folder, int(count))
        case ["tree", count]:
            rate = tree(int(count))
        case _:
            sys.exit(__doc__)
    print(f"entries-per-second {rate}")


if __name__ == "__main__":
    main()

"""Proofs of c2sp.org/tlog-proof: each producer's proofs in the other's verifier."""

from pathlib import Path

from aics_tlog import hashing, note
from tlog_scales import signing, tlog

from archive import Archive, Log, Proof, flipped
from peers import Command, aics
from report import Report


class ProofChecks:
    """Proofs of some entries of one log: this program's, and those that tlog-scales makes from the same folder."""

    def __init__(self, report: Report, archive: Archive, folder: Path) -> None:
        self.report = report
        self.archive = archive
        self.log = archive.log
        self.folder = folder / "proofs"
        self.folder.mkdir()
        self.vkey = self.folder / "pinned.vkey"
        self.vkey.write_bytes(archive.log_vkey.read_bytes())
        self.posts = {line["entry"]: path.decode() for path, line in archive.fates().items()}
        wanted = {0, 1, 2, 4, 100, 254, 256, 300, 1_023, 1_024, self.log.size - 2}
        self.chosen = sorted(wanted & self.posts.keys())

    def ours(self, index: int) -> bytes:
        """What `prove` writes."""
        path = self.folder / "ours.tlog-proof"
        self.archive.run("prove", self.posts[index], "-o", path)
        return path.read_bytes()

    def theirs(self, index: int) -> bytes:
        """Proofs written by tlog-scales: without the `extra` line, which is optional and proves nothing."""
        return Command("tlog-tiles").run("gen-proof", self.log.folder, index).stdout

    def status(self, proof: bytes, index: int) -> int:
        """The exit status of `verify --proof` for a post."""
        path = self.folder / "given.tlog-proof"
        path.write_bytes(proof)
        return self.archive.run("verify", "--proof", path, self.posts[index], status=None).returncode

    def accepted_elsewhere(self, proof: Proof) -> bool:
        """Whether aics-tlog and tlog-scales accept one of this program's proofs for its entry; they must agree."""
        entry, hashes, checkpoint = (self.folder / name for name in ("entry", "hashes", "checkpoint"))
        entry.write_bytes(proof.extra)
        hashes.write_text("".join(note.b64_encode(item) + "\n" for item in proof.hashes))
        checkpoint.write_bytes(proof.checkpoint)
        answer = aics("verify-inclusion", "--leaf", entry, "--index", proof.index, "--proof", hashes,
                      "--checkpoint", checkpoint, "--vkey-file", self.vkey)
        signed = tlog.Checkpoint.from_text(proof.checkpoint.decode())
        try:
            signed.verify(signing.Vkey.from_string(self.vkey.read_text().strip()))
            tlog.InclusionProof(proof.index, signed.size, proof.hashes).check(
                hashing.leaf_hash(proof.extra), signed.root_hash)
            scales = True
        except Exception as error:  # noqa: BLE001: tlog-scales has no common class for its refusals
            scales = False
            if not isinstance(error, tlog.InclusionProofInvalid):
                raise
        if answer["ok"] != scales:
            raise ValueError(f"aics-tlog and tlog-scales disagree: {answer}, {scales}")
        return scales

    def run(self) -> None:
        """Every check of proofs."""
        different, refused, accepted, mutants = [], [], [], 0
        refused_there, accepted_there, mutants_there = [], [], 0
        for index in self.chosen:
            ours = self.ours(index)
            first, rest = self.theirs(index).split(b"\n", 1)
            extra = next(line for line in ours.split(b"\n") if line.startswith(b"extra "))
            joined = b"\n".join([first, extra, rest])
            if joined != ours:
                different.append(index)
            if self.status(joined, index) != 0:
                refused.append(index)

            neighbour = b"extra " + note.b64_encode(self.log.entries[index ^ 1]).encode()
            line, hash_line, others = rest.split(b"\n", 2)
            forged_hash = note.b64_encode(hashing.leaf_hash(hash_line)).encode()
            for mutant, status in (
                (b"\n".join([first, rest]), 2),
                (b"\n".join([first, neighbour, rest]), 1),
                (b"\n".join([first, extra, f"index {index ^ 1}".encode(), hash_line, others]), 1),
                (b"\n".join([first, extra, line, forged_hash, others]), 1),
                (b"\n".join([first, extra, line, others]), 1),
                (joined.replace(f"\n{self.log.size}\n".encode(), f"\n{self.log.size + 1}\n".encode()), 1),
            ):
                mutants += 1
                found = self.status(mutant, index)
                if found != status:
                    accepted.append((index, f"exit status {found}, not {status}", mutant))

            proof = Proof.parse(ours)
            if not self.accepted_elsewhere(proof):
                refused_there.append(index)
            for mutant in (
                Proof(flipped(proof.extra, 40), proof.index, proof.hashes, proof.checkpoint),
                Proof(proof.extra, proof.index ^ 1, proof.hashes, proof.checkpoint),
                Proof(proof.extra, proof.index, [flipped(proof.hashes[0], 0), *proof.hashes[1:]], proof.checkpoint),
                Proof(proof.extra, proof.index, proof.hashes[1:], proof.checkpoint),
            ):
                mutants_there += 1
                if self.accepted_elsewhere(mutant):
                    accepted_there.append((index, mutant))
        report = self.report
        report.all("tlog-scales' proofs are those of `prove`, byte for byte but for the extra line", self.chosen,
                   different, "proofs")
        report.all("`verify --proof` accepts tlog-scales' proofs with our extra line", self.chosen, refused, "proofs")
        report.all("`verify --proof` refuses them with no record, another one, another index, hash, number of hashes "
                   "or size", [*range(mutants)], accepted, "mutants")
        report.all("aics-tlog and tlog-scales accept the proofs of `prove`", self.chosen, refused_there, "proofs")
        report.all("aics-tlog and tlog-scales refuse them tampered", [*range(mutants_there)], accepted_there, "mutants")

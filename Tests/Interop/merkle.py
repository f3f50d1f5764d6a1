"""RFC 9162 trees by the recursive definitions of the RFC, over SHA-256: slow, short and plainly right."""

import hashlib


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162 2.1.1: a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 2.1.1: an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below a size of at least 2."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    """RFC 9162 2.1.1: the root over leaf hashes.

    Pairing neighbours and carrying an odd last node up gives the same tree as splitting at powers of two.
    """
    if not leaves:
        return hashlib.sha256().digest()
    while len(leaves) > 1:
        pairs = [node_hash(*leaves[at:at + 2]) for at in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[len(pairs) * 2:]
    return leaves[0]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162 2.1.3.1, PATH, read backwards: the root to which a proof leads.

    Raises ValueError when the proof has not exactly the length that index and size ask for.
    """
    if not 0 <= index < size:
        raise ValueError("no such index")
    if size == 1:
        if proof:
            raise ValueError("the proof is too long")
        return leaf
    if not proof:
        raise ValueError("the proof is too short")
    half = split(size)
    if index < half:
        return node_hash(root_of_inclusion(leaf, index, half, proof[:-1]), proof[-1])
    return node_hash(proof[-1], root_of_inclusion(leaf, index - half, size - half, proof[:-1]))


def roots_of_consistency(old_root: bytes, old: int, new: int, proof: list[bytes]) -> tuple[bytes, bytes]:
    """RFC 9162 2.1.4.1, SUBPROOF, read backwards: the roots of both trees to which a proof leads.

    Raises ValueError when the proof has not exactly the length that the sizes ask for.
    """
    if not 0 < old <= new:
        raise ValueError("no such sizes")

    def walk(old: int, new: int, proof: list[bytes], is_whole: bool) -> tuple[bytes, bytes]:
        if old == new:
            if len(proof) != (0 if is_whole else 1):
                raise ValueError("the proof has the wrong length")
            known = old_root if is_whole else proof[0]
            return known, known
        if not proof:
            raise ValueError("the proof is too short")
        half = split(new)
        if old <= half:
            first, second = walk(old, half, proof[:-1], is_whole)
            return first, node_hash(second, proof[-1])
        first, second = walk(old - half, new - half, proof[:-1], False)
        return node_hash(proof[-1], first), node_hash(proof[-1], second)

    return walk(old, new, proof, True)


def inclusion(leaves: list[bytes], index: int) -> list[bytes]:
    """RFC 9162 2.1.3.1, PATH: the inclusion proof of a leaf, its sibling first."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*inclusion(leaves[:half], index), root(leaves[half:])]
    return [*inclusion(leaves[half:], index - half), root(leaves[:half])]

"""Public keys, and the signatures of notes."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive import Note

Keys = dict[tuple[str, bytes], Ed25519PublicKey]


def keys_of(*vkeys: str) -> Keys:
    """Public keys by name and key id. Raises ValueError."""
    keys: Keys = {}
    for vkey in vkeys:
        name, key_id, blob = vkey.split("+", 2)
        key = base64.b64decode(blob, validate=True)
        if hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != key_id or key[0] != 1:
            raise ValueError(f"no Ed25519 key: {vkey}")
        keys[name, bytes.fromhex(key_id)] = Ed25519PublicKey.from_public_bytes(key[1:])
    return keys


def signed(note: Note, keys: Keys) -> bool | None:
    """Whether pinned keys made the note's signatures: all by known keys verify, and there is at least one; None when no key is
    known."""
    known = [(keys[name, key_id], signature) for name, key_id, signature in note.signatures if (name, key_id) in keys]
    try:
        for key, signature in known:
            key.verify(signature, note.text)
    except InvalidSignature:
        return False
    return True if known else None

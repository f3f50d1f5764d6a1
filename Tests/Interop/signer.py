"""Ed25519 keys that sign C2SP notes: the archive's own, and those of a stranger under the same names."""

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class Signer:
    """A name with a private key."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.name = name
        self.private = private
        blob = b"\x01" + private.public_key().public_bytes_raw()
        self.id = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(blob).decode()}"

    @classmethod
    def read(cls, keys: Path, role: str) -> "Signer":
        """The private key of an archive's keys/: `log` or `signer`."""
        name = (keys / f"{role}.vkey").read_text().split("+")[0]
        return cls(name, load_pem_private_key((keys / f"{role}.key.pem").read_bytes(), None))

    @classmethod
    def stranger(cls, name: str) -> "Signer":
        """Another party's key under this name, the same on every run."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"stranger " + name.encode()).digest()))

    def note(self, text: bytes, key_id: bytes | None = None) -> bytes:
        """The signed note of a text, under another key id if one is given."""
        return text + b"\n" + self.line(text, key_id)

    def line(self, text: bytes, key_id: bytes | None = None) -> bytes:
        """The signature line alone."""
        blob = base64.b64encode((key_id or self.id) + self.private.sign(text)).decode()
        return f"\u2014 {self.name} {blob}\n".encode()

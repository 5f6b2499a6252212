"""Everything that is otherwise drawn at random, drawn from a seed: keys, ids, salts, papers.

The same seed gives the same bytes, on any machine. None of it is secret: whoever knows the seed has every key.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.disclosure import Disclosure, disclose


@dataclass(frozen=True)
class Seed:
    """`name` tells one simulation from another; every value follows from it and from what the value is for."""

    name: str

    def bytes(self, purpose: str, length: int = 32) -> bytes:
        """Bytes for one purpose (HKDF with SHA-256, RFC 5869)."""
        return HKDF(SHA256(), length, salt=b"mingzhang simulation", info=purpose.encode()).derive(self.name.encode())

    def key(self, purpose: str) -> Ed25519PrivateKey:
        """Somebody's signing key."""
        return Ed25519PrivateKey.from_private_bytes(self.bytes(f"key/{purpose}"))

    def random(self, purpose: str) -> Random:
        """Dice of one's own: what one household throws moves nobody else's."""
        return Random(self.bytes(f"dice/{purpose}"))

    def digest(self, purpose: str) -> str:
        """SHA-256 in hex: of a paper that does not exist, or what ids and salts are cut from."""
        return sha256(f"{self.name}/{purpose}".encode()).hexdigest()

    def id(self, purpose: str) -> UUID:
        """A UUID that looks drawn (version 4)."""
        return _as_version(4, int(self.digest(f"id/{purpose}")[:32], 16))

    def jti(self, purpose: str, at: datetime) -> UUID:
        """A UUID of version 7 (RFC 9562 §5.7), of the simulated moment."""
        milliseconds = int(at.timestamp() * 1000)
        return _as_version(7, milliseconds << 80 | int(self.digest(f"jti/{purpose}")[:20], 16))

    def disclose(self, purpose: str, name: str, value: object) -> Disclosure:
        """A personal member with its salt."""
        return disclose(name, value, bytes.fromhex(self.digest(f"salt/{purpose}/{name}"))[:16])


def _as_version(version: int, value: int) -> UUID:
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | version << 76 | 0x2 << 62)

"""Made-up papers for tests: the least that a file of each kind is."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256

PDF = b"%PDF-1.7\n%made up\n%%EOF\n"


def package(*members: str) -> bytes:
    """A ZIP archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for member in members:
            file.writestr(member, "x")
    return out.getvalue()


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()

"""Signatures that this process has found good: the same bytes need no second look."""

MAX_PROVEN = 30_000
"""Lines remembered, some 170 bytes each."""


class Proven:
    """Line hash -> thumbprint of the key whose signature on that line was found good.

    The hash is computed of the bytes as they were just read, and a thumbprint names one key for ever: what is
    remembered cannot go stale. Whether the key was valid there is another question. Any thread may use it.
    """

    def __init__(self) -> None:
        self._kids: dict[bytes, str] = {}

    def kid(self, line_hash: bytes) -> str | None:
        """Whose signature on the line is known to be good, None: look for yourself."""
        return self._kids.get(line_hash)

    def add(self, line_hash: bytes, kid: str) -> None:
        """Remember one that was verified."""
        if len(self._kids) >= MAX_PROVEN:
            self._kids.clear()
        self._kids[line_hash] = kid

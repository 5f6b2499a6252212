"""What examples are about: nobody, nowhere, and papers that do not exist."""

from hashlib import sha256


def paper(name: str) -> str:
    """The digest of a made-up document."""
    return sha256(f"mingzhang example: {name}".encode()).hexdigest()


TOWN = "610924100"
VILLAGE = "610924100201"
OFFICER = "00000000-0000-4000-8000-000000000001"
SECOND_OFFICER = "00000000-0000-4000-8000-000000000002"
SOURCE = "00000000-0000-4000-8000-00000000000a"

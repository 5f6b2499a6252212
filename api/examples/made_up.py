"""What examples are about: nobody, nowhere, and papers that do not exist."""

from hashlib import sha256
from secrets import randbelow

from domain.id_number import check_digit


def paper(name: str) -> str:
    """The digest of a made-up document."""
    return sha256(f"mingzhang example: {name}".encode()).hexdigest()


def made_up_number() -> str:
    """An ID number that cannot be anybody's: its province does not exist; its check digit fits (GB 11643)."""
    born = f"{1940 + randbelow(60)}{1 + randbelow(12):02d}{1 + randbelow(28):02d}"
    body = f"00{randbelow(10_000):04d}{born}{randbelow(1000):03d}"
    return body + check_digit(body)


TOWN = "610924100"
VILLAGE = "610924100201"
OFFICER = "00000000-0000-4000-8000-000000000001"
SECOND_OFFICER = "00000000-0000-4000-8000-000000000002"
SOURCE = "00000000-0000-4000-8000-00000000000a"

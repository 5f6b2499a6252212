"""The ids of streams that follow from what they are about, so that "nothing there yet" can be relied on too."""

from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5


@lru_cache(maxsize=65_536)
def uuid_of(text: str) -> UUID:
    """A stream's id from its text. The same officers and cases come again and again, and reading one costs 2 µs.

    Raises ValueError.
    """
    return UUID(text)


@lru_cache(maxsize=1024)
def delegation_id(origin: str, town: str) -> UUID:
    """The delegation of one town."""
    return uuid5(NAMESPACE_URL, f"{origin}/delegation/{town}")


@lru_cache(maxsize=16)
def policy_id(origin: str) -> UUID:
    """The county's rule packs."""
    return uuid5(NAMESPACE_URL, f"{origin}/policy")


@lru_cache(maxsize=16)
def place_id(origin: str) -> UUID:
    """The county's towns and villages."""
    return uuid5(NAMESPACE_URL, f"{origin}/place")


def source_id(origin: str, name: str) -> UUID:
    """Another system whose records are imported."""
    return uuid5(NAMESPACE_URL, f"{origin}/source/{name}")


def source_case_id(source: UUID, case: str) -> UUID:
    """One case of another system."""
    return uuid5(source, case)


def person_id(origin: str, identity: bytes) -> UUID:
    """A person, by the keyed digest of their ID number."""
    return uuid5(NAMESPACE_URL, f"{origin}/person/{identity.hex()}")


def key_claim_id(origin: str, kid: str) -> UUID:
    """The claim that makes a key one officer's for ever."""
    return uuid5(NAMESPACE_URL, f"{origin}/key/{kid}")


@lru_cache(maxsize=20_000)
def refusal_id(origin: str, officer: str) -> UUID:
    """The refused attempts of one officer: whoever makes many fills no stream but their own."""
    return uuid5(NAMESPACE_URL, f"{origin}/refusal/{officer}")

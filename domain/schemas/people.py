"""How acts name people: always as personal members, so that digests stand on the ledger in their places."""

from typing import Literal

from domain.data import IdNumber, Personal, Text

Relation = Literal[
    "spouse",
    "parent",
    "child",
    "sibling",
    "grandparent",
    "maternal_grandparent",
    "grandchild",
    "maternal_grandchild",
    "other",
]
"""Which of them are 近亲属 is for the rules to say (`kin.relations`); the 2012 rules (Art 14) name all but the last."""


class Named(Personal):
    """Somebody with a name and a citizen identity number."""

    name: Text
    id_number: IdNumber

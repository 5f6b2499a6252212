"""How acts name people: always as personal members, so that digests stand on the ledger in their places."""

from typing import Literal

from domain.data import IdNumber, Personal, Text

Relation = Literal["spouse", "parent", "child", "sibling", "grandparent", "grandchild", "other"]
"""近亲属, as 民法典 Art 1045 and the 2012 rules (Art 14) have them."""


class Named(Personal):
    """Somebody with a name and a citizen identity number."""

    name: Text
    id_number: IdNumber

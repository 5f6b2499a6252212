"""Corrections 更正: what an earlier act said is superseded, with reason and authority; the act stays as it is."""

from dataclasses import replace

from domain.case import Case
from domain.errors import NotAllowed
from domain.rulings.matter import Matter
from domain.unfolding import CORRECTABLE, corrected_code
from domain.vocabulary import Level

AMOUNTS = ("confirm.grant", "review.recheck", "review.adjust")
"""Each says what is paid from then on, and for whom: an earlier one, said anew, would undo the later."""


def _version(case: Case, code: str) -> int:
    return case.said[code].version if code in case.said else 0


def corrected(matter: Matter) -> tuple[str, Matter]:
    """The code of the act that is corrected, and the matter as if it were done now, on its own day.

    Raises `NotAllowed`: `case.correct-one`, `case.correct-latest`, `case.correct-authority`.
    """
    data, case = matter.data, matter.case
    code = corrected_code(data)
    if code is None:
        words = ", ".join(CORRECTABLE.values())
        raise NotAllowed("case.correct-one", f"a correction says exactly one thing right: one of {words}", words=words)
    said = case.said.get(code)
    if said is None or (said.version, said.digest) != (data["version"], data["act"]):
        latest = said.version if said else None
        raise NotAllowed(
            "case.correct-latest",
            f"a correction names the latest {code} of this case, which is version {latest}, by its digest",
            act=code,
            version=latest,
        )
    if code in AMOUNTS and (newer := max(AMOUNTS, key=lambda one: _version(case, one))) != code:
        raise NotAllowed(
            "case.correct-latest",
            f"what is paid now was said by {newer}, version {_version(case, newer)}: correct that",
            act=newer,
            version=_version(case, newer),
        )
    if data["authority"] != "own" and matter.officer.level is not Level.COUNTY:
        raise NotAllowed(
            "case.correct-authority",
            "a town corrects on its own authority; what the county or a court decides is recorded by the county",
            authority=data["authority"],
        )
    return code, replace(matter, data=data[CORRECTABLE[code]], on=said.on)

"""Corrections 更正: what an earlier act said is superseded, with reason and authority; the act stays as it is."""

from dataclasses import replace

from domain.errors import NotAllowed
from domain.rulings.matter import Matter
from domain.unfolding import CORRECTABLE, corrected_code
from domain.vocabulary import Level


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
    if data["authority"] != "own" and matter.officer.level is not Level.COUNTY:
        raise NotAllowed(
            "case.correct-authority",
            "a town corrects on its own authority; what the county or a court decides is recorded by the county",
            authority=data["authority"],
        )
    return code, replace(matter, data=data[CORRECTABLE[code]], on=case.steps[code].on)

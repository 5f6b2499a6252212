"""Acts that take several hands: who is named, and who signs after the first."""

from typing import Any
from uuid import UUID

from domain.errors import NotAllowed
from domain.officer import Officer
from domain.rulings.matter import Matter

REMOTE = ("phone", "video")


def check_visit(matter: Matter) -> dict[str, Any]:
    """A visit is by two at least, all of them officers of the place and nobody's kin; from afar only in an emergency.

    Raises `NotAllowed`: `case.investigators`, `case.visit-remote`, `officer.kin`, `officer.unknown`, `officer.place`.
    """
    data, least = matter.data, matter.value("visit.investigators")
    if len(data["investigators"]) < least:
        raise NotAllowed(
            "case.investigators",
            f"a visit is made by {least} investigators at least",
            least=least,
            article=matter.article("visit.investigators"),
        )
    if data.get("manner") in REMOTE and data.get("emergency") is None:
        raise NotAllowed(
            "case.visit-remote",
            "by phone or video only in a major emergency: name its declaration, or visit",
            manner=data["manner"],
            article=matter.article("visit.investigators"),
        )
    for one in map(UUID, data["investigators"]):
        _check_investigator(matter, one)
    # Where the county's setting does without the household's signature, the line says so: nobody waits for it.
    signs = not matter.sets("visit.household-signs") or matter.value("visit.household-signs")
    return {} if signs else {"household_signs": False}


def _check_investigator(matter: Matter, one: UUID) -> None:
    case = matter.case
    if one in case.own_kin:
        raise NotAllowed(
            "officer.kin",
            "this household is kin of an investigator, or their own: somebody else must",
            officer=str(one),
        )
    officer = matter.view.get(one)
    if not isinstance(officer, Officer):
        raise NotAllowed("officer.unknown", f"the investigator {one} is not a registered officer")
    if not matter.home.lies_in(officer.unit):
        raise NotAllowed("officer.place", "an investigator's area does not hold this case", unit=officer.unit)


def check_cosign(matter: Matter) -> None:
    """The act that is named waits for this hand.

    Raises `NotAllowed`: `case.cosign`, `case.cosign-paper`, `case.cosign-hand`.
    """
    data = matter.data
    hands = matter.case.hands.get(data["version"])
    if hands is None or hands.digest != data["act"]:
        raise NotAllowed(
            "case.cosign",
            "no act of this version and digest waits for a signature: look at missing_hands of the case",
            version=data["version"],
        )
    if data["hand"] == "household":
        waits = "household" in hands.missing
        if data.get("paper") is None:
            raise NotAllowed("case.cosign-paper", "the household signs on paper: give the scan's digest as `paper`")
    else:
        waits = any(str(one) in hands.missing for one in matter.actors)
    if not waits:
        raise NotAllowed(
            "case.cosign-hand",
            f"this act does not wait for this hand; it waits for {', '.join(sorted(hands.missing))}",
            missing=", ".join(sorted(hands.missing)),
        )

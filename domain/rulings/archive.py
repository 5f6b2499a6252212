"""Acts of the archives: who, of which case, on whose shelf, and for how long.

They come at any stage: papers are put away whenever they arrive, long after the case has ended, too.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from domain.archive import Settings, keep_until
from domain.case import Case
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.place import Home, covers, home_of, places_of
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.rules import rules_for
from domain.view import View
from domain.vocabulary import Level

LEVELS = (Level.TOWN, Level.COUNTY)
"""The town keeps the files, the county its own and those that were handed over to it."""
ENDED = ("exited", "refused", "rejected", "withdrawn")
"""Stages in which a file can be closed."""


def _archive_act(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    case = view.get(proposal.stream)
    if case is None:
        raise NotAllowed("case.unknown", "a case begins with apply.submit", act=proposal.code)
    if not isinstance(case, Case):
        raise NotAllowed("case.stream", "this stream is no case of ours", stream=str(proposal.stream))
    check_keeper(proposal.code, officer, home_of(case.town, case.village, view))
    check_shelves(officer, shelves_in(proposal.data), view)
    if proposal.code != "archive.close":
        return {}, ()
    earliest = check_close(
        str(case.stage), case.ended, case.programme, proposal.data, proposal.on, rules_for(case, proposal, view)
    )
    return {"earliest": str(earliest)}, ()


def check_keeper(code: str, officer: Officer, home: Home) -> None:
    """Whether this officer keeps files of the town that the household lives in today.

    Raises `NotAllowed` (`officer.level`, `officer.place`).
    """
    if officer.level not in LEVELS:
        raise NotAllowed(
            "officer.level",
            f"{code} is for the {' or '.join(LEVELS)}, not for the {officer.level}",
            act=code,
            level=officer.level,
            levels=list(LEVELS),
        )
    if not home.lies_in(officer.unit):
        raise NotAllowed("officer.place", "the case lies outside this officer's area", unit=officer.unit)


def shelves_in(data: dict[str, Any]) -> Iterable[str]:
    """Every shelf that an act puts papers on: its own, and those of the documents in it."""
    if data.get("shelf") is not None:
        yield data["shelf"]
    for each in data.get("documents", ()):
        if isinstance(each, dict) and each.get("shelf") is not None:
            yield each["shelf"]


def check_shelves(officer: Officer, shelves: Iterable[str], view: View) -> None:
    """Nobody puts papers on a shelf that is not theirs: whoever takes them over signs (谁接收，谁签字).

    Raises `NotAllowed` (`archive.shelf`).
    """
    for shelf in shelves:
        if not covers(officer.unit, shelf.partition("/")[0], places_of(view), view.today):
            raise NotAllowed(
                "archive.shelf",
                f"the shelf {shelf} is not within {officer.unit}: whoever takes the papers over signs",
                shelf=shelf,
                unit=officer.unit,
            )


def check_close(
    stage: str, ended: str | None, programme: str, data: dict[str, Any], on: date, settings: Settings
) -> date:
    """The earliest day until which the file may be kept. `ended` is the month from which nothing is paid, if any was.

    Raises `NotAllowed` (`archive.open`, `archive.keep`).
    """
    if stage not in ENDED:
        raise NotAllowed("archive.open", f"a file is closed when its case has ended; it is {stage}", stage=stage)
    # What was refused ended before its file is closed: counted from then on, the period is never too short.
    since = date.fromisoformat(f"{ended}-01") if ended else on
    earliest, article = keep_until(programme, since, data["holds"], settings)
    if date.fromisoformat(data["keep_until"]) < earliest:
        raise NotAllowed(
            "archive.keep",
            f"the file is to be kept until {earliest} at least",
            earliest=str(earliest),
            given=data["keep_until"],
            article=article,
        )
    return earliest


RULES: Rules = {
    "archive": _archive_act,
}

"""Whether an officer may confirm a case of a town now, and by what power (57号 Art 2, 43号 Art 28).

The power is the county's (社会救助暂行办法 Art 11). Entrusted (委托), it stays the county's and the town acts in its
stead: the county may still act itself, and answers for both (行政诉讼法 Art 26(5)). Granted (授权), it is the town's as
long as it is valid. Where the town has none, or above its ceiling, the county confirms.
"""

from datetime import date
from typing import Any

from domain.delegation import Delegation, Valid
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.streams import delegation_id
from domain.view import View
from domain.vocabulary import Level

_ENGLISH = {
    "never": "nothing was ever delegated to the town",
    "other_programme": "the town's delegation is for other programmes",
    "not_yet": "the town's delegation begins on {since}",
    "ended": "the town's delegation ended on {since}",
    "limited": "the county took this programme back from {since} on",
    "suspended": "the town's delegation is suspended from {since} on",
    "withdrawn": "the town's delegation was withdrawn from {since} on",
}


def check_may_confirm(
    officer: Officer, town: str, programme: str, amount_fen: int | None, day: date, view: View
) -> dict[str, Any]:
    """What a confirmation (or refusal: `amount_fen` None) on `day` relies on: who confirms, and by which delegation.

    `town` is the town that the case belongs to on `day`; `amount_fen` a month for the household. The town's delegation
    is read whoever confirms, so that the commit sees it if it changes meanwhile. Raises `NotAllowed`: `delegation.none`
    with `why` and `since`, `delegation.ceiling`, `delegation.town-confirms`.
    """
    found = view.get(delegation_id(view.origin, town))
    delegation = found if isinstance(found, Delegation) else None
    valid = delegation.at(programme, day) if delegation is not None else None
    above = valid is not None and valid.ceiling_fen is not None and (amount_fen or 0) > valid.ceiling_fen
    if officer.level is not Level.COUNTY:
        if delegation is None or valid is None:
            raise _none(delegation, town, programme, day)
        if above:
            raise NotAllowed(
                "delegation.ceiling",
                f"the town confirms up to {valid.ceiling_fen} fen a month: the county confirms what is above",
                ceiling_fen=valid.ceiling_fen,
                amount_fen=amount_fen,
            )
        return _relied("town", delegation, valid)
    if delegation is None or valid is None:
        return {"confirms": "county", "why": delegation.why_not(programme, day)[0] if delegation else "never"}
    if above:
        return {"confirms": "county", "why": "ceiling"}
    if valid.form != "entrusted":
        raise NotAllowed(
            "delegation.town-confirms",
            "this power was granted to the town: the town confirms, or the county withdraws the power first",
            town=town,
            programme=programme,
            since_version=valid.version,
        )
    return _relied("principal", delegation, valid)


def _none(delegation: Delegation | None, town: str, programme: str, day: date) -> NotAllowed:
    why, since = delegation.why_not(programme, day) if delegation is not None else ("never", None)
    return NotAllowed(
        "delegation.none",
        f"{_ENGLISH[why].format(since=since)}: the county confirms",
        town=town,
        programme=programme,
        why=why,
        since=None if since is None else str(since),
    )


def _relied(confirms: str, delegation: Delegation, valid: Valid) -> dict[str, Any]:
    """Named on every confirmation: the form decides who answers for it in court."""
    relied: dict[str, Any] = {
        "confirms": confirms,
        "delegation": str(delegation.id),
        "delegation_version": valid.version,
        "form": valid.form,
        "instrument": valid.instrument,
    }
    if valid.number is not None:
        relied["number"] = valid.number
    if valid.stage is not None:
        relied["stage"] = valid.stage
    return relied

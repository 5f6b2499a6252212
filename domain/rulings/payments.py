"""Payments and disputes: rows of bank files once, no more recovered than was overpaid, a dispute decided once."""

from domain.errors import NotAllowed
from domain.rulings.matter import Matter


def check_recorded(matter: Matter) -> None:
    """A row stands once, and one that came back says why. Raises `NotAllowed`: `payment.row`, `payment.reason`."""
    data, payments = matter.data, matter.case.payments
    if (data["file"], data["row"]) in payments.rows:
        raise NotAllowed("payment.row", f"row {data['row']} of this file was recorded before", row=data["row"])
    if (data["result"] == "returned") != (data.get("reason") is not None):
        raise NotAllowed(
            "payment.reason", "a payment that came back says why, and no other does", result=data["result"]
        )


def check_overpaid(matter: Matter) -> None:
    """The months are in order. Raises `NotAllowed`: `payment.months`."""
    data = matter.data
    if data["last"] < data["first"]:
        raise NotAllowed(
            "payment.months", "the last month lies before the first", first=data["first"], last=data["last"]
        )


def check_settled(matter: Matter) -> None:
    """No more comes back, or is waived, than was paid too much. Raises `NotAllowed`: `payment.outstanding`."""
    outstanding, fen = matter.case.payments.outstanding, matter.data["fen"]
    if fen > outstanding:
        raise NotAllowed(
            "payment.outstanding",
            f"{outstanding} fen are outstanding, not {fen}: what was overpaid is found first (payment.overpay)",
            outstanding=outstanding,
            fen=fen,
        )


def check_waived(matter: Matter) -> None:
    """What is waived for being small is small as a whole, however it is cut up: the county's settings say how small.

    Raises `NotAllowed`: `payment.outstanding`, `payment.waive-limit`.
    """
    check_settled(matter)
    if matter.data["ground"] == "small" and matter.sets("recover.waive.fen"):
        limit = matter.value("recover.waive.fen")
        if matter.case.payments.outstanding > limit:
            raise NotAllowed(
                "payment.waive-limit",
                f"up to {limit} fen in all may be waived for being small: recover what is more, or waive it on another"
                " ground",
                limit=limit,
                article=matter.article("recover.waive.fen"),
            )


def check_custody(matter: Matter) -> None:
    """Nobody keeps what somebody else keeps. Raises `NotAllowed`: `payment.custody`."""
    holder = matter.case.custody
    if (matter.proposal.code == "payment.entrust") != (holder is None):
        raise NotAllowed(
            "payment.custody",
            f"{holder or 'nobody'} keeps this household's passbook or card now: see the case",
            holder=holder or "none",
            article=matter.article("custody.requires") if matter.sets("custody.requires") else None,
        )


def check_filed(matter: Matter) -> None:
    """It is about an act that there is. Raises `NotAllowed`: `dispute.against`."""
    against = matter.data["against"]
    if against > matter.case.version:
        raise NotAllowed("dispute.against", f"the case has no act of version {against}", against=against)


def check_decided(matter: Matter) -> None:
    """A dispute is decided once. Raises `NotAllowed`: `dispute.unknown`, `dispute.state`."""
    _check_state(matter, "filed")


def check_executed(matter: Matter) -> None:
    """What is executed was decided. Raises `NotAllowed`: `dispute.unknown`, `dispute.state`."""
    _check_state(matter, "decided")


def _check_state(matter: Matter, expected: str) -> None:
    filed = matter.data["filed"]
    state = matter.case.disputes.get(filed)
    if state is None:
        raise NotAllowed("dispute.unknown", f"no dispute was filed by version {filed} of this case", filed=filed)
    if state != expected:
        raise NotAllowed("dispute.state", f"that dispute is {state}, not {expected}", state=state, expected=expected)

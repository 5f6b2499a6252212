"""What each act changes in a case. The state is rebuilt from the acts themselves; nothing here refuses anything."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain import payments
from domain.case import Case, Hands, Named, Procedure, ProcedureKind, Step
from domain.events import Acted
from domain.flow import ALLOWED, RECEIVING, VERIFYING
from domain.streams import uuid_of
from domain.vocabulary import Level, Programme, Stage

CORRECTABLE = {
    # act code: the member of `review.correct` that says it right
    f"{stage}.{word}": word
    for stage, words in (
        ("review", ("check", "visit", "appraise", "assess", "opine", "post", "recheck", "adjust", "report")),
        ("confirm", ("grant",)),
    )
    for word in words
}

VARIANTS = {
    # act code: the member of its data that makes a kind of its own of it, for rules to name: review.report:death
    "review.report": "kind",
    "review.adjust": "cause",
    "review.object": "against",
    "verify.draw": "cause",
    "exit.end": "reason",
}

_BEGINS = {
    "review.open": ProcedureKind.RECHECK,
    "review.recheck": ProcedureKind.RECHECK,
    "review.report": ProcedureKind.CHANGE,
    "review.adjust": ProcedureKind.CHANGE,
    "exit.propose": ProcedureKind.EXIT,
    "exit.end": ProcedureKind.EXIT,
}
_CONCLUDES = frozenset(
    {
        "apply.reject", "apply.withdraw", "confirm.grant", "confirm.refuse", "review.recheck", "review.adjust",
        "exit.end",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saying:
    """What an act said, when and by whom; a correction speaks in the place, and on the day, of what it corrects."""

    code: str
    data: dict[str, Any]
    on: date
    version: int
    digest: str
    actors: frozenset[UUID]
    relied: dict[str, Any]


def actors_of(claims: dict[str, Any]) -> frozenset[UUID]:
    """Everybody whose act it is: who signed, who signed the paper it was transcribed from, on whose behalf."""
    named = [claims["iss"]]
    if "paper" in claims:
        named.append(claims["paper"]["signer"])
    if "behalf" in claims:
        named.append(claims["behalf"])
    return frozenset(map(uuid_of, named))


def level_of(relied: dict[str, Any]) -> Level:
    """Whose act it was, as it stands in what the decision relied on: the town's, unless it says otherwise."""
    return Level(relied.get("level", Level.TOWN))


def begins(case: Case, code: str) -> ProcedureKind | None:
    """The procedure that this act would begin: one of its own kind where none is open; an exit in any case."""
    if code == "exit.propose" or not case.procedure.open:
        return _BEGINS.get(code)
    return None


def corrected_code(data: dict[str, Any]) -> str | None:
    """The act code that a `review.correct` is about; None where it names none, or more than one."""
    codes = [code for code, word in CORRECTABLE.items() if data.get(word) is not None]
    return codes[0] if len(codes) == 1 else None


def evolve(case: Case | None, event: Acted) -> Case:
    """The case after one more act."""
    code, data = event.claims["act"], event.data
    if case is None:
        return _open(event, data)
    digest = sha256(event.jws.encode()).hexdigest() if code in _NAMED else ""
    saying = Saying(code, data, event.on, event.originator_version, digest, actors_of(event.claims), event.relied)
    changes: dict[str, Any] = {"version": saying.version, "procedure": _procedure(case, saying)}
    if code == "review.correct":
        about = corrected_code(data)
        assert about is not None
        saying = replace(saying, code=about, data=data[CORRECTABLE[about]], on=case.said[about].on)
    else:
        stage = ALLOWED[code][1]
        if code == "verify.overturn" and case.stage is Stage.REFUSED:
            stage = Stage.ACCEPTED
        elif case.stage in RECEIVING and code == "review.object":
            stage = None  # to a termination that is posted: the household goes on being helped
        if stage is not None:
            changes |= {"stage": stage, "since": saying.on}
        if code in VERIFYING:
            changes["verification"] = VERIFYING[code][1]
    steps = _steps(code, saying)
    changes["steps"] = {**case.steps, **steps}
    changes["trail"] = _trail(case, code, saying, steps)
    if saying.code in CORRECTABLE:
        changes["said"] = {**case.said, saying.code: Named(saying.version, saying.digest, saying.on)}
    change = _CHANGES.get(saying.code)
    return case.changed(changes | (change(case, saying) if change else {}))


def _open(event: Acted, data: dict[str, Any]) -> Case:
    circumstances = data.get("circumstances") or []
    special = set(circumstances) - {"spending"}
    conditions = {*circumstances, *(["special"] if special else []), *(["alone"] if data.get("alone") else [])}
    relied = event.relied
    step = Step(event.originator_version, event.on, level_of(relied))
    return Case(
        event.originator_id,
        event.originator_version,
        Programme(data["programme"]),
        data["town"],
        data.get("village"),
        Stage.SUBMITTED,
        event.on,
        Procedure(
            ProcedureKind.APPLICATION, event.originator_version, event.on, relied.get("policy"), relied.get("settings")
        ),
        steps={"apply.submit": step},
        trail=((frozenset({"apply.submit"}), step),),
        conditions=frozenset(conditions),
        papers=frozenset(document["kind"] for document in data.get("documents", ())),
        people=tuple(map(uuid_of, relied.get("people", ()))),
        members=data["members"],
    )


def _procedure(case: Case, saying: Saying) -> Procedure:
    law, county = saying.relied.get("policy"), saying.relied.get("settings")
    kind = begins(case, saying.code)
    procedure = case.procedure
    if kind is not None:
        procedure = Procedure(kind, saying.version, saying.on, law, county)
    elif saying.code == "verify.overturn" and case.stage is Stage.REFUSED:
        procedure = replace(procedure, version=saying.version, open=True)
    elif procedure.open and law is not None and (law, county) != (procedure.law, procedure.county):
        # A newer pack said of itself that it takes over what is under way.
        procedure = replace(procedure, law=law, county=county)
    return replace(procedure, open=False) if saying.code in _CONCLUDES else procedure


def counts_from(code: str, data: dict[str, Any], on: date) -> date:
    """The day from which the limits that an act sets running count: of a change, the day on which it came about."""
    return date.fromisoformat(data["day"]) if code == "review.report" else on


def _steps(code: str, saying: Saying) -> dict[str, Step]:
    step = Step(saying.version, counts_from(saying.code, saying.data, saying.on), level_of(saying.relied))
    steps = {saying.code: step} if code == saying.code else {saying.code: step, code: step}
    if saying.code in VARIANTS:
        steps[f"{saying.code}:{saying.data[VARIANTS[saying.code]]}"] = step
    return steps


def _trail(case: Case, code: str, saying: Saying, steps: dict[str, Step]) -> tuple[tuple[frozenset[str], Step], ...]:
    """One act more. A correction takes nothing up anew and ends nothing: it moves what it corrects to the right day."""
    if code == saying.code:
        return (*case.trail, (frozenset(steps), steps[code]))
    trail = list(case.trail)
    at = max(at for at, (names, _) in enumerate(trail) if saying.code in names)
    named = frozenset(steps) - {code}
    trail[at] = (named, replace(steps[saying.code], version=trail[at][1].version, by=trail[at][1].by))
    return (*trail, (frozenset({code}), steps[code]))


Change = Callable[[Case, Saying], dict[str, Any]]


def _accepted(case: Case, said: Saying) -> dict[str, Any]:
    kin = _kin(case, said)
    return kin | {"conditions": kin["conditions"] | {"delegated" if said.relied.get("delegation") else "county"}}


def _kin(case: Case, said: Saying) -> dict[str, Any]:
    kin, own_kin = (frozenset(map(uuid_of, said.relied.get(name, ()))) for name in ("kin", "own_kin"))
    words = {"kin"} if kin else frozenset[str]()
    return {"kin": case.kin | kin, "own_kin": case.own_kin | own_kin, "conditions": case.conditions | words}


def _supplemented(case: Case, said: Saying) -> dict[str, Any]:
    return {"papers": case.papers | {document["kind"] for document in said.data["documents"]}}


def _registered(case: Case, said: Saying) -> dict[str, Any]:
    return {"conditions": case.conditions | {"kin"}}


def _checked(case: Case, said: Saying) -> dict[str, Any]:
    negative = said.data["result"] == "inconsistent"
    word = frozenset({"negative_check"})
    return {
        "check": said.data["result"],
        "conditions": case.conditions | word if negative else case.conditions - word,
    }


def _visited(case: Case, said: Saying) -> dict[str, Any]:
    investigators = frozenset(map(uuid_of, said.data["investigators"]))
    household = {"household"} if said.relied.get("household_signs", True) else set[str]()
    missing = {str(one) for one in investigators - said.actors} | household
    return {
        "investigators": case.investigators | investigators | said.actors,
        "hands": _awaiting(case, said, frozenset(missing)),
    }


def _deliberated(case: Case, said: Saying) -> dict[str, Any]:
    missing = frozenset(map(uuid_of, said.data["attendees"])) - said.actors
    return {"hands": _awaiting(case, said, frozenset(map(str, missing)))}


def _awaiting(case: Case, said: Saying, missing: frozenset[str]) -> dict[int, Hands]:
    return {**case.hands, said.version: Hands(said.code, said.digest, missing)} if missing else dict(case.hands)


def _cosigned(case: Case, said: Saying) -> dict[str, Any]:
    version = said.data["version"]
    hands = case.hands[version]
    given = {"household"} if said.data["hand"] == "household" else set(map(str, said.actors))
    left = replace(hands, missing=hands.missing - given)
    others = {number: one for number, one in case.hands.items() if number != version}
    return {"hands": {**others, version: left} if left.missing else others}


def _assessed(case: Case, said: Saying) -> dict[str, Any]:
    return {"grade": said.data["grade"]}


def _opined(case: Case, said: Saying) -> dict[str, Any]:
    return {"opinion": said.data["opinion"], "deciders": case.deciders | said.actors}


def _posted(case: Case, said: Saying) -> dict[str, Any]:
    return {"posting_ends": said.on + timedelta(days=said.data["days"])}


def _objected(case: Case, said: Saying) -> dict[str, Any]:
    if said.data["against"] == "check":
        return {"conditions": case.conditions | {"check_disputed"}}
    return {"conditions": case.conditions | {"objection", "special"}, "posting_ends": None}


def _extended(case: Case, said: Saying) -> dict[str, Any]:
    return {"conditions": case.conditions | {"special", said.data["cause"]}}


def _granted(case: Case, said: Saying) -> dict[str, Any]:
    data = said.data
    stability = data.get("stability", "stable")
    return {
        "monthly_fen": data["monthly_fen"],
        "members": data["members"],
        "starting": data["starting"],
        "until": data.get("until"),
        "stability": stability,
        "conditions": case.conditions | {"unstable"} if stability == "unstable" else case.conditions - {"unstable"},
        "deciders": case.deciders | said.actors,
    }


def _refused(case: Case, said: Saying) -> dict[str, Any]:
    return {"deciders": case.deciders | said.actors}


def _rechecked(case: Case, said: Saying) -> dict[str, Any]:
    entitled = said.data["result"] != "ineligible"
    over = {"deferred_until": None, "deferring_since": None} if entitled else {}
    return {"monthly_fen": said.data["monthly_fen"], **over}


def _adjusted(case: Case, said: Saying) -> dict[str, Any]:
    # Whoever was of the household before has their old place again.
    joining = tuple(one for one in map(uuid_of, said.relied.get("joining", ())) if one not in case.people)
    return {
        "monthly_fen": said.data["monthly_fen"],
        "members": said.data["members"],
        "people": case.people + joining,
        **_kin(case, said),
    }


def _moved(case: Case, said: Saying) -> dict[str, Any]:
    return {"town": said.data["town"], "village": said.data.get("village")}


def _drawn(case: Case, said: Saying) -> dict[str, Any]:
    return {"conditions": case.conditions | ({said.data["cause"]} & {"complaint", "kin"})}


def _rectifying(case: Case, said: Saying) -> dict[str, Any]:
    return {"rectify_by": date.fromisoformat(said.data["deadline"])}


def _rectified(case: Case, said: Saying) -> dict[str, Any]:
    return {"rectify_by": None}


def _exit_proposed(case: Case, said: Saying) -> dict[str, Any]:
    conditions = case.conditions - {"objection"} | {"ending"}
    return {"exit_reason": said.data["reason"], "posting_ends": None, "conditions": conditions}


def _deferred(case: Case, said: Saying) -> dict[str, Any]:
    return {"deferred_until": said.data["until"], "deferring_since": case.deferring_since or said.on}


def _ended(case: Case, said: Saying) -> dict[str, Any]:
    conditions = case.conditions - {"ending"}
    return {"exit_reason": said.data["reason"], "ended": said.data["starting"], "conditions": conditions}


def _money(case: Case, said: Saying) -> dict[str, Any]:
    return {"payments": payments.evolve(case.payments, said.code, said.data)}


def _disputed(case: Case, said: Saying) -> dict[str, Any]:
    filed = said.version if said.code == "dispute.file" else said.data["filed"]
    return {"disputes": {**case.disputes, filed: DISPUTES[said.code]}}


DISPUTES = {"dispute.file": "filed", "dispute.decide": "decided", "dispute.execute": "executed"}

_CHANGES: dict[str, Change] = {
    "payment.entrust": lambda case, said: {"custody": said.data["holder"]},
    "payment.end_custody": lambda case, said: {"custody": None},
    **dict.fromkeys(("payment.record", "payment.overpay", "payment.recover", "payment.waive"), _money),
    **dict.fromkeys(DISPUTES, _disputed),
    "apply.accept": _accepted,
    "apply.supplement": _supplemented,
    "apply.register": _registered,
    "review.check": _checked,
    "review.visit": _visited,
    "review.cosign": _cosigned,
    "review.assess": _assessed,
    "review.opine": _opined,
    "review.post": _posted,
    "review.object": _objected,
    "review.extend": _extended,
    "review.recheck": _rechecked,
    "review.adjust": _adjusted,
    "review.move": _moved,
    "confirm.deliberate": _deliberated,
    "confirm.grant": _granted,
    "confirm.refuse": _refused,
    "verify.draw": _drawn,
    "verify.rectify": _rectifying,
    "verify.pass": _rectified,
    "verify.overturn": _rectified,
    "exit.propose": _exit_proposed,
    "exit.defer": _deferred,
    "exit.end": _ended,
}
_NAMED = frozenset({*CORRECTABLE, "confirm.deliberate", "review.correct"})
"""Acts that a later one may name by the digest of their JWS."""

"""Decide: is this act allowed now, by this officer, here? Pure: it reads a `View` and either answers or refuses.

Everything it reads is noted with its version, so the commit can check that none of it has moved on since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from domain import case as cases
from domain import delegation as delegations
from domain import officer as officers
from domain import source as sources
from domain.acts import ACTS
from domain.case import Case
from domain.data import check_frame, validate
from domain.delegation import Delegation, Policy
from domain.errors import NotAllowed
from domain.events import Acted, Claimed
from domain.officer import Officer
from domain.source import Source, SourceCase
from domain.streams import delegation_id, key_claim_id, policy_id, source_case_id, source_id
from domain.vocabulary import Level


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that can be had only once, and has been."""

    id: UUID
    version: int
    by: str


Aggregate = Case | Officer | Delegation | Policy | Source | SourceCase | Claim


class NotLoaded(Exception):
    """The decision needs a stream that the view does not hold yet: load it and decide again."""

    def __init__(self, stream: UUID) -> None:
        super().__init__(str(stream))
        self.stream = stream


@dataclass
class View:
    """What is known of the streams (None: nothing there), and what of it the decision has read.

    `today` is the day in 北京时间 on which the act takes its place on the ledger: authority is judged by it.
    """

    origin: str
    today: date
    aggregates: Mapping[UUID, Aggregate | None]
    read: dict[UUID, int] = field(default_factory=dict)

    def get(self, stream: UUID) -> Aggregate | None:
        """The aggregate of a stream, None when there is none. Raises `NotLoaded`."""
        try:
            found = self.aggregates[stream]
        except KeyError:
            raise NotLoaded(stream) from None
        self.read[stream] = found.version if found else 0
        return found


@dataclass(frozen=True)
class Proposal:
    """An admitted act, as the rules see it. `revealed` has personal members in place.

    `brings` is the thumbprint of the key it registers; `seconded` the officer whose registered key, `second_kid`,
    countersigned.
    """

    jws: str
    kid: str
    code: str
    claims: dict[str, Any]
    revealed: dict[str, Any]
    brings: str | None = None
    seconded: UUID | None = None
    second_kid: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """As signed."""
        data: dict[str, Any] = self.claims["data"]
        return data

    @cached_property
    def stream(self) -> UUID:
        """The stream the act belongs to."""
        return UUID(self.claims["case"])

    @cached_property
    def signer(self) -> UUID:
        """Who signed."""
        return UUID(self.claims["iss"])

    @property
    def on(self) -> date:
        """The day it took place."""
        return date.fromisoformat(self.claims["on"])


@dataclass(frozen=True, slots=True)
class Decision:
    """The act as it will stand on the ledger, what else it takes, and the versions that were read."""

    event: Acted
    claimed: tuple[Claimed, ...]
    read: dict[UUID, int]


def decide(proposal: Proposal, view: View) -> Decision:
    """Raises `NotAllowed` with the reason, or `NotLoaded`."""
    act = ACTS.get(proposal.code)
    if act is None:
        raise NotAllowed("act.code", f"there is no act {proposal.code}", act=proposal.code)
    validate(act.data, proposal.revealed, proposal.data)
    check_frame(proposal.on, proposal.claims["basis"], proposal.code in sources.ROWS)
    officer = view.get(proposal.signer)
    if not isinstance(officer, Officer):
        raise NotAllowed("officer.unknown", "the signer is not a registered officer")
    if proposal.kid not in officer.keys:
        raise NotAllowed("key.not-valid", "the signer's key is not valid any more", kid=proposal.kid)
    rule = _RULES.get(proposal.code) or _RULES[proposal.code.partition(".")[0]]
    extra, claimed = rule(proposal, officer, view)
    relied = {"streams": {str(stream): version for stream, version in view.read.items()}, **extra}
    event = Acted(proposal.stream, proposal.claims["version"], act.event, proposal.jws, proposal.claims, relied)
    return Decision(event, claimed, dict(view.read))


def project(aggregate: Aggregate | None, event: Acted | Claimed, brings: Callable[[Acted], str | None]) -> Any:
    """An aggregate after one more event; `brings` tells the thumbprint of the key an act registers."""
    if isinstance(event, Claimed):
        return Claim(event.originator_id, event.originator_version, event.by)
    stage = event.type.partition(".")[0]
    if stage == "officer":
        assert aggregate is None or isinstance(aggregate, Officer)
        return officers.evolve(aggregate, event, brings(event))
    if stage == "delegation":
        return delegations.evolve_delegation(aggregate, event)  # type: ignore[arg-type]
    if stage == "policy":
        return delegations.evolve_policy(aggregate, event)  # type: ignore[arg-type]
    if event.type == "source.granted":
        return sources.evolve_source(aggregate, event)  # type: ignore[arg-type]
    if stage == "source":
        return sources.evolve_case(aggregate, event)  # type: ignore[arg-type]
    return cases.evolve(aggregate, event)  # type: ignore[arg-type]


Ruling = tuple[dict[str, Any], tuple[Claimed, ...]]

_WHO: dict[str, tuple[Level, ...]] = {
    # Village assists, town accepts, investigates, posts and confirms, county verifies and supervises.
    "apply.submit": (Level.VILLAGE, Level.TOWN),
    "apply.supplement": (Level.VILLAGE, Level.TOWN),
    "review.visit": (Level.TOWN, Level.COUNTY),
    "review.object": (Level.VILLAGE, Level.TOWN, Level.COUNTY),
    "apply": (Level.TOWN,),
    "review": (Level.TOWN,),
    "confirm": (Level.TOWN, Level.COUNTY),
    "verify": (Level.COUNTY,),
    "suspend": (Level.TOWN, Level.COUNTY),
    "exit": (Level.TOWN, Level.COUNTY),
}


def _case_act(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    found = view.get(proposal.stream)
    if found is not None and not isinstance(found, Case):
        raise NotAllowed("case.stream", "this stream is no case of ours", stream=str(proposal.stream))
    if found is None:
        _check_not_reserved(proposal.stream)
    cases.check_order(found, proposal.code, proposal.data)
    _check_village(proposal.code, proposal.data, found)
    where = proposal.data if found is None else {"town": found.town, "village": found.village}
    _check_place(proposal.code, officer, where)
    policy = view.get(policy_id(view.origin))
    extra: dict[str, Any] = {"policy": policy.sha256} if isinstance(policy, Policy) else {}
    if proposal.code in ("confirm.grant", "confirm.refuse") and officer.level is Level.TOWN:
        assert found is not None
        delegation = view.get(delegation_id(view.origin, found.town))
        if not isinstance(delegation, Delegation) or not delegation.covers(found.programme, view.today):
            raise NotAllowed(
                "delegation.none",
                "the town has no delegation for this programme today: the county confirms",
                town=found.town,
                programme=found.programme,
            )
        extra |= {"delegation": str(delegation.id), "form": delegation.form}
    return extra, ()


def _check_village(code: str, data: dict[str, Any], case: Case | None) -> None:
    """A village named in an act lies in the case's town, and a posting hangs in the household's own (57号 Art 19)."""
    town = case.town if case is not None else data["town"]
    if data.get("village") is not None and not data["village"].startswith(town):
        raise NotAllowed("case.village", "this village lies in another town", village=data["village"], town=town)
    if code == "review.post" and case is not None and case.village not in (None, data["village"]):
        raise NotAllowed(
            "case.posting", f"the posting belongs in {case.village}, where the household lives", village=case.village
        )


def _check_place(code: str, officer: Officer, where: dict[str, Any]) -> None:
    levels = _WHO.get(code) or _WHO[code.partition(".")[0]]
    if officer.level not in levels:
        raise NotAllowed(
            "officer.level",
            f"{code} is for the {' or '.join(levels)}, not for the {officer.level}",
            act=code,
            level=officer.level,
            levels=list(levels),
        )
    if not officer.covers(where["town"]) and not officer.covers(where.get("village")):
        raise NotAllowed("officer.place", "the case lies outside this officer's area", unit=officer.unit)


def _check_administrator(officer: Officer) -> None:
    if not officer.administrator:
        raise NotAllowed("officer.not-administrator", "only an administrator may do this")


def _register(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    _check_administrator(officer)
    _check_second(proposal, view, allowed=None)
    if view.get(proposal.stream) is not None:
        raise NotAllowed("officer.exists", "this officer is registered already; add a key instead")
    _check_not_reserved(proposal.stream)
    return {}, (_claim_key(proposal, view),)


def _add_key(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    _check_administrator(officer)
    if not isinstance(view.get(proposal.stream), Officer):
        raise NotAllowed("officer.unknown", "there is no such officer; register them first")
    _check_second(proposal, view, allowed=proposal.stream)
    return {}, (_claim_key(proposal, view),)


def _check_second(proposal: Proposal, view: View, allowed: UUID | None) -> None:
    """Two signatures: the second is another administrator's, or (`allowed`) the officer's own older key's."""
    second = view.get(proposal.seconded) if proposal.seconded else None
    if not isinstance(second, Officer) or second.id == proposal.signer:
        raise NotAllowed("officer.second", "a second person must countersign")
    if proposal.second_kid not in second.keys:
        raise NotAllowed("key.not-valid", "the second person's key is not valid any more", kid=proposal.second_kid)
    if second.id != allowed and not second.administrator:
        raise NotAllowed("officer.second", "the second signature must be another administrator's")


def _claim_key(proposal: Proposal, view: View) -> Claimed:
    """A key belongs to one officer for ever: its claim stream must be empty, and is taken in the same commit."""
    assert proposal.brings is not None
    stream = key_claim_id(view.origin, proposal.brings)
    if view.get(stream) is not None:
        raise NotAllowed("key.taken", "this key was registered before; make a new one", kid=proposal.brings)
    return Claimed(stream, 1, "key.claimed", str(proposal.stream))


def _revoke_key(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    if proposal.kid == proposal.data["kid"]:
        # A key is valid strictly before its revocation, so it cannot sign it.
        raise NotAllowed("key.self", "a key cannot revoke itself: use another of your keys, or an administrator's")
    if officer.id != proposal.stream:
        _check_administrator(officer)
    found = view.get(proposal.stream)
    if not isinstance(found, Officer) or proposal.data["kid"] not in found.keys:
        raise NotAllowed("key.not-held", "this officer holds no such key", kid=proposal.data["kid"])
    if proposal.seconded is not None:
        _check_second(proposal, view, allowed=proposal.stream)
    elif found.administrator:
        # Whoever has stolen one administrator's key would otherwise end all the others', and nobody could ever be
        # registered again. An administrator's own two keys are no exception: a thief of either would end the other,
        # and keep the holder out. How many administrators remain is not judged here: no stream counts them, and the
        # thief of one key ends none. Three are advised (`mingzhang init`), so that two remain when one key is lost.
        raise NotAllowed(
            "officer.second-needed",
            "ending an administrator's key takes two people: another administrator (or the holder) must second it",
            kid=proposal.data["kid"],
        )
    return {}, ()


def _delegate(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    _check_county(officer, proposal.code)
    found = view.get(proposal.stream)
    if proposal.code == "delegation.withdraw":
        if not isinstance(found, Delegation) or found.withdrawn:
            raise NotAllowed("delegation.none", "there is nothing to withdraw")
        if not officer.covers(found.town):
            raise NotAllowed("officer.place", "the town lies in another county", unit=officer.unit)
    else:
        _check_stream(proposal, delegation_id(view.origin, proposal.data["town"]))
        if not officer.covers(proposal.data["town"]):
            raise NotAllowed("officer.place", "the town lies in another county", unit=officer.unit)
    return {}, ()


def _adopt(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    _check_county(officer, proposal.code)
    _check_stream(proposal, policy_id(view.origin))
    view.get(proposal.stream)
    return {}, ()


def _grant_source(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    _check_administrator(officer)
    _check_stream(proposal, source_id(view.origin, proposal.revealed["name"]))
    view.get(proposal.stream)
    return {}, ()


def _source_row(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    source = view.get(UUID(proposal.data["source"]))
    if not isinstance(source, Source) or source.importer != officer.id:
        raise NotAllowed("source.no-grant", "this officer has no grant to import from this system")
    if source.ending < view.today:
        raise NotAllowed("source.no-grant", f"the grant to import from this system ended on {source.ending}")
    _check_stream(proposal, source_case_id(source.id, proposal.data["case"]))
    found = view.get(proposal.stream)
    assert found is None or isinstance(found, SourceCase)
    sources.check_row(found, proposal.code, proposal.data)
    return {}, ()


def _check_county(officer: Officer, code: str) -> None:
    if officer.level is not Level.COUNTY:
        raise NotAllowed(
            "officer.level", f"{code} is for the county", act=code, level=officer.level, levels=[Level.COUNTY]
        )


def _check_not_reserved(stream: UUID) -> None:
    """Ids of version 5 follow from what they are about (`domain.streams`): nobody may sit down on one beforehand."""
    if stream.version == 5:
        raise NotAllowed("act.stream-reserved", "a new case or officer takes a random UUID (version 4 or 7)")


def _check_stream(proposal: Proposal, expected: UUID) -> None:
    if proposal.stream != expected:
        raise NotAllowed("act.stream", f"this act belongs to stream {expected}", expected=str(expected))


Rule = Callable[[Proposal, Officer, View], Ruling]
_RULES: dict[str, Rule] = {
    **dict.fromkeys(("apply", "review", "confirm", "verify", "suspend", "exit"), _case_act),
    "officer.register": _register,
    "officer.add_key": _add_key,
    "officer.revoke_key": _revoke_key,
    "delegation": _delegate,
    "policy": _adopt,
    "source.grant": _grant_source,
    "source": _source_row,
}

"""One act, end to end: admit, decide, commit, acknowledge (design §2).

receive() ── admit ──── form, key, signature: nothing of the ledger's state but whose key it is
          ── decide ─── the case's rules, on the streams as last seen
          ── commit ─── the committer re-checks every stream that was read; if one moved on, decide again
          ── acknowledge, once it is durable, with the receipt
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from eventsourcing.persistence import PersistenceError

from api.admit import Admitted, Repeated, Second, admit, raise_if_repeated, same
from api.answers import Answer
from api.identities import people_in
from api.publishing.witnessed import Standing, WitnessStale
from api.rules import CASEWORK_TABLES
from api.service import Service, Stream, brought_kid
from api.trouble import Trouble
from domain.decide import decide
from domain.errors import NotAllowed
from domain.events import Claimed
from domain.project import Aggregate, project
from domain.proposal import Decision, Proposal
from domain.view import NotLoaded, View
from ledger.act import Act, encode_state
from ledger.batch import Command, NewEvent, Recorded
from ledger.checkpoint import Receipt
from ledger.errors import Conflict, LedgerError, Moved, Refused
from ledger.jws import key_from_jwk
from ledger.receipts import make_receipt
from ledger.vault import CaseKey, seal

ATTEMPTS = 8
"""How often an act is decided again because something it relied on moved on."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An act's place on the ledger. `hash` is its line's, hex; `receipt` the provisional one."""

    index: int
    hash: str
    at: str
    stream: UUID
    version: int
    receipt: Receipt


Outcome = Accepted | Exception


@dataclass(slots=True)
class Overlay:
    """Streams as they will be if the acts before this one, in the same request, are committed."""

    acts: "dict[str, Pending]" = field(default_factory=dict)
    """By JWS: an act sent twice is one command; two acts under one number are two, which the committer tells apart."""
    streams: dict[UUID, Stream] = field(default_factory=dict)
    case_keys: dict[UUID, CaseKey] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """An act on its way: admitted, decided, a command for the committer."""

    act: Act
    command: Command
    answer: Answer
    stream: Stream
    case_key: CaseKey | None
    claimed: Mapping[UUID, Stream]
    """The streams of people and keys as the act leaves them."""


async def receive(service: Service, messages: Sequence[bytes]) -> list[Outcome]:
    """Take in acts, each with its own outcome, in order; later ones may build on earlier ones of the same call.

    Whatever goes wrong with one act, the others keep their answers: they may stand on the ledger.
    """
    outcomes: dict[int, Outcome] = {}
    waiting, trouble = list(range(len(messages))), Trouble()
    for _ in range(ATTEMPTS):
        outcomes |= await _round(service, {position: messages[position] for position in waiting}, trouble)
        waiting = []
        for position in sorted(outcomes):
            outcome = outcomes[position]
            if isinstance(outcome, Moved):
                try:
                    trouble.stop()
                    await _refresh(service, outcome)
                    waiting.append(position)
                except Exception as error:
                    outcomes[position] = trouble.not_done(error)
            elif isinstance(outcome, Repeated):
                try:
                    trouble.stop()
                    outcomes[position] = await _answer_again(service, outcome.recorded, outcome.act)
                except Exception as error:
                    outcomes[position] = trouble.unknown(error)
        if not waiting:
            break
    return [outcomes[position] for position in range(len(messages))]


async def _round(service: Service, messages: Mapping[int, bytes], trouble: Trouble) -> dict[int, Outcome]:
    """One attempt at these acts, by position: admitted, decided, handed in together, waited for."""
    outcomes: dict[int, Outcome] = {}
    admitted: dict[int, Admitted] = {}
    try:
        clock, witnesses = await service.clock(), await service.witness_standing()
    except Exception as error:
        return dict.fromkeys(messages, trouble.not_done(error))
    for position, message in messages.items():
        try:
            trouble.stop()
            admitted[position] = await admit(service, message, clock)
        except Exception as error:
            outcomes[position] = trouble.not_done(error)
    if len(admitted) > 1:
        # Only to be quicker: whoever needs what could not be read will say so.
        with suppress(LedgerError, PersistenceError):
            await _read_ahead(service, [act for act, _ in admitted.values()])
    overlay, pending = Overlay(), dict[int, Pending]()
    for position, (act, second) in admitted.items():
        try:
            trouble.stop()
            pending[position] = await _judge(service, act, second, overlay, clock.day(act.iat), witnesses)
            clock.reach(act.iat)
        except Exception as error:
            outcomes[position] = trouble.not_done(error)
            if isinstance(error, NotAllowed):
                service.refusals.note(act, error)
    return outcomes | await _commit(service, pending, overlay, trouble)


async def _read_ahead(service: Service, acts: Sequence[Act]) -> None:
    """Ask once for all streams that these acts go on with and that were not seen yet, instead of once for each."""
    begun = {act.case for act in acts if act.version == 1}
    unseen = {act.case for act in acts if act.case not in begun and service.stream(act.case) is None}
    if unseen:
        for id_, stream in (await service.read_streams(list(unseen))).items():
            service.remember(id_, stream)


async def _judge(
    service: Service, act: Act, second: Second | None, overlay: Overlay, today: date, witnesses: Standing
) -> Pending:
    """Decide, and make the command, as the acts before it in the same request will leave the streams."""
    if act.jws in overlay.acts:
        return overlay.acts[act.jws]
    refused, relied = await service.refusals.before(act)
    try:
        decision, stream = await _decide(service, act, second, overlay, today)
        if refused is not None:
            raise refused.again()
        witnesses.check(act.code)
        decision.event.relied.update(witnesses.mark)
    except (Refused, Conflict, NotAllowed, WitnessStale) as refusal:
        # The same act gets the same answer whenever it comes: however late, whatever has changed since.
        await raise_if_repeated(service, act, refusal)
        if refused is not None and not (isinstance(refusal, NotAllowed) and refusal.code == refused.said["reason"]):
            raise refused.again() from None
        raise
    case_key, is_new = await _case_key(service, act, overlay)
    command = _command(service, act, decision, relied, case_key, is_new)
    next_stream = Stream(project(stream.aggregate, decision.event, brought_kid), act.version, None, act.digest)
    overlay.streams[act.case] = next_stream
    claimed = {event.originator_id: _claimed(service, overlay, event) for event in decision.claimed}
    overlay.streams |= claimed
    if case_key is not None:
        overlay.case_keys[act.case] = case_key
    overlay.acts[act.jws] = pending = Pending(act, command, service.answers.expect(), next_stream, case_key, claimed)
    return pending


async def _commit(
    service: Service, pending: Mapping[int, Pending], overlay: Overlay, trouble: Trouble
) -> dict[int, Outcome]:
    """Hand everything in at once, in order, and wait for what becomes of each."""
    try:
        service.committer.hand_in([(one.command, one.answer) for one in overlay.acts.values()])
    except Exception as error:
        return dict.fromkeys(pending, trouble.not_done(error))
    # From here on, any of them may be recorded.
    return {position: await _acknowledge(service, one, trouble) for position, one in pending.items()}


async def _decide(
    service: Service, act: Act, seconded: Second | None, overlay: Overlay, today: date
) -> tuple[Decision, Stream]:
    """Whether the act may stand, and the stream it builds on. Raises `Conflict`, `NotAllowed`."""
    loaded: dict[UUID, Stream] = {}
    stream = await _latest(service, act, overlay)
    loaded[act.case] = stream
    claims = {
        "iss": act.iss,
        "case": str(act.case),
        "act": act.code,
        "version": act.version,
        "iat": act.iat,
        "on": str(act.on),
        "basis": act.basis,
        "data": act.data,
    }
    if act.paper is not None:
        claims["paper"] = act.paper
    if act.behalf is not None:
        claims["behalf"] = act.behalf
    brings = key_from_jwk(act.data["jwk"]).kid if seconded and act.code != "officer.revoke_key" else None
    if brings is not None and service.keys.get(brings) is not None:
        # Line 0's keys have no claim stream of their own; a key that has a holder is never anybody else's.
        raise NotAllowed("key.taken", "this key was registered before; make a new one", kid=brings)
    people = people_in(act.revealed, service.identity_key, service.origin) if act.disclosures else {}
    by, with_key = seconded or (None, None)
    proposal = Proposal(act.jws, act.kid, act.code, claims, act.revealed, brings, by, with_key, people)
    try:
        return await _decide_on(service, proposal, loaded, overlay, today), stream
    except NotAllowed:
        # What was read may have been out of date: a refusal is final only on streams as they stand now.
        if all(id_ in overlay.streams for id_ in loaded):
            raise
        fresh = await service.read_streams([id_ for id_ in loaded if id_ not in overlay.streams])
        for id_, one in fresh.items():
            service.remember(id_, one)
        return await _decide_on(service, proposal, loaded | fresh, overlay, today), stream


async def _decide_on(
    service: Service, proposal: Proposal, loaded: dict[UUID, Stream], overlay: Overlay, today: date
) -> Decision:
    """Decide, loading the streams that the decision turns out to need into `loaded`."""
    while True:
        view = View(service.origin, today, _Aggregates(service, loaded, overlay))
        # The act's own stream is always relied on: its version is what the act claims to follow.
        view.read[proposal.stream] = loaded[proposal.stream].version
        try:
            return decide(proposal, view)
        except NotLoaded as missing:
            loaded |= await _load(service, *missing.streams)


class _Aggregates(Mapping[UUID, Aggregate | None]):
    """What a decision reads: the streams as last seen, each noted in `loaded`. KeyError: never seen."""

    def __init__(self, service: Service, loaded: dict[UUID, Stream], overlay: Overlay) -> None:
        self._service, self._loaded, self._overlay = service, loaded, overlay

    def __getitem__(self, id_: UUID) -> Aggregate | None:
        stream = self._loaded.get(id_)
        if stream is None:
            stream = _seen(self._service, id_, self._overlay)
            if stream is None:
                raise KeyError(id_)
            self._loaded[id_] = stream
        return stream.aggregate

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


def _claimed(service: Service, overlay: Overlay, event: Claimed) -> Stream:
    """The stream of a person or a key after what an act brings to it; nobody signs there, so nobody names a `prev`."""
    before = _seen(service, event.originator_id, overlay)
    aggregate = project(before.aggregate if before else None, event, brought_kid)
    return Stream(aggregate, event.originator_version, None, None)


async def _latest(service: Service, act: Act, overlay: Overlay) -> Stream:
    """The act's stream, refreshed before the act is refused as stale. Raises `Conflict`."""
    if act.version == 1 and service.stream(act.case) is None and act.case not in overlay.streams:
        # New to us, and new altogether unless the commit says otherwise: no need to ask.
        stream = service.before_first(act.case)
    else:
        stream = _seen(service, act.case, overlay) or (await _load(service, act.case))[act.case]
    if _follows(act, stream):
        return stream
    fresh = (await _load(service, act.case))[act.case]
    # What this request has handed in so far may be behind: some of it was recorded before.
    if act.case not in overlay.streams or fresh.version >= stream.version:
        stream = fresh
    if _follows(act, stream):
        return stream
    raise Conflict(
        f"the act follows version {act.version - 1} with another hash; the stream stands at version {stream.version}:"
        " look at what has changed and sign again",
        code="act.stale",
        stream=str(act.case),
        version=stream.version,
        hash=stream.line_hash,
    )


def _follows(act: Act, stream: Stream) -> bool:
    return act.version == stream.version + 1 and act.prev in (stream.line_hash, stream.act_digest)


def _seen(service: Service, id_: UUID, overlay: Overlay) -> Stream | None:
    return overlay.streams.get(id_) or service.stream(id_)


async def _load(service: Service, *ids: UUID) -> dict[UUID, Stream]:
    streams = await service.read_streams(ids)
    for id_, stream in streams.items():
        service.remember(id_, stream)
    return streams


async def _case_key(service: Service, act: Act, overlay: Overlay) -> tuple[CaseKey | None, bool]:
    """The key to seal this act's disclosures with, and whether it is new.

    A new key cannot lose a race: it is stored in the transaction that commits this act, and whoever else committed to
    the case since we looked has made this act's version stale.
    """
    if not act.disclosures:
        return None, False
    key = overlay.case_keys.get(act.case) or service.known_case_key(act.case)
    if key is None and act.version > 1:
        key = await service.read_case_key(act.case)
        if key is not None:
            service.keep_case_key(act.case, key)
    return (key, False) if key is not None else (service.new_case_key(act.case), True)


def _command(
    service: Service,
    act: Act,
    decision: Decision,
    refusals: tuple[UUID, int],
    case_key: CaseKey | None,
    is_new: bool,
) -> Command:
    event = decision.event
    claimed = [service.mapper.to_stored_event(claim) for claim in decision.claimed]
    events = [NewEvent(act.case, act.version, event.type, encode_state(act.jws, event.relied), plain=True)]
    events += [NewEvent(c.originator_id, c.originator_version, c.topic, c.state, plain=True) for c in claimed]
    sealed: Iterable[bytes] = ()
    if case_key is not None:
        sealed = seal(case_key, service.origin, str(act.case), act.disclosures)
    return Command(
        events=tuple(events),
        relied=(*decision.read.items(), refusals),
        key=act.key,
        same=same(act),
        sealed=tuple(sealed),
        case_key=(act.case, service.kek.name, case_key.wrapped) if case_key is not None and is_new else None,
        not_before=datetime.fromtimestamp(act.iat, UTC),
    )


async def _acknowledge(service: Service, pending: Pending, trouble: Trouble) -> Outcome:
    """Wait for the commit to be durable; then, and only then, believe it."""
    act = pending.act
    try:
        committed = await pending.answer.future
        if committed.recorded.again or committed.receipt is None:
            return Repeated(committed.recorded, act)
        recorded = committed.recorded
        service.remember(act.case, Stream(pending.stream.aggregate, act.version, recorded.hash, act.digest))
        for id_, stream in pending.claimed.items():
            service.remember(id_, stream)
        if pending.case_key is not None:
            service.keep_case_key(act.case, pending.case_key)
        if (period := service.keys.get(act.kid)) is not None:
            # Verified at the door; this hash is of the line that holds those very bytes.
            service.proven.add(bytes.fromhex(recorded.hash), period.key.kid)
        return Accepted(recorded.indexes[0], recorded.hash, recorded.at, act.case, act.version, committed.receipt)
    except Exception as error:
        return trouble.unknown(error)


async def _answer_again(service: Service, recorded: Recorded, act: Act) -> Outcome:
    made = await service.read(
        lambda connection: make_receipt(connection, CASEWORK_TABLES, service.signer, recorded.indexes[0])
    )
    return Accepted(recorded.indexes[0], recorded.hash, recorded.at, act.case, act.version, made)


async def _refresh(service: Service, moved: Moved) -> None:
    ids = [UUID(stream) for stream in moved.params["streams"]]
    ids = [id_ for id_ in ids if not service.refusals.forget(id_)]
    streams = await service.read_streams(ids)
    for id_, stream in streams.items():
        service.remember(id_, stream)
    await service.read_keys()

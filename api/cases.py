"""`GET /cases/{id}`, its history, its file, and what a signer needs to know of any stream."""

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from api.documents.store import Store
from api.problems import NotFound
from api.rules import CASEWORK_TABLES
from api.schemas import CaseOut, CourseOut, DeadlinesOut, FileOut, HistoryOut, ImportedCaseOut, Problem, StreamOut
from api.service import Service
from domain.case import Case
from domain.deadlines import deadlines
from domain.delegation import Delegation
from domain.place import NO_MERGERS, Places
from domain.policy import Policy
from domain.rules_in_force import Rules
from domain.source import SourceCase
from domain.streams import delegation_id, place_id, policy_id
from domain.vocabulary import Level
from ledger.errors import LedgerFaulty
from ledger.line import decode_line, line_hash
from ledger.receipts import current_head
from ledger.store import AnyConnection, read_history, read_last_of
from ledger.stored import stored_line
from projections.as_of import case_on
from projections.course import course
from projections.history import history
from projections.household_file import describe_file, household_file

router = APIRouter(tags=["cases 案件"])
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}


@router.get("/cases/{case}", response_model=None, responses={200: {"model": CaseOut | ImportedCaseOut}, **_NOT_FOUND})
async def get_case(case: UUID, request: Request) -> Response:
    """A case as it stands 案件现状."""
    service: Service = request.app.state.service
    stream = (await service.read_streams([case]))[case]
    service.remember(case, stream)
    if not isinstance(stream.aggregate, Case | SourceCase):
        raise NotFound(f"there is no case {case}", what=f"case {case}")
    size = await service.read(lambda connection: current_head(connection, CASEWORK_TABLES).size)
    more = {"hash": stream.line_hash, "position": size - 1, "simulation": service.simulation}
    return _json(stream.aggregate.describe() | more)


@router.get("/cases/{case}/history", response_model=None, responses={200: {"model": HistoryOut}, **_NOT_FOUND})
async def get_history(case: UUID, request: Request) -> Response:
    """Every line of the case 案件全程: who, when signed, when it took place, when recorded, on what basis, what holds.

    The chain to the neighbouring lines is computed for this answer from the bytes as they stand; so are the signatures,
    except those that this process has found good on the very same bytes before.
    """
    service: Service = request.app.state.service

    def build(connection: AnyConnection) -> bytes | None:
        size, lines = read_history(connection, CASEWORK_TABLES, case)
        if not lines:
            return None
        # A forged key line stops recording, not reading: what its key signed is shown as signed by nobody.
        with suppress(LedgerFaulty):
            service.key_lines.read_until(connection, size)
        entries = history(lines, service.keys, service.proven)
        found = {"case": str(case), "position": size - 1, "simulation": service.simulation, "entries": entries}
        return orjson.dumps(found, default=str)

    # Read, checked and written in one go, off the event loop: readers do not wait for each other's signatures.
    content = await service.read(build)
    if content is None:
        raise NotFound(f"there is no case {case}", what=f"case {case}")
    return Response(content, media_type="application/json")


@router.get(
    "/cases/{case}/course",
    response_model=None,
    responses={200: {"model": CourseOut}, **_NOT_FOUND},
    summary="The course of a case 办理经过",
)
async def get_course(case: UUID, request: Request) -> Response:
    """The history of a case with, for each act: by what authority, by which rules and articles, which limits it met or
    missed and which it set running, and whose signatures are still missing.
    """
    service: Service = request.app.state.service
    policy_stream = policy_id(service.origin)
    found = (await service.read_streams([policy_stream]))[policy_stream]
    service.remember(policy_stream, found)
    policy = found.aggregate if isinstance(found.aggregate, Policy) else None

    def build(connection: AnyConnection) -> bytes | None:
        size, lines = read_history(connection, CASEWORK_TABLES, case)
        steps = course(lines, policy)
        if steps is None:
            return None
        with suppress(LedgerFaulty):
            service.key_lines.read_until(connection, size)
        entries = [entry | steps.get(entry["version"], {}) for entry in history(lines, service.keys, service.proven)]
        said = {"case": str(case), "position": size - 1, "simulation": service.simulation, "entries": entries}
        return orjson.dumps(said, default=str)

    content = await service.read(build)
    if content is None:
        raise NotFound(f"there is no case {case}", what=f"case {case}")
    return Response(content, media_type="application/json")


@router.get("/cases/{case}/file", response_model=None, responses={200: {"model": FileOut}, **_NOT_FOUND})
async def get_file(case: UUID, request: Request) -> Response:
    """The household's file 一户一档: every paper that the case's acts name, its pages, where it stands, whether its
    scan is stored; what the checklist of its programme still misses; and until when it is kept, once it is closed.
    """
    service: Service = request.app.state.service
    documents: Store = request.app.state.documents
    found, policy = await _case_and_policy(service, case)
    rules = _rules(found, policy, (await service.clock()).day(0))

    def build(connection: AnyConnection) -> bytes | None:
        size, lines = read_history(connection, CASEWORK_TABLES, case)
        file = household_file(lines)
        if file is None:
            return None
        said = describe_file(file, rules, lambda digest: documents.size(digest) is not None)
        return orjson.dumps({"case": str(case), "position": size - 1} | said)

    content = await service.read(build)
    if content is None:
        raise NotFound(f"there is no case {case}", what=f"case {case}")
    return Response(content, media_type="application/json")


@router.get(
    "/cases/{case}/deadlines",
    response_model=None,
    responses={200: {"model": DeadlinesOut}, **_NOT_FOUND},
    summary="What is due in a case 期限",
)
async def get_deadlines(case: UUID, request: Request, on: date | None = None) -> Response:
    """What is due in a case 期限: since when, until when, how much is left, whose turn, by which article.

    `on`: as of which day; unless given, today in 北京时间, on a simulated ledger the day it has come to. For an earlier
    day the case is taken as it stood then (`version`; 0: it had not begun). `provisional`:
    it rests on working days that were not announced yet. What has ended stands with the day it ended on.
    """
    service: Service = request.app.state.service
    found, policy = await _case_and_policy(service, case)
    today = (await service.clock()).day(0)
    day = on or today
    then: Case | None = found
    if day < today:
        then = await service.read(lambda connection: case_on(read_history(connection, CASEWORK_TABLES, case)[1], day))
    confirms = await _who_confirms(service, then, day) if then else None
    found_then = deadlines(then, _rules(then, policy, day), day, confirms) if then else []
    said = [deadline.describe() for deadline in found_then]
    more = {"version": then.version if then else 0, "simulation": service.simulation}
    return _json({"case": str(case), "on": str(day), **more, "deadlines": said})


async def _who_confirms(service: Service, case: Case, day: date) -> Level:
    """Who has the power to confirm the case on that day: its town as long as a delegation holds, else the county."""
    places_stream = place_id(service.origin)
    places = (await service.read_streams([places_stream]))[places_stream].aggregate
    known = places if isinstance(places, Places) else NO_MERGERS
    stream = delegation_id(service.origin, known.home(case.town, case.village, day)[0])
    found = (await service.read_streams([stream]))[stream].aggregate
    return Level.TOWN if isinstance(found, Delegation) and found.at(case.programme, day) else Level.COUNTY


async def _case_and_policy(service: Service, case: UUID) -> tuple[Case, Policy]:
    """A case of ours, and the county's rules. Raises `NotFound`."""
    policy_stream = policy_id(service.origin)
    streams = await service.read_streams([case, policy_stream])
    for id_, stream in streams.items():
        service.remember(id_, stream)
    found, policy = streams[case].aggregate, streams[policy_stream].aggregate
    if not isinstance(found, Case) or not isinstance(policy, Policy):
        raise NotFound(f"there is no case {case}", what=f"case {case}")
    return found, policy


def _rules(case: Case, policy: Policy, day: date) -> Rules:
    """The rules of the procedure that the case is in on a day, or was in last. Raises `NotAllowed`."""
    law, county = case.procedure.law, case.procedure.county
    return policy.pinned(law, county, day) if case.procedure.open else policy.rules(law, county)


@router.get("/streams/{stream}", response_model=None, responses={200: {"model": StreamOut}})
async def get_stream(stream: UUID, request: Request) -> Response:
    """The latest version and line hash of any stream: what the next act signs as `version` − 1 and `prev`."""
    service: Service = request.app.state.service
    last = await service.read(lambda connection: read_last_of(connection, CASEWORK_TABLES, stream))
    if last is None:
        return _json({"stream": str(stream), "version": 0, "hash": None})
    index, line = last
    with stored_line(index):
        version = decode_line(line).version
    return _json({"stream": str(stream), "version": version, "hash": line_hash(line).hex()})


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content, default=str), media_type="application/json")

"""`GET /delegations/{town}`: what the county has delegated to a town over time, and what holds on a day."""

from datetime import date, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from api.rules import CASEWORK_TABLES
from api.schemas import DelegationOut
from api.service import Service
from domain.delegation import Delegation
from domain.place import NO_MERGERS, Places
from domain.streams import delegation_id, place_id
from domain.vocabulary import Programme
from ledger.act import BEIJING
from ledger.receipts import current_head

router = APIRouter(tags=["delegations 权限下放"])

Town = Annotated[str, Path(pattern=r"^[1-9][0-9]{8}$", description="乡镇区划代码", examples=["610924100"])]


@router.get("/delegations/{town}", response_model=None, responses={200: {"model": DelegationOut}})
async def get_delegation(
    town: Town,
    request: Request,
    on: Annotated[date | None, Query(description="which day 何日; today in 北京时间 if not given")] = None,
) -> Response:
    """A town's delegation 权限下放: its periods, and what the town may confirm on one day.

    Told from every act on the ledger now: one recorded late, on paper of an earlier day, shows in days before. What a
    confirmation relied on when it was recorded stands on its own line.
    """
    service: Service = request.app.state.service
    id_ = delegation_id(service.origin, town)
    county = place_id(service.origin)
    streams = await service.read_streams([id_, county])
    for each, one in streams.items():
        service.remember(each, one)
    stream, places = streams[id_], streams[county].aggregate
    size = await service.read(lambda connection: current_head(connection, CASEWORK_TABLES).size)
    found = stream.aggregate if isinstance(stream.aggregate, Delegation) else None
    day = on or datetime.now(BEIJING).date()
    now = (places if isinstance(places, Places) else NO_MERGERS).current(town, day)
    content = {
        "town": town,
        "delegation": str(id_),
        "version": stream.version,
        "hash": stream.line_hash,
        "position": size - 1,
        "on": day,
        "gone_into": None if now == town else now,
        "powers": [power_on(found, programme, day) for programme in Programme],
        "periods": periods_of(found),
    }
    return Response(orjson.dumps(content), media_type="application/json")


def power_on(delegation: Delegation | None, programme: Programme, day: date) -> dict[str, Any]:
    """Whether and by what the town may confirm cases of `programme` on `day`."""
    valid = delegation.at(programme, day) if delegation is not None else None
    why, since = (None, None) if valid else delegation.why_not(programme, day) if delegation else ("never", None)
    return {
        "programme": programme,
        "valid": valid is not None,
        "why": why,
        "since": since,
        "form": valid and valid.form,
        "granted_version": valid and valid.version,
        "instrument": valid and valid.instrument,
        "number": valid and valid.number,
        "stage": valid and valid.stage,
        "ceiling_fen": valid and valid.ceiling_fen,
    }


def periods_of(delegation: Delegation | None) -> list[dict[str, Any]]:
    """Every period, programme by programme, in the order of days."""
    return [
        {
            "programme": period.programme,
            "starting": period.first,
            "ending": period.last,
            "state": period.state,
            "form": period.power.form,
            "ceiling_fen": period.ceiling_fen,
            "granted_version": period.power.version,
            "changed_version": period.by,
        }
        for period in (delegation.periods if delegation is not None else ())
    ]

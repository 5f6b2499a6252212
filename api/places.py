"""`GET /places`: which towns and villages have gone into others, and when."""

import orjson
from fastapi import APIRouter, Request, Response

from api.rules import CASEWORK_TABLES
from api.schemas import PlacesOut
from api.service import Service
from domain.place import NO_MERGERS, Places
from domain.streams import place_id
from ledger.receipts import current_head

router = APIRouter(tags=["places 行政区划"])


@router.get("/places", response_model=None, responses={200: {"model": PlacesOut}})
async def get_places(request: Request) -> Response:
    """Mergers of towns and villages 区划撤并. From its day on, a place's cases and officers are those of the other."""
    service: Service = request.app.state.service
    id_ = place_id(service.origin)
    stream = (await service.read_streams([id_]))[id_]
    service.remember(id_, stream)
    size = await service.read(lambda connection: current_head(connection, CASEWORK_TABLES).size)
    places = stream.aggregate if isinstance(stream.aggregate, Places) else NO_MERGERS
    mergers = sorted((starting, place, into) for place, (starting, into) in places.mergers.items())
    content = {
        "version": stream.version,
        "hash": stream.line_hash,
        "position": size - 1,
        "mergers": [{"place": place, "into": into, "starting": starting} for starting, place, into in mergers],
    }
    return Response(orjson.dumps(content), media_type="application/json")

"""`/ledger/…` and `/receipts/…`: the ledger as it is, for anybody who wants to check it."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import StringConstraints

from api.problems import NotFound
from api.rules import CASEWORK_TABLES
from api.schemas import HeadOut, Problem
from api.service import Service
from ledger.checkpoint import Receipt
from ledger.receipts import make_receipt, receipt_under
from ledger.store import AnyConnection, read_line, read_page
from ledger.stored import check_place

router = APIRouter(tags=["ledger 账本"])
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
MAX_PAGE = 5000
"""Lines."""
PAGE_BYTES = 1024 * 1024
"""A page that has come so far ends, however many lines were asked for."""
STEP = 100
"""Lines read at a time: no more than this, of 64 KiB at most, go beyond `PAGE_BYTES`."""
Index = Annotated[int, Path(description="position on the ledger", examples=[0])]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}\.[a-z_]{1,32}$")]


@router.get(
    "/ledger/head",
    response_model=None,
    responses={200: {"model": HeadOut}},
    summary="The signed head 已签名的账头",
)
async def get_head(request: Request) -> Response:
    """The signed head. Keep it: `mingzhang verify --since HEAD` will show any rewriting of what it covers."""
    service: Service = request.app.state.service
    head, checkpoint = await service.read(lambda connection: service.signer.sign_current(connection, CASEWORK_TABLES))
    content = {
        "origin": service.origin,
        "fingerprint": service.opened.fingerprint,
        "size": head.size,
        "root": head.root.hex(),
        "checkpoint": checkpoint,
        "log_keys": [key.vkey() for key in service.log_keys.now],
        "simulation": service.simulation,
        "witnesses": (await service.witness_standing()).json(),
    }
    return Response(orjson.dumps(content), media_type="application/json")


@router.get(
    "/ledger/lines",
    response_model=None,
    response_class=Response,
    responses={
        200: {
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
            "description": "lines exactly as committed",
            "headers": {"Link": {"description": "the next page, where there is one", "schema": {"type": "string"}}},
        }
    },
    summary="Lines of the ledger, page by page 逐页读取账本各行",
)
async def get_lines(
    request: Request,
    from_: Annotated[int, Query(alias="from", ge=0, lt=2**62, description="first index")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="lines at most 最多行数")] = 1000,
    type_: Annotated[list[EventType] | None, Query(alias="type", description="only lines of these event types")] = None,
) -> Response:
    """Lines in order, each followed by LF, byte for byte as hashed. `Link` names the next page while there is one.

    A page ends after `limit` lines, or sooner: with the lines that bring it to 1 MiB.
    """
    service: Service = request.app.state.service
    types = type_ or []
    page, ended = await service.read(lambda connection: _page(connection, from_, limit, types))
    headers = {}
    if not ended:
        after = page[-1][0] + 1
        filters = "".join(f"&type={name}" for name in types)
        headers["Link"] = f'</ledger/lines?from={after}&limit={limit}{filters}>; rel="next"'
    lines = b"".join(check_place(index, line) + b"\n" for index, line in page)
    return Response(lines, headers=headers, media_type="application/x-ndjson")


def _page(connection: AnyConnection, start: int, limit: int, types: list[str]) -> tuple[list[tuple[int, bytes]], bool]:
    """(index, line) of a page's lines, and whether there are no more after it."""
    page: list[tuple[int, bytes]] = []
    size = 0
    while len(page) < limit and size < PAGE_BYTES:
        step = min(STEP, limit - len(page))
        more = read_page(connection, CASEWORK_TABLES, start, step, types)
        page += more
        if len(more) < step:
            return page, True
        size += sum(len(line) for _, line in more)
        start = more[-1][0] + 1
    return page, False


@router.get(
    "/ledger/lines/{index}",
    response_model=None,
    responses={
        200: {"content": {"application/json": {}}, "description": "the line exactly as committed"},
        **_NOT_FOUND,
    },
    summary="One line of the ledger 账本的一行",
)
async def get_line(index: Index, request: Request) -> Response:
    """One line, byte for byte: SHA-256(0x00 ‖ body) is its hash."""
    service: Service = request.app.state.service
    line = (
        await service.read(lambda connection: read_line(connection, CASEWORK_TABLES, index)) if _fits(index) else None
    )
    if line is None:
        raise NotFound(f"there is no line {index}", what=f"line {index}")
    return Response(check_place(index, line), media_type="application/json")


_KIND = {
    "description": "cosigned by a quorum of witnesses; unwitnessed: published, and no witnesses are asked for;"
    " provisional: under a head that is not published yet, come again",
    "schema": {"type": "string", "enum": ["cosigned", "unwitnessed", "provisional"]},
}
_AGE = {"description": "seconds since the last quorum of witnesses, or none", "schema": {"type": "string"}}


@router.get(
    "/receipts/{index}",
    response_model=None,
    response_class=Response,
    responses={
        200: {
            "content": {"text/plain": {"schema": {"type": "string"}}},
            "description": "a C2SP tlog-proof",
            "headers": {"Mingzhang-Receipt": _KIND, "Mingzhang-Quorum-Age": _AGE},
        },
        **_NOT_FOUND,
    },
    summary="A receipt for a line 一行的回执",
)
async def get_receipt(index: Index, request: Request) -> Response:
    """A receipt for a line: keep it, it proves the line without us.

    Under the published head that the witnesses vouch for, once it covers the line; until then under the current head,
    signed by the ledger alone.
    """
    service: Service = request.app.state.service
    standing = await service.witness_standing()
    kind, vouched = service.witnessed.vouched()

    def make(connection: AnyConnection) -> tuple[str, Receipt]:
        if vouched is None or index >= vouched.head.size:
            return "provisional", make_receipt(connection, CASEWORK_TABLES, service.signer, index)
        checked = service.signer.check(connection, CASEWORK_TABLES)
        return kind, receipt_under(connection, CASEWORK_TABLES, checked, index, vouched.head, vouched.note)

    try:
        found, receipt = await service.read(make)
    except ValueError:
        raise NotFound(f"there is no line {index}", what=f"line {index}") from None
    headers = {
        "Mingzhang-Receipt": found,
        "Mingzhang-Quorum-Age": "none" if standing.age is None else str(standing.age),
    }
    return Response(receipt.text(), headers=headers, media_type="text/plain; charset=utf-8")


def _fits(index: int) -> bool:
    return 0 <= index < 2**62

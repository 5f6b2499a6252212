"""The kinds of value that acts' data is made of. Strict: unknown members and loose types are refused.

Personal data stands only in `Personal` objects, and every member of such an object must come as a disclosure; no other
field has room for it: codes, digests, dates and numbers, no free text (design §10).
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from domain import id_number
from domain.errors import NotAllowed

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
"""No day or month of casework lies outside: a slip of the pen, or another system's word for "unknown" or "for ever".

Bounds of our own, wide on purpose. The rules in force begin on 2021-07-01 (57号, 43号), those they replaced in 2012,
and minimum living allowances anywhere in the 1990s; a case that is recorded from paper may be that old, none is older.
On the other side stands the usual way to write that something ends at no time soon.
"""


class Data(BaseModel):
    """An object in an act's data."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Personal(Data):
    """An object whose every member is personal and is signed as a digest, never in the clear."""


class PersonalColumns(Personal):
    """The columns of another system that a mapping marks personal, by their names."""

    model_config = Data.model_config | {"extra": "allow"}


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # What was written is not repeated: it may be anything, a name among them.
    if day is None or str(day) != text:
        raise ValueError("a day is YYYY-MM-DD")
    return _in_bounds(text, day)


def _month(text: str) -> str:
    return _in_bounds(text, date.fromisoformat(f"{text}-01"))


def _in_bounds(text: str, day: date) -> str:
    if not FIRST_DAY <= day <= LAST_DAY:
        bounds = {"first": str(FIRST_DAY), "last": str(LAST_DAY)}
        raise PydanticCustomError("data.time", "no time of casework: it lies between {first} and {last}", bounds)
    return text


def _id_number(text: str) -> str:
    if what := id_number.fault(text):
        raise PydanticCustomError("data.id-number", "{what}", {"what": what})
    return text


def _uuid(text: str) -> str:
    if str(UUID(text)) != text:
        raise ValueError("a UUID is written lowercase, with hyphens")
    return text


def distinct(named: list[Any]) -> list[Any]:
    """Nobody and nothing twice. Raises `ValueError`."""
    if len(set(named)) != len(named):
        raise ValueError("each is named once")
    return named


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[str, AfterValidator(_day)]
Month = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$"), AfterValidator(_month)]
OfficerId = Annotated[str, AfterValidator(_uuid)]
Investigators = Annotated[list[OfficerId], Field(min_length=2, max_length=6), AfterValidator(distinct)]
Officers = Annotated[list[OfficerId], Field(min_length=2, max_length=40), AfterValidator(distinct)]
StreamId = Annotated[str, AfterValidator(_uuid)]
Unit = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}([0-9]{3}([0-9]{3})?)?$")]
Town = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{8}$")]
Village = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{11}$")]
Count = Annotated[int, Field(ge=1, le=99)]
Places = Annotated[
    list[Annotated[int, Field(ge=0, le=98)]], Field(min_length=1, max_length=99), AfterValidator(distinct)
]
"""Members of a household by their order in the application: the applicant is 0."""
Votes = Annotated[int, Field(ge=0, le=999)]
Fen = Annotated[int, Field(ge=0, le=10_000_000_00)]
"""Money, in fen (分): whole numbers, never floats."""
IdNumber = Annotated[str, AfterValidator(_id_number)]
"""公民身份号码, with a check digit that fits; only ever inside `Personal` objects."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""Only ever used inside `Personal` objects and for names of documents and systems."""


def validate(model: type[Data], revealed: dict[str, Any], signed: dict[str, Any]) -> None:
    """Check an act's data against the schema of its code.

    `revealed` has the personal fields in place, `signed` is what was signed. Raises `NotAllowed`: `data.schema`;
    `data.time` when a day or month is none of our times; `data.id-number`; `data.personal` when something personal was
    signed in the clear, or something else was hidden.
    """
    try:
        value = model.model_validate(revealed)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "data"
        if first["type"] == "data.time":
            raise NotAllowed(
                "data.time", f"{where}: {first['msg']}", field=where, first=str(FIRST_DAY), last=str(LAST_DAY)
            ) from None
        if first["type"] == "data.id-number":
            # The number itself is personal: it is not repeated.
            raise NotAllowed("data.id-number", f"{where}: {first['msg']}", field=where, what=first["msg"]) from None
        raise NotAllowed(
            "data.schema",
            f"{where}: {first['msg']}",
            field=where,
            detail=first["msg"],
            kind=first["type"],
            facts={name: str(fact) for name, fact in first.get("ctx", {}).items()},
            faults=error.error_count(),
        ) from None
    _check_personal(value, signed, "data")


def check_frame(on: date, basis: str, imported: bool) -> None:
    """What stands beside the data. `imported`: the act attests a row of another system.

    Such a row's day is what that system says, whatever it says. Raises `NotAllowed`: `act.basis`, `act.on-early`.
    """
    if imported != (basis == "system"):
        raise NotAllowed(
            "act.basis",
            "what another system recorded, and nothing else, has the basis system: acts of ours are direct or paper",
            basis=basis,
        )
    if not imported and on < FIRST_DAY:
        raise NotAllowed(
            "act.on-early", f"it cannot have taken place on {on}, before {FIRST_DAY}", on=str(on), first=str(FIRST_DAY)
        )


def _check_personal(value: Any, signed: Any, where: str) -> None:
    if isinstance(value, Personal):
        if set(signed) != {"_sd"}:
            raise NotAllowed(
                "data.personal", f"{where} is personal: every member is signed as a digest under _sd", field=where
            )
    elif isinstance(value, Data):
        if "_sd" in signed:
            raise NotAllowed("data.personal", f"{where} is not personal and cannot be hidden", field=where)
        for name in value.model_fields_set:
            _check_personal(getattr(value, name), signed[name], f"{where}.{name}")
    elif isinstance(value, dict):
        if "_sd" in signed:
            raise NotAllowed("data.personal", f"{where} is not personal and cannot be hidden", field=where)
    elif isinstance(value, list | tuple):
        for position, (item, item_signed) in enumerate(zip(value, signed, strict=True)):
            _check_personal(item, item_signed, f"{where}[{position}]")

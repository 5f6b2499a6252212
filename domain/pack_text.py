"""Reading a rule pack: TOML, strict. An unknown key, a missing article or a loose type is refused, by line."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.calendar import CalendarError, read_calendar
from domain.clock import Counted
from domain.pack import (
    CONDITIONS,
    PROGRAMMES,
    Article,
    Kind,
    LimitRule,
    Pack,
    PackError,
    StepRule,
    Transition,
    ValueRule,
)
from domain.vocabulary import Level

LARGEST = 38_000
"""Bytes of a pack's text: it travels whole inside a signed act (`ledger.act.MAX_ACT`), in base64."""


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
_Act = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
_Done = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+(:[a-z_]+)?$")]
"""An act, or one that said a certain thing: review.report:death (`domain.unfolding.VARIANTS`)."""
_Words = Annotated[str, Field(min_length=1, max_length=400)]
_Number = Annotated[int, Field(ge=0, lt=2**53)]
_Ids = Annotated[list[str], Field(min_length=1)]
_Level = Literal["county", "town", "village"]


class _Article(_Table):
    id: _Name
    cite: _Words
    says: _Words


class _Rule(_Table):
    article: str | _Ids
    programmes: Annotated[list[str], Field(min_length=1)] | None = None
    when: Annotated[list[str], Field(min_length=1)] | None = None


class _Limit(_Rule):
    name: _Name
    begins: Annotated[list[_Done], Field(min_length=1)]
    ends: Annotated[list[_Done], Field(min_length=1)]
    number: Annotated[int, Field(ge=1, le=999)]
    counted: Literal["working_days", "days", "months"]
    turn: _Level
    delay: Annotated[int, Field(ge=0, le=99)] = 0
    wait: bool = False
    least: _Number | None = None
    most: _Number | None = None
    pauses: list[Annotated[list[_Done], Field(min_length=2, max_length=2)]] = []


class _Step(_Rule):
    before: _Act
    needs: Annotated[list[_Done], Field(min_length=1)]
    any: bool = False
    by: _Level | None = None
    since: _Done | None = None


class _Value(_Rule):
    when: None = None
    key: _Name
    value: bool | _Number | _Words | list[_Words]
    least: _Number | None = None
    most: _Number | None = None
    open: bool = False


class _Calendar(_Table):
    first: date
    last: date
    rest: list[date]
    work: list[date]


class _Pack(_Table):
    pack: _Name
    kind: Literal["law", "county", "calendar"]
    title: _Words
    starting: date
    transition: Literal["begun", "open"] = "begun"
    article: list[_Article] = []
    limit: list[_Limit] = []
    step: list[_Step] = []
    value: list[_Value] = []
    calendar: _Calendar | None = None


@lru_cache(maxsize=64)
def read_pack(text: str) -> Pack:
    """The pack that a text says. The same text gives the same object. Raises `PackError`."""
    raw = text.encode()
    if len(raw) > LARGEST:
        raise PackError("pack", f"太长：至多 {LARGEST} 字节", f"it is too long: at most {LARGEST} bytes")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError("TOML", f"不是 TOML：{error}", f"it is not TOML: {error}") from None
    try:
        read = _Pack.model_validate(tables)
    except ValidationError as error:
        raise _fault(text, error) from None
    _check_kind(read)
    articles = _articles(text, read)
    return Pack(
        read.pack,
        Kind(read.kind),
        read.title,
        read.starting,
        Transition(read.transition),
        sha256(raw).hexdigest(),
        tuple(articles.values()),
        _each(text, "limit", read.limit, lambda one: _limit(one, articles)),
        _each(text, "step", read.step, lambda one: _step(one, articles)),
        _each(text, "value", read.value, lambda one: _value(one, articles)),
        _calendar(text, read),
    )


def _check_kind(read: _Pack) -> None:
    rules = read.limit or read.step or read.value
    if (read.kind == "calendar") != (read.calendar is not None) or (read.kind == "calendar") == bool(rules):
        raise PackError(
            "kind",
            "calendar 规则包只有 [calendar] 一表；law 和 county 规则包有规则而没有它",
            "a calendar pack has a table [calendar] and no rules; a law or county pack has rules and no such table",
        )


def _articles(text: str, read: _Pack) -> dict[str, Article]:
    articles: dict[str, Article] = {}
    for number, one in enumerate(read.article):
        if one.id in articles:
            raise _twice(text, "article", number, "id", one.id)
        articles[one.id] = Article(one.id, one.cite, one.says)
    return articles


def _each(text: str, table: str, rows: Iterable[Any], build: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The rules of one kind. Two that are the same but for what they set would hide each other."""
    built, seen = [], set()
    for number, row in enumerate(rows):
        try:
            rule = build(row)
        except PackError as fault:
            raise PackError(_place(text, table, number, fault.place), fault.zh, fault.en) from None
        for programme in rule.programmes or PROGRAMMES:
            key = _key(table, rule, programme)
            if key in seen:
                name = {"limit": "name", "step": "before", "value": "key"}[table]
                raise _twice(text, table, number, name, f"{getattr(row, name)} ({programme})")
            seen.add(key)
        built.append(rule)
    return tuple(built)


def _key(table: str, rule: Any, programme: str) -> tuple[Any, ...]:
    if table == "step":
        return rule.before, rule.needs, rule.by, rule.since, rule.when, programme
    return getattr(rule, {"limit": "name", "value": "key"}[table]), rule.when, programme


def _common(row: _Rule, articles: Mapping[str, Article]) -> tuple[tuple[Article, ...], frozenset[str], frozenset[str]]:
    ids = [row.article] if isinstance(row.article, str) else row.article
    for known, given, what in (
        (articles, ids, "article"),
        (PROGRAMMES, row.programmes or (), "programmes"),
        (CONDITIONS, row.when or (), "when"),
    ):
        strange = [one for one in given if one not in known]
        if strange:
            raise PackError(
                what,
                f"没有 {strange[0]!r}；可用的有 {'、'.join(known)}",
                f"there is no {strange[0]!r}; there is {', '.join(known)}",
            )
    return tuple(articles[one] for one in ids), frozenset(row.programmes or ()), frozenset(row.when or ())


def _limit(row: _Limit, articles: Mapping[str, Article]) -> LimitRule:
    _check_bounds(row.number, row.least, row.most)
    return LimitRule(
        *_common(row, articles),
        row.name,
        tuple(row.begins),
        tuple(row.ends),
        row.number,
        Counted(row.counted),
        Level(row.turn),
        row.delay,
        row.wait,
        row.least,
        row.most,
        tuple((begins, ends) for begins, ends in row.pauses),
    )


def _step(row: _Step, articles: Mapping[str, Article]) -> StepRule:
    by = Level(row.by) if row.by else None
    return StepRule(*_common(row, articles), row.before, tuple(row.needs), row.any, by, row.since)


def _value(row: _Value, articles: Mapping[str, Article]) -> ValueRule:
    value = tuple(row.value) if isinstance(row.value, list) else row.value
    if (row.least is not None or row.most is not None) and (isinstance(value, bool) or not isinstance(value, int)):
        raise PackError("value", "least、most 只用于数字", "least and most are for numbers")
    if isinstance(value, int):
        _check_bounds(value, row.least, row.most)
    return ValueRule(*_common(row, articles), row.key, value, row.least, row.most, row.open)


def _check_bounds(number: int, least: int | None, most: int | None) -> None:
    if (least is not None and number < least) or (most is not None and number > most):
        raise PackError("least", "数字应在 least 与 most 之间", "the number lies outside least and most")


def _calendar(text: str, read: _Pack) -> Any:
    if read.calendar is None:
        return None
    days = read.calendar
    try:
        return read_calendar(
            {
                "first": str(days.first),
                "last": str(days.last),
                "rest": [str(day) for day in days.rest],
                "work": [str(day) for day in days.work],
            }
        )
    except CalendarError as error:
        raise PackError(_place(text, "calendar", 0, ""), f"日历不对：{error}", str(error)) from None


def _twice(text: str, table: str, number: int, key: str, value: str) -> PackError:
    return PackError(
        _place(text, table, number, key),
        f"{value} 出现两次：请合并，或用 programmes、when 区分",
        f"{value} is there twice: merge them, or tell them apart by programmes or when",
    )


_ZH = {
    "value": "应为整数（金额以分计）、true 或 false、文字，或文字的列表",
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项：请删去，或核对拼写",
}
_EN = {
    "value": "it should be a valid whole number (money in fen), true or false, words, or a list of words",
    "missing": "it is missing",
    "extra_forbidden": "there is no such key: leave it out, or mend its spelling",
}


def _fault(text: str, error: ValidationError) -> PackError:
    first = error.errors(include_url=False, include_input=False)[0]
    table, *rest = first["loc"]
    number = rest[0] if rest and isinstance(rest[0], int) else 0
    key = next((str(part) for part in rest if isinstance(part, str)), "")
    kind, message = first["type"], first["msg"]
    if key == "value":
        kind = "value"
    return PackError(_place(text, str(table), number, key), _ZH.get(kind, f"值不对：{message}"), _EN.get(kind, message))


def _place(text: str, table: str, number: int, key: str) -> str:
    """`limit 3, number (line 42)`: counted from 1; the line of the key if it stands there, else of its table."""
    lines = text.splitlines()
    headers = [at for at, line in enumerate(lines) if re.fullmatch(rf"\[\[?{table}\]\]?\s*(#.*)?", line.strip())]
    if number >= len(headers):
        found = [at for at, line in enumerate(lines) if re.match(rf"{table}\s*=", line)]
        return f"{table} (line {found[0] + 1})" if found else table
    at = headers[number]
    for below in range(at + 1, len(lines)):
        if lines[below].lstrip().startswith("["):
            break
        if key and re.match(rf"\s*{re.escape(key)}\s*=", lines[below]):
            at = below
            break
    return f"{table} {number + 1}{', ' + key if key else ''} (line {at + 1})"

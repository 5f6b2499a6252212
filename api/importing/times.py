"""Points in time as older systems write them: read when there is one meaning, refused when there are two or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.年])(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?P<hour>\d{1,2})[:：时](?P<minute>\d{1,2})(?:[:：分](?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,6})\d*)?)?"
    r"[分秒]?)?\s*(?P<offset>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_EARLIEST = 1902
"""Spreadsheets write the time zero as 1899-12-30 or 1900-01-00; no case of ours is that old."""


class BadTime(ValueError):
    """The message says why, in Chinese and English."""


def read_time(value: object, formats: Sequence[str], zone: ZoneInfo) -> datetime:
    """An aware datetime. `value` is a text, or a date of a spreadsheet; a day alone means its first minute.

    Without `formats` any order that begins with a four-digit year is read; with `formats` those alone, and
    YYYY-MM-DDTHH:MM:SS. Raises `BadTime`, also where several formats give different times.
    """
    if isinstance(value, datetime):
        found = {value}
    elif isinstance(value, date):
        found = {datetime(value.year, value.month, value.day)}
    elif isinstance(value, str):
        found = _read_text(value, formats)
    else:
        raise BadTime("时间是数字，不是日期 the time is a bare number: format the column as a date and export again")
    return _checked(found, zone)


def _read_text(text: str, formats: Sequence[str]) -> set[datetime]:
    found = set()
    if not formats or text[10:11] == "T":
        found |= _year_first(text)
    for pattern in formats:
        try:
            found.add(datetime.strptime(text, pattern))
        except ValueError:
            continue
    return found


def _year_first(text: str) -> set[datetime]:
    match = _YEAR_FIRST.fullmatch(text)
    if match is None:
        return set()
    offset = (match["offset"] or "").replace("Z", "+0000").replace(":", "")
    year, month, day, hour, minute, second = (
        int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    try:
        naive = datetime(year, month, day, hour, minute, second, int((match["fraction"] or "").ljust(6, "0")))
        return {datetime.strptime(f"{naive.isoformat()}{offset}", _iso(naive) + "%z") if offset else naive}
    except ValueError:
        return set()


def _iso(naive: datetime) -> str:
    return "%Y-%m-%dT%H:%M:%S" + (".%f" if naive.microsecond else "")


def _checked(found: set[datetime], zone: ZoneInfo) -> datetime:
    if not found:
        raise BadTime("时间看不懂，可在映射中写明格式 the time is not understood: name its format under [time] formats")
    if len(found) > 1:
        raise BadTime("时间有两种读法 the time can be read in two ways: leave one format in the mapping")
    time = found.pop()
    if time.year < _EARLIEST:
        raise BadTime(f"时间早于 {_EARLIEST} 年 the time is before {_EARLIEST}: perhaps a spreadsheet's empty cell")
    return time if time.tzinfo else _placed(time, zone)


def _placed(time: datetime, zone: ZoneInfo) -> datetime:
    early, late = time.replace(tzinfo=zone, fold=0), time.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise BadTime("换夏令时的这一刻有两个或不存在 clocks were changed at this hour: write the time with its offset")
    if (early.utcoffset() or timedelta()) % timedelta(minutes=1):
        raise BadTime("当时的时区不是整分钟 the zone had no whole-minute offset then: write the time with its offset")
    return early

"""The mapping file: which column of an export is what. TOML, checked to the last key."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from api.importing.stopped import Stopped
from ledger.act import MAX_DISCLOSURES

_TABLES: dict[str, dict[str, type]] = {
    "": {"source": str, "complete": bool, "file": dict, "columns": dict, "time": dict},
    "file": {"encoding": str, "delimiter": str, "sheet": str, "header": int},
    "columns": {
        "case": str,
        "activity": str,
        "actor": str,
        "time": str,
        "row": list,
        "keep": list,
        "personal": list,
        "id_number": list,
    },
    "time": {"zone": str, "formats": list},
}
_TYPES = {str: "text", bool: "true / false", int: "a number", list: 'a list of texts, ["…", "…"]', dict: "a table"}
_RESERVED = {"_sd", "...", "_sd_alg"}


_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Mapping:
    """`source` names the other system. `complete`: every export holds its whole history, so a row that is missing
    has vanished. `row` are the columns that tell rows of one case apart; none: case, activity and time do.

    `personal` columns go on the ledger as salted digests only, `id_number` are those of them that hold 身份证号.
    `header` is the row number of the line with the column names. `zone` counts where a time has no offset.
    """

    source: str
    case: str
    activity: str
    time: str
    actor: str | None = None
    row: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    id_number: tuple[str, ...] = ()
    complete: bool = False
    encoding: str = "auto"
    delimiter: str = "auto"
    sheet: str | None = None
    header: int = 1
    zone: ZoneInfo = _CHINA
    formats: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        actor = (self.actor,) if self.actor else ()
        return tuple(
            dict.fromkeys((self.case, self.activity, *actor, self.time, *self.row, *self.keep, *self.personal))
        )


def read_mapping(path: Path) -> Mapping:
    """Raises `Stopped`, naming the key and what it takes."""
    try:
        return parse_mapping(path.read_text("utf-8-sig"))
    except OSError as error:
        raise Stopped(f"映射文件打不开 The mapping {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Stopped(f"映射文件须存为 UTF-8 The mapping {path} must be saved as UTF-8.") from None
    except Stopped as stopped:
        raise Stopped(f"{path}: {stopped}") from None


def parse_mapping(text: str) -> Mapping:
    """The mapping of this TOML. Raises `Stopped`."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Stopped(f"不是有效的 TOML It is not TOML: {error}.") from None
    _check_keys("", given)
    for table in ("file", "columns", "time"):
        _check_keys(table, given.get(table, {}))
    columns, file, time = given.get("columns", {}), given.get("file", {}), given.get("time", {})
    for key, where in (("source", given), ("case", columns), ("activity", columns), ("time", columns)):
        if not where.get(key):
            raise Stopped(f"缺少 {key} It must say `{key}`{'' if where is given else ' under [columns]'}.")
    mapping = Mapping(
        source=given["source"],
        complete=given.get("complete", False),
        encoding=file.get("encoding", "auto"),
        delimiter=file.get("delimiter", "auto"),
        sheet=file.get("sheet"),
        header=file.get("header", 1),
        zone=_zone(time["zone"]) if "zone" in time else _CHINA,
        formats=tuple(time.get("formats", ())),
        case=columns["case"],
        activity=columns["activity"],
        time=columns["time"],
        actor=columns.get("actor"),
        row=tuple(columns.get("row", ())),
        keep=tuple(columns.get("keep", ())),
        personal=tuple(columns.get("personal", ())),
        id_number=tuple(columns.get("id_number", ())),
    )
    _check_sense(mapping)
    return mapping


def _check_keys(table: str, given: dict[str, Any]) -> None:
    known = _TABLES[table]
    where = f" in [{table}]" if table else ""
    for name, value in given.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; there are: {', '.join(known)}."
            raise Stopped(f"没有这一项 There is no `{name}`{where}{hint}")
        if known[name] is list and isinstance(value, str):
            value = given[name] = [value]
        wanted = known[name]
        if type(value) is not wanted or (isinstance(value, list) and not all(type(item) is str for item in value)):
            raise Stopped(f"`{name}`{where} 的写法不对 takes {_TYPES[wanted]}.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Stopped(f"没有这个时区 There is no time zone {name!r}; write one such as Asia/Shanghai.") from None


def _check_sense(mapping: Mapping) -> None:
    open_columns = {mapping.case, mapping.activity, mapping.time, mapping.actor, *mapping.row}
    for name in mapping.personal:
        if name in open_columns:
            raise Stopped(
                f"{name!r} 不能既作索引又列为个人信息 cannot be personal: case, row, activity, actor and time stand "
                "on the ledger in the clear. Where the old system used names or ID numbers as case numbers, export a "
                "column with its own internal number."
            )
    for name in mapping.id_number:
        if name not in mapping.personal:
            raise Stopped(f"身份证号属于个人信息 The ID-number column {name!r} must also be listed in `personal`.")
    if reserved := _RESERVED.intersection(mapping.personal):
        raise Stopped(f"个人信息列不能叫 A personal column cannot be called {reserved.pop()!r}: rename it in the file.")
    if len(mapping.personal) > MAX_DISCLOSURES:
        raise Stopped(f"个人信息列至多 {MAX_DISCLOSURES} 个 An act has room for {MAX_DISCLOSURES} personal columns.")
    if mapping.header < 1:
        raise Stopped("`header` in [file] 从 1 数起 is the number of the row with the column names, counted from 1.")
    if mapping.delimiter != "auto" and len(mapping.delimiter) != 1:
        raise Stopped('`delimiter` in [file] 须为一个字符 takes one character, "\\t" for tabs, or "auto".')
    if len(mapping.source) > 500 or mapping.source.strip() != mapping.source:
        raise Stopped("`source` 至多 500 字，前后不留空格 takes at most 500 characters, no space around them.")

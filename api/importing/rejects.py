"""The bad rows of a file, in a file of their own that can be corrected and fed again."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping
from pathlib import Path

from api.importing.reading import REASON, Table, text_of
from api.importing.rows import Bad

_CHANGED_BY_SPREADSHEETS = re.compile(r"\s*['=+\-@\d]")


def write_rejects(
    path: Path, table: Table, bad: Mapping[int, Bad], instead_of: Path | None = None, ending: str = "rejected"
) -> Path:
    """Write the rows whose numbers are in `bad` beside `path` (or `instead_of` a list made before), and return where.

    UTF-8 with a byte order mark, so that a spreadsheet opens it; an apostrophe stands before whatever a spreadsheet
    would round, reformat or calculate, and is taken off again when the file is fed. A list that somebody may be
    correcting is never overwritten: the new one gets a number. Its name is `path`'s with `ending` and `.csv`.
    """
    temporary = path.with_name(f".{path.name}.{ending}.{os.getpid()}")
    columns = [name for name in table.columns if name != REASON]
    places = [at for at, name in enumerate(table.columns) if name != REASON]
    # Personal data leaves the source file only into a file that nobody else can read.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, REASON])
        for number, cells in table.rows():
            if number in bad:
                texts = [text_of(cells[at]) if at < len(cells) else "" for at in places]
                spare = [text_of(cell) for cell in cells[len(table.columns) :]]
                writer.writerow([*map(_quoted, texts), _reason(bad[number]), *map(_quoted, spare)])
        file.flush()
        os.fsync(file.fileno())
    target = instead_of or _free_name(path, temporary.read_bytes(), ending)
    temporary.replace(target)
    return target


def _quoted(text: str) -> str:
    return f"'{text}" if _CHANGED_BY_SPREADSHEETS.match(text) else text


def _reason(bad: Bad) -> str:
    carried = f" [{bad.key}]" if bad.key and bad.key.startswith("~") else ""
    return f"第 {bad.number} 行 row {bad.number}: {'; '.join(bad.reasons)}{carried}"


def _free_name(path: Path, content: bytes, ending: str) -> Path:
    number = 1
    while True:
        suffix = f".{ending}.csv" if number == 1 else f".{ending}-{number}.csv"
        target = path.with_name(path.name + suffix)
        if not target.exists() or target.read_bytes() == content:
            return target
        number += 1

"""source: what other systems recorded."""

from typing import Annotated

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Day, OfficerId, PersonalColumns, Sha256, StreamId, Text


class GrantSource(Data):
    """source.grant: lets one officer's key attest another system's rows for a while."""

    name: Text
    importer: OfficerId
    ending: Day


class Row(Data):
    """What an older system says of one event, and who and when it says it was."""

    source: StreamId
    case: Text
    row: Text
    digest: Sha256
    activity: Text
    actor: Annotated[str, Field(max_length=500)]
    time: Annotated[str, Field(max_length=64)]
    kept: dict[str, Annotated[str, Field(max_length=4000)]]
    personal: PersonalColumns | None = None


class ImportRow(Row):
    """source.import."""


class CorrectRow(Row):
    """source.correct: the same row says something else in a later export."""

    replaces: Sha256


class MissRow(Data):
    """source.miss: a row is missing from a later export; `seen` is that file's digest."""

    source: StreamId
    case: Text
    row: Text
    digest: Sha256
    seen: Sha256


ACTS = (
    ActType("source.grant", "source.granted", GrantSource, "准许外部系统导入"),
    ActType("source.import", "source.imported", ImportRow, "外部系统记录"),
    ActType("source.correct", "source.corrected", CorrectRow, "外部系统更正"),
    ActType("source.miss", "source.vanished", MissRow, "外部系统记录消失"),
)

"""archive 归档: each household's file, on paper and by digest (一户一档, 档案法 Art 37)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from domain.act_type import ActType
from domain.data import Data, Day, Sha256
from domain.papers import KINDS
from domain.schemas.file import Pages, Shelf


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"one of {', '.join(KINDS)}")
    return kind


Kind = Annotated[str, AfterValidator(_known)]


class Paper(Data):
    """A paper that stands on a shelf, by the digest of its scan."""

    kind: Kind
    sha256: Sha256
    pages: Pages
    shelf: Shelf


class File(Data):
    """archive.file 归档."""

    documents: Annotated[list[Paper], Field(min_length=1, max_length=64)]


def _once(digests: list[str]) -> list[str]:
    if len(set(digests)) != len(digests):
        raise ValueError("each paper is named once")
    return digests


class Move(Data):
    """archive.move 移架、移交: papers go to another shelf. Who takes them over signs; `handover` is the list."""

    documents: Annotated[list[Sha256], Field(min_length=1, max_length=256), AfterValidator(_once)]
    shelf: Shelf
    handover: Sha256 | None = None


class Close(Data):
    """archive.close 停保后归档: the whole file, complete, on its shelf, and until when it is kept at least.

    `holds` are the classes of papers in it, whose periods differ: 审批类, 日常管理类.
    """

    holds: Annotated[list[Literal["approval", "management"]], Field(min_length=1, max_length=2), AfterValidator(_once)]
    shelf: Shelf
    keep_until: Day


ACTS = (
    ActType("archive.file", "archive.filed", File, "归档"),
    ActType("archive.move", "archive.moved", Move, "移架、移交"),
    ActType("archive.close", "archive.closed", Close, "停保后归档"),
)

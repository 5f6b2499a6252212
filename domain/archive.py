"""A household's file (一户一档): the papers that its acts name, where they stand, and what the checklist misses.

Built from the lines of a case, for whoever reads it. No decision reads it, so it costs acts nothing.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from domain.events import Acted
from domain.papers import KINDS, Mention, mentions

REACHED = {
    # Which part of the checklist an act makes due.
    "apply.accept": "accepted",
    "review.opine": "reviewed",
    "confirm.grant": "granted",
    "confirm.refuse": "refused",
    "exit.end": "exited",
}
STAGES = tuple(REACHED.values())
_CONDITIONS = (
    # (act code, field, what it says there, the condition that then holds)
    ("apply.submit", "by", "proxy", "proxy"),
    ("verify.draw", "cause", "kin", "kin"),
)
CONDITIONS = ("proxy", "kin")
"""Facts of a case on which a checklist may depend: 委托他人申请, 近亲属备案."""


class Settings(Protocol):
    """The values of the rules in force that the archives ask for, by key and programme."""

    def sets(self, key: str, programme: str) -> bool:
        """Whether there is such a setting."""

    def words(self, key: str, programme: str) -> tuple[str, ...]:
        """A list."""

    def number(self, key: str, programme: str) -> int:
        """A number."""

    def article(self, key: str, programme: str) -> str:
        """What it rests on, as it is cited."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of the file. `since` is the day of the act that named it first, `by` that act's code.

    No pages and no shelf: nobody has said yet that it stands anywhere on paper.
    """

    kind: str
    sha256: str
    since: str
    by: str
    pages: int | None = None
    shelf: str | None = None

    def describe(self) -> dict[str, Any]:
        """As a reader sees it."""
        kind = KINDS[self.kind]
        return {
            "kind": self.kind,
            "kind_zh": kind.zh,
            "section": kind.section,
            "held": kind.held,
            "sha256": self.sha256,
            "pages": self.pages,
            "shelf": self.shelf,
            "since": self.since,
            "by": self.by,
        }


@dataclass(frozen=True, slots=True)
class Closed:
    """The file as it was closed: where it stands and until when it is kept."""

    on: str
    shelf: str
    keep_until: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """The file of one case. `astray` are digests that were moved although no act had named them before."""

    programme: str
    papers: tuple[Paper, ...] = ()
    reached: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    astray: tuple[str, ...] = ()
    closed: Closed | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of paper that are there."""
        return frozenset(paper.kind for paper in self.papers)


@dataclass(frozen=True, slots=True)
class Missing:
    """A kind of paper that the file should hold by now, since which stage, and what says so."""

    kind: str
    stage: str
    article: str


def evolve(file: File | None, event: Acted) -> File:
    """The file after one more act of its case. Begins with apply.submit."""
    code, data = event.claims["act"], event.data
    file = file or File(data["programme"])
    for mention in mentions(code, data, event.claims.get("paper")):
        file = _named(file, mention, code, event.claims["on"])
    if code == "archive.move":
        file = _moved(file, data["documents"], data["shelf"])
    if code == "archive.close":
        closed = Closed(event.claims["on"], data["shelf"], data["keep_until"], tuple(data["holds"]))
        file = replace(file, closed=closed)
    if code in REACHED:
        file = replace(file, reached=file.reached | {REACHED[code]})
    held = {condition for act, field, said, condition in _CONDITIONS if act == code and data.get(field) == said}
    if event.relied.get("kin"):
        held.add("kin")  # somebody who handles the case was found to be a near relative, registered or not
    return replace(file, conditions=file.conditions | held) if held else file


def _named(file: File, mention: Mention, code: str, on: str) -> File:
    """One paper may be of several kinds (commitment and authorisation on one form); it stands in one place."""
    if (mention.kind, mention.sha256) not in {(paper.kind, paper.sha256) for paper in file.papers}:
        known = next((paper for paper in file.papers if paper.sha256 == mention.sha256), None)
        pages, shelf = (known.pages, known.shelf) if known else (None, None)
        file = replace(file, papers=(*file.papers, Paper(mention.kind, mention.sha256, on, code, pages, shelf)))
    if mention.pages is None and mention.shelf is None:
        return file
    return replace(
        file,
        papers=tuple(
            replace(paper, pages=mention.pages or paper.pages, shelf=mention.shelf or paper.shelf)
            if paper.sha256 == mention.sha256
            else paper
            for paper in file.papers
        ),
    )


def _moved(file: File, digests: list[str], shelf: str) -> File:
    known = {paper.sha256 for paper in file.papers}
    return replace(
        file,
        papers=tuple(replace(paper, shelf=shelf) if paper.sha256 in digests else paper for paper in file.papers),
        astray=(*file.astray, *(digest for digest in digests if digest not in known and digest not in file.astray)),
    )


def checklist(
    programme: str, reached: Iterable[str], held: Iterable[str], settings: Settings, conditions: Iterable[str] = ()
) -> tuple[Missing, ...]:
    """The kinds of paper that a file of this programme should hold by now and does not (归档材料).

    `reached` are stages of `STAGES`, `held` kinds of `papers.KINDS`, `conditions` of `CONDITIONS`. The settings are
    `archive.needs.STAGE` and, where the condition holds, `archive.needs.STAGE.CONDITION`.
    """
    reached, seen, missing = set(reached), set(held), []
    for stage in STAGES:
        if stage not in reached:
            continue
        for key in (f"archive.needs.{stage}", *(f"archive.needs.{stage}.{one}" for one in sorted(conditions))):
            for kind in settings.words(key, programme) if settings.sets(key, programme) else ():
                if kind not in seen:
                    seen.add(kind)
                    missing.append(Missing(kind, stage, settings.article(key, programme)))
    return tuple(missing)


def keep_until(programme: str, ended: date, holds: Iterable[str], settings: Settings) -> tuple[date, str]:
    """The first day on which a closed file need not be kept any more at the earliest, and what says so.

    The longest period of the classes that it holds counts, `archive.keep.CLASS` in years. It runs from `ended`, the day
    from which nothing is paid any more: for papers of 日常管理类, which are older, that is never too short.
    """
    longest = max((f"archive.keep.{held}" for held in holds), key=lambda key: settings.number(key, programme))
    year = ended.year + settings.number(longest, programme)
    day = min(ended.day, monthrange(year, ended.month)[1])
    return ended.replace(year=year, day=day), settings.article(longest, programme)

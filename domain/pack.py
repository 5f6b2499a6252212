"""What a rule pack (规则包) says: limits, steps and values, each with the article it rests on. `pack_text` reads one.

A law pack is whole: everything that is in force from its day on, so that one digest says it all. A county pack lies
over it with what the law leaves to the county. A calendar pack adds a year of working days.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.calendar import Calendar
from domain.clock import Counted, Limit
from domain.vocabulary import Level

PROGRAMMES = ("urban_minimum", "rural_minimum", "extreme_poverty", "low_income")

CONDITIONS = {
    # What a rule may depend on: facts of a case, each so or not so.
    "delegated": "确认权限已下放",
    "county": "由县级确认",
    "kin": "已单独登记备案的近亲属",
    "complaint": "审核确认中接到投诉举报",
    "special": "特殊情况",
    "objection": "公示有异议",
    "household_elsewhere": "人户分离",
    "applied_elsewhere": "异地申办",
    "hard_investigation": "家庭经济状况调查难度较大",
    "alone": "单人户",
    "check_disputed": "对核对结果有异议",
    "negative_check": "信息核对不符合条件",
    "unstable": "收入来源不固定或有劳动能力",
    "spending": "刚性支出困难家庭",
    "ending": "拟终止救助",
}


class Kind(StrEnum):
    """What a pack is."""

    LAW = "law"  # 法规规则
    COUNTY = "county"  # 县级设定
    CALENDAR = "calendar"  # 工作日历


class Transition(StrEnum):
    """Which procedures a newer pack takes hold of."""

    BEGUN = "begun"  # only those that begin under it: the others keep what they began with
    OPEN = "open"  # those that are still open, too


Value = bool | int | str | tuple[str, ...]
"""What a value rule sets: a number, yes or no, a word, or a list of words. Money in fen."""


@dataclass(frozen=True, eq=False, slots=True)
class Article:
    """A place in the law, or in the county's own instrument: how it is cited, and what it says, in our words."""

    id: str
    cite: str
    says: str


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """What every rule has. No `programmes`: all of them. `when`: every one of these conditions holds."""

    articles: tuple[Article, ...]
    programmes: frozenset[str]
    when: frozenset[str]

    @property
    def cite(self) -> str:
        """Its articles as they are cited: 民发〔2021〕57号第十五条、…"""
        return "、".join(article.cite for article in self.articles)

    def concerns(self, programme: str | None) -> bool:
        """Whether it is about that programme; None: about all."""
        return not self.programmes or programme in self.programmes


@dataclass(frozen=True, eq=False, slots=True)
class LimitRule(Rule):
    """A time limit: from the latest of the acts `begins` to the first of `ends` after it.

    `turn` is who has to act. Day 0 is `delay` calendar days after the beginning act (公示期满后). `wait`: the acts
    `ends` come after it has run out, not before. The clock stands still from the first to the second act of each of
    `pauses`. A county's own number lies between `least` and `most`.
    """

    name: str
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    number: int
    counted: Counted
    turn: Level
    delay: int = 0
    wait: bool = False
    least: int | None = None
    most: int | None = None
    pauses: tuple[tuple[str, str], ...] = ()

    @property
    def limit(self) -> Limit:
        """For `domain.clock.due`."""
        return Limit(self.number, self.counted, self.cite)


@dataclass(frozen=True, eq=False, slots=True)
class StepRule(Rule):
    """Before the act `before` stand the acts `needs`: all of them, or one (`any`); done by `by`, where that is given.

    `since`: what was done before the latest act of this code does not count.
    """

    before: str
    needs: tuple[str, ...]
    any: bool = False
    by: Level | None = None
    since: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ValueRule(Rule):
    """A setting. A county's own number lies between `least` and `most`; where the law leaves it `open`, it sets what
    it likes; without any of these it is the law's to set."""

    key: str
    value: Value
    least: int | None = None
    most: int | None = None
    open: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Pack:
    """A rule pack as it was read; `sha256` is that of its text. Equal only to itself: compare digests."""

    name: str
    kind: Kind
    title: str
    starting: date
    """From when the law itself is in force: no county adopts it for an earlier day."""
    transition: Transition
    sha256: str
    articles: tuple[Article, ...] = ()
    limits: tuple[LimitRule, ...] = ()
    steps: tuple[StepRule, ...] = ()
    values: tuple[ValueRule, ...] = ()
    calendar: Calendar | None = None


class PackError(ValueError):
    """This is no rule pack: `place` in it, what is wrong and how to mend it, in Chinese and English."""

    def __init__(self, place: str, zh: str, en: str) -> None:
        super().__init__(f"{place}: {en}")
        self.place = place
        self.zh = zh
        self.en = en

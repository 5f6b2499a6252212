"""What a newer pack changes, article by article: for whoever is to approve it, before anybody signs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.acts import ACTS
from domain.pack import PROGRAMMES, Pack, Rule
from domain.pack_words import LIMIT_ZH, VALUE_ZH, limit_zh, programmes_zh, step_zh, value_zh, when_zh

_ACTS_ZH = {code: act.zh for code, act in ACTS.items()}


class Change(StrEnum):
    """What happened to a rule."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that is new, gone or changed. `cite`: the article, the newer pack's where there is one.

    `what` and the rule's words before and after (None: there was, or is, none) are Chinese. `kind` is article, limit,
    step or value, and `name` how the pack calls the rule.
    """

    change: Change
    kind: str
    name: str
    cite: str
    what: str
    programmes: tuple[str, ...]
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class _Said:
    """A rule for one programme: where it stands, in words."""

    cite: str
    words: str


def differences(old: Pack | None, new: Pack | None) -> list[Difference]:
    """From `old` to `new` (None: no pack at all), in the order of the newer pack's articles; [] when they are alike."""
    found = [*_articles(old, new)]
    for kind, read in (("limit", _limits), ("step", _steps), ("value", _values)):
        found += _rules(kind, read(old) if old else {}, read(new) if new else {})
    order = [article.cite for pack in (new, old) if pack for article in pack.articles]
    return sorted(found, key=lambda one: next(at for at, cite in enumerate(order) if one.cite.startswith(cite)))


def _articles(old: Pack | None, new: Pack | None) -> Iterator[Difference]:
    before = {article.cite: article.says for article in old.articles} if old else {}
    after = {article.cite: article.says for article in new.articles} if new else {}
    for cite in dict.fromkeys((*after, *before)):
        was, says = before.get(cite), after.get(cite)
        if was != says:
            yield Difference(_change(was, says), "article", cite, cite, "条文要点", (), was, says)


_Key = tuple[str, str, str]
"""A rule's name, what it is about in Chinese, and the programme."""


def _limits(pack: Pack) -> dict[_Key, _Said]:
    return _by_programme(
        pack.limits, lambda rule: (rule.name, LIMIT_ZH.get(rule.name, rule.name)), lambda rule: limit_zh(rule, _ACTS_ZH)
    )


def _steps(pack: Pack) -> dict[_Key, _Said]:
    # Steps add up: each is a rule of its own, which is there or not.
    return _by_programme(
        pack.steps,
        lambda rule: (rule.before, f"{_ACTS_ZH.get(rule.before, rule.before)}{step_zh(rule, _ACTS_ZH)}"),
        lambda rule: "有此要求",
    )


def _values(pack: Pack) -> dict[_Key, _Said]:
    return _by_programme(pack.values, lambda rule: (rule.key, VALUE_ZH.get(rule.key, rule.key)), value_zh)


def _by_programme(
    rules: tuple[Any, ...], named: Callable[[Any], tuple[str, str]], words: Callable[[Any], str]
) -> dict[_Key, _Said]:
    said: dict[_Key, _Said] = {}
    for rule in rules:
        assert isinstance(rule, Rule)
        name, about = named(rule)
        for programme in PROGRAMMES:
            if rule.concerns(programme):
                said[name, f"{about}{when_zh(rule.when)}", programme] = _Said(rule.cite, words(rule))
    return said


def _rules(kind: str, old: Mapping[_Key, _Said], new: Mapping[_Key, _Said]) -> list[Difference]:
    """Programmes whose rule changed in the same way stand together."""
    together: dict[tuple[str, str, _Said | None, _Said | None], list[str]] = {}
    for name, about, programme in dict.fromkeys((*new, *old)):
        key = (name, about, programme)
        was, now = old.get(key), new.get(key)
        if was != now:
            together.setdefault((name, about, was, now), []).append(programme)
    return [
        Difference(
            _change(was, now),
            kind,
            name,
            (now or was or _Said("", "")).cite,
            f"{programmes_zh(programmes)}·{about}",
            tuple(programmes),
            _told(was, now),
            _told(now, was),
        )
        for (name, about, was, now), programmes in together.items()
    ]


def _told(said: _Said | None, other: _Said | None) -> str | None:
    """The words; with the article, where only that is another one."""
    if said is None:
        return None
    moved = other is not None and other.words == said.words
    return f"{said.words}［{said.cite}］" if moved else said.words


def _change(was: object, now: object) -> Change:
    return Change.NEW if was is None else Change.GONE if now is None else Change.CHANGED

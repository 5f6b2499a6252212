"""The rules that an act is judged by: a law pack, the county's settings over it, and the calendar of working days.

Where several limits of one name fit a case, the one with most conditions applies; among equals the later in the file,
the county's after the law's. Steps add up. A county's setting that the law does not leave to it is passed over: the law
prevails (`overruled` names them, and nobody can adopt one).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from domain.calendar import Calendar
from domain.errors import NotAllowed
from domain.pack import PROGRAMMES, LimitRule, Pack, StepRule, Value, ValueRule

_NONE: frozenset[str] = frozenset()
_Conditions = frozenset[str]


@dataclass(frozen=True, eq=False)
class Rules:
    """`law` and `county` are the SHA-256 of the packs' texts, None where there is none."""

    law: str | None
    county: str | None
    calendar: Calendar
    overruled: tuple[str, ...]
    """The county's settings that the law does not allow, by name and programme."""
    _limits: tuple[LimitRule, ...]
    _steps: tuple[StepRule, ...]
    _values: dict[tuple[str, str | None], ValueRule]
    _found: dict[tuple[str, str, _Conditions], tuple[StepRule, ...]] = field(default_factory=dict)
    _running: dict[tuple[str, _Conditions], tuple[LimitRule, ...]] = field(default_factory=dict)

    def limits(self, programme: str, conditions: Iterable[str] = _NONE) -> tuple[LimitRule, ...]:
        """The time limits of a case of `programme` for which these conditions hold: one of each name."""
        key = (programme, frozenset(conditions))
        if key not in self._running:
            chosen: dict[str, LimitRule] = {}
            for rule in self._limits:
                known = chosen.get(rule.name)
                if (
                    rule.concerns(programme)
                    and rule.when <= key[1]
                    and (not known or len(rule.when) >= len(known.when))
                ):
                    chosen[rule.name] = rule
            self._running[key] = tuple(chosen.values())
        return self._running[key]

    def limit(self, name: str, programme: str, conditions: Iterable[str] = _NONE) -> LimitRule | None:
        """The limit of that name, None where none is set."""
        return next((rule for rule in self.limits(programme, conditions) if rule.name == name), None)

    def steps(self, code: str, programme: str, conditions: Iterable[str] = _NONE) -> tuple[StepRule, ...]:
        """What must stand before the act `code`: every one of these."""
        key = (code, programme, frozenset(conditions))
        if key not in self._found:
            self._found[key] = tuple(
                rule for rule in self._steps if rule.before == code and rule.concerns(programme) and rule.when <= key[2]
            )
        return self._found[key]

    def value(self, key: str, programme: str | None = None) -> Value:
        """A setting. Without a programme: one that is set for all alike. Raises `NotAllowed` (`policy.no-rule`)."""
        return self._rule(key, programme).value

    def number(self, key: str, programme: str | None = None) -> int:
        """A setting that is a number. Raises `NotAllowed` (`policy.no-rule`) when it is not set, or no number."""
        value = self.value(key, programme)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _no_rule(key, programme)
        return value

    def flag(self, key: str, programme: str | None = None) -> bool:
        """A setting that is yes or no. Raises `NotAllowed` (`policy.no-rule`)."""
        value = self.value(key, programme)
        if not isinstance(value, bool):
            raise _no_rule(key, programme)
        return value

    def word(self, key: str, programme: str | None = None) -> str:
        """A setting that is a word. Raises `NotAllowed` (`policy.no-rule`)."""
        value = self.value(key, programme)
        if not isinstance(value, str):
            raise _no_rule(key, programme)
        return value

    def words(self, key: str, programme: str | None = None) -> tuple[str, ...]:
        """A setting that is a list. Raises `NotAllowed` (`policy.no-rule`)."""
        value = self.value(key, programme)
        if not isinstance(value, tuple):
            raise _no_rule(key, programme)
        return value

    def sets(self, key: str, programme: str | None = None) -> bool:
        """Whether there is such a setting."""
        return (key, programme) in self._values

    def article(self, key: str, programme: str | None = None) -> str:
        """What a setting rests on, as it is cited: 民发〔2021〕57号第十九条. Raises `NotAllowed` (`policy.no-rule`)."""
        return self._rule(key, programme).cite

    def _rule(self, key: str, programme: str | None) -> ValueRule:
        try:
            return self._values[key, programme]
        except KeyError:
            raise _no_rule(key, programme) from None


def _no_rule(key: str, programme: str | None) -> NotAllowed:
    return NotAllowed(
        "policy.no-rule",
        f"the rules in force do not set {key} for {programme or 'all programmes'}: adopt a pack that does",
        key=key,
        programme=programme or "all",
    )


@lru_cache(maxsize=64)
def overlay(law: Pack | None, county: Pack | None, calendar: Calendar) -> Rules:
    """The rules of a law pack with a county's settings over it."""
    overruled: list[str] = []
    values: dict[tuple[str, str | None], ValueRule] = {}
    for value in law.values if law else ():
        values |= {(value.key, programme): value for programme in _programmes(value)}
    for value in county.values if county else ():
        for programme in _programmes(value):
            lawful = values.get((value.key, programme))
            if lawful is None or lawful.value == value.value:
                values.setdefault((value.key, programme), value)
            elif _may_set(lawful, value):
                values[value.key, programme] = _resting_on_both(lawful, value)
            else:
                overruled.append(_named(value.key, programme))
    limits = list(law.limits) if law else []
    for limit in county.limits if county else ():
        against = [rule for rule in (law.limits if law else ()) if not _may_limit(rule, limit)]
        if against:
            overruled.append(_named(limit.name, None))
        else:
            limits.append(limit)
    steps = (*(law.steps if law else ()), *(county.steps if county else ()))
    return Rules(
        law.sha256 if law else None,
        county.sha256 if county else None,
        calendar,
        tuple(overruled),
        tuple(limits),
        steps,
        values,
    )


def _programmes(rule: ValueRule) -> tuple[str | None, ...]:
    return tuple(rule.programmes) if rule.programmes else (*PROGRAMMES, None)


def _named(name: str, programme: str | None) -> str:
    return f"{name} ({programme})" if programme else name


def _may_set(lawful: ValueRule, own: ValueRule) -> bool:
    """The law leaves a number to the county between bounds, and what it calls open; anything else it sets, it sets."""
    if lawful.open:
        return type(own.value) is type(lawful.value)
    number = own.value
    if (lawful.least is None and lawful.most is None) or isinstance(number, bool) or not isinstance(number, int):
        return False
    return (lawful.least is None or number >= lawful.least) and (lawful.most is None or number <= lawful.most)


def _may_limit(lawful: LimitRule, own: LimitRule) -> bool:
    """A county may be quicker than the law, or wait longer, never the reverse, unless the law gives other bounds."""
    together = not lawful.programmes or not own.programmes or lawful.programmes & own.programmes
    if lawful.name != own.name or not together or not lawful.when <= own.when:
        return True
    if lawful.counted is not own.counted or lawful.wait != own.wait:
        return False
    if lawful.least is None and lawful.most is None:
        return own.number >= lawful.number if lawful.wait else own.number <= lawful.number
    return (lawful.least is None or own.number >= lawful.least) and (lawful.most is None or own.number <= lawful.most)


def _resting_on_both(lawful: ValueRule, own: ValueRule) -> ValueRule:
    """The county's number, on the law's article that allows it and the county's own."""
    return ValueRule(
        (*lawful.articles, *own.articles), own.programmes, own.when, own.key, own.value, lawful.least, lawful.most
    )

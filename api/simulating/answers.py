"""The answer file: what was planted, and what only looks like it. It never goes onto the ledger."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from api.simulating.casting import TOGETHER
from api.simulating.forms import FORMS
from api.simulating.life import Life

_FAULTS = {form.name: form for form in FORMS}
_TWINS = {form.twin: form for form in FORMS}


def answers(lives: Sequence[Life]) -> Iterator[dict[str, Any]]:
    """A row for every household that plays a form: whether it is a fault, its cases, and why.

    `shown`: whether it has come to stand on the ledger. In a small county there are too few households for what shows
    only where several are seen together, and some forms need more than a year.
    """
    together = Counter(life.planted for life in lives if life.shown)
    for life in lives:
        if life.planted is None:
            continue
        fault = life.planted in _FAULTS
        form = _FAULTS[life.planted] if fault else _TWINS[life.planted]
        seed, house = life.office.seed, life.household
        yield {
            "form": life.planted,
            "fault": fault,
            "shown": life.shown and together[life.planted] >= TOGETHER.get(life.planted, 1),
            "of": form.name,
            "zh": form.zh,
            "why": form.trace if fault else form.twin_why,
            "cases": [
                *(str(seed.id(f"case/{house.number}/{number}")) for number in range(1, life.round + 1)),
                *([str(life.apart)] if life.apart else []),
            ],
            "complaints_and_referrals": [str(stream) for stream in life.sealed],
            "town": house.town,
            "village": house.village,
            "officers": {post: str(life.somebody(post).id) for post in (life.handler, "assistant", "head")},
        }


def write_answers(path: Path, lives: Sequence[Life]) -> Counter[str]:
    """Write them as JSON Lines; how often each form has come to show."""
    counted: Counter[str] = Counter()
    with path.open("xb") as file:
        for answer in answers(lives):
            file.write(orjson.dumps(answer) + b"\n")
            counted[answer["form"]] += answer["shown"]
    return counted

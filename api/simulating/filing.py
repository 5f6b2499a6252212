"""一户一档: the papers of a case go on a shelf of the town, and the whole file is closed when the case has ended."""

from typing import Any

from api.simulating.life import Life, Step, Steps

KEPT_YEARS = 6
"""From the end of the case: a year more than the longest that is asked for."""


def file_away(life: Life) -> Steps:
    """The papers of the application and the visit, once they have come to the archive."""
    if life.planted == "paper_filed_later":
        life.wait(45)
    elif life.planted == "paper_differs" or (life.planted is None and life.dice.random() < 0.5):
        life.wait(10)
    else:
        return
    kinds = {kind: life.paper(kind) for kind in ("application", "commitment", "authorisation")}
    visit = life.paper("another form of the visit") if life.planted == "paper_differs" else life.form
    documents: list[dict[str, Any]] = [
        {"kind": kind, "sha256": sha256, "pages": life.dice.randint(1, 6), "shelf": _shelf(life)}
        for kind, sha256 in (kinds | {"visit_form": visit}).items()
    ]
    yield life.step("assistant", "archive.file", {"documents": documents})
    life.shown = life.shown or life.planted == "paper_filed_later"


def close(life: Life) -> Step:
    """停保后归档."""
    until = f"{life.day.year + KEPT_YEARS}-12-31"
    held = {"holds": ["approval", "management"], "shelf": _shelf(life), "keep_until": until}
    return life.wait(25).step("assistant", "archive.close", held)


def _shelf(life: Life) -> str:
    """The town's cabinet, and the village's box in it (一村一盒)."""
    return f"{life.household.town}/1/{int(life.household.village[-2:])}"

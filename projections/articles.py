"""Under which articles an act is done, where it is not a rule of the packs that names them.

Looked up in the law pack that the act cites: what that pack does not have is not cited. 57- and 220- are of 低保,
43- of 特困, gx- of 刚性支出困难家庭; what an article says stands in the pack.
"""

from collections.abc import Iterator

from domain.case import Case
from domain.events import Acted
from domain.pack import Pack

_OF = {
    "urban_minimum": ("57-", "220-", "83-", "649-"),
    "rural_minimum": ("57-", "220-", "83-", "649-"),
    "extreme_poverty": ("43-", "2020-7"),
    "low_income": ("gx-",),
}
_SUPERVISED = ("57-2", "43-28", "gx-3")
_STOPPED = ("57-32", "649-13", "43-26")
UNDER = {
    # act code, or code:word where it depends on what is said or on what was decided before
    "apply.submit": ("57-4", "57-9", "220-9", "220-12", "43-10", "gx-4"),
    "apply.supplement": ("57-10", "220-13", "43-12"),
    "apply.register": ("57-11", "220-14"),
    "review.request_check": ("57-17", "220-19", "43-13"),
    "review.begin_check": ("57-17", "220-19", "43-13"),
    "review.check": ("57-17", "220-19", "43-13"),
    "review.inform": ("57-18", "220-20"),
    "review.visit": ("57-16", "220-18", "43-13"),
    "review.cosign": ("57-16", "220-19", "43-13"),
    "review.appraise": ("57-19", "220-21", "43-14"),
    "review.assess": ("43-20",),
    "review.opine": ("57-19", "220-25", "43-13"),
    "review.object:check": ("57-18", "220-20"),
    "review.object:posting": ("57-19", "220-25", "43-15"),
    "review.extend": ("57-22", "83-4-1", "gx-8"),
    "review.open": ("57-31", "220-33", "2020-7"),
    "review.report:death": ("83-1-3",),
    "review.report:health": ("43-23",),
    "review.adjust": ("57-23", "57-32", "220-27"),
    "review.adjust:job_refusals": ("57-34",),
    "confirm.grant": ("57-23", "220-27"),
    "confirm.notify:confirm.grant": ("57-21", "220-29", "43-17", "gx-7"),
    "confirm.notify:confirm.refuse": ("57-21", "220-26", "43-18", "gx-7"),
    "confirm.notify:review.adjust": ("57-32",),
    "confirm.notify:review.recheck": ("57-32",),
    "confirm.notify:suspend.start": _STOPPED,
    "confirm.notify:exit.end": _STOPPED,
    "confirm.publish": ("57-24", "83-4-2", "43-17"),
    "verify.draw:kin": ("57-20", "220-26"),
    "verify.draw:complaint": ("57-20", "220-26"),
    "verify.draw:sampled": ("43-16",),
    **dict.fromkeys(("verify.visit", "verify.pass", "verify.rectify", "verify.report", "verify.overturn"), _SUPERVISED),
    "suspend.start": ("57-32", "649-13"),
    "suspend.lift": ("57-32",),
    "exit.propose": ("43-24", "43-26"),
    "exit.defer": ("57-33", "83-1-3"),
    "exit.end": ("57-32", "649-13", "43-24"),
    "payment.entrust": ("57-26",),
    "payment.end_custody": ("57-26",),
}
_DECISIONS = ("confirm.grant", "confirm.refuse", "review.adjust", "review.recheck", "suspend.start", "exit.end")


def under(event: Acted, before: Case | None, law: Pack | None) -> Iterator[str]:
    """The articles of an act, as they are cited, in the order of the table."""
    if law is None:
        return
    code, data = event.claims["act"], event.claims["data"]
    programme = str(before.programme if before is not None else data["programme"])
    cites = {article.id: article.cite for article in law.articles}
    words = [data[name] for name in ("cause", "kind", "against") if isinstance(data.get(name), str)]
    if code == "confirm.notify" and before is not None:
        words.append(_decided(before))
    for key in (code, *(f"{code}:{word}" for word in words)):
        for article in UNDER.get(key, ()):
            if article in cites and article.startswith(_OF[programme]):
                yield cites[article]


def _decided(case: Case) -> str:
    """The decision that a notice served now is of: the latest."""
    return max(_DECISIONS, key=lambda code: case.steps[code].version if code in case.steps else 0)

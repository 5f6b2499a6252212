"""Acceptance and review: papers, opinion, posting, objection, assessment, votes."""

from datetime import date

from domain.errors import NotAllowed
from domain.rulings.matter import Matter
from domain.vocabulary import Stage


def check_papers(matter: Matter) -> None:
    """What must be there for acceptance: else the household is told once of everything that is missing (Art 10).

    Raises `NotAllowed`: `case.papers-missing`.
    """
    if missing := _missing(matter):
        raise NotAllowed(
            "case.papers-missing",
            f"the application lacks {', '.join(missing)}: tell the household once of everything (apply.return)",
            missing=", ".join(missing),
            article=matter.article("accept.papers"),
        )


def _missing(matter: Matter) -> list[str]:
    return [kind for kind in matter.value("accept.papers") if kind not in matter.case.papers]


def check_returned(matter: Matter) -> None:
    """一次性告知: nobody is sent away twice, so the list is whole.

    Raises `NotAllowed`: `case.returned-before`, `case.return-incomplete`.
    """
    untold = [kind for kind in _missing(matter) if kind not in matter.data["missing"]]
    if "apply.return" in matter.case.steps:
        raise NotAllowed(
            "case.returned-before",
            "the household was told before of what is missing, and that is done once: accept, or reject",
            article=matter.article("accept.papers"),
        )
    if untold:
        raise NotAllowed(
            "case.return-incomplete",
            f"what is missing is told once, and all of it: the list lacks {', '.join(untold)}",
            untold=", ".join(untold),
            article=matter.article("accept.papers"),
        )


def check_rejection(matter: Matter) -> None:
    """Nobody is rejected for not bringing what nobody told them of. Raises `NotAllowed`: `case.not-returned`."""
    if matter.data["reason"] == "not_supplemented" and matter.case.stage is not Stage.RETURNED:
        raise NotAllowed(
            "case.not-returned",
            "nothing was asked for that was not brought: tell the household what is missing (apply.return), or accept",
            article=matter.article("accept.papers"),
        )


def check_extension(matter: Matter) -> None:
    """The longer limit holds for the causes of the rules, and an objection is recorded as one.

    Raises `NotAllowed`: `case.extend`.
    """
    cause, key = matter.data["cause"], "extend.causes"
    if "delegated" in matter.case.conditions and matter.sets("extend.causes.delegated"):
        key = "extend.causes.delegated"
    causes = matter.value(key) if matter.sets(key) else ()
    if cause not in causes or (cause == "objection" and "objection" not in matter.case.conditions):
        raise NotAllowed(
            "case.extend",
            f"the limit is not extended for {cause}: the causes are {', '.join(causes) or 'none'}; an objection to the"
            " posting is recorded first (review.object)",
            cause=cause,
            causes=", ".join(causes),
            article=matter.article(key) if causes else None,
        )


def check_opinion(matter: Matter) -> None:
    """A household whose check was inconsistent is looked at again before it is found eligible (57号 Art 18).

    Raises `NotAllowed`: `case.check`, and `case.missing-step` where the county has every case appraised.
    """
    if matter.sets("appraise.required") and matter.value("appraise.required"):
        check_done(matter, "review.appraise", "appraise.required")
    if matter.case.check == "inconsistent" and matter.data["opinion"] == "eligible":
        raise NotAllowed(
            "case.check",
            "the latest check is inconsistent: check again, or the opinion is ineligible",
            article=matter.step_article("review.opine", "review.inform"),
        )


def check_posting(matter: Matter) -> None:
    """In the household's own village, for as many days as the rules say (57号 Art 19).

    Raises `NotAllowed`: `case.posting`, `case.posting-days`.
    """
    data, key, village = matter.data, posting_key(matter), matter.home.village
    days = matter.value(key)
    if village not in (None, matter.home.places.current(data["village"], matter.home.day)):
        raise NotAllowed(
            "case.posting",
            f"the posting belongs in {village}, where the household lives",
            village=village,
            article=matter.article(key),
        )
    if data["days"] < days:
        raise NotAllowed(
            "case.posting-days",
            f"a posting hangs for {days} days at least",
            days=days,
            article=matter.article(key),
        )


def posting_key(matter: Matter) -> str:
    """The setting that a posting is measured by: that of a termination (43号 Art 26), or that of an opinion."""
    ending = "ending" in matter.case.conditions and matter.sets("exit.posting.days")
    return "exit.posting.days" if ending else "posting.days"


def check_done(matter: Matter, code: str, key: str) -> None:
    """Whether a step that a setting asks for was taken in this procedure. Raises `NotAllowed`: `case.missing-step`."""
    step = matter.case.steps.get(code)
    if step is None or step.version < matter.case.procedure.version:
        raise NotAllowed(
            "case.missing-step",
            f"{matter.proposal.code} needs {code} first",
            act=matter.proposal.code,
            missing=code,
            article=matter.article(key),
        )


def check_posted(matter: Matter) -> None:
    """Whether the posting has hung its days. Raises `NotAllowed`: `case.posting-open`."""
    ends = matter.case.posting_ends
    if ends is None:
        # Objected to: what was posted does not stand, and what is decided on it now is posted again.
        raise NotAllowed(
            "case.missing-step",
            "the last posting was objected to: decide on the objection, and post again",
            act=matter.proposal.code,
            missing="review.post",
            article=matter.article(posting_key(matter)),
        )
    if matter.on < ends:
        raise NotAllowed(
            "case.posting-open",
            f"the posting hangs until the end of the day before {ends}: decide from {ends} on",
            ends=str(ends),
            article=matter.article(posting_key(matter)),
        )


def check_objection(matter: Matter) -> None:
    """There is something to object to: a posting, or a check that does not fit what was declared.

    Raises `NotAllowed`: `case.objection`.
    """
    case, against = matter.case, matter.data["against"]
    if (case.posting_ends is None) if against == "posting" else (case.check != "inconsistent"):
        raise NotAllowed(
            "case.objection",
            f"there is no {against} to object to",
            against=against,
            article=matter.article(posting_key(matter))
            if against == "posting"
            else matter.step_article("review.opine", "review.inform"),
        )


def check_assessment(matter: Matter) -> None:
    """The grade is what the number of lost abilities makes it (43号 Art 22). Raises `NotAllowed`: `case.grade`."""
    lost, partial = len(matter.data["failed"]), matter.value("assess.partial")
    grade = "full" if not lost else "partial" if lost <= partial else "none"
    if matter.data["grade"] != grade:
        raise NotAllowed(
            "case.grade",
            f"{lost} lost abilities make the grade {grade}",
            lost=lost,
            grade=grade,
            article=matter.article("assess.partial"),
        )


def check_votes(matter: Matter) -> None:
    """Nobody votes who was not there. Raises `NotAllowed`: `case.votes`."""
    data = matter.data
    there = data["attended"] if "attended" in data else len(data["attendees"])
    votes = data["in_favour"] + data["against"] + data.get("abstained", 0)
    if votes > there:
        raise NotAllowed("case.votes", f"{votes} votes by {there} people", votes=votes, there=there)


def check_meeting(matter: Matter) -> None:
    """Enough people met (集体研究). Raises `NotAllowed`: `case.meeting`, `case.votes`."""
    there = len(matter.data["attendees"])
    if matter.sets("meeting.attend.least") and there < matter.value("meeting.attend.least"):
        least = matter.value("meeting.attend.least")
        raise NotAllowed(
            "case.meeting",
            f"{there} people are no meeting: {least} attend at least",
            there=there,
            least=least,
            article=matter.article("meeting.attend.least"),
        )
    check_votes(matter)


def check_report(matter: Matter) -> None:
    """A change is reported when it has happened. Raises `NotAllowed`: `case.report-day`."""
    if date.fromisoformat(matter.data["day"]) > matter.on:
        raise NotAllowed("case.report-day", "the change lies after the day of its report", day=matter.data["day"])


def check_move(matter: Matter) -> None:
    """To another place of this county. Raises `NotAllowed`: `case.move`."""
    case, data = matter.case, matter.data
    same = (data["town"], data.get("village")) == (case.town, case.village)
    if same or not data["town"].startswith(case.town[:6]):
        raise NotAllowed(
            "case.move",
            "a move leads to another place of this county; who leaves the county exits (exit.end, moved)",
            town=data["town"],
        )

"""What must have been done before an act, as the rules have it: steps, days, hands."""

from domain.errors import NotAllowed
from domain.flow import ALLOWED
from domain.pack import StepRule
from domain.rulings.matter import Matter


def check_needs(matter: Matter) -> None:
    """Raises `NotAllowed`: `case.missing-step`, `case.hands-missing`, `case.on-before`."""
    case, code = matter.case, matter.proposal.code
    if ALLOWED[code][1] is not None and matter.on < case.since:
        raise NotAllowed(
            "case.on-before",
            f"it cannot have taken place on {matter.on}: what comes before it took place on {case.since}",
            on=str(matter.on),
            since=str(case.since),
        )
    for rule in matter.rules.steps(code, case.programme, case.conditions):
        missing = [code for code in rule.needs if not _done(matter, rule, code)]
        if missing and not (rule.any and len(missing) < len(rule.needs)):
            after = f", after {rule.since}" if rule.since else ""
            raise NotAllowed(
                "case.missing-step",
                f"{code} needs {(' or ' if rule.any else ', ').join(missing)} first{after}",
                act=code,
                missing=(" / " if rule.any else ", ").join(missing),
                since=rule.since,
                article=rule.cite,
            )
        for needed in rule.needs:
            check_hands(matter, needed, rule.cite)


def _done(matter: Matter, rule: StepRule, code: str) -> bool:
    """Whether it was done in this procedure, by whom the rule says, after what the rule names, and by this day."""
    case, step = matter.case, matter.case.steps.get(code)
    after = case.procedure.version
    if rule.since is not None and rule.since in case.steps:
        after = max(after, case.steps[rule.since].version)
    # What began the procedure may itself be what is needed.
    return step is not None and step.version >= after and step.on <= matter.on and rule.by in (None, step.by)


def check_hands(matter: Matter, code: str, article: str | None) -> None:
    """Whether everybody has signed the latest act of this code. Raises `NotAllowed`: `case.hands-missing`."""
    step = matter.case.steps.get(code)
    if step is not None and step.version in matter.case.hands:
        missing = ", ".join(sorted(matter.case.hands[step.version].missing))
        raise NotAllowed(
            "case.hands-missing",
            f"{code} (version {step.version}) still waits for signatures: {missing}; see review.cosign",
            of=code,
            version=step.version,
            missing=missing,
            article=article,
        )

"""Who may do which act of a case, as one table: the duties of village, town and county (职责划分).

The village assists (协助主体); the town accepts, investigates, posts, confirms and manages (实施责任主体); the
county verifies and supervises (监管责任主体). Where: within the area of the officer's own unit. Apart: whoever has had
one of these parts in the case may not do the act (谁调查、谁签字、谁审核、谁负责): who investigated does not confirm,
and who decided does not verify.
"""

from dataclasses import dataclass

from domain.vocabulary import Level

_V, _T, _C = Level.VILLAGE, Level.TOWN, Level.COUNTY


@dataclass(frozen=True, slots=True)
class Duty:
    """The levels that may do an act, and the parts in the case (`investigators`, `deciders`) that bar from it."""

    levels: tuple[Level, ...]
    apart: tuple[str, ...] = ()


DUTIES: dict[str, Duty] = {
    "apply.submit": Duty((_V, _T)),
    "apply.accept": Duty((_T,)),
    "apply.return": Duty((_T,)),
    "apply.supplement": Duty((_V, _T)),
    "apply.reject": Duty((_T,)),
    "apply.register": Duty((_T,)),
    "apply.withdraw": Duty((_V, _T)),
    "review.request_check": Duty((_T,)),
    "review.begin_check": Duty((_C,)),
    "review.check": Duty((_T, _C)),
    "review.inform": Duty((_T,)),
    "review.visit": Duty((_T, _C)),
    "review.cosign": Duty((_V, _T, _C)),
    "review.appraise": Duty((_T,)),
    "review.assess": Duty((_C,)),
    "review.opine": Duty((_T,)),
    "review.post": Duty((_V, _T)),
    "review.object": Duty((_V, _T, _C)),
    "review.extend": Duty((_T,)),
    "review.open": Duty((_T,)),
    "review.report": Duty((_V, _T, _C)),
    "review.recheck": Duty((_T,)),
    "review.adjust": Duty((_T, _C)),
    "review.move": Duty((_T, _C)),
    "review.correct": Duty((_T, _C)),
    "confirm.deliberate": Duty((_T, _C)),
    "confirm.grant": Duty((_T, _C), apart=("investigators",)),
    "confirm.refuse": Duty((_T, _C), apart=("investigators",)),
    "confirm.notify": Duty((_T, _C)),
    "confirm.publish": Duty((_V, _T, _C)),
    "verify.draw": Duty((_C,)),
    "verify.visit": Duty((_C,), apart=("investigators", "deciders")),
    "verify.pass": Duty((_C,), apart=("investigators", "deciders")),
    "verify.rectify": Duty((_C,), apart=("investigators", "deciders")),
    "verify.report": Duty((_T,)),
    "verify.overturn": Duty((_C,), apart=("investigators", "deciders")),
    "suspend.start": Duty((_T, _C)),
    "suspend.lift": Duty((_T, _C)),
    "exit.propose": Duty((_T, _C)),
    "exit.defer": Duty((_T, _C)),
    "exit.end": Duty((_T, _C)),
    "payment.record": Duty((_T, _C)),
    "payment.overpay": Duty((_T, _C)),
    "payment.recover": Duty((_T, _C)),
    "payment.waive": Duty((_C,)),
    "payment.entrust": Duty((_C,)),
    "payment.end_custody": Duty((_T, _C)),
    "dispute.file": Duty((_T, _C)),
    "dispute.decide": Duty((_T, _C)),
    "dispute.execute": Duty((_T, _C)),
}

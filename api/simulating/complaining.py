"""举报投诉 and 移交: sealed papers about a case, of which the ledger has commitments only.

The papers themselves exist nowhere: their digests are made up, as those of all papers here.
"""

from typing import Any

from api.simulating.life import Life, Step, Steps
from domain.sealed import SIZES

WRITER, COMMISSION = "county/supervisor2", "county/commission"


def lodge(life: Life) -> Steps:
    """A complaint comes in, and somebody is to check it."""
    life.sealed.append(life.office.seed.id(f"complaint/{life.household.number}/{life.round}"))
    yield _sealed(life.wait(1), "complaint.lodge")
    yield _sealed(life.wait(1), "complaint.assign")


def answer(life: Life) -> Steps:
    """What was found is answered, and the complaint closed."""
    yield _sealed(life.wait(3), "complaint.answer")
    yield _sealed(life.wait(2), "complaint.close")


def refer(life: Life) -> Steps:
    """The county refers what it found to the commission, which takes it and answers."""
    life.sealed.append(life.office.seed.id(f"referral/{life.household.number}/{life.round}"))
    yield _sealed(life.wait(4), "referral.open")
    yield _sealed(life.wait(2), "referral.send")
    yield _sealed(life.wait(3), "referral.receive", COMMISSION)
    yield _sealed(life.wait(40), "referral.answer", COMMISSION)
    yield _sealed(life.wait(2), "referral.close")


def _sealed(life: Life, code: str, post: str = WRITER) -> Step:
    said: dict[str, Any] = {
        "content": life.paper(code),
        "envelope": life.paper(f"envelope of {code}"),
        "size": SIZES[0],
    }
    return Step(life.now, life.somebody(post), code, said, life.sealed[-1])

"""What the sealed papers of complaints and referrals say: one strict schema an act, as for acts.

None of it stands on the ledger. Here, and only here, words and names have their place.
"""

from typing import Any

from pydantic import ValidationError

from domain.contents import complaint, referral
from domain.data import Data

CONTENTS: dict[str, type[Data]] = {**complaint.CONTENTS, **referral.CONTENTS}
"""By act code."""


def faults_of(code: str, content: dict[str, Any]) -> list[tuple[str, str]]:
    """Everything that does not fit the schema of this act's paper: (where, what is wrong), empty when all does."""
    try:
        CONTENTS[code].model_validate(content)
    except ValidationError as error:
        return [
            (".".join(str(part) for part in fault["loc"]) or "(whole)", fault["msg"])
            for fault in error.errors(include_url=False, include_input=False)
        ]
    return []

"""Delegations of the power to confirm (确认权限下放)."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from domain.events import Acted


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the county has delegated to one town: programmes, form, period. `withdrawn` ends it."""

    id: UUID
    version: int
    town: str
    programmes: frozenset[str]
    form: str
    starting: date
    ending: date | None
    withdrawn: bool = False

    def covers(self, programme: str, on: date) -> bool:
        """Whether the town may confirm cases of `programme` on that day."""
        return (
            not self.withdrawn
            and programme in self.programmes
            and self.starting <= on
            and (self.ending is None or on <= self.ending)
        )


def evolve_delegation(delegation: Delegation | None, event: Acted) -> Delegation:
    """The delegation after one more act."""
    data = event.data
    if event.claims["act"] == "delegation.withdraw":
        assert delegation is not None
        return replace(delegation, version=event.originator_version, withdrawn=True)
    return Delegation(
        event.originator_id,
        event.originator_version,
        data["town"],
        frozenset(data["programmes"]),
        data["form"],
        date.fromisoformat(data["starting"]),
        date.fromisoformat(data["ending"]) if data.get("ending") else None,
    )

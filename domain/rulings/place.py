"""Acts of the county's places: one county officer signs, with the digest of the instrument."""

from domain.errors import NotAllowed
from domain.officer import Officer
from domain.place import places_of
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_county, check_stream
from domain.streams import place_id
from domain.view import View


def _merge(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_county(officer, proposal.code)
    check_stream(proposal, place_id(view.origin))
    places, data = places_of(view), proposal.data
    for code in (*data["places"], data["into"]):
        if not officer.covers(code):
            raise NotAllowed("officer.place", "this place lies in another county", unit=officer.unit)
        # Also where the day is still to come: each code goes once, so that every chain of mergers has an end.
        if code in places.mergers:
            starting, into = places.mergers[code]
            raise NotAllowed(
                "place.gone", f"{code} goes into {into} from {starting} on: name that", place=code, into=into
            )
    return {}, ()


RULES: Rules = {
    "place": _merge,
}

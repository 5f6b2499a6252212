"""Rows of another system, and the grant to attest them."""

from uuid import UUID

from domain import source as sources
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_administrator, check_stream
from domain.source import Source, SourceCase
from domain.streams import source_case_id, source_id
from domain.view import View


def _grant_source(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_administrator(officer)
    check_stream(proposal, source_id(view.origin, proposal.revealed["name"]))
    view.get(proposal.stream)
    return {}, ()


def _source_row(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    source = view.get(UUID(proposal.data["source"]))
    if not isinstance(source, Source) or source.importer != officer.id:
        raise NotAllowed("source.no-grant", "this officer has no grant to import from this system")
    if source.ending < view.today:
        raise NotAllowed("source.no-grant", f"the grant to import from this system ended on {source.ending}")
    check_stream(proposal, source_case_id(source.id, proposal.data["case"]))
    found = view.get(proposal.stream)
    assert found is None or isinstance(found, SourceCase)
    sources.check_row(found, proposal.code, proposal.data)
    return {}, ()


RULES: Rules = {
    "source.grant": _grant_source,
    "source": _source_row,
}

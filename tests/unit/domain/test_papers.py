"""Every paper that an act names by its digest is known for what it is."""

from typing import Any, get_args, get_origin

import pytest
from annotated_types import GroupedMetadata
from pydantic import StringConstraints, TypeAdapter, ValidationError

from domain.acts import ACTS
from domain.bulk import CODES
from domain.data import Data, Personal, Sha256
from domain.papers import KINDS, NAMED, SECTIONS, Mention, mentions
from domain.schemas.archive import Paper
from domain.schemas.file import Document, Shelf
from domain.sealed import STEPS
from domain.unfolding import CORRECTABLE

DIGEST, OTHER = "ab" * 32, "cd" * 32

NO_PAPERS = {
    "policy.propose": {"sha256"},  # the rules themselves
    "policy.adopt": {"sha256"},
    "apply.submit": {"proxy"},  # their authority is filed as a document, too
    "review.cosign": {"act"},
    "review.correct": {"act", *CORRECTABLE.values()},  # named by the acts they correct
    **{code: {"content", "envelope"} for code in STEPS},  # sealed papers are of no household's file
    "officer.hand_over": {"listed"},  # cases, not papers
    "officer.take_over": {"listed", "handover"},
    "delegation.suspend": {"grounds"},  # lines of the ledger
    "delegation.withdraw": {"grounds"},
    "archive.move": {"documents"},  # papers that an earlier act named
    "source.import": {"digest"},  # of rows
    "source.correct": {"digest", "replaces"},
    "source.miss": {"digest", "seen"},
}
"""Digests in acts that are of no paper."""


def holds_digest(annotation: Any) -> bool:
    """Whether a value of this type has a digest somewhere in it, outside personal members."""
    pattern = get_args(Sha256)[1].pattern
    arguments = get_args(annotation)
    if any(isinstance(one, StringConstraints) and one.pattern == pattern for one in arguments):
        return True
    if isinstance(annotation, type) and issubclass(annotation, Data) and get_origin(annotation) is None:
        return not issubclass(annotation, Personal) and any(
            field_holds(field) for field in annotation.model_fields.values()
        )
    return any(holds_digest(each) for each in arguments if not isinstance(each, GroupedMetadata))


def field_holds(field: Any) -> bool:
    own = any(getattr(one, "pattern", None) == get_args(Sha256)[1].pattern for one in field.metadata)
    return own or holds_digest(field.annotation)


def test_the_table_names_every_paper_of_every_act():
    """A new act that carries a digest has a row in `NAMED`, or says in `NO_PAPERS` that it is of no paper."""
    found = {
        code: {name for name, field in act.data.model_fields.items() if field_holds(field)}
        for code, act in ACTS.items()
    }
    expected = {code: set(names) for code, names in NO_PAPERS.items()}
    for code, fields in NAMED.items():
        expected[code] = expected.get(code, set()) | {field for field, _ in fields}
    for code in CODES.values():
        expected[code] = expected.get(code, set()) | {"listed"}  # of many households, and no household's paper
    assert {code: names for code, names in found.items() if names} == expected


def test_every_kind_has_a_section_and_every_named_kind_is_one():
    assert {kind.section for kind in KINDS.values()} == set(SECTIONS)
    assert {kind.held for kind in KINDS.values()} == {"approval", "management"}
    assert {kind for fields in NAMED.values() for _, kind in fields if kind} <= set(KINDS)
    offered = get_args(Document.model_fields["kind"].annotation)
    assert set(offered) <= set(KINDS)
    paper = {"sha256": DIGEST, "pages": 1, "shelf": "610924/1"}
    for kind in KINDS:
        Paper.model_validate(paper | {"kind": kind})
    with pytest.raises(ValidationError, match="one of application, "):
        Paper.model_validate(paper | {"kind": "secret"})


def test_an_act_names_its_papers():
    documents = [{"kind": "application", "sha256": DIGEST}, {"kind": "income", "sha256": OTHER, "pages": 2}]
    assert list(mentions("apply.submit", {"documents": documents})) == [
        Mention("application", DIGEST),
        Mention("income", OTHER, 2),
    ]
    assert list(mentions("review.visit", {"form": DIGEST}, {"signer": "x", "scan": OTHER})) == [
        Mention("visit_form", DIGEST),
        Mention("signed", OTHER),
    ]
    assert list(mentions("archive.move", {"documents": [DIGEST], "shelf": "610924/1"})) == []
    assert list(mentions("verify.pass", {})) == []


@pytest.mark.parametrize("shelf", ["610924/1", "610924/1/3/14", "610924100/2/14", "610924100201/9999"])
def test_a_shelf_is_whose_it_is_and_numbers(shelf):
    assert TypeAdapter(Shelf).validate_python(shelf) == shelf


@pytest.mark.parametrize(
    "shelf",
    ["610924", "610924/", "610924/0", "610924/01", "610924/1/2/3/4", "610924/10000", "61092410/1", "610924/一", "柜/1",
     "610924/1\n", "610924/1 ", "610924100/2-14", ""],
)  # fmt: skip
def test_a_shelf_has_room_for_nothing_else(shelf):
    with pytest.raises(ValidationError):
        TypeAdapter(Shelf).validate_python(shelf)

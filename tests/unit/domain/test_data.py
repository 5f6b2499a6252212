"""The schemas of what acts say: strict, and with no room for personal data in the clear."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from api.examples import EXAMPLES
from domain.acts import ACTS
from domain.data import Data, Personal, validate
from domain.errors import NotAllowed
from domain.schemas.source import ImportRow

PERSONAL = {"applicant", "person", "personal"}


def as_signed(data: Any) -> Any:
    """Personal objects as the digests that are signed in their place."""
    if isinstance(data, dict):
        return {name: {"_sd": ["A" * 43]} if name in PERSONAL else as_signed(value) for name, value in data.items()}
    return [as_signed(one) for one in data] if isinstance(data, list) else data


def refusal(code: str, revealed: dict[str, Any], signed: dict[str, Any] | None = None) -> str | None:
    try:
        validate(ACTS[code].data, revealed, as_signed(revealed) if signed is None else signed)
    except NotAllowed as refused:
        return refused.code
    return None


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_the_sample_of_each_act_is_valid_and_with_one_member_more_it_is_not(code):
    assert refusal(code, EXAMPLES[code]) is None
    assert refusal(code, EXAMPLES[code] | {"note": "x"}) == "data.schema"


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_no_required_member_may_be_missing_or_of_another_kind(code):
    for name, value in EXAMPLES[code].items():
        without = {other: each for other, each in EXAMPLES[code].items() if other != name}
        required = ACTS[code].data.model_fields[name].is_required()
        assert (refusal(code, without) == "data.schema") == required, name
        wrong: list[Any] = [[value], {"a": value}, 1.5, str(value) + "\n", None]
        wrong += [str(value)] if not isinstance(value, str) else [1, True]
        for other in wrong:
            if not required and other is None:
                continue
            found = refusal(code, without | {name: other})
            assert found == "data.schema" or free_text(code, name), (name, other, found)


def free_text(code: str, name: str) -> bool:
    """Members that take any text: names of other systems and what their rows say, and rule packs."""
    if code.startswith("source."):
        return name in ("name", "case", "row", "activity", "actor", "time")
    return (code, name) == ("policy.propose", "text")


def test_what_is_personal_stands_only_as_digests():
    shown = EXAMPLES["apply.submit"]
    assert refusal("apply.submit", shown, shown) == "data.personal"
    partly = as_signed(shown) | {"applicant": {"_sd": ["A" * 43], "name": "示例甲"}}
    assert refusal("apply.submit", shown, partly) == "data.personal"
    assert refusal("apply.submit", shown, as_signed(shown)) is None


def test_what_is_not_personal_cannot_be_hidden():
    shown = EXAMPLES["apply.submit"]
    signed = as_signed(shown)
    hidden = {name: value for name, value in signed.items() if name != "town"} | {"_sd": ["B" * 43]}
    assert refusal("apply.submit", shown, hidden) == "data.personal"
    documents = [{"_sd": ["B" * 43]}, *signed["documents"][1:]]
    assert refusal("apply.submit", shown, signed | {"documents": documents}) == "data.personal"
    row = EXAMPLES["source.import"]
    assert refusal("source.import", row, row | {"kept": {"_sd": ["B" * 43]}}) == "data.personal"


def test_personal_columns_of_another_system_are_hidden_whatever_they_are_called():
    shown = EXAMPLES["source.import"] | {"personal": {"姓名": "示例甲", "身份证号": "000000190001010000"}}
    assert refusal("source.import", shown) is None
    assert refusal("source.import", shown, shown) == "data.personal"


def test_there_is_no_free_text_outside_personal_data_and_other_systems_rows():
    for code, act in ACTS.items():
        if not code.startswith("source."):
            for name in unbounded(act.data):
                assert free_text(code, name), f"{code}: {name} takes any text"
    assert list(unbounded(ImportRow))


def unbounded(model: type[Data], where: str = "") -> Any:
    """The members that would take a sentence."""
    sentence = "张三家住某村，生活困难，电话不详。" * 2
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, Personal):
            continue
        if isinstance(annotation, type) and issubclass(annotation, Data):
            yield from unbounded(annotation, f"{where}{name}.")
        elif takes(model, name, sentence) or takes(model, name, [sentence]):
            yield f"{where}{name}"


SIGNATURES = ("possession", "second", "x", "y")


def takes(model: type[Data], name: str, value: Any) -> bool:
    if name in SIGNATURES:  # checked as signatures and keys by the ledger before anything else looks at them
        return False
    field = model.model_fields[name]
    adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
    try:
        adapter.validate_python(value, strict=True)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("review.post", {"days": 0}),
        ("review.post", {"village": "610924100"}),
        ("review.visit", {"investigators": ["00000000-0000-4000-8000-000000000001"]}),
        ("review.visit", {"investigators": ["00000000-0000-4000-8000-000000000001"] * 2}),
        ("review.visit", {"investigators": ["00000000-0000-4000-8000-00000000000A", "x"]}),
        ("confirm.grant", {"monthly_fen": -1}),
        ("confirm.grant", {"monthly_fen": 450.5}),
        ("confirm.grant", {"monthly_fen": 10**9 + 1}),
        ("confirm.grant", {"starting": "2026-13"}),
        ("confirm.grant", {"starting": "2026-1"}),
        ("confirm.grant", {"starting": "２０２６-12"}),
        ("verify.rectify", {"deadline": "2026-02-30"}),
        ("verify.rectify", {"deadline": "20261231"}),
        ("delegation.grant", {"town": "610924"}),
        ("delegation.grant", {"programmes": []}),
        ("policy.adopt", {"pack": "../x"}),
        ("policy.adopt", {"pack": "X"}),
        ("officer.revoke_key", {"kid": "short"}),
        ("officer.revoke_key", {"compromised_since": True}),
        ("officer.revoke_key", {"compromised_since": 2**53}),
        ("source.import", {"kept": {"a": 1}}),
        ("source.import", {"time": "x" * 65}),
    ],
)
def test_values_keep_within_what_they_mean(code, changes):
    assert refusal(code, EXAMPLES[code] | changes) == "data.schema"


@pytest.mark.parametrize(
    ("code", "name", "inside", "outside"),
    [
        ("confirm.grant", "starting", ["1990-01", "2099-12"], ["1989-12", "1000-01", "2100-01", "2999-12"]),
        ("suspend.start", "starting", ["2026-12"], ["1900-01", "2100-01"]),
        ("verify.rectify", "deadline", ["1990-01-01", "2099-12-31"], ["0001-01-01", "1989-12-31", "2100-01-01"]),
        ("delegation.grant", "ending", ["2099-12-31"], ["9999-12-31", "1899-12-30"]),
        ("source.grant", "ending", ["2099-12-31"], ["9999-12-31"]),
    ],
)
def test_a_day_or_month_of_no_time_of_ours_is_refused(code, name, inside, outside):
    for value in inside:
        assert refusal(code, EXAMPLES[code] | {name: value}) is None, value
    for value in outside:
        with pytest.raises(NotAllowed) as refused:
            validate(ACTS[code].data, EXAMPLES[code] | {name: value}, EXAMPLES[code] | {name: value})
        assert refused.value.code == "data.time", value
        assert refused.value.params == {"field": name, "first": "1990-01-01", "last": "2099-12-31"}

"""The difference between an export and the ledger, and that applying it leaves no difference."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from api.importing.known import Known, KnownCase, KnownRow
from api.importing.planning import Plan, Step, make_plan
from api.importing.rows import Bad, Row
from domain.source import SourceCase, check_row

SOURCE = UUID(int=7)
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def a_row(
    number: int, case: str = "c", key: str | None = None, activity: str = "受理", day: int = 0, note: str = ""
) -> Row:
    moment = BEGIN + timedelta(days=day)
    return Row(number, case, key, activity, "w", moment.isoformat(), moment, {"n": note} if note else {}, {})


def a_bad(row: Row, *, readable: bool = True) -> Bad:
    return Bad(row.number, ("bad",), row.case, row.key, row.kind) if readable else Bad(row.number, ("bad",))


def plan_of(
    rows: Iterable[Row | Bad], known: Known, *, keyed: bool = False, complete: bool = False, refed: bool = False
) -> Plan:
    return make_plan(rows, known, b"", keyed=keyed, complete=complete, refed=refed)


def record(known: Known, steps: Iterable[Step]) -> None:
    """What the ledger would do, the domain's own rules included."""
    for step in steps:
        case = known.cases.setdefault(step.case, KnownCase())
        rows = {key: None if row.gone else row.digest for key, row in case.rows.items()}
        data = {"source": str(SOURCE), "case": step.case, "row": step.key, "digest": step.digest}
        check_row(
            SourceCase(SOURCE, case.version, SOURCE, step.case, rows), step.code, data | {"replaces": step.replaces}
        )
        case.rows[step.key] = KnownRow(step.digest, step.code == "source.miss")
        case.version += 1


def all_steps(plan: Plan) -> list[Step]:
    return [step for steps in plan.cases for step in steps]


def codes(plan: Plan) -> list[str]:
    return [step.code for step in all_steps(plan)]


def after(*exports: Sequence[Row | Bad], keyed: bool = False, complete: bool = False) -> Known:
    known = Known()
    for rows in exports:
        record(known, all_steps(plan_of(rows, known, keyed=keyed, complete=complete)))
    return known


def test_what_is_on_the_ledger_is_not_said_again():
    rows = [a_row(2, key="a"), a_row(3, key="b")]
    again = plan_of(rows, after(rows, keyed=True), keyed=True)
    assert (again.cases, again.unchanged) == ([], 2)


def test_rows_of_a_case_are_said_in_the_order_of_their_times_and_cases_by_their_first():
    rows = [a_row(2, "x", day=5), a_row(3, "x", day=1), a_row(4, "y", day=0), a_row(5, "x", day=3)]
    said = [(step.case, step.row.number) for step in all_steps(plan_of(rows, Known())) if step.row]
    assert said == [("y", 4), ("x", 3), ("x", 5), ("x", 2)]


def test_a_changed_row_is_corrected_and_names_what_it_replaces():
    known = after([a_row(2, key="a", note="old")], keyed=True)
    (step,) = all_steps(plan_of([a_row(2, key="a", note="new")], known, keyed=True))
    assert (step.code, step.replaces) == ("source.correct", known.cases["c"].rows["a"].digest)


def test_rows_vanish_only_from_exports_that_are_complete():
    known = after([a_row(2, key="a"), a_row(3, key="b"), a_row(4, "other", key="a")], keyed=True)
    assert codes(plan_of([a_row(2, key="a")], known, keyed=True)) == []
    plan = plan_of([a_row(2, key="a")], known, keyed=True, complete=True)
    assert sorted((step.case, step.key) for step in all_steps(plan)) == [("c", "b"), ("other", "a")]


def test_a_row_that_vanished_and_comes_back_is_a_correction_of_what_it_said_last():
    both = [a_row(2, key="a"), a_row(3, key="b")]
    known = after(both, both[:1], keyed=True, complete=True)
    assert known.cases["c"].rows["b"].gone
    (step,) = all_steps(plan_of(both, known, keyed=True, complete=True))
    assert (step.code, step.replaces) == ("source.correct", step.digest)


def test_a_bad_row_is_there_all_the_same_and_one_that_cannot_be_told_stops_all_talk_of_vanishing():
    rows = [a_row(2, key="a"), a_row(3, key="b"), a_row(4, key="c")]
    known = after(rows, keyed=True)
    plan = plan_of([rows[0], a_bad(rows[1])], known, keyed=True, complete=True)
    assert [step.key for step in all_steps(plan)] == ["c"]
    for bad in (a_bad(rows[1], readable=False), Bad(3, ("no key",), "c")):
        plan = plan_of([rows[0], bad], known, keyed=True, complete=True)
        assert (plan.cases, plan.blind) == ([], True)


def test_rows_with_one_key_go_in_once_when_they_agree_and_not_at_all_when_they_do_not():
    plan = plan_of([a_row(2, key="a"), a_row(3, key="a")], Known(), keyed=True)
    assert (codes(plan), plan.repeated) == (["source.import"], 1)
    plan = plan_of([a_row(2, key="a"), a_row(3, key="a", note="x"), a_row(4, key="b")], Known(), keyed=True)
    assert sorted(plan.bad) == [2, 3]
    assert "rows 2, 3 have the same key" in plan.bad[2].reasons[0]
    plan = plan_of([a_row(2, key="a"), a_bad(a_row(3, key="a"))], Known(), keyed=True)
    assert (sorted(plan.bad), plan.cases) == ([2, 3], [])


def test_equal_rows_without_a_key_are_different_events_whatever_their_order():
    rows = [a_row(2), a_row(3), a_row(4, note="x")]
    known = after(rows)
    assert len(known.cases["c"].rows) == 3
    assert plan_of(list(reversed(rows)), known).cases == []


def test_one_of_several_equals_that_changed_is_one_correction():
    known = after([a_row(2, note="x"), a_row(3, note="y"), a_row(4, note="z")])
    assert codes(plan_of([a_row(2, note="z"), a_row(3, note="changed"), a_row(4, note="x")], known)) == [
        "source.correct"
    ]


def test_a_corrected_row_takes_the_key_that_was_set_aside_for_it_and_replaces_nobody():
    good, bad = a_row(2, note="good"), a_row(3, note="was bad")
    export: list[Row | Bad] = [good, a_bad(bad)]
    known = Known()
    plan = plan_of(export, known, complete=True)
    record(known, all_steps(plan))
    mended = Row(2, "c", plan.bad[3].key, "受理", "w", good.time, good.moment, {"n": "mended"}, {})
    refed = plan_of([mended], known, complete=True, refed=True)
    assert codes(refed) == ["source.import"]
    record(known, all_steps(refed))
    assert plan_of(export, known, complete=True).cases == []
    assert plan_of([mended], known, complete=True, refed=True).cases == []


def test_a_corrected_row_whose_time_was_unreadable_stands_beside_the_others():
    known = after([a_row(2, note="good")])
    refed = plan_of([a_row(2, note="mended")], known, refed=True)
    assert codes(refed) == ["source.import"]


rows_of = st.lists(
    st.tuples(
        st.sampled_from("xy"),
        st.sampled_from("ab"),
        st.integers(0, 2),
        st.sampled_from("mn"),
        st.sampled_from(["good", "bad", "lost"]),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    exports=st.lists(rows_of, min_size=1, max_size=4),
    keyed=st.booleans(),
    stops=st.lists(st.integers(0, 9), max_size=4),
)
def test_stopped_anywhere_and_run_again_every_export_ends_with_nothing_more_to_say(
    exports: list[list[tuple[str, str, int, str, str]]], keyed: bool, stops: list[int]
):
    known = Known()
    for export in exports:
        rows: list[Row | Bad] = []
        for number, (case, activity, day, note, state) in enumerate(export, 2):
            row = a_row(number, case, f"k{number}" if keyed else None, activity, day, note)
            rows.append(row if state == "good" else a_bad(row, readable=state == "bad"))
        for stop in stops:
            record(known, all_steps(plan_of(rows, known, keyed=keyed, complete=True))[:stop])
        record(known, all_steps(plan_of(rows, known, keyed=keyed, complete=True)))
        plan = plan_of(rows, known, keyed=keyed, complete=True)
        assert plan.cases == []
        assert plan.unchanged == sum(isinstance(row, Row) for row in rows)

"""What one transaction will write: each command judged by itself, in order, with no I/O."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ledger.batch import Command, NewEvent, Plan, Recorded, Situation, make_plan
from ledger.errors import Conflict, LedgerError, Moved, Refused
from ledger.line import MAX_LINE, LineTooLong, decode_line, encode_line, line_hash, timestamp

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
BEFORE = "2026-11-23T01:59:59.000000Z"
A, B, C = (UUID(int=n) for n in (1, 2, 3))
KEY = UUID(int=99)


def situation(
    versions: dict[Any, int] | None = None, keys: dict[UUID, tuple[int, bytes]] | None = None, at: str = BEFORE
) -> Situation:
    return Situation(10, "ab" * 32, at, versions or {}, keys or {})


def event(stream: UUID, version: int, state: bytes = b'{"n":1}') -> NewEvent:
    return NewEvent(stream, version, "test.happened", state)


def command(stream: UUID, version: int, **others: Any) -> Command:
    return Command((event(stream, version),), **others)


def outcomes(plan: Plan) -> list[str]:
    return ["recorded" if isinstance(one, Recorded) else type(one).__name__ for one in plan.outcomes]


def test_lines_follow_the_head_gaplessly_and_chained():
    plan = make_plan([command(A, 1), Command((event(B, 1), event(C, 1))), command(A, 2)], situation(), NOW)
    assert outcomes(plan) == ["recorded"] * 3
    prev = "ab" * 32
    for index, line in enumerate(plan.lines, 10):
        parts = decode_line(line.line)
        assert (line.index, parts.index, parts.prev) == (index, index, prev)
        assert (parts.stream, parts.version, parts.type) == (str(line.stream), line.version, line.type)
        prev = line_hash(line.line).hex()
    assert [one.indexes for one in plan.outcomes if isinstance(one, Recorded)] == [(10,), (11, 12), (13,)]


def test_one_command_s_failure_is_its_own():
    plan = make_plan(
        [command(A, 1), command(A, 1), command(B, 1, relied=((C, 5),)), command(C, 1), command(A, 2)], situation(), NOW
    )
    assert outcomes(plan) == ["recorded", "Conflict", "Moved", "recorded", "recorded"]
    assert [line.index for line in plan.lines] == [10, 11, 12]


def test_a_command_of_several_events_is_recorded_whole_or_not_at_all():
    too_long = NewEvent(B, 1, "test.happened", b'{"s":"%b"}' % (b"x" * MAX_LINE))
    plan = make_plan(
        [Command((event(A, 1), too_long)), Command((event(A, 1), event(A, 1))), command(C, 1)], situation(), NOW
    )
    assert outcomes(plan) == ["LineTooLong", "Conflict", "recorded"]
    assert isinstance(plan.outcomes[0], LineTooLong)
    assert [line.stream for line in plan.lines] == [C]


def test_versions_only_ever_rise():
    plan = make_plan([command(A, version) for version in (3, 4, 4, 2, 6, 5)], situation({A: 3}), NOW)
    assert outcomes(plan) == ["Conflict", "recorded", "Conflict", "Conflict", "recorded", "Conflict"]


def test_a_relied_on_stream_that_moved_is_named_with_its_version_now():
    plan = make_plan([command(A, 1, relied=((B, 2), (C, 0)))], situation({B: 3}), NOW)
    moved = plan.outcomes[0]
    assert isinstance(moved, Moved)
    assert moved.params["streams"] == {str(B): 3}


def test_earlier_commands_of_the_batch_move_what_later_ones_rely_on():
    plan = make_plan(
        [command(B, 1), command(A, 1, relied=((B, 0),)), command(A, 1, relied=((B, 1),))], situation(), NOW
    )
    assert outcomes(plan) == ["recorded", "Moved", "recorded"]


def test_relying_on_absence_fails_once_something_is_there():
    plan = make_plan(
        [command(A, 1, relied=((C, 0),)), command(C, 1), command(B, 1, relied=((C, 0),))], situation(), NOW
    )
    assert outcomes(plan) == ["recorded", "recorded", "Moved"]


ACT = b'{"act":"x.y.z","relied":{}}'


def keyed(same: bytes, version: int = 1, state: bytes = ACT) -> Command:
    return Command((event(A, version, state),), relied=((A, version - 1),), key=KEY, same=same)


def test_the_same_act_twice_in_a_batch_is_recorded_once_and_answered_twice():
    plan = make_plan([keyed(b'{"act":"x.y.z"'), keyed(b'{"act":"x.y.z"'), keyed(b'{"act":"x.y.Z"')], situation(), NOW)
    first, again, other = plan.outcomes
    assert isinstance(first, Recorded)
    assert isinstance(again, Recorded)
    assert (again.indexes, again.hash, again.at, again.again) == (first.indexes, first.hash, first.at, True)
    assert isinstance(other, Conflict)
    assert other.code == "act.key-reused"
    assert len(plan.lines) == 1


def test_an_act_that_was_recorded_before_is_answered_though_everything_moved_on():
    line = encode_line(4, "cd" * 32, BEFORE, str(A), 1, "test.happened", ACT)
    plan = make_plan([keyed(b'{"act":"x.y.z"'), keyed(b'{"act":"other"')], situation({A: 7}, {KEY: (3, line)}), NOW)
    again, other = plan.outcomes
    assert again == Recorded((4,), line_hash(line).hex(), BEFORE, again=True)
    assert isinstance(other, Conflict)
    assert plan.lines == []


def test_a_failed_command_s_key_stays_free():
    plan = make_plan([keyed(b"{", version=1), keyed(b"{", version=4)], situation({A: 3}), NOW)
    assert outcomes(plan) == ["Moved", "recorded"]


def test_what_goes_beside_a_failed_command_is_not_written():
    failing = Command((event(A, 1),), relied=((B, 9),), sealed=(b"s",), case_key=(A, "kek", b"w"), key=KEY)
    good = Command((event(B, 1),), sealed=(b"t", b"u"), case_key=(B, "kek", b"w"))
    plan = make_plan([failing, good], situation(), NOW)
    assert plan.sealed == [(10, [b"t", b"u"])]
    assert plan.case_keys == [(B, "kek", b"w")]


def test_time_on_the_ledger_never_runs_backwards():
    ahead = "2026-11-23T02:00:03.000000Z"
    plan = make_plan([command(A, 1)], situation(at=ahead), NOW)
    assert decode_line(plan.lines[0].line).at == ahead
    later = make_plan([command(A, 1)], situation(), NOW)
    assert decode_line(later.lines[0].line).at == "2026-11-23T02:00:00.000000Z"


def test_an_act_dated_after_the_committer_s_clock_is_refused():
    plan = make_plan(
        [command(A, 1, not_before=NOW + timedelta(seconds=1)), command(A, 1, not_before=NOW)], situation(), NOW
    )
    assert outcomes(plan) == ["Refused", "recorded"]
    assert isinstance(plan.outcomes[0], Refused)
    assert plan.outcomes[0].code == "act.iat-future"


def test_a_simulation_dates_each_line_by_its_own_act_and_never_backwards():
    signed = [NOW + timedelta(days=days) for days in (400, 2, 401)]
    plan = make_plan([command(A, n, not_before=at) for n, at in enumerate(signed, 1)], situation(), None)
    assert outcomes(plan) == ["recorded"] * 3
    dates = [decode_line(line.line).at for line in plan.lines]
    assert dates == [timestamp(signed[0]), timestamp(signed[0]), timestamp(signed[2])]


def test_what_no_act_dates_in_a_simulation_stands_beside_the_last_line():
    plan = make_plan([command(A, 1)], situation(), None)
    assert decode_line(plan.lines[0].line).at == situation().last_at


commands = st.lists(
    st.builds(
        lambda stream, version, relied: Command((event(stream, version),), relied=relied),
        st.sampled_from([A, B, C]),
        st.integers(1, 4),
        st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 4)), max_size=2).map(tuple),
    ),
    max_size=12,
)


@given(commands)
def test_a_batch_ends_as_its_commands_would_have_one_by_one(batch):
    together = make_plan(batch, situation(), NOW)
    versions: dict[Any, int] = {}
    apart, kinds = [], []
    for one in batch:
        plan = make_plan([one], situation(dict(versions)), NOW)
        kinds += outcomes(plan)
        apart += plan.lines
        versions |= {line.stream: line.version for line in plan.lines}
    assert outcomes(together) == kinds
    assert [(x.stream, x.version) for x in together.lines] == [(x.stream, x.version) for x in apart]
    assert all(isinstance(one, Recorded | LedgerError) for one in together.outcomes)

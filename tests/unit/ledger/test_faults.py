"""Faults are gathered so that a million alike are one entry, and none is lost."""

from ledger.faults import MAX_RUNS, FaultLog


def test_neighbours_are_one_fault_and_others_are_not():
    log = FaultLog()
    for index in (3, 4, 5, 9):
        log.add("line.missing", index, found=index)
    log.add("line.altered", 6)
    assert [(f.code, f.index, f.last, f.count) for f in log.faults()] == [
        ("line.missing", 3, 5, 3),
        ("line.altered", 6, 6, 1),
        ("line.missing", 9, 9, 1),
    ]
    assert log.faults()[0].params == {"found": 3}
    assert log.total == 5


def test_what_another_process_gathered_joins_at_the_seam():
    first, second = FaultLog(), FaultLog()
    first.add("line.missing", 2047)
    second.add("line.missing", 2048, 2050, count=3)
    first.extend(second.items())
    (fault,) = first.faults()
    assert (fault.index, fault.last, fault.count) == (2047, 2050, 4)


def test_places_that_follow_each_other_need_not_be_numbered_so():
    log = FaultLog()
    log.add("head.wrong", 8, where="head", after=0)
    log.add("head.wrong", 31, where="head", after=8)
    (fault,) = log.faults()
    assert (fault.index, fault.last, fault.count) == (8, 31, 2)


def test_beyond_all_bounds_faults_are_joined_counted_and_marked():
    log = FaultLog()
    for index in range(0, 4 * MAX_RUNS, 2):
        log.add("act.signature", index)
    found = log.faults()
    assert len(found) == MAX_RUNS
    assert sum(fault.count for fault in found) == 2 * MAX_RUNS
    assert found[-1].params == {"scattered": True}


def test_faults_of_no_one_place_come_first():
    log = FaultLog()
    log.add("line.altered", 0)
    log.add("protection.trigger", where="database", kind="lines", table="lines")
    assert [fault.where for fault in log.faults()] == ["database", "line"]

"""What others used: the work of our cores, less our own."""

import pytest

from harness.monitor.machine import CoreTimes
from harness.monitor.meter import CpuSnapshot
from harness.monitor.others import measure_others

FIRST = {core: CoreTimes(100.0, 10.0, 1.0) for core in range(64)}


def snapshot(
    time: float, cores: dict[int, CoreTimes], allowed: frozenset[int] = frozenset({0, 1})
) -> CpuSnapshot:
    return CpuSnapshot(time, {}, cores=cores, allowed=allowed)


def later(*, busy_s: float, interrupts_s: float = 0.0, stolen_s: float = 0.0) -> CoreTimes:
    return CoreTimes(100.0 + busy_s, 10.0 + interrupts_s, 1.0 + stolen_s)


def test_others_are_what_we_were_not() -> None:
    last = {
        0: later(busy_s=9.0, interrupts_s=0.2, stolen_s=0.5),
        1: later(busy_s=8.0, interrupts_s=0.1, stolen_s=0.25),
    }

    others = measure_others(snapshot(50.0, FIRST), snapshot(60.0, last), ours_s=16.0)

    assert others is not None
    assert others.cores == (0, 1)
    assert others.duration_s == 10.0
    assert (others.busy_s, others.ours_s) == (17.0, 16.0)
    assert others.interrupts_s == pytest.approx(0.3)
    assert others.stolen_s == pytest.approx(0.75)
    assert others.cpu_s == 1.0
    # Of 20 s of two cores.
    assert others.share == pytest.approx(0.05)


def test_other_cores_of_a_large_machine_are_not_ours() -> None:
    last = {**FIRST, 0: later(busy_s=5.0), 1: later(busy_s=5.0), 7: later(busy_s=10.0)}

    others = measure_others(snapshot(50.0, FIRST), snapshot(60.0, last), ours_s=10.0)

    assert others is not None
    assert (others.cpu_s, others.share) == (0.0, 0.0)


def test_without_a_cpuset_all_cores_are_ours() -> None:
    every = frozenset(range(64))
    last = {**FIRST, 7: later(busy_s=10.0)}

    others = measure_others(snapshot(50.0, FIRST, every), snapshot(60.0, last, every), ours_s=0.0)

    assert others is not None
    assert len(others.cores) == 64
    assert others.share == pytest.approx(1 / 64)


def test_clocks_that_differ_make_nobody_negative() -> None:
    last = {0: later(busy_s=5.0), 1: later(busy_s=5.0)}

    others = measure_others(snapshot(50.0, FIRST), snapshot(60.0, last), ours_s=10.3)

    assert others is not None
    assert (others.busy_s, others.ours_s, others.cpu_s, others.share) == (10.0, 10.3, 0.0, 0.0)


def test_a_core_that_was_off_for_a_while_is_left_out() -> None:
    gone = {0: later(busy_s=5.0)}

    for begin, end in ((FIRST, gone), ({0: FIRST[0]}, {**gone, 1: later(busy_s=5.0)})):
        others = measure_others(snapshot(50.0, begin), snapshot(60.0, end), ours_s=4.0)
        assert others is not None
        assert others.cores == (0,)
        assert others.share == pytest.approx(0.1)


@pytest.mark.parametrize("cores", [{}, {5: FIRST[5]}])
def test_nothing_is_told_where_no_core_is_known(cores: dict[int, CoreTimes]) -> None:
    assert measure_others(snapshot(50.0, cores), snapshot(60.0, cores), ours_s=1.0) is None


def test_no_time_has_no_share() -> None:
    assert measure_others(snapshot(50.0, FIRST), snapshot(50.0, FIRST), ours_s=0.0) is None

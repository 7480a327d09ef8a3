"""Moments are multiples of the interval, and none is kept twice."""

from harness.monitor.ticks import Ticks


def test_moments_do_not_drift() -> None:
    schedule = Ticks(began=100, interval_s=2)

    moments = (100, 101.9, 102.5, 103, 104.7, 105.9, 106)
    kept = [(now, schedule.next) for now in moments if schedule.take_due(now)]

    assert kept == [(102.5, 104), (104.7, 106), (106, 108)]
    assert schedule.missed == 0


def test_missed_moments_are_counted_and_not_made_up_for() -> None:
    schedule = Ticks(began=0, interval_s=1)

    assert schedule.take_due(1.1)
    assert schedule.take_due(4.6)

    assert schedule.missed == 2
    assert schedule.next == 5
    assert not schedule.take_due(4.9)

"""What neither run of a pair used is that of strangers."""

from datetime import timedelta
from typing import Any

import pytest

from harness.config.model import MarkSettings
from harness.record.check_record import SideName
from harness.record.curves import Curves
from harness.record.models import Phase, PhaseName
from harness.regression import duet
from tests.unit.harness.record import example

LIMITS = MarkSettings()
Sides = dict[SideName, duet.Side]
STARTED = example.result().started_utc


def side(
    cores: float, busy: float | None = None, later_s: float = 0.0, **changes: Any
) -> duet.Side:
    """Return a run under load from second 10 to 30, which used so many cores all the time.

    The two cores were at work for `busy` seconds a second.
    """
    begins: dict[PhaseName, float] = {"provision": 0.0, "load": 10.0, "drain": 20.0}
    phases = [
        Phase(name=name, started_s=begin, duration_s=10.0, status="done")
        for name, begin in begins.items()
    ]
    started = STARTED + timedelta(seconds=later_s)
    result = example.result(started_utc=started, phases=tuple(phases), **changes)
    seconds = [float(second) for second in range(41)]
    series: dict[str, list[float | None]] = {
        "time_ms": [1000 * (started.timestamp() + second) for second in seconds],
        "web_cpu_s": [0.75 * cores * second for second in seconds],
        "harness_cpu_s": [0.25 * cores * second for second in seconds],
        "cores_busy_s": [None if busy is None else busy * second for second in seconds],
    }
    return duet.Side(result, Curves(series))


def test_two_that_share_the_cores_do_not_disturb_each_other() -> None:
    sides: Sides = {"base": side(0.95), "head": side(0.95, busy=1.92)}

    assert duet.measure_others_share(sides) == pytest.approx(0.01)
    assert duet.list_marks(sides, LIMITS) == ()


def test_strangers_disturb_both() -> None:
    sides: Sides = {"base": side(0.7, busy=2.0), "head": side(0.7, busy=2.0, later_s=3.5)}

    assert duet.measure_others_share(sides) == pytest.approx(0.3)
    (mark,) = duet.list_marks(sides, LIMITS)
    assert mark == (
        "disturbed: others than base and head used 30.0 % of the CPU time of their cores; the"
        " limit is 5.0 %"
    )
    assert duet.list_marks(sides, MarkSettings(others_cpu_share=1)) == ()


def test_what_is_not_measured_by_an_older_base_is_measured_by_head() -> None:
    bare = example.resources().model_copy(update={"others": None})
    base = side(0.7, resources=bare)

    assert duet.measure_others_share({"base": base, "head": side(0.7, busy=2.0)}) is not None
    assert duet.measure_others_share({"base": base, "head": side(0.7)}) is None


def test_clocks_that_differ_make_nobody_negative() -> None:
    assert duet.measure_others_share({"base": side(1.0), "head": side(1.0, busy=1.99)}) == 0.0


def test_runs_that_were_not_under_load_together_are_not_judged() -> None:
    sides: Sides = {"base": side(0.7), "head": side(0.7, busy=2.0, later_s=19.5)}

    assert duet.measure_others_share(sides) is None


def test_generator_of_either_run_marks_the_pair() -> None:
    sides: Sides = {
        "base": side(0.7, marks={"disturbed": "by head", "generator": "ab used 90 % of a core"}),
        "head": side(0.7),
    }

    assert duet.list_marks(sides, LIMITS) == ("generator: base: ab used 90 % of a core",)
